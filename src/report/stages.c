/* The measures of an ensemble after each of its members. */
#include "report/stages.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_SHOWN = 20, PARTS = 2 };

static const char *const PART_NAMES[PARTS] = {"train", "test"};

bool mlt__is_staged(const mlt_fit_report *report) {
    return !report->division.folds && report->results[0].n_stages > 0;
}

/* Stages × MLT_MAX_METRICS; NULL if the part was not measured. */
static const double *part_of(const mlt_fit_report *report, size_t part) {
    return part ? report->results[0].test_stages : report->results[0].train_stages;
}

/* Place of the report's metric. */
static size_t place_of(const mlt_fit_report *report) {
    size_t n;
    return (size_t)(report->metric - mlt_metric_table(report->schema->task, &n));
}

/* "trees", or "members" where they are something else. */
static const char *noun_of(const mlt_fit_report *report) {
    const mlt_model *model = report->results[0].model;
    return model && mlt_model_view_of(model).n_members ? "members" : "trees";
}

/* The first stage whose value none surpasses; SIZE_MAX if no value is defined. */
static size_t best_stage(const mlt_fit_report *report, const double *values) {
    size_t best = SIZE_MAX, m = place_of(report);
    for (size_t s = 0; s < report->results[0].n_stages; s++) {
        double value = values[s * MLT_MAX_METRICS + m];
        double least = best == SIZE_MAX ? NAN : values[best * MLT_MAX_METRICS + m];
        if (!isnan(value) &&
            (best == SIZE_MAX || (report->metric->greater_is_better ? value > least : value < least)))
            best = s;
    }
    return best;
}

static void write_best(mlt__page *page, const mlt_fit_report *report, const double *test) {
    size_t n = report->results[0].n_stages, m = place_of(report), best = best_stage(report, test);
    char buffer[64], last[64];
    mlt__text text = {0};
    if (best == SIZE_MAX)
        return;
    mlt__text_add(&text, "The best test %s is %s, first after %zu of the %zu %s", report->metric->name,
                  mlt__text_number(buffer, test[best * MLT_MAX_METRICS + m], page->digits), best + 1, n,
                  noun_of(report));
    if (best + 1 < n)
        mlt__text_add(&text, "; after all of them it is %s",
                      mlt__text_number(last, test[(n - 1) * MLT_MAX_METRICS + m], page->digits));
    mlt__text_add(&text, ".");
    mlt__page_remark(page, &text);
}

mlt_status mlt__stages_write(mlt__page *page, const mlt_fit_report *report, mlt_error *err) {
    const char *headers[PARTS + 1] = {noun_of(report)};
    size_t n = report->results[0].n_stages, step = (n + MAX_SHOWN - 1) / MAX_SHOWN, columns = 1;
    mlt__table table;
    for (size_t part = 0; part < PARTS; part++)
        if (part_of(report, part))
            headers[columns++] = PART_NAMES[part];
    mlt__page_heading(page, "After each of its %s: %s (%s is better)%s", noun_of(report),
                      report->metric->name, report->metric->greater_is_better ? "more" : "less",
                      step > 1 ? "; --format csv has every one" : "");
    mlt__table_start(&table, page->options, headers, columns);
    for (size_t s = 0; s < n; s++) {
        if (s > 0 && s + 1 < n && (s + 1) % step)
            continue;
        mlt__table_count(&table, s + 1);
        for (size_t part = 0; part < PARTS; part++)
            if (part_of(report, part))
                mlt__table_real(&table, part_of(report, part)[s * MLT_MAX_METRICS + place_of(report)]);
    }
    if (mlt__table_finish(&table, page->out, err) != MLT_OK)
        return MLT_E_NOMEM;
    if (part_of(report, 1))
        write_best(page, report, part_of(report, 1));
    return MLT_OK;
}

void mlt__stages_rows(mlt__table *table, const mlt_fit_report *report) {
    size_t n_metrics;
    const mlt_metric *metrics = mlt_metric_table(report->schema->task, &n_metrics);
    for (size_t s = 0; s < report->results[0].n_stages; s++)
        for (size_t part = 0; part < PARTS; part++)
            for (size_t m = 0; m < n_metrics && part_of(report, part); m++) {
                mlt__table_name(table, report->type->name);
                mlt__table_count(table, s + 1);
                mlt__table_name(table, PART_NAMES[part]);
                mlt__table_name(table, metrics[m].key);
                mlt__table_real(table, part_of(report, part)[s * MLT_MAX_METRICS + m]);
            }
}

void mlt__stages_json(mlt__json *json, const mlt_fit_report *report) {
    size_t n_metrics;
    const mlt_metric *metrics = mlt_metric_table(report->schema->task, &n_metrics);
    mlt__put_open(json, "stages", '[');
    for (size_t s = 0; s < report->results[0].n_stages; s++) {
        mlt__put_open(json, NULL, '{');
        mlt__put_count(json, "members", s + 1);
        for (size_t part = 0; part < PARTS; part++) {
            if (!part_of(report, part))
                continue;
            mlt__put_open(json, PART_NAMES[part], '{');
            for (size_t m = 0; m < n_metrics; m++)
                mlt__put_real(json, metrics[m].key, part_of(report, part)[s * MLT_MAX_METRICS + m]);
            mlt__put_close(json, '}');
        }
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}
