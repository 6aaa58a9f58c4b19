/** A tree while it grows: nodes with what pruning and importances need, later written out as an mlt_tree. */
#ifndef MLT_MODELS_TREE_NODES_H
#define MLT_MODELS_TREE_NODES_H

#include "models/tree_split.h"

typedef struct mlt_node {
    uint32_t left, right; /**< 0 at a leaf: the root is nobody's child */
    int32_t feature : 30; /**< −1 at a leaf */
    uint32_t flags : 2;   /**< MLT_NODE_... */
    uint32_t n;
    union {
        struct {
            uint32_t greatest_left,
                least_right; /**< numeric split: the cells that the threshold lies between */
        };
        size_t set; /**< category split: offset into `bits`, in words */
    };
    double impurity, weight;
} mlt_node;

typedef struct mlt_nodes {
    mlt_node *items;
    double *values; /**< n × width */
    size_t n, capacity, width;
    uint32_t *bits;
    size_t n_bits, bits_capacity;
} mlt_nodes;

/** Append a leaf whose value is written by the caller. */
MLT_MUST_CHECK mlt_status mlt__nodes_add(mlt_nodes *nodes, size_t *index, mlt_error *err);
/** Make a node a split. `set` is copied; NULL for a numeric split. */
MLT_MUST_CHECK mlt_status mlt__nodes_split(mlt_nodes *nodes, size_t index, const mlt_split_choice *choice,
                                           const uint32_t *set, size_t set_words, mlt_error *err);
void mlt__nodes_clear(mlt_nodes *nodes);

/** Minimal cost-complexity pruning: nodes whose subtrees do not pay `alpha` a leaf become leaves
 *  (Breiman et al. 1984, with scikit-learn's order of sums). */
MLT_MUST_CHECK mlt_status mlt__nodes_prune(mlt_nodes *nodes, double alpha, mlt_error *err);
/** Write the nodes out depth first, left first. Thresholds are looked up only here, where waiting for one
 * does not hold up the next. */
MLT_MUST_CHECK mlt_status mlt__nodes_write(mlt_tree *tree, const mlt_nodes *nodes,
                                           const mlt_tree_feature *features, mlt_error *err);
/** Normalised mean decrease in impurity by column (p). */
void mlt__nodes_importances(double *importances, size_t p, const mlt_nodes *nodes);

#endif
