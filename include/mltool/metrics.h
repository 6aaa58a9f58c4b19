/** One table of metrics over plain arrays, with scikit-learn's definitions and summation. */
#ifndef MLTOOL_METRICS_H
#define MLTOOL_METRICS_H

#include "mltool/params.h"

enum { MLT_MAX_METRICS = 8 };

/** What a metric is computed from. Regression: y and prediction; classification: the rest. */
typedef struct mlt_metric_input {
    mlt_task task;
    size_t n;
    const double *y, *prediction;       /**< n, target's units */
    const uint32_t *labels, *predicted; /**< n class indices below k */
    const double *proba;                /**< n × k, row-major */
    size_t k;
    const double *weights; /**< n, or NULL */
} mlt_metric_input;

/** A metric: its key ("mse"), its name for people ("MSE"), and which way is better. */
typedef struct mlt_metric {
    const char *key, *name;
    mlt_task task;
    bool greater_is_better;
} mlt_metric;

/** Scores of one class. */
typedef struct mlt_class_scores {
    double precision, recall, f1;
    size_t support;
} mlt_class_scores;

/** Every metric of a task. NaN where one is not defined (R² of fewer than two rows, AUC of one class). */
typedef struct mlt_metrics {
    mlt_task task;
    size_t n, k;
    size_t n_values;
    double values[MLT_MAX_METRICS]; /**< in the order of mlt_metric_table(task) */
    mlt_class_scores *classes;      /**< k; NULL in regression */
    uint64_t *confusion; /**< k × k, true class by row; rows are counted, not weighed; NULL in regression or
                            when k > 1000 */
} mlt_metrics;

/** The metrics of a task, in their order; regression: mse rmse mae r2 max_error; classification: accuracy
 *  balanced_accuracy precision recall f1 log_loss roc_auc. */
const mlt_metric *mlt_metric_table(mlt_task task, size_t *n);
/** Compute all. `out` is owned by the caller (mlt_metrics_clear).
 *  @return MLT_OK, MLT_E_NUMERIC (a prediction is not finite), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_metrics_compute(mlt_metrics *out, const mlt_metric_input *in, mlt_error *err);
/** The value with this key, or NaN. */
double mlt_metrics_value(const mlt_metrics *metrics, const char *key);
void mlt_metrics_clear(mlt_metrics *metrics);

#endif
