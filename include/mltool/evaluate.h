/** Fit and measure: over one split, over given test data, or over folds. */
#ifndef MLTOOL_EVALUATE_H
#define MLTOOL_EVALUATE_H

#include "mltool/metrics.h"
#include "mltool/model.h"
#include "mltool/split.h"

/** What to fit. Borrowed. */
typedef struct mlt_fit_spec {
    const mlt_model_type *type;
    const mlt_params *params; /**< resolved */
    uint32_t random_state;
    mlt_impute impute; /**< fills are learned from the training rows of each split */
    bool diagnose;     /**< compute `diagnostics`; the model must have them */
} mlt_fit_spec;

/** One fit and its measures. */
typedef struct mlt_fit_result {
    mlt_model *model;            /**< owned; may be taken (set to NULL) */
    mlt_metrics train, test;     /**< test.n = 0: nothing to test on */
    mlt_diagnostics diagnostics; /**< of the training rows; n = 0: not asked for */
    double seconds_fit, seconds_predict;
} mlt_fit_result;

void mlt_fit_result_clear(mlt_fit_result *result);

/** Fit on split->train, measure on both parts (an empty test part is not measured). */
MLT_MUST_CHECK mlt_status mlt_fit_and_measure(mlt_fit_result *out, const mlt_fit_spec *spec,
                                              const mlt_dataset *data, const mlt_split *split,
                                              const mlt_context *ctx, mlt_error *err);

/** Predict all rows of `data` and measure. */
MLT_MUST_CHECK mlt_status mlt_measure(mlt_metrics *out, const mlt_model *model, const mlt_dataset *data,
                                      const uint32_t *rows, size_t n_rows, const mlt_context *ctx,
                                      mlt_error *err);

/** Fit and measure on each fold.
 *  @param[out] out  n_folds results, caller-allocated; each to be cleared */
MLT_MUST_CHECK mlt_status mlt_cross_validate(mlt_fit_result *out, const mlt_fit_spec *spec,
                                             const mlt_dataset *data, const mlt_split *folds, size_t n_folds,
                                             const mlt_context *ctx, mlt_error *err);

/** Mean and sample standard deviation (n − 1). */
void mlt_mean_sd(const double *values, size_t n, double *mean, double *sd);

#endif
