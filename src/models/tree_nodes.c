/* The growing tree's nodes: appending, importances, writing out. */
#include "models/tree_nodes.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

mlt_status mlt__nodes_add(mlt_nodes *nodes, size_t *index, mlt_error *err) {
    if (nodes->n == nodes->capacity) {
        size_t capacity = nodes->capacity ? 2 * nodes->capacity : 64;
        mlt_node *items = mlt__realloc(nodes->items, capacity, sizeof *items);
        if (!items)
            return mlt__raise_nomem(err, capacity * sizeof *items);
        nodes->items = items;
        double *values = mlt__realloc(nodes->values, capacity, nodes->width * sizeof *values);
        if (!values)
            return mlt__raise_nomem(err, capacity * nodes->width * sizeof *values);
        nodes->values = values;
        nodes->capacity = capacity;
    }
    *index = nodes->n++;
    nodes->items[*index] = (mlt_node){.feature = -1};
    return MLT_OK;
}

mlt_status mlt__nodes_split(mlt_nodes *nodes, size_t index, const mlt_split_choice *choice,
                            const uint32_t *set, size_t set_words, mlt_error *err) {
    mlt_node *node = &nodes->items[index];
    if (set) {
        if (nodes->n_bits + set_words > nodes->bits_capacity) {
            size_t capacity = 2 * nodes->bits_capacity + set_words + 16;
            uint32_t *bits = mlt__realloc(nodes->bits, capacity, sizeof *bits);
            if (!bits)
                return mlt__raise_nomem(err, capacity * sizeof *bits);
            nodes->bits = bits;
            nodes->bits_capacity = capacity;
        }
        memcpy(nodes->bits + nodes->n_bits, set, set_words * sizeof *set);
        node->set = nodes->n_bits;
        nodes->n_bits += set_words;
        node->flags |= MLT_NODE_CATEGORY;
    }
    if (choice->missing_left)
        node->flags |= MLT_NODE_MISSING_LEFT;
    node->feature = (int32_t)choice->feature;
    if (!set) {
        node->greatest_left = choice->greatest_left;
        node->least_right = choice->least_right;
    }
    return MLT_OK;
}

void mlt__nodes_clear(mlt_nodes *nodes) {
    free(nodes->items);
    free(nodes->values);
    free(nodes->bits);
    *nodes = (mlt_nodes){0};
}

void mlt__nodes_importances(double *importances, size_t p, const mlt_nodes *nodes) {
    memset(importances, 0, p * sizeof *importances);
    double sum = 0;
    for (size_t i = 0; i < nodes->n; i++) {
        const mlt_node *node = &nodes->items[i];
        if (node->feature < 0)
            continue;
        const mlt_node *left = &nodes->items[node->left], *right = &nodes->items[node->right];
        importances[node->feature] +=
            node->weight * node->impurity - left->weight * left->impurity - right->weight * right->impurity;
    }
    for (size_t j = 0; j < p; j++) {
        importances[j] /= nodes->items[0].weight;
        sum += importances[j];
    }
    if (sum > 0)
        for (size_t j = 0; j < p; j++)
            importances[j] /= sum;
}

static mlt_status allocate_tree(mlt_tree *tree, size_t n_nodes, size_t width, size_t n_bits, mlt_error *err) {
    *tree = (mlt_tree){.width = width};
    MLT_ALLOC(tree->nodes, n_nodes, err);
    MLT_ALLOC(tree->value, n_nodes * width, err);
    MLT_ALLOC(tree->n, n_nodes, err);
    if (n_bits > 0) {
        MLT_ALLOC(tree->category_offset, n_nodes, err);
        MLT_ALLOC(tree->category_bits, n_bits, err);
    }
    return MLT_OK;
}

/* Nodes that can be reached from the root: pruning leaves others behind. */
static size_t count_reached(const mlt_nodes *nodes, uint32_t *stack) {
    size_t reached = 0, height = 0;
    stack[height++] = 0;
    while (height > 0) {
        const mlt_node *node = &nodes->items[stack[--height]];
        reached++;
        if (node->feature >= 0) {
            stack[height++] = node->right;
            stack[height++] = node->left;
        }
    }
    return reached;
}

static void write_node(mlt_tree *tree, size_t at, const mlt_nodes *nodes, const mlt_tree_feature *features,
                       uint32_t index) {
    const mlt_node *node = &nodes->items[index];
    bool leaf = node->feature < 0, numeric = !leaf && !(node->flags & MLT_NODE_CATEGORY);
    tree->nodes[at].feature = node->feature;
    tree->nodes[at].threshold =
        numeric ? mlt__threshold_between(&features[node->feature], node->greatest_left, node->least_right)
                : 0;
    tree->nodes[at].right = 0;
    tree->nodes[at].flags = leaf ? 0 : node->flags;
    tree->n[at] = node->n;
    memcpy(tree->value + at * tree->width, nodes->values + index * tree->width,
           tree->width * sizeof *tree->value);
    if (tree->category_offset)
        tree->category_offset[at] = leaf || numeric ? 0 : (uint32_t)node->set;
}

mlt_status mlt__nodes_write(mlt_tree *tree, const mlt_nodes *nodes, const mlt_tree_feature *features,
                            mlt_error *err) {
    /* Each stack entry is a node and, behind it, the written parent whose right child it is (or UINT32_MAX).
     */
    mlt_status status = MLT_OK;
    uint32_t *stack = NULL;
    MLT_ALLOC_GOTO(stack, 2 * (nodes->n + 1), err, failed);
    size_t n_nodes = count_reached(nodes, stack), height = 0;
    MLT_TRY_GOTO(allocate_tree(tree, n_nodes, nodes->width, nodes->n_bits, err), failed);
    stack[height++] = 0;
    stack[height++] = UINT32_MAX;
    while (height > 0) {
        uint32_t parent = stack[--height], index = stack[--height], at = (uint32_t)tree->n_nodes++;
        write_node(tree, at, nodes, features, index);
        if (parent != UINT32_MAX)
            tree->nodes[parent].right = at;
        if (nodes->items[index].feature >= 0) {
            stack[height++] = nodes->items[index].right;
            stack[height++] = at;
            stack[height++] = nodes->items[index].left;
            stack[height++] = UINT32_MAX;
        }
    }
    if (nodes->n_bits > 0) {
        memcpy(tree->category_bits, nodes->bits, nodes->n_bits * sizeof *nodes->bits);
        tree->n_category_words = nodes->n_bits;
    }
failed:
    free(stack);
    return status;
}
