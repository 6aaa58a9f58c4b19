/* Blocks of neighbouring places and their class weights.
 *
 * The score is a convex function of the class weights on the left, so that within a block it is at most what
 * it is at a corner of the rectangle between the block's ends. A block whose corners are all below a cut that
 * exists cannot hold the best. Some thousand blocks a column leave little to scan: most of the time goes into
 * the blocks' weights, for which boosting has a shortcut of its own: from round to round most weights change
 * by one common factor, so that only the others' rows are added up. */
#include "models/stump_blocks.h"

#include "core/error.h"
#include "core/memory.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS = 512,      /* at least so many a column where rows suffice; below twice as many */
    LEAST_ROWS = 32,   /* a block */
    CHUNK = 1 << 12,   /* rows whose changes stay in the cache while the columns pass by */
    TOGETHER = 4,      /* columns that a row is added up in at a time */
    SAMPLE = 63,       /* rows that tell the common factor */
    MOST_UPDATES = 32, /* rounds of rounding errors until everything is added up anew */
};

struct mlt_stump_blocks {
    const uint32_t *order;
    const uint32_t *labels;
    size_t n, p, n_blocks;
    int shift;         /* rows a block: 2^shift */
    uint16_t *codes;   /* p × n: a row's block and class: 2 block + label */
    double *sums;      /* p × 2 n_blocks: class weights of each block */
    double *seen;      /* n: the weights in `sums` */
    uint32_t *changed; /* n: rows to add up, chunk by chunk */
    double *deltas;    /* n: what to add for them */
    size_t *n_changed; /* by chunk */
    double *edges;     /* p × (n_blocks + 1): the scores between blocks */
    bool *is_cut;      /* p × n_blocks: is there a cut before the block? */
    size_t n_chunks, updates;
    int threads;
};

static void code_column(mlt_stump_blocks *b, size_t j) {
    const uint32_t *order = b->order + j * b->n;
    uint16_t *codes = b->codes + j * b->n;
    for (size_t i = 0; i < b->n; i++) {
        size_t position = order[i] & ~MLT_STUMP_LAST;
        codes[position] = (uint16_t)(2 * (i >> b->shift) + b->labels[position]);
    }
    for (size_t block = 0; block < b->n_blocks; block++)
        b->is_cut[j * b->n_blocks + block] = block > 0 && order[(block << b->shift) - 1] & MLT_STUMP_LAST;
}

mlt_status mlt__stump_blocks_new(mlt_stump_blocks **out, const uint32_t *order, size_t p, size_t n,
                                 const uint32_t *labels, int threads, mlt_error *err) {
    mlt_status status = MLT_OK;
    mlt_stump_blocks *b = mlt__calloc(1, sizeof *b);
    if (!b)
        return mlt__raise_nomem(err, sizeof *b);
    *b = (mlt_stump_blocks){.order = order, .labels = labels, .n = n, .p = p, .threads = threads};
    while ((n >> b->shift) >= 2 * BLOCKS || (size_t)1 << b->shift < LEAST_ROWS)
        b->shift++;
    b->n_blocks = ((n - 1) >> b->shift) + 1;
    b->n_chunks = (n + CHUNK - 1) / CHUNK;
    b->updates = MOST_UPDATES;
    MLT_ALLOC_GOTO(b->codes, p * n, err, failed);
    b->seen = mlt__calloc(n, sizeof *b->seen);
    if (!b->seen) {
        status = mlt__raise_nomem(err, n * sizeof *b->seen);
        goto failed;
    }
    MLT_ALLOC_GOTO(b->sums, 2 * p * b->n_blocks, err, failed);
    MLT_ALLOC_GOTO(b->changed, n, err, failed);
    MLT_ALLOC_GOTO(b->deltas, n, err, failed);
    MLT_ALLOC_GOTO(b->n_changed, b->n_chunks, err, failed);
    MLT_ALLOC_GOTO(b->edges, p * (b->n_blocks + 1), err, failed);
    MLT_ALLOC_GOTO(b->is_cut, p * b->n_blocks, err, failed);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t j = 0; j < p; j++)
        code_column(b, j);
    *out = b;
    return MLT_OK;
failed:
    mlt__stump_blocks_free(b);
    return status;
}

void mlt__stump_blocks_free(mlt_stump_blocks *b) {
    if (!b)
        return;
    free(b->codes);
    free(b->sums);
    free(b->seen);
    free(b->changed);
    free(b->deltas);
    free(b->n_changed);
    free(b->edges);
    free(b->is_cut);
    free(b);
}

static int compare_doubles(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* The factor that most weights changed by; 0: add everything up. A factor above 1 would let rounding errors
 * grow. */
static double common_factor(const mlt_stump_blocks *b, const double *weights) {
    double factors[SAMPLE];
    if (b->updates >= MOST_UPDATES)
        return 0;
    for (size_t i = 0; i < SAMPLE; i++) {
        size_t position = i * (b->n - 1) / (SAMPLE - 1);
        factors[i] = weights[position] / b->seen[position];
    }
    qsort(factors, SAMPLE, sizeof *factors, compare_doubles);
    return factors[SAMPLE / 2] <= 1 ? factors[SAMPLE / 2] : 0;
}

/* List a chunk's rows whose weights changed by another factor. */
static void list_chunk(mlt_stump_blocks *b, size_t chunk, const double *weights, double factor) {
    size_t start = chunk * CHUNK, end = start + CHUNK < b->n ? start + CHUNK : b->n, count = start;
    for (size_t i = start; i < end; i++) {
        double w = weights[i], delta = w - factor * b->seen[i];
        b->seen[i] = w;
        b->changed[count] = (uint32_t)i;
        b->deltas[count] = delta;
        count += fabs(delta) > 4 * DBL_EPSILON * w;
    }
    b->n_changed[chunk] = count - start;
}

/* Add a chunk's listed rows up in `count` columns from j: a constant, so that the loop over them is unrolled.
 */
static inline void add_columns(mlt_stump_blocks *b, size_t chunk, size_t j, size_t count) {
    const uint32_t *changed = b->changed + chunk * CHUNK;
    const double *deltas = b->deltas + chunk * CHUNK;
    size_t n = b->n, n_changed = b->n_changed[chunk], numbers = 2 * b->n_blocks;
    double *sums = b->sums + j * numbers;
    const uint16_t *codes = b->codes + j * n;
    for (size_t i = 0; i < n_changed; i++) {
        const uint16_t *cell = codes + changed[i];
        double delta = deltas[i];
#pragma GCC unroll 8
        for (size_t c = 0; c < count; c++)
            sums[c * numbers + cell[c * n]] += delta;
    }
}

/* Bring the sums of columns [start, end) up to date. */
static void add_up(mlt_stump_blocks *b, size_t start, size_t end, double factor) {
    double *sums = b->sums + 2 * b->n_blocks * start;
    for (size_t i = 0; i < 2 * b->n_blocks * (end - start); i++)
        sums[i] = factor > 0 ? factor * sums[i] : 0;
    for (size_t chunk = 0; chunk < b->n_chunks; chunk++) {
        size_t j = start;
        for (; j + TOGETHER <= end; j += TOGETHER)
            add_columns(b, chunk, j, TOGETHER);
        for (; j + 2 <= end; j += 2)
            add_columns(b, chunk, j, 2);
        if (j < end)
            add_columns(b, chunk, j, 1);
    }
}

/* Score a column between its blocks; returns the best where a cut is allowed. */
static double score_edges(mlt_stump_blocks *b, size_t j, const mlt_stump_totals *totals) {
    const double *sums = b->sums + 2 * j * b->n_blocks;
    const bool *is_cut = b->is_cut + j * b->n_blocks;
    double *edges = b->edges + j * (b->n_blocks + 1), first = 0, second = 0, best = -INFINITY;
    edges[0] = edges[b->n_blocks] = -INFINITY;
    for (size_t block = 1; block < b->n_blocks; block++) {
        first += sums[2 * block - 2];
        second += sums[2 * block - 1];
        edges[block] = mlt__stump_score(totals, first, second);
        if (is_cut[block] && edges[block] > best)
            best = edges[block];
    }
    return best;
}

/* Scan the blocks of a column that may hold a cut of at least `floor`, less the margin. */
static void scan_column(mlt_stump_cut *best, const mlt_stump_blocks *b, size_t j, const double *weights,
                        double floor, const mlt_stump_totals *totals) {
    const double *sums = b->sums + 2 * j * b->n_blocks, *edges = b->edges + j * (b->n_blocks + 1);
    double first = 0, second = 0, bar = floor - totals->margin;
    *best = (mlt_stump_cut){.score = -INFINITY, .second = -INFINITY};
    for (size_t block = 0; block < b->n_blocks; block++) {
        double next_first = first + sums[2 * block], next_second = second + sums[2 * block + 1];
        if (!(edges[block] < bar && edges[block + 1] < bar &&
              mlt__stump_score(totals, first, next_second) < bar &&
              mlt__stump_score(totals, next_first, second) < bar)) {
            size_t from = block << b->shift, to = (block + 1) << b->shift;
            mlt__stump_scan_two(best, b->order + j * b->n, from, to < b->n ? to : b->n, weights, b->labels,
                                first, second, totals);
        }
        first = next_first;
        second = next_second;
    }
}

void mlt__stump_blocks_search(mlt_stump_cut *best, mlt_stump_blocks *b, const double *weights,
                              const mlt_stump_totals *totals) {
    double factor = common_factor(b, weights), floor = -INFINITY;
    b->updates = factor > 0 ? b->updates + 1 : 0;
#pragma omp parallel num_threads(b->threads)
    {
#pragma omp for schedule(static)
        for (size_t chunk = 0; chunk < b->n_chunks; chunk++)
            list_chunk(b, chunk, weights, factor);
#pragma omp for schedule(static) reduction(max : floor)
        for (int t = 0; t < b->threads; t++) {
            size_t start = b->p * (size_t)t / (size_t)b->threads;
            size_t end = b->p * ((size_t)t + 1) / (size_t)b->threads;
            add_up(b, start, end, factor);
            for (size_t j = start; j < end; j++)
                floor = fmax(floor, score_edges(b, j, totals));
        }
#pragma omp for schedule(dynamic)
        for (size_t j = 0; j < b->p; j++)
            scan_column(&best[j], b, j, weights, floor, totals);
    }
}

void mlt__stump_blocks_divide(uint32_t *leaves, const mlt_stump_blocks *b, size_t column, size_t at) {
    const uint32_t *order = b->order + column * b->n;
    const uint16_t *codes = b->codes + column * b->n;
    size_t block = at >> b->shift, end = (block + 1) << b->shift;
    uint16_t behind = (uint16_t)(2 * (block + 1));
#pragma omp parallel for schedule(static) num_threads(b->threads)
    for (size_t i = 0; i < b->n; i++)
        leaves[i] = codes[i] < behind ? 1 : 2;
    for (size_t i = at + 1; i < end && i < b->n; i++)
        leaves[order[i] & ~MLT_STUMP_LAST] = 2;
}
