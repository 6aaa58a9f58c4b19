/* Squared error over columns in bins: a row's bytes stand together, so that one pass over the rows adds up
 * several features. */
#include "models/tree_squares.h"

#include <math.h>
#include <string.h>

enum {
    PAIRS = 48, /* samples of the largest node whose pairs are compared */
    BINS = MLT_SQUARES_CELLS / MLT_SQUARES_BATCH,
    AHEAD = 16, /* rows that are fetched before they are needed */
};

/* Take a cut; codes up to left_code go left. */
static void take(mlt_split_choice *best, uint32_t feature, double proxy, uint32_t left_code) {
    if (!(proxy > best->proxy))
        return;
    *best = (mlt_split_choice){.found = true, .proxy = proxy, .feature = feature, .left_code = left_code};
}

/* A small node: each sample's sums are those of the samples whose bin is not above its own. */
static bool search_pairs(mlt_split_choice *best, mlt_squares *squares, const mlt_scan *scan,
                         uint32_t feature) {
    double codes[PAIRS + MLT_KERNEL_PADDING] = {0}, sums[PAIRS + MLT_KERNEL_PADDING],
                         weights[PAIRS + MLT_KERNEL_PADDING];
    const uint8_t *bins = scan->data->row_bins + feature;
    size_t n = scan->end - scan->start, p = scan->data->p, at;
    uint8_t low = UINT8_MAX, high = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t bin = bins[scan->samples[scan->start + i] * p];
        codes[i] = bin;
        low = bin < low ? bin : low;
        high = bin > high ? bin : high;
    }
    if (low == high)
        return false;
    squares->kernels->sum_pairs(sums, weights, codes, &squares->node->w, n);
    for (size_t i = 0; i < n; i++)
        sums[i] = codes[i] == high ? NAN : sums[i];
    double proxy =
        squares->kernels->best_squares(sums, weights, n, scan->total[0], scan->weight_node, best->proxy, &at);
    take(best, feature, proxy, (uint32_t)codes[at]);
    return true;
}

/* Add the node up in cells of BINS a feature. */
static void add_up(mlt_squares *squares, const mlt_scan *scan, const uint32_t *features, size_t count) {
    typedef double pair __attribute__((vector_size(16), may_alias));
    const uint8_t *rows = scan->data->row_bins;
    const uint32_t *samples = scan->samples + scan->start;
    size_t n = scan->end - scan->start, p = scan->data->p;
    pair *cells = (pair *)squares->cells;
    const pair *node = (const pair *)squares->node;
    memset(cells, 0, count * BINS * sizeof *cells);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(rows + samples[i + AHEAD] * p);
        const uint8_t *row = rows + samples[i] * p;
        pair both = node[i];
        for (size_t h = 0; h < count; h++)
            cells[h * BINS + row[features[h]]] += both;
    }
}

/* The best cut between a feature's bins. Returns false if one bin holds all. */
static bool search_cells(mlt_split_choice *best, mlt_squares *squares, const mlt_scan *scan, uint32_t feature,
                         const mlt_weighted *cells) {
    double sums[BINS], weights[BINS], sum = 0, weight = 0;
    size_t low = 0, high = scan->data->features[feature].n_codes - 1, at;
    while (high > 0 && cells[high].w == 0)
        high--;
    while (low < high && cells[low].w == 0)
        low++;
    if (low == high)
        return false;
    for (size_t b = low; b < high; b++) {
        sums[b] = sum += cells[b].wy;
        weights[b] = weight += cells[b].w;
    }
    double proxy = squares->kernels->best_squares(sums + low, weights + low, high - low, scan->total[0],
                                                  scan->weight_node, best->proxy, &at);
    take(best, feature, proxy, (uint32_t)(low + at));
    return true;
}

size_t mlt__squares_search_bins(mlt_split_choice *best, mlt_squares *squares, const mlt_scan *scan,
                                const uint32_t *features, size_t count) {
    size_t varying = 0, n = scan->end - scan->start;
    for (size_t i = 0; i < n; i++)
        squares->node[i] = squares->rows[scan->samples[scan->start + i]];
    /* Of two samples every feature makes the same two leaves: the first that can will do. */
    for (size_t h = 0; n <= PAIRS && h < count; h++) {
        varying += search_pairs(best, squares, scan, features[h]);
        if (n == 2 && best->found)
            return count;
    }
    for (size_t start = 0; n > PAIRS && start < count; start += MLT_SQUARES_BATCH) {
        size_t batch = count - start < MLT_SQUARES_BATCH ? count - start : MLT_SQUARES_BATCH;
        add_up(squares, scan, features + start, batch);
        for (size_t h = 0; h < batch; h++)
            varying += search_cells(best, squares, scan, features[start + h], squares->cells + h * BINS);
    }
    return varying;
}
