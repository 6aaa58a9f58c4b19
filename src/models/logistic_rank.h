/** Collinear columns of a logistic regression without penalty: found, left out of the fit, and given their
 * share of the result afterwards. */
#ifndef MLT_MODELS_LOGISTIC_RANK_H
#define MLT_MODELS_LOGISTIC_RANK_H

#include "models/logistic_problem.h"

/** What may be added to the coefficients without changing a prediction. */
typedef struct mlt_lg_rank {
    size_t n;
    double *freedom; /**< n × terms: changes of the coefficients in the data's units, each of length 1; the
                        intercept's is what makes up for the others' */
} mlt_lg_rank;

/** Find the columns that others before them explain but for a millionth, take them out of the problem, and
 * tell of them in notes.
 *  @param[out] out  to be cleared
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__lg_rank(mlt_lg_rank *out, mlt_lg_problem *problem, mlt_error *err);
/** Of the coefficients that predict the same, take those whose slopes have the least sum of squares.
 *  @param coefficients  one a term, in the data's units
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__lg_least_norm(double *coefficients, const mlt_lg_rank *rank, size_t n_terms,
                                             mlt_error *err);
/** Whether the data determine the coefficient of a term. */
bool mlt__lg_determined(const mlt_lg_rank *rank, size_t n_terms, size_t term);
void mlt__lg_rank_clear(mlt_lg_rank *rank);

#endif
