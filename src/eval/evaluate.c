/* Fit and measure: one split, or one fold after another. Missing cells are filled from the training rows of
 * each split, so that nothing of the test rows leaks into the model. */
#include "mltool/evaluate.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What the metrics are computed from, gathered for the rows that are measured. */
typedef struct measurement {
    double *out, *y, *weights;
    uint32_t *labels, *predicted;
} measurement;

static void measurement_clear(measurement *m) {
    free(m->out);
    free(m->y);
    free(m->weights);
    free(m->labels);
    free(m->predicted);
}

static size_t row_at(const uint32_t *rows, size_t i) { return rows ? rows[i] : i; }

/* Copy the true targets and weights of `rows`. */
static mlt_status gather(measurement *m, const mlt_dataset *data, const uint32_t *rows, size_t n,
                         mlt_error *err) {
    if (data->labels) {
        MLT_ALLOC(m->labels, n, err);
        MLT_ALLOC(m->predicted, n, err);
        for (size_t i = 0; i < n; i++)
            m->labels[i] = data->labels[row_at(rows, i)];
    } else {
        MLT_ALLOC(m->y, n, err);
        for (size_t i = 0; i < n; i++)
            m->y[i] = data->y[row_at(rows, i)];
    }
    if (data->weights) {
        MLT_ALLOC(m->weights, n, err);
        for (size_t i = 0; i < n; i++)
            m->weights[i] = data->weights[row_at(rows, i)];
    }
    return MLT_OK;
}

/* There must be a target, and the numbers must fit in memory. */
static mlt_status check_measurable(const mlt_model *model, const mlt_dataset *data, size_t n_rows,
                                   mlt_error *err) {
    size_t width = mlt_model_width(model);
    if (mlt_model_schema(model)->task == MLT_CLASSIFICATION ? !data->labels : !data->y)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: the target is not there, so predictions cannot be measured; "
                          "use data with the target's column",
                          data->source);
    if (n_rows > SIZE_MAX / sizeof(double) / width)
        return mlt__raise(err, MLT_E_LIMIT,
                          "%s: %zu rows × %zu classes do not fit in memory; use fewer of either",
                          data->source, n_rows, width);
    return MLT_OK;
}

/* The metrics of what a model predicts for the rows gathered. */
static mlt_status compute(mlt_metrics *out, const mlt_model *model, const measurement *m, size_t n_rows,
                          const double *predicted, const uint32_t *labels, mlt_error *err) {
    mlt_metric_input in = {.task = mlt_model_schema(model)->task, .n = n_rows, .weights = m->weights};
    if (in.task == MLT_CLASSIFICATION) {
        in.labels = m->labels;
        in.predicted = labels;
        in.proba = predicted;
        in.k = mlt_model_width(model);
    } else {
        in.y = m->y;
        in.prediction = predicted;
    }
    return mlt_metrics_compute(out, &in, err);
}

mlt_status mlt_measure(mlt_metrics *out, const mlt_model *model, const mlt_dataset *data,
                       const uint32_t *rows, size_t n_rows, const mlt_context *ctx, mlt_error *err) {
    memset(out, 0, sizeof *out);
    measurement m = {0};
    mlt_status status = MLT_OK;
    MLT_TRY(check_measurable(model, data, n_rows, err));
    MLT_ALLOC_GOTO(m.out, n_rows * mlt_model_width(model), err, done);
    MLT_TRY_GOTO(gather(&m, data, rows, n_rows, err), done);
    MLT_TRY_GOTO(mlt_model_predict(m.out, m.predicted, model, data, rows, n_rows, ctx, err), done);
    status = compute(out, model, &m, n_rows, m.out, m.predicted, err);
done:
    measurement_clear(&m);
    return status;
}

/* What measuring stage after stage needs. */
typedef struct stage_measurement {
    const mlt_model *model;
    const mlt_context *ctx;
    measurement m;
    size_t n_rows, n_stages;
    double *values; /* n_stages × MLT_MAX_METRICS */
} stage_measurement;

static mlt_status measure_stage(void *user, size_t stage, const double *out, const uint32_t *labels,
                                mlt_error *err) {
    stage_measurement *s = user;
    mlt_metrics metrics;
    MLT_TRY(compute(&metrics, s->model, &s->m, s->n_rows, out, labels, err));
    memcpy(s->values + stage * MLT_MAX_METRICS, metrics.values, sizeof metrics.values);
    mlt_metrics_clear(&metrics);
    return mlt__progress(s->ctx, "measuring", stage + 1, s->n_stages)
               ? MLT_OK
               : mlt__raise(err, MLT_E_CANCELLED, "measuring was stopped");
}

mlt_status mlt_measure_stages(double **out, const mlt_model *model, const mlt_dataset *data,
                              const uint32_t *rows, size_t n_rows, const mlt_context *ctx, mlt_error *err) {
    stage_measurement s = {.model = model, .ctx = ctx, .n_rows = n_rows, .n_stages = mlt_model_stages(model)};
    mlt_stage_listener listener = {measure_stage, &s};
    mlt_status status;
    MLT_TRY(check_measurable(model, data, n_rows, err));
    MLT_ALLOC_GOTO(s.values, s.n_stages * MLT_MAX_METRICS, err, done);
    MLT_TRY_GOTO(gather(&s.m, data, rows, n_rows, err), done);
    status = mlt_model_predict_stages(model, data, rows, n_rows, &listener, ctx, err);
done:
    measurement_clear(&s.m);
    if (status == MLT_OK)
        *out = s.values;
    else
        free(s.values);
    return status;
}

void mlt_fit_result_clear(mlt_fit_result *result) {
    mlt_model_free(result->model);
    mlt_diagnostics_clear(&result->diagnostics);
    mlt_metrics_clear(&result->train);
    mlt_metrics_clear(&result->test);
    free(result->train_stages);
    free(result->test_stages);
    memset(result, 0, sizeof *result);
}

/* The fit and the measures themselves; `data` has no cells left to fill. */
static mlt_status fit_complete(mlt_fit_result *out, const mlt_fit_spec *spec, const mlt_dataset *data,
                               const mlt_split *split, const mlt_context *ctx, mlt_error *err) {
    double start = now();
    MLT_TRY(mlt_model_fit(&out->model, spec->type, spec->params, data, split->train, split->n_train,
                          spec->random_state, ctx, err));
    double fitted = now();
    out->seconds_fit = fitted - start;
    if (!spec->test_only)
        MLT_TRY(mlt_measure(&out->train, out->model, data, split->train, split->n_train, ctx, err));
    if (spec->diagnose)
        MLT_TRY(
            mlt_model_diagnose(&out->diagnostics, out->model, data, split->train, split->n_train, ctx, err));
    if (split->n_test > 0)
        MLT_TRY(mlt_measure(&out->test, out->model, data, split->test, split->n_test, ctx, err));
    out->seconds_predict = now() - fitted;
    out->n_stages = spec->staged ? mlt_model_stages(out->model) : 0;
    if (out->n_stages > 0 && !spec->test_only)
        MLT_TRY(
            mlt_measure_stages(&out->train_stages, out->model, data, split->train, split->n_train, ctx, err));
    if (out->n_stages > 0 && split->n_test > 0)
        MLT_TRY(
            mlt_measure_stages(&out->test_stages, out->model, data, split->test, split->n_test, ctx, err));
    return MLT_OK;
}

mlt_status mlt_fit_and_measure(mlt_fit_result *out, const mlt_fit_spec *spec, const mlt_dataset *data,
                               const mlt_split *split, const mlt_context *ctx, mlt_error *err) {
    memset(out, 0, sizeof *out);
    mlt_dataset *filled = NULL;
    /* Rows to be dropped were dropped when the data set was built. */
    if (spec->impute != MLT_IMPUTE_NONE && spec->impute != MLT_IMPUTE_DROP)
        MLT_TRY(mlt_dataset_impute(&filled, data, split->train, split->n_train, spec->impute, err));
    mlt_status status = fit_complete(out, spec, filled ? filled : data, split, ctx, err);
    mlt_dataset_free(filled);
    if (status != MLT_OK)
        mlt_fit_result_clear(out);
    return status;
}

/* Progress of the folds together: each counts alike. */
typedef struct fold_progress {
    const mlt_context *outer;
    size_t fold, n_folds;
} fold_progress;

enum { FOLD_STEPS = 1000 };

static bool report_fold(void *user, const char *what, size_t done, size_t total) {
    const fold_progress *p = user;
    char line[80];
    snprintf(line, sizeof line, "fold %zu of %zu: %s", p->fold + 1, p->n_folds, what);
    size_t share = total ? (size_t)(FOLD_STEPS * ((double)done / (double)total)) : 0;
    return mlt__progress(p->outer, line, p->fold * FOLD_STEPS + share, p->n_folds * FOLD_STEPS);
}

static void note_fold(void *user, const char *line) {
    const fold_progress *p = user;
    mlt__note(p->outer, "%s", line);
}

mlt_status mlt_cross_validate(mlt_fit_result *out, const mlt_fit_spec *spec, const mlt_dataset *data,
                              const mlt_split *folds, size_t n_folds, const mlt_context *ctx,
                              mlt_error *err) {
    memset(out, 0, n_folds * sizeof *out);
    fold_progress progress = {.outer = ctx, .n_folds = n_folds};
    mlt_context inner = {
        .threads = ctx ? ctx->threads : 0, .user = &progress, .note = note_fold, .progress = report_fold};
    for (size_t f = 0; f < n_folds; f++) {
        progress.fold = f;
        mlt_status status = mlt_fit_and_measure(&out[f], spec, data, &folds[f], &inner, err);
        if (status != MLT_OK) {
            for (size_t i = 0; i < f; i++)
                mlt_fit_result_clear(&out[i]);
            return status;
        }
    }
    return MLT_OK;
}

void mlt_mean_sd(const double *values, size_t n, double *mean, double *sd) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    *mean = n ? sum / (double)n : NAN;
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - *mean) * (values[i] - *mean);
    *sd = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
}
