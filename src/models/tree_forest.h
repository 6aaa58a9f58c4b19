/** Trees as rows go down them: compact nodes, all trees behind one another. A model file holds its trees in
 * this very form, so that nothing is converted when it is read. */
#ifndef MLT_MODELS_TREE_FOREST_H
#define MLT_MODELS_TREE_FOREST_H

#include "mltool/tree.h"

#include <string.h>

/* A tree is its root and, behind it, pairs of children: left, right. A pair stands behind its parent. Pairs
 * of leaves stand last; parents of equal ones share one. A node is one word, or two in a wide forest. From
 * the lowest bit:
 * - bit 0: missing cells go left;
 * - bit 1: a category split;
 * - the feature, counted from 1; 0 at a leaf;
 * - 32 bits, the key. A numeric split: ~mlt__float_order of the greatest float32 ≤ its threshold, which parts
 *   float32 cells as the threshold itself does; a category split: where its bit set begins in `sets`, in
 * words; a leaf: the index of its value;
 * - above: where in the tree the children stand; at a leaf, where it stands itself. In a wide forest it is
 * the second word.
 *
 * So the sum of a node and a cell's order, both at the same bit, has the child to go to in its upper bits:
 * the right one if the cell is greater than the threshold, since then the sum carries. A leaf, to which 0 is
 * added, leads to itself. */
enum {
    MLT_FOREST_MISSING_LEFT = 1,
    MLT_FOREST_CATEGORY = 2,
    MLT_FOREST_FEATURE_BIT = 2, /**< so the feature, masked, is an offset in bytes among 4-byte cells */
};

typedef struct mlt_forest {
    size_t n_trees, p, width;
    unsigned key_bit;      /**< where a node's key begins */
    size_t words;          /**< a node: 1, or 2 in a wide forest */
    size_t *first;         /**< n_trees + 1, owned: the trees' roots */
    const uint64_t *nodes; /**< first[n_trees] × words */
    const double *values;  /**< n_values × width: what leaves predict, as mlt_tree.value */
    size_t n_values;
    const uint32_t *sets; /**< category splits' bit sets; NULL if there are none */
    void *owned[3];       /**< freed with the forest: the arrays that are its own */
} mlt_forest;

/** Pack trees, in parallel. Leaves of a tree that predict the same share a value.
 *  @param[out] out  to be cleared, also on failure
 *  @param      p    features
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT (2^32 leaves or words of category sets) */
MLT_MUST_CHECK mlt_status mlt__forest_pack(mlt_forest *out, const mlt_tree *trees, size_t n_trees, size_t p,
                                           size_t width, int threads, mlt_error *err);
void mlt__forest_clear(mlt_forest *forest);

/** Where the keys of nodes begin, for p features. */
unsigned mlt__forest_key_bit(size_t p);
/** The greatest float32 ≤ x. */
float mlt__float_below(double x);

/** A float32 as a whole number; these compare as the floats do. −0 counts as 0; none is UINT32_MAX. */
static inline uint32_t mlt__float_order(float x) {
    uint32_t bits;
    x += 0.0F;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 31 ? ~bits : bits | UINT32_C(1) << 31;
}
/** The way back. */
static inline float mlt__float_of_order(uint32_t order) {
    uint32_t bits = order >> 31 ? order ^ UINT32_C(1) << 31 : ~order;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/** A node's threshold, or what stands in its place. */
static inline uint32_t mlt__node_key(const mlt_forest *forest, size_t node) {
    return (uint32_t)(forest->nodes[node * forest->words] >> forest->key_bit);
}
/** MLT_FOREST_MISSING_LEFT, MLT_FOREST_CATEGORY */
static inline unsigned mlt__node_flags(const mlt_forest *forest, size_t node) {
    return forest->nodes[node * forest->words] & (MLT_FOREST_MISSING_LEFT | MLT_FOREST_CATEGORY);
}
/** The feature, counted from 1; 0 at a leaf. */
static inline size_t mlt__node_feature(const mlt_forest *forest, size_t node) {
    uint64_t below_key = forest->nodes[node * forest->words] & ((UINT64_C(1) << forest->key_bit) - 1);
    return (size_t)(below_key >> MLT_FOREST_FEATURE_BIT);
}
/** Where its children stand in its tree. */
static inline size_t mlt__node_children(const mlt_forest *forest, size_t node) {
    return forest->words == 1 ? (size_t)(forest->nodes[node] >> (forest->key_bit + 32))
                              : (size_t)forest->nodes[2 * node + 1];
}

#endif
