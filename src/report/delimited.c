/* Writing CSV and TSV. */
#include "report/delimited.h"

#include "report/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void mlt__delimited_start(mlt__delimited *rows, FILE *out, const mlt_report_options *options) {
    *rows = (mlt__delimited){.out = out,
                             .delimiter = options->format == MLT_FORMAT_TSV ? '\t' : ',',
                             .terminal = options->terminal};
}

static void begin_cell(mlt__delimited *rows) {
    if (rows->comma)
        fputc(rows->delimiter, rows->out);
    rows->comma = true;
}

/* Readers split at delimiters and line ends, and trim blanks around what is not quoted. */
static bool needs_quotes(const char *text, char delimiter) {
    const char special[] = {'"', '\r', '\n', delimiter, '\0'};
    size_t length = strlen(text);
    return strpbrk(text, special) || (length && (strchr(" \t", text[0]) || strchr(" \t", text[length - 1])));
}

static void put_doubling_quotes(FILE *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"')
            fputc('"', out);
        fputc(text[i], out);
    }
}

static void put_escaped(FILE *out, const char *text) {
    while (*text) {
        char buffer[32];
        size_t length;
        bool plain;
        const char *piece = mlt__text_next(&text, &length, &plain);
        if (plain)
            put_doubling_quotes(out, piece, length);
        else
            fputs(mlt__text_shown(buffer, piece, length), out);
    }
}

void mlt__delimited_text(mlt__delimited *rows, const char *text) {
    begin_cell(rows);
    if (!text)
        return;
    bool quoted = needs_quotes(text, rows->delimiter);
    if (quoted)
        fputc('"', rows->out);
    if (rows->terminal)
        put_escaped(rows->out, text);
    else if (quoted)
        put_doubling_quotes(rows->out, text, strlen(text));
    else
        fputs(text, rows->out);
    if (quoted)
        fputc('"', rows->out);
}

void mlt__delimited_real(mlt__delimited *rows, double value) {
    char buffer[32];
    mlt__delimited_text(rows, isnan(value) ? NULL : mlt_format_double(buffer, value));
}

void mlt__delimited_count(mlt__delimited *rows, uint64_t value) {
    begin_cell(rows);
    fprintf(rows->out, "%" PRIu64, value);
}

void mlt__delimited_end_row(mlt__delimited *rows) {
    fputc('\n', rows->out);
    rows->comma = false;
}
