/* The table under construction: growing columns, filling them piece by piece in parallel, joining the pieces.
 */
#include "data/csv_table.h"

#include <omp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/error.h"
#include "core/memory.h"

/* Row indices are 32 bits wide all over the library. */
static const size_t max_rows = UINT32_MAX - 1;

static void clear_facts(mlt_csv__facts *facts) {
    free(facts->text.text);
    free(facts->infinite.text);
    free(facts->inexact.text);
    mlt_csv__dictionary_free(facts->dictionary);
    *facts = (mlt_csv__facts){0};
}

mlt_status mlt_csv__table_init(mlt_csv__table *table, mlt_error *err) {
    const unsigned char stops[] = {(unsigned char)table->delimiter, '\n', '\r', '"', '\0'};
    for (size_t i = 0; i < sizeof stops; i++)
        table->stops[stops[i]] = true;
    table->columns = mlt__calloc(table->p, sizeof *table->columns);
    table->workers = mlt__calloc(table->n_workers, sizeof *table->workers);
    if (!table->columns || !table->workers)
        return mlt__raise_nomem(err, table->p * sizeof *table->columns);
    for (size_t i = 0; i < table->n_workers; i++) {
        mlt_csv__worker *worker = &table->workers[i];
        MLT_TRY(mlt_csv__tokens_init(&worker->tokens, table->file, table->delimiter, table->p, err));
        worker->facts = mlt__calloc(table->p, sizeof *worker->facts);
        MLT_ALLOC(worker->pending, table->p, err);
        MLT_ALLOC(worker->missing, table->p, err);
        if (!worker->facts)
            return mlt__raise_nomem(err, table->p * sizeof *worker->facts);
    }
    return MLT_OK;
}

void mlt_csv__table_restart(mlt_csv__table *table) {
    table->n = table->n_segments = 0;
    for (size_t c = 0; c < table->p; c++) {
        mlt_csv__column *column = &table->columns[c];
        if (column->kind != MLT_CSV__PASSED)
            continue;
        column->kind = MLT_CSV__TEXTS;
        column->labelled = false;
    }
    table->capacity = 0; /* the columns that changed have no room yet */
    for (size_t i = 0; i < table->n_workers; i++) {
        mlt_csv__worker *worker = &table->workers[i];
        worker->n_skipped = worker->n_blank = 0;
        worker->found_text = false;
        for (size_t c = 0; c < table->p; c++)
            clear_facts(&worker->facts[c]);
    }
}

/* Large pages for large blocks: fewer faults while they are filled and fewer misses ever after. Only a hint.
 */
static void advise_large_pages(void *block, size_t bytes) {
    enum { LARGE = 1 << 21 };
    if (bytes < 2 * LARGE)
        return;
    uintptr_t start = ((uintptr_t)block + LARGE - 1) / LARGE * LARGE;
    uintptr_t end = ((uintptr_t)block + bytes) / LARGE * LARGE;
    madvise((void *)start, end - start, MADV_HUGEPAGE);
}

/* Give every column exactly `rows` rows of room. Large blocks move by remapping, without a copy and without
 * being touched, so room that is not used costs no memory. */
static mlt_status resize(mlt_csv__table *table, size_t rows, mlt_error *err) {
    for (size_t c = 0; c < table->p; c++) {
        mlt_csv__column *column = &table->columns[c];
        if (column->kind == MLT_CSV__NUMBERS) {
            double *values = mlt__realloc(column->values, rows, sizeof *values);
            if (!values)
                return mlt__raise_nomem(err, rows * sizeof *values);
            column->values = values;
            advise_large_pages(values, rows * sizeof *values);
        }
        if (column->kind == MLT_CSV__TEXTS || (column->kind == MLT_CSV__NUMBERS && column->labelled)) {
            int32_t *codes = mlt__realloc(column->codes, rows, sizeof *codes);
            if (!codes)
                return mlt__raise_nomem(err, rows * sizeof *codes);
            column->codes = codes;
            advise_large_pages(codes, rows * sizeof *codes);
        }
    }
    table->capacity = rows;
    return MLT_OK;
}

static mlt_status reserve(mlt_csv__table *table, size_t rows, size_t expected, mlt_error *err) {
    if (rows > max_rows)
        return mlt__raise(err, MLT_E_LIMIT, "%s: more than %zu rows", table->file, max_rows);
    if (rows <= table->capacity)
        return MLT_OK;
    size_t wanted = table->capacity + table->capacity / 2;
    if (wanted < expected)
        wanted = expected;
    return resize(table, wanted > rows ? wanted : rows, err);
}

/* The rows of a piece stand at `from`, and belong at `to`, because pieces before it had fewer rows than
 * lines. */
static void move_rows(mlt_csv__table *table, size_t to, size_t from, size_t n) {
    for (size_t c = 0; c < table->p; c++) {
        mlt_csv__column *column = &table->columns[c];
        if (column->values)
            memmove(column->values + to, column->values + from, n * sizeof *column->values);
        if (column->codes)
            memmove(column->codes + to, column->codes + from, n * sizeof *column->codes);
    }
}

static mlt_status add_segment(mlt_csv__table *table, size_t row, size_t n, size_t worker, mlt_error *err) {
    mlt_csv__segment *last = table->n_segments > 0 ? &table->segments[table->n_segments - 1] : NULL;
    if (last && last->worker == worker) {
        last->n += n;
        return MLT_OK;
    }
    if (!table->segments || table->n_segments == table->segment_capacity) {
        size_t capacity = table->segment_capacity * 2 + 16;
        mlt_csv__segment *larger = mlt__realloc(table->segments, capacity, sizeof *larger);
        if (!larger)
            return mlt__raise_nomem(err, capacity * sizeof *larger);
        table->segments = larger;
        table->segment_capacity = capacity;
    }
    table->segments[table->n_segments++] = (mlt_csv__segment){row, n, worker};
    return MLT_OK;
}

/* Read a piece, or the next block, with worker `w`. */
static void run_task(const mlt_csv__table *table, mlt_csv__reader *reader, mlt_csv__piece *piece, size_t w) {
    if (!piece) {
        mlt_csv__reader_ahead(reader);
        return;
    }
    mlt_csv__worker *worker = &table->workers[w];
    piece->worker = w;
    piece->rows = 0;
    /* A worker takes pieces in ascending order, so those after its first error cannot matter. */
    piece->status = worker->error.status ? MLT_OK : mlt_csv__piece_read(piece, table, worker);
}

/* Reading ahead comes first: it takes longest. One thread needs no OpenMP, which ends the program when it
 * cannot allocate. */
static void run_tasks(const mlt_csv__table *table, mlt_csv__reader *reader) {
    size_t ahead = mlt_csv__reader_wants_ahead(reader), tasks = reader->n_pieces + ahead;
    if (table->n_workers == 1 || tasks == 1) {
        for (size_t i = 0; i < tasks; i++)
            run_task(table, reader, i < ahead ? NULL : &reader->pieces[i - ahead], 0);
        return;
    }
    /* Monotonic: a worker's first sight of something, and its first error, are those of its first piece. */
#pragma omp parallel for schedule(monotonic : dynamic) num_threads((int)table->n_workers)
    for (size_t i = 0; i < tasks; i++)
        run_task(table, reader, i < ahead ? NULL : &reader->pieces[i - ahead], (size_t)omp_get_thread_num());
}

mlt_status mlt_csv__table_append(mlt_csv__table *table, mlt_csv__reader *reader, size_t expected,
                                 mlt_error *err) {
    mlt_csv__piece *pieces = reader->pieces;
    size_t n_pieces = reader->n_pieces, rows = table->n;
    for (size_t i = 0; i < n_pieces; i++) {
        pieces[i].row = rows;
        rows += pieces[i].lines;
    }
    MLT_TRY(reserve(table, rows, expected, err));
    run_tasks(table, reader);
    for (size_t i = 0; i < n_pieces; i++) {
        if (pieces[i].status != MLT_OK)
            return mlt__raise(err, pieces[i].status, "%s", table->workers[pieces[i].worker].error.message);
        if (pieces[i].row != table->n && pieces[i].rows > 0)
            move_rows(table, table->n, pieces[i].row, pieces[i].rows);
        MLT_TRY(add_segment(table, table->n, pieces[i].rows, pieces[i].worker, err));
        table->n += pieces[i].rows;
    }
    return MLT_OK;
}

const mlt_csv__sight *mlt_csv__table_sight(const mlt_csv__table *table, size_t column, size_t offset) {
    static const mlt_csv__sight nowhere;
    const mlt_csv__sight *first = &nowhere;
    for (size_t i = 0; i < table->n_workers; i++) {
        const char *facts = (const char *)&table->workers[i].facts[column];
        const mlt_csv__sight *sight = (const mlt_csv__sight *)(const void *)(facts + offset);
        if (sight->line > 0 && (first->line == 0 || sight->line < first->line))
            first = sight;
    }
    return first;
}

bool mlt_csv__table_pass_texts(mlt_csv__table *table) {
    bool found = false;
    for (size_t i = 0; i < table->n_workers; i++)
        found |= table->workers[i].found_text;
    if (!found)
        return false;
    for (size_t c = 0; c < table->p; c++) {
        mlt_csv__column *column = &table->columns[c];
        if (column->kind != MLT_CSV__NUMBERS ||
            mlt_csv__table_sight(table, c, offsetof(mlt_csv__facts, text))->line == 0)
            continue;
        column->kind = MLT_CSV__PASSED;
        free(column->values);
        free(column->codes);
        column->values = NULL;
        column->codes = NULL;
    }
    for (size_t i = 0; i < table->n_workers; i++)
        table->workers[i].found_text = false;
    return true;
}

void mlt_csv__table_clear(mlt_csv__table *table) {
    for (size_t c = 0; c < table->p; c++) {
        if (table->names)
            free(table->names[c]);
        if (table->columns) {
            free(table->columns[c].values);
            free(table->columns[c].codes);
        }
        for (size_t i = 0; table->workers && i < table->n_workers; i++)
            if (table->workers[i].facts)
                clear_facts(&table->workers[i].facts[c]);
    }
    for (size_t i = 0; table->workers && i < table->n_workers; i++) {
        mlt_csv__tokens_clear(&table->workers[i].tokens);
        free(table->workers[i].facts);
        free(table->workers[i].pending);
        free(table->workers[i].missing);
    }
    free(table->names);
    free(table->columns);
    free(table->workers);
    free(table->segments);
    *table = (mlt_csv__table){0};
}
