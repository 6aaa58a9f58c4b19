/** What the files of src/metrics share. */
#ifndef MLT_METRICS_INTERNAL_H
#define MLT_METRICS_INTERNAL_H

#include "mltool/metrics.h"

/** Places in mlt_metrics.values; the order of the tables. */
enum { MLT__MSE, MLT__RMSE, MLT__MAE, MLT__R2, MLT__MAX_ERROR, MLT__N_REGRESSION };
enum {
    MLT__ACCURACY,
    MLT__BALANCED_ACCURACY,
    MLT__PRECISION,
    MLT__RECALL,
    MLT__F1,
    MLT__LOG_LOSS,
    MLT__ROC_AUC,
    MLT__N_CLASSIFICATION
};

/** Row i's weight. */
static inline double mlt__weight(const mlt_metric_input *in, size_t i) {
    return in->weights ? in->weights[i] : 1;
}

/** Fill the values of a regression.
 *  @return MLT_OK, MLT_E_NUMERIC */
mlt_status mlt_metrics__regression(mlt_metrics *out, const mlt_metric_input *in, mlt_error *err);

/** Fill the values, class scores and confusion of a classification; `out` is cleared by the caller on
 * failure.
 *  @return MLT_OK, MLT_E_NUMERIC, MLT_E_NOMEM */
mlt_status mlt_metrics__classification(mlt_metrics *out, const mlt_metric_input *in, mlt_error *err);

/** Area under the ROC curve; of more than two classes, the mean of each class against the rest. NaN where a
 * class has no row.
 *  @return MLT_OK, MLT_E_NOMEM */
mlt_status mlt_metrics__roc_auc(double *out, const mlt_metric_input *in, mlt_error *err);

#endif
