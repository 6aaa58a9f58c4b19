/* The registry, and the model handle over a model's own state. */
#include "mltool/model.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/model_ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MLT_MODEL(name) extern const mlt_model_type mlt__model_##name;
#include "models/models.def"
#undef MLT_MODEL

static const mlt_model_type *const TYPES[] = {
#define MLT_MODEL(name) &mlt__model_##name,
#include "models/models.def"
#undef MLT_MODEL
};

struct mlt_model {
    const mlt_model_type *type;
    mlt_params params;
    mlt_schema *schema; /* owned */
    uint32_t seed;
    void *state;          /* owned, the type's own */
    mlt_tensors *tensors; /* owned: what it was loaded from, if it keeps that */
};

const mlt_model_type *const *mlt_model_types(size_t *n) {
    *n = sizeof TYPES / sizeof *TYPES;
    return TYPES;
}

const mlt_model_type *mlt_model_find(const char *name) {
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (strcmp(TYPES[i]->name, name) == 0)
            return TYPES[i];
    return NULL;
}

static mlt_status new_model(mlt_model **out, const mlt_model_type *type, const mlt_params *params,
                            const mlt_schema *schema, uint32_t seed, mlt_error *err) {
    mlt_model *model = mlt__calloc(1, sizeof *model);
    if (!model)
        return mlt__raise_nomem(err, sizeof *model);
    model->type = type;
    model->params = *params;
    model->seed = seed;
    mlt_status status = mlt_schema_clone(&model->schema, schema, err);
    if (status != MLT_OK) {
        mlt_model_free(model);
        return status;
    }
    *out = model;
    return MLT_OK;
}

mlt_status mlt__model_of_state(mlt_model **out, const mlt_model_type *type, const mlt_params *params,
                               const mlt_schema *schema, uint32_t seed, void *state, mlt_error *err) {
    mlt_status status = new_model(out, type, params, schema, seed, err);
    if (status == MLT_OK)
        (*out)->state = state;
    else
        type->ops->free(state);
    return status;
}

/* The rows to train on must be there, and weigh something. */
static mlt_status check_rows(const mlt_fit_input *in, mlt_error *err) {
    if (in->n_rows == 0)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: there are no rows to train on; give more rows or a smaller --test-size",
                          in->data->source);
    if (in->n_rows > INT32_MAX)
        return mlt__raise(err, MLT_E_LIMIT,
                          "%s: %zu rows are more than the %d that can be trained on; give fewer",
                          in->data->source, in->n_rows, INT32_MAX);
    double weight = 0;
    for (size_t i = 0; i < in->n_rows; i++)
        weight += in->data->weights ? in->data->weights[in->rows[i]] : 1.0;
    if (!(weight > 0) || !isfinite(weight))
        return mlt__raise(err, MLT_E_DATA,
                          "%s: the weights of the rows to train on add up to %s; check the column '%s'",
                          in->data->source, weight > 0 ? "more than a number can hold" : "0",
                          in->data->schema->weights ? in->data->schema->weights : "weights");
    return MLT_OK;
}

mlt_status mlt_model_fit(mlt_model **out, const mlt_model_type *type, const mlt_params *params,
                         const mlt_dataset *data, const uint32_t *rows, size_t n_rows, uint32_t seed,
                         const mlt_context *ctx, mlt_error *err) {
    if (!(type->tasks & data->schema->task))
        return mlt__raise(err, MLT_E_USAGE, "--model %s is not for %s; see 'mltool models'", type->name,
                          mlt_task_name(data->schema->task));
    mlt_status status = MLT_OK;
    mlt_model *model = NULL;
    uint32_t *all = NULL;
    if (!rows) {
        n_rows = data->n;
        MLT_ALLOC(all, n_rows, err);
        for (size_t i = 0; i < n_rows; i++)
            all[i] = (uint32_t)i;
        rows = all;
    }
    MLT_TRY_GOTO(new_model(&model, type, params, data->schema, seed, err), done);
    mlt_fit_input in = {
        .data = data, .rows = rows, .n_rows = n_rows, .params = &model->params, .seed = seed, .ctx = ctx};
    MLT_TRY_GOTO(check_rows(&in, err), done);
    status = type->ops->fit(&model->state, &in, err);
done:
    free(all);
    if (status == MLT_OK)
        *out = model;
    else
        mlt_model_free(model);
    return status;
}

/* The data must have the model's features: as many, of the same types, with no more levels. */
static mlt_status check_features(const mlt_schema *schema, const mlt_dataset *data, mlt_error *err) {
    if (data->p != schema->p)
        return mlt__raise(err, MLT_E_SCHEMA,
                          "%s: %zu features, but the model was fitted on %zu; encode the data by the "
                          "model's schema",
                          data->source, data->p, schema->p);
    for (size_t j = 0; j < schema->p; j++) {
        const mlt_feature *ours = &schema->features[j], *theirs = &data->schema->features[j];
        if (theirs->type != ours->type || theirs->n_levels > ours->n_levels)
            return mlt__raise(err, MLT_E_SCHEMA,
                              "%s: feature '%s' is of another kind than the model's '%s'; encode the "
                              "data by the model's schema",
                              data->source, theirs->name, ours->name);
    }
    return MLT_OK;
}

mlt_status mlt_model_predict(double *out, uint32_t *labels, const mlt_model *model, const mlt_dataset *data,
                             const uint32_t *rows, size_t n_rows, const mlt_context *ctx, mlt_error *err) {
    mlt_predict_input in = {.data = data, .rows = rows, .n_rows = rows ? n_rows : data->n, .ctx = ctx};
    MLT_TRY(check_features(model->schema, data, err));
    return model->type->ops->predict(out, labels, model->state, model->schema, &in, err);
}

const mlt_model_type *mlt_model_type_of(const mlt_model *model) { return model->type; }
const mlt_params *mlt_model_params(const mlt_model *model) { return &model->params; }
const mlt_schema *mlt_model_schema(const mlt_model *model) { return model->schema; }
uint32_t mlt_model_seed(const mlt_model *model) { return model->seed; }

size_t mlt_model_width(const mlt_model *model) {
    return model->schema->task == MLT_CLASSIFICATION ? model->schema->k : 1;
}

mlt_status mlt_model_unpack(mlt_model *model, mlt_error *err) {
    return model->type->ops->unpack ? model->type->ops->unpack(model->state, model->schema, err) : MLT_OK;
}

mlt_model_view mlt_model_view_of(const mlt_model *model) {
    mlt_model_view view = {.oob_score = NAN};
    model->type->ops->view(model->state, &view);
    return view;
}

/* ---- inference ---- */

bool mlt_model_infers(const mlt_model_type *type, const mlt_params *params) {
    return type->inference && type->inference->infers(params);
}

static mlt_status need_inference(const mlt_model *model, mlt_error *err) {
    if (mlt_model_infers(model->type, &model->params))
        return MLT_OK;
    return mlt__raise(err, MLT_E_USAGE,
                      "%s: this model has no standard errors; fit a linear one without --alpha",
                      model->type->name);
}

mlt_status mlt_model_set_level(mlt_model *model, double level, mlt_error *err) {
    MLT_TRY(need_inference(model, err));
    model->type->inference->set_level(model->state, level);
    return MLT_OK;
}

mlt_status mlt_model_interval(double *low, double *high, const double *prediction, const mlt_model *model,
                              const mlt_dataset *data, const uint32_t *rows, size_t n_rows, mlt_interval kind,
                              double level, const mlt_context *ctx, mlt_error *err) {
    mlt_predict_input in = {.data = data, .rows = rows, .n_rows = rows ? n_rows : data->n, .ctx = ctx};
    MLT_TRY(need_inference(model, err));
    MLT_TRY(check_features(model->schema, data, err));
    return model->type->inference->interval(low, high, prediction, model->state, &in, kind, level, err);
}

mlt_status mlt_model_diagnose(mlt_diagnostics *out, const mlt_model *model, const mlt_dataset *data,
                              const uint32_t *rows, size_t n_rows, const mlt_context *ctx, mlt_error *err) {
    mlt_predict_input in = {.data = data, .rows = rows, .n_rows = rows ? n_rows : data->n, .ctx = ctx};
    *out = (mlt_diagnostics){0};
    MLT_TRY(need_inference(model, err));
    MLT_TRY(check_features(model->schema, data, err));
    mlt_status status = model->type->inference->diagnose(out, model->state, model->schema, &in, err);
    if (status != MLT_OK)
        mlt_diagnostics_clear(out);
    return status;
}

void mlt_diagnostics_clear(mlt_diagnostics *diagnostics) {
    free(diagnostics->rows);
    free(diagnostics->fitted);
    free(diagnostics->residual);
    free(diagnostics->studentised);
    free(diagnostics->leverage);
    free(diagnostics->cook);
    *diagnostics = (mlt_diagnostics){0};
}

/* ---- saving and loading ---- */

mlt_status mlt_model_save_tensors(const mlt_model *model, mlt_tensors *out, mlt_error *err) {
    return model->type->ops->save(model->state, out, err);
}

mlt_status mlt_model_load_tensors(mlt_model **out, const mlt_model_type *type, const mlt_params *params,
                                  const mlt_schema *schema, uint32_t seed, const mlt_tensors *tensors,
                                  const mlt_context *ctx, mlt_error *err) {
    mlt_model *model = NULL;
    MLT_TRY(new_model(&model, type, params, schema, seed, err));
    mlt_load_input in = {.tensors = tensors, .schema = model->schema, .params = &model->params, .ctx = ctx};
    mlt_status status = type->ops->load(&model->state, &in, err);
    if (status == MLT_OK)
        *out = model;
    else
        mlt_model_free(model);
    return status;
}

void mlt_model_own_tensors(mlt_model *model, mlt_tensors *tensors) { model->tensors = tensors; }

void mlt_model_free(mlt_model *model) {
    if (!model)
        return;
    model->type->ops->free(model->state);
    mlt_schema_free(model->schema);
    if (model->tensors)
        mlt_tensors_clear(model->tensors);
    free(model->tensors);
    free(model);
}
