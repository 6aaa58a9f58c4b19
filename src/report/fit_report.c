/* What `fit` found: for people, as long rows, and as JSON. */
#include "core/error.h"
#include "core/memory.h"
#include "report/coefficients.h"
#include "report/facts.h"
#include "report/log_odds.h"
#include "report/measures.h"
#include "report/trace_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COEFFICIENTS = 30 };

/* The out-of-bag score of a single fit, NaN if there is none. */
static double oob_score(const mlt_fit_report *report) {
    const mlt_model *model = report->division.folds ? NULL : report->results[0].model;
    return model ? mlt_model_view_of(model).oob_score : NAN;
}

/* What the out-of-bag score is. */
static const char *oob_metric(const mlt_fit_report *report) {
    return report->schema->task == MLT_REGRESSION ? "r2" : "accuracy";
}

/* The parts of one fit that were measured; returns how many. */
static size_t measured_parts(mlt__part parts[2], const mlt_fit_result *result) {
    parts[0] = (mlt__part){"train", &result->train};
    parts[1] = (mlt__part){"test", &result->test};
    return result->test.n > 0 ? 2 : 1;
}

/* Metric `m` of every fold's part: its values (folds, freed by the caller), mean and standard deviation. */
static mlt_status fold_values(double **values, double *mean, double *sd, const mlt_fit_report *report,
                              bool train, size_t m, mlt_error *err) {
    size_t folds = report->division.folds;
    MLT_ALLOC(*values, folds, err);
    for (size_t f = 0; f < folds; f++)
        (*values)[f] = train ? report->results[f].train.values[m] : report->results[f].test.values[m];
    mlt_mean_sd(*values, folds, mean, sd);
    return MLT_OK;
}

/* -- for people -- */

/* A row a fold, then mean and standard deviation, of the test rows. */
static mlt_status write_folds(mlt__page *page, const mlt_fit_report *report, mlt_error *err) {
    size_t n, folds = report->division.folds;
    const mlt_metric *metrics = mlt_metric_table(report->schema->task, &n);
    const char *headers[MLT_MAX_METRICS + 1] = {"fold"};
    double means[MLT_MAX_METRICS], sds[MLT_MAX_METRICS];
    for (size_t m = 0; m < n; m++) {
        double *values;
        headers[m + 1] = mlt__measure_short_name(metrics[m].key);
        MLT_TRY(fold_values(&values, &means[m], &sds[m], report, false, m, err));
        free(values);
    }
    mlt__page_heading(page, "Each fold predicted by a model of the others");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, n + 1);
    for (size_t f = 0; f < folds + 2; f++) {
        const double *values = f < folds ? report->results[f].test.values : f == folds ? means : sds;
        if (f < folds)
            mlt__table_count(&table, f + 1);
        else
            mlt__table_name(&table, f == folds ? "mean" : "sd");
        for (size_t m = 0; m < n; m++)
            mlt__table_real(&table, values[m]);
    }
    return mlt__table_finish(&table, page->out, err);
}

static mlt_status write_single(mlt__page *page, const mlt_fit_report *report, mlt_error *err) {
    mlt__part parts[2];
    size_t n = measured_parts(parts, &report->results[0]);
    mlt__page_heading(page,
                      n == 2 ? "How well it predicts the rows it was fitted on (train), and new ones (test)"
                             : "How well it predicts the rows it was fitted on");
    MLT_TRY(mlt__measures_write(page, parts, n, err));
    if (!isnan(oob_score(report))) {
        mlt__text text = {0};
        char buffer[64];
        mlt__text_add(&text,
                      "Out-of-bag %s: %s (each training row predicted by the trees that did not see it)",
                      mlt__measure_short_name(oob_metric(report)),
                      mlt__text_number(buffer, oob_score(report), page->digits));
        mlt__page_remark(page, &text);
    }
    MLT_TRY(mlt__measures_confusion(page, &parts[n - 1], report->schema, err));
    mlt_model_view view =
        report->results[0].model ? mlt_model_view_of(report->results[0].model) : (mlt_model_view){0};
    if (view.coefficient_classes)
        MLT_TRY(mlt__log_odds_write(page, &view, report->schema, MAX_COEFFICIENTS, err));
    else if (view.n_coefficients)
        MLT_TRY(mlt__coefficients_write(page, &view, report->schema->target, MAX_COEFFICIENTS, false, err));
    return MLT_OK;
}

static mlt_status write_page(FILE *out, const mlt_fit_report *report, const mlt_report_options *options,
                             mlt_error *err) {
    mlt__page page;
    mlt__page_start(&page, out, options);
    mlt__data_lines(&page, report->file, report->n, report->schema);
    mlt__text text = {0}, params = {0};
    mlt__text_add(&text, "%s", report->type->name);
    mlt__params_text(&params, report->params, report->schema->task, false);
    if (params.n)
        mlt__text_add(&text, " (%s)", params.s);
    text.failed = text.failed || params.failed;
    free(params.s);
    mlt__page_field(&page, "Model", &text);
    mlt__division_line(&page, &report->division);
    MLT_TRY(report->division.folds ? write_folds(&page, report, err) : write_single(&page, report, err));
    if (report->trace)
        MLT_TRY(mlt__trace_page(&page, report->trace, err));
    return mlt__page_finish(&page, err);
}

/* -- long rows -- */

static mlt_status fold_rows(mlt__table *table, const mlt_fit_report *report, mlt_error *err) {
    mlt__part parts[2];
    size_t n_parts = 0;
    for (size_t f = 0; f < report->division.folds; f++) {
        char fold[32];
        snprintf(fold, sizeof fold, "%zu", f + 1);
        n_parts = measured_parts(parts, &report->results[f]);
        for (size_t i = 0; i < n_parts; i++)
            mlt__measures_rows(table, report->type->name, fold, &parts[i]);
    }
    mlt_metrics means[2] = {report->results[0].train, report->results[0].test}, sds[2] = {means[0], means[1]};
    for (size_t i = 0; i < n_parts; i++)
        for (size_t m = 0; m < means[i].n_values; m++) {
            double *values;
            MLT_TRY(fold_values(&values, &means[i].values[m], &sds[i].values[m], report, i == 0, m, err));
            free(values);
        }
    for (size_t i = 0; i < n_parts; i++)
        mlt__measures_rows(table, report->type->name, "mean", &(mlt__part){parts[i].name, &means[i]});
    for (size_t i = 0; i < n_parts; i++)
        mlt__measures_rows(table, report->type->name, "sd", &(mlt__part){parts[i].name, &sds[i]});
    return MLT_OK;
}

static mlt_status write_rows(FILE *out, const mlt_fit_report *report, const mlt_report_options *options,
                             mlt_error *err) {
    static const char *const plain[] = {"model", "part", "metric", "value"};
    static const char *const folded[] = {"model", "fold", "part", "metric", "value"};
    mlt__table table;
    mlt_status status = MLT_OK;
    if (report->division.folds) {
        mlt__table_start(&table, options, folded, 5);
        status = fold_rows(&table, report, err);
        /* A table that was begun is finished, so that it is freed. */
    } else {
        mlt__table_start(&table, options, plain, 4);
        mlt__part parts[2];
        size_t n = measured_parts(parts, &report->results[0]);
        for (size_t i = 0; i < n; i++)
            mlt__measures_rows(&table, report->type->name, NULL, &parts[i]);
        if (!isnan(oob_score(report))) {
            mlt__table_name(&table, report->type->name);
            mlt__table_name(&table, "oob");
            mlt__table_name(&table, oob_metric(report));
            mlt__table_real(&table, oob_score(report));
        }
        if (report->trace)
            mlt__trace_rows(&table, report->trace);
    }
    mlt_status written = mlt__table_finish(&table, out, err);
    return status != MLT_OK ? status : written;
}

/* -- JSON -- */

/* {"accuracy":{"folds":[...],"mean":...,"sd":...},...} of the test rows. */
static mlt_status folds_json(mlt__json *json, const mlt_fit_report *report, mlt_error *err) {
    size_t n;
    const mlt_metric *metrics = mlt_metric_table(report->schema->task, &n);
    mlt__put_open(json, "cv", '{');
    for (size_t m = 0; m < n; m++) {
        double *values, mean, sd;
        MLT_TRY(fold_values(&values, &mean, &sd, report, false, m, err));
        mlt__put_open(json, metrics[m].key, '{');
        mlt__put_open(json, "folds", '[');
        for (size_t f = 0; f < report->division.folds; f++)
            mlt__put_real(json, NULL, values[f]);
        free(values);
        mlt__put_close(json, ']');
        mlt__put_real(json, "mean", mean);
        mlt__put_real(json, "sd", sd);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, '}');
    return MLT_OK;
}

static mlt_status metrics_json(mlt__json *json, const char *key, const mlt_fit_report *report,
                               mlt_error *err) {
    mlt__put_open(json, key, '{');
    if (report->division.folds) {
        MLT_TRY(folds_json(json, report, err));
    } else {
        mlt__part parts[2];
        size_t n = measured_parts(parts, &report->results[0]);
        for (size_t i = 0; i < n; i++)
            mlt__measures_json(json, parts[i].name, parts[i].metrics, report->schema);
        if (!isnan(oob_score(report)))
            mlt__put_real(json, "oob_score", oob_score(report));
    }
    mlt__put_close(json, '}');
    return MLT_OK;
}

static mlt_status write_json(FILE *out, const mlt_fit_report *report, mlt_error *err) {
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "fit");
    mlt__data_json(&json, report->file, report->n, report->schema);
    mlt__put_text(&json, "model", report->type->name);
    mlt__params_json(&json, report->params, report->schema->task);
    mlt__division_json(&json, "split", &report->division);
    MLT_TRY(metrics_json(&json, "metrics", report, err));
    const mlt_model *model = report->division.folds ? NULL : report->results[0].model;
    mlt_model_view view = model ? mlt_model_view_of(model) : (mlt_model_view){0};
    if (view.coefficients)
        mlt__coefficients_json(&json, &view);
    if (report->trace)
        mlt__trace_json(&json, "trace", report->trace);
    mlt__put_open(&json, "seconds", '{');
    mlt__put_real(&json, "load", report->seconds_load);
    mlt__put_real(&json, "fit", report->seconds_fit);
    mlt__put_close(&json, '}');
    mlt__put_close(&json, '}');
    fputc('\n', out);
    return MLT_OK;
}

mlt_status mlt_report_fit(FILE *out, const mlt_fit_report *report, const mlt_report_options *options,
                          mlt_error *err) {
    switch (options->format) {
    case MLT_FORMAT_JSON:
        return write_json(out, report, err);
    case MLT_FORMAT_CSV:
    case MLT_FORMAT_TSV:
        return write_rows(out, report, options, err);
    default:
        return write_page(out, report, options, err);
    }
}

mlt_status mlt_report_recipe(mlt_recipe *recipe, const mlt_fit_report *report, mlt_error *err) {
    size_t size;
    FILE *out = open_memstream(&recipe->split, &size);
    if (!out)
        return mlt__raise_nomem(err, 1);
    mlt__division_json(&(mlt__json){.out = out}, NULL, &report->division);
    if (fclose(out) != 0)
        return mlt__raise_nomem(err, size);
    out = open_memstream(&recipe->metrics, &size);
    if (!out)
        return mlt__raise_nomem(err, 1);
    mlt_status status = metrics_json(&(mlt__json){.out = out}, NULL, report, err);
    if (fclose(out) != 0 && status == MLT_OK)
        return mlt__raise_nomem(err, size);
    return status;
}
