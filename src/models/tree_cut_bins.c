/* Whole class counts over columns in bins. A small node is sorted by bin and cut like any other; a larger one
 * is added up, a cell a bin and class. */
#include "models/tree_cut.h"
#include "models/tree_sort.h"

#include <string.h>

enum {
    BINS = MLT_COUNTS_BINS,
    AHEAD = 16, /* rows that are fetched before they are needed */
};

/* Returns false if the feature is constant in the node. */
static bool sort_and_cut(mlt_split_choice *best, mlt_splitter *s, uint32_t feature) {
    const uint32_t *samples = s->samples + s->start, *payloads = s->counts->payloads + s->start;
    const uint8_t *bins = s->data->row_bins + feature;
    size_t n = s->end - s->start, p = s->data->p;
    uint64_t *keys = s->counts->keys;
    for (size_t i = 0; i < n; i++)
        keys[i] = (uint64_t)bins[samples[i] * p] << 32 | payloads[i];
    mlt__sort_free(keys, s->counts->spare, n);
    if (mlt__code_of(keys[0]) == mlt__code_of(keys[n - 1]))
        return false;
    mlt_cuts cuts = {.column = &s->data->features[feature], .feature = feature, .keys = keys, .known = n};
    mlt__cut_counts(best, s, &cuts);
    return true;
}

static bool count_and_cut(mlt_split_choice *best, mlt_splitter *s, uint32_t feature) {
    const uint32_t *samples = s->samples + s->start, *payloads = s->counts->payloads + s->start;
    const uint8_t *bins = s->data->row_bins + feature;
    size_t n = s->end - s->start, p = s->data->p, width = s->data->width;
    uint32_t *cells = s->counts->cells;
    mlt_cell_cuts cuts = {feature, s->data->features[feature].n_codes, cells};
    memset(cells, 0, cuts.n_bins * (width + 1) * sizeof *cells);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(bins + samples[i + AHEAD] * p);
        uint32_t *cell = cells + bins[samples[i] * p] * (width + 1);
        cell[payloads[i] & 0xff] += payloads[i] >> 8;
        cell[width]++;
    }
    if (cells[bins[samples[0] * p] * (width + 1) + width] == n)
        return false;
    mlt__cut_cells(best, s, &cuts);
    return true;
}

size_t mlt__cut_bins(mlt_split_choice *best, mlt_splitter *s, const uint32_t *features, size_t count) {
    size_t varying = 0, n = s->end - s->start;
    bool small = n <= MLT_COUNTS_SORTED * s->data->width;
    for (size_t h = 0; h < count; h++)
        varying += (small ? sort_and_cut : count_and_cut)(best, s, features[h]);
    return varying;
}
