/** Sending rows down trees. */
#ifndef MLT_MODELS_TREE_PREDICT_H
#define MLT_MODELS_TREE_PREDICT_H

#include "models/tree_data.h"

enum { MLT_ROW_BLOCK = 64 };

/** A block of rows, encoded for traversal: feature j of row r is cells[j × MLT_ROW_BLOCK + r], a float32
 * value or a category's code; NaN where missing. */
typedef struct mlt_row_block {
    float *cells; /**< p × MLT_ROW_BLOCK, owned */
    size_t n;
} mlt_row_block;

MLT_MUST_CHECK mlt_status mlt__row_block_new(mlt_row_block *block, size_t p, mlt_error *err);
void mlt__row_block_clear(mlt_row_block *block);
/** Load rows [start, start + MLT_ROW_BLOCK) of `in`, as far as there are any. */
void mlt__row_block_load(mlt_row_block *block, const mlt_predict_input *in, size_t start);
/** The leaf each row of the block falls into. */
void mlt__tree_leaves(uint32_t leaves[MLT_ROW_BLOCK], const mlt_tree *tree, const mlt_row_block *block);

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
