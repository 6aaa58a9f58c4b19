/* Which of several models is best: the ranking in every format, and what it means in one sentence. */
#include "core/error.h"
#include "report/facts.h"
#include "report/measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How a model stands to the best one. */
typedef enum verdict { BEST, DIFFERS, UNCLEAR, UNTESTED, FAILED } verdict;

static const char *const VERDICTS[] = {"best", "differs", "unclear", "untested", "failed"};

static verdict verdict_of(const mlt_comparison *comparison, size_t rank) {
    const mlt_contender *c = &comparison->ranking[rank];
    if (c->failure)
        return FAILED;
    if (rank == 0)
        return BEST;
    if (isnan(c->p_holm))
        return UNTESTED;
    return c->p_holm < MLT_SIGNIFICANCE ? DIFFERS : UNCLEAR;
}

static const mlt_metric *metric_of(const mlt_comparison_report *report) {
    size_t n;
    return &mlt_metric_table(report->schema->task, &n)[report->comparison->metric];
}

static const char *label_at(const mlt_comparison_report *report, size_t rank) {
    return report->labels[report->comparison->ranking[rank].model];
}

/* -- the sentence -- */

static size_t count_verdict(const mlt_comparison *comparison, verdict wanted) {
    size_t count = 0;
    for (size_t i = 0; i < comparison->n; i++)
        count += verdict_of(comparison, i) == wanted;
    return count;
}

/* "tree, bagging and adaboost" */
static void add_labels(mlt__text *out, const mlt_comparison_report *report, verdict wanted) {
    size_t n = count_verdict(report->comparison, wanted), said = 0;
    for (size_t i = 0; i < report->comparison->n; i++) {
        if (verdict_of(report->comparison, i) != wanted)
            continue;
        said++;
        mlt__text_add(out, said == 1 ? "" : said == n ? " and " : ", ");
        mlt__text_add_name(out, label_at(report, i));
    }
}

/* Of one split: "tree and bagging have the highest accuracy on these 36 test rows, but ..." */
static void add_single(mlt__text *out, const mlt_comparison_report *report, const char *which) {
    const mlt_comparison *comparison = report->comparison;
    size_t n = 1;
    while (n < comparison->n && comparison->ranking[n].difference == 0)
        n++;
    for (size_t i = 0; i < n; i++) {
        mlt__text_add(out, i == 0 ? "" : i + 1 == n ? " and " : ", ");
        mlt__text_add_name(out, label_at(report, i));
    }
    mlt__text_add(out, " %s %s on ", n == 1 ? "has" : "have", which);
    mlt__text_add_count(out, report->division.n_test, "test row");
    mlt__text_add(out, ", but a single test cannot tell a real difference from chance; --cv 10 can.");
}

/* What the table says, in one sentence without technical terms. */
static void add_sentence(mlt__text *out, const mlt_comparison_report *report) {
    const mlt_comparison *comparison = report->comparison;
    const mlt_metric *metric = metric_of(report);
    size_t differ = count_verdict(comparison, DIFFERS), alike = count_verdict(comparison, UNCLEAR);
    if (isnan(comparison->ranking[0].mean)) {
        mlt__text_add(out,
                      "There is no best one, since %s is not defined on some of the test rows; "
                      "choose another --metric, fewer folds, or --stratify.",
                      metric->name);
        return;
    }
    char which[60];
    snprintf(which, sizeof which, "the %s %s%s", metric->greater_is_better ? "highest" : "lowest",
             comparison->n_splits > 1 ? "mean " : "", metric->name);
    if (comparison->n_splits == 1) {
        add_single(out, report, which);
        return;
    }
    mlt__text_add_name(out, label_at(report, 0));
    mlt__text_add(out, " has %s", which);
    if (differ) {
        mlt__text_add(out, ", and its lead over ");
        add_labels(out, report, DIFFERS);
        mlt__text_add(out, " is more than chance explains");
    }
    if (alike) {
        mlt__text_add(out, differ ? "; " : ", but ");
        add_labels(out, report, UNCLEAR);
        mlt__text_add(out, " cannot be told apart from it: %s may be chance",
                      alike == 1 ? "the difference" : "the differences");
    }
    mlt__text_add(out, ".");
}

/* -- for people -- */

static mlt_status write_ranking(mlt__page *page, const mlt_comparison_report *report, mlt_error *err) {
    static const char *const folds[] = {"", "model", "mean", "sd", "to best", "p", "fit", "predict"};
    static const char *const single[] = {"", "model", "value", "to best", "fit", "predict"};
    const mlt_comparison *comparison = report->comparison;
    bool several = comparison->n_splits > 1;
    mlt__table table;
    mlt__table_start(&table, page->options, several ? folds : single, several ? 8 : 6);
    for (size_t i = 0; i < comparison->n; i++) {
        const mlt_contender *c = &comparison->ranking[i];
        if (c->failure)
            continue;
        mlt__table_count(&table, i + 1);
        mlt__table_name(&table, label_at(report, i));
        mlt__table_real(&table, c->mean);
        if (several)
            mlt__table_rough(&table, c->sd);
        if (i == 0)
            mlt__table_blank(&table);
        else
            mlt__table_rough(&table, c->difference);
        if (several && i == 0)
            mlt__table_blank(&table);
        else if (several)
            mlt__table_rough(&table, c->p_holm);
        mlt__table_rough(&table, 1e3 * c->seconds_fit);
        mlt__table_rough(&table, 1e3 * c->seconds_predict);
    }
    return mlt__table_finish(&table, page->out, err);
}

static void write_failures(mlt__page *page, const mlt_comparison_report *report) {
    const mlt_comparison *comparison = report->comparison;
    for (size_t i = 0; i < comparison->n; i++) {
        const mlt_score *failure = comparison->ranking[i].failure;
        if (!failure)
            continue;
        mlt__text text = {0};
        mlt__text_add_name(&text, label_at(report, i));
        mlt__text_add(&text, " is left out, since it could not be fitted: ");
        mlt__text_add_name(&text, failure->message);
        mlt__page_remark(page, &text);
    }
}

static mlt_status write_page(FILE *out, const mlt_comparison_report *report,
                             const mlt_report_options *options, mlt_error *err) {
    const mlt_comparison *comparison = report->comparison;
    const mlt_metric *metric = metric_of(report);
    mlt__page page;
    mlt__page_start(&page, out, options);
    mlt__data_lines(&page, report->file, report->n, report->schema);
    mlt__division_line(&page, &report->division);
    mlt__page_heading(&page, "Models by %s, best first (%s is better; times in ms)", metric->name,
                      metric->greater_is_better ? "more" : "less");
    MLT_TRY(write_ranking(&page, report, err));
    mlt__text text = {0};
    add_sentence(&text, report);
    mlt__page_remark(&page, &text);
    if (count_verdict(comparison, DIFFERS) + count_verdict(comparison, UNCLEAR) > 0) {
        char buffer[64];
        mlt__text_add(
            &text,
            "p: how often chance alone would make a difference to the best as large as this; below %s "
            "it counts as real (corrected resampled t-test, adjusted by Holm's method).",
            mlt_format_double(buffer, MLT_SIGNIFICANCE));
        mlt__page_remark(&page, &text);
    }
    write_failures(&page, report);
    return mlt__page_finish(&page, err);
}

/* -- rows -- */

static mlt_status write_rows(FILE *out, const mlt_comparison_report *report,
                             const mlt_report_options *options, mlt_error *err) {
    static const char *const headers[] = {
        "rank",    "model",       "metric",          "mean", "sd", "difference", "t", "p", "p_holm",
        "verdict", "fit_seconds", "predict_seconds", "error"};
    const mlt_comparison *comparison = report->comparison;
    mlt__table table;
    mlt__table_start(&table, options, headers, sizeof headers / sizeof *headers);
    for (size_t i = 0; i < comparison->n; i++) {
        const mlt_contender *c = &comparison->ranking[i];
        const double numbers[] = {c->mean, c->sd, c->difference, c->t, c->p, c->p_holm};
        if (c->failure)
            mlt__table_blank(&table);
        else
            mlt__table_count(&table, i + 1);
        mlt__table_name(&table, label_at(report, i));
        mlt__table_name(&table, metric_of(report)->key);
        for (size_t m = 0; m < sizeof numbers / sizeof *numbers; m++)
            mlt__table_real(&table, numbers[m]);
        mlt__table_name(&table, VERDICTS[verdict_of(comparison, i)]);
        mlt__table_real(&table, c->seconds_fit);
        mlt__table_real(&table, c->seconds_predict);
        mlt__table_name(&table, c->failure ? c->failure->message : "");
    }
    return mlt__table_finish(&table, out, err);
}

/* -- JSON -- */

static mlt_status contender_json(mlt__json *json, const mlt_comparison_report *report, size_t rank,
                                 mlt_error *err) {
    const mlt_contender *c = &report->comparison->ranking[rank];
    const mlt_fit_spec *spec = &report->specs[c->model];
    mlt__put_open(json, NULL, '{');
    if (!c->failure)
        mlt__put_count(json, "rank", rank + 1);
    mlt__put_text(json, "label", label_at(report, rank));
    mlt__put_text(json, "model", spec->type->name);
    mlt__params_json(json, spec->params, report->schema->task);
    mlt__put_text(json, "verdict", VERDICTS[verdict_of(report->comparison, rank)]);
    if (c->failure) {
        mlt__put_text(json, "error", c->failure->message);
    } else {
        mlt__put_real(json, "mean", c->mean);
        mlt__put_real(json, "sd", c->sd);
        mlt__put_real(json, "difference", c->difference);
        mlt__put_real(json, "t", c->t);
        mlt__put_real(json, "p", c->p);
        mlt__put_real(json, "p_holm", c->p_holm);
        size_t n = report->comparison->n_splits;
        MLT_TRY(mlt__scores_json(json, "metrics", report->scores + c->model * n, n, report->schema->task,
                                 false, err));
        mlt__seconds_json(json, c->seconds_fit, c->seconds_predict);
    }
    mlt__put_close(json, '}');
    return MLT_OK;
}

static mlt_status write_json(FILE *out, const mlt_comparison_report *report, mlt_error *err) {
    const mlt_metric *metric = metric_of(report);
    mlt__json json = {.out = out};
    mlt__text sentence = {0};
    add_sentence(&sentence, report);
    if (sentence.failed) {
        free(sentence.s);
        return mlt__raise_nomem(err, sentence.capacity * 2);
    }
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "compare");
    mlt__data_json(&json, report->file, report->n, report->schema);
    mlt__division_json(&json, "split", &report->division);
    mlt__put_text(&json, "metric", metric->key);
    mlt__put_bool(&json, "greater_is_better", metric->greater_is_better);
    mlt__put_text(&json, "summary", sentence.s);
    free(sentence.s);
    mlt__put_open(&json, "models", '[');
    for (size_t i = 0; i < report->comparison->n; i++)
        MLT_TRY(contender_json(&json, report, i, err));
    mlt__put_close(&json, ']');
    mlt__put_open(&json, "seconds", '{');
    mlt__put_real(&json, "load", report->seconds_load);
    mlt__put_real(&json, "compare", report->seconds_compare);
    mlt__put_close(&json, '}');
    mlt__put_close(&json, '}');
    fputc('\n', out);
    return MLT_OK;
}

mlt_status mlt_report_comparison(FILE *out, const mlt_comparison_report *report,
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
