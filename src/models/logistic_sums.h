/** One pass over the rows: the loss of some coefficients, its derivatives, and what a step does to the rows.
 */
#ifndef MLT_MODELS_LOGISTIC_SUMS_H
#define MLT_MODELS_LOGISTIC_SUMS_H

#include "models/logistic_problem.h"

/** A row's margin is how far the score of its own class is above the highest of the others: 0 where both are
 * equally likely, positive where the row is predicted right. */
typedef struct mlt_lg_sums {
    double loss;      /**< Σ weight · −ln p(own class) */
    double *gradient; /**< k × p: of the loss, by the coefficients of scaled columns */
    double *gram; /**< a matrix of padded(p) × padded(p) for each pair of classes (0,1), (0,2), (1,2), (0,3),
                     ...: Σ weight · p(one) · p(other) · column · columnᵀ, on and below the diagonal */
    double least_margin;          /**< over the rows */
    double most_score;            /**< the largest score, in size */
    double most_change;           /**< the largest change of a score by the step, in size */
    double least_gain, most_gain; /**< over rows and other classes: how the step changes margins */
} mlt_lg_sums;

MLT_MUST_CHECK mlt_status mlt__lg_sums_init(mlt_lg_sums *out, const mlt_lg_problem *problem, mlt_error *err);
void mlt__lg_sums_clear(mlt_lg_sums *sums);

/** @param coefficients  k × p, of scaled columns
 *  @param step          k × p: what was added to come to them
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__lg_sum(mlt_lg_sums *out, const mlt_lg_problem *problem,
                                      const double *coefficients, const double *step, mlt_error *err);

#endif
