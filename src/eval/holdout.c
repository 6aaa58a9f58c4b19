/* The sample of least hashes: a heap of the kept rows, whose top goes when a lesser hash comes. */
#include "eval/holdout.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>

/* ---- rows ---- */

mlt_status mlt__row_store_init(mlt_row_store *out, const mlt_schema *schema, size_t capacity,
                               const char *source, mlt_error *err) {
    mlt_status status = MLT_OK;
    *out = (mlt_row_store){.capacity = capacity};
    out->cells = mlt__calloc(schema->p, sizeof *out->cells);
    if (!out->cells) {
        status = mlt__raise_nomem(err, schema->p * sizeof *out->cells);
        goto fail;
    }
    out->data = (mlt_dataset){.p = schema->p, .schema = schema, .x = out->cells, .source = source};
    for (size_t j = 0; j < schema->p; j++) {
        mlt_cells *cells = &out->cells[j];
        if (schema->features[j].type == MLT_NUMERIC)
            MLT_ALLOC_GOTO(cells->values, capacity, err, fail);
        else
            MLT_ALLOC_GOTO(cells->codes, capacity, err, fail);
    }
    MLT_ALLOC_GOTO(out->y, capacity, err, fail);
    if (schema->weights)
        MLT_ALLOC_GOTO(out->weights, capacity, err, fail);
    out->data.y = out->y;
    out->data.weights = out->weights;
    return MLT_OK;
fail:
    mlt__row_store_clear(out);
    return status;
}

void mlt__row_store_clear(mlt_row_store *store) {
    for (size_t j = 0; store->cells && j < store->data.p; j++) {
        free((void *)(uintptr_t)store->cells[j].values);
        free((void *)(uintptr_t)store->cells[j].codes);
    }
    free(store->cells);
    free(store->y);
    free(store->weights);
    *store = (mlt_row_store){0};
}

/* Put a row of `data` at place `at`. The store's own arrays may be written. */
static void copy_row(mlt_row_store *store, size_t at, const mlt_dataset *data, size_t row) {
    for (size_t j = 0; j < data->p; j++) {
        if (data->x[j].values)
            ((double *)(uintptr_t)store->cells[j].values)[at] = data->x[j].values[row];
        else
            ((int32_t *)(uintptr_t)store->cells[j].codes)[at] = data->x[j].codes[row];
    }
    store->y[at] = data->y[row];
    if (store->weights)
        store->weights[at] = data->weights ? data->weights[row] : 1;
}

/* ---- the sample ---- */

mlt_status mlt__holdout_init(mlt_holdout *out, const mlt_schema *schema, size_t capacity, const char *source,
                             mlt_error *err) {
    mlt_status status;
    *out = (mlt_holdout){0};
    MLT_TRY_GOTO(mlt__row_store_init(&out->kept, schema, capacity, source, err), fail);
    MLT_ALLOC_GOTO(out->hash, capacity, err, fail);
    MLT_ALLOC_GOTO(out->heap, capacity, err, fail);
    return MLT_OK;
fail:
    mlt__holdout_clear(out);
    return status;
}

void mlt__holdout_clear(mlt_holdout *holdout) {
    mlt__row_store_clear(&holdout->kept);
    free(holdout->hash);
    free(holdout->heap);
    *holdout = (mlt_holdout){0};
}

/* Let the row at place i of the heap sink until none below it has a greater hash. */
static void sink(mlt_holdout *h, size_t i) {
    uint32_t row = h->heap[i];
    for (size_t child; (child = 2 * i + 1) < h->kept.data.n; i = child) {
        if (child + 1 < h->kept.data.n && h->hash[h->heap[child + 1]] > h->hash[h->heap[child]])
            child++;
        if (h->hash[h->heap[child]] <= h->hash[row])
            break;
        h->heap[i] = h->heap[child];
    }
    h->heap[i] = row;
}

/* Append row `row` to the heap. */
static void rise(mlt_holdout *h, uint32_t row) {
    size_t i = h->kept.data.n++;
    for (; i > 0 && h->hash[h->heap[(i - 1) / 2]] < h->hash[row]; i = (i - 1) / 2)
        h->heap[i] = h->heap[(i - 1) / 2];
    h->heap[i] = row;
}

void mlt__holdout_offer(mlt_holdout *h, mlt_row_store *left, const mlt_dataset *data, size_t row,
                        uint64_t hash) {
    mlt_dataset *kept = &h->kept.data;
    if (kept->n < h->kept.capacity) {
        size_t at = kept->n;
        copy_row(&h->kept, at, data, row);
        h->hash[at] = hash;
        rise(h, (uint32_t)at);
        return;
    }
    uint32_t top = h->heap[0];
    if (hash >= h->hash[top]) {
        copy_row(left, left->data.n++, data, row);
        return;
    }
    copy_row(left, left->data.n++, kept, top);
    copy_row(&h->kept, top, data, row);
    h->hash[top] = hash;
    sink(h, 0);
}
