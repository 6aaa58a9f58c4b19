/* The rows of a CSV file as text. A row ends where src/data says it does; blank lines are rows in a table of
 * one column only. */
#include "mltool/rows.h"

#include "core/error.h"
#include "core/memory.h"
#include "data/csv_scan.h"
#include "data/source.h"
#include "io/file_replace.h"

#include <stdlib.h>
#include <string.h>

typedef struct extent {
    size_t start, length; /* its line end included */
} extent;

struct mlt_rows {
    char *text;
    size_t size;
    extent header; /* length 0: none */
    extent *rows;
    size_t n, capacity;
};

enum { FIRST_BLOCK = 1 << 16 };

/* End the last line as the text ends its lines; there are two bytes of room. */
static void end_last_line(mlt_rows *rows) {
    char *text = rows->text, last = rows->size ? text[rows->size - 1] : '\n';
    if (last == '\n' || last == '\r')
        return;
    const char *lf = memchr(text, '\n', rows->size);
    bool cr = memchr(text, '\r', lf ? (size_t)(lf - text) : rows->size) != NULL;
    if (cr)
        text[rows->size++] = '\r';
    if (lf || !cr)
        text[rows->size++] = '\n';
}

static mlt_status load_text(mlt_rows *rows, mlt__source *source, mlt_error *err) {
    size_t capacity = mlt__source_size(source) + FIRST_BLOCK;
    for (;;) {
        char *text = mlt__realloc(rows->text, capacity, 1);
        if (!text)
            return mlt__raise_nomem(err, capacity);
        rows->text = text;
        size_t got;
        MLT_TRY(mlt__source_read(source, text + rows->size, capacity - 2 - rows->size, &got, err));
        rows->size += got;
        if (rows->size < capacity - 2) {
            end_last_line(rows);
            return MLT_OK;
        }
        capacity *= 2;
    }
}

/* After the byte-order mark and the lines to skip. */
static const char *first_line(const mlt_rows *rows, size_t skip) {
    const char *s = rows->text, *end = s + rows->size;
    if (rows->size >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)
        s += 3;
    for (; skip > 0 && s < end; skip--) {
        while (s < end && *s != '\n' && *s != '\r')
            s++;
        if (s < end)
            s = mlt_csv__after_line_end(s, end);
    }
    return s;
}

static extent extent_of(const mlt_rows *rows, const char *start, const char *end) {
    return (extent){(size_t)(start - rows->text), (size_t)(end - start)};
}

static mlt_status add_row(mlt_rows *rows, const char *start, const char *end, mlt_error *err) {
    if (rows->n == rows->capacity) {
        size_t capacity = rows->capacity * 2 + 64;
        extent *grown = mlt__realloc(rows->rows, capacity, sizeof *grown);
        if (!grown)
            return mlt__raise_nomem(err, capacity * sizeof *grown);
        rows->rows = grown;
        rows->capacity = capacity;
    }
    rows->rows[rows->n++] = extent_of(rows, start, end);
    return MLT_OK;
}

/* Is this row, left out when bad rows are, the header once more? */
static bool repeats_header(const mlt_rows *rows, const char *start, size_t length) {
    return length == rows->header.length && memcmp(start, rows->text + rows->header.start, length) == 0;
}

static mlt_status find_rows(mlt_rows *rows, const mlt_csv_options *options, char delimiter, mlt_error *err) {
    const char *s = first_line(rows, options->skip), *end = rows->text + rows->size;
    bool header = !options->no_header;
    size_t fields = 0; /* of a row; 0: no row was seen yet */
    while (s < end) {
        const char *blank = mlt_csv__blank_line(s, end, delimiter);
        mlt_csv__extent row = mlt_csv__scan_row(s, end, delimiter);
        const char *next = blank ? mlt_csv__after_line_end(blank, end) : row.next ? row.next : end;
        if (blank) {
            if (fields == 1)
                MLT_TRY(add_row(rows, s, next, err));
        } else {
            bool bad = fields && row.fields != fields;
            fields = fields ? fields : row.fields;
            if (header)
                rows->header = extent_of(rows, s, next);
            else if (!options->skip_bad_rows || (!bad && !repeats_header(rows, s, (size_t)(next - s))))
                MLT_TRY(add_row(rows, s, next, err));
            header = false;
        }
        s = next;
    }
    return MLT_OK;
}

mlt_status mlt_rows_load(mlt_rows **out, const char *path, const mlt_csv_options *options,
                         const mlt_frame *frame, const mlt_context *ctx, mlt_error *err) {
    mlt__source *source;
    MLT_TRY(mlt__source_open(&source, path, ctx, err));
    mlt_status status = MLT_OK;
    mlt_rows *rows = mlt__calloc(1, sizeof *rows);
    if (!rows) {
        status = mlt__raise_nomem(err, sizeof *rows);
        goto done;
    }
    MLT_TRY_GOTO(load_text(rows, source, err), done);
    MLT_TRY_GOTO(find_rows(rows, options, frame->delimiter, err), done);
    if (rows->n != frame->n)
        status = mlt__raise(err, MLT_E_IO, "%s: the file changed while it was read; try again",
                            mlt__source_name(source));
done:
    mlt__source_free(source);
    if (status != MLT_OK) {
        mlt_rows_free(rows);
        return status;
    }
    *out = rows;
    return MLT_OK;
}

mlt_status mlt_rows_write(const char *path, const mlt_rows *rows, const uint32_t *chosen, size_t n,
                          mlt_error *err) {
    struct iovec *parts;
    MLT_ALLOC(parts, n + 1, err);
    for (size_t i = 0; i < n + 1; i++) {
        const extent *row = i == 0 ? &rows->header : &rows->rows[chosen[i - 1]];
        parts[i] = (struct iovec){.iov_base = rows->text + row->start, .iov_len = row->length};
    }
    mlt_status status = mlt__file_replace(path, parts, n + 1, err);
    free(parts);
    return status;
}

void mlt_rows_free(mlt_rows *rows) {
    if (!rows)
        return;
    free(rows->text);
    free(rows->rows);
    free(rows);
}
