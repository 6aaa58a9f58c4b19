/* A CSV file in blocks: the same reader, table and checks as for a whole file, with the columns' kinds fixed
 * by the first block. */
#include "mltool/csv_stream.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "data/csv_finish.h"
#include "data/csv_read.h"
#include "data/csv_scan.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct mlt_csv_stream {
    char *path;
    mlt_csv_options options;
    const volatile sig_atomic_t *stop;
    const mlt_context *ctx;
    mlt__source *source;
    mlt_csv__reader reader;
    mlt_csv__head head;
    mlt_csv__table table;
    size_t n_first;   /* rows of the first block; 0 before it */
    size_t n_skipped; /* bad rows of the blocks before the last */
    bool stopped;     /* between two blocks */
};

/* ---- opening ---- */

static mlt_status start(mlt_csv_stream *s, const mlt_csv__settings *settings, mlt_error *err) {
    MLT_TRY(mlt__source_open_once(&s->source, s->path, s->stop, s->ctx, err));
    MLT_TRY(mlt_csv__reader_init(&s->reader, s->source, s->options.digest, s->ctx, err));
    s->reader.piece_bytes = settings && settings->piece_bytes ? settings->piece_bytes : MLT_CSV__PIECE_BYTES;
    s->reader.block_bytes = settings && settings->block_bytes ? settings->block_bytes : MLT_CSV__BLOCK_BYTES;
    s->reader.threads = mlt__threads(s->ctx, MLT_CSV__MAX_THREADS);
    s->table.file = mlt__source_name(s->source);
    s->table.options = &s->options;
    s->table.n_workers = (size_t)s->reader.threads;
    MLT_TRY(mlt_csv__head_read(&s->head, &s->reader, &s->options, err));
    MLT_TRY(mlt_csv__set_up(&s->table, &s->head, err));
    for (size_t c = 0; c < s->table.p; c++)
        s->table.columns[c].labelled = false;
    return MLT_OK;
}

mlt_status mlt_csv__stream_open(mlt_csv_stream **out, const char *path, const mlt_csv_options *options,
                                const mlt_csv__settings *settings, const volatile sig_atomic_t *stop,
                                const mlt_context *ctx, mlt_error *err) {
    mlt_csv_stream *s = mlt__calloc(1, sizeof *s);
    if (!s)
        return mlt__raise_nomem(err, sizeof *s);
    if (options)
        s->options = *options;
    s->stop = stop;
    s->ctx = ctx;
    s->path = mlt__strdup(path);
    mlt_status status = s->path ? start(s, settings, err) : mlt__raise_nomem(err, strlen(path));
    if (status != MLT_OK) {
        mlt_csv_stream_free(s);
        return status;
    }
    *out = s;
    return MLT_OK;
}

mlt_status mlt_csv_stream_open(mlt_csv_stream **out, const char *path, const mlt_csv_options *options,
                               const volatile sig_atomic_t *stop, const mlt_context *ctx, mlt_error *err) {
    return mlt_csv__stream_open(out, path, options, NULL, stop, ctx, err);
}

void mlt_csv_stream_free(mlt_csv_stream *s) {
    if (!s)
        return;
    for (size_t c = 0; s->head.names && c < s->head.p; c++)
        free(s->head.names[c]);
    free(s->head.names);
    mlt_csv__table_clear(&s->table);
    mlt_csv__reader_clear(&s->reader);
    mlt__source_free(s->source);
    free(s->path);
    free(s);
}

/* ---- blocks ---- */

/* A text in a column that the first block found to be numbers. */
static mlt_status raise_text(mlt_csv_stream *s, mlt_error *err) {
    const mlt_csv__sight *first = NULL;
    size_t at = 0;
    for (size_t c = 0; c < s->table.p; c++) {
        const mlt_csv__sight *sight = mlt_csv__table_sight(&s->table, c, offsetof(mlt_csv__facts, text));
        if (s->table.columns[c].kind == MLT_CSV__PASSED && sight->line > 0 &&
            (!first || sight->line < first->line)) {
            first = sight;
            at = c;
        }
    }
    if (!first)
        return mlt__raise(err, MLT_E_DATA, "%s: a column holds texts and numbers; correct it", s->table.file);
    mlt_csv__shown shown, name;
    mlt_csv__show(&name, s->table.names[at], strlen(s->table.names[at]));
    return mlt__raise(
        err, MLT_E_DATA,
        "%s:%zu:%zu: \"%s\" in column \"%s\" is not a number, but the first %zu rows, which decide "
        "it in a stream, have numbers there; correct it, or read the column as text with "
        "--categorical \"%s\"",
        s->table.file, first->line, at + 1, mlt_csv__show(&shown, first->text, strlen(first->text)),
        name.text, s->n_first, name.text);
}

/* Read a batch into the table; it has no rows at the end. Between batches the caller may stop. */
static mlt_status read_block(mlt_csv_stream *s, mlt_error *err) {
    mlt_csv__table *table = &s->table;
    do {
        for (size_t w = 0; w < table->n_workers; w++)
            s->n_skipped += table->workers[w].n_skipped;
        mlt_csv__table_restart(table);
        bool all_read = s->reader.at_end && s->reader.taken == s->reader.length;
        s->stopped = s->n_first > 0 && s->stop && *s->stop && !all_read;
        if (s->stopped)
            return MLT_OK;
        MLT_TRY(mlt_csv__reader_next(&s->reader, s->reader.block_bytes, err));
        if (s->reader.n_pieces == 0)
            return MLT_OK;
        MLT_TRY(mlt_csv__table_append(table, &s->reader, 0, err));
        if (!mlt_csv__table_pass_texts(table))
            continue;
        if (s->n_first > 0)
            return raise_text(s, err);
        mlt_csv__table_restart(table);
        MLT_TRY(mlt_csv__table_append(table, &s->reader, 0, err));
    } while (table->n == 0);
    return MLT_OK;
}

/* The table as a frame. The table's names, which go with it, are copied first. */
static mlt_status make_frame(mlt_frame *frame, mlt_csv_stream *s, mlt_error *err) {
    mlt_csv__table *table = &s->table;
    char **names = mlt__calloc(table->p, sizeof *names);
    if (!names || !(frame->source = mlt__strdup(s->path))) {
        free(names);
        return mlt__raise_nomem(err, table->p * sizeof *names);
    }
    mlt_status status = MLT_OK;
    for (size_t c = 0; c < table->p && status == MLT_OK; c++)
        if (!(names[c] = mlt__strdup(table->names[c])))
            status = mlt__raise_nomem(err, strlen(table->names[c]));
    if (status == MLT_OK)
        status = mlt_csv__finish(frame, table, &s->head, s->n_first == 0 ? s->ctx : NULL, err);
    for (size_t c = 0; c < table->p; c++) {
        if (table->names[c])
            free(names[c]);
        else
            table->names[c] = names[c];
    }
    free(names);
    if (s->n_first == 0)
        s->n_first = table->n;
    return status;
}

mlt_status mlt_csv_stream_next(mlt_frame **frame, mlt_csv_stream *s, mlt_error *err) {
    *frame = NULL;
    MLT_TRY(read_block(s, err));
    if (s->table.n == 0 && s->n_first > 0)
        return MLT_OK;
    mlt_frame *next = mlt__calloc(1, sizeof *next);
    if (!next)
        return mlt__raise_nomem(err, sizeof *next);
    mlt_status status = make_frame(next, s, err);
    if (status != MLT_OK) {
        mlt_frame_free(next);
        return status;
    }
    *frame = next;
    return MLT_OK;
}

/* ---- what else is known ---- */

size_t mlt_csv_stream_line(const mlt_csv_stream *s, size_t row) {
    const mlt_csv__piece *piece = s->reader.pieces;
    while (row >= piece->rows) {
        row -= piece->rows;
        piece++;
    }
    size_t line = piece->line;
    if (piece->rows == piece->lines)
        return line + row;
    for (const char *at = piece->start; at < piece->end;) {
        const char *blank = mlt_csv__blank_line(at, piece->end, s->table.delimiter);
        mlt_csv__extent extent = mlt_csv__scan_row(at, piece->end, s->table.delimiter);
        bool counts = blank ? s->table.p == 1 : extent.fields == s->table.p;
        if (!extent.next || (counts && row-- == 0))
            break;
        line += extent.lines;
        at = extent.next;
    }
    return line;
}

size_t mlt_csv_stream_skipped(const mlt_csv_stream *s) {
    size_t n = s->n_skipped;
    for (size_t w = 0; w < s->table.n_workers; w++)
        n += s->table.workers[w].n_skipped;
    return n;
}

bool mlt_csv_stream_stopped(const mlt_csv_stream *s) { return s->stopped || mlt__source_was_cut(s->source); }

void mlt_csv_stream_digest(mlt_csv_stream *s, char out[65]) { mlt_csv__reader_digest(&s->reader, out); }
