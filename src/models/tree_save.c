/* Trees as arrays of a model file. All trees stand behind one another:
 *   tree.size         a tree: the nodes that stand for it
 *   tree.node         a node: as rows go down it (tree_forest.h); a leaf names its place in tree.value
 *   tree.value        width numbers a row: the different values of each tree's leaves
 *   tree.set          category splits: their bit sets, ⌈levels / 32⌉ words each
 * Who only predicts reads these, and weights. The others go through whole trees, depth first, left first:
 *   tree.rest         a numeric split: its threshold less the float32 that stands in the node
 *   tree.n            a leaf: training rows; a split has its children's
 *   tree.split_value  width numbers a split; empty where they are its children's sums
 *   tree.weight, tree.error   boosting: a tree's α and error
 *   importances       a feature;   oob_score   absent if not computed */
#include "core/error.h"
#include "core/memory.h"
#include "models/tree_ensemble.h"
#include "models/tree_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static mlt_status save_forest(mlt_tensors *out, const mlt_forest *forest, size_t n_set, mlt_error *err) {
    int64_t *sizes;
    MLT_ALLOC(sizes, forest->n_trees, err);
    for (size_t t = 0; t < forest->n_trees; t++)
        sizes[t] = (int64_t)(forest->first[t + 1] - forest->first[t]);
    mlt_status status = mlt_tensors_add_ints(out, "tree.size", sizes, forest->n_trees, err);
    free(sizes);
    MLT_TRY(status);
    MLT_TRY(mlt_tensors_add_raw(out, "tree.node", MLT_U64, forest->nodes,
                                forest->first[forest->n_trees] * forest->words, err));
    MLT_TRY(
        mlt_tensors_add_doubles(out, "tree.value", forest->values, forest->n_values * forest->width, err));
    return n_set > 0 ? mlt_tensors_add_raw(out, "tree.set", MLT_U32, forest->sets, n_set, err) : MLT_OK;
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

static mlt_status save_grown(const mlt_ensemble *ensemble, mlt_tensors *out, mlt_error *err) {
    size_t n_splits = 0, n_set = 0;
    bool add_up;
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        n_splits += ensemble->trees[t].n_nodes / 2;
        n_set += ensemble->trees[t].n_category_words;
    }
    MLT_TRY(save_forest(out, &ensemble->forest, n_set, err));
    MLT_TRY(save_rests(out, ensemble, n_splits, err));
    MLT_TRY(save_rows(out, ensemble, n_splits + ensemble->n_trees, err));
    MLT_TRY(values_add_up(&add_up, ensemble, err));
    MLT_TRY(save_split_values(out, ensemble, add_up ? 0 : n_splits, err));
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
    static const char *const names[] = {"tree.size",  "tree.node", "tree.value",       "tree.set",
                                        "tree.rest",  "tree.n",    "tree.split_value", "tree.weight",
                                        "tree.error", "oob_score", "importances"};
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
