/** Successive halving's plan, and its splits: scikit-learn 1.2.1's HalvingGridSearchCV, rows as the resource.
 */
#ifndef MLT_EVAL_HALVING_H
#define MLT_EVAL_HALVING_H

#include "mltool/tune.h"

/** How many rounds there are, and how many rows the first has. */
typedef struct mlt__halving {
    size_t n_rounds, first_rows, factor, n;
} mlt__halving;

/** Plan the rounds so that the last one uses as many of the n rows as can be (min_resources "exhaust").
 *  @param k  classes; 0 in regression
 *  @return MLT_OK, MLT_E_DATA (too few rows for one round) */
MLT_MUST_CHECK mlt_status mlt__halving_plan(mlt__halving *out, size_t n_candidates, size_t factor, size_t n,
                                            size_t k, size_t n_splits, mlt_error *err);
/** Rows of a round. */
size_t mlt__halving_rows(const mlt__halving *plan, size_t round);
/** Candidates that go on from a round of n. */
size_t mlt__halving_survivors(const mlt__halving *plan, size_t n);

/** Cut both parts of a split to the share rows / n, drawn as scikit-learn's resample without replacement
 * does.
 *  @param[out] out  to be cleared (mlt_split_clear), also on failure
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__halving_cut(mlt_split *out, const mlt_split *split, size_t rows, size_t n,
                                           uint32_t seed, mlt_error *err);

#endif
