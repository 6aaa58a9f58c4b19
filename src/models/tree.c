/* `tree`: one decision tree. */
#include "models/tree_ensemble.h"
#include "models/tree_options.h"

static const mlt_param_spec PARAMS[] = {
    MLT_PARAM_CRITERION,   MLT_PARAM_MAX_DEPTH("none", NULL),
    MLT_PARAMS_TREE_SHAPE, MLT_PARAM_MAX_FEATURES("all", NULL),
    MLT_PARAMS_METHOD,
};

static mlt_status grow(mlt_ensemble *ensemble, const mlt_tree_data *data, const mlt_fit_input *in,
                       const mlt_tree_params *params, mlt_error *err) {
    mlt_tree_sample sample = {.n = data->n, .weights = data->weights, .seed = in->seed, .ctx = in->ctx};
    return mlt__tree_grow(&ensemble->trees[0], ensemble->importances, data, params, &sample, err);
}

static mlt_status fit(void **state, const mlt_fit_input *in, mlt_error *err) {
    return mlt__ensemble_fit(state, in, 1, grow, err);
}

static const mlt_model_ops OPS = {.fit = fit,
                                  .predict = mlt__ensemble_predict_mean,
                                  .save = mlt__ensemble_save,
                                  .load = mlt__ensemble_load_plain,
                                  .unpack = mlt__ensemble_unpack_plain,
                                  .view = mlt__ensemble_view,
                                  .free = mlt__ensemble_free};

const mlt_model_type mlt__model_tree = {.name = "tree",
                                        .summary = "one decision tree (CART)",
                                        .tasks = MLT_REGRESSION | MLT_CLASSIFICATION,
                                        .params = PARAMS,
                                        .n_params = sizeof PARAMS / sizeof *PARAMS,
                                        .ops = &OPS};
