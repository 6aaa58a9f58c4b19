/** Collinear columns of a logistic regression without penalty: found, and left out of the fit. */
#ifndef MLT_MODELS_LOGISTIC_RANK_H
#define MLT_MODELS_LOGISTIC_RANK_H

#include "models/freedom.h"
#include "models/logistic_problem.h"

/** Find the columns that others before them explain but for a millionth, take them out of the problem, and
 * tell of them in notes.
 *  @param[out] out  to be cleared
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__lg_rank(mlt_freedom *out, mlt_lg_problem *problem, mlt_error *err);

#endif
