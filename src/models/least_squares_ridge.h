/** Ridge regression (Hoerl and Kennard 1970) on top of least squares: Σ w (y − Xb)² + α Σ b², the intercept
 * not penalised. To the triangle a penalty is one more row for each column. */
#ifndef MLT_MODELS_LEAST_SQUARES_RIDGE_H
#define MLT_MODELS_LEAST_SQUARES_RIDGE_H

#include "models/least_squares_factor.h"

/** Set problem->alpha to where generalised cross-validation, n Σ w r² / (n − trace of the hat matrix)²
 * (Golub, Heath and Wahba 1979), is least: the best of a grid over 1e-14 to 1e4 times the largest squared
 * singular value, then Brent's method between its neighbours.
 *  @param r  the triangle of the scaled columns, y in column p; column-major, ldr apart
 *  @return MLT_OK, MLT_E_LIMIT (too many columns), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__ls_choose_alpha(mlt_ls_problem *problem, const double *r, size_t ldr,
                                               mlt_error *err);

/** Fill in problem->penalty from problem->alpha and fold it into the triangle.
 *  @param q  columns of r
 *  @return MLT_OK, MLT_E_NUMERIC (a penalty that no double holds), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__ls_penalise(mlt_ls_problem *problem, double *r, size_t ldr, size_t q,
                                           mlt_error *err);

/** Less the penalty's gradient, and with its share of the objective: what refinement needs.
 *  @param gradient  p, in place
 *  @param squares   in place */
void mlt__ls_penalty_sums(mlt_dd *gradient, mlt_dd *squares, const mlt_ls_problem *problem,
                          const double *x_hi, const double *x_lo);

/** Trace of the hat matrix: the degrees of freedom that the fit uses. */
double mlt__ls_effective_rank(const mlt_ls_factor *factor, const mlt_ls_problem *problem);

#endif
