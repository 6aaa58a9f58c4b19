/* Squared error over columns in bins: a row's bytes stand together, so that one pass over the rows adds up
 * several features. */
#include "models/tree_squares.h"

#include <math.h>
#include <string.h>

enum {
    BINS = MLT_SQUARES_CELLS / MLT_SQUARES_BATCH,
    AHEAD = 16, /* rows that are fetched before they are needed */
};

/* Take a cut; codes up to left_code go left. */
static void take(mlt_split_choice *best, uint32_t feature, double proxy, uint32_t left_code) {
    if (!(proxy > best->proxy))
        return;
    *best = (mlt_split_choice){.found = true, .proxy = proxy, .feature = feature, .left_code = left_code};
}

/* Take the best of the lanes' cuts; lane h is features[h], or if all features are tried the feature's own.
 * Returns how many are not constant. */
static size_t take_lanes(mlt_split_choice *best, const mlt_lanes *lanes, const uint32_t *features,
                         size_t count, bool all, size_t n) {
    size_t varying = 0;
    for (size_t h = 0; h < count; h++) {
        size_t lane = all ? features[h] : h;
        double proxy = mlt__lane_proxy(lanes, lane);
        varying += mlt__lane_byte(lanes, lane, 0) != mlt__lane_byte(lanes, lane, n - 1);
        if (proxy > best->proxy)
            take(best, features[h], proxy, mlt__lane_byte(lanes, lane, mlt__lane_n_left(lanes, lane) - 1));
    }
    return varying;
}

/* A small node: the rows' own bytes if all features are tried, else copies of those that are. */
static size_t search_lanes(mlt_split_choice *best, mlt_squares *squares, const mlt_scan *scan,
                           const uint32_t *features, size_t count) {
    size_t n = scan->end - scan->start, p = scan->data->p;
    const uint32_t *samples = scan->samples + scan->start;
    uint32_t copies[MLT_LANE_ROWS];
    mlt_lane_rows rows = {scan->data->row_bins, p, samples, squares->node, n};
    if (count < p) {
        for (size_t i = 0; i < n; i++) {
            copies[i] = (uint32_t)i;
            for (size_t h = 0; h < count; h++)
                squares->bytes[i * count + h] = scan->data->row_bins[samples[i] * p + features[h]];
        }
        rows.bytes = squares->bytes;
        rows.stride = count;
        rows.places = copies;
    }
    mlt__lanes_search(squares->lanes, &rows, count, scan->total[0], scan->weight_node, best->proxy);
    return take_lanes(best, squares->lanes, features, count, count == p, n);
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
#pragma GCC unroll 8
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
    if (n <= MLT_LANE_ROWS)
        return search_lanes(best, squares, scan, features, count);
    for (size_t start = 0; start < count; start += MLT_SQUARES_BATCH) {
        size_t batch = count - start < MLT_SQUARES_BATCH ? count - start : MLT_SQUARES_BATCH;
        add_up(squares, scan, features + start, batch);
        for (size_t h = 0; h < batch; h++)
            varying += search_cells(best, squares, scan, features[start + h], squares->cells + h * BINS);
    }
    return varying;
}
