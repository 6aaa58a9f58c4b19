/* The trees of a model file as people look at them: whole thresholds, values and row counts of all nodes. */
#include "core/error.h"
#include "core/memory.h"
#include "models/tree_ensemble.h"
#include "models/tree_split.h"
#include "models/tree_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What stands beside the nodes, and how far it is used. */
typedef struct unpacker {
    const mlt_schema *schema;
    int64_t *n;
    double *rest, *split_value; /* the latter NULL where splits have their children's sums */
    size_t at_leaf, at_numeric, at_split, at_word;
} unpacker;

/* A node to come: where it stands, and whose right child it is, if it is one. */
typedef struct awaited_node {
    uint32_t place, parent;
} awaited_node;

static mlt_status allocate_nodes(mlt_tree *tree, bool categories, mlt_error *err) {
    MLT_ALLOC(tree->nodes, tree->n_nodes, err);
    MLT_ALLOC(tree->value, tree->n_nodes * tree->width, err);
    MLT_ALLOC(tree->n, tree->n_nodes, err);
    if (categories) {
        tree->category_offset = mlt__calloc(tree->n_nodes, sizeof *tree->category_offset);
        if (!tree->category_offset)
            return mlt__raise_nomem(err, tree->n_nodes * sizeof *tree->category_offset);
    }
    return MLT_OK;
}

/* Copy a category split's set behind the tree's others. Each split has a set of its own in the file, so a
 * file cannot ask for more memory than it has bytes. */
static mlt_status unpack_set(mlt_tree *tree, size_t i, const uint32_t *set, size_t words, mlt_error *err) {
    uint32_t *bits = mlt__realloc(tree->category_bits, tree->n_category_words + words, sizeof *bits);
    if (!bits)
        return mlt__raise_nomem(err, (tree->n_category_words + words) * sizeof *bits);
    memcpy(bits + tree->n_category_words, set, words * sizeof *bits);
    tree->category_bits = bits;
    tree->category_offset[i] = (uint32_t)tree->n_category_words;
    tree->n_category_words += words;
    return MLT_OK;
}

static mlt_status unpack_split(mlt_tree *tree, size_t i, const mlt_forest *forest, size_t node, unpacker *u,
                               size_t t, mlt_error *err) {
    uint32_t key = mlt__node_key(forest, node);
    unsigned flags = mlt__node_flags(forest, node);
    mlt_tree_node *split = &tree->nodes[i];
    size_t feature = mlt__node_feature(forest, node) - 1;
    split->feature = (int32_t)feature;
    if (flags & MLT_FOREST_MISSING_LEFT)
        split->flags |= MLT_NODE_MISSING_LEFT;
    if (u->split_value)
        memcpy(tree->value + i * tree->width, u->split_value + u->at_split * tree->width,
               tree->width * sizeof *tree->value);
    u->at_split++;
    if (flags & MLT_FOREST_CATEGORY) {
        split->flags |= MLT_NODE_CATEGORY;
        if (key != u->at_word)
            return mlt__raise(err, MLT_E_MODEL,
                              "tree %zu, node %zu: its category set is out of place; the file is damaged, "
                              "fit the model again",
                              t, i);
        size_t words = mlt__set_words(u->schema->features[feature].n_levels);
        u->at_word += words;
        return unpack_set(tree, i, forest->sets + key, words, err);
    }
    float below = mlt__float_of_order(~key);
    split->threshold = (double)below + u->rest[u->at_numeric++];
    if (mlt__float_below(split->threshold) != below)
        return mlt__raise(err, MLT_E_MODEL,
                          "tree %zu, node %zu: its threshold is not near its float32; the file is damaged, "
                          "fit the model again",
                          t, i);
    return MLT_OK;
}

static size_t count_splits(const mlt_forest *forest, size_t t) {
    size_t n = 0;
    for (size_t node = forest->first[t]; node < forest->first[t + 1]; node++)
        n += mlt__node_feature(forest, node) > 0;
    return n;
}

/* Depth first, left first. `awaited` has room for half the tree's nodes and 1 more. */
static mlt_status unpack_nodes(mlt_tree *tree, awaited_node *awaited, const mlt_forest *forest, size_t t,
                               unpacker *u, mlt_error *err) {
    size_t root = forest->first[t], n_awaited = 1;
    awaited[0] = (awaited_node){.parent = UINT32_MAX};
    for (size_t i = 0; n_awaited > 0; i++) {
        awaited_node next = awaited[--n_awaited];
        size_t node = root + next.place;
        tree->nodes[i] = (mlt_tree_node){.feature = -1};
        if (next.parent != UINT32_MAX)
            tree->nodes[next.parent].right = (uint32_t)i;
        if (mlt__node_feature(forest, node) > 0) {
            uint32_t children = (uint32_t)mlt__node_children(forest, node);
            MLT_TRY(unpack_split(tree, i, forest, node, u, t, err));
            awaited[n_awaited++] = (awaited_node){children + 1, (uint32_t)i};
            awaited[n_awaited++] = (awaited_node){children, UINT32_MAX};
            continue;
        }
        tree->n[i] = (uint32_t)u->n[u->at_leaf++];
        memcpy(tree->value + i * tree->width, forest->values + mlt__node_key(forest, node) * tree->width,
               tree->width * sizeof *tree->value);
    }
    return MLT_OK;
}

static mlt_status unpack_tree(mlt_tree *tree, const mlt_forest *forest, size_t t, unpacker *u,
                              mlt_error *err) {
    *tree = (mlt_tree){.n_nodes = 2 * count_splits(forest, t) + 1, .width = forest->width};
    MLT_TRY(allocate_nodes(tree, forest->sets != NULL, err));
    awaited_node *awaited;
    MLT_ALLOC(awaited, tree->n_nodes / 2 + 1, err);
    mlt_status status = unpack_nodes(tree, awaited, forest, t, u, err);
    free(awaited);
    MLT_TRY(status);
    for (size_t i = tree->n_nodes; i-- > 0;)
        if (tree->nodes[i].feature >= 0)
            tree->n[i] = tree->n[i + 1] + tree->n[tree->nodes[i].right];
    if (!u->split_value)
        mlt__tree_sum_children(tree->value, tree);
    return MLT_OK;
}

mlt_status mlt__ensemble_unpack_plain(void *state, const mlt_schema *schema, mlt_error *err) {
    return mlt__ensemble_unpack(state, schema, err);
}

mlt_status mlt__ensemble_unpack(mlt_ensemble *ensemble, const mlt_schema *schema, mlt_error *err) {
    if (!ensemble->file || ensemble->trees[0].nodes)
        return MLT_OK;
    const mlt_tensors *in = ensemble->file;
    unpacker u = {.schema = schema};
    size_t count;
    mlt_status status = mlt_tensors_ints(in, "tree.n", 1, UINT32_MAX, &u.n, &count, SIZE_MAX, err);
    if (status == MLT_OK)
        status = mlt_tensors_doubles(in, "tree.rest", &u.rest, &count, SIZE_MAX, err);
    const mlt_tensor *split_values = mlt_tensors_find(in, "tree.split_value");
    if (status == MLT_OK && split_values->count > 0)
        status = mlt_tensors_doubles(in, "tree.split_value", &u.split_value, &count, SIZE_MAX, err);
    for (size_t t = 0; status == MLT_OK && t < ensemble->n_trees; t++)
        status = unpack_tree(&ensemble->trees[t], &ensemble->forest, t, &u, err);
    for (size_t t = 0; status != MLT_OK && t < ensemble->n_trees; t++)
        mlt__tree_clear(&ensemble->trees[t]);
    free(u.n);
    free(u.rest);
    free(u.split_value);
    return status;
}
