/* The learning curve: for people, as rows, as JSON. */
#include "core/error.h"
#include "core/memory.h"
#include "report/facts.h"
#include "report/measures.h"

#include <math.h>
#include <stdlib.h>

enum { PARTS = 2 };

static const char *const PART_NAMES[PARTS] = {"train", "test"};

/* Mean and standard deviation over the splits of metric `m`; part 0 trains, 1 tests. */
static mlt_status summarise(double *mean, double *sd, const mlt_curve_report *report, size_t point,
                            size_t part, size_t m, mlt_error *err) {
    size_t n = report->curve->n_splits;
    const mlt_score *scores = report->curve->points[point].scores;
    double *values;
    MLT_ALLOC(values, n, err);
    for (size_t s = 0; s < n; s++)
        values[s] = part ? scores[s].values[m] : scores[s].train[m];
    mlt_mean_sd(values, n, mean, sd);
    free(values);
    return MLT_OK;
}

/* Why a point has no numbers: the first split's reason, or NULL. */
static const char *failure_of(const mlt_curve_report *report, size_t point) {
    for (size_t s = 0; s < report->curve->n_splits; s++)
        if (report->curve->points[point].scores[s].status != MLT_OK)
            return report->curve->points[point].scores[s].message;
    return NULL;
}

/* -- for people -- */

static mlt_status write_points(mlt__page *page, const mlt_curve_report *report, mlt_error *err) {
    static const char *const folds[] = {"rows", "train", "test", "sd of test"};
    size_t n_metrics, m = (size_t)(report->metric - mlt_metric_table(report->schema->task, &n_metrics));
    bool several = report->curve->n_splits > 1;
    mlt__table table;
    mlt_status status = MLT_OK;
    mlt__table_start(&table, page->options, folds, several ? 4 : 3);
    for (size_t p = 0; p < report->curve->n && status == MLT_OK; p++) {
        double mean[PARTS] = {NAN, NAN}, sd[PARTS] = {NAN, NAN};
        for (size_t part = 0; part < PARTS && status == MLT_OK; part++)
            status = summarise(&mean[part], &sd[part], report, p, part, m, err);
        mlt__table_count(&table, report->curve->points[p].rows);
        mlt__table_real(&table, mean[0]);
        mlt__table_real(&table, mean[1]);
        if (several)
            mlt__table_rough(&table, sd[1]);
    }
    mlt_status written = mlt__table_finish(&table, page->out, err);
    return status != MLT_OK ? status : written;
}

static mlt_status write_page(FILE *out, const mlt_curve_report *report, const mlt_report_options *options,
                             mlt_error *err) {
    mlt__page page;
    mlt__text text = {0};
    mlt__page_start(&page, out, options);
    mlt__data_lines(&page, report->file, report->n, report->schema);
    mlt__model_line(&page, report->type, report->params, report->schema->task);
    mlt__division_line(&page, &report->division);
    mlt__page_heading(&page, "Fitted to so many rows: %s (%s is better)", report->metric->name,
                      report->metric->greater_is_better ? "more" : "less");
    MLT_TRY(write_points(&page, report, err));
    for (size_t p = 0; p < report->curve->n; p++) {
        if (!failure_of(report, p))
            continue;
        mlt__text_add(&text, "With %zu rows it could not be fitted: ", report->curve->points[p].rows);
        mlt__text_add_name(&text, failure_of(report, p));
        mlt__page_remark(&page, &text);
    }
    mlt__text_add(&text,
                  "If test still gets better towards the end, more rows would help. Where train is much "
                  "better than test, the model has learned its rows by heart.");
    mlt__page_remark(&page, &text);
    return mlt__page_finish(&page, err);
}

/* -- rows -- */

static mlt_status write_rows(FILE *out, const mlt_curve_report *report, const mlt_report_options *options,
                             mlt_error *err) {
    static const char *const headers[] = {"model", "share", "rows", "part", "metric", "mean", "sd"};
    size_t n_metrics;
    const mlt_metric *metrics = mlt_metric_table(report->schema->task, &n_metrics);
    mlt__table table;
    mlt_status status = MLT_OK;
    mlt__table_start(&table, options, headers, 7);
    for (size_t p = 0; p < report->curve->n; p++)
        for (size_t part = 0; part < PARTS; part++)
            for (size_t m = 0; m < n_metrics && status == MLT_OK; m++) {
                double mean = NAN, sd = NAN;
                status = summarise(&mean, &sd, report, p, part, m, err);
                mlt__table_name(&table, report->type->name);
                mlt__table_real(&table, report->curve->points[p].share);
                mlt__table_count(&table, report->curve->points[p].rows);
                mlt__table_name(&table, PART_NAMES[part]);
                mlt__table_name(&table, metrics[m].key);
                mlt__table_real(&table, mean);
                mlt__table_real(&table, sd);
            }
    mlt_status written = mlt__table_finish(&table, out, err);
    return status != MLT_OK ? status : written;
}

/* -- JSON -- */

static mlt_status write_json(FILE *out, const mlt_curve_report *report, mlt_error *err) {
    size_t n = report->curve->n_splits;
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "fit");
    mlt__data_json(&json, report->file, report->n, report->schema);
    mlt__put_text(&json, "model", report->type->name);
    mlt__params_json(&json, report->params, report->schema->task);
    mlt__division_json(&json, "split", &report->division);
    mlt__put_open(&json, "learning_curve", '[');
    for (size_t p = 0; p < report->curve->n; p++) {
        const mlt_curve_point *point = &report->curve->points[p];
        mlt__put_open(&json, NULL, '{');
        mlt__put_real(&json, "share", point->share);
        mlt__put_count(&json, "rows", point->rows);
        MLT_TRY(mlt__scores_json(&json, "train", point->scores, n, report->schema->task, true, err));
        MLT_TRY(mlt__scores_json(&json, "test", point->scores, n, report->schema->task, false, err));
        if (failure_of(report, p))
            mlt__put_text(&json, "error", failure_of(report, p));
        mlt__put_close(&json, '}');
    }
    mlt__put_close(&json, ']');
    mlt__put_open(&json, "seconds", '{');
    mlt__put_real(&json, "load", report->seconds_load);
    mlt__put_close(&json, '}');
    mlt__put_close(&json, '}');
    fputc('\n', out);
    return MLT_OK;
}

mlt_status mlt_report_learning_curve(FILE *out, const mlt_curve_report *report,
                                     const mlt_report_options *options, mlt_error *err) {
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
