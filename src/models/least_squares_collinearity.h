/** How far the columns of a least-squares problem say the same. */
#ifndef MLT_MODELS_LEAST_SQUARES_COLLINEARITY_H
#define MLT_MODELS_LEAST_SQUARES_COLLINEARITY_H

#include "models/least_squares_factor.h"

/** @param[out] vif        p: variance inflation factors, 1 / (1 − R²) of each column by the others (about 0,
 * not about the mean, where there is no intercept); NaN for the intercept and for columns that are not
 * determined
 *  @param[out] condition  largest over least singular value of the columns brought to length 1, the intercept
 *                         among them (Belsley, Kuh and Welsch 1980); NaN if columns are collinear, or more
 * than 512
 *  @param      errors     p: of mlt__ls_unit_errors
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__ls_collinearity(double *vif, double *condition, const mlt_ls_factor *factor,
                                               const mlt_ls_problem *problem, const double *errors,
                                               mlt_error *err);

#endif
