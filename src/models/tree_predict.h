/** Sending rows down trees. */
#ifndef MLT_MODELS_TREE_PREDICT_H
#define MLT_MODELS_TREE_PREDICT_H

#include "models/tree_data.h"

enum { MLT_ROW_BLOCK = 2048 };

/** A block of rows, encoded for traversal: feature j of row r is cells[r × p + j], a float32 value or a
 * category's code; NaN where missing. */
typedef struct mlt_row_block {
    float *cells; /**< capacity × p, owned */
    size_t p;
    size_t capacity; /**< at most MLT_ROW_BLOCK; fewer where rows are long */
    size_t n;
} mlt_row_block;

/** Rows of a block of p features. */
size_t mlt__row_block_capacity(size_t p);
MLT_MUST_CHECK mlt_status mlt__row_block_new(mlt_row_block *block, size_t p, mlt_error *err);
void mlt__row_block_clear(mlt_row_block *block);
/** Load rows [start, start + capacity) of `in`, as far as there are any. */
void mlt__row_block_load(mlt_row_block *block, const mlt_predict_input *in, size_t start);
/** The leaf each row of the block falls into: block->n of them. */
void mlt__tree_leaves(uint32_t *leaves, const mlt_tree *tree, const mlt_row_block *block);

/** All rows, block by block. */
typedef struct mlt_row_blocks {
    mlt_row_block *items; /**< n, owned (mlt__row_blocks_clear) */
    size_t n;
} mlt_row_blocks;

/** Load all rows of `in`. @param[out] out  to be cleared, also on failure */
MLT_MUST_CHECK mlt_status mlt__row_blocks_load(mlt_row_blocks *out, size_t p, const mlt_predict_input *in,
                                               mlt_error *err);
void mlt__row_blocks_clear(mlt_row_blocks *blocks);

/** The leaf that position `position` of the training matrix falls into. */
uint32_t mlt__tree_training_leaf(const mlt_tree *tree, const mlt_tree_data *data, size_t position);

/** Index of the first largest of k numbers. */
static inline uint32_t mlt__argmax(const double *values, size_t k) {
    size_t best = 0;
    for (size_t c = 1; c < k; c++)
        if (values[c] > values[best])
            best = c;
    return (uint32_t)best;
}

#endif
