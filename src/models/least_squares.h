/** Weighted linear least squares to nearly the last digit: a Householder QR factor in double, then refinement
 * with residuals in double-double until the coefficients stand. */
#ifndef MLT_MODELS_LEAST_SQUARES_H
#define MLT_MODELS_LEAST_SQUARES_H

#include "models/design.h"

typedef struct mlt_least_squares {
    size_t n, p, rank;  /**< rows of positive weight, terms, independent terms */
    double *estimate;   /**< p */
    double *std_error;  /**< p; NaN: of a column that is constant or collinear with others, or n = rank */
    double residual_sd; /**< √(Σ w r² / (n − rank)); NaN if n = rank */
    double r2; /**< about the mean with an intercept, else about 0; NaN if there is nothing to explain */
    double condition; /**< of the columns brought to one length, those far from 0 centred: an upper bound */
    size_t passes;    /**< of refinement */
} mlt_least_squares;

/** Fit the design to its dataset's y. A design of deficient rank gets the solution whose slopes, in the
 * data's units, have the least sum of squares; a note names the columns.
 *  @param[out] out  to be cleared
 *  @return MLT_OK, MLT_E_DATA (a missing cell), MLT_E_NUMERIC (a result that no double holds, values beyond
 * 1e299), MLT_E_LIMIT (too many columns), MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__least_squares(mlt_least_squares *out, const mlt_design *design,
                                             const mlt_context *ctx, mlt_error *err);
void mlt__least_squares_clear(mlt_least_squares *result);

#endif
