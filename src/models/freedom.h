/** What collinear columns leave open: the changes of a linear model's coefficients that change no prediction.
 */
#ifndef MLT_MODELS_FREEDOM_H
#define MLT_MODELS_FREEDOM_H

#include "models/design.h"

typedef struct mlt_freedom {
    size_t n;
    double *vectors; /**< n × terms, independent: changes of the coefficients in the data's units, each of
                        length 1 but for the intercept's, which makes up for the others' */
} mlt_freedom;

/** Of the coefficients that predict the same, take those whose slopes have the least sum of squares.
 *  @param coefficients  one a term, in the data's units, the intercept first
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__freedom_least_norm(double *coefficients, const mlt_freedom *freedom,
                                                  size_t n_terms, mlt_error *err);
/** Whether the data determine the coefficient of a term. */
bool mlt__freedom_none(const mlt_freedom *freedom, size_t n_terms, size_t term);
/** Name the columns in notes. */
void mlt__freedom_note(const mlt_freedom *freedom, const mlt_schema *schema, const mlt_term *terms,
                       size_t n_terms, const mlt_context *ctx);
/** Safe on a zeroed one. */
void mlt__freedom_clear(mlt_freedom *freedom);

#endif
