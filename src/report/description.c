/* A table described, for programs: JSON, or a row a column. */
#include "report/description.h"

#include "report/json_writer.h"
#include "report/table.h"

#include <math.h>
#include <stdlib.h>

static const char *const quantile_keys[] = {"min", "q25", "median", "q75", "max"};

static void head_json(mlt__json *json, const mlt_description *d, size_t head) {
    mlt__put_open(json, "head", '[');
    for (size_t i = 0; i < head && i < d->frame->n; i++) {
        mlt__put_open(json, NULL, '{');
        for (size_t j = 0; j < d->n_columns; j++) {
            const mlt_column *column = d->columns[j].column;
            if (column->type == MLT_NUMERIC)
                mlt__put_real(json, column->name, column->values[i]);
            else
                mlt__put_text(json, column->name,
                              column->codes[i] < 0 ? NULL : column->levels[column->codes[i]]);
        }
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}

static void values_json(mlt__json *json, const mlt_column_summary *s) {
    if (s->column->type == MLT_NUMERIC) {
        mlt__put_real(json, "mean", s->mean);
        mlt__put_real(json, "sd", s->sd);
        for (size_t q = 0; q < 5; q++)
            mlt__put_real(json, quantile_keys[q], s->quantiles[q]);
        mlt__put_count(json, "outliers", s->n_outliers);
        return;
    }
    mlt__put_open(json, "top", '[');
    for (size_t t = 0; t < s->n_top; t++) {
        mlt__put_open(json, NULL, '{');
        mlt__put_text(json, "value", s->column->levels[s->top[t]]);
        mlt__put_count(json, "rows", s->top_count[t]);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}

static void column_json(mlt__json *json, const mlt_column_summary *s) {
    mlt__put_open(json, NULL, '{');
    mlt__put_text(json, "name", s->column->name);
    mlt__put_text(json, "type", s->column->type == MLT_NUMERIC ? "numeric" : "categorical");
    mlt__put_count(json, "missing", s->column->n_missing);
    mlt__put_count(json, "distinct", s->distinct);
    values_json(json, s);
    if (s->association != MLT_ASSOCIATION_NONE) {
        mlt__put_real(json, "correlation", s->correlation);
        mlt__put_text(json, "correlation_kind", mlt_association_name(s->association));
        mlt__put_real(json, "alone", s->alone);
    }
    mlt__put_close(json, '}');
}

static void warnings_json(mlt__json *json, const mlt_description *d) {
    mlt__put_open(json, "warnings", '[');
    for (size_t w = 0; w < MLT_N_WARNINGS; w++) {
        mlt__text text = {0};
        if (!(d->warnings & 1U << w))
            continue;
        mlt__put_open(json, NULL, '{');
        mlt__put_text(json, "kind", mlt_warning_names[w]);
        mlt__put_open(json, "columns", '[');
        for (size_t j = 0; j < d->n_columns; j++)
            if (d->columns[j].warnings & 1U << w)
                mlt__put_text(json, NULL, d->columns[j].column->name);
        mlt__put_close(json, ']');
        mlt__warning_text(&text, d, (mlt_warning)(1U << w));
        mlt__put_text(json, "text", text.s);
        free(text.s);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}

void mlt__description_json(FILE *out, const mlt_description *d, size_t head) {
    const mlt_column *target = d->columns[d->target].column;
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "describe");
    mlt__put_text(&json, "file", d->frame->source);
    mlt__put_count(&json, "rows", d->frame->n);
    mlt__put_count(&json, "missing", d->n_missing);
    mlt__put_count(&json, "duplicate_rows", d->n_duplicates);
    if (d->n_duplicates > 0) {
        mlt__put_open(&json, "first_duplicate", '{');
        mlt__put_count(&json, "row", d->duplicate[1]);
        mlt__put_count(&json, "same_as", d->duplicate[0]);
        mlt__put_close(&json, '}');
    }
    mlt__put_text(&json, "target", target->name);
    mlt__put_text(&json, "task", mlt_task_name(d->task));
    if (d->class_counts) {
        mlt__put_open(&json, "classes", '{');
        for (size_t c = 0; c < target->n_levels; c++)
            mlt__put_count(&json, target->levels[c], d->class_counts[c]);
        mlt__put_close(&json, '}');
    }
    head_json(&json, d, head);
    mlt__put_open(&json, "columns", '[');
    for (size_t j = 0; j < d->n_columns; j++)
        column_json(&json, &d->columns[j]);
    mlt__put_close(&json, ']');
    warnings_json(&json, d);
    mlt__put_close(&json, '}');
    fputc('\n', out);
}

/* A cell for what only numbers, or only texts, have. */
static void count_if(mlt__table *table, bool there, size_t value) {
    if (there)
        mlt__table_count(table, value);
    else
        mlt__table_blank(table);
}

static mlt_status write_rows(FILE *out, const mlt_description *d, const mlt_report_options *options,
                             mlt_error *err) {
    static const char *const headers[] = {
        "column", "type", "missing",  "distinct", "mean",     "sd",          "min",   "q25",     "median",
        "q75",    "max",  "outliers", "top",      "top_rows", "correlation", "alone", "warnings"};
    mlt__table table;
    mlt__table_start(&table, options, headers, sizeof headers / sizeof *headers);
    for (size_t j = 0; j < d->n_columns; j++) {
        const mlt_column_summary *s = &d->columns[j];
        mlt__text warnings = {0};
        mlt__table_name(&table, s->column->name);
        mlt__table_name(&table, s->column->type == MLT_NUMERIC ? "numeric" : "categorical");
        mlt__table_count(&table, s->column->n_missing);
        mlt__table_count(&table, s->distinct);
        mlt__table_real(&table, s->mean);
        mlt__table_real(&table, s->sd);
        for (size_t q = 0; q < 5; q++)
            mlt__table_real(&table, s->quantiles[q]);
        count_if(&table, s->column->type == MLT_NUMERIC, s->n_outliers);
        mlt__table_name(&table, s->n_top ? s->column->levels[s->top[0]] : "");
        count_if(&table, s->n_top > 0, s->top_count[0]);
        mlt__table_real(&table, s->correlation);
        mlt__table_real(&table, s->alone);
        for (size_t w = 0; w < MLT_N_WARNINGS; w++)
            if (s->warnings & 1U << w)
                mlt__text_add(&warnings, "%s%s", warnings.n ? " " : "", mlt_warning_names[w]);
        mlt__table_name(&table, warnings.s ? warnings.s : "");
        table.text.failed = table.text.failed || warnings.failed;
        free(warnings.s);
    }
    return mlt__table_finish(&table, out, err);
}

mlt_status mlt_report_description(FILE *out, const mlt_description *description, size_t head,
                                  const mlt_report_options *options, mlt_error *err) {
    switch (options->format) {
    case MLT_FORMAT_JSON:
        mlt__description_json(out, description, head);
        return MLT_OK;
    case MLT_FORMAT_CSV:
    case MLT_FORMAT_TSV:
        return write_rows(out, description, options, err);
    default:
        return mlt__description_page(out, description, head, options, err);
    }
}
