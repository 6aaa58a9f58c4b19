/* A table described, for people. */
#include "report/description.h"

#include "core/error.h"
#include "core/memory.h"
#include "report/facts.h"
#include "report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 40, MAX_CLASSES = 20, HEAD_CELL = 12 };

const char *mlt__column_type_name(const mlt_column *column) {
    return column->type == MLT_NUMERIC ? "number" : "text";
}

static void more_columns(mlt__page *page, size_t n) {
    mlt__text more = {0};
    if (n <= MAX_COLUMNS)
        return;
    mlt__text_add(&more, "... and %zu more columns: --format csv lists all.", n - MAX_COLUMNS);
    mlt__page_remark(page, &more);
}

static void summary_lines(mlt__page *page, const mlt_description *d) {
    mlt__text text = {0};
    const mlt_frame *frame = d->frame;
    size_t with_missing = 0;
    for (size_t j = 0; j < d->n_columns; j++)
        with_missing += d->columns[j].column->n_missing > 0;
    mlt__text_add_name(&text, strcmp(frame->source, "-") == 0 ? "standard input" : frame->source);
    mlt__text_add(&text, ": ");
    mlt__text_add_count(&text, frame->n, "row");
    mlt__text_add(&text, " × ");
    mlt__text_add_count(&text, d->n_columns, "column");
    mlt__page_field(page, "Data", &text);
    mlt__text_add_name(&text, d->columns[d->target].column->name);
    mlt__text_add(&text, " (%s)", mlt_task_name(d->task));
    mlt__page_field(page, "Target", &text);
    mlt__text_add_count(&text, d->n_missing, "cell");
    if (with_missing) {
        mlt__text_add(&text, " in ");
        mlt__text_add_count(&text, with_missing, "column");
    }
    mlt__page_field(page, "Missing", &text);
}

/* A cell as the head shows it: a number with few digits, a text that is not long. */
static void head_cell(mlt__table *table, const mlt_column *column, size_t row) {
    char text[4 * HEAD_CELL + 4];
    if (column->type == MLT_NUMERIC) {
        if (isnan(column->values[row]))
            mlt__table_blank(table);
        else
            mlt__table_value(table, column->values[row]);
        return;
    }
    const char *level = column->codes[row] < 0 ? "" : column->levels[column->codes[row]];
    size_t length = 0, columns = 0;
    while (level[length] && columns < HEAD_CELL) {
        size_t step = mlt__utf8_length(level + length);
        length += step ? step : 1;
        columns++;
    }
    snprintf(text, sizeof text, "%.*s%s", (int)length, level, level[length] ? "..." : "");
    mlt__table_name(table, text);
}

/* A row a column, so that wide tables fit. */
static mlt_status write_head(mlt__page *page, const mlt_description *d, size_t head, mlt_error *err) {
    enum { MAX_HEAD = 100 };
    const char *headers[MAX_HEAD + 1] = {"column"};
    char numbers[MAX_HEAD][24];
    head = head < d->frame->n ? head : d->frame->n;
    head = head < MAX_HEAD ? head : MAX_HEAD;
    if (head == 0)
        return MLT_OK;
    for (size_t i = 0; i < head; i++) {
        snprintf(numbers[i], sizeof numbers[i], "row %zu", i);
        headers[i + 1] = numbers[i];
    }
    mlt__page_heading(page, "The first rows, which count from 0");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, head + 1);
    for (size_t j = 0; j < d->n_columns && j < MAX_COLUMNS; j++) {
        mlt__table_name(&table, d->columns[j].column->name);
        for (size_t i = 0; i < head; i++)
            head_cell(&table, d->columns[j].column, i);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    more_columns(page, d->n_columns);
    return MLT_OK;
}

static void real_or_blank(mlt__table *table, double value) {
    if (isnan(value))
        mlt__table_blank(table);
    else
        mlt__table_real(table, value);
}

static mlt_status write_columns(mlt__page *page, const mlt_description *d, mlt_error *err) {
    static const char *const headers[] = {"column", "type", "missing", "distinct", "mean", "sd"};
    mlt__page_heading(page, "Columns");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 6);
    for (size_t j = 0; j < d->n_columns && j < MAX_COLUMNS; j++) {
        const mlt_column_summary *s = &d->columns[j];
        mlt__table_name(&table, s->column->name);
        mlt__table_name(&table, mlt__column_type_name(s->column));
        mlt__table_count(&table, s->column->n_missing);
        mlt__table_count(&table, s->distinct);
        real_or_blank(&table, s->mean);
        real_or_blank(&table, s->sd);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    more_columns(page, d->n_columns);
    return MLT_OK;
}

static size_t count_type(const mlt_description *d, mlt_column_type type) {
    size_t n = 0;
    for (size_t j = 0; j < d->n_columns; j++)
        n += d->columns[j].column->type == type && d->columns[j].distinct > 0;
    return n;
}

static mlt_status write_ranges(mlt__page *page, const mlt_description *d, mlt_error *err) {
    static const char *const headers[] = {"column", "least", "25%", "median", "75%", "greatest"};
    size_t n = count_type(d, MLT_NUMERIC), shown = 0;
    if (n == 0)
        return MLT_OK;
    mlt__page_heading(page, "Numbers: a quarter of the values lie up to 25%%, half up to the median");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 6);
    for (size_t j = 0; j < d->n_columns && shown < MAX_COLUMNS; j++) {
        const mlt_column_summary *s = &d->columns[j];
        if (s->column->type != MLT_NUMERIC || s->distinct == 0)
            continue;
        shown++;
        mlt__table_name(&table, s->column->name);
        for (size_t q = 0; q < 5; q++)
            mlt__table_value(&table, s->quantiles[q]);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    more_columns(page, n);
    return MLT_OK;
}

static void add_share(mlt__text *text, size_t part, size_t whole) {
    char buffer[64];
    mlt__text_add(text, "%s%%", mlt__text_number(buffer, 100 * (double)part / (double)whole, 3));
}

static mlt_status write_levels(mlt__page *page, const mlt_description *d, mlt_error *err) {
    static const char *const headers[] = {"column", "most frequent"};
    size_t n = 0, shown = 0;
    for (size_t j = 0; j < d->n_columns; j++)
        n += j != d->target && d->columns[j].n_top > 0;
    if (n == 0)
        return MLT_OK;
    mlt__page_heading(page, "Texts");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 2);
    for (size_t j = 0; j < d->n_columns && shown < MAX_COLUMNS; j++) {
        const mlt_column_summary *s = &d->columns[j];
        mlt__text text = {0};
        if (j == d->target || s->n_top == 0)
            continue;
        shown++;
        for (size_t t = 0; t < s->n_top; t++) {
            mlt__text_add(&text, t ? ", %s " : "%s ", s->column->levels[s->top[t]]);
            add_share(&text, s->top_count[t], d->frame->n - s->column->n_missing);
        }
        if (s->distinct > s->n_top)
            mlt__text_add(&text, " and %zu more", s->distinct - s->n_top);
        page->failed = page->failed || text.failed;
        mlt__table_name(&table, s->column->name);
        mlt__table_name(&table, text.s ? text.s : "");
        free(text.s);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    more_columns(page, n);
    return MLT_OK;
}

static mlt_status write_balance(mlt__page *page, const mlt_description *d, mlt_error *err) {
    static const char *const headers[] = {"class", "rows", "share", ""};
    const mlt_column *target = d->columns[d->target].column;
    size_t known = d->frame->n - target->n_missing, most = 0;
    mlt__text name = {0};
    mlt__text_add_name(&name, target->name);
    page->failed = page->failed || name.failed;
    mlt__page_heading(page, "Classes of %s", name.s ? name.s : "");
    free(name.s);
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 4);
    for (size_t c = 0; c < target->n_levels; c++)
        most = d->class_counts[c] > most ? d->class_counts[c] : most;
    for (size_t c = 0; c < target->n_levels && c < MAX_CLASSES; c++) {
        double share = (double)d->class_counts[c] / (double)known;
        mlt__table_name(&table, target->levels[c]);
        mlt__table_count(&table, d->class_counts[c]);
        mlt__table_real(&table, share);
        mlt__table_bar(&table, (double)d->class_counts[c], (double)most);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    if (target->n_levels > MAX_CLASSES) {
        mlt__text more = {0};
        mlt__text_add(&more, "... and %zu more classes: --format json lists all.",
                      target->n_levels - MAX_CLASSES);
        mlt__page_remark(page, &more);
    }
    return MLT_OK;
}

/* Descending score alone, those without last; then the columns' order. */
static int by_score(const void *a, const void *b) {
    const mlt_column_summary *x = *(const mlt_column_summary *const *)a,
                             *y = *(const mlt_column_summary *const *)b;
    double of_x = isnan(x->alone) ? -INFINITY : x->alone, of_y = isnan(y->alone) ? -INFINITY : y->alone;
    return of_x > of_y ? -1 : of_x < of_y ? 1 : (x > y) - (x < y);
}

static mlt_status write_target(mlt__page *page, const mlt_description *d, mlt_error *err) {
    static const char *const headers[] = {"column", "correlation", "alone"};
    const mlt_column_summary **order;
    mlt__text text = {0};
    size_t n = 0;
    if (d->n_columns < 2)
        return MLT_OK;
    MLT_ALLOC(order, d->n_columns, err);
    for (size_t j = 0; j < d->n_columns; j++)
        if (j != d->target)
            order[n++] = &d->columns[j];
    qsort(order, n, sizeof *order, by_score);
    mlt__page_heading(page, "What each column says of the target");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 3);
    for (size_t i = 0; i < n && i < MAX_COLUMNS; i++) {
        mlt__table_name(&table, order[i]->column->name);
        real_or_blank(&table, order[i]->correlation);
        real_or_blank(&table, order[i]->alone);
    }
    free(order);
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    more_columns(page, n);
    mlt__text_add(&text,
                  "Alone: how well a small tree on this column only predicts rows it has not seen (%s).",
                  d->task == MLT_CLASSIFICATION ? "balanced accuracy; guessing gives 1 / classes"
                                                : "R²; guessing gives 0");
    mlt__page_remark(page, &text);
    return MLT_OK;
}

static mlt_status write_warnings(mlt__page *page, const mlt_description *d, mlt_error *err) {
    static const char *const headers[] = {"warning", "says"};
    mlt__page_heading(page, "Warnings%s", d->warnings ? "" : ": none");
    if (!d->warnings)
        return MLT_OK;
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 2);
    for (size_t w = 0; w < MLT_N_WARNINGS; w++) {
        mlt__text text = {0};
        if (!(d->warnings & 1U << w))
            continue;
        mlt__warning_text(&text, d, (mlt_warning)(1U << w));
        page->failed = page->failed || text.failed;
        mlt__table_name(&table, mlt_warning_names[w]);
        mlt__table_name(&table, text.s ? text.s : "");
        free(text.s);
    }
    return mlt__table_finish(&table, page->out, err);
}

mlt_status mlt__description_page(FILE *out, const mlt_description *d, size_t head,
                                 const mlt_report_options *options, mlt_error *err) {
    mlt__page page;
    mlt__page_start(&page, out, options);
    summary_lines(&page, d);
    MLT_TRY(write_head(&page, d, head, err));
    MLT_TRY(write_columns(&page, d, err));
    MLT_TRY(write_ranges(&page, d, err));
    MLT_TRY(write_levels(&page, d, err));
    if (d->class_counts)
        MLT_TRY(write_balance(&page, d, err));
    MLT_TRY(write_target(&page, d, err));
    MLT_TRY(write_warnings(&page, d, err));
    return mlt__page_finish(&page, err);
}
