/** Cuts of a sorted feature: which there are, and taking the best. */
#ifndef MLT_MODELS_TREE_CUT_H
#define MLT_MODELS_TREE_CUT_H

#include "models/tree_split.h"

/** How far below the best a cut's quick judgement must be to be left out, for a weight of 1: far more than
 * its rounding error. */
#define MLT_CUT_MARGIN 1e-11

/** scikit-learn's proxy for Gini, to the bit, from each side's sum of squared class weights and weight. */
static inline double mlt__gini_proxy(double squares_left, double weight_left, double squares_right,
                                     double weight_right) {
    double left = 1.0 - squares_left / (weight_left * weight_left);
    double right = 1.0 - squares_right / (weight_right * weight_right);
    return -weight_right * right - weight_left * left;
}

/** One direction of missing cells over a node sorted by one feature. */
typedef struct mlt_cuts {
    const mlt_tree_feature *column;
    uint32_t feature;
    const uint64_t *keys; /**< code << 32 | payload or position: `known` cells, then the missing ones */
    size_t known, missing;
    bool missing_left;
} mlt_cuts;

static inline uint32_t mlt__code_of(uint64_t key) { return (uint32_t)(key >> 32); }

/** Is there a cut behind known cell i? */
static inline bool mlt__is_cut(const mlt_cuts *cuts, size_t i) {
    if (i + 1 == cuts->known)
        return cuts->missing > 0 && !cuts->missing_left;
    return mlt__separable(cuts->column, mlt__code_of(cuts->keys[i]), mlt__code_of(cuts->keys[i + 1]));
}

/** Take the cut behind known cell i if its proxy is above the best so far. */
static inline void mlt__consider(mlt_split_choice *best, const mlt_cuts *cuts, size_t i, double proxy) {
    if (!(proxy > best->proxy))
        return;
    best->found = true;
    best->proxy = proxy;
    best->feature = cuts->feature;
    best->missing_left = cuts->missing_left;
    best->n_left = i + 1 + (cuts->missing_left ? cuts->missing : 0);
    best->left_code = mlt__code_of(cuts->keys[i]);
}

/** Try all cuts of whole class counts; the splitter's scan holds the node's totals. */
void mlt__cut_counts(mlt_split_choice *best, mlt_splitter *splitter, const mlt_cuts *cuts);
/** A feature's bins, added up. */
typedef struct mlt_cell_cuts {
    uint32_t feature;
    size_t n_bins;
    const uint32_t *cells; /**< n_bins × (classes + 1): each class's weight, and the samples */
} mlt_cell_cuts;

/** The same between bins. */
void mlt__cut_cells(mlt_split_choice *best, mlt_splitter *splitter, const mlt_cell_cuts *cuts);
/** Try all cuts of `count` complete features in bins. Returns how many are not constant in the node. */
size_t mlt__cut_bins(mlt_split_choice *best, mlt_splitter *splitter, const uint32_t *features, size_t count);

#endif
