/* Squared error in small nodes. The rows' bytes stand in the order of the columns, so that they are loaded,
 * sorted by a network of exchanges and added up without ever looking at one column alone. */
#include "models/tree_lanes.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

mlt_status mlt__lanes_new(mlt_lanes **out, size_t n_lanes, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t blocks = (n_lanes + MLT_LANES - 1) / MLT_LANES;
    mlt_lanes *lanes = mlt__calloc(1, sizeof *lanes);
    if (!lanes)
        return mlt__raise_nomem(err, sizeof *lanes);
    lanes->kernels = mlt__tree_kernels();
    MLT_ALLOC_GOTO(lanes->blocks, blocks, err, failed);
    *out = lanes;
    return MLT_OK;
failed:
    mlt__lanes_free(lanes);
    return status;
}

void mlt__lanes_free(mlt_lanes *lanes) {
    if (!lanes)
        return;
    free(lanes->blocks);
    free(lanes);
}

void mlt__lanes_search(mlt_lanes *lanes, const mlt_lane_rows *rows, size_t n_lanes, double sum, double weight,
                       double bar) {
    for (size_t first = 0; first < n_lanes; first += MLT_LANES) {
        mlt_lane_block *block = &lanes->blocks[first / MLT_LANES];
        block->pairs = &rows->node->w;
        block->n = rows->n;
        block->n_lanes = n_lanes - first < MLT_LANES ? n_lanes - first : MLT_LANES;
        block->sum = sum;
        block->weight = weight;
        lanes->kernels->sort_lanes(block->keys, rows->bytes + first, rows->stride, rows->places, rows->n);
        bar = lanes->kernels->scan_lanes(block, bar);
    }
}
