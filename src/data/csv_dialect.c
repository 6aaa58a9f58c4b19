/* Which delimiter a file uses, and whether its rows begin where the table should begin. */
#include <string.h>

#include "core/error.h"
#include "data/csv_head.h"
#include "data/csv_scan.h"

enum { MAX_ROWS = 200 };

static const char candidates[] = {',', ';', '\t', '|'};
enum { N_CANDIDATES = sizeof candidates };

/* How the first rows fall into fields with one delimiter. */
typedef struct division {
    size_t n;
    size_t fields[MAX_ROWS], lines[MAX_ROWS];
    size_t usual;   /* the most frequent number of fields from 2 on; 0 if no row has so many */
    size_t n_usual; /* rows with as many */
} division;

static void divide(division *out, const char *start, const char *end, bool all, char delimiter, size_t line) {
    *out = (division){0};
    while (start < end && out->n < MAX_ROWS) {
        const char *blank = mlt_csv__blank_line(start, end, delimiter);
        if (blank) {
            start = mlt_csv__after_line_end(blank, end);
            line++;
            continue;
        }
        mlt_csv__extent row = mlt_csv__scan_row(start, end, delimiter);
        /* A row cut by the end of what is looked at counts only if there is no other. */
        bool cut = !row.next || (row.next == end && !all);
        if (cut && out->n > 0)
            break;
        out->lines[out->n] = line;
        out->fields[out->n++] = row.fields;
        if (!row.next)
            break;
        start = row.next;
        line += row.lines;
    }
    for (size_t i = 0; i < out->n; i++) {
        size_t same = 0;
        for (size_t j = 0; j < out->n; j++)
            same += out->fields[j] == out->fields[i];
        if (out->fields[i] >= 2 && same > out->n_usual) {
            out->usual = out->fields[i];
            out->n_usual = same;
        }
    }
}

static bool divides_all_alike(const division *d) { return d->n_usual > 0 && d->n_usual == d->n; }

static const char *delimiter_name(char delimiter) {
    switch (delimiter) {
    case ',':
        return "','";
    case ';':
        return "';'";
    case '\t':
        return "tab";
    default:
        return "'|'";
    }
}

/* The rows before the first with the usual number of fields are no part of the table if most after them have
 * it. */
static mlt_status check_preamble(const division *d, const char *file, mlt_error *err) {
    if (d->n_usual < 2 || d->fields[0] >= d->usual)
        return MLT_OK;
    size_t begin = 0;
    while (d->fields[begin] != d->usual)
        begin++;
    if (2 * d->n_usual <= d->n - begin)
        return MLT_OK;
    return mlt__raise(
        err, MLT_E_DATA,
        "%s:%zu: expected %zu fields as in line %zu and others, found %zu; if the table begins in line "
        "%zu, give --skip %zu",
        file, d->lines[0], d->usual, d->lines[begin], d->fields[0], d->lines[begin], d->lines[begin] - 1);
}

mlt_status mlt_csv__dialect_find(char *delimiter, const char *text, const char *end, bool all,
                                 const char *file, size_t line, char given, mlt_error *err) {
    division found[N_CANDIDATES];
    if (given) {
        *delimiter = given;
        divide(&found[0], text, end, all, given, line);
        return check_preamble(&found[0], file, err);
    }
    size_t best = 0, n_alike = 0, alike[N_CANDIDATES];
    for (size_t i = 0; i < N_CANDIDATES; i++) {
        division *d = &found[i];
        divide(d, text, end, all, candidates[i], line);
        /* With one row to go by the more frequent one wins. */
        if (d->n_usual > found[best].n_usual || (d->n == 1 && d->usual > found[best].usual))
            best = i;
        if (divides_all_alike(d))
            alike[n_alike++] = i;
    }
    if (n_alike > 1 && found[alike[0]].n > 1)
        return mlt__raise(
            err, MLT_E_DATA,
            "%s: %s and %s both divide every row into the same number of fields; tell which it is with "
            "--delimiter",
            file, delimiter_name(candidates[alike[0]]), delimiter_name(candidates[alike[1]]));
    *delimiter = candidates[best];
    return check_preamble(&found[best], file, err);
}
