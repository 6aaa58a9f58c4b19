/** Squared error in small nodes: all columns at once, a column a lane of the processor's registers. */
#ifndef MLT_MODELS_TREE_LANES_H
#define MLT_MODELS_TREE_LANES_H

#include "models/tree_kernels.h"

#include "mltool/status.h"

#include <stdbool.h>

/** A row's weight, and that times y. */
typedef struct mlt_weighted {
    double w, wy;
} mlt_weighted;

/** A node's rows as bytes that stand in the columns' order: row i's begin at bytes[places[i] * stride], and
 * MLT_LANES can be read wherever a block of columns begins. */
typedef struct mlt_lane_rows {
    const uint8_t *bytes;
    size_t stride;
    const uint32_t *places;   /**< n */
    const mlt_weighted *node; /**< n */
    size_t n;                 /**< at most MLT_LANE_ROWS */
} mlt_lane_rows;

typedef struct mlt_lanes {
    const mlt_tree_kernels *kernels;
    mlt_lane_block *blocks;
} mlt_lanes;

/** Room for nodes of `n_lanes` columns. */
MLT_MUST_CHECK mlt_status mlt__lanes_new(mlt_lanes **out, size_t n_lanes, mlt_error *err);
/** Accepts NULL. */
void mlt__lanes_free(mlt_lanes *lanes);
/** Sort the rows by each of the first `n_lanes` columns and find the best cut, with the bits of
 * mlt__scan_update and mlt__scan_proxy where a lane has no ties. `cuts` then tells of each column that has a
 * cut with the greatest proxy of all its first one; of other columns, any cut or none.
 *  @param sum, weight  Σ w y and Σ w of the node
 *  @param bar          cuts with a smaller proxy are left out */
void mlt__lanes_search(mlt_lanes *lanes, const mlt_lane_rows *rows, size_t n_lanes, double sum, double weight,
                       double bar);

/** The lane's best cut: its proxy; −inf: none was found. */
static inline double mlt__lane_proxy(const mlt_lanes *lanes, size_t lane) {
    return lanes->blocks[lane / MLT_LANES].proxies[lane % MLT_LANES];
}
/** And the rows on its left. */
static inline size_t mlt__lane_n_left(const mlt_lanes *lanes, size_t lane) {
    return (size_t)lanes->blocks[lane / MLT_LANES].n_left[lane % MLT_LANES];
}
/** Do two rows have equal bytes? */
static inline bool mlt__lane_has_ties(const mlt_lanes *lanes, size_t lane) {
    return lanes->blocks[lane / MLT_LANES].ties[lane % MLT_LANES] != 0;
}
static inline uint16_t mlt__lane_key(const mlt_lanes *lanes, size_t lane, size_t i) {
    return (uint16_t)lanes->blocks[lane / MLT_LANES].keys[i * MLT_LANES + lane % MLT_LANES];
}
/** The byte of the i-th row in the lane's order. */
static inline uint32_t mlt__lane_byte(const mlt_lanes *lanes, size_t lane, size_t i) {
    return (uint32_t)(mlt__lane_key(lanes, lane, i) >> 8) ^ 0x80U;
}
/** That row's number in the node. */
static inline size_t mlt__lane_row(const mlt_lanes *lanes, size_t lane, size_t i) {
    return mlt__lane_key(lanes, lane, i) & 0xff;
}

#endif
