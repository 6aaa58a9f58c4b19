/** Squared error over a node sorted by a column, where scikit-learn's sums simply run on from left to right.
 */
#ifndef MLT_MODELS_TREE_SQUARES_H
#define MLT_MODELS_TREE_SQUARES_H

#include "models/tree_cut.h"
#include "models/tree_ranks.h"

struct mlt_squares {
    mlt_weighted *rows; /**< data->n: by position */
    const mlt_tree_kernels *kernels;
    mlt_weighted *node;  /**< n, in bins: the node's, by sample */
    mlt_weighted *cells; /**< in bins: MLT_SQUARES_CELLS */
    mlt_lanes *lanes;    /**< in bins: for small nodes */
    uint8_t *bytes;      /**< in bins: MLT_LANE_ROWS × features: cells of a node that tries some of them */
    mlt_ranks *ranks;    /**< not in bins, and all features are tried: for small nodes; else NULL */
};

enum { MLT_SQUARES_BATCH = 8, MLT_SQUARES_CELLS = MLT_SQUARES_BATCH * 256 };

/** Room for nodes of up to n samples.
 *  @param weights   by position, data->n; NULL = all 1
 *  @param features  n_features that the tree may use
 *  @param tried     of these, at each node */
MLT_MUST_CHECK mlt_status mlt__squares_new(mlt_squares **out, const mlt_tree_data *data,
                                           const double *weights, size_t n, const uint32_t *features,
                                           size_t n_features, size_t tried, mlt_error *err);
/** Accepts NULL. */
void mlt__squares_free(mlt_squares *squares);
/** Try all cuts, with the bits of mlt__scan_update and mlt__scan_proxy.
 *  @param cuts  a numeric column, the node's cells all known; keys hold positions
 *  @return false, and nothing tried, if scikit-learn would sum from the other end somewhere */
bool mlt__squares_scan(mlt_split_choice *best, mlt_squares *squares, const mlt_scan *scan,
                       const mlt_cuts *cuts);

/** The best cut of complete columns in bins.
 *  @param scan     the node
 *  @return how many of the `count` features are not constant in the node */
size_t mlt__squares_search_bins(mlt_split_choice *best, mlt_squares *squares, const mlt_scan *scan,
                                const uint32_t *features, size_t count);

#endif
