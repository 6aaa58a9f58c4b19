/* `tree`: one decision tree. */
#include "core/error.h"
#include "models/tree_ensemble.h"
#include "models/tree_options.h"

static const mlt_param_spec PARAMS[] = {
    MLT_PARAM_CRITERION,   MLT_PARAM_MAX_DEPTH("none", NULL),
    MLT_PARAMS_TREE_SHAPE, MLT_PARAM_MAX_FEATURES("all", NULL),
    MLT_PARAMS_METHOD,
};

static mlt_status fit(void **state, const mlt_fit_input *in, mlt_error *err) {
    mlt_tree_params params;
    mlt_tree_layout layout;
    MLT_TRY(mlt__tree_params_read(&params, in->params, in->data->p, in->n_rows, err));
    MLT_TRY(mlt__amount_of(&params.max_features, in->params, "max-features", in->data->p, "features", err));
    MLT_TRY(mlt__tree_layout_read(&layout, in, params.max_features, err));
    mlt_tree_data *data = NULL;
    mlt_ensemble *ensemble = NULL;
    mlt_status status = mlt__tree_data_new(&data, in, &layout, err);
    if (status == MLT_OK)
        status = mlt__ensemble_new(&ensemble, 1, data->p, data->width, false, err);
    if (status == MLT_OK) {
        mlt_tree_sample sample = {.n = data->n, .weights = data->weights, .seed = in->seed, .ctx = in->ctx};
        status = mlt__tree_grow(&ensemble->trees[0], ensemble->importances, data, &params, &sample, err);
    }
    mlt__tree_data_free(data);
    if (status == MLT_OK)
        *state = ensemble;
    else
        mlt__ensemble_free(ensemble);
    return status;
}

static const mlt_model_ops OPS = {.fit = fit,
                                  .predict = mlt__ensemble_predict_mean,
                                  .save = mlt__ensemble_save,
                                  .load = mlt__ensemble_load_plain,
                                  .view = mlt__ensemble_view,
                                  .free = mlt__ensemble_free};

const mlt_model_type mlt__model_tree = {.name = "tree",
                                        .summary = "one decision tree (CART)",
                                        .tasks = MLT_REGRESSION | MLT_CLASSIFICATION,
                                        .params = PARAMS,
                                        .n_params = sizeof PARAMS / sizeof *PARAMS,
                                        .ops = &OPS};
