/* One row's way down a tree, node by node: for those who ask why (tree_predict.c is for many rows). */
#include "mltool/tree.h"

#include <math.h>

bool mlt_tree_goes_left(const mlt_tree *tree, size_t node, const mlt_cells *x, size_t row) {
    const mlt_tree_node *split = &tree->nodes[node];
    bool category = (split->flags & MLT_NODE_CATEGORY) && tree->category_bits;
    if (x->values ? isnan(x->values[row]) : x->codes[row] < 0)
        return split->flags & MLT_NODE_MISSING_LEFT;
    if (!category)
        return (double)(float)(x->values ? x->values[row] : x->codes[row]) <= split->threshold;
    uint32_t code = (uint32_t)x->codes[row];
    return tree->category_bits[tree->category_offset[node] + code / 32] >> (code % 32) & 1;
}

uint32_t mlt_tree_leaf(const mlt_tree *tree, const mlt_cells *x, size_t row) {
    uint32_t node = 0;
    while (tree->nodes[node].feature >= 0)
        node = mlt_tree_goes_left(tree, node, &x[tree->nodes[node].feature], row) ? node + 1
                                                                                  : tree->nodes[node].right;
    return node;
}
