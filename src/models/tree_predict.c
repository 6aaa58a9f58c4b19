/* Sending rows down trees. A block of rows is as large as the cache allows, since every tree's nodes pass by
 * once a block; within it several rows go down together, so that one row's wait for a node is the others'
 * work. */
#include "models/tree_predict.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_split.h"

#include <math.h>
#include <stdlib.h>

enum {
    BLOCK_BYTES = 1 << 18, /* of cells */
    LEAST_ROWS = 64,
    TOGETHER = 8, /* rows */
};

size_t mlt__row_block_capacity(size_t p) {
    size_t rows = BLOCK_BYTES / (p * sizeof(float));
    return rows < LEAST_ROWS ? LEAST_ROWS : rows < MLT_ROW_BLOCK ? rows : MLT_ROW_BLOCK;
}

mlt_status mlt__row_block_new(mlt_row_block *block, size_t p, mlt_error *err) {
    *block = (mlt_row_block){.p = p, .capacity = mlt__row_block_capacity(p)};
    MLT_ALLOC(block->cells, p * block->capacity, err);
    return MLT_OK;
}

void mlt__row_block_clear(mlt_row_block *block) {
    free(block->cells);
    block->cells = NULL;
}

void mlt__row_block_load(mlt_row_block *block, const mlt_predict_input *in, size_t start) {
    size_t p = block->p;
    block->n = in->n_rows - start < block->capacity ? in->n_rows - start : block->capacity;
    for (size_t j = 0; j < p; j++) {
        const mlt_cells *column = &in->data->x[j];
        float *cells = block->cells + j;
        for (size_t r = 0; r < block->n; r++) {
            size_t row = mlt__row(in->rows, start + r);
            if (column->values)
                cells[r * p] = (float)column->values[row];
            else
                cells[r * p] = column->codes[row] < 0 ? NAN : (float)column->codes[row];
        }
    }
}

static inline bool goes_left(const mlt_tree *tree, uint32_t node, float cell) {
    const mlt_tree_node *split = &tree->nodes[node];
    if (isnan(cell))
        return split->flags & MLT_NODE_MISSING_LEFT;
    if ((split->flags & MLT_NODE_CATEGORY) && tree->category_bits)
        return mlt__set_has(tree->category_bits + tree->category_offset[node], (uint32_t)cell);
    return (double)cell <= split->threshold;
}

static uint32_t leaf_of(const mlt_tree *tree, const float *cells) {
    uint32_t node = 0;
    while (tree->nodes[node].feature >= 0)
        node = goes_left(tree, node, cells[tree->nodes[node].feature]) ? node + 1 : tree->nodes[node].right;
    return node;
}

/* TOGETHER rows down a tree without category splits. Choices are made by masks: a branch would be guessed
 * wrong half the time. */
static void leaves_together(uint32_t *leaves, const mlt_tree *tree, const float *cells, size_t p) {
    uint32_t nodes[TOGETHER] = {0}, moving;
    do {
        moving = 0;
        for (size_t r = 0; r < TOGETHER; r++) {
            const mlt_tree_node *split = &tree->nodes[nodes[r]];
            int32_t feature = split->feature;
            uint32_t at_leaf = (uint32_t)(feature >> 31); /* all ones or all zeros */
            float cell = cells[r * p + ((uint32_t)feature & ~at_leaf)];
            uint32_t less = (double)cell <= split->threshold, missing = cell != cell;
            uint32_t left = 0U - (less | (missing & split->flags & MLT_NODE_MISSING_LEFT));
            uint32_t next = ((nodes[r] + 1) & left) | (split->right & ~left);
            nodes[r] = (nodes[r] & at_leaf) | (next & ~at_leaf);
            moving |= ~at_leaf;
        }
    } while (moving);
    for (size_t r = 0; r < TOGETHER; r++)
        leaves[r] = nodes[r];
}

void mlt__tree_leaves(uint32_t *leaves, const mlt_tree *tree, const mlt_row_block *block) {
    size_t r = 0;
    if (!tree->category_bits)
        for (; r + TOGETHER <= block->n; r += TOGETHER)
            leaves_together(leaves + r, tree, block->cells + r * block->p, block->p);
    for (; r < block->n; r++)
        leaves[r] = leaf_of(tree, block->cells + r * block->p);
}

uint32_t mlt__tree_training_leaf(const mlt_tree *tree, const mlt_tree_data *data, size_t position) {
    uint32_t node = 0;
    while (tree->nodes[node].feature >= 0) {
        const mlt_tree_feature *feature = &data->features[tree->nodes[node].feature];
        uint32_t code = feature->codes[position];
        float cell = code == feature->n_codes ? NAN : feature->values ? feature->values[code] : (float)code;
        node = goes_left(tree, node, cell) ? node + 1 : tree->nodes[node].right;
    }
    return node;
}
