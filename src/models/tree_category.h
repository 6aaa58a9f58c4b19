/** Ordering a node's categories so that the best split of them is a cut in that order. */
#ifndef MLT_MODELS_TREE_CATEGORY_H
#define MLT_MODELS_TREE_CATEGORY_H

#include "models/tree_split.h"

typedef struct mlt_category_order {
    uint32_t *rank;    /**< by code: place in the order among the categories present; UINT32_MAX if absent */
    uint32_t *present; /**< codes present, in order */
    size_t n_present;
    double *sums;    /**< by code × width: class weights, or Σ w y */
    double *weights; /**< by code */
    double *keys;    /**< by code: what is ordered by */
    double *scratch; /**< 3 × width */
} mlt_category_order;

MLT_MUST_CHECK mlt_status mlt__category_order_new(mlt_category_order **out, size_t max_levels, size_t width,
                                                  mlt_error *err);
void mlt__category_order_free(mlt_category_order *order);
/** Order the categories of `column` among the splitter's present samples: by the mean target; with two
 *  classes by the share of the second (Breiman et al. 1984: the best cut is among these); with more by the
 * first principal component of the class shares (Coppersmith, Hong and Hosking 1999). */
void mlt__category_order_node(mlt_category_order *order, const mlt_splitter *splitter,
                              const mlt_tree_feature *column);

#endif
