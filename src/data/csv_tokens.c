/* One row of CSV text as fields. libcsv is handed exactly one row at a time, and its line end as a single LF:
 * so it never sees the things it handles badly (NUL, blank lines, CR LF twice, fields without limit), and
 * since it cannot be stopped by its callbacks these only note what went wrong. */
#include "data/csv_tokens.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/csv_scan.h"

enum { LIBCSV_BLOCK = 1 << 12 };

mlt_status mlt_csv__tokens_init(mlt_csv__tokens *tokens, const char *file, char delimiter, size_t keep,
                                mlt_error *err) {
    *tokens = (mlt_csv__tokens){.file = file, .delimiter = delimiter, .keep = keep};
    if (csv_init(&tokens->parser, CSV_STRICT) != 0)
        return mlt__raise_nomem(err, sizeof tokens->parser);
    csv_set_delim(&tokens->parser, (unsigned char)delimiter);
    csv_set_blk_size(&tokens->parser, LIBCSV_BLOCK);
    return MLT_OK;
}

static bool grow(void **block, size_t *capacity, size_t wanted, size_t size) {
    if (wanted <= *capacity)
        return true;
    size_t larger = wanted + wanted / 2 + 64;
    void *moved = mlt__realloc(*block, larger, size);
    if (!moved)
        return false;
    *block = moved;
    *capacity = larger;
    return true;
}

static void on_field(void *field, size_t length, void *data) {
    mlt_csv__tokens *tokens = data;
    size_t i = tokens->n++;
    if (i >= tokens->keep || tokens->out_of_memory)
        return;
    void *text = tokens->text, *starts = tokens->starts;
    bool room = grow(&text, &tokens->capacity, tokens->length + length + 1, 1) &&
                grow(&starts, &tokens->start_capacity, i + 2, sizeof *tokens->starts);
    tokens->text = text;
    tokens->starts = starts;
    tokens->out_of_memory = !room;
    if (!room)
        return;
    if (length > 0)
        memcpy(tokens->text + tokens->length, field, length);
    tokens->text[tokens->length + length] = '\0';
    tokens->starts[i] = tokens->length;
    tokens->length += length + 1;
    tokens->starts[i + 1] = tokens->length;
}

/* Feed libcsv; the number of bytes it took. */
static size_t feed(mlt_csv__tokens *tokens, const char *text, size_t length) {
    return csv_parse(&tokens->parser, text, length, on_field, NULL, tokens);
}

/* Why libcsv stopped at `at`; the field is the one it was reading. */
static mlt_status raise_parse(mlt_csv__tokens *tokens, const char *start, const char *at, size_t line,
                              mlt_error *err) {
    if (csv_error(&tokens->parser) != CSV_EPARSE)
        return mlt__raise_nomem(err, MLT_CSV__FIELD_BYTES);
    line += mlt_csv__count_lines(start, at);
    if (tokens->parser.quoted)
        return mlt__raise(
            err, MLT_E_DATA,
            "%s:%zu:%zu: text after a closing quote; put the whole field into quotes and double the "
            "quotes inside it",
            tokens->file, line, tokens->n + 1);
    return mlt__raise(
        err, MLT_E_DATA,
        "%s:%zu:%zu: a quote inside a field that does not begin with one; put the whole field into "
        "quotes and double the quotes inside it",
        tokens->file, line, tokens->n + 1);
}

/* What is wrong with a row that has no end or may not be read to its end. */
static mlt_status raise_extent(const mlt_csv__tokens *tokens, const mlt_csv__extent *row, const char *start,
                               size_t line, mlt_error *err) {
    size_t opened = line + mlt_csv__count_lines(start, row->field);
    if (row->stop && *row->stop == '\0')
        return mlt__raise(err, MLT_E_DATA,
                          "%s:%zu:%zu: a NUL byte; CSV is plain text (is this a binary file, or UTF-16?)",
                          tokens->file, line + mlt_csv__count_lines(start, row->stop), tokens->n + 1);
    if (row->stop)
        return mlt__raise(err, MLT_E_DATA, "%s:%zu:%zu: this field is longer than %d bytes%s", tokens->file,
                          opened, tokens->n + 1, MLT_CSV__FIELD_BYTES,
                          tokens->parser.quoted ? "; is its closing quote missing?"
                                                : "; is this a CSV file?");
    return mlt__raise(
        err, MLT_E_DATA,
        "%s:%zu:%zu: the quote opened here is never closed; close it, or double it if it is part of "
        "the text",
        tokens->file, opened, tokens->n + 1);
}

mlt_status mlt_csv__tokens_read(mlt_csv__tokens *tokens, const char **start, const char *end, size_t *line,
                                mlt_error *err) {
    tokens->n = tokens->length = 0;
    tokens->out_of_memory = false;
    mlt_csv__extent row = mlt_csv__scan_row(*start, end, tokens->delimiter);
    if (row.fields > MLT_CSV__COLUMNS && row.fields > tokens->keep)
        return mlt__raise(err, MLT_E_LIMIT, "%s:%zu: more than %d columns", tokens->file, *line,
                          MLT_CSV__COLUMNS);
    if (row.text_end - *start > MLT_CSV__ROW_BYTES)
        return mlt__raise(err, MLT_E_LIMIT, "%s:%zu: this row is longer than %d bytes; is it CSV?",
                          tokens->file, *line, MLT_CSV__ROW_BYTES);
    size_t length = (size_t)(row.text_end - *start);
    size_t taken = feed(tokens, *start, length);
    if (taken < length)
        return raise_parse(tokens, *start, *start + taken, *line, err);
    if (!row.next)
        return raise_extent(tokens, &row, *start, *line, err);
    feed(tokens, "\n", 1);
    if (tokens->out_of_memory)
        return mlt__raise_nomem(err, tokens->length);
    *start = row.next;
    *line += row.lines;
    return MLT_OK;
}

void mlt_csv__tokens_clear(mlt_csv__tokens *tokens) {
    if (tokens->file)
        csv_free(&tokens->parser);
    free(tokens->text);
    free(tokens->starts);
    *tokens = (mlt_csv__tokens){0};
}
