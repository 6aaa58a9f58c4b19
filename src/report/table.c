/* The generic table and its renderings. */
#include "report/table.h"

#include "core/error.h"
#include "core/memory.h"
#include "report/delimited.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, MAX_WIDTH = 60, LEAST_WRAPPED = 20, MAX_SHORT = 9, BAR_WIDTH = 30 };

static bool for_people(const mlt__table *table) {
    return table->options->format == MLT_FORMAT_TABLE || table->options->format == MLT_FORMAT_MARKDOWN;
}

void mlt__table_start(mlt__table *table, const mlt_report_options *options, const char *const *headers,
                      size_t columns) {
    *table = (mlt__table){.options = options,
                          .digits = options->digits ? options->digits : MLT__DEFAULT_DIGITS,
                          .columns = columns};
    for (size_t i = 0; i < columns; i++)
        mlt__table_name(table, headers[i]);
}

/* Append a cell whose text begins at `offset` of the table's text and ends where that ends now. */
static void end_cell(mlt__table *table, size_t offset, bool number) {
    size_t length = table->text.n - offset;
    mlt__text_add(&table->text, "%c", '\0');
    if (table->n == table->capacity && !table->text.failed) {
        size_t capacity = table->capacity * 2 + 32;
        mlt__cell *cells = mlt__realloc(table->cells, capacity, sizeof *cells);
        if (cells) {
            table->cells = cells;
            table->capacity = capacity;
        } else {
            table->text.failed = true;
        }
    }
    if (!table->text.failed)
        table->cells[table->n++] = (mlt__cell){offset, length, number};
}

void mlt__table_name(mlt__table *table, const char *text) {
    size_t offset = table->text.n;
    if (for_people(table))
        mlt__text_add_name(&table->text, text);
    else
        mlt__text_add(&table->text, "%s", text);
    end_cell(table, offset, false);
}

void mlt__table_real(mlt__table *table, double value) {
    size_t offset = table->text.n;
    char buffer[64];
    if (for_people(table))
        mlt__text_add(&table->text, "%s", mlt__text_number(buffer, value, table->digits));
    else if (!isnan(value))
        mlt__text_add(&table->text, "%s", mlt_format_double(buffer, value));
    end_cell(table, offset, true);
}

void mlt__table_value(mlt__table *table, double value) {
    size_t offset = table->text.n;
    char buffer[64];
    if (isnan(value) || strlen(mlt_format_double(buffer, value)) > MAX_SHORT) {
        mlt__table_real(table, value);
        return;
    }
    mlt__text_add(&table->text, "%s", buffer);
    end_cell(table, offset, true);
}

void mlt__table_count(mlt__table *table, uint64_t value) {
    size_t offset = table->text.n;
    mlt__text_add(&table->text, "%" PRIu64, value);
    end_cell(table, offset, true);
}

void mlt__table_bar(mlt__table *table, double value, double whole) {
    static const char bar[BAR_WIDTH + 1] = "##############################";
    size_t length = value > 0 && whole > 0 ? (size_t)lround(value / whole * BAR_WIDTH) : 0;
    mlt__table_name(table, bar + BAR_WIDTH - length);
}

void mlt__table_blank(mlt__table *table) { end_cell(table, table->text.n, true); }

static const char *cell_text(const mlt__table *table, size_t i) {
    return table->text.s + table->cells[i].offset;
}

/* Columns a cell takes; a long one is cut when written. */
static size_t cell_width(const mlt__table *table, size_t i) {
    size_t width = mlt__text_columns(cell_text(table, i), table->cells[i].length);
    return width > MAX_WIDTH ? MAX_WIDTH : width;
}

/* A column of numbers, and its header, stand at the right. */
static bool is_right(const mlt__table *table, size_t column) {
    return table->n > table->columns && table->cells[table->columns + column].number;
}

/* Write a cell cut to MAX_WIDTH columns, the cut shown by dots. */
static void put_cut(FILE *out, const char *text, size_t length) {
    bool cut = mlt__text_columns(text, length) > MAX_WIDTH;
    size_t columns = 0, end = 0;
    while (cut && end < length && columns < MAX_WIDTH - 3) {
        end++;
        while (end < length && ((unsigned char)text[end] & 0xC0) == 0x80)
            end++;
        columns++;
    }
    fwrite(text, 1, cut ? end : length, out);
    if (cut)
        fputs("...", out);
}

/* Is nothing left to write of the row, from cell `i` on? */
static bool is_rest_empty(const mlt__table *table, size_t i) {
    while (table->cells[i].length == 0)
        if (++i % table->columns == 0)
            return true;
    return false;
}

/* Write the row that begins with cell `i`. A last column of text is wrapped at the page's width. */
static void write_text_row(const mlt__table *table, const size_t *widths, size_t i, FILE *out) {
    size_t start = 0;
    for (size_t column = 0; column < table->columns; column++, i++) {
        size_t pad = widths[column] - cell_width(table, i);
        bool right = is_right(table, column), last = column + 1 == table->columns;
        if (is_rest_empty(table, i))
            break;
        fprintf(out, "%*s", GAP + (right ? (int)pad : 0), "");
        start += GAP;
        if (last && !right && start + LEAST_WRAPPED <= MLT__PAGE_WIDTH) {
            mlt_report_wrapped(out, cell_text(table, i), start);
            return;
        }
        put_cut(out, cell_text(table, i), table->cells[i].length);
        if (!last && !right && !is_rest_empty(table, i + 1))
            fprintf(out, "%*s", (int)pad, "");
        start += widths[column];
    }
    fputc('\n', out);
}

static void write_text(const mlt__table *table, const size_t *widths, FILE *out) {
    for (size_t i = 0; i < table->n; i += table->columns)
        write_text_row(table, widths, i, out);
}

/* Escape what Markdown would read as markup. */
static void put_markdown(FILE *out, const char *text) {
    for (; *text; text++) {
        if (strchr("|\\`*<[", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void write_markdown(const mlt__table *table, FILE *out) {
    for (size_t i = 0; i < table->n; i++) {
        size_t column = i % table->columns;
        fputs(column ? " | " : "| ", out);
        put_markdown(out, cell_text(table, i));
        if (column + 1 < table->columns)
            continue;
        fputs(" |\n", out);
        if (i + 1 == table->columns) {
            for (size_t c = 0; c < table->columns; c++)
                fputs(is_right(table, c) ? "|---:" : "|---", out);
            fputs("|\n", out);
        }
    }
}

static void write_delimited(const mlt__table *table, FILE *out) {
    mlt__delimited rows;
    mlt__delimited_start(&rows, out, table->options);
    for (size_t i = 0; i < table->n; i++) {
        mlt__delimited_text(&rows, cell_text(table, i));
        if ((i + 1) % table->columns == 0)
            mlt__delimited_end_row(&rows);
    }
}

static mlt_status write_table(const mlt__table *table, FILE *out, mlt_error *err) {
    if (table->text.failed)
        return mlt__raise_nomem(err, table->text.capacity * 2);
    if (table->options->format == MLT_FORMAT_MARKDOWN) {
        write_markdown(table, out);
    } else if (table->options->format == MLT_FORMAT_TABLE) {
        size_t *widths = mlt__calloc(table->columns, sizeof *widths);
        if (!widths)
            return mlt__raise_nomem(err, table->columns * sizeof *widths);
        for (size_t i = 0; i < table->n; i++)
            if (cell_width(table, i) > widths[i % table->columns])
                widths[i % table->columns] = cell_width(table, i);
        write_text(table, widths, out);
        free(widths);
    } else {
        write_delimited(table, out);
    }
    return MLT_OK;
}

mlt_status mlt__table_finish(mlt__table *table, FILE *out, mlt_error *err) {
    mlt_status status = write_table(table, out, err);
    free(table->text.s);
    free(table->cells);
    *table = (mlt__table){0};
    return status;
}
