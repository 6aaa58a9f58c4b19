/* `random-forest`: trees on bootstrap samples, each split among a random part of the features (Breiman 2001).
 */
#include "core/error.h"
#include "core/memory.h"
#include "models/tree_ensemble.h"
#include "models/tree_options.h"

#include "mltool/random.h"

#include <stdlib.h>

static const mlt_param_spec PARAMS[] = {
    MLT_PARAM_N_ESTIMATORS("100", "trees"),
    MLT_PARAM_CRITERION,
    MLT_PARAM_MAX_DEPTH("none", NULL),
    MLT_PARAMS_TREE_SHAPE,
    MLT_PARAM_MAX_FEATURES("sqrt", "all"),
    MLT_PARAMS_METHOD,
    MLT_PARAM_BOOTSTRAP,
    {.name = "max-samples",
     .kind = MLT_PARAM_AMOUNT,
     .default_text = "1.0",
     .help = "rows drawn for each tree"},
    MLT_PARAM_OOB,
};

/* What drawing a tree's rows needs. */
typedef struct forest_rows {
    const mlt_tree_data *data;
    const uint32_t *seeds; /* a tree */
    size_t n_draws;        /* 0: no bootstrap */
} forest_rows;

static mlt_status draw_sample(mlt_tree_sample *sample, size_t t, double *counts, void *user, mlt_error *err) {
    const forest_rows *rows = user;
    (void)err;
    sample->seed = rows->seeds[t];
    if (rows->n_draws == 0)
        return MLT_OK;
    mlt_rng rng;
    mlt_rng_seed(&rng, rows->seeds[t]);
    mlt_rng_bootstrap(&rng, counts, (uint32_t)rows->data->n, rows->n_draws);
    sample->weights = counts;
    return MLT_OK;
}

/* Rows drawn a tree: a share is rounded to the nearest whole number, as scikit-learn's forests do. */
static mlt_status count_draws(size_t *out, const mlt_fit_input *in, mlt_error *err) {
    const mlt_param_value *value = mlt_params_get(in->params, "max-samples");
    *out = 0;
    if (!mlt_params_bool(in->params, "bootstrap")) {
        if (value->set)
            return mlt__raise(err, MLT_E_USAGE, "--max-samples needs --bootstrap; leave one of them out");
        if (mlt_params_bool(in->params, "oob"))
            return mlt__raise(err, MLT_E_USAGE,
                              "--oob needs --bootstrap: without it every tree sees every row; leave "
                              "one of them out");
        return MLT_OK;
    }
    if (value->is_share) {
        *out = (size_t)rint(value->real * (double)in->n_rows);
        if (*out == 0)
            *out = 1;
        return MLT_OK;
    }
    return mlt__amount_of(out, in->params, "max-samples", in->n_rows, "rows to train on", err);
}

static mlt_status grow(mlt_ensemble *ensemble, const mlt_tree_data *data, const mlt_fit_input *in,
                       const mlt_tree_params *params, mlt_error *err) {
    forest_rows rows = {.data = data};
    MLT_TRY(count_draws(&rows.n_draws, in, err));
    mlt_status status = MLT_OK;
    uint32_t *seeds = NULL;
    uint8_t *in_bag = NULL;
    MLT_ALLOC_GOTO(seeds, ensemble->n_trees, err, done);
    mlt_rng rng;
    mlt_rng_seed(&rng, in->seed);
    for (size_t t = 0; t < ensemble->n_trees; t++)
        seeds[t] = mlt_rng_member_seed(&rng);
    rows.seeds = seeds;
    bool oob = mlt_params_bool(in->params, "oob");
    MLT_TRY_GOTO(
        mlt__ensemble_grow(ensemble, data, params, draw_sample, &rows, oob ? &in_bag : NULL, in->ctx, err),
        done);
    if (oob)
        status = mlt__ensemble_oob(ensemble, in, in_bag, err);
done:
    free(seeds);
    free(in_bag);
    return status;
}

static mlt_status fit(void **state, const mlt_fit_input *in, mlt_error *err) {
    return mlt__ensemble_fit(state, in, (size_t)mlt_params_int(in->params, "n-estimators", 0), grow, err);
}

static const mlt_model_ops OPS = {.fit = fit,
                                  .predict = mlt__ensemble_predict_mean,
                                  .save = mlt__ensemble_save,
                                  .load = mlt__ensemble_load_plain,
                                  .unpack = mlt__ensemble_unpack_plain,
                                  .view = mlt__ensemble_view,
                                  .free = mlt__ensemble_free,
                                  .predict_stages = mlt__ensemble_stages_mean};

const mlt_model_type mlt__model_random_forest = {.name = "random-forest",
                                                 .summary =
                                                     "many trees on bootstrap samples and random features",
                                                 .tasks = MLT_REGRESSION | MLT_CLASSIFICATION,
                                                 .params = PARAMS,
                                                 .n_params = sizeof PARAMS / sizeof *PARAMS,
                                                 .ops = &OPS};
