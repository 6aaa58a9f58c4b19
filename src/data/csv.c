/* Reading a CSV file: head, then the rows in one pass, or in two if a column turns out to hold texts late. */
#include "data/csv_read.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "data/csv_finish.h"
#include "mltool/nearest.h"

/* Workers times columns. */
enum { MAX_FACTS = 1 << 21 };

static size_t find_name(const mlt_csv__table *table, const char *name) {
    size_t c = 0;
    while (c < table->p && strcmp(table->names[c], name) != 0)
        c++;
    return c;
}

static mlt_status force_texts(mlt_csv__table *table, mlt_error *err) {
    for (size_t i = 0; i < table->options->n_categorical; i++) {
        const char *name = table->options->categorical[i];
        size_t c = find_name(table, name);
        if (c < table->p) {
            table->columns[c].kind = MLT_CSV__TEXTS;
            table->columns[c].forced = true;
            table->columns[c].labelled = false;
            continue;
        }
        if (table->options->categorical_if_there)
            continue;
        mlt_csv__shown shown, close;
        const char *nearest = mlt_nearest(name, (const char *const *)table->names, table->p);
        return mlt__raise(err, MLT_E_USAGE, "--categorical: %s has no column \"%s\"%s%s%s", table->file,
                          mlt_csv__show(&shown, name, strlen(name)), nearest ? "; did you mean \"" : "",
                          nearest ? mlt_csv__show(&close, nearest, strlen(nearest)) : "; see its first line",
                          nearest ? "\"?" : "");
    }
    return MLT_OK;
}

mlt_status mlt_csv__set_up(mlt_csv__table *table, mlt_csv__head *head, mlt_error *err) {
    table->delimiter = head->delimiter;
    table->p = head->p;
    table->names = head->names;
    head->names = NULL;
    mlt_csv__missing_init(&table->missing, table->options);
    /* Every worker keeps facts of every column: few workers where columns are very many. */
    while (table->n_workers > 1 && table->n_workers * table->p > MAX_FACTS)
        table->n_workers--;
    MLT_TRY(mlt_csv__table_init(table, err));
    for (size_t c = head->p - head->n_nameless; c < table->p; c++)
        table->columns[c].kind = MLT_CSV__NAMELESS;

    const char *label = table->options->label;
    table->label = label ? find_name(table, label) : table->p - head->n_nameless - 1;
    if (table->label < table->p)
        table->columns[table->label].labelled = true;

    table->check = table->p;
    for (size_t c = 0; c < table->p && !table->options->no_header && table->check == table->p; c++) {
        double number;
        table->check_length = strlen(table->names[c]);
        if (table->check_length > 0 && !mlt_parse_double(&number, table->names[c], table->check_length))
            table->check = c;
    }
    return force_texts(table, err);
}

/* Rows to expect in all, from those seen; a little more than it looks. */
static size_t expect_rows(const mlt_csv__reader *reader) {
    size_t lines = reader->line - 1, total = mlt__source_size(reader->source);
    if (reader->bytes == 0 || total == 0)
        return 0;
    return (size_t)((double)total / (double)reader->bytes * (double)lines * 1.02) + 2;
}

/* One pass over the rows. `*again`: a column is made of texts, though numbers of it were stored before. */
static mlt_status read_rows(mlt_csv__table *table, mlt_csv__reader *reader, bool *again, mlt_error *err) {
    bool second_pass = *again;
    *again = false;
    /* The first batch is small: where texts usually show they are found at once, and only it is read twice.
     */
    for (size_t batch = 0;; batch++) {
        size_t bytes = batch == 0 && reader->piece_bytes < reader->block_bytes ? reader->piece_bytes
                                                                               : reader->block_bytes;
        MLT_TRY(mlt_csv__reader_next(reader, bytes, err));
        if (reader->n_pieces == 0)
            return MLT_OK;
        MLT_TRY(mlt_csv__table_append(table, reader, expect_rows(reader), err));
        if (!mlt_csv__table_pass_texts(table))
            continue;
        if (second_pass)
            return mlt__raise(err, MLT_E_IO, "%s: the file changed while it was read; try again",
                              table->file);
        if (batch > 0) {
            *again = true;
            continue;
        }
        mlt_csv__table_restart(table);
        MLT_TRY(mlt_csv__table_append(table, reader, expect_rows(reader), err));
    }
}

static mlt_status read_table(mlt_frame *frame, mlt_csv__table *table, mlt_csv__head *head,
                             mlt_csv__reader *reader, mlt_error *err) {
    MLT_TRY(mlt_csv__head_read(head, reader, table->options, err));
    MLT_TRY(mlt_csv__set_up(table, head, err));
    bool again = false;
    MLT_TRY(read_rows(table, reader, &again, err));
    if (again) {
        MLT_TRY(mlt_csv__reader_rewind(reader, err));
        MLT_TRY(mlt_csv__head_pass(reader, table->options, err));
        mlt_csv__table_restart(table);
        MLT_TRY(read_rows(table, reader, &again, err));
    }
    MLT_TRY(mlt_csv__finish(frame, table, head, reader->ctx, err));
    mlt_csv__reader_digest(reader, frame->sha256);
    return MLT_OK;
}

mlt_status mlt_csv__read(mlt_frame **out, const char *path, const mlt_csv_options *options,
                         const mlt_csv__settings *settings, const mlt_context *ctx, mlt_error *err) {
    static const mlt_csv_options defaults;
    mlt__source *source;
    MLT_TRY(mlt__source_open(&source, path, ctx, err));
    mlt_csv__reader reader = {0};
    mlt_csv__head head = {0};
    mlt_csv__table table = {.file = mlt__source_name(source), .options = options ? options : &defaults};
    mlt_frame *frame = mlt__calloc(1, sizeof *frame);
    mlt_status status = MLT_OK;
    if (!frame || !(frame->source = mlt__strdup(path))) {
        status = mlt__raise_nomem(err, sizeof *frame);
        goto done;
    }
    MLT_TRY_GOTO(mlt_csv__reader_init(&reader, source, table.options->digest, ctx, err), done);
    reader.piece_bytes = settings && settings->piece_bytes ? settings->piece_bytes : MLT_CSV__PIECE_BYTES;
    reader.block_bytes = settings && settings->block_bytes ? settings->block_bytes : MLT_CSV__BLOCK_BYTES;
    reader.threads = mlt__threads(ctx, MLT_CSV__MAX_THREADS);
    table.n_workers = (size_t)reader.threads;
    table.careful = settings && settings->careful;
    status = read_table(frame, &table, &head, &reader, err);
done:
    for (size_t c = 0; head.names && c < head.p; c++)
        free(head.names[c]);
    free(head.names);
    mlt_csv__table_clear(&table);
    mlt_csv__reader_clear(&reader);
    mlt__source_free(source);
    if (status != MLT_OK) {
        mlt_frame_free(frame);
        return status;
    }
    *out = frame;
    return MLT_OK;
}

mlt_status mlt_csv_read(mlt_frame **out, const char *path, const mlt_csv_options *options,
                        const mlt_context *ctx, mlt_error *err) {
    return mlt_csv__read(out, path, options, NULL, ctx, err);
}
