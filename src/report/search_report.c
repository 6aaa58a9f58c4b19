/* The best of many parameter sets: for people, as rows, as JSON. */
#include "core/error.h"
#include "core/memory.h"
#include "report/facts.h"
#include "report/measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SHOWN = 10, MAX_VALUES = 8 };

static const mlt_metric *metric_of(const mlt_search_report *report) {
    size_t n;
    return &mlt_metric_table(report->schema->task, &n)[report->search->metric];
}

static const mlt_params *params_of(const mlt_search_report *report, const mlt_trial *trial) {
    return &report->candidates->items[trial->candidate];
}

static const char *value_of(const mlt_search_report *report, const mlt_trial *trial, size_t axis) {
    return mlt_params_get(params_of(report, trial), report->axes[axis].name)->text;
}

/* -- for people -- */

/* "max-depth 1, 2, 3" or "learning-rate 0.01..1 (by powers)" */
static void add_axis(mlt__text *out, const mlt_axis *axis) {
    char low[32], high[32];
    mlt__text_add(out, "%s ", axis->name);
    if (axis->values)
        mlt__join_names(out, axis->values, axis->n, MAX_VALUES);
    else
        mlt__text_add(out, "%s to %s%s", mlt_format_double(low, axis->low),
                      mlt_format_double(high, axis->high), axis->log ? " by powers" : "");
}

static void write_search_line(mlt__page *page, const mlt_search_report *report) {
    const mlt_search *search = report->search;
    mlt__text text = {0};
    mlt__text_add_count(&text, report->candidates->n, "candidate");
    mlt__text_add(&text, "%s: ", report->random ? " at random" : "");
    for (size_t a = 0; a < report->n_axes; a++) {
        mlt__text_add(&text, a ? " × " : "");
        add_axis(&text, &report->axes[a]);
    }
    if (report->halving) {
        mlt__text_add(&text, "; by halving, ");
        mlt__text_add_count(&text, search->n_rounds, "round");
        size_t least = search->trials[0].rows;
        for (size_t i = 0; i < search->n; i++)
            least = search->trials[i].rows < least ? search->trials[i].rows : least;
        mlt__text_add(&text, " of %zu to %zu rows", least, search->trials[0].rows);
    }
    mlt__page_field(page, "Search", &text);
}

static mlt_status write_trials(mlt__page *page, const mlt_search_report *report, mlt_error *err) {
    const mlt_search *search = report->search;
    const char *headers[MLT_MAX_PARAMS + 6] = {""};
    size_t columns = 1;
    if (report->halving)
        headers[columns++] = "rows";
    for (size_t a = 0; a < report->n_axes; a++)
        headers[columns++] = report->axes[a].name;
    headers[columns++] = "mean";
    headers[columns++] = "sd";
    headers[columns++] = "fit";
    headers[columns++] = "predict";
    mlt__table table;
    mlt__table_start(&table, page->options, headers, columns);
    for (size_t i = 0; i < search->n && i < MAX_SHOWN && !search->trials[i].failure; i++) {
        const mlt_trial *trial = &search->trials[i];
        mlt__table_count(&table, i + 1);
        if (report->halving)
            mlt__table_count(&table, trial->rows);
        for (size_t a = 0; a < report->n_axes; a++)
            mlt__table_name(&table, value_of(report, trial, a));
        mlt__table_real(&table, trial->mean);
        mlt__table_rough(&table, trial->sd);
        mlt__table_rough(&table, 1e3 * trial->seconds_fit);
        mlt__table_rough(&table, 1e3 * trial->seconds_predict);
    }
    return mlt__table_finish(&table, page->out, err);
}

/* What is not shown, what failed, and how much a best score may be trusted. */
static void write_remarks(mlt__page *page, const mlt_search_report *report) {
    const mlt_search *search = report->search;
    size_t failed = 0;
    mlt__text text = {0};
    while (failed < search->n && search->trials[search->n - 1 - failed].failure)
        failed++;
    if (search->n - failed > MAX_SHOWN) {
        mlt__text_add(&text, "%zu more are in --format csv.", search->n - failed - MAX_SHOWN);
        mlt__page_remark(page, &text);
    }
    if (failed) {
        mlt__text_add_count(&text, failed, "candidate");
        mlt__text_add(&text, " could not be fitted%s: ", failed > 1 ? ", the first" : "");
        mlt__text_add_name(&text, search->trials[search->n - failed].failure->message);
        mlt__page_remark(page, &text);
    }
    mlt__text_add(&text, "Best: --model %s", report->type->name);
    for (size_t a = 0; a < report->n_axes; a++)
        mlt__text_add(&text, " --%s %s", report->axes[a].name, value_of(report, &search->trials[0], a));
    mlt__page_remark(page, &text);
    if (report->candidates->n > 1) {
        mlt__text_add(&text, "The best of many scores is partly luck: expect a little less on new rows.");
        mlt__page_remark(page, &text);
    }
}

static mlt_status write_page(FILE *out, const mlt_search_report *report, const mlt_report_options *options,
                             mlt_error *err) {
    const mlt_metric *metric = metric_of(report);
    mlt__page page;
    mlt__text text = {0};
    mlt__page_start(&page, out, options);
    mlt__data_lines(&page, report->file, report->n, report->schema);
    mlt__text_add(&text, "%s", report->type->name);
    mlt__page_field(&page, "Model", &text);
    write_search_line(&page, report);
    mlt__division_line(&page, &report->division);
    mlt__page_heading(&page, "Candidates by %s, best first (%s is better; times in ms)", metric->name,
                      metric->greater_is_better ? "more" : "less");
    MLT_TRY(write_trials(&page, report, err));
    write_remarks(&page, report);
    return mlt__page_finish(&page, err);
}

/* -- rows -- */

/* The headers: malloc'ed, those of the splits with their texts behind them in `names`. */
static mlt_status make_headers(const char ***out, char **names, size_t *columns,
                               const mlt_search_report *report, mlt_error *err) {
    enum { NAME = 32 };
    static const char *const before[] = {"rank", "round", "rows"};
    static const char *const after[] = {"metric", "mean", "sd", "fit_seconds", "predict_seconds", "error"};
    size_t n_splits = report->search->n_splits, n = 0;
    MLT_ALLOC(*out, 3 + report->n_axes + 6 + n_splits, err);
    *names = mlt__alloc(n_splits, NAME);
    if (!*names)
        return mlt__raise_nomem(err, n_splits * NAME);
    for (size_t i = 0; i < 3; i++)
        (*out)[n++] = before[i];
    for (size_t a = 0; a < report->n_axes; a++)
        (*out)[n++] = report->axes[a].name;
    for (size_t i = 0; i < 6; i++)
        (*out)[n++] = after[i];
    for (size_t s = 0; s < n_splits; s++) {
        snprintf(*names + s * NAME, NAME, "test_%zu", s + 1);
        (*out)[n++] = *names + s * NAME;
    }
    *columns = n;
    return MLT_OK;
}

static void add_row(mlt__table *table, const mlt_search_report *report, size_t i) {
    const mlt_trial *trial = &report->search->trials[i];
    if (trial->failure)
        mlt__table_blank(table);
    else
        mlt__table_count(table, i + 1);
    mlt__table_count(table, trial->round + 1);
    mlt__table_count(table, trial->rows);
    for (size_t a = 0; a < report->n_axes; a++)
        mlt__table_name(table, value_of(report, trial, a));
    mlt__table_name(table, metric_of(report)->key);
    mlt__table_real(table, trial->mean);
    mlt__table_real(table, trial->sd);
    mlt__table_real(table, trial->seconds_fit);
    mlt__table_real(table, trial->seconds_predict);
    mlt__table_name(table, trial->failure ? trial->failure->message : "");
    for (size_t s = 0; s < report->search->n_splits; s++)
        mlt__table_real(table, trial->scores[s].values[report->search->metric]);
}

static mlt_status write_rows(FILE *out, const mlt_search_report *report, const mlt_report_options *options,
                             mlt_error *err) {
    const char **headers = NULL;
    char *names = NULL;
    size_t columns = 0;
    mlt_status status = make_headers(&headers, &names, &columns, report, err);
    if (status == MLT_OK) {
        mlt__table table;
        mlt__table_start(&table, options, headers, columns);
        for (size_t i = 0; i < report->search->n; i++)
            add_row(&table, report, i);
        status = mlt__table_finish(&table, out, err);
    }
    free(headers);
    free(names);
    return status;
}

/* -- JSON -- */

static mlt_status trial_json(mlt__json *json, const mlt_search_report *report, size_t i, mlt_error *err) {
    const mlt_trial *trial = &report->search->trials[i];
    mlt__put_open(json, NULL, '{');
    if (!trial->failure)
        mlt__put_count(json, "rank", i + 1);
    mlt__put_count(json, "round", trial->round + 1);
    mlt__put_count(json, "rows", trial->rows);
    mlt__params_json(json, params_of(report, trial), report->schema->task);
    if (trial->failure) {
        mlt__put_text(json, "error", trial->failure->message);
    } else {
        mlt__put_real(json, "mean", trial->mean);
        mlt__put_real(json, "sd", trial->sd);
        MLT_TRY(mlt__scores_json(json, "metrics", trial->scores, report->search->n_splits,
                                 report->schema->task, false, err));
        mlt__seconds_json(json, trial->seconds_fit, trial->seconds_predict);
    }
    mlt__put_close(json, '}');
    return MLT_OK;
}

static mlt_status write_json(FILE *out, const mlt_search_report *report, mlt_error *err) {
    const mlt_metric *metric = metric_of(report);
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "tune");
    mlt__data_json(&json, report->file, report->n, report->schema);
    mlt__put_text(&json, "model", report->type->name);
    mlt__division_json(&json, "split", &report->division);
    mlt__put_open(&json, "search", '{');
    mlt__put_count(&json, "candidates", report->candidates->n);
    mlt__put_bool(&json, "random", report->random);
    mlt__put_bool(&json, "halving", report->halving);
    mlt__put_count(&json, "rounds", report->search->n_rounds);
    mlt__put_close(&json, '}');
    mlt__put_text(&json, "metric", metric->key);
    mlt__put_bool(&json, "greater_is_better", metric->greater_is_better);
    mlt__put_open(&json, "best", '{');
    mlt__params_json(&json, params_of(report, &report->search->trials[0]), report->schema->task);
    mlt__put_real(&json, "mean", report->search->trials[0].mean);
    mlt__put_close(&json, '}');
    mlt__put_open(&json, "trials", '[');
    for (size_t i = 0; i < report->search->n; i++)
        MLT_TRY(trial_json(&json, report, i, err));
    mlt__put_close(&json, ']');
    mlt__put_open(&json, "seconds", '{');
    mlt__put_real(&json, "load", report->seconds_load);
    mlt__put_real(&json, "search", report->seconds_search);
    mlt__put_close(&json, '}');
    mlt__put_close(&json, '}');
    fputc('\n', out);
    return MLT_OK;
}

mlt_status mlt_report_search(FILE *out, const mlt_search_report *report, const mlt_report_options *options,
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

mlt_status mlt_report_search_recipe(mlt_recipe *recipe, const mlt_search_report *report, mlt_error *err) {
    const mlt_search *search = report->search;
    size_t size;
    MLT_TRY(mlt__division_text(&recipe->split, &report->division, err));
    FILE *out = open_memstream(&recipe->metrics, &size);
    if (!out)
        return mlt__raise_nomem(err, 1);
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt_status status = mlt__scores_json(&json, "cv", search->trials[0].scores, search->n_splits,
                                         report->schema->task, false, err);
    mlt__put_close(&json, '}');
    if (fclose(out) != 0 && status == MLT_OK)
        return mlt__raise_nomem(err, size);
    return status;
}
