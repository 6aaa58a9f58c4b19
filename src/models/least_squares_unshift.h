/** From the shifted columns that a least-squares problem computes with to the columns themselves: a column is
 *  itself unshifted plus multiples of others,
 *      shifted_from = unshifted_from + Σ factor · unshifted_to,
 *  of the intercept for a shift, of lower powers too for a power of a shifted cell (the binomial theorem).
 * Both sides are scaled alike. Nothing here for columns without shift. */
#ifndef MLT_MODELS_LEAST_SQUARES_UNSHIFT_H
#define MLT_MODELS_LEAST_SQUARES_UNSHIFT_H

#include "models/least_squares_problem.h"

/** Fill in problem->parts from shift, scale and offset. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__ls_unshift_init(mlt_ls_problem *problem, mlt_error *err);

/** Coefficients of shifted columns become those of unshifted ones.
 *  @param x      p, in place
 *  @param sizes  p: raised to the largest number that went into each */
void mlt__ls_unshift(mlt_dd *x, double *sizes, const mlt_ls_problem *problem);

/** errors[to] += |factor| · |steps[from]|: how far errors of shifted coefficients carry. Both p. */
void mlt__ls_unshift_errors(double *errors, const double *steps, const mlt_ls_problem *problem);

/** Shifted columns become unshifted ones.
 *  @param columns  p columns of `rows` numbers, `ld` apart, in place */
void mlt__ls_unshift_columns(double *columns, size_t ld, size_t rows, const mlt_ls_problem *problem);

#endif
