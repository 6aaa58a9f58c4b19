/** What saving and loading trees share. */
#ifndef MLT_MODELS_TREE_STORE_H
#define MLT_MODELS_TREE_STORE_H

#include "models/tree_forest.h"

/** Set every split's value to its children's sum. `value`: n_nodes × width, its leaves filled in. */
void mlt__tree_sum_children(double *value, const mlt_tree *tree);

/** Check that tree t of a file's forest is one: depth first, left first, every node with one parent, every
 * number in its range. Nothing in it has been trusted before.
 *  @param[out] n_category  its category splits
 *  @param      n_set       words in forest->sets
 *  @param      awaited     scratch: half the tree's nodes and 4 more
 *  @return MLT_OK, MLT_E_MODEL */
MLT_MUST_CHECK mlt_status mlt__forest_check_tree(size_t *n_category, const mlt_forest *forest, size_t t,
                                                 const mlt_schema *schema, size_t n_set, uint32_t *awaited,
                                                 mlt_error *err);

#endif
