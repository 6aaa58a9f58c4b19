/** The training matrix of trees: every column ranked once, shared by all trees of an ensemble. */
#ifndef MLT_MODELS_TREE_DATA_H
#define MLT_MODELS_TREE_DATA_H

#include "models/model_ops.h"

#include <float.h>

/** Values no farther apart are not split between: scikit-learn's FEATURE_THRESHOLD, a float32. */
#define MLT_CLOSE_VALUES 1e-7F

/** How numeric cells are ranked. */
typedef enum mlt_ranking {
    MLT_RANK_VALUES, /**< equal values get one code */
    MLT_RANK_BINS,   /**< neighbouring values share a bin: one byte a cell, for histograms */
} mlt_ranking;

/** How the training matrix is laid out. */
typedef struct mlt_tree_layout {
    mlt_ranking ranking;
    size_t max_bins; /**< MLT_RANK_BINS: 2 to 255 */
} mlt_tree_layout;

enum { MLT_ROW_BINS_PADDING = 32 }; /* bytes that can be read behind the last row */

/** Values of codes that are too close to a neighbour's to be parted from it; mostly few, and empty in bins.
 */
typedef struct mlt_close_codes {
    uint64_t *next;  /**< a bit a code: the next one's value is close; NULL: none is */
    uint32_t *codes; /**< n, ascending: those with a close neighbour */
    float *values;   /**< n */
    size_t n;
} mlt_close_codes;

/** One feature. Numeric cells are float32, as scikit-learn's, and stand here as codes. */
typedef struct mlt_tree_feature {
    const double *cells;   /**< numeric: the dataset's, by row; categorical: NULL */
    const uint32_t *codes; /**< n: rank, or the level; n_codes where missing; NULL in bins */
    float *values;         /**< numeric, in bins: n_codes, ascending: a bin's greatest value; else NULL */
    float *lowest;         /**< numeric, in bins: a bin's least value; else NULL */
    uint8_t *level_bins;   /**< categorical, in bins: n_levels */
    size_t n_levels;       /**< categorical: levels in the schema */
    uint32_t n_codes;      /**< ranks, levels, or bins; missing cells have the code behind them */
    bool has_missing;
    mlt_close_codes close;
} mlt_tree_feature;

/** Is it numeric, with all cells known? Such columns have quicker searches than others. */
static inline bool mlt__is_complete(const mlt_tree_feature *feature) {
    return feature->cells && !feature->has_missing;
}

/** mlt__separable for a code whose next one is close. */
bool mlt__close_separable(const mlt_tree_feature *feature, uint32_t a, uint32_t b);
/** May a split part codes a ≤ b of this feature, no code of the node being between them? */
static inline bool mlt__separable(const mlt_tree_feature *feature, uint32_t a, uint32_t b) {
    if (!feature->close.next || a == b || !(feature->close.next[a / 64] >> a % 64 & 1))
        return a != b;
    return mlt__close_separable(feature, a, b);
}

/** The numeric cell in a row of the dataset; −0 is 0. */
static inline float mlt__cell_value(const mlt_tree_feature *feature, uint32_t row) {
    return (float)feature->cells[row] + 0.0F;
}

/** The threshold between neighbouring values: halfway, and a itself where that is rounded to b. */
static inline double mlt__threshold(double a, double b) {
    double middle = a / 2.0 + b / 2.0;
    return middle == b ? a : middle;
}

/** The threshold of a split with these cells nearest on both sides: bins, else rows of the dataset;
 * right = UINT32_MAX: all known cells go left. */
static inline double mlt__threshold_between(const mlt_tree_feature *feature, uint32_t left, uint32_t right) {
    if (right == UINT32_MAX)
        return FLT_MAX;
    if (feature->lowest)
        return mlt__threshold(feature->values[left], feature->lowest[right]);
    return mlt__threshold(mlt__cell_value(feature, left), mlt__cell_value(feature, right));
}

/** Training rows by position: position i is row rows[i] of the dataset. All arrays but the dataset's are
 * owned. */
typedef struct mlt_tree_data {
    const mlt_dataset *source; /**< borrowed */
    const uint32_t *rows;      /**< n, borrowed */
    size_t n, p;
    size_t width; /**< classes, or 1 */
    mlt_task task;
    mlt_ranking ranking;
    mlt_tree_feature *features; /**< p */
    uint8_t *row_bins;          /**< n × p, in bins: the cells row by row, padded; else NULL */
    uint32_t *codes;            /**< p × n, not in bins: the features' codes, column by column; else NULL */
    double *y;                  /**< regression: n */
    uint32_t *labels;           /**< classification: n */
    double *weights;            /**< n, or NULL */
} mlt_tree_data;

/** Take the rows to train on and their target; the columns are not ranked yet.
 *  @param in  `data` and `rows` are borrowed for the life of what is made
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__tree_data_new(mlt_tree_data **out, const mlt_fit_input *in, mlt_error *err);
/** Lay out the columns, in parallel.
 *  @return MLT_OK, MLT_E_NUMERIC (a value beyond float32), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__tree_data_rank(mlt_tree_data *data, const mlt_tree_layout *layout,
                                              const mlt_context *ctx, mlt_error *err);
void mlt__tree_data_free(mlt_tree_data *data);

#endif
