/** A decision tree, as fitted. */
#ifndef MLTOOL_TREE_H
#define MLTOOL_TREE_H

#include "mltool/dataset.h"

/** One node, 16 bytes. */
typedef struct mlt_tree_node {
    double threshold; /**< numeric split: float32(x) ≤ threshold goes left; 0 at a leaf and at a category
                         split */
    uint32_t right;   /**< index of the right child; 0 at a leaf. The left child is the next node */
    int32_t feature : 30; /**< −1 at a leaf */
    uint32_t flags : 2;   /**< MLT_NODE_... */
} mlt_tree_node;

enum {
    MLT_NODE_MISSING_LEFT = 1, /**< missing cells go left, else right */
    MLT_NODE_CATEGORY = 2,     /**< the split is by category set */
};

/** A decision tree, as fitted: arrays over nodes in depth-first, left-first order, so a node's left child is
 * the next node and every child's index is greater than its parent's. */
typedef struct mlt_tree {
    size_t n_nodes;
    size_t width;         /**< values a node: 1, or k classes */
    mlt_tree_node *nodes; /**< n_nodes */
    double *value; /**< n_nodes × width: weighted class counts, or the mean (median for absolute error) */
    uint32_t *n;   /**< training rows, unweighted */
    uint32_t *category_offset; /**< n_nodes: where a category split's bit set begins in `category_bits`, in
                                  words; NULL if there is no category split */
    uint32_t *category_bits;   /**< bit c of a set: code c goes left; ⌈levels / 32⌉ words each */
    size_t n_category_words;
} mlt_tree;

/** Does a cell go left at a node that is no leaf? Numbers are compared as float32, missing cells go where
 * training sent them.
 *  @param x  the node's feature */
bool mlt_tree_goes_left(const mlt_tree *tree, size_t node, const mlt_cells *x, size_t row);
/** The leaf that a row falls into.
 *  @param x  all features, as in mlt_dataset */
uint32_t mlt_tree_leaf(const mlt_tree *tree, const mlt_cells *x, size_t row);

#endif
