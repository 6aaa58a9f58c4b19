/* Reading the parameters that tree models share. */
#include "models/tree_options.h"

#include "core/error.h"

#include <string.h>

mlt_status mlt__amount_of(size_t *out, const mlt_params *params, const char *name, size_t total,
                          const char *unit, mlt_error *err) {
    const mlt_param_value *value = mlt_params_get(params, name);
    double amount = (double)total;
    if (strcmp(value->text, "sqrt") == 0)
        amount = sqrt((double)total);
    else if (strcmp(value->text, "log2") == 0)
        amount = log2((double)total);
    else if (value->is_share)
        amount = value->real * (double)total;
    else if (value->integer > 0)
        amount = (double)value->integer;
    if (amount > (double)total)
        return mlt__raise(err, MLT_E_USAGE, "--%s: %s is more than the %zu %s there are; give at most %zu",
                          name, value->text, total, unit, total);
    *out = amount < 1 ? 1 : (size_t)amount;
    return MLT_OK;
}

static mlt_criterion criterion_of(const mlt_params *params) {
    if (mlt_params_is(params, "criterion", "entropy"))
        return MLT_ENTROPY;
    if (mlt_params_is(params, "criterion", "squared-error"))
        return MLT_SQUARED_ERROR;
    return mlt_params_is(params, "criterion", "absolute-error") ? MLT_ABSOLUTE_ERROR : MLT_GINI;
}

mlt_status mlt__tree_params_read(mlt_tree_params *out, const mlt_params *params, size_t features,
                                 size_t n_rows, mlt_error *err) {
    *out = (mlt_tree_params){
        .criterion = criterion_of(params),
        .max_depth = (size_t)mlt_params_int(params, "max-depth", INT64_MAX),
        .min_samples_split = (size_t)mlt_params_int(params, "min-samples-split", 2),
        .min_samples_leaf = (size_t)mlt_params_int(params, "min-samples-leaf", 1),
        .max_features = features,
        .max_leaf_nodes = (size_t)mlt_params_int(params, "max-leaf-nodes", 0),
        .min_impurity_decrease = mlt_params_real(params, "min-impurity-decrease"),
        .ccp_alpha = mlt_params_real(params, "ccp-alpha"),
    };
    if (out->min_samples_leaf > n_rows)
        return mlt__raise(err, MLT_E_USAGE,
                          "--min-samples-leaf: %zu is more than the %zu rows to train on; give less",
                          out->min_samples_leaf, n_rows);
    return MLT_OK;
}

/* Above this many rows auto means histograms. */
static const size_t EXACT_ROWS = 100000;

mlt_status mlt__tree_layout_read(mlt_tree_layout *out, const mlt_fit_input *in, mlt_error *err) {
    bool medians = criterion_of(in->params) == MLT_ABSOLUTE_ERROR,
         hist = mlt_params_is(in->params, "method", "hist");
    if (hist && medians)
        return mlt__raise(err, MLT_E_USAGE,
                          "--method hist has no --criterion absolute-error; leave one of them out");
    bool large = mlt_params_is(in->params, "method", "auto") && in->n_rows > EXACT_ROWS && !medians;
    *out = (mlt_tree_layout){.ranking = MLT_RANK_VALUES};
    if (!hist && !large)
        return MLT_OK;
    out->ranking = MLT_RANK_BINS;
    out->max_bins = (size_t)mlt_params_int(in->params, "max-bins", 0);
    if (large)
        mlt__note(in->ctx,
                  "more than 100,000 rows: splits are searched between %zu bins a column; --method exact "
                  "tries all, as scikit-learn",
                  out->max_bins);
    return MLT_OK;
}
