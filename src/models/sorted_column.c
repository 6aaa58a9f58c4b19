/* Sorting a column by radix: least significant digit first. */
#include "models/sorted_column.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/radix_sort.h"

#include <math.h>
#include <stdlib.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, PASSES = 3 };

/* How many cells have each digit, in each of the value's three places. */
typedef struct digit_counts {
    uint32_t of[PASSES][DIGITS];
} digit_counts;

static inline uint64_t row_of(uint64_t row) { return row >> 32; }
MLT__RADIX_SORT(sort_rows, uint64_t, row_of)

mlt_status mlt__rows_in_order(uint64_t **out, const mlt_tree_data *data, mlt_error *err) {
    uint64_t *rows, *spare;
    MLT_ALLOC(rows, data->n, err);
    spare = mlt__alloc(data->n, sizeof *spare);
    if (!spare) {
        free(rows);
        return mlt__raise_nomem(err, data->n * sizeof *spare);
    }
    for (size_t i = 0; i < data->n; i++)
        rows[i] = (uint64_t)data->rows[i] << 32 | i;
    *out = sort_rows(rows, spare, data->n);
    free(*out == rows ? spare : rows);
    return MLT_OK;
}

/* Bits of a float whose unsigned order is the numbers' order; −0 becomes +0. */
static uint32_t sortable(float value) {
    uint32_t bits;
    value += 0.0F;
    memcpy(&bits, &value, sizeof bits);
    return bits ^ (-(bits >> 31) | 0x80000000U);
}

static inline uint32_t digit_of(uint64_t pair, int pass) {
    return pair >> (32 + pass * DIGIT_BITS) & (DIGITS - 1);
}

/* Write the known cells as pairs and count their digits. Returns false where there is an infinite one. */
static bool take_cells(mlt_sorted_column *sorted, digit_counts *counts, const double *cells,
                       const uint64_t *rows, size_t n) {
    bool finite = true;
    size_t known = 0;
    memset(counts, 0, sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        float value = (float)cells[rows[i] >> 32];
        if (isnan(value))
            continue;
        uint64_t pair = (uint64_t)sortable(value) << 32 | (uint32_t)rows[i];
        finite &= !isinf(value);
        for (int pass = 0; pass < PASSES; pass++)
            counts->of[pass][digit_of(pair, pass)]++;
        sorted->pairs[known++] = pair;
    }
    sorted->known = known;
    return finite;
}

/* Sort by one digit, into `spare`, unless it is the same in all cells. */
static void sort_by_digit(mlt_sorted_column *sorted, uint32_t *counts, int pass) {
    const uint64_t *from = sorted->pairs;
    uint64_t *to = sorted->spare;
    size_t known = sorted->known;
    if (known == 0 || counts[digit_of(from[0], pass)] == known)
        return;
    uint32_t start = 0;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        uint32_t count = counts[digit];
        counts[digit] = start;
        start += count;
    }
    for (size_t i = 0; i < known; i++)
        to[counts[digit_of(from[i], pass)]++] = from[i];
    sorted->spare = sorted->pairs;
    sorted->pairs = to;
}

mlt_status mlt__sort_column(mlt_sorted_column *sorted, const mlt_tree_data *data, size_t column,
                            const uint64_t *rows, mlt_error *err) {
    digit_counts counts;
    if (!take_cells(sorted, &counts, data->features[column].cells, rows, data->n))
        return mlt__raise(
            err, MLT_E_NUMERIC,
            "%s: column '%s' has a value beyond 3.4e38, which trees cannot hold; rescale the column",
            data->source->source, data->source->schema->features[column].name);
    for (int pass = 0; pass < PASSES; pass++)
        sort_by_digit(sorted, counts.of[pass], pass);
    return MLT_OK;
}

static mlt_status room_new(mlt_sorted_column *out, size_t n, mlt_error *err) {
    *out = (mlt_sorted_column){0};
    MLT_ALLOC(out->room, 2 * n, err);
    out->pairs = out->room;
    out->spare = out->room + n;
    return MLT_OK;
}

mlt_status mlt__each_column(mlt_column_task task, void *user, size_t first, size_t count, size_t n,
                            int threads, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t failed = SIZE_MAX;
#pragma omp parallel num_threads(threads)
    {
        mlt_sorted_column room;
        mlt_error own = {0};
        mlt_status ready = room_new(&room, n, &own);
#pragma omp for schedule(dynamic)
        for (size_t j = first; j < first + count; j++) {
            mlt_status done = ready == MLT_OK ? task(user, j, &room, &own) : ready;
            if (done != MLT_OK) {
#pragma omp critical(mlt_each_column)
                if (j < failed) {
                    failed = j;
                    status = done;
                    if (err)
                        *err = own;
                }
            }
        }
        free(room.room);
    }
    return status;
}
