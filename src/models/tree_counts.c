/* Taking nodes of whole class counts.
 *
 * The cells of a node's rows lie far apart in the training matrix, each in a cache line of its own. So when a
 * subtree is small its rows are copied together: the copy fits the cache for all nodes below. */
#include "models/tree_counts.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_sort.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMPACT_ROWS = 4096,     /* rows of the largest compact copy */
    COMPACT_BYTES = 1 << 19, /* and bytes, for wide data */
    COMPACT_LEAST = 128,     /* smaller subtrees are not worth a copy */
};

static mlt_status allocate_compact(mlt_counts *c, mlt_error *err) {
    size_t rows = COMPACT_BYTES / (c->n_columns * sizeof(uint32_t));
    c->compact_limit = rows < COMPACT_ROWS ? rows : COMPACT_ROWS;
    if (!c->data->by_rows || c->compact_limit < COMPACT_LEAST)
        c->compact_limit = 0;
    if (c->compact_limit == 0)
        return MLT_OK;
    MLT_ALLOC(c->compact_codes, c->n_columns * c->compact_limit, err);
    MLT_ALLOC(c->compact_features, c->data->p, err);
    for (size_t j = 0; j < c->n_columns; j++) {
        mlt_tree_feature *to = &c->compact_features[c->columns[j]];
        *to = c->data->features[c->columns[j]];
        to->codes = c->compact_codes + j * c->compact_limit;
        to->step = 1;
    }
    return MLT_OK;
}

mlt_status mlt__counts_new(mlt_counts **out, const mlt_tree_data *data, const uint32_t *columns,
                           size_t n_columns, const uint32_t *samples, const double *weights, size_t n,
                           bool compact, mlt_error *err) {
    mlt_counts *c = mlt__calloc(1, sizeof *c);
    if (!c)
        return mlt__raise_nomem(err, sizeof *c);
    c->data = data;
    c->n_columns = n_columns;
    mlt_status status = MLT_OK;
    MLT_ALLOC_GOTO(c->columns, n_columns, err, failed);
    memcpy(c->columns, columns, n_columns * sizeof *columns);
    MLT_ALLOC_GOTO(c->payloads, n, err, failed);
    MLT_ALLOC_GOTO(c->spare, n, err, failed);
    if (compact)
        MLT_TRY_GOTO(allocate_compact(c, err), failed);
    for (size_t i = 0; i < n; i++)
        c->payloads[i] = (weights ? (uint32_t)weights[samples[i]] : 1) << 8 | data->labels[samples[i]];
    *out = c;
    return MLT_OK;
failed:
    mlt__counts_free(c);
    return status;
}

void mlt__counts_free(mlt_counts *c) {
    if (!c)
        return;
    free(c->columns);
    free(c->compact_features);
    free(c->compact_codes);
    free(c->payloads);
    free(c->spare);
    free(c);
}

/* Copy the rows' codes, row by row: a row's codes stand together. */
static void enter_compact(mlt_counts *c, uint32_t *samples, size_t start, size_t end) {
    enum { AHEAD = 8 };
    size_t n = end - start, p = c->data->p;
    for (size_t i = 0; i < n; i++) {
        const uint32_t *row = c->data->codes + (size_t)samples[start + i] * p;
        if (i + AHEAD < n)
            __builtin_prefetch(c->data->codes + (size_t)samples[start + i + AHEAD] * p);
        for (size_t j = 0; j < c->n_columns; j++)
            c->compact_codes[j * c->compact_limit + i] = row[c->columns[j]];
    }
    for (size_t i = 0; i < n; i++)
        samples[start + i] = (uint32_t)i;
    c->compact_start = start;
    c->compact_end = end;
}

void mlt__counts_node(mlt_counts *c, uint32_t *samples, size_t start, size_t end) {
    if (start < c->compact_start || end > c->compact_end)
        c->compact_start = c->compact_end = 0;
    size_t n = end - start;
    if (c->compact_end == 0 && n <= c->compact_limit && n >= COMPACT_LEAST)
        enter_compact(c, samples, start, end);
}

void mlt__counts_sort(mlt_counts *c, uint64_t *keys, const mlt_tree_feature *column, const uint32_t *samples,
                      const uint32_t *payloads, size_t n) {
    for (size_t i = 0; i < n; i++)
        keys[i] = (uint64_t)mlt__code_at(column, samples[i]) << 32 | payloads[i];
    mlt__sort_free(keys, c->spare, n);
}
