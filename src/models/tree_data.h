/** The training matrix of trees: every column ranked once, shared by all trees of an ensemble. */
#ifndef MLT_MODELS_TREE_DATA_H
#define MLT_MODELS_TREE_DATA_H

#include "models/model_ops.h"

/** One feature. Numeric cells are float32, as scikit-learn's, and stand here as ranks: equal values, equal codes. */
typedef struct mlt_tree_feature {
    uint32_t *codes;  /**< n: rank among the distinct values, or the level; n_codes where missing */
    float *values;    /**< numeric: n_codes, ascending; categorical: NULL */
    uint32_t n_codes; /**< distinct values, or levels in the schema */
    bool has_missing;
    bool has_close; /**< two neighbouring values are within 1e-7 and may not be split between */
} mlt_tree_feature;

/** Training rows by position: position i is row rows[i] of the dataset. All arrays are owned. */
typedef struct mlt_tree_data {
    size_t n, p;
    size_t width; /**< classes, or 1 */
    mlt_task task;
    mlt_tree_feature *features; /**< p */
    double *y;                  /**< regression: n */
    uint32_t *labels;           /**< classification: n */
    double *weights;            /**< n, or NULL */
} mlt_tree_data;

/** Rank the columns of the rows to train on, columns in parallel.
 *  @return MLT_OK, MLT_E_NUMERIC (a value beyond float32), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__tree_data_new(mlt_tree_data **out, const mlt_fit_input *in, mlt_error *err);
void mlt__tree_data_free(mlt_tree_data *data);

#endif
