/* Checking the trees of a model file, at the speed at which they can be read. */
#include "models/tree_store.h"

#include "core/error.h"
#include "core/target_clones.h"
#include "models/tree_split.h"

#include <math.h>
#include <string.h>

/* Orders of finite float32 numbers; −0 counts as 0. */
static const uint32_t LEAST_ORDER = 0x00800000, GREATEST_ORDER = 0xFF7FFFFF, ORDER_OF_MINUS_0 = 0x7FFFFFFF;

static const char *wrong_split(const mlt_forest *forest, size_t node, const mlt_schema *schema,
                               size_t n_set) {
    size_t feature = mlt__node_feature(forest, node) - 1;
    uint32_t key = mlt__node_key(forest, node), order = ~key;
    if (feature >= forest->p)
        return "its feature is out of range";
    bool category = mlt__node_flags(forest, node) & MLT_FOREST_CATEGORY;
    if (category != (schema->features[feature].type == MLT_CATEGORICAL))
        return "the kind of split does not fit its feature";
    if (category) {
        size_t words = mlt__set_words(schema->features[feature].n_levels);
        return key <= n_set && words <= n_set - key ? NULL : "its category set is cut off";
    }
    return order >= LEAST_ORDER && order <= GREATEST_ORDER && order != ORDER_OF_MINUS_0
               ? NULL
               : "its threshold is not a number";
}

/* What is wrong with node i of the n from `root`, its parents aside; NULL if nothing is. */
static const char *wrong_node(const mlt_forest *forest, size_t root, size_t i, size_t n,
                              const mlt_schema *schema, size_t n_set) {
    size_t node = root + i, children = mlt__node_children(forest, node);
    if (forest->words > 1 && forest->nodes[2 * node] >> (forest->key_bit + 32) != 0)
        return "it has bits that no node has";
    if (mlt__node_feature(forest, node) > 0) {
        if (children <= i || children >= n || children % 2 == 0)
            return "its children cannot stand where it says";
        return wrong_split(forest, node, schema, n_set);
    }
    if (children != i || mlt__node_flags(forest, node))
        return "it is neither a leaf nor a split";
    return mlt__node_key(forest, node) < forest->n_values ? NULL : "its value is out of range";
}

static bool any_categories(const mlt_schema *schema) {
    for (size_t j = 0; j < schema->p; j++)
        if (schema->features[j].type == MLT_CATEGORICAL)
            return true;
    return false;
}

/* Is every node what it claims to be, its parents aside? For one-word nodes of numeric features. Counts the
 * splits. */
MLT_TARGET_CLONES("avx2")
static bool all_simple(size_t *n_splits, const uint64_t *nodes, size_t n, size_t p, unsigned key_bit,
                       size_t n_values) {
    const uint32_t below_key = (UINT32_C(1) << key_bit) - 1, values = (uint32_t)n_values, end = (uint32_t)n,
                   last = (uint32_t)(p << MLT_FOREST_FEATURE_BIT) + MLT_FOREST_MISSING_LEFT;
    uint32_t wrong = 0, splits = 0;
#pragma omp simd reduction(| : wrong) reduction(+ : splits)
    for (uint32_t i = 0; i < end; i++) {
        uint32_t rest = (uint32_t)nodes[i] & below_key, key = (uint32_t)(nodes[i] >> key_bit),
                 children = (uint32_t)(nodes[i] >> (key_bit + 32)), order = ~key;
        uint32_t split = rest >= 1 << MLT_FOREST_FEATURE_BIT;
        uint32_t wrong_split = (uint32_t)(rest > last) | (rest & MLT_FOREST_CATEGORY) |
                               (uint32_t)(order - LEAST_ORDER > GREATEST_ORDER - LEAST_ORDER) |
                               (uint32_t)(order == ORDER_OF_MINUS_0) | (uint32_t)(children <= i) |
                               (uint32_t)(children >= end) | (~children & 1);
        uint32_t wrong_leaf = rest | (children ^ i) | (uint32_t)(key >= values);
        wrong |= split ? wrong_split : wrong_leaf;
        splits += split;
    }
    *n_splits += splits;
    return wrong == 0;
}

/* Count node i as a parent of its children. Returns 0 if it is a leaf. */
static inline __attribute__((always_inline)) uint64_t count_parent(uint32_t *parents, const uint64_t *nodes,
                                                                   size_t words, size_t i, unsigned key_bit) {
    uint64_t node = nodes[i * words], children = words == 1 ? node >> (key_bit + 32) : nodes[2 * i + 1];
    parents[(children + 1) / 2]++;
    return node & ((UINT64_C(1) << key_bit) - (1 << MLT_FOREST_FEATURE_BIT));
}

/* The first of a pair that has no parent, or that has two and is not one of leaves; n if there is none. A
 * pair stands behind its parents, so all of them have been counted when its turn comes. Leaves and splits
 * take turns unpredictably, so no branch asks which a node is: a leaf counts for its own pair, whose turn it
 * is already. */
static inline __attribute__((always_inline)) size_t
misplaced_of(const uint64_t *nodes, size_t words, size_t n, unsigned key_bit, uint32_t *parents) {
    memset(parents, 0, (n / 2 + 1) * sizeof *parents);
    count_parent(parents, nodes, words, 0, key_bit);
    for (size_t pair = 1; pair <= n / 2; pair++) {
        uint32_t own = parents[pair];
        uint64_t split = count_parent(parents, nodes, words, 2 * pair - 1, key_bit) |
                         count_parent(parents, nodes, words, 2 * pair, key_bit);
        if (own == 0 || (own > 1 && split))
            return 2 * pair - 1;
    }
    return n;
}

static size_t misplaced(const mlt_forest *forest, size_t root, size_t n, uint32_t *parents) {
    const uint64_t *nodes = forest->nodes + root * forest->words;
    return forest->words == 1 ? misplaced_of(nodes, 1, n, forest->key_bit, parents)
                              : misplaced_of(nodes, 2, n, forest->key_bit, parents);
}

/* The first node that is not what it claims to be, its parents aside; n if all are. Counts splits. */
static size_t sound(mlt_split_count *count, const mlt_forest *forest, size_t root, size_t n,
                    const mlt_schema *schema, size_t n_set) {
    for (size_t i = 0; i < n; i++) {
        if (wrong_node(forest, root, i, n, schema, n_set))
            return i;
        count->all += mlt__node_feature(forest, root + i) > 0;
        count->category += (mlt__node_flags(forest, root + i) & MLT_FOREST_CATEGORY) != 0;
    }
    return n;
}

mlt_status mlt__forest_check_tree(mlt_split_count *count, const mlt_forest *forest, size_t t,
                                  const mlt_schema *schema, size_t n_set, uint32_t *parents, mlt_error *err) {
    size_t root = forest->first[t], n = forest->first[t + 1] - root, i = n;
    const char *what = NULL;
    bool simple = forest->words == 1 && !any_categories(schema);
    if (n % 2 == 0)
        return mlt__raise(err, MLT_E_MODEL,
                          "tree %zu cannot have %zu nodes; the file is damaged, fit the model again", t, n);
    if (!simple ||
        !all_simple(&count->all, forest->nodes + root, n, forest->p, forest->key_bit, forest->n_values))
        i = sound(count, forest, root, n, schema, n_set);
    if (i < n) {
        what = wrong_node(forest, root, i, n, schema, n_set);
    } else if ((i = misplaced(forest, root, n, parents)) < n) {
        what = "it is nobody's child, or several's";
    }
    if (i == n)
        return MLT_OK;
    return mlt__raise(err, MLT_E_MODEL, "tree %zu, node %zu: %s; the file is damaged, fit the model again", t,
                      i, what);
}
