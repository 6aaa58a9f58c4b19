/* Two classes by Gini over columns in bins: a row's bytes stand together, so that one pass over the rows
 * counts all tried features. */
#include "models/tree_two.h"

#include <string.h>

enum {
    BATCH = 8, /* features counted together; their cells stay in the cache */
    BINS = MLT_TWO_BINS / BATCH,
    AHEAD = 16, /* rows */
    PAIRS = 48, /* samples of the largest node whose pairs are compared */
};

/* The batch's bins by feature. Returns a set bit for each feature that is not constant. */
static unsigned gather_bins(uint16_t (*codes)[PAIRS + MLT_KERNEL_PADDING], const mlt_two *two,
                            const mlt_tree_data *data, const uint32_t *features, size_t count,
                            const uint32_t *samples) {
    const uint8_t *first = data->row_bins + samples[0] * data->p;
    unsigned vary[BATCH] = {0}, varying = 0;
    for (size_t i = 0; i < two->n; i++) {
        const uint8_t *row = data->row_bins + samples[i] * data->p;
#pragma GCC unroll 8 /* BATCH */
        for (size_t h = 0; h < count; h++) {
            codes[h][i] = row[features[h]];
            vary[h] |= row[features[h]] ^ first[features[h]];
        }
    }
    for (size_t h = 0; h < count; h++) {
        memset(codes[h] + two->n, 0, MLT_KERNEL_PADDING * sizeof **codes);
        varying |= (unsigned)(vary[h] != 0) << h;
    }
    return varying;
}

/* By pairs. Returns how many of the batch are not constant. */
static size_t search_pairs(mlt_split_choice *best, mlt_two *two, const mlt_tree_data *data,
                           const uint32_t *features, size_t count, const uint32_t *samples) {
    uint32_t sums[PAIRS + MLT_KERNEL_PADDING];
    uint16_t codes[BATCH][PAIRS + MLT_KERNEL_PADDING], packed[PAIRS];
    uint8_t places[MLT_KERNEL_CUTS];
    size_t n = two->n;
    unsigned varying = gather_bins(codes, two, data, features, count, samples);
    for (size_t i = 0; i < n; i++)
        packed[i] = (uint16_t)(two->packed[i] | two->packed[i] >> 8);
    for (size_t h = 0; h < count && !mlt__two_is_pure(best); h++) {
        if (!(varying >> h & 1))
            continue;
        two->kernels->count_small_pairs(sums, codes[h], packed, n);
        for (size_t k = 0, found = mlt__two_best_cuts(places, best, two, sums, n); k < found; k++)
            mlt__two_consider(best, two, features[h], sums[places[k]], codes[h][places[k]]);
    }
    return (size_t)__builtin_popcount(varying);
}

/* Add the node's rows to the cells of the batch, BINS a feature: small ones or others. */
static inline __attribute__((always_inline)) void add_rows(mlt_two *two, const mlt_tree_data *data,
                                                           const uint32_t *features, size_t count,
                                                           const uint32_t *samples, bool small) {
    const uint32_t *packed = two->packed;
    const uint8_t *rows = data->row_bins;
    uint32_t *small_cells = two->small_cells;
    uint64_t *cells = two->cells;
    size_t n = two->n, p = data->p, columns[BATCH];
    for (size_t h = 0; h < count; h++)
        columns[h] = features[h];
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(rows + samples[i + AHEAD] * p);
        const uint8_t *row = rows + samples[i] * p;
        uint32_t both = packed[i];
        uint64_t wide = (both & 0xffff) | (uint64_t)(both >> 16) << 32;
#pragma GCC unroll 8 /* BATCH */
        for (size_t h = 0; h < count; h++)
            if (small)
                small_cells[h * BINS + row[columns[h]]] += both;
            else
                cells[h * BINS + row[columns[h]]] += wide;
    }
}

static void count_small_cells(mlt_two *two, const mlt_tree_data *data, const uint32_t *features, size_t count,
                              const uint32_t *samples) {
    memset(two->small_cells, 0, count * BINS * sizeof *two->small_cells);
    add_rows(two, data, features, count, samples, true);
}

static void count_cells(mlt_two *two, const mlt_tree_data *data, const uint32_t *features, size_t count,
                        const uint32_t *samples) {
    memset(two->cells, 0, count * BINS * sizeof *two->cells);
    add_rows(two, data, features, count, samples, false);
}

/* Weights before each of a feature's bins. */
static void sum_bins(mlt_two *two, size_t h, size_t n_bins) {
    const uint64_t *cells = two->cells + h * BINS;
    uint64_t sum = 0;
    for (size_t b = 0; b < n_bins; b++) {
        two->left[b] = (double)(int32_t)(uint32_t)sum;
        two->second[b] = (double)(int32_t)(sum >> 32);
        sum += cells[b];
    }
}

/* The best cut of the batch's feature h. Returns false if the bin of one row holds all. */
static bool search_cells(mlt_split_choice *best, mlt_two *two, const mlt_tree_data *data, uint32_t feature,
                         size_t h, uint32_t sample, bool small) {
    size_t n_bins = data->features[feature].n_codes, bin = data->row_bins[sample * data->p + feature];
    const uint32_t *small_cells = two->small_cells + h * BINS;
    uint32_t weight = small ? small_cells[bin] & 0xffff : (uint32_t)two->cells[h * BINS + bin];
    if ((double)weight == two->weight)
        return false;
    if (small) {
        uint32_t sums[BINS + MLT_KERNEL_PADDING];
        uint8_t places[MLT_KERNEL_CUTS];
        two->kernels->sum_cells(sums, small_cells, n_bins);
        for (size_t k = 0, found = mlt__two_best_cuts(places, best, two, sums, n_bins); k < found; k++)
            mlt__two_consider(best, two, feature, sums[places[k]], places[k]);
    } else {
        sum_bins(two, h, n_bins);
        mlt__two_edges(best, two, feature, 0, 0, n_bins);
    }
    return true;
}

size_t mlt__two_search_bins(mlt_split_choice *best, mlt_two *two, const mlt_tree_data *data,
                            const uint32_t *features, size_t count, const uint32_t *samples) {
    size_t varying = 0;
    bool small = two->weight < MLT_KERNEL_WEIGHT;
    bool pairs = two->n <= PAIRS && two->weight < MLT_KERNEL_SMALL;
    for (size_t start = 0; start < count; start += BATCH) {
        size_t batch = count - start < BATCH ? count - start : BATCH;
        if (pairs) {
            varying += search_pairs(best, two, data, features + start, batch, samples);
            continue;
        }
        (small ? count_small_cells : count_cells)(two, data, features + start, batch, samples);
        for (size_t h = 0; h < batch; h++)
            varying += search_cells(best, two, data, features[start + h], h, samples[0], small);
    }
    return varying;
}
