/* Linear regression: fitting by least squares, predicting, and the model's descriptor. */
#include "models/linear.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/least_squares_kernels.h"
#include "models/linear_stream.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- fitting ---- */

/* Take over what inference needs. */
static void keep_inference(mlt_linear *linear, mlt_least_squares *fit) {
    linear->summary = (mlt_linear_summary){.alpha = fit->alpha,
                                           .effective = fit->effective,
                                           .residual_sd = fit->residual_sd,
                                           .r2 = fit->r2,
                                           .condition = fit->condition,
                                           .vif = fit->vif};
    linear->log_weights = fit->log_weights;
    linear->basis = fit->basis;
    fit->vif = NULL;
    fit->basis = (mlt_ls_basis){0};
}

mlt_status mlt__linear_fit(mlt_linear **out, const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                           const double *row_weights, const mlt_linear_options *options,
                           const mlt_context *ctx, mlt_error *err) {
    mlt_status status;
    mlt_linear *linear = NULL;
    mlt_design design = {0};
    mlt_least_squares fit = {0};
    mlt_ls_options how = {.alpha = options->alpha, .gcv = options->gcv, .infer = options->infer};
    MLT_TRY_GOTO(mlt__design_init(&design, data, rows, n_rows, row_weights, &options->form, err), end);
    if (design.p == 0) {
        status = mlt__raise(err, MLT_E_DATA,
                            "%s: without intercept and without columns there is nothing to fit; leave out "
                            "--no-intercept",
                            data->source);
        goto end;
    }
    MLT_TRY_GOTO(mlt__least_squares(&fit, &design, &how, ctx, err), end);
    MLT_TRY_GOTO(mlt__linear_new(&linear, data->schema, options, err), end);
    linear->n_rows = fit.n;
    linear->rank = fit.rank < fit.n ? fit.rank : fit.n; /* a penalty gives every column a rank */
    if (options->form.degrees) {
        linear->low = fit.estimate_low;
        fit.estimate_low = NULL;
    }
    if (options->infer)
        keep_inference(linear, &fit);
    if (options->gcv)
        mlt__note(ctx, "alpha %.6g has the least generalised cross-validation error", fit.alpha);
    MLT_TRY_GOTO(mlt__linear_fill(linear, data->schema, fit.estimate, fit.std_error, err), end);
    *out = linear;
    linear = NULL;
end:
    mlt__linear_free(linear);
    mlt__least_squares_clear(&fit);
    mlt__design_clear(&design);
    return status;
}

/* ---- predicting ---- */

/* A block of rows by a group of terms fits the cache. */
enum { BLOCK_ROWS = 256, LD = BLOCK_ROWS + 8, GROUP = 32 };

/* What is left out of powers by the double cells above. */
static void predict_low(double *hi, double *lo, double *block, const mlt_linear *linear,
                        const double *negated, const mlt_predict_input *in, size_t first, size_t count,
                        size_t padded) {
    const double zero = 0;
    double high[BLOCK_ROWS];
    for (size_t j = 0; j < linear->n_terms; j++) {
        if (linear->terms[j].power < 2)
            continue;
        mlt__design_gather_power(high, block, in->data, linear->terms[j], in->rows, first, count, 0, 1);
        for (size_t i = count; i < padded; i++)
            block[i] = 0;
        mlt__ls_kernels()->subtract(hi, lo, block, LD, 1, negated + j, &zero, padded);
    }
}

/* Predictions of up to BLOCK_ROWS rows: 0 − A·(−coefficients), in double-double, rounded once. */
static void predict_block(double *out, double *block, const mlt_linear *linear, const double *negated,
                          const double *negated_low, const mlt_predict_input *in, size_t first,
                          size_t count) {
    const mlt_ls_kernels *kernels = mlt__ls_kernels();
    double hi[BLOCK_ROWS] = {0}, lo[BLOCK_ROWS] = {0};
    size_t padded = (count + MLT_LS_LANES - 1) / MLT_LS_LANES * MLT_LS_LANES;
    for (size_t term = 0; term < linear->n_terms; term += GROUP) {
        size_t left = linear->n_terms - term, terms = left < GROUP ? left : GROUP;
        for (size_t k = 0; k < terms; k++) {
            mlt__design_gather(block + k * LD, in->data, linear->terms[term + k], in->rows, first, count, 0,
                               1);
            for (size_t i = count; i < padded; i++)
                block[k * LD + i] = 0;
        }
        kernels->subtract(hi, lo, block, LD, terms, negated + term, negated_low + term, padded);
    }
    if (linear->low)
        predict_low(hi, lo, block, linear, negated, in, first, count, padded);
    memcpy(out + first, hi, count * sizeof *out);
}

mlt_status mlt__linear_predict(double *out, const mlt_linear *linear, const mlt_schema *schema,
                               const mlt_predict_input *in, mlt_error *err) {
    mlt_status status;
    size_t n_blocks = (in->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    int threads = mlt__threads(in->ctx, n_blocks / 16);
    double *negated = NULL, *negated_low = NULL, *blocks = NULL;
    MLT_TRY_GOTO(mlt__design_refuse_missing(in->data, linear->features, linear->n_features, true, in->rows, 0,
                                            in->n_rows, err),
                 end);
    MLT_ALLOC_GOTO(negated, linear->n_terms, err, end);
    MLT_ALLOC_GOTO(negated_low, linear->n_terms, err, end);
    MLT_ALLOC_GOTO(blocks, (size_t)threads * GROUP * LD, err, end);
    for (size_t j = 0; j < linear->n_terms; j++) {
        negated[j] = -linear->coefficients[j].estimate;
        negated_low[j] = linear->low ? -linear->low[j] : 0;
    }
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t b = 0; b < n_blocks; b++) {
        size_t first = b * BLOCK_ROWS, left = in->n_rows - first;
        predict_block(out, blocks + (size_t)omp_get_thread_num() * GROUP * LD, linear, negated, negated_low,
                      in, first, left < BLOCK_ROWS ? left : BLOCK_ROWS);
    }
    for (size_t i = 0; i < in->n_rows; i++) {
        if (isfinite(out[i]))
            continue;
        /* A missing cell is NaN in its column, and so here. */
        MLT_TRY_GOTO(mlt__design_refuse_missing(in->data, linear->features, linear->n_features, false,
                                                in->rows, i, 1, err),
                     end);
        size_t row = mlt__row(in->rows, i);
        status = mlt__raise(
            err, MLT_E_NUMERIC,
            "%s: data row %zu: the prediction of '%s' is beyond the range of numbers; rescale the "
            "columns",
            in->data->source, (in->data->origin ? in->data->origin[row] : row) + (size_t)1, schema->target);
        goto end;
    }
end:
    free(negated);
    free(negated_low);
    free(blocks);
    return status;
}

/* ---- the model ---- */

static const mlt_param_spec PARAMS[] = {
    {.name = "poly",
     .kind = MLT_PARAM_DEGREES,
     .default_text = "none",
     .help = "powers of columns too (x^2, x^3, ...)"},
    {.name = "alpha",
     .kind = MLT_PARAM_REAL,
     .default_text = "none",
     .min = 0,
     .max = INFINITY,
     .choices = "gcv",
     .help = "ridge's penalty on squared coefficients (gcv: chosen by generalised cross-validation)"},
    {.name = "intercept",
     .kind = MLT_PARAM_BOOL,
     .default_text = "true",
     .help = "a constant term, else the fit goes through 0"},
};

/* The parameters as options. `degrees` is to be freed. */
static mlt_status read_options(mlt_linear_options *out, uint8_t **degrees, const mlt_params *params,
                               const mlt_schema *schema, mlt_error *err) {
    MLT_TRY(mlt__design_degrees(degrees, mlt_params_get(params, "poly"), schema, err));
    *out =
        (mlt_linear_options){.form = {.intercept = mlt_params_bool(params, "intercept"), .degrees = *degrees},
                             .alpha = mlt_params_real(params, "alpha"),
                             .gcv = mlt_params_get(params, "alpha")->is_word,
                             .infer = true};
    return MLT_OK;
}

static mlt_status fit(void **state, const mlt_fit_input *in, mlt_error *err) {
    mlt_status status = MLT_OK;
    mlt_linear_options options;
    mlt_linear *linear = NULL;
    uint8_t *degrees = NULL;
    double *weights = NULL;
    MLT_TRY(read_options(&options, &degrees, in->params, in->data->schema, err));
    if (in->data->weights) {
        MLT_ALLOC_GOTO(weights, in->n_rows, err, end);
        for (size_t i = 0; i < in->n_rows; i++)
            weights[i] = in->data->weights[in->rows[i]];
    }
    status = mlt__linear_fit(&linear, in->data, in->rows, in->n_rows, weights, &options, in->ctx, err);
end:
    free(weights);
    free(degrees);
    *state = linear;
    return status;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): every model's `predict` has this form */
static mlt_status predict(double *out, uint32_t *labels, const void *state, const mlt_schema *schema,
                          const mlt_predict_input *in, mlt_error *err) {
    (void)labels;
    return mlt__linear_predict(out, state, schema, in, err);
}

static mlt_status save(const void *state, mlt_tensors *out, mlt_error *err) {
    return mlt__linear_save(state, "", out, err);
}

static mlt_status load(void **state, const mlt_load_input *in, mlt_error *err) {
    mlt_linear_options options;
    mlt_linear *linear = NULL;
    uint8_t *degrees;
    /* A file's parameters may be for another schema: then the file is wrong, not an option. */
    mlt_error inner;
    mlt_status status = read_options(&options, &degrees, in->params, in->schema, &inner);
    if (status != MLT_OK)
        return mlt__raise(err, status == MLT_E_NOMEM ? status : MLT_E_MODEL, "%s; fit the model again",
                          inner.message);
    status = mlt__linear_load(&linear, "", in->tensors, in->schema, &options, err);
    free(degrees);
    *state = linear;
    return status;
}

static void view(const void *state, mlt_model_view *out) { mlt__linear_view(state, out); }

static void free_state(void *state) { mlt__linear_free(state); }

static bool infers(const mlt_params *params) {
    const mlt_param_value *alpha = mlt_params_get(params, "alpha");
    return !alpha->is_word && alpha->real == 0;
}

static void set_level(void *state, double level) { mlt__linear_set_level(state, level); }

static mlt_status interval(double *low, double *high, const double *prediction, const void *state,
                           const mlt_predict_input *in, mlt_interval kind, double level, mlt_error *err) {
    return mlt__linear_interval(low, high, prediction, state, in, kind, level, err);
}

static mlt_status diagnose(mlt_diagnostics *out, const void *state, const mlt_schema *schema,
                           const mlt_predict_input *in, mlt_error *err) {
    return mlt__linear_diagnose(out, state, schema, in, err);
}

static const mlt_model_ops ops = {
    .fit = fit, .predict = predict, .save = save, .load = load, .view = view, .free = free_state};
static const mlt_inference_ops inference = {infers, set_level, interval, diagnose};

extern const mlt_model_type mlt__model_linear;
const mlt_model_type mlt__model_linear = {.name = "linear",
                                          .summary = "least-squares linear regression, ridge, polynomials",
                                          .tasks = MLT_REGRESSION,
                                          .params = PARAMS,
                                          .n_params = sizeof PARAMS / sizeof *PARAMS,
                                          .ops = &ops,
                                          .inference = &inference,
                                          .stream = &mlt__linear_stream};
