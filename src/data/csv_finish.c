/* From the finished table to the frame: what can be said only when all rows are known. */
#include "data/csv_finish.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/csv_levels.h"

#define SIGHT(table, column, member) mlt_csv__table_sight(table, column, offsetof(mlt_csv__facts, member))

static size_t count_missing(const mlt_csv__table *table, size_t c) {
    size_t n = 0;
    for (size_t w = 0; w < table->n_workers; w++)
        n += table->workers[w].facts[c].n_missing;
    return n;
}

/* The first infinite cell of a column of numbers. In columns of texts such cells are texts. */
static mlt_status check_infinite(const mlt_csv__table *table, mlt_error *err) {
    const mlt_csv__sight *first = NULL;
    size_t at = 0;
    for (size_t c = 0; c < table->p; c++) {
        const mlt_csv__sight *sight = SIGHT(table, c, infinite);
        if (table->columns[c].kind == MLT_CSV__NUMBERS && sight->line > 0 &&
            (!first || sight->line < first->line)) {
            first = sight;
            at = c;
        }
    }
    if (!first)
        return MLT_OK;
    mlt_csv__shown shown, name;
    return mlt__raise(
        err, MLT_E_DATA,
        "%s:%zu:%zu: \"%s\" in column \"%s\" is infinite or beyond the range of numbers (1.8e308); "
        "correct it, or count it as missing with --na",
        table->file, first->line, at + 1, mlt_csv__show(&shown, first->text, strlen(first->text)),
        mlt_csv__show(&name, table->names[at], strlen(table->names[at])));
}

/* "1,5", "1.234,5", "1,234.5": a number to people, not to mltool. "1,2,3" is none. */
static bool has_decimal_comma(const char *text) {
    if (*text == '-' || *text == '+')
        text++;
    size_t length = strlen(text), commas = 0, points = 0, group = 0;
    bool grouped = true; /* three digits after each comma, and no comma after a point */
    for (size_t i = 0; i < length; i++) {
        bool comma = text[i] == ',', point = text[i] == '.';
        if (!isdigit((unsigned char)text[i]) && !comma && !point)
            return false;
        if (comma || point) {
            grouped &= commas == 0 || points > 0 || group == 3;
            grouped &= !(comma && points > 0);
            group = 0;
        } else {
            group++;
        }
        commas += comma;
        points += point;
    }
    if (commas == 0 || !isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[length - 1]))
        return false;
    grouped &= points > 1 ? false : points == 1 || group == 3;
    return commas == 1 || grouped;
}

/* A column of texts that are mostly numbers with commas is an accident, unless it was asked for. */
static mlt_status check_commas(const mlt_csv__table *table, const mlt_column *column, size_t c,
                               mlt_error *err) {
    size_t first = column->n_levels;
    bool *comma;
    MLT_ALLOC(comma, column->n_levels, err);
    for (size_t i = 0; i < column->n_levels; i++) {
        comma[i] = has_decimal_comma(column->levels[i]);
        if (comma[i] && first == column->n_levels)
            first = i;
    }
    size_t n_comma = 0, n_present = table->n - column->n_missing;
    for (size_t row = 0; first < column->n_levels && row < table->n; row++)
        n_comma += column->codes[row] >= 0 && comma[column->codes[row]];
    free(comma);
    if (n_comma * 2 <= n_present)
        return MLT_OK;
    bool at_first = column->first_text && has_decimal_comma(column->first_text);
    const char *text = at_first ? column->first_text : column->levels[first];
    char place[48] = "";
    if (at_first)
        snprintf(place, sizeof place, ":%zu:%zu", column->first_text_line, c + 1);
    mlt_csv__shown shown, name;
    mlt_csv__show(&name, column->name, strlen(column->name));
    return mlt__raise(
        err, MLT_E_DATA,
        "%s%s: \"%s\" in column \"%s\" looks like a number with a comma; write it with a decimal point "
        "and no other separators, or read the column as text with --categorical \"%s\"",
        table->file, place, mlt_csv__show(&shown, text, strlen(text)), name.text, name.text);
}

static bool all_whole(const double *values, size_t n) {
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        any = true;
        if (values[i] != floor(values[i]))
            return false;
    }
    return any;
}

/* Give back the room beyond the last row. */
static void *shrink(void *block, size_t n, size_t size) {
    void *smaller = mlt__realloc(block, n, size);
    return smaller ? smaller : block;
}

static mlt_status finish_column(mlt_column *out, mlt_csv__table *table, size_t c, mlt_error *err) {
    mlt_csv__column *column = &table->columns[c];
    out->name = table->names[c];
    table->names[c] = NULL;
    out->n_missing = count_missing(table, c);
    if (column->kind == MLT_CSV__TEXTS) {
        out->type = MLT_CATEGORICAL;
        const mlt_csv__sight *text = SIGHT(table, c, text);
        out->first_text_line = text->line;
        if (text->line > 0 && !(out->first_text = mlt__strdup(text->text)))
            return mlt__raise_nomem(err, strlen(text->text));
        MLT_TRY(mlt_csv__levels_join(&out->levels, &out->n_levels, table, c, false, INT32_MAX, err));
        out->codes = shrink(column->codes, table->n, sizeof *out->codes);
        column->codes = NULL;
        return column->forced ? MLT_OK : check_commas(table, out, c, err);
    }
    out->type = MLT_NUMERIC;
    out->integral = all_whole(column->values, table->n);
    if (column->labelled)
        MLT_TRY(mlt_csv__levels_join(&out->levels, &out->n_levels, table, c, true, MLT_CSV__LABELS, err));
    out->values = shrink(column->values, table->n, sizeof *out->values);
    column->values = NULL;
    if (out->levels) {
        out->codes = shrink(column->codes, table->n, sizeof *out->codes);
        column->codes = NULL;
    }
    return MLT_OK;
}

/* Columns that hold nothing and have no name are there because of a delimiter at the end of every row. */
static bool is_empty(const mlt_csv__table *table, const mlt_csv__head *head, size_t c) {
    if (table->columns[c].kind == MLT_CSV__NAMELESS)
        return true;
    bool unnamed = table->options->no_header && c > 0 && c + 1 == head->p;
    return unnamed && table->columns[c].kind == MLT_CSV__NUMBERS && count_missing(table, c) == table->n;
}

static void note_missing(const mlt_frame *frame, const char *file, const mlt_context *ctx) {
    enum { NAMED = 3 };
    size_t cells = 0, columns = 0, used = 0;
    char named[NAMED * 120] = "";
    for (size_t c = 0; c < frame->p; c++) {
        const mlt_column *column = &frame->columns[c];
        if (column->n_missing == 0)
            continue;
        cells += column->n_missing;
        mlt_csv__shown shown;
        if (columns++ < NAMED)
            used += (size_t)snprintf(named + used, sizeof named - used, "%s%s %zu", columns == 1 ? "" : ", ",
                                     mlt_csv__show(&shown, column->name, strlen(column->name)),
                                     column->n_missing);
    }
    if (cells > 0)
        mlt__note(ctx, "%s: %zu missing cell%s in %zu of %zu columns (%s%s)", file, cells,
                  cells == 1 ? "" : "s", columns, frame->p, named, columns > NAMED ? ", ..." : "");
}

static void note_inexact(const mlt_csv__table *table, const mlt_context *ctx) {
    const mlt_csv__sight *first = NULL;
    size_t at = 0;
    for (size_t c = 0; c < table->p; c++) {
        const mlt_csv__sight *sight = SIGHT(table, c, inexact);
        if (table->columns[c].kind == MLT_CSV__NUMBERS && sight->line > 0 &&
            (!first || sight->line < first->line)) {
            first = sight;
            at = c;
        }
    }
    mlt_csv__shown shown;
    if (first)
        mlt__note(
            ctx,
            "%s:%zu:%zu: whole numbers beyond 2^53 such as %s are not kept exactly; if they are names, read "
            "the column as text with --categorical",
            table->file, first->line, at + 1, mlt_csv__show(&shown, first->text, strlen(first->text)));
}

static void tell_notes(const mlt_frame *frame, const mlt_csv__table *table, const mlt_csv__head *head,
                       const mlt_context *ctx) {
    size_t skipped = 0, blank = 0, empty = head->p - frame->p;
    for (size_t w = 0; w < table->n_workers; w++) {
        skipped += table->workers[w].n_skipped;
        blank += table->workers[w].n_blank;
    }
    if (head->delimiter_found && head->delimiter != ',')
        mlt__note(ctx, "%s: the fields are divided by %s", table->file,
                  head->delimiter == '\t'  ? "tabs"
                  : head->delimiter == ';' ? "semicolons (;)"
                                           : "bars (|)");
    if (head->p == 1)
        mlt__note(ctx,
                  "%s: read as a single column; if it holds several, name their delimiter with --delimiter",
                  table->file);
    if (head->numeric_names)
        mlt__note(ctx, "%s: all column names are numbers; if the first line holds data, give --no-header",
                  table->file);
    if (empty > 0)
        mlt__note(ctx, "%s: %zu empty column%s at the end left out (a delimiter ends every row)", table->file,
                  empty, empty == 1 ? "" : "s");
    if (skipped > 0)
        mlt__note(ctx, "%s: %zu bad row%s left out (of %zu)", table->file, skipped, skipped == 1 ? "" : "s",
                  skipped + table->n);
    if (blank > 0)
        mlt__note(ctx, "%s: %zu blank line%s read as missing values of the single column", table->file, blank,
                  blank == 1 ? "" : "s");
    note_missing(frame, table->file, ctx);
    note_inexact(table, ctx);
}

mlt_status mlt_csv__finish(mlt_frame *out, mlt_csv__table *table, const mlt_csv__head *head,
                           const mlt_context *ctx, mlt_error *err) {
    if (table->n == 0)
        return mlt__raise(err, MLT_E_DATA, "%s: there are no data rows after the header; %s", table->file,
                          table->options->skip_bad_rows ? "all were left out as bad"
                                                        : "is the file complete?");
    MLT_TRY(check_infinite(table, err));
    out->columns = mlt__calloc(table->p, sizeof *out->columns);
    if (!out->columns)
        return mlt__raise_nomem(err, table->p * sizeof *out->columns);
    out->n = table->n;
    out->delimiter = head->delimiter;
    out->header = !table->options->no_header;
    for (size_t c = 0; c < table->p; c++)
        if (!is_empty(table, head, c))
            MLT_TRY(finish_column(&out->columns[out->p++], table, c, err));
    tell_notes(out, table, head, ctx);
    return MLT_OK;
}
