/** The splitter's fast lane for whole class counts, whose sums are exact in any order: nodes are sorted
 * through a bitmap over ranks, and small subtrees work on a compact copy of their rows. */
#ifndef MLT_MODELS_TREE_COUNTS_H
#define MLT_MODELS_TREE_COUNTS_H

#include "models/tree_engine.h"

enum { MLT_COUNTS_CLASSES = 256, MLT_COUNTS_WEIGHT = 1 << 24 };

/** Rows whose columns are at hand: the whole matrix, or the compact copy of a subtree's rows. */
typedef struct mlt_row_view {
    size_t n;                         /**< rows, and ranks of a numeric feature without missing cells */
    const mlt_tree_feature *features; /**< p; codes and values by row of the view */
} mlt_row_view;

typedef struct mlt_counts {
    const mlt_tree_data *data;
    const uint32_t *columns; /**< the tree's features */
    size_t n_columns;
    mlt_row_view whole, compact;        /**< compact.n = 0: not in use */
    size_t compact_start, compact_end;  /**< the run of samples that the compact view holds */
    size_t compact_limit;               /**< rows of the largest compact view; 0: none */
    mlt_tree_feature *compact_features; /**< p */
    uint32_t *compact_codes;            /**< n_columns × compact_limit */
    uint32_t *compact_origins;          /**< n_columns × compact_limit */
    uint32_t *payloads;                 /**< by sample: weight << 8 | class, in step with the samples */
    uint64_t *spare;                    /**< a key a sample */
    uint32_t *slots;                    /**< by rank */
    uint64_t *bits;                     /**< by rank; all 0 between sorts */
} mlt_counts;

/** Room for a tree on `n` samples of `data`.
 *  @param compact         small subtrees may be copied: nodes are taken up depth first */
MLT_MUST_CHECK mlt_status mlt__counts_new(mlt_counts **out, const mlt_tree_data *data,
                                          const uint32_t *columns, size_t n_columns, const uint32_t *samples,
                                          const double *weights, size_t n, bool compact, mlt_error *err);
/** Accepts NULL. */
void mlt__counts_free(mlt_counts *counts);
/** Take up the node samples[start, end): switch to a compact view, or leave it. Sample numbers of a compact
 * view are its rows, from 0. */
void mlt__counts_node(mlt_counts *counts, uint32_t *samples, size_t start, size_t end);
/** The columns that the present node's sample numbers refer to. */
static inline const mlt_row_view *mlt__counts_view(const mlt_counts *counts) {
    return counts->compact.n > 0 ? &counts->compact : &counts->whole;
}
/** Sort a node's samples by a feature into keys[0, n): code << 32 | payload, missing cells last. */
void mlt__counts_sort(mlt_counts *counts, uint64_t *keys, const mlt_tree_feature *column,
                      const uint32_t *samples, const uint32_t *payloads, size_t n);

#endif
