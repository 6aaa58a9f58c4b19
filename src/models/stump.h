/** Stumps on weighted rows over columns that are sorted once: what boosting asks for every round. */
#ifndef MLT_MODELS_STUMP_H
#define MLT_MODELS_STUMP_H

#include "models/tree_engine.h"

typedef struct mlt_stump_search mlt_stump_search;

/** Sort the columns.
 *  @param[out] out   owned; NULL where the search does not apply: other trees than plain Gini stumps over all
 *                    features, missing cells, categories
 *  @param      data  borrowed for the life of the search; need not be ranked
 *  @return MLT_OK, MLT_E_NUMERIC (a value beyond float32), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__stump_search_new(mlt_stump_search **out, const mlt_tree_data *data,
                                                const mlt_tree_params *params, const mlt_context *ctx,
                                                mlt_error *err);
/** Accepts NULL. */
void mlt__stump_search_free(mlt_stump_search *search);

/** Grow the stump that mlt__tree_grow would on these weights, if it can be told without scikit-learn's order
 * of sums: the best split must be ahead of all others by more than rounding could change.
 *  @param[out] tree         owned (mlt__tree_clear); empty if not certain
 *  @param[out] importances  data->p
 *  @param[out] leaves       data->n: each row's leaf, if certain
 *  @param[out] certain      false: grow the tree the long way
 *  @param      weights      by position, data->n
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__stump_grow(mlt_tree *tree, double *importances, uint32_t *leaves,
                                          bool *certain, mlt_stump_search *search, const double *weights,
                                          mlt_error *err);

#endif
