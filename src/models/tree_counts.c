/* Sorting nodes of whole class counts.
 *
 * Every row has a rank of its own in each numeric column. A node is sorted by marking its rows' ranks in a
 * bitmap and reading the marks in order, a few nanoseconds a row, as long as the bitmap is not much longer
 * than the node. So when a subtree is small its rows are copied together and ranked anew among themselves:
 * bitmap and columns then fit the cache for all nodes below. */
#include "models/tree_counts.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_sort.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMPACT_ROWS = 4096,     /* rows of the largest compact copy */
    COMPACT_BYTES = 1 << 20, /* and bytes, for wide data */
    COMPACT_LEAST = 128,     /* smaller subtrees are not worth a copy */
    INSERTION_ROWS = 16,     /* smaller nodes are sorted by insertion */
    BITMAP_WORDS_A_ROW = 1,  /* longer bitmaps a row than this do not pay */
};

/* Can rows be sorted by marking their codes? Then codes are a permutation of 0 to n − 1. */
static inline bool has_own_ranks(const mlt_tree_feature *column) {
    return column->values && !column->has_missing;
}

static mlt_status allocate_compact(mlt_counts *c, mlt_error *err) {
    size_t rows = COMPACT_BYTES / (c->n_columns * (2 * sizeof(uint32_t)));
    c->compact_limit = rows < COMPACT_ROWS ? rows : COMPACT_ROWS;
    if (!c->data->row_codes || c->compact_limit < COMPACT_LEAST)
        c->compact_limit = 0;
    if (c->compact_limit == 0)
        return MLT_OK;
    MLT_ALLOC(c->compact_codes, c->n_columns * c->compact_limit, err);
    MLT_ALLOC(c->compact_origins, c->n_columns * c->compact_limit, err);
    MLT_ALLOC(c->compact_features, c->data->p, err);
    c->compact.features = c->compact_features;
    return MLT_OK;
}

mlt_status mlt__counts_new(mlt_counts **out, const mlt_tree_data *data, const uint32_t *columns,
                           size_t n_columns, const uint32_t *samples, const double *weights, size_t n,
                           bool compact, mlt_error *err) {
    mlt_counts *c = mlt__calloc(1, sizeof *c);
    if (!c)
        return mlt__raise_nomem(err, sizeof *c);
    c->data = data;
    c->columns = columns;
    c->n_columns = n_columns;
    c->whole = (mlt_row_view){.n = data->n, .features = data->features};
    mlt_status status = MLT_OK;
    MLT_ALLOC_GOTO(c->payloads, n, err, failed);
    MLT_ALLOC_GOTO(c->spare, n, err, failed);
    MLT_ALLOC_GOTO(c->slots, data->n, err, failed);
    c->bits = mlt__calloc(data->n / 64 + 1, sizeof *c->bits);
    if (!c->bits) {
        status = mlt__raise_nomem(err, data->n / 8 + 8);
        goto failed;
    }
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
    free(c->compact_features);
    free(c->compact_codes);
    free(c->compact_origins);
    free(c->payloads);
    free(c->spare);
    free(c->slots);
    free(c->bits);
    free(c);
}

/* Mark the rows' codes, each with what belongs to it. */
static inline void mark(mlt_counts *c, uint32_t code, uint32_t item) {
    c->slots[code] = item;
    c->bits[code >> 6] |= (uint64_t)1 << (code & 63);
}

/* Rank a copied column anew, if its codes are ranks: 0 to n − 1. */
static void rank_anew(mlt_counts *c, mlt_tree_feature *to, uint32_t *origins, size_t n) {
    if (!has_own_ranks(to))
        return;
    for (size_t i = 0; i < n; i++)
        mark(c, to->codes[i], (uint32_t)i);
    uint32_t rank = 0;
    for (size_t word = 0; rank < n; word++) {
        for (uint64_t marks = c->bits[word]; marks; marks &= marks - 1) {
            uint32_t code = (uint32_t)(word << 6) | (uint32_t)__builtin_ctzll(marks);
            origins[rank] = code;
            to->codes[c->slots[code]] = rank++;
        }
        c->bits[word] = 0;
    }
    to->n_codes = (uint32_t)n;
    to->origin = origins;
}

/* Copy the rows' codes, row by row: a row's codes stand together. */
static void copy_rows(mlt_counts *c, const uint32_t *samples, size_t n) {
    enum { AHEAD = 8 };
    for (size_t i = 0; i < n; i++) {
        const uint32_t *row = c->data->row_codes + (size_t)samples[i] * c->data->p;
        if (i + AHEAD < n)
            __builtin_prefetch(c->data->row_codes + (size_t)samples[i + AHEAD] * c->data->p);
        for (size_t j = 0; j < c->n_columns; j++)
            c->compact_codes[j * c->compact_limit + i] = row[c->columns[j]];
    }
}

static void enter_compact(mlt_counts *c, uint32_t *samples, size_t start, size_t end) {
    size_t n = end - start;
    copy_rows(c, samples + start, n);
    for (size_t j = 0; j < c->n_columns; j++) {
        const mlt_tree_feature *from = &c->data->features[c->columns[j]];
        mlt_tree_feature *to = &c->compact_features[c->columns[j]];
        *to = *from;
        to->codes = c->compact_codes + j * c->compact_limit;
        rank_anew(c, to, c->compact_origins + j * c->compact_limit, n);
    }
    for (size_t i = 0; i < n; i++)
        samples[start + i] = (uint32_t)i;
    c->compact.n = n;
    c->compact_start = start;
    c->compact_end = end;
}

void mlt__counts_node(mlt_counts *c, uint32_t *samples, size_t start, size_t end) {
    if (c->compact.n > 0 && (start < c->compact_start || end > c->compact_end))
        c->compact.n = 0;
    size_t n = end - start;
    if (c->compact.n == 0 && n <= c->compact_limit && n >= COMPACT_LEAST)
        enter_compact(c, samples, start, end);
}

/* Sort by marking ranks. */
static void sort_by_bitmap(mlt_counts *c, uint64_t *keys, const uint32_t *codes, const uint32_t *samples,
                           const uint32_t *payloads, size_t n) {
    for (size_t i = 0; i < n; i++)
        mark(c, codes[samples[i]], payloads[i]);
    size_t sorted = 0;
    for (size_t word = 0; sorted < n; word++) {
        for (uint64_t marks = c->bits[word]; marks; marks &= marks - 1) {
            uint32_t code = (uint32_t)(word << 6) | (uint32_t)__builtin_ctzll(marks);
            keys[sorted++] = (uint64_t)code << 32 | c->slots[code];
        }
        c->bits[word] = 0;
    }
}

void mlt__counts_sort(mlt_counts *c, uint64_t *keys, const mlt_tree_feature *column, const uint32_t *samples,
                      const uint32_t *payloads, size_t n) {
    const uint32_t *codes = column->codes;
    size_t words = mlt__counts_view(c)->n / 64;
    if (n > INSERTION_ROWS && has_own_ranks(column) && words <= n * BITMAP_WORDS_A_ROW) {
        sort_by_bitmap(c, keys, codes, samples, payloads, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        keys[i] = (uint64_t)codes[samples[i]] << 32 | payloads[i];
    mlt__sort_free(keys, c->spare, n, column->n_codes);
}
