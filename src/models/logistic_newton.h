/** The coefficients of least loss, by Newton's method. */
#ifndef MLT_MODELS_LOGISTIC_NEWTON_H
#define MLT_MODELS_LOGISTIC_NEWTON_H

#include "models/logistic_problem.h"

typedef struct mlt_lg_fit {
    double *coefficients; /**< k × p, of scaled columns; with k > 1 the classes' add up to 0 */
    double
        *factor; /**< (k · p)²: the Cholesky factor of the second derivatives there, one class after another.
                    With k > 1 they are made definite in the direction that changes all classes alike */
    size_t iterations;
} mlt_lg_fit;

/** Minimise Σ weight · −ln p(own class) + Σ penalty · coefficient² / 2.
 *  @param max_iter  steps
 *  @param tol       stop when a step changes no row's score by more than this
 *  @param[out] out  to be cleared
 *  @return MLT_OK, MLT_E_NUMERIC (not converged; without penalty: classes that can be told apart without
 * error), MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__lg_newton(mlt_lg_fit *out, const mlt_lg_problem *problem, int64_t max_iter,
                                         double tol, mlt_error *err);
void mlt__lg_fit_clear(mlt_lg_fit *fit);

#endif
