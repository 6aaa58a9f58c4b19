/** What saving and loading trees share. */
#ifndef MLT_MODELS_TREE_STORE_H
#define MLT_MODELS_TREE_STORE_H

#include "models/tree_forest.h"

/** Set every split's value to its children's sum. `value`: n_nodes × width, its leaves filled in. */
void mlt__tree_sum_children(double *value, const mlt_tree *tree);

/** How many splits there are. */
typedef struct mlt_split_count {
    size_t all, category;
} mlt_split_count;

/** Check that tree t of a file's forest is one: every node in its place and with one parent, pairs of leaves
 * aside, every number in its range. Nothing in it has been trusted before.
 *  @param[in,out] count    its splits are added
 *  @param         n_set    words in forest->sets
 *  @param         parents  scratch: half the tree's nodes and 1 more
 *  @return MLT_OK, MLT_E_MODEL */
MLT_MUST_CHECK mlt_status mlt__forest_check_tree(mlt_split_count *count, const mlt_forest *forest, size_t t,
                                                 const mlt_schema *schema, size_t n_set, uint32_t *parents,
                                                 mlt_error *err);

#endif
