/** Small nodes of the exact engine by lanes: the rows of a small subtree are ranked among themselves, so that
 * a rank is a byte. */
#ifndef MLT_MODELS_TREE_RANKS_H
#define MLT_MODELS_TREE_RANKS_H

#include "models/tree_lanes.h"
#include "models/tree_split.h"

typedef struct mlt_ranks mlt_ranks;

/** @param features  n_features that the tree may use: each is a lane */
MLT_MUST_CHECK mlt_status mlt__ranks_new(mlt_ranks **out, const mlt_tree_data *data, const uint32_t *features,
                                         size_t n_features, mlt_error *err);
/** Accepts NULL. */
void mlt__ranks_free(mlt_ranks *ranks);
/** Take up the scan's node and find the best of all cuts, if it is small.
 *  @param rows  by position: w, w y */
void mlt__ranks_node(mlt_ranks *ranks, const mlt_scan *scan, const mlt_weighted *rows);
/** Take the feature's best cut if it wins.
 *  @return false, and nothing is done, if the feature has to be sorted the long way: the node is large, or
 *          rows have equal values, whose order is prescribed */
bool mlt__ranks_try(mlt_split_choice *best, mlt_ranks *ranks, uint32_t feature);
/** Bring the node's samples into the order that sorting by the feature last tried would leave them in. */
void mlt__ranks_settle(mlt_ranks *ranks, uint32_t *samples);

#endif
