/** Sums over all rows of a least-squares problem in double-double, each in one pass over the columns. */
#ifndef MLT_MODELS_LEAST_SQUARES_SUMS_H
#define MLT_MODELS_LEAST_SQUARES_SUMS_H

#include "models/least_squares_problem.h"

/** With r = y − A(x_hi + x_lo) over the scaled columns:
 *  @param      y         false: 0 in place of y
 *  @param[out] gradient  p + 2 + n_wide: AᵀWr, then numbers of no meaning
 *  @param[out] squares   rᵀWr */
MLT_MUST_CHECK mlt_status mlt__ls_residual_sums(mlt_dd *gradient, mlt_dd *squares, mlt_ls_problem *problem,
                                                bool y, const double *x_hi, const double *x_lo,
                                                mlt_error *err);

/** The sum of squares that the model has to explain: of the scaled y about its mean, or about 0 without
 * intercept.
 *  @param[out] size  Σ w y², not about the mean */
MLT_MUST_CHECK mlt_status mlt__ls_total_squares(mlt_dd *total, double *size, mlt_ls_problem *problem,
                                                mlt_error *err);

/** AᵀWA over some of the scaled columns.
 *  @param[out] gram  n_columns · (n_columns + 1) / 2: row by row, from the diagonal on */
MLT_MUST_CHECK mlt_status mlt__ls_gram(mlt_dd *gram, mlt_ls_problem *problem, const size_t *columns,
                                       size_t n_columns, mlt_error *err);

#endif
