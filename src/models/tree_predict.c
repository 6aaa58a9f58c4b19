/* Sending rows down trees, a block of rows at a time so that the block's cells stay in the cache. */
#include "models/tree_predict.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_split.h"

#include <math.h>
#include <stdlib.h>

mlt_status mlt__row_block_new(mlt_row_block *block, size_t p, mlt_error *err) {
    *block = (mlt_row_block){0};
    MLT_ALLOC(block->cells, p * MLT_ROW_BLOCK, err);
    return MLT_OK;
}

void mlt__row_block_clear(mlt_row_block *block) {
    free(block->cells);
    block->cells = NULL;
}

void mlt__row_block_load(mlt_row_block *block, const mlt_predict_input *in, size_t start) {
    block->n = in->n_rows - start < MLT_ROW_BLOCK ? in->n_rows - start : MLT_ROW_BLOCK;
    for (size_t j = 0; j < in->data->p; j++) {
        const mlt_cells *column = &in->data->x[j];
        float *cells = block->cells + j * MLT_ROW_BLOCK;
        for (size_t r = 0; r < block->n; r++) {
            size_t row = mlt__row(in->rows, start + r);
            if (column->values)
                cells[r] = (float)column->values[row];
            else
                cells[r] = column->codes[row] < 0 ? NAN : (float)column->codes[row];
        }
    }
}

static inline bool goes_left(const mlt_tree *tree, size_t node, float cell) {
    if (isnan(cell))
        return tree->flags[node] & MLT_NODE_MISSING_LEFT;
    if (tree->flags[node] & MLT_NODE_CATEGORY)
        return mlt__set_has(tree->category_bits + tree->category_offset[node], (uint32_t)cell);
    return (double)cell <= tree->threshold[node];
}

void mlt__tree_leaves(uint32_t leaves[MLT_ROW_BLOCK], const mlt_tree *tree, const mlt_row_block *block) {
    for (size_t r = 0; r < block->n; r++) {
        uint32_t node = 0;
        while (tree->feature[node] >= 0) {
            float cell = block->cells[(size_t)tree->feature[node] * MLT_ROW_BLOCK + r];
            node = goes_left(tree, node, cell) ? node + 1 : tree->right[node];
        }
        leaves[r] = node;
    }
}

uint32_t mlt__tree_training_leaf(const mlt_tree *tree, const mlt_tree_data *data, size_t position) {
    uint32_t node = 0;
    while (tree->feature[node] >= 0) {
        const mlt_tree_feature *feature = &data->features[tree->feature[node]];
        uint32_t code = feature->codes[position];
        float cell = code == feature->n_codes ? NAN : feature->values ? feature->values[code] : (float)code;
        node = goes_left(tree, node, cell) ? node + 1 : tree->right[node];
    }
    return node;
}
