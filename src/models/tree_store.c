/* Trees as arrays of a model file, and back with every number checked. All trees stand behind one another:
 *   tree.n_nodes    a tree: its nodes
 *   tree.feature    a node: 0 at a leaf, else 1 + the split's feature
 *   tree.skip       a split: the right child's index less the node's own
 *   tree.threshold  a numeric split
 *   tree.flags      a split: MLT_NODE_...
 *   tree.n          a leaf: training rows; a split has its children's
 *   tree.value      a node, or only a leaf where the splits' values are their children's sums
 *   tree.set        category splits: their bit sets, ⌈levels / 32⌉ words each
 *   tree.weight, tree.error   boosting: a tree's α and error
 *   importances     a feature;   oob_score   absent if not computed */
#include "core/error.h"
#include "core/memory.h"
#include "models/tree_ensemble.h"
#include "models/tree_split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many entries each array has. */
typedef struct store_sizes {
    size_t nodes, splits, numeric, leaves, words;
} store_sizes;

static store_sizes measure(const mlt_ensemble *ensemble) {
    store_sizes sizes = {0};
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        const mlt_tree *tree = &ensemble->trees[t];
        sizes.nodes += tree->n_nodes;
        sizes.words += tree->n_category_words;
        for (size_t i = 0; i < tree->n_nodes; i++) {
            sizes.splits += tree->nodes[i].feature >= 0;
            sizes.numeric += tree->nodes[i].feature >= 0 && !(tree->nodes[i].flags & MLT_NODE_CATEGORY);
        }
    }
    sizes.leaves = sizes.nodes - sizes.splits;
    return sizes;
}

/* Set every split's value to its children's sum. Children come behind their parents. */
static void sum_children(double *value, const mlt_tree *tree) {
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
        sum_children(value, tree);
        *add_up = memcmp(value, tree->value, bytes) == 0;
        free(value);
    }
    return MLT_OK;
}

/* One whole-number array over all trees. */
typedef int64_t (*node_number)(const mlt_tree *tree, size_t node);

static int64_t feature_number(const mlt_tree *tree, size_t i) { return tree->nodes[i].feature + 1; }
static int64_t skip_number(const mlt_tree *tree, size_t i) { return (int64_t)(tree->nodes[i].right - i); }
static int64_t flags_number(const mlt_tree *tree, size_t i) { return tree->nodes[i].flags; }
static int64_t n_number(const mlt_tree *tree, size_t i) { return tree->n[i]; }

enum which_nodes { AT_NODES, AT_SPLITS, AT_LEAVES };

static bool stands_at(const mlt_tree *tree, size_t i, enum which_nodes which) {
    return which == AT_NODES || (tree->nodes[i].feature >= 0) == (which == AT_SPLITS);
}

static mlt_status save_numbers(mlt_tensors *out, const char *name, const mlt_ensemble *ensemble,
                               node_number number, enum which_nodes which, size_t count, mlt_error *err) {
    int64_t *numbers;
    size_t at = 0;
    MLT_ALLOC(numbers, count, err);
    for (size_t t = 0; t < ensemble->n_trees; t++)
        for (size_t i = 0; i < ensemble->trees[t].n_nodes; i++)
            if (stands_at(&ensemble->trees[t], i, which))
                numbers[at++] = number(&ensemble->trees[t], i);
    mlt_status status = mlt_tensors_add_ints(out, name, numbers, count, err);
    free(numbers);
    return status;
}

static mlt_status save_thresholds(mlt_tensors *out, const mlt_ensemble *ensemble, size_t count,
                                  mlt_error *err) {
    double *thresholds;
    size_t at = 0;
    MLT_ALLOC(thresholds, count, err);
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        const mlt_tree *tree = &ensemble->trees[t];
        for (size_t i = 0; i < tree->n_nodes; i++)
            if (tree->nodes[i].feature >= 0 && !(tree->nodes[i].flags & MLT_NODE_CATEGORY))
                thresholds[at++] = tree->nodes[i].threshold;
    }
    mlt_status status = mlt_tensors_add_doubles(out, "tree.threshold", thresholds, count, err);
    free(thresholds);
    return status;
}

static mlt_status save_values(mlt_tensors *out, const mlt_ensemble *ensemble, const store_sizes *sizes,
                              mlt_error *err) {
    bool leaves_only;
    MLT_TRY(values_add_up(&leaves_only, ensemble, err));
    size_t count = (leaves_only ? sizes->leaves : sizes->nodes) * ensemble->width, at = 0;
    double *values;
    MLT_ALLOC(values, count, err);
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        const mlt_tree *tree = &ensemble->trees[t];
        for (size_t i = 0; i < tree->n_nodes; i++) {
            if (leaves_only && tree->nodes[i].feature >= 0)
                continue;
            memcpy(values + at, tree->value + i * tree->width, tree->width * sizeof *values);
            at += tree->width;
        }
    }
    mlt_status status = mlt_tensors_add_doubles(out, "tree.value", values, count, err);
    free(values);
    return status;
}

static mlt_status save_sets(mlt_tensors *out, const mlt_ensemble *ensemble, size_t count, mlt_error *err) {
    int64_t *words;
    size_t at = 0;
    MLT_ALLOC(words, count, err);
    for (size_t t = 0; t < ensemble->n_trees; t++)
        for (size_t w = 0; w < ensemble->trees[t].n_category_words; w++)
            words[at++] = ensemble->trees[t].category_bits[w];
    mlt_status status = mlt_tensors_add_ints(out, "tree.set", words, count, err);
    free(words);
    return status;
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

mlt_status mlt__ensemble_save(const void *state, mlt_tensors *out, mlt_error *err) {
    const mlt_ensemble *ensemble = state;
    store_sizes sizes = measure(ensemble);
    MLT_TRY(save_tree_sizes(out, ensemble, err));
    MLT_TRY(save_numbers(out, "tree.feature", ensemble, feature_number, AT_NODES, sizes.nodes, err));
    MLT_TRY(save_numbers(out, "tree.skip", ensemble, skip_number, AT_SPLITS, sizes.splits, err));
    MLT_TRY(save_numbers(out, "tree.flags", ensemble, flags_number, AT_SPLITS, sizes.splits, err));
    MLT_TRY(save_numbers(out, "tree.n", ensemble, n_number, AT_LEAVES, sizes.leaves, err));
    MLT_TRY(save_thresholds(out, ensemble, sizes.numeric, err));
    MLT_TRY(save_values(out, ensemble, &sizes, err));
    if (sizes.words > 0)
        MLT_TRY(save_sets(out, ensemble, sizes.words, err));
    if (ensemble->tree_weights) {
        MLT_TRY(mlt_tensors_add_doubles(out, "tree.weight", ensemble->tree_weights, ensemble->n_trees, err));
        MLT_TRY(mlt_tensors_add_doubles(out, "tree.error", ensemble->tree_errors, ensemble->n_trees, err));
    }
    if (!isnan(ensemble->oob_score))
        MLT_TRY(mlt_tensors_add_doubles(out, "oob_score", &ensemble->oob_score, 1, err));
    return mlt_tensors_add_doubles(out, "importances", ensemble->importances, ensemble->p, err);
}

/* The arrays of a file while trees are cut from them. */
typedef struct loader {
    const mlt_schema *schema;
    int64_t *n_nodes, *feature, *skip, *flags, *n, *set;
    double *threshold, *value;
    size_t n_trees, n_set;
    bool leaves_only;
    store_sizes at; /* how far each array is used */
} loader;

static void loader_clear(loader *l) {
    free(l->n_nodes);
    free(l->feature);
    free(l->skip);
    free(l->flags);
    free(l->n);
    free(l->set);
    free(l->threshold);
    free(l->value);
}

static mlt_status load_arrays(loader *l, const mlt_tensors *in, size_t width, mlt_error *err) {
    size_t nodes = 0, splits = 0, numeric, count;
    MLT_TRY(mlt_tensors_ints(in, "tree.n_nodes", 1, UINT32_MAX - 1, &l->n_nodes, &l->n_trees, SIZE_MAX, err));
    if (l->n_trees == 0)
        return mlt__raise(err, MLT_E_MODEL, "the model has no trees; fit it again");
    MLT_TRY(
        mlt_tensors_ints(in, "tree.feature", 0, (int64_t)l->schema->p, &l->feature, &nodes, SIZE_MAX, err));
    size_t stated = 0;
    for (size_t t = 0; t < l->n_trees; t++)
        stated += (size_t)l->n_nodes[t];
    if (stated != nodes)
        return mlt__raise(err, MLT_E_MODEL,
                          "the trees' sizes add up to %zu nodes, but there are %zu; fit it again", stated,
                          nodes);
    for (size_t i = 0; i < nodes; i++)
        splits += l->feature[i] > 0;
    MLT_TRY(mlt_tensors_ints(in, "tree.skip", 2, UINT32_MAX, &l->skip, &count, splits, err));
    MLT_TRY(mlt_tensors_ints(in, "tree.flags", 0, MLT_NODE_MISSING_LEFT | MLT_NODE_CATEGORY, &l->flags,
                             &count, splits, err));
    MLT_TRY(mlt_tensors_ints(in, "tree.n", 1, UINT32_MAX, &l->n, &count, nodes - splits, err));
    numeric = splits;
    for (size_t i = 0; i < splits; i++)
        numeric -= (l->flags[i] & MLT_NODE_CATEGORY) != 0;
    MLT_TRY(mlt_tensors_doubles(in, "tree.threshold", &l->threshold, &count, numeric, err));
    if (numeric < splits)
        MLT_TRY(mlt_tensors_ints(in, "tree.set", 0, UINT32_MAX, &l->set, &l->n_set, SIZE_MAX, err));
    MLT_TRY(mlt_tensors_doubles(in, "tree.value", &l->value, &count, SIZE_MAX, err));
    l->leaves_only = count == (nodes - splits) * width;
    if (!l->leaves_only && count != nodes * width)
        return mlt__raise(err, MLT_E_MODEL,
                          "tree.value has %zu numbers, which fits neither leaves nor nodes; fit it again",
                          count);
    return MLT_OK;
}

static mlt_status raise_node(mlt_error *err, size_t tree, size_t node, const char *what) {
    return mlt__raise(err, MLT_E_MODEL, "tree %zu, node %zu: %s; the file is damaged, fit the model again",
                      tree, node, what);
}

/* Depth first, left first: behind a leaf comes the right child of the nearest ancestor that waits for it. So
 * every node has one parent and none is left over. `waiting` has room for n_nodes. */
static mlt_status check_structure(const mlt_tree *tree, size_t t, uint32_t *waiting, mlt_error *err) {
    size_t height = 0;
    for (size_t i = 0; i < tree->n_nodes; i++) {
        size_t limit = height > 0 ? waiting[height - 1] : tree->n_nodes;
        if (tree->nodes[i].feature >= 0) {
            if (tree->nodes[i].right >= limit)
                return raise_node(err, t, i, "its right child is out of place");
            waiting[height++] = tree->nodes[i].right;
        } else {
            if (i + 1 != limit)
                return raise_node(err, t, i, "the node behind this leaf has no parent");
            if (height > 0)
                height--;
        }
    }
    return MLT_OK;
}

/* One split's threshold or category set. */
static mlt_status load_split(mlt_tree *tree, size_t i, loader *l, size_t t, mlt_error *err) {
    const mlt_feature *feature = &l->schema->features[tree->nodes[i].feature];
    int64_t skip = l->skip[l->at.splits];
    tree->nodes[i].flags = (uint8_t)l->flags[l->at.splits++];
    if (skip >= (int64_t)(tree->n_nodes - i))
        return raise_node(err, t, i, "its right child is out of range");
    tree->nodes[i].right = (uint32_t)(i + (size_t)skip);
    bool category = tree->nodes[i].flags & MLT_NODE_CATEGORY;
    if (category != (feature->type == MLT_CATEGORICAL))
        return raise_node(err, t, i, "the kind of split does not fit its feature");
    if (!category) {
        tree->nodes[i].threshold = l->threshold[l->at.numeric++];
        return MLT_OK;
    }
    size_t words = mlt__set_words(feature->n_levels);
    if (words > l->n_set - l->at.words)
        return raise_node(err, t, i, "its category set is cut off");
    tree->category_offset[i] = (uint32_t)tree->n_category_words;
    tree->n_category_words += words;
    l->at.words += words;
    return MLT_OK;
}

static mlt_status check_value(const mlt_tree *tree, size_t i, size_t t, bool classification, mlt_error *err) {
    const double *value = tree->value + i * tree->width;
    double sum = 0;
    for (size_t c = 0; classification && c < tree->width; c++) {
        if (value[c] < 0)
            return raise_node(err, t, i, "a class count is negative");
        sum += value[c];
    }
    if (classification && !(sum > 0 && isfinite(sum)))
        return raise_node(err, t, i, "the class counts are impossible");
    return MLT_OK;
}

static mlt_status allocate_nodes(mlt_tree *tree, bool categories, mlt_error *err) {
    MLT_ALLOC(tree->nodes, tree->n_nodes, err);
    MLT_ALLOC(tree->value, tree->n_nodes * tree->width, err);
    MLT_ALLOC(tree->n, tree->n_nodes, err);
    if (categories)
        MLT_ALLOC(tree->category_offset, tree->n_nodes, err);
    memset(tree->value, 0, tree->n_nodes * tree->width * sizeof *tree->value);
    return MLT_OK;
}

static mlt_status load_tree(mlt_tree *tree, size_t t, size_t width, loader *l, uint32_t *waiting,
                            mlt_error *err) {
    tree->n_nodes = (size_t)l->n_nodes[t];
    tree->width = width;
    MLT_TRY(allocate_nodes(tree, l->set != NULL, err));
    size_t first_word = l->at.words;
    for (size_t i = 0; i < tree->n_nodes; i++) {
        tree->nodes[i].feature = (int32_t)l->feature[l->at.nodes++] - 1;
        tree->nodes[i].threshold = 0;
        tree->nodes[i].right = tree->n[i] = 0;
        tree->nodes[i].flags = 0;
        if (tree->category_offset)
            tree->category_offset[i] = 0;
        if (tree->nodes[i].feature >= 0)
            MLT_TRY(load_split(tree, i, l, t, err));
        else
            tree->n[i] = (uint32_t)l->n[l->at.leaves++];
        if (tree->nodes[i].feature < 0 || !l->leaves_only) {
            size_t stored = l->leaves_only ? l->at.leaves - 1 : l->at.nodes - 1;
            memcpy(tree->value + i * width, l->value + stored * width, width * sizeof *tree->value);
            MLT_TRY(check_value(tree, i, t, l->schema->task == MLT_CLASSIFICATION, err));
        }
    }
    MLT_TRY(check_structure(tree, t, waiting, err));
    for (size_t i = tree->n_nodes; i-- > 0;)
        if (tree->nodes[i].feature >= 0)
            tree->n[i] = tree->n[i + 1] + tree->n[tree->nodes[i].right];
    if (l->leaves_only)
        sum_children(tree->value, tree);
    if (tree->n_category_words > 0) {
        MLT_ALLOC(tree->category_bits, tree->n_category_words, err);
        for (size_t w = 0; w < tree->n_category_words; w++)
            tree->category_bits[w] = (uint32_t)l->set[first_word + w];
    }
    return MLT_OK;
}

static mlt_status load_doubles(double *into, const mlt_tensors *in, const char *name, size_t count,
                               mlt_error *err) {
    double *values;
    size_t found;
    MLT_TRY(mlt_tensors_doubles(in, name, &values, &found, count, err));
    memcpy(into, values, count * sizeof *into);
    free(values);
    return MLT_OK;
}

static mlt_status load_scores(mlt_ensemble *ensemble, const mlt_tensors *in, mlt_error *err) {
    MLT_TRY(load_doubles(ensemble->importances, in, "importances", ensemble->p, err));
    if (ensemble->tree_weights) {
        MLT_TRY(load_doubles(ensemble->tree_weights, in, "tree.weight", ensemble->n_trees, err));
        MLT_TRY(load_doubles(ensemble->tree_errors, in, "tree.error", ensemble->n_trees, err));
    }
    if (mlt_tensors_find(in, "oob_score"))
        MLT_TRY(load_doubles(&ensemble->oob_score, in, "oob_score", 1, err));
    return MLT_OK;
}

mlt_status mlt__ensemble_load(mlt_ensemble **out, const mlt_tensors *in, const mlt_schema *schema,
                              bool boosted, mlt_error *err) {
    size_t width = schema->task == MLT_CLASSIFICATION ? schema->k : 1, largest = 0;
    loader l = {.schema = schema};
    mlt_ensemble *ensemble = NULL;
    uint32_t *waiting = NULL;
    mlt_status status = load_arrays(&l, in, width, err);
    if (status == MLT_OK)
        status = mlt__ensemble_new(&ensemble, l.n_trees, schema->p, width, boosted, err);
    for (size_t t = 0; status == MLT_OK && t < l.n_trees; t++)
        if ((size_t)l.n_nodes[t] > largest)
            largest = (size_t)l.n_nodes[t];
    if (status == MLT_OK)
        MLT_ALLOC_GOTO(waiting, largest, err, done);
    for (size_t t = 0; status == MLT_OK && t < l.n_trees; t++)
        status = load_tree(&ensemble->trees[t], t, width, &l, waiting, err);
    if (status == MLT_OK && l.at.words != l.n_set)
        status = mlt__raise(err, MLT_E_MODEL, "tree.set has words that no split uses; fit the model again");
    if (status == MLT_OK)
        status = load_scores(ensemble, in, err);
done:
    free(waiting);
    loader_clear(&l);
    if (status == MLT_OK)
        *out = ensemble;
    else
        mlt__ensemble_free(ensemble);
    return status;
}

mlt_status mlt__ensemble_load_plain(void **state, const mlt_tensors *in, const mlt_schema *schema,
                                    const mlt_params *params, mlt_error *err) {
    (void)params;
    return mlt__ensemble_load((mlt_ensemble **)state, in, schema, false, err);
}
