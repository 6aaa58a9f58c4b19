/** The histogram engine's splitter: columns in at most 255 bins, one byte a cell. */
#ifndef MLT_MODELS_TREE_BINS_H
#define MLT_MODELS_TREE_BINS_H

#include "models/tree_split.h"

/** Room for one tree's histograms. */
MLT_MUST_CHECK mlt_status mlt__bins_new(mlt_bins **out, const mlt_tree_data *data,
                                        const mlt_tree_params *params, size_t n_features, size_t n,
                                        mlt_error *err);
/** Accepts NULL. */
void mlt__bins_free(mlt_bins *bins);
/** Find the best split of the node that the splitter has taken up, and partition its samples; their order
 * stays. */
void mlt__bins_search(mlt_split_choice *best, mlt_splitter *splitter);

#endif
