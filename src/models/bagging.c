/* `bagging`: the same base model on bootstrap samples of rows and, if wanted, on random subsets of features
 * (Breiman 1996; Ho 1998). The base is a tree or a linear model. */
#include "core/error.h"
#include "core/memory.h"
#include "models/linear.h"
#include "models/tree_ensemble.h"
#include "models/tree_options.h"

#include "mltool/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const mlt_param_spec PARAMS[] = {
    {.name = "base",
     .kind = MLT_PARAM_CHOICE,
     .default_text = "tree",
     .choices = "tree",
     .choices_regression = "tree|linear",
     .help = "the model that is bagged"},
    MLT_PARAM_N_ESTIMATORS("10", "members"),
    {.name = "max-samples",
     .kind = MLT_PARAM_AMOUNT,
     .default_text = "1.0",
     .help = "rows drawn for each member"},
    {.name = "max-features",
     .kind = MLT_PARAM_AMOUNT,
     .default_text = "1.0",
     .help = "features drawn for each member, without replacement"},
    MLT_PARAM_BOOTSTRAP,
    MLT_PARAM_OOB,
    MLT_PARAM_CRITERION,
    MLT_PARAM_MAX_DEPTH("none", NULL),
    MLT_PARAMS_TREE_SHAPE,
    MLT_PARAMS_METHOD,
};

/* Parameters of the base tree, which a linear base does not have. */
static const char *const TREE_ONLY[] = {
    "criterion",      "max-depth", "min-samples-split",     "min-samples-leaf",
    "max-leaf-nodes", "ccp-alpha", "min-impurity-decrease", "oob",
    "method",         "max-bins"};

typedef struct bagging_state {
    mlt_ensemble *trees;  /* base tree, else NULL */
    mlt_linear **members; /* base linear, else NULL */
    size_t n_members;
} bagging_state;

/* What drawing a member's rows and features needs. */
typedef struct bag {
    size_t n, p;
    uint32_t *seeds;           /* a member */
    size_t n_rows, n_features; /* drawn for each member */
    bool bootstrap;
    uint32_t *features; /* members × n_features; NULL: all, in order */
} bag;

/* k of `total` without replacement into items[0, k), as scikit-learn's sample_without_replacement; `items`
 * holds `total`. */
static void draw_without_replacement(mlt_rng *rng, uint32_t *items, size_t total, size_t k) {
    double share = (double)k / (double)total;
    if (share > 0.01 && share < 0.99) {
        mlt_rng_permutation(rng, items, total);
    } else if (share < 0.2) {
        for (size_t i = 0; i < k;) {
            items[i] = (uint32_t)mlt_rng_randint(rng, 0, (int64_t)total);
            size_t before = 0;
            while (items[before] != items[i])
                before++;
            i += before == i;
        }
    } else {
        for (size_t i = 0; i < k; i++)
            items[i] = (uint32_t)i;
        for (size_t i = k; i < total; i++) {
            size_t j = (size_t)mlt_rng_randint(rng, 0, (int64_t)i + 1);
            if (j < k)
                items[j] = (uint32_t)i;
        }
    }
}

/* Draw member t's features, and into `counts` (zeroed) how often it sees each row. */
static mlt_status draw_member(const bag *b, size_t t, double *counts, mlt_error *err) {
    mlt_rng rng;
    uint32_t *items;
    MLT_ALLOC(items, b->n > b->p ? b->n : b->p, err);
    mlt_rng_seed(&rng, b->seeds[t]);
    if (b->features) {
        draw_without_replacement(&rng, items, b->p, b->n_features);
        memcpy(b->features + t * b->n_features, items, b->n_features * sizeof *items);
    }
    if (b->bootstrap) {
        mlt_rng_bootstrap(&rng, counts, (uint32_t)b->n, b->n_rows);
    } else {
        draw_without_replacement(&rng, items, b->n, b->n_rows);
        for (size_t i = 0; i < b->n_rows; i++)
            counts[items[i]]++;
    }
    free(items);
    return MLT_OK;
}

static mlt_status bag_new(bag *b, const mlt_fit_input *in, size_t members, mlt_error *err) {
    *b = (bag){.n = in->n_rows, .p = in->data->p};
    b->bootstrap = mlt_params_bool(in->params, "bootstrap");
    MLT_TRY(mlt__amount_of(&b->n_rows, in->params, "max-samples", b->n, "rows to train on", err));
    MLT_TRY(mlt__amount_of(&b->n_features, in->params, "max-features", b->p, "features", err));
    MLT_ALLOC(b->seeds, members, err);
    mlt_rng rng;
    mlt_rng_seed(&rng, in->seed);
    for (size_t t = 0; t < members; t++)
        b->seeds[t] = mlt_rng_member_seed(&rng);
    if (b->n_features < b->p)
        MLT_ALLOC(b->features, members * b->n_features, err);
    return MLT_OK;
}

static void bag_clear(bag *b) {
    free(b->seeds);
    free(b->features);
}

static mlt_status tree_sample(mlt_tree_sample *sample, size_t t, double *counts, void *user, mlt_error *err) {
    const bag *b = user;
    mlt_rng rng;
    MLT_TRY(draw_member(b, t, counts, err));
    mlt_rng_seed(&rng, b->seeds[t]);
    sample->seed = mlt_rng_member_seed(&rng);
    sample->weights = counts;
    if (b->features) {
        sample->features = b->features + t * b->n_features;
        sample->n_features = b->n_features;
    }
    return MLT_OK;
}

static mlt_status fit_trees(mlt_ensemble **out, const mlt_fit_input *in, size_t members, mlt_error *err) {
    bag b = {0};
    bool oob = mlt_params_bool(in->params, "oob");
    uint8_t *in_bag = NULL;
    mlt_tree_data *data = NULL;
    mlt_tree_params params;
    mlt_tree_layout layout;
    MLT_TRY(mlt__tree_layout_read(&layout, in, err));
    mlt_status status = mlt__tree_data_new(&data, in, err);
    if (status == MLT_OK)
        status = mlt__tree_data_rank(data, &layout, in->ctx, err);
    if (status == MLT_OK)
        status = bag_new(&b, in, members, err);
    if (status == MLT_OK)
        status = mlt__tree_params_read(&params, in->params, b.n_features, in->n_rows, err);
    if (status == MLT_OK)
        status = mlt__ensemble_new(out, members, data->p, data->width, false, err);
    if (status == MLT_OK)
        status = mlt__ensemble_grow(*out, data, &params, tree_sample, &b, oob ? &in_bag : NULL, in->ctx, err);
    if (status == MLT_OK && oob)
        status = mlt__ensemble_oob(*out, in, in_bag, err);
    free(in_bag);
    bag_clear(&b);
    mlt__tree_data_free(data);
    return status == MLT_OK ? mlt__ensemble_pack(*out, in->ctx, err) : status;
}

static mlt_status fit_linear_member(mlt_linear **out, const mlt_fit_input *in, const bag *b, size_t t,
                                    double *counts, mlt_error *err) {
    memset(counts, 0, b->n * sizeof *counts);
    MLT_TRY(draw_member(b, t, counts, err));
    for (size_t i = 0; in->data->weights && i < b->n; i++)
        counts[i] *= in->data->weights[in->rows[i]];
    const uint32_t *features = b->features ? b->features + t * b->n_features : NULL;
    /* A member's notes, on collinear columns, would be said once a member. */
    mlt_context quiet = {.threads = in->ctx ? in->ctx->threads : 0};
    mlt_linear_options options = {
        .form = {.features = features, .n_features = b->n_features, .intercept = true}};
    MLT_TRY(mlt__linear_fit(out, in->data, in->rows, in->n_rows, counts, &options, &quiet, err));
    return mlt__progress(in->ctx, "fitting", t + 1, (size_t)mlt_params_int(in->params, "n-estimators", 0))
               ? MLT_OK
               : mlt__raise(err, MLT_E_CANCELLED, "fitting was stopped");
}

static mlt_status fit_linear(bagging_state *state, const mlt_fit_input *in, size_t members, mlt_error *err) {
    bag b = {0};
    double *counts = NULL;
    mlt_status status = MLT_OK;
    MLT_TRY_GOTO(bag_new(&b, in, members, err), done);
    MLT_ALLOC_GOTO(counts, in->n_rows, err, done);
    state->members = mlt__calloc(members, sizeof(mlt_linear *));
    if (!state->members) {
        status = mlt__raise_nomem(err, members * sizeof(mlt_linear *));
        goto done;
    }
    state->n_members = members;
    for (size_t t = 0; t < members && status == MLT_OK; t++)
        status = fit_linear_member(&state->members[t], in, &b, t, counts, err);
done:
    free(counts);
    bag_clear(&b);
    return status;
}

static void free_state(void *state) {
    bagging_state *bagging = state;
    if (!bagging)
        return;
    mlt__ensemble_free(bagging->trees);
    for (size_t t = 0; t < bagging->n_members; t++)
        mlt__linear_free(bagging->members[t]);
    free(bagging->members);
    free(bagging);
}

/* A linear base has no tree parameters. */
static mlt_status check_linear_params(const mlt_params *params, mlt_error *err) {
    for (size_t i = 0; i < sizeof TREE_ONLY / sizeof *TREE_ONLY; i++)
        if (mlt_params_get(params, TREE_ONLY[i])->set)
            return mlt__raise(err, MLT_E_USAGE,
                              "--%s is for --base tree, not for --base linear; leave one of them out",
                              TREE_ONLY[i]);
    return MLT_OK;
}

static mlt_status fit(void **out, const mlt_fit_input *in, mlt_error *err) {
    bool linear = mlt_params_is(in->params, "base", "linear");
    size_t members = (size_t)mlt_params_int(in->params, "n-estimators", 0);
    if (linear)
        MLT_TRY(check_linear_params(in->params, err));
    bagging_state *state = mlt__calloc(1, sizeof *state);
    if (!state)
        return mlt__raise_nomem(err, sizeof *state);
    mlt_status status =
        linear ? fit_linear(state, in, members, err) : fit_trees(&state->trees, in, members, err);
    if (status == MLT_OK)
        *out = state;
    else
        free_state(state);
    return status;
}

/* The mean over the members; `listener`, if there is one, takes that of each stage. */
static mlt_status predict_linear(double *out, const mlt_stage_listener *listener, const bagging_state *state,
                                 const mlt_schema *schema, const mlt_predict_input *in, mlt_error *err) {
    size_t n = in->n_rows;
    double *one, *sums = NULL;
    mlt_status status = MLT_OK;
    MLT_ALLOC(one, n, err);
    MLT_ALLOC_GOTO(sums, n, err, done);
    memset(sums, 0, n * sizeof *sums);
    for (size_t t = 0; t < state->n_members && status == MLT_OK; t++) {
        MLT_TRY_GOTO(mlt__linear_predict(one, state->members[t], schema, in, err), done);
        for (size_t i = 0; i < n; i++) {
            sums[i] += one[i];
            out[i] = sums[i] / (double)(t + 1);
        }
        if (listener)
            status = listener->predicted(listener->user, t, out, NULL, err);
    }
done:
    free(one);
    free(sums);
    return status;
}

static mlt_status predict_stages(const mlt_stage_listener *listener, const void *state,
                                 const mlt_schema *schema, const mlt_predict_input *in, mlt_error *err) {
    const bagging_state *bagging = state;
    if (bagging->trees)
        return mlt__ensemble_stages_mean(listener, bagging->trees, schema, in, err);
    double *out;
    MLT_ALLOC(out, in->n_rows, err);
    mlt_status status = predict_linear(out, listener, bagging, schema, in, err);
    free(out);
    return status;
}

static mlt_status predict(double *out, uint32_t *labels, const void *state, const mlt_schema *schema,
                          const mlt_predict_input *in, mlt_error *err) {
    const bagging_state *bagging = state;
    return bagging->trees ? mlt__ensemble_predict_mean(out, labels, bagging->trees, schema, in, err)
                          : predict_linear(out, NULL, bagging, schema, in, err);
}

/* "member12.": what a member's tensors are called by. */
static const char *member_prefix(char buffer[32], size_t t) {
    snprintf(buffer, 32, "member%zu.", t);
    return buffer;
}

static mlt_status save(const void *state, mlt_tensors *out, mlt_error *err) {
    const bagging_state *bagging = state;
    char prefix[32];
    if (bagging->trees)
        return mlt__ensemble_save(bagging->trees, out, err);
    for (size_t t = 0; t < bagging->n_members; t++)
        MLT_TRY(mlt__linear_save(bagging->members[t], member_prefix(prefix, t), out, err));
    return MLT_OK;
}

static mlt_status load_linear(bagging_state *state, const mlt_tensors *in, const mlt_schema *schema,
                              size_t members, mlt_error *err) {
    char prefix[32];
    /* Each member has an array of its own, so a count beyond the arrays there are is a lie. */
    if (members > in->n)
        return mlt__raise(err, MLT_E_MODEL,
                          "%zu members are stated, but there are only %zu arrays; fit the model again",
                          members, in->n);
    state->members = mlt__calloc(members, sizeof(mlt_linear *));
    if (!state->members)
        return mlt__raise_nomem(err, members * sizeof(mlt_linear *));
    state->n_members = members;
    const mlt_linear_options options = {.form = {.intercept = true}};
    for (size_t t = 0; t < members; t++)
        MLT_TRY(mlt__linear_load(&state->members[t], member_prefix(prefix, t), in, schema, &options, err));
    return MLT_OK;
}

static mlt_status load(void **out, const mlt_load_input *in, mlt_error *err) {
    bagging_state *state = mlt__calloc(1, sizeof *state);
    if (!state)
        return mlt__raise_nomem(err, sizeof *state);
    size_t members = (size_t)mlt_params_int(in->params, "n-estimators", 0);
    mlt_status status = mlt_params_is(in->params, "base", "linear")
                            ? load_linear(state, in->tensors, in->schema, members, err)
                            : mlt__ensemble_load(&state->trees, in, false, err);
    if (status == MLT_OK)
        *out = state;
    else
        free_state(state);
    return status;
}

static mlt_status unpack(void *state, const mlt_schema *schema, mlt_error *err) {
    bagging_state *bagging = state;
    return bagging->trees ? mlt__ensemble_unpack(bagging->trees, schema, err) : MLT_OK;
}

static void view(const void *state, mlt_model_view *out) {
    const bagging_state *bagging = state;
    if (bagging->trees)
        mlt__ensemble_view(bagging->trees, out);
    out->n_members = bagging->n_members;
}

static const mlt_model_ops OPS = {.fit = fit,
                                  .predict = predict,
                                  .save = save,
                                  .load = load,
                                  .unpack = unpack,
                                  .view = view,
                                  .free = free_state,
                                  .predict_stages = predict_stages};

const mlt_model_type mlt__model_bagging = {.name = "bagging",
                                           .summary =
                                               "trees (or linear models) on bootstrap samples, averaged",
                                           .tasks = MLT_REGRESSION | MLT_CLASSIFICATION,
                                           .params = PARAMS,
                                           .n_params = sizeof PARAMS / sizeof *PARAMS,
                                           .ops = &OPS};
