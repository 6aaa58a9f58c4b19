/** The QR factor of a least-squares problem (its triangle only; Q is never formed), what it says about rank,
 * and solving with it. */
#ifndef MLT_MODELS_LEAST_SQUARES_FACTOR_H
#define MLT_MODELS_LEAST_SQUARES_FACTOR_H

#include "models/least_squares_problem.h"

/** What a column is to the solution. */
typedef enum mlt_ls_role {
    MLT_LS_FREE,     /**< its coefficient is determined by the data */
    MLT_LS_TIED,     /**< collinear with others: its coefficient is one of many that fit equally */
    MLT_LS_CONSTANT, /**< the same in every row (all zero, without intercept): its coefficient is 0 */
} mlt_ls_role;

typedef struct mlt_ls_factor {
    size_t p, rank;
    size_t n_dependent; /**< dependent columns, without the constant ones */
    size_t *order;    /**< p: independent columns, the intercept first, then dependent, then constant ones */
    double *length;   /**< p: each column's length less what the intercept explains */
    double *r;        /**< rank × rank, column-major: RᵀR = AᵀWA over the independent columns */
    double *inverse;  /**< rank × rank: R⁻¹ */
    double *start;    /**< rank: the first coordinates of the right-hand side, QᵀW^½y */
    double *relation; /**< rank × n_dependent: each dependent column as a sum of the independent ones */
    mlt_ls_role *roles; /**< p */
    double condition; /**< of the independent columns as computed with, brought to one length: an upper bound,
                           ‖R‖‖R⁻¹‖ */
    /* Sharing out among tied columns for the minimum norm: coefficients = Mᵀ(MMᵀ)⁻¹ · coordinates. */
    size_t n_tied;  /**< independent tied columns */
    size_t *tied;   /**< n_tied: their positions in `order` */
    double *norm_r; /**< norm_ld × n_tied, column-major: RᵀR = MMᵀ */
    size_t norm_ld;
    double *unit;    /**< p: scale of each column relative to the largest */
    double *scratch; /**< rank + p */
} mlt_ls_factor;

/** @param gcv  choose problem->alpha by generalised cross-validation; problem->total must be known
 *  @return MLT_OK, MLT_E_LIMIT (too many columns), MLT_E_NUMERIC (a penalty that no double holds),
 * MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__ls_factor_init(mlt_ls_factor *out, mlt_ls_problem *problem, bool gcv,
                                              mlt_error *err);
void mlt__ls_factor_clear(mlt_ls_factor *factor);

/** x = R⁻¹ · coordinates. Tied columns share theirs so that the squares of the slopes, in the data's own
 * units, add up to the least.
 *  @param[out] x            p
 *  @param      coordinates  rank; overwritten */
void mlt__ls_solve(double *x, const mlt_ls_factor *factor, const mlt_ls_problem *problem,
                   double *coordinates);

/** Coordinates R⁻ᵀ g of a correction.
 *  @param[out] coordinates  rank
 *  @param      gradient     p: AᵀWr
 *  @return Σ coordinates²: how much the correction lessens the sum of squares */
double mlt__ls_project(double *coordinates, const mlt_ls_factor *factor, const mlt_dd *gradient);

/** x = R⁻¹x for a triangle stored by columns, ld apart. */
void mlt__ls_solve_upper(double *restrict x, const double *restrict r, size_t ld, size_t size);

/** Judge the rank by pivoting and fill in what follows: all but R⁻¹ and the condition.
 *  @param core  any matrix with the design's RᵀR: p columns, then y; column-major, ld ≥ padded(m) + 4 apart,
 *               zero below row m. Overwritten. */
MLT_MUST_CHECK mlt_status mlt__ls_find_rank(mlt_ls_factor *factor, const mlt_ls_problem *problem,
                                            double *core, size_t m, size_t ld, mlt_error *err);

/** Fill in R⁻¹ from `factor->r`. */
MLT_MUST_CHECK mlt_status mlt__ls_invert(mlt_ls_factor *factor, const mlt_ls_problem *problem,
                                         mlt_error *err);

/** Whether independent column i (by position in `order`) takes part in dependent column d. */
bool mlt__ls_takes_part(const mlt_ls_factor *factor, size_t i, size_t d);

/** True if the intercept is determined by the data though columns are tied. */
bool mlt__ls_intercept_free(const mlt_ls_factor *factor, const mlt_ls_problem *problem);

/** Note which columns are collinear, and which constant. */
void mlt__ls_note_rank(const mlt_ls_factor *factor, const mlt_ls_problem *problem);

#endif
