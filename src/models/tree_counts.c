/* Taking nodes of whole class counts.
 *
 * The cells of a small node's rows lie far apart in the columns, each in a cache line of its own. So when a
 * subtree has but a small part of the rows at hand its rows are copied together, and again further down. */
#include "models/tree_counts.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_kernels.h"
#include "models/tree_sort.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHRINK = 8,       /* a copy has at most so small a part of the rows at hand */
    LEAST_ROWS = 256, /* smaller subtrees are not worth a copy */
    PAYS = 12,        /* nor is it where a node tries fewer than one in so many features */
};

static mlt_status allocate_copy(mlt_compact *copy, const mlt_counts *c, size_t limit, mlt_error *err) {
    copy->limit = limit;
    MLT_ALLOC(copy->codes, c->n_columns * limit, err);
    MLT_ALLOC(copy->rows, limit, err);
    MLT_ALLOC(copy->features, c->data->p, err);
    for (size_t j = 0; j < c->n_columns; j++) {
        copy->features[c->columns[j]] = c->data->features[c->columns[j]];
        copy->features[c->columns[j]].codes = copy->codes + j * limit;
    }
    return MLT_OK;
}

static mlt_status allocate_copies(mlt_counts *c, mlt_error *err) {
    size_t levels = 0;
    for (size_t rows = c->data->n / SHRINK; rows >= LEAST_ROWS; rows /= SHRINK)
        levels++;
    c->copies = mlt__calloc(levels, sizeof *c->copies);
    if (!c->copies)
        return mlt__raise_nomem(err, levels * sizeof *c->copies);
    c->n_copies = levels;
    for (size_t level = 0, rows = c->data->n; level < levels; level++)
        MLT_TRY(allocate_copy(&c->copies[level], c, rows /= SHRINK, err));
    return MLT_OK;
}

mlt_status mlt__counts_new(mlt_counts **out, const mlt_tree_data *data, const uint32_t *columns,
                           size_t n_columns, const uint32_t *samples, const double *weights, size_t n,
                           size_t features_tried, mlt_error *err) {
    mlt_counts *c = mlt__calloc(1, sizeof *c);
    if (!c)
        return mlt__raise_nomem(err, sizeof *c);
    c->data = data;
    c->n_columns = n_columns;
    mlt_status status = MLT_OK;
    MLT_ALLOC_GOTO(c->columns, n_columns, err, failed);
    memcpy(c->columns, columns, n_columns * sizeof *columns);
    MLT_ALLOC_GOTO(c->payloads, n + MLT_KERNEL_PADDING, err, failed);
    MLT_ALLOC_GOTO(c->spare, n, err, failed);
    if (data->row_bins) {
        MLT_ALLOC_GOTO(c->keys, MLT_COUNTS_SORTED * data->width, err, failed);
        MLT_ALLOC_GOTO(c->cells, MLT_COUNTS_BINS * (data->width + 1), err, failed);
    }
    if (features_tried * PAYS >= n_columns)
        MLT_TRY_GOTO(allocate_copies(c, err), failed);
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
    for (size_t level = 0; level < c->n_copies; level++) {
        free(c->copies[level].features);
        free(c->copies[level].codes);
        free(c->copies[level].rows);
    }
    free(c->copies);
    free(c->payloads);
    free(c->spare);
    free(c->keys);
    free(c->cells);
    mlt__xlogx_clear(&c->xlogx);
    free(c);
}

static void enter_copy(mlt_counts *c, uint32_t *samples, size_t start, size_t end) {
    const mlt_tree_feature *from = mlt__counts_features(c);
    const uint32_t *rows = mlt__counts_rows(c);
    const mlt_tree_kernels *kernels = mlt__tree_kernels();
    mlt_compact *copy = &c->copies[c->depth++];
    size_t n = end - start;
    copy->start = start;
    copy->end = end;
    samples += start;
    for (size_t i = 0; i < n; i++)
        copy->rows[i] = rows[samples[i]];
    for (size_t j = 0; j < c->n_columns; j++) {
        uint32_t low, high;
        kernels->gather(copy->codes + j * copy->limit, from[c->columns[j]].codes, samples, n, &low, &high);
    }
    for (size_t i = 0; i < n; i++)
        samples[i] = (uint32_t)i;
}

void mlt__counts_node(mlt_counts *c, uint32_t *samples, size_t start, size_t end) {
    while (c->depth > 0 && (start < c->copies[c->depth - 1].start || end > c->copies[c->depth - 1].end))
        c->depth--;
    size_t n = end - start, at_hand = c->data->n;
    if (c->depth > 0)
        at_hand = c->copies[c->depth - 1].end - c->copies[c->depth - 1].start;
    if (n >= LEAST_ROWS && n <= at_hand / SHRINK && c->depth < c->n_copies && n <= c->copies[c->depth].limit)
        enter_copy(c, samples, start, end);
}

void mlt__counts_sort(mlt_counts *c, uint64_t *keys, const mlt_tree_feature *column, const uint32_t *samples,
                      const uint32_t *payloads, size_t n) {
    for (size_t i = 0; i < n; i++)
        keys[i] = (uint64_t)column->codes[samples[i]] << 32 | payloads[i];
    mlt__sort_free(keys, c->spare, n);
}
