/** The tree engine: grows one tree with scikit-learn's rules. Ensembles call it; it knows no model. */
#ifndef MLT_MODELS_TREE_ENGINE_H
#define MLT_MODELS_TREE_ENGINE_H

#include "models/tree_data.h"

typedef enum mlt_criterion { MLT_GINI, MLT_ENTROPY, MLT_SQUARED_ERROR, MLT_ABSOLUTE_ERROR } mlt_criterion;

typedef struct mlt_tree_params {
    mlt_criterion criterion;
    size_t max_depth; /**< SIZE_MAX: no limit */
    size_t min_samples_split, min_samples_leaf;
    size_t max_features;   /**< features tried a node, 1 to the tree's features */
    size_t max_leaf_nodes; /**< 0: no limit, depth first; else best first */
    double min_impurity_decrease;
    double ccp_alpha;
} mlt_tree_params;

/** What one tree is grown on. Borrowed. */
typedef struct mlt_tree_sample {
    const uint32_t
        *positions; /**< n positions into the training matrix, repeats allowed; NULL: all in order */
    size_t n;
    const double *weights;    /**< by position of the matrix (data->n); NULL = all 1. Weight 0: left out */
    const uint32_t *features; /**< n_features columns the tree may use, in this order; NULL: all in order */
    size_t n_features;
    uint32_t seed;          /**< the tree's random_state */
    const mlt_context *ctx; /**< told how many of the rows have found their leaves; NULL: nobody is */
} mlt_tree_sample;

/** Grow a tree.
 *  @param[out] tree         owned (mlt__tree_clear)
 *  @param[out] importances  data->p, normalised mean decrease in impurity; NULL: not wanted
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__tree_grow(mlt_tree *tree, double *importances, const mlt_tree_data *data,
                                         const mlt_tree_params *params, const mlt_tree_sample *sample,
                                         mlt_error *err);
void mlt__tree_clear(mlt_tree *tree);

#endif
