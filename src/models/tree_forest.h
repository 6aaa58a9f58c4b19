/** Trees as rows go down them: compact nodes, all trees behind one another. A model file holds its trees in
 * this very form, so that nothing is converted when it is read. */
#ifndef MLT_MODELS_TREE_FOREST_H
#define MLT_MODELS_TREE_FOREST_H

#include "mltool/tree.h"

/* A node is one word, or two in a wide forest. Trees are depth first, left first: the left child is the next
 * node. bits 0-31         a numeric split: the greatest float32 ≤ its threshold, which parts float32 cells as
 * the threshold itself does; a category split: where its bit set begins in `sets`, in words; a leaf: the
 * index of its value bit 32            missing cells go left bit 33            a category split from bit 35
 * the feature; p, of which every cell is missing, at a leaf above the feature the right child's place less
 * the node's own; 0 at a leaf, which so is its own right child. In a wide forest it is the second word */
enum {
    MLT_FOREST_MISSING_LEFT = 1, /**< of the upper half of a node */
    MLT_FOREST_CATEGORY = 2,
    MLT_FOREST_FEATURE_BIT = 3, /**< so the feature, masked, is an index into groups of 8 cells */
    MLT_FOREST_LANES = 1 << MLT_FOREST_FEATURE_BIT,
};

typedef struct mlt_forest {
    size_t n_trees, p, width;
    unsigned skip_bit;     /**< of the upper half: where the right child's distance begins */
    size_t words;          /**< a node: 1, or 2 in a wide forest */
    size_t *first;         /**< n_trees + 1, owned: the trees' first nodes */
    const uint64_t *nodes; /**< first[n_trees] × words */
    const double *values;  /**< n_values × width: what leaves predict, as mlt_tree.value */
    size_t n_values;
    const uint32_t *sets; /**< category splits' bit sets; NULL if there are none */
    void *owned[3];       /**< freed with the forest: the arrays that are its own */
} mlt_forest;

/** Pack trees, in parallel.
 *  @param[out] out  to be cleared, also on failure
 *  @param      p    features
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT (2^32 leaves or words of category sets) */
MLT_MUST_CHECK mlt_status mlt__forest_pack(mlt_forest *out, const mlt_tree *trees, size_t n_trees, size_t p,
                                           size_t width, int threads, mlt_error *err);
void mlt__forest_clear(mlt_forest *forest);

/** Bits of a node's upper half below the right child's distance, for p features. */
unsigned mlt__forest_skip_bit(size_t p);
/** The greatest float32 ≤ x. */
float mlt__float_below(double x);

/** A node's threshold, or what stands in its place. */
static inline uint32_t mlt__node_lower(const mlt_forest *forest, size_t node) {
    return (uint32_t)forest->nodes[node * forest->words];
}
static inline uint32_t mlt__node_upper(const mlt_forest *forest, size_t node) {
    return (uint32_t)(forest->nodes[node * forest->words] >> 32);
}
/** The right child's place less the node's own; 0 at a leaf. */
static inline size_t mlt__node_skip(const mlt_forest *forest, size_t node) {
    return forest->words == 1 ? mlt__node_upper(forest, node) >> forest->skip_bit
                              : (size_t)forest->nodes[2 * node + 1];
}
static inline uint32_t mlt__node_feature(const mlt_forest *forest, size_t node) {
    uint32_t upper = mlt__node_upper(forest, node);
    return (upper & (uint32_t)((UINT64_C(1) << forest->skip_bit) - 1)) >> MLT_FOREST_FEATURE_BIT;
}

#endif
