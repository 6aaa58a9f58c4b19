/** Squared error over a node sorted by a column, where scikit-learn's sums simply run on from left to right.
 */
#ifndef MLT_MODELS_TREE_SQUARES_H
#define MLT_MODELS_TREE_SQUARES_H

#include "models/tree_cut.h"

/** @param weights  by position, data->n; NULL = all 1 */
MLT_MUST_CHECK mlt_status mlt__squares_new(mlt_squares **out, const mlt_tree_data *data,
                                           const double *weights, mlt_error *err);
/** Accepts NULL. */
void mlt__squares_free(mlt_squares *squares);
/** Try all cuts, with the bits of mlt__scan_update and mlt__scan_proxy.
 *  @param cuts  a numeric column without close values, all cells known; keys hold positions
 *  @return false, and nothing tried, if scikit-learn would sum from the other end somewhere */
bool mlt__squares_scan(mlt_split_choice *best, mlt_squares *squares, const mlt_scan *scan,
                       const mlt_cuts *cuts);

#endif
