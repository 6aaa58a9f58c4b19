/* Importances by impurity and by permutation, side by side. */
#include "report/importances.h"

#include "core/error.h"
#include "core/memory.h"
#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FEATURES = 20 };

typedef struct ordering {
    const double *values, *ties;
} ordering;

/* Descending, NaN last: −1, 0 or 1. */
static int compare(double x, double y) {
    if (isnan(x) || isnan(y))
        return (isnan(x) != 0) - (isnan(y) != 0);
    return (x < y) - (x > y);
}

static int by_value(const void *a, const void *b, void *by) {
    const ordering *how = by;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    int order = compare(how->values[i], how->values[j]);
    if (order == 0 && how->ties)
        order = compare(how->ties[i], how->ties[j]);
    return order ? order : (i > j) - (i < j);
}

mlt_status mlt__descending_order(size_t **out, const double *values, const double *ties, size_t p,
                                 mlt_error *err) {
    size_t *order;
    MLT_ALLOC(order, p, err);
    for (size_t j = 0; j < p; j++)
        order[j] = j;
    qsort_r(order, p, sizeof *order, by_value, &(ordering){values, ties});
    *out = order;
    return MLT_OK;
}

/* What is reported. */
typedef struct importance_report {
    const char *file, *data;
    const mlt_model *model;
    const mlt_schema *schema;
    mlt_model_view view;
    const mlt_permutation *permutation;
    size_t *order; /* p, owned */
} importance_report;

static const char *disagreement_name(mlt_disagreement disagreement) {
    static const char *const names[] = {
        [MLT_AGREE] = "", [MLT_OVERRATED] = "overrated", [MLT_UNDERRATED] = "underrated"};
    return names[disagreement];
}

static mlt_disagreement disagreement_of(const importance_report *r, size_t j) {
    return r->permutation && r->view.importances
               ? mlt_permutation_disagrees(r->permutation, r->view.importances, j)
               : MLT_AGREE;
}

static void add_names(mlt__text *text, const importance_report *r, mlt_disagreement wanted) {
    bool first = true;
    for (size_t i = 0; i < r->schema->p; i++)
        if (disagreement_of(r, r->order[i]) == wanted) {
            mlt__text_add(text, first ? "" : ", ");
            mlt__text_add_name(text, r->schema->features[r->order[i]].name);
            first = false;
        }
}

static bool any(const importance_report *r, mlt_disagreement wanted) {
    for (size_t j = 0; j < r->schema->p; j++)
        if (disagreement_of(r, j) == wanted)
            return true;
    return false;
}

static void write_disagreements(mlt__page *page, const importance_report *r) {
    mlt__text text = {0};
    if (any(r, MLT_OVERRATED)) {
        mlt__text_add(&text, "Mind: the trees ask of ");
        add_names(&text, r, MLT_OVERRATED);
        mlt__text_add(
            &text, " as often as of an average feature or more, but shuffling it costs nothing that chance "
                   "does not explain. Either its questions only fit the training rows, or other columns "
                   "say the same.");
        mlt__page_remark(page, &text);
    }
    if (any(r, MLT_UNDERRATED)) {
        mlt__text_add(&text, "Mind: shuffling ");
        add_names(&text, r, MLT_UNDERRATED);
        mlt__text_add(&text, " costs much, though few of the questions are about it.");
        mlt__page_remark(page, &text);
    }
}

void mlt__oob_line(mlt__page *page, double score, mlt_task task) {
    mlt__text text = {0};
    char buffer[64];
    if (isnan(score))
        return;
    mlt__text_add(&text, "%s %s (each training row predicted by the trees that did not see it)",
                  task == MLT_CLASSIFICATION ? "accuracy" : "R²",
                  mlt__text_number(buffer, score, page->digits));
    mlt__page_field(page, "Out of bag", &text);
}

static void fields(mlt__page *page, const importance_report *r) {
    mlt__text text = {0};
    char buffer[64];
    mlt__text_add_name(&text, r->file);
    mlt__text_add(&text, ": %s, predicts ", mlt_model_type_of(r->model)->name);
    mlt__text_add_name(&text, r->schema->target);
    mlt__page_field(page, "Model", &text);
    mlt__oob_line(page, r->view.oob_score, r->schema->task);
    const mlt_permutation *permutation = r->permutation;
    if (!permutation)
        return;
    mlt__text_add_name(&text, strcmp(r->data, "-") == 0 ? "standard input" : r->data);
    mlt__text_add(&text, ": ");
    mlt__text_add_count(&text, permutation->n, "row");
    mlt__text_add(&text, ", %s %s", permutation->metric->name,
                  mlt__text_number(buffer, permutation->baseline, page->digits));
    mlt__page_field(page, "Data", &text);
    mlt__text_add(&text, "each column ");
    mlt__text_add_count(&text, permutation->repeats, "time");
    mlt__text_add(&text, " (random state %" PRIu32 ")", permutation->random_state);
    mlt__page_field(page, "Shuffled", &text);
}

/* The columns of the table that there are: impurity, permutation. */
static size_t headers_of(const char *headers[6], const importance_report *r, bool people) {
    size_t n = 0;
    headers[n++] = "feature";
    if (r->view.importances)
        headers[n++] = people ? "impurity" : "importance";
    if (r->permutation) {
        headers[n++] = people ? "drop" : "permutation_mean";
        headers[n++] = people ? "sd" : "permutation_sd";
    }
    if (people && !r->permutation && r->view.importances)
        headers[n++] = ""; /* a bar */
    else if (!people && r->permutation && r->view.importances)
        headers[n++] = "disagreement";
    return n;
}

static mlt_status write_table(FILE *out, const importance_report *r, size_t limit,
                              const mlt_report_options *options, mlt_error *err) {
    bool people = options->format == MLT_FORMAT_TABLE || options->format == MLT_FORMAT_MARKDOWN;
    const char *headers[6];
    size_t n = headers_of(headers, r, people);
    mlt__table table;
    mlt__table_start(&table, options, headers, n);
    for (size_t i = 0; i < r->schema->p && i < limit; i++) {
        size_t j = r->order[i];
        mlt__table_name(&table, r->schema->features[j].name);
        if (r->view.importances)
            mlt__table_real(&table, r->view.importances[j]);
        if (r->permutation) {
            mlt__table_real(&table, r->permutation->mean[j]);
            mlt__table_real(&table, r->permutation->sd[j]);
        }
        if (people && !r->permutation && r->view.importances)
            mlt__table_bar(&table, r->view.importances[j], r->view.importances[r->order[0]]);
        else if (!people && r->permutation && r->view.importances)
            mlt__table_name(&table, disagreement_name(disagreement_of(r, j)));
    }
    return mlt__table_finish(&table, out, err);
}

static mlt_status write_page(FILE *out, const importance_report *r, const mlt_report_options *options,
                             mlt_error *err) {
    mlt__page page;
    mlt__page_start(&page, out, options);
    fields(&page, r);
    if (r->permutation && r->view.importances)
        mlt__page_heading(&page, "Importances: share of the impurity removed; %s lost when shuffled",
                          r->permutation->metric->name);
    else if (r->permutation)
        mlt__page_heading(&page, "Importances: %s lost when a column is shuffled",
                          r->permutation->metric->name);
    else
        mlt__page_heading(&page,
                          "Importances: the share of the impurity that each feature's questions removed");
    MLT_TRY(write_table(out, r, MAX_FEATURES, options, err));
    if (r->schema->p > MAX_FEATURES) {
        mlt__text more = {0};
        mlt__text_add(&more, "... and %zu less important features: --format csv lists all.",
                      r->schema->p - MAX_FEATURES);
        mlt__page_remark(&page, &more);
    }
    write_disagreements(&page, r);
    return mlt__page_finish(&page, err);
}

static void feature_json(mlt__json *json, const importance_report *r, size_t j) {
    const mlt_permutation *permutation = r->permutation;
    mlt__put_open(json, NULL, '{');
    mlt__put_text(json, "feature", r->schema->features[j].name);
    if (r->view.importances)
        mlt__put_real(json, "impurity", r->view.importances[j]);
    if (permutation) {
        mlt__put_open(json, "permutation", '{');
        mlt__put_real(json, "mean", permutation->mean[j]);
        mlt__put_real(json, "sd", permutation->sd[j]);
        mlt__put_open(json, "drops", '[');
        for (size_t i = 0; i < permutation->repeats; i++)
            mlt__put_real(json, NULL, permutation->drops[j * permutation->repeats + i]);
        mlt__put_close(json, ']');
        mlt__put_close(json, '}');
    }
    if (disagreement_of(r, j) != MLT_AGREE)
        mlt__put_text(json, "disagreement", disagreement_name(disagreement_of(r, j)));
    mlt__put_close(json, '}');
}

static void write_json(FILE *out, const importance_report *r) {
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "inspect");
    mlt__put_text(&json, "file", r->file);
    mlt__put_text(&json, "model", mlt_model_type_of(r->model)->name);
    if (!isnan(r->view.oob_score))
        mlt__put_real(&json, "oob_score", r->view.oob_score);
    if (r->permutation) {
        mlt__put_text(&json, "data_file", r->data);
        mlt__put_count(&json, "rows", r->permutation->n);
        mlt__put_text(&json, "metric", r->permutation->metric->key);
        mlt__put_real(&json, "score", r->permutation->baseline);
        mlt__put_count(&json, "repeats", r->permutation->repeats);
        mlt__put_count(&json, "random_state", r->permutation->random_state);
    }
    mlt__put_open(&json, "importances", '[');
    for (size_t i = 0; i < r->schema->p; i++)
        feature_json(&json, r, r->order[i]);
    mlt__put_close(&json, ']');
    mlt__put_close(&json, '}');
    fputc('\n', out);
}

mlt_status mlt_report_importance(FILE *out, const char *file, const mlt_model *model, const char *data,
                                 const mlt_permutation *permutation, const mlt_report_options *options,
                                 mlt_error *err) {
    importance_report r = {.file = file,
                           .data = data,
                           .model = model,
                           .schema = mlt_model_schema(model),
                           .view = mlt_model_view_of(model),
                           .permutation = permutation};
    mlt_status status = MLT_OK;
    MLT_TRY(mlt__descending_order(&r.order, permutation ? permutation->mean : r.view.importances,
                                  r.view.importances, r.schema->p, err));
    switch (options->format) {
    case MLT_FORMAT_JSON:
        write_json(out, &r);
        break;
    case MLT_FORMAT_CSV:
    case MLT_FORMAT_TSV:
        status = write_table(out, &r, SIZE_MAX, options, err);
        break;
    default:
        status = write_page(out, &r, options, err);
    }
    free(r.order);
    return status;
}
