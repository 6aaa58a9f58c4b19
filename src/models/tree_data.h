/** The training matrix of trees: every column ranked once, shared by all trees of an ensemble. */
#ifndef MLT_MODELS_TREE_DATA_H
#define MLT_MODELS_TREE_DATA_H

#include "models/model_ops.h"

/** How numeric cells are ranked. */
typedef enum mlt_ranking {
    MLT_RANK_VALUES, /**< equal values get one code: what a sort by prescribed swaps needs */
    MLT_RANK_ROWS,   /**< every row gets a code of its own: what a sort through a bitmap needs */
} mlt_ranking;

/** One feature. Numeric cells are float32, as scikit-learn's, and stand here as ranks. */
typedef struct mlt_tree_feature {
    uint32_t *codes;        /**< n: rank, or the level; n_codes where missing */
    float *values;          /**< numeric: n_codes, never descending; categorical: NULL (see mlt__value_of) */
    uint32_t n_codes;       /**< ranks, or levels in the schema */
    const uint32_t *origin; /**< in a compact copy: the matrix's code by code here; NULL: the same */
    bool has_missing;
    bool has_close; /**< the values of two neighbouring codes are within 1e-7: no split between them */
} mlt_tree_feature;

/** The value of a numeric code. */
static inline float mlt__value_of(const mlt_tree_feature *feature, uint32_t code) {
    return feature->values[feature->origin ? feature->origin[code] : code];
}

/** Training rows by position: position i is row rows[i] of the dataset. All arrays are owned. */
typedef struct mlt_tree_data {
    size_t n, p;
    size_t width; /**< classes, or 1 */
    mlt_task task;
    mlt_ranking ranking;
    mlt_tree_feature *features; /**< p */
    uint32_t
        *row_codes;   /**< n × p: the codes again, row by row, for copying single rows; NULL if not wanted */
    double *y;        /**< regression: n */
    uint32_t *labels; /**< classification: n */
    double *weights;  /**< n, or NULL */
} mlt_tree_data;

/** The ranking that suits trees of bootstrap or whole-number weights on these rows. */
mlt_ranking mlt__tree_data_ranking(const mlt_fit_input *in);
/** Rank the columns of the rows to train on, columns in parallel.
 *  @param features_tried  at each node: decides whether `row_codes` pay
 *  @return MLT_OK, MLT_E_NUMERIC (a value beyond float32), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__tree_data_new(mlt_tree_data **out, const mlt_fit_input *in,
                                             mlt_ranking ranking, size_t features_tried, mlt_error *err);
void mlt__tree_data_free(mlt_tree_data *data);

#endif
