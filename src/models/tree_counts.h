/** The splitter's fast lane for whole class counts, whose sums are exact in any order: small subtrees work on
 * a compact copy of their rows. */
#ifndef MLT_MODELS_TREE_COUNTS_H
#define MLT_MODELS_TREE_COUNTS_H

#include "models/tree_engine.h"
#include "models/tree_xlogx.h"

enum {
    MLT_COUNTS_CLASSES = 256,
    MLT_COUNTS_WEIGHT = 1 << 24,
    MLT_COUNTS_BINS = 256,
    MLT_COUNTS_SORTED = 256, /* in bins, nodes of up to so many samples a class are sorted */
};

/** A copy of the rows of a subtree. */
typedef struct mlt_compact {
    size_t start, end;          /**< the run of samples that it holds */
    size_t limit;               /**< rows at most */
    mlt_tree_feature *features; /**< p; codes by row of the copy */
    uint32_t *codes;            /**< n_columns × limit */
    uint32_t *rows;             /**< limit: which rows of the dataset they are */
} mlt_compact;

typedef struct mlt_counts {
    const mlt_tree_data *data;
    uint32_t *columns; /**< the tree's features, in the order of the copies */
    size_t n_columns;
    mlt_compact *copies;    /**< each of a subtree of the one before */
    size_t n_copies, depth; /**< there are; in use */
    uint32_t *payloads;     /**< by sample, padded: weight << 8 | class, in step with the samples */
    uint64_t *spare;        /**< a key a sample */
    uint64_t *keys;         /**< in bins: MLT_COUNTS_SORTED × classes */
    uint32_t *cells;        /**< in bins: MLT_COUNTS_BINS × (classes + 1) */
    mlt_xlogx xlogx; /**< entropy: of weights up to the root's; empty otherwise, or if they are too great */
} mlt_counts;

/** Room for a tree on `n` samples of `data`.
 *  @param features_tried  at each node; 0: no subtree is copied, since nodes are not taken up depth first */
MLT_MUST_CHECK mlt_status mlt__counts_new(mlt_counts **out, const mlt_tree_data *data,
                                          const uint32_t *columns, size_t n_columns, const uint32_t *samples,
                                          const double *weights, size_t n, size_t features_tried,
                                          mlt_error *err);
/** Accepts NULL. */
void mlt__counts_free(mlt_counts *counts);
/** Take up the node samples[start, end): switch to a compact copy, or leave it. Sample numbers in a compact
 * copy are its rows, from 0. */
void mlt__counts_node(mlt_counts *counts, uint32_t *samples, size_t start, size_t end);
/** The columns (p) that the present node's sample numbers refer to. */
static inline const mlt_tree_feature *mlt__counts_features(const mlt_counts *counts) {
    return counts->depth > 0 ? counts->copies[counts->depth - 1].features : counts->data->features;
}
/** The rows of the dataset that the present node's sample numbers stand for. */
static inline const uint32_t *mlt__counts_rows(const mlt_counts *counts) {
    return counts->depth > 0 ? counts->copies[counts->depth - 1].rows : counts->data->rows;
}
/** Sort a node's samples by a feature into keys[0, n): code << 32 | payload, missing cells last. */
void mlt__counts_sort(mlt_counts *counts, uint64_t *keys, const mlt_tree_feature *column,
                      const uint32_t *samples, const uint32_t *payloads, size_t n);

#endif
