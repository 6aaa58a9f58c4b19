/** Split criteria over an ordered run of samples, with scikit-learn's order of summation. */
#ifndef MLT_MODELS_TREE_CRITERION_H
#define MLT_MODELS_TREE_CRITERION_H

#include "models/tree_engine.h"

/** The state of one node's scan: samples[start, end), of which [start, pos) are on the left. */
typedef struct mlt_scan {
    mlt_criterion kind;
    const mlt_tree_data *data;
    const double *weights;   /**< by position, or NULL */
    const uint32_t *samples; /**< positions, in scan order */
    size_t start, pos, end;
    size_t width;
    double *total, *left, *right; /**< width sums each */
    double square_total;          /**< Σ w y² */
    double weight_node, weight_left, weight_right;
    double node_median;
    struct mlt_medians *medians; /**< absolute error only */
} mlt_scan;

/** Allocate for nodes of up to `n` samples. */
MLT_MUST_CHECK mlt_status mlt__scan_new(mlt_scan *scan, mlt_criterion kind, const mlt_tree_data *data,
                                        const double *weights, const uint32_t *samples, size_t n,
                                        mlt_error *err);
void mlt__scan_clear(mlt_scan *scan);
/** Take up a node: totals in the samples' present order; everything on the right. */
void mlt__scan_node(mlt_scan *scan, size_t start, size_t end);
/** Put everything on the right again, after the samples were reordered. */
void mlt__scan_reset(mlt_scan *scan);
/** Move the border to `pos`. */
void mlt__scan_update(mlt_scan *scan, size_t pos);
double mlt__scan_node_impurity(const mlt_scan *scan);
void mlt__scan_children_impurity(const mlt_scan *scan, double *left, double *right);
/** What a split is chosen by: greater is better. */
double mlt__scan_proxy(const mlt_scan *scan);
/** Write the node's value (width numbers). */
void mlt__scan_value(const mlt_scan *scan, double *value);

/** Impurity of class counts of total weight `weight`. */
double mlt__impurity_of_counts(mlt_criterion kind, const double *counts, size_t k, double weight);

#endif
