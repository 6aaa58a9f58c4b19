/** Two classes by Gini on whole counts, the commonest case: the best cut of a column without sorting it. */
#ifndef MLT_MODELS_TREE_TWO_H
#define MLT_MODELS_TREE_TWO_H

#include "models/tree_split.h"

enum {
    MLT_TWO_WEIGHT = 1 << 16, /* a row's weight is below this */
    MLT_TWO_TOTAL = 1 << 27,  /* and all rows' together below that: products of counts are exact */
};

/** Room for nodes of up to `n` samples. */
MLT_MUST_CHECK mlt_status mlt__two_new(mlt_two **out, size_t n, mlt_error *err);
/** Accepts NULL. */
void mlt__two_free(mlt_two *two);
/** Take up a node of n samples by their payloads (mlt_counts).
 *  @param[out] totals  2: the classes' weights */
void mlt__two_node(mlt_two *two, double *totals, const uint32_t *payloads, size_t n);
/** Does it take this column? Else it has to be sorted. */
static inline bool mlt__two_takes(const mlt_tree_feature *column) {
    return column->values && !column->has_missing && !column->has_close;
}
/** Take the best cut of a column if its proxy is above the best so far.
 *  @param samples  the node's
 *  @return false if the column is constant in the node */
bool mlt__two_search(mlt_split_choice *best, mlt_two *two, uint32_t feature, const mlt_tree_feature *column,
                     const uint32_t *samples);
/** The codes of the node's samples in the column of the best cut, if mlt__two_search found that. */
const uint32_t *mlt__two_best_codes(const mlt_two *two);

#endif
