/* Trees as arrays of a model file. All trees stand behind one another:
 *   tree.n_nodes      a tree: its nodes
 *   tree.node         a node: as rows go down it (tree_forest.h); a leaf names its place in tree.value
 *   tree.value        width numbers a row: the different values of leaves
 *   tree.rest         a numeric split: its threshold less the float32 that stands in the node
 *   tree.n            a leaf: training rows; a split has its children's
 *   tree.split_value  width numbers a split; empty where they are its children's sums
 *   tree.set          category splits: their bit sets, ⌈levels / 32⌉ words each
 *   tree.weight, tree.error   boosting: a tree's α and error
 *   importances       a feature;   oob_score   absent if not computed
 * Who only predicts reads tree.n_nodes, tree.node, tree.value and tree.set. */
#include "core/error.h"
#include "core/memory.h"
#include "models/tree_ensemble.h"
#include "models/tree_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- different values ---- */

static uint64_t hash_value(const double *value, size_t width) {
    uint64_t hash = width;
    for (size_t c = 0; c < width; c++) {
        uint64_t bits;
        memcpy(&bits, &value[c], sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    return hash;
}

/* Number the different values in the order in which they come: `numbers[v]` for each of `values`, which are
 * moved together. Returns how many there are, or SIZE_MAX when memory is short. */
static size_t number_values(uint32_t *numbers, double *values, size_t n, size_t width) {
    size_t slots = 1;
    while (slots < 2 * n)
        slots *= 2;
    uint32_t *table = mlt__alloc(slots, sizeof *table);
    if (!table)
        return SIZE_MAX;
    memset(table, 0xFF, slots * sizeof *table);
    size_t found = 0;
    for (size_t v = 0; v < n; v++) {
        const double *value = values + v * width;
        size_t slot = hash_value(value, width) & (slots - 1);
        while (table[slot] != UINT32_MAX &&
               memcmp(values + table[slot] * width, value, width * sizeof *value) != 0)
            slot = (slot + 1) & (slots - 1);
        if (table[slot] == UINT32_MAX) {
            memmove(values + found * width, value, width * sizeof *value);
            table[slot] = (uint32_t)found++;
        }
        numbers[v] = table[slot];
    }
    free(table);
    return found;
}

/* A packed forest's leaves have a value each; let those with equal values share one. */
static mlt_status share_values(mlt_forest *forest, mlt_error *err) {
    uint64_t *nodes = forest->owned[0];
    uint32_t *numbers;
    MLT_ALLOC(numbers, forest->n_values, err);
    size_t found = number_values(numbers, forest->owned[1], forest->n_values, forest->width);
    for (size_t i = 0; found != SIZE_MAX && i < forest->first[forest->n_trees]; i++)
        if (mlt__node_skip(forest, i) == 0) {
            uint64_t *node = &nodes[i * forest->words];
            *node = (*node & ~(uint64_t)UINT32_MAX) | numbers[(uint32_t)*node];
        }
    size_t slots = forest->n_values;
    free(numbers);
    if (found == SIZE_MAX)
        return mlt__raise_nomem(err, 4 * slots * sizeof *numbers);
    forest->n_values = found;
    return MLT_OK;
}

/* ---- what only people ask for ---- */

void mlt__tree_sum_children(double *value, const mlt_tree *tree) {
    for (size_t i = tree->n_nodes; i-- > 0;)
        if (tree->nodes[i].feature >= 0)
            for (size_t c = 0; c < tree->width; c++)
                value[i * tree->width + c] =
                    value[(i + 1) * tree->width + c] + value[tree->nodes[i].right * tree->width + c];
}

/* Are all the splits' values their children's sums, to the bit? */
static mlt_status values_add_up(bool *add_up, const mlt_ensemble *ensemble, mlt_error *err) {
    *add_up = true;
    for (size_t t = 0; *add_up && t < ensemble->n_trees; t++) {
        const mlt_tree *tree = &ensemble->trees[t];
        size_t bytes = tree->n_nodes * tree->width * sizeof(double);
        double *value;
        MLT_ALLOC(value, tree->n_nodes * tree->width, err);
        memcpy(value, tree->value, bytes);
        mlt__tree_sum_children(value, tree);
        *add_up = memcmp(value, tree->value, bytes) == 0;
        free(value);
    }
    return MLT_OK;
}

static mlt_status save_tree_sizes(mlt_tensors *out, const mlt_ensemble *ensemble, mlt_error *err) {
    int64_t *sizes;
    MLT_ALLOC(sizes, ensemble->n_trees, err);
    for (size_t t = 0; t < ensemble->n_trees; t++)
        sizes[t] = (int64_t)ensemble->trees[t].n_nodes;
    mlt_status status = mlt_tensors_add_ints(out, "tree.n_nodes", sizes, ensemble->n_trees, err);
    free(sizes);
    return status;
}

static mlt_status save_rows(mlt_tensors *out, const mlt_ensemble *ensemble, size_t n_leaves, mlt_error *err) {
    int64_t *rows;
    size_t at = 0;
    MLT_ALLOC(rows, n_leaves, err);
    for (size_t t = 0; t < ensemble->n_trees; t++)
        for (size_t i = 0; i < ensemble->trees[t].n_nodes; i++)
            if (ensemble->trees[t].nodes[i].feature < 0)
                rows[at++] = ensemble->trees[t].n[i];
    mlt_status status = mlt_tensors_add_ints(out, "tree.n", rows, at, err);
    free(rows);
    return status;
}

static mlt_status save_rests(mlt_tensors *out, const mlt_ensemble *ensemble, size_t n_splits,
                             mlt_error *err) {
    double *rests;
    size_t at = 0;
    MLT_ALLOC(rests, n_splits, err);
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        const mlt_tree *tree = &ensemble->trees[t];
        for (size_t i = 0; i < tree->n_nodes; i++) {
            const mlt_tree_node *node = &tree->nodes[i];
            if (node->feature >= 0 && !(node->flags & MLT_NODE_CATEGORY))
                rests[at++] = node->threshold - (double)mlt__float_below(node->threshold);
        }
    }
    mlt_status status = mlt_tensors_add_doubles(out, "tree.rest", rests, at, err);
    free(rests);
    return status;
}

static mlt_status save_split_values(mlt_tensors *out, const mlt_ensemble *ensemble, size_t n_splits,
                                    mlt_error *err) {
    double *values;
    size_t at = 0;
    MLT_ALLOC(values, n_splits * ensemble->width, err);
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        const mlt_tree *tree = &ensemble->trees[t];
        for (size_t i = 0; n_splits > 0 && i < tree->n_nodes; i++)
            if (tree->nodes[i].feature >= 0) {
                memcpy(values + at, tree->value + i * tree->width, tree->width * sizeof *values);
                at += tree->width;
            }
    }
    mlt_status status = mlt_tensors_add_doubles(out, "tree.split_value", values, at, err);
    free(values);
    return status;
}

static mlt_status save_forest(mlt_tensors *out, const mlt_ensemble *ensemble, size_t *n_leaves,
                              mlt_error *err) {
    const mlt_forest *packed;
    mlt_forest forest;
    MLT_TRY(mlt__ensemble_forest(&packed, &forest, ensemble, NULL, err));
    (void)packed;
    *n_leaves = forest.n_values;
    size_t n_nodes = forest.first[forest.n_trees], n_words = 0;
    for (size_t t = 0; t < ensemble->n_trees; t++)
        n_words += ensemble->trees[t].n_category_words;
    mlt_status status = share_values(&forest, err);
    if (status == MLT_OK)
        status = mlt_tensors_add_raw(out, "tree.node", MLT_U64, forest.nodes, n_nodes * forest.words, err);
    if (status == MLT_OK)
        status =
            mlt_tensors_add_doubles(out, "tree.value", forest.values, forest.n_values * forest.width, err);
    if (status == MLT_OK && n_words > 0)
        status = mlt_tensors_add_raw(out, "tree.set", MLT_U32, forest.sets, n_words, err);
    mlt__forest_clear(&forest);
    return status;
}

static mlt_status save_grown(const mlt_ensemble *ensemble, mlt_tensors *out, mlt_error *err) {
    size_t n_leaves = 0, n_nodes = 0;
    bool add_up;
    MLT_TRY(save_tree_sizes(out, ensemble, err));
    MLT_TRY(save_forest(out, ensemble, &n_leaves, err));
    for (size_t t = 0; t < ensemble->n_trees; t++)
        n_nodes += ensemble->trees[t].n_nodes;
    MLT_TRY(save_rests(out, ensemble, n_nodes - n_leaves, err));
    MLT_TRY(save_rows(out, ensemble, n_leaves, err));
    MLT_TRY(values_add_up(&add_up, ensemble, err));
    MLT_TRY(save_split_values(out, ensemble, add_up ? 0 : n_nodes - n_leaves, err));
    if (ensemble->tree_weights) {
        MLT_TRY(mlt_tensors_add_doubles(out, "tree.weight", ensemble->tree_weights, ensemble->n_trees, err));
        MLT_TRY(mlt_tensors_add_doubles(out, "tree.error", ensemble->tree_errors, ensemble->n_trees, err));
    }
    if (!isnan(ensemble->oob_score))
        MLT_TRY(mlt_tensors_add_doubles(out, "oob_score", &ensemble->oob_score, 1, err));
    return mlt_tensors_add_doubles(out, "importances", ensemble->importances, ensemble->p, err);
}

/* A model that came from a file goes back as it came. */
static mlt_status save_loaded(const mlt_ensemble *ensemble, mlt_tensors *out, mlt_error *err) {
    static const char *const names[] = {"tree.n_nodes", "tree.node", "tree.value",       "tree.set",
                                        "tree.rest",    "tree.n",    "tree.split_value", "tree.weight",
                                        "tree.error",   "oob_score", "importances"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const mlt_tensor *tensor = mlt_tensors_find(ensemble->file, names[i]);
        if (tensor)
            MLT_TRY(mlt_tensors_add_raw(out, names[i], tensor->dtype, tensor->data, tensor->count, err));
    }
    return MLT_OK;
}

mlt_status mlt__ensemble_save(const void *state, mlt_tensors *out, mlt_error *err) {
    const mlt_ensemble *ensemble = state;
    return ensemble->file ? save_loaded(ensemble, out, err) : save_grown(ensemble, out, err);
}
