/** Sending rows down trees. */
#ifndef MLT_MODELS_TREE_PREDICT_H
#define MLT_MODELS_TREE_PREDICT_H

#include "models/model_ops.h"
#include "models/tree_forest.h"

enum { MLT_ROW_BLOCK = 2048 };

/** A row that has not arrived at a leaf yet. */
typedef struct mlt_walker {
    const uint32_t *cells; /**< the row's */
    uint32_t at;           /**< the node, in its tree */
    uint32_t row;          /**< in the block */
} mlt_walker;

/** A block of rows, encoded for traversal: a row has p + 1 cells, first 0, then numbers as mlt__float_order
 * or categories' codes, UINT32_MAX where missing. */
typedef struct mlt_row_block {
    uint32_t *cells; /**< owned */
    size_t p;
    size_t start, n;                   /**< the rows: n of them, from `start` of those predicted */
    bool missing;                      /**< some cell is */
    uint32_t leaves[MLT_ROW_BLOCK];    /**< mlt__block_descend: the index of each row's value */
    mlt_walker walkers[MLT_ROW_BLOCK]; /**< mlt__block_descend's */
} mlt_row_block;

/** What is done with a block. `scratch` is the thread's own. */
typedef void (*mlt_block_work)(mlt_row_block *block, void *scratch, void *user);

/** Go through the rows of `in` in blocks, in parallel.
 *  @param p              features
 *  @param scratch_bytes  what `work` needs for a block
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__each_row_block(const mlt_predict_input *in, size_t p, size_t scratch_bytes,
                                              mlt_block_work work, void *user, mlt_error *err);
/** Rows of the largest block. */
size_t mlt__row_block_capacity(size_t p);

/** Send a block down tree t: block->leaves. */
void mlt__block_descend(mlt_row_block *block, const mlt_forest *forest, size_t t);

/** The leaves that the rows of `in` reach in tree t.
 *  @param[out] leaves  in->n_rows indices of values, caller-allocated
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__forest_leaves(uint32_t *leaves, const mlt_forest *forest, size_t t,
                                             const mlt_predict_input *in, mlt_error *err);

/** Index of the first largest of k numbers. */
static inline uint32_t mlt__argmax(const double *values, size_t k) {
    size_t best = 0;
    for (size_t c = 1; c < k; c++)
        if (values[c] > values[best])
            best = c;
    return (uint32_t)best;
}

#endif
