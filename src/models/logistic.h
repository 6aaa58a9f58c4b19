/** Logistic regression: what was learned. */
#ifndef MLT_MODELS_LOGISTIC_H
#define MLT_MODELS_LOGISTIC_H

#include "models/design.h"

typedef struct mlt_logistic {
    size_t n_classes;  /**< seen in training, at least 2 */
    uint32_t *classes; /**< n_classes indices into the schema, ascending; the others have probability 0 */
    size_t k; /**< vectors of coefficients: one for two classes (the log odds of the second), else one a class
               */
    size_t n_terms;
    mlt_term *terms;               /**< n_terms, the intercept first */
    double *estimates;             /**< k × n_terms */
    mlt_coefficient *coefficients; /**< k × n_terms */
    uint32_t *coefficient_classes; /**< k × n_terms: the class whose log odds a coefficient adds to */
} mlt_logistic;

/** All but the estimates.
 *  @param classes  n_classes, copied
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt__logistic_new(mlt_logistic **out, const mlt_schema *schema,
                                            const uint32_t *classes, size_t n_classes, mlt_error *err);
/** Once the estimates are there: the table of coefficients.
 *  @param std_errors  k × n_terms; NaN = not defined
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__logistic_fill(mlt_logistic *logistic, const mlt_schema *schema,
                                             const double *std_errors, mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__logistic_save(const mlt_logistic *logistic, mlt_tensors *out, mlt_error *err);
/** @return MLT_OK, MLT_E_MODEL, MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt__logistic_load(mlt_logistic **out, const mlt_tensors *in,
                                             const mlt_schema *schema, mlt_error *err);
/** As the model's `predict`. */
MLT_MUST_CHECK mlt_status mlt__logistic_predict(double *out, uint32_t *labels, const mlt_logistic *logistic,
                                                const mlt_schema *schema, const mlt_predict_input *in,
                                                mlt_error *err);
void mlt__logistic_free(mlt_logistic *logistic);

#endif
