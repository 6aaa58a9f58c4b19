/* Checking the trees of a model file, at the speed at which they can be read. */
#include "models/tree_store.h"

#include "core/error.h"
#include "core/target_clones.h"
#include "models/tree_split.h"

#include <math.h>
#include <string.h>

/* The bits of a node's upper half that are neither flags, feature nor distance. */
enum { UNUSED = 4 };

/* Is a node that can be a leaf or a split what it claims to be, its place aside? */
static const char *wrong_node(const mlt_forest *forest, size_t node, const mlt_schema *schema, size_t n_set) {
    uint32_t upper = mlt__node_upper(forest, node), lower = mlt__node_lower(forest, node);
    size_t skip = mlt__node_skip(forest, node), feature = mlt__node_feature(forest, node);
    if ((upper & UNUSED) || (forest->words > 1 && (uint64_t)upper >> forest->skip_bit != 0))
        return "it has bits that no node has";
    if (skip == 0) {
        if (feature != forest->p || (upper & (MLT_FOREST_MISSING_LEFT | MLT_FOREST_CATEGORY)))
            return "it is neither a leaf nor a split";
        return lower < forest->n_values ? NULL : "its value is out of range";
    }
    if (feature >= forest->p)
        return "its feature is out of range";
    bool category = upper & MLT_FOREST_CATEGORY;
    if (category != (schema->features[feature].type == MLT_CATEGORICAL))
        return "the kind of split does not fit its feature";
    if (category) {
        size_t words = mlt__set_words(schema->features[feature].n_levels);
        return lower <= n_set && words <= n_set - lower ? NULL : "its category set is cut off";
    }
    float threshold;
    memcpy(&threshold, &lower, sizeof threshold);
    return isfinite(threshold) ? NULL : "its threshold is not a number";
}

static bool any_categories(const mlt_schema *schema) {
    for (size_t j = 0; j < schema->p; j++)
        if (schema->features[j].type == MLT_CATEGORICAL)
            return true;
    return false;
}

/* Is every node what it claims to be, its place aside? For one-word nodes of numeric features. */
MLT_TARGET_CLONES("avx2")
static bool all_simple(const uint64_t *nodes, size_t n, size_t p, unsigned skip_bit, size_t n_values) {
    const uint32_t leaf = (uint32_t)(p << MLT_FOREST_FEATURE_BIT), exponent = 0x7F800000,
                   below_skip = (UINT32_C(1) << skip_bit) - 1, values = (uint32_t)n_values;
    uint32_t wrong = 0;
#pragma omp simd reduction(| : wrong)
    for (size_t i = 0; i < n; i++) {
        uint32_t lower = (uint32_t)nodes[i], upper = (uint32_t)(nodes[i] >> 32), rest = upper & below_skip;
        uint32_t wrong_split = (uint32_t)(rest >= leaf) | (rest & (UNUSED | MLT_FOREST_CATEGORY)) |
                               (uint32_t)((lower & exponent) == exponent);
        uint32_t wrong_leaf = (rest ^ leaf) | (uint32_t)(lower >= values);
        wrong |= upper > below_skip ? wrong_split : wrong_leaf;
    }
    return wrong == 0;
}

/* Where the next node does not stand where it can; n if all do. Depth first, left first, a leaf is followed
 * by the right child that was announced last and has not come yet. If that is so at every leaf, and behind
 * the last node nothing is awaited, each node has one parent. `awaited`: half of n and 2 more. */
static inline __attribute__((always_inline)) size_t
misplaced_of(const uint64_t *nodes, size_t words, size_t n, unsigned skip_bit, uint32_t *awaited) {
    size_t height = 1, limit = n / 2 + 1;
    awaited[0] = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        size_t skip = words == 1 ? nodes[i] >> (32 + skip_bit) : nodes[2 * i + 1], split = skip != 0;
        /* Leaves and splits take turns unpredictably: no branch asks which it is. */
        size_t surprise = (split - 1) & (awaited[height - 1] ^ (i + 1));
        if (surprise || height > limit)
            return i;
        awaited[height] = (uint32_t)(i + skip);
        height += 2 * split - 1;
    }
    return height == 0 ? n : n - 1;
}

static size_t misplaced(const mlt_forest *forest, size_t root, size_t n, uint32_t *awaited) {
    const uint64_t *nodes = forest->nodes + root * forest->words;
    return forest->words == 1 ? misplaced_of(nodes, 1, n, forest->skip_bit, awaited)
                              : misplaced_of(nodes, 2, n, forest->skip_bit, awaited);
}

/* The first node that is wrong, for whatever reason; counts category splits. */
static size_t sound(const mlt_forest *forest, size_t root, size_t n, const mlt_schema *schema, size_t n_set,
                    uint32_t *awaited, size_t *n_category) {
    size_t end = misplaced(forest, root, n, awaited);
    for (size_t i = 0; i < end; i++) {
        if (wrong_node(forest, root + i, schema, n_set))
            return i;
        *n_category += (mlt__node_upper(forest, root + i) & MLT_FOREST_CATEGORY) != 0;
    }
    return end;
}

mlt_status mlt__forest_check_tree(size_t *n_category, const mlt_forest *forest, size_t t,
                                  const mlt_schema *schema, size_t n_set, uint32_t *awaited, mlt_error *err) {
    size_t root = forest->first[t], n = forest->first[t + 1] - root;
    if (forest->words == 1 && !any_categories(schema) &&
        all_simple(forest->nodes + root, n, forest->p, forest->skip_bit, forest->n_values) &&
        misplaced(forest, root, n, awaited) == n)
        return MLT_OK;
    size_t i = sound(forest, root, n, schema, n_set, awaited, n_category);
    if (i == n)
        return MLT_OK;
    const char *what = wrong_node(forest, root + i, schema, n_set);
    if (!what)
        what =
            i + 1 == n ? "the tree cannot end here" : "what stands behind this leaf is nobody's right child";
    return mlt__raise(err, MLT_E_MODEL, "tree %zu, node %zu: %s; the file is damaged, fit the model again", t,
                      i, what);
}
