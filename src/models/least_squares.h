/** Weighted linear least squares to nearly the last digit: a Householder QR factor in double, then refinement
 * with residuals in double-double until the coefficients stand. */
#ifndef MLT_MODELS_LEAST_SQUARES_H
#define MLT_MODELS_LEAST_SQUARES_H

#include "models/design.h"

/** Standard errors of what is predicted for a row a (the design's, shifted and scaled) are ‖R⁻ᵀ a‖ times the
 * residual standard deviation; where columns are collinear, of rows only in which they are, too. */
typedef struct mlt_ls_basis {
    size_t p, rank, n_dependent;
    double *shift, *scale; /**< p: for mlt__design_gather */
    size_t *order; /**< p: the independent columns, then n_dependent, then those that were 0 throughout */
    double *r;     /**< rank · (rank + 1) / 2: R over the columns in this order, column by column down to the
                      diagonal */
    double *relation; /**< rank × n_dependent: each dependent column as a sum of the independent ones */
} mlt_ls_basis;
void mlt__ls_basis_clear(mlt_ls_basis *basis);

typedef struct mlt_ls_options {
    double alpha; /**< ridge's penalty; 0: none */
    bool gcv;     /**< choose it */
    bool infer;   /**< fill in vif, condition and basis */
} mlt_ls_options;

typedef struct mlt_least_squares {
    size_t n, p, rank;    /**< rows of positive weight, terms, independent terms */
    double *estimate;     /**< p */
    double *estimate_low; /**< p: what `estimate` lacks of about 31 digits */
    double *std_error;    /**< p; NaN: of a column that is constant or collinear with others, or n = rank, or
                             ridge */
    double *vif; /**< p: variance inflation factors; NaN as the standard errors, and for the intercept */
    double residual_sd; /**< √(Σ w r² / (n − rank)); NaN if n = rank, and of ridge */
    double r2; /**< about the mean with an intercept, else about 0; NaN if there is nothing to explain */
    double log_weights; /**< Σ ln w */
    double condition;   /**< of the columns brought to one length; NaN if they are collinear */
    double alpha;       /**< ridge's penalty, as given or chosen */
    double effective;   /**< trace of the hat matrix: the rank, or less with ridge */
    mlt_ls_basis basis; /**< rank 0 if not wanted, of ridge, and of more than 1024 columns */
    size_t passes;      /**< of refinement */
} mlt_least_squares;

/** Fit the design to its dataset's y. A design of deficient rank gets the solution whose slopes, in the
 * data's units, have the least sum of squares; a note names the columns.
 *  @param[out] out      to be cleared
 *  @param      options  NULL: least squares, no basis
 *  @return MLT_OK, MLT_E_DATA (a missing cell), MLT_E_NUMERIC (a result that no double holds, values beyond
 * 1e299), MLT_E_LIMIT (too many columns), MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__least_squares(mlt_least_squares *out, const mlt_design *design,
                                             const mlt_ls_options *options, const mlt_context *ctx,
                                             mlt_error *err);
void mlt__least_squares_clear(mlt_least_squares *result);

#endif
