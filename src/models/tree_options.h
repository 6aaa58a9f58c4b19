/** The parameters that all tree models share, and reading them. */
#ifndef MLT_MODELS_TREE_OPTIONS_H
#define MLT_MODELS_TREE_OPTIONS_H

#include "models/tree_engine.h"

#include <math.h>

#define MLT_PARAM_CRITERION                                                                                  \
    {                                                                                                        \
        .name = "criterion", .kind = MLT_PARAM_CHOICE, .default_text = "gini",                               \
        .default_regression_text = "squared-error", .choices = "gini|entropy",                               \
        .choices_regression = "squared-error|absolute-error", .help = "what a split is judged by"            \
    }
#define MLT_PARAM_MAX_DEPTH(classification, regression)                                                      \
    {                                                                                                        \
        .name = "max-depth", .kind = MLT_PARAM_INT, .default_text = classification,                          \
        .default_regression_text = regression, .min = 1, .max = 1e9,                                         \
        .help = "levels of splits below the root"                                                            \
    }
/** Nodes' sizes, leaves, impurity and pruning. */
#define MLT_PARAMS_TREE_SHAPE                                                                                \
    {.name = "min-samples-split",                                                                            \
     .kind = MLT_PARAM_INT,                                                                                  \
     .default_text = "2",                                                                                    \
     .min = 2,                                                                                               \
     .max = 1e9,                                                                                             \
     .help = "rows a node needs to be split"},                                                               \
        {.name = "min-samples-leaf",                                                                         \
         .kind = MLT_PARAM_INT,                                                                              \
         .default_text = "1",                                                                                \
         .min = 1,                                                                                           \
         .max = 1e9,                                                                                         \
         .help = "rows each leaf must keep"},                                                                \
        {.name = "max-leaf-nodes",                                                                           \
         .kind = MLT_PARAM_INT,                                                                              \
         .default_text = "none",                                                                             \
         .min = 2,                                                                                           \
         .max = 1e9,                                                                                         \
         .help = "leaves at most, the best splits first"},                                                   \
        {.name = "min-impurity-decrease",                                                                    \
         .kind = MLT_PARAM_REAL,                                                                             \
         .default_text = "0",                                                                                \
         .min = 0,                                                                                           \
         .max = INFINITY,                                                                                    \
         .help = "what a split must gain"},                                                                  \
    {                                                                                                        \
        .name = "ccp-alpha", .kind = MLT_PARAM_REAL, .default_text = "0", .min = 0, .max = INFINITY,         \
        .help = "prune subtrees that gain less than this a leaf"                                             \
    }
#define MLT_PARAM_MAX_FEATURES(classification, regression)                                                   \
    {                                                                                                        \
        .name = "max-features", .kind = MLT_PARAM_AMOUNT, .default_text = classification,                    \
        .default_regression_text = regression, .choices = "sqrt|log2|all",                                   \
        .help = "features tried at each split"                                                               \
    }
/** Exact or histogram splits. */
#define MLT_PARAMS_METHOD                                                                                    \
    {.name = "method",                                                                                       \
     .kind = MLT_PARAM_CHOICE,                                                                               \
     .default_text = "auto",                                                                                 \
     .choices = "auto|exact|hist",                                                                           \
     .help = "try every split, as scikit-learn, or those between bins; auto: exact up to 100,000 rows"},     \
    {                                                                                                        \
        .name = "max-bins", .kind = MLT_PARAM_INT, .default_text = "255", .min = 2, .max = 255,              \
        .help = "bins a column for hist"                                                                     \
    }
#define MLT_PARAM_N_ESTIMATORS(number, of)                                                                   \
    {                                                                                                        \
        .name = "n-estimators", .kind = MLT_PARAM_INT, .default_text = number, .min = 1, .max = 1e6,         \
        .help = of                                                                                           \
    }
#define MLT_PARAM_BOOTSTRAP                                                                                  \
    {                                                                                                        \
        .name = "bootstrap", .kind = MLT_PARAM_BOOL, .default_text = "true",                                 \
        .help = "draw each member's rows with replacement"                                                   \
    }
#define MLT_PARAM_OOB                                                                                        \
    {                                                                                                        \
        .name = "oob", .kind = MLT_PARAM_BOOL, .default_text = "false",                                      \
        .help = "score by the rows that each tree did not see"                                               \
    }

/** Read the tree parameters of a resolved table. Parameters that it lacks keep scikit-learn's defaults;
 *  max_features is `features` unless the table says otherwise.
 *  @param features  what the tree may use
 *  @param n_rows    rows of training data
 *  @return MLT_OK, MLT_E_USAGE (more features than there are, larger leaves than rows) */
MLT_MUST_CHECK mlt_status mlt__tree_params_read(mlt_tree_params *out, const mlt_params *params,
                                                size_t features, size_t n_rows, mlt_error *err);

/** The layout of the training matrix that --method asks for, or that suits the number of rows; said in a note
 * where it is not the exact one.
 *  @return MLT_OK, MLT_E_USAGE (histograms with a criterion that has none) */
MLT_MUST_CHECK mlt_status mlt__tree_layout_read(mlt_tree_layout *out, const mlt_fit_input *in,
                                                mlt_error *err);

/** A count or a share of `total`, a share rounded down, at least 1.
 *  @return MLT_OK, MLT_E_USAGE (a count above `total`) */
MLT_MUST_CHECK mlt_status mlt__amount_of(size_t *out, const mlt_params *params, const char *name,
                                         size_t total, const char *unit, mlt_error *err);

#endif
