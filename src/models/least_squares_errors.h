/** Standard errors of least squares. */
#ifndef MLT_MODELS_LEAST_SQUARES_ERRORS_H
#define MLT_MODELS_LEAST_SQUARES_ERRORS_H

#include "models/least_squares_factor.h"

/** √diag (AᵀWA)⁻¹ over the scaled columns, the intercept's unshifted: standard errors for a residual standard
 *  deviation of 1.
 *  @param[out] out  p; NaN for tied and constant columns
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__ls_unit_errors(double *out, const mlt_ls_factor *factor,
                                              mlt_ls_problem *problem, mlt_error *err);

/** The same for ill-conditioned columns, one by one: some passes over the rows each.
 *  @param errors  p, in place; those that are NaN stay */
MLT_MUST_CHECK mlt_status mlt__ls_refine_errors(double *errors, const mlt_ls_factor *factor,
                                                mlt_ls_problem *problem, mlt_error *err);

#endif
