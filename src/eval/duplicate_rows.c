/* Rows that are the same in every column: found by a hash, then compared. */
#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "eval/describe_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };
static const uint32_t EMPTY = UINT32_MAX; /* a place of the table */

/* A cell as bits: equal cells have equal bits; missing ones are equal. */
static inline uint64_t cell_bits(const mlt_column *column, size_t row) {
    uint64_t bits;
    if (column->type == MLT_CATEGORICAL)
        return (uint64_t)(int64_t)column->codes[row];
    double value = column->values[row] + 0.0; /* −0 is 0 */
    if (isnan(value))
        return UINT64_MAX;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Mixes as splitmix64 does (Steele, Lea and Flood 2014). */
static inline uint64_t mix(uint64_t hash) {
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9U;
    hash = (hash ^ hash >> 27) * 0x94D049BB133111EBU;
    return hash ^ hash >> 31;
}

static void hash_rows(uint64_t *hashes, const mlt_description *d, const mlt_context *ctx) {
    size_t n = d->frame->n, n_blocks = (n + BLOCK - 1) / BLOCK;
    int threads = mlt__threads(ctx, n_blocks);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t b = 0; b < n_blocks; b++) {
        size_t first = b * BLOCK, end = first + BLOCK < n ? first + BLOCK : n;
        for (size_t i = first; i < end; i++)
            hashes[i] = 0;
        for (size_t j = 0; j < d->n_columns; j++)
            for (size_t i = first; i < end; i++)
                hashes[i] = mix(hashes[i] + 0x9E3779B97F4A7C15U + cell_bits(d->columns[j].column, i));
    }
}

static bool same_rows(const mlt_description *d, size_t a, size_t b) {
    for (size_t j = 0; j < d->n_columns; j++)
        if (cell_bits(d->columns[j].column, a) != cell_bits(d->columns[j].column, b))
            return false;
    return true;
}

mlt_status mlt__find_duplicates(mlt_description *out, const mlt_context *ctx, mlt_error *err) {
    size_t n = out->frame->n, places = 2;
    while (places < 2 * n)
        places *= 2;
    uint64_t *hashes;
    MLT_ALLOC(hashes, n, err);
    uint32_t *table = mlt__alloc(places, sizeof *table);
    if (!table) {
        free(hashes);
        return mlt__raise_nomem(err, places * sizeof *table);
    }
    memset(table, 0xFF, places * sizeof *table);
    hash_rows(hashes, out, ctx);
    for (size_t i = 0; i < n; i++) {
        size_t at = hashes[i] & (places - 1);
        while (table[at] != EMPTY && (hashes[table[at]] != hashes[i] || !same_rows(out, table[at], i)))
            at = (at + 1) & (places - 1);
        if (table[at] == EMPTY) {
            table[at] = (uint32_t)i;
        } else if (out->n_duplicates++ == 0) {
            out->duplicate[0] = table[at];
            out->duplicate[1] = i;
        }
    }
    free(table);
    free(hashes);
    return MLT_OK;
}
