/** Two-class stumps without looking at every cell: each column's order is cut into blocks of neighbouring
 *  places, whose class weights are kept from round to round; only blocks that may hold the best cut are
 *  scanned. */
#ifndef MLT_MODELS_STUMP_BLOCKS_H
#define MLT_MODELS_STUMP_BLOCKS_H

#include "models/stump_scan.h"

#include "mltool/status.h"

typedef struct mlt_stump_blocks mlt_stump_blocks;

/** @param[out] out    owned
 *  @param      order  p × n: places of each column's rows in order; borrowed for the life of the blocks
 *  @param      labels n, 0 or 1; borrowed likewise */
MLT_MUST_CHECK mlt_status mlt__stump_blocks_new(mlt_stump_blocks **out, const uint32_t *order, size_t p,
                                                size_t n, const uint32_t *labels, int threads,
                                                mlt_error *err);
/** Accepts NULL. */
void mlt__stump_blocks_free(mlt_stump_blocks *blocks);
/** Find the best cut of each column. A column whose cuts are all more than the margin below another's best
 *  has a score of −inf or any of its own.
 *  @param[out] best     p
 *  @param      weights  n, all above 0 */
void mlt__stump_blocks_search(mlt_stump_cut *best, mlt_stump_blocks *blocks, const double *weights,
                              const mlt_stump_totals *totals);
/** Leaf 1 for the rows up to place `at` of a column, leaf 2 for the others.
 *  @param[out] leaves  n */
void mlt__stump_blocks_divide(uint32_t *leaves, const mlt_stump_blocks *blocks, size_t column, size_t at);

#endif
