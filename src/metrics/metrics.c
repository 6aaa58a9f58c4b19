/* The table of metrics, and computing all of a task's. */
#include "metrics/metrics_internal.h"

#include "core/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const mlt_metric regression_table[MLT__N_REGRESSION] = {
    [MLT__MSE] = {"mse", "MSE", MLT_REGRESSION, false},
    [MLT__RMSE] = {"rmse", "RMSE", MLT_REGRESSION, false},
    [MLT__MAE] = {"mae", "MAE", MLT_REGRESSION, false},
    [MLT__R2] = {"r2", "R²", MLT_REGRESSION, true},
    [MLT__MAX_ERROR] = {"max_error", "max error", MLT_REGRESSION, false},
};

static const mlt_metric classification_table[MLT__N_CLASSIFICATION] = {
    [MLT__ACCURACY] = {"accuracy", "accuracy", MLT_CLASSIFICATION, true},
    [MLT__BALANCED_ACCURACY] = {"balanced_accuracy", "balanced accuracy", MLT_CLASSIFICATION, true},
    [MLT__PRECISION] = {"precision", "precision (macro)", MLT_CLASSIFICATION, true},
    [MLT__RECALL] = {"recall", "recall (macro)", MLT_CLASSIFICATION, true},
    [MLT__F1] = {"f1", "F1 (macro)", MLT_CLASSIFICATION, true},
    [MLT__LOG_LOSS] = {"log_loss", "log loss", MLT_CLASSIFICATION, false},
    [MLT__ROC_AUC] = {"roc_auc", "ROC AUC", MLT_CLASSIFICATION, true},
};

_Static_assert((int)MLT__N_REGRESSION <= (int)MLT_MAX_METRICS, "a regression's metrics fit");
_Static_assert((int)MLT__N_CLASSIFICATION <= (int)MLT_MAX_METRICS, "a classification's metrics fit");

const mlt_metric *mlt_metric_table(mlt_task task, size_t *n) {
    *n = task == MLT_REGRESSION ? MLT__N_REGRESSION : MLT__N_CLASSIFICATION;
    return task == MLT_REGRESSION ? regression_table : classification_table;
}

mlt_status mlt_metrics_compute(mlt_metrics *out, const mlt_metric_input *in, mlt_error *err) {
    bool regression = in->task == MLT_REGRESSION;
    *out = (mlt_metrics){.task = in->task, .n = in->n, .k = regression ? 0 : in->k};
    mlt_metric_table(in->task, &out->n_values);
    for (size_t i = 0; i < MLT_MAX_METRICS; i++)
        out->values[i] = NAN;
    mlt_status status =
        regression ? mlt_metrics__regression(out, in, err) : mlt_metrics__classification(out, in, err);
    if (status != MLT_OK)
        mlt_metrics_clear(out);
    return status;
}

double mlt_metrics_value(const mlt_metrics *metrics, const char *key) {
    size_t n;
    const mlt_metric *table = mlt_metric_table(metrics->task, &n);
    for (size_t i = 0; i < n && i < metrics->n_values; i++)
        if (strcmp(table[i].key, key) == 0)
            return metrics->values[i];
    return NAN;
}

void mlt_metrics_clear(mlt_metrics *metrics) {
    free(metrics->classes);
    free(metrics->confusion);
    *metrics = (mlt_metrics){0};
}
