/** The learning curve: how good a model is when it is fitted to fewer rows. */
#ifndef MLTOOL_LEARNING_CURVE_H
#define MLTOOL_LEARNING_CURVE_H

#include "mltool/compare.h"

/** One share of the training rows. */
typedef struct mlt_curve_point {
    double share;
    size_t rows; /**< of the first split; others may have one fewer */
    mlt_score
        *scores; /**< n_splits, borrowed from the curve; train is the measure of the rows that were fitted */
} mlt_curve_point;

typedef struct mlt_curve {
    size_t n, n_splits;
    mlt_curve_point *points; /**< n, ascending */
    mlt_score *scores;       /**< n × n_splits, owned */
} mlt_curve;

/** Fit to the first rows of each split's training part, ever more of them, and measure these and the test
 * rows. scikit-learn's learning_curve: a share of n rows is ⌊share · n⌋ of the first split's.
 *  @param[out] out      to be cleared (mlt_curve_clear)
 *  @param      shares   n_shares, ascending, in (0, 1]
 *  @param      shuffle  put each training part in random order first (RandomState(spec->random_state), one
 *                       generator for all), as folds need, whose rows are sorted
 *  Notes: none.
 *  @return MLT_OK, MLT_E_DATA (a share of no row, or of as many as the one before), and as mlt_score_models
 */
MLT_MUST_CHECK mlt_status mlt_learning_curve(mlt_curve *out, const mlt_fit_spec *spec,
                                             const mlt_dataset *data, const mlt_split *splits,
                                             size_t n_splits, const double *shares, size_t n_shares,
                                             bool shuffle, const mlt_context *ctx, mlt_error *err);
void mlt_curve_clear(mlt_curve *curve);

#endif
