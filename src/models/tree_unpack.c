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
    uint32_t upper = mlt__node_upper(forest, node), lower = mlt__node_lower(forest, node);
    mlt_tree_node *split = &tree->nodes[i];
    size_t feature = mlt__node_feature(forest, node);
    split->feature = (int32_t)feature;
    split->right = (uint32_t)(i + mlt__node_skip(forest, node));
    if (upper & MLT_FOREST_MISSING_LEFT)
        split->flags |= MLT_NODE_MISSING_LEFT;
    if (u->split_value)
        memcpy(tree->value + i * tree->width, u->split_value + u->at_split * tree->width,
               tree->width * sizeof *tree->value);
    u->at_split++;
    if (upper & MLT_FOREST_CATEGORY) {
        split->flags |= MLT_NODE_CATEGORY;
        if (lower != u->at_word)
            return mlt__raise(err, MLT_E_MODEL,
                              "tree %zu, node %zu: its category set is out of place; the file is damaged, "
                              "fit the model again",
                              t, i);
        size_t words = mlt__set_words(u->schema->features[feature].n_levels);
        u->at_word += words;
        return unpack_set(tree, i, forest->sets + lower, words, err);
    }
    float below;
    memcpy(&below, &lower, sizeof below);
    split->threshold = (double)below + u->rest[u->at_numeric++];
    if (mlt__float_below(split->threshold) != below)
        return mlt__raise(err, MLT_E_MODEL,
                          "tree %zu, node %zu: its threshold is not near its float32; the file is damaged, "
                          "fit the model again",
                          t, i);
    return MLT_OK;
}

static mlt_status unpack_tree(mlt_tree *tree, const mlt_forest *forest, size_t t, unpacker *u,
                              mlt_error *err) {
    size_t root = forest->first[t];
    *tree = (mlt_tree){.n_nodes = forest->first[t + 1] - root, .width = forest->width};
    MLT_TRY(allocate_nodes(tree, forest->sets != NULL, err));
    for (size_t i = 0; i < tree->n_nodes; i++) {
        tree->nodes[i] = (mlt_tree_node){.feature = -1};
        if (mlt__node_skip(forest, root + i) > 0) {
            MLT_TRY(unpack_split(tree, i, forest, root + i, u, t, err));
            continue;
        }
        tree->n[i] = (uint32_t)u->n[u->at_leaf++];
        memcpy(tree->value + i * tree->width,
               forest->values + mlt__node_lower(forest, root + i) * tree->width,
               tree->width * sizeof *tree->value);
    }
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
