/* Metrics of a regression: mean squared, mean absolute and largest error, R². */
#include "metrics/metrics_internal.h"

#include "core/error.h"
#include "core/sum.h"

static double squared(double x) { return x * x; }

/* The weighted mean of y − origin. */
static double mean_from(const mlt_metric_input *in, double origin) {
    mlt__sum sum = {0}, weight = {0};
    for (size_t i = 0; i < in->n; i++) {
        mlt__sum_add(&sum, mlt__weight(in, i) * (in->y[i] - origin));
        mlt__sum_add(&weight, mlt__weight(in, i));
    }
    return mlt__sum_value(&sum) / mlt__sum_value(&weight);
}

/* 1 − SSE/SST; a perfect prediction has 1 even of a constant, any other prediction of a constant 0. */
static double r2(const mlt_metric_input *in, double sse) {
    /* Corrected once, the mean of a constant is that constant, so its SST is 0 and not a rounding error. */
    double mean = mean_from(in, 0);
    mean += mean_from(in, mean);
    if (in->n < 2 || isnan(mean))
        return NAN;
    if (sse == 0)
        return 1;
    mlt__sum sum = {0};
    for (size_t i = 0; i < in->n; i++)
        mlt__sum_add(&sum, mlt__weight(in, i) * squared(in->y[i] - mean));
    double sst = mlt__sum_value(&sum);
    if (!isfinite(sst))
        return NAN;
    return sst == 0 ? 0 : 1 - sse / sst;
}

mlt_status mlt_metrics__regression(mlt_metrics *out, const mlt_metric_input *in, mlt_error *err) {
    mlt__sum squares = {0}, absolutes = {0}, weight = {0};
    double largest = in->n > 0 ? 0 : NAN;
    for (size_t i = 0; i < in->n; i++) {
        if (!isfinite(in->prediction[i]))
            return mlt__raise(
                err, MLT_E_NUMERIC,
                "the prediction of a row is not a finite number; scale the columns to smaller values");
        double error = fabs(in->y[i] - in->prediction[i]);
        mlt__sum_add(&squares, mlt__weight(in, i) * squared(error));
        mlt__sum_add(&absolutes, mlt__weight(in, i) * error);
        mlt__sum_add(&weight, mlt__weight(in, i));
        if (error > largest)
            largest = error;
    }
    double sse = mlt__sum_value(&squares), total = mlt__sum_value(&weight);
    if (!isfinite(sse))
        return mlt__raise(
            err, MLT_E_NUMERIC,
            "the squared errors are beyond the range of numbers; scale the target to smaller values");
    out->values[MLT__MSE] = sse / total;
    out->values[MLT__RMSE] = sqrt(sse / total);
    out->values[MLT__MAE] = mlt__sum_value(&absolutes) / total;
    out->values[MLT__R2] = r2(in, sse);
    out->values[MLT__MAX_ERROR] = largest;
    return MLT_OK;
}
