/* Two classes by Gini without sorting.
 *
 * A cut with weight L on its left, s of it of the second class, out of W and S, gains D² / (L (W − L)) times
 * 2 / W over no cut at all, where D = (W − S) s − S (L − s). That tells at once, without a division, whether
 * a cut can be above the best so far; only those that pass are computed as scikit-learn does, to the bit.
 * While W is below 2^12, D is exact even in float32, so that eight cuts are judged at once.
 *
 * In a small node each sample's L and s are counted by comparing its code with all others'. A larger node's
 * samples are counted by bins of neighbouring codes. The gain is a convex function of (L, s), so within a bin
 * it is at most what it is at a corner of the rectangle between the bin's ends: only the samples of bins
 * whose corners pass are sorted and judged cut by cut. */
#include "models/tree_two.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_cut.h"
#include "models/tree_sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 64,  /* samples of the largest node whose pairs are compared */
    WINDOW = 64, /* cuts judged together */
};

mlt_status mlt__two_new(mlt_two **out, size_t n, uint64_t *keys, uint64_t *spare, mlt_error *err) {
    mlt_status status = MLT_OK;
    mlt_two *two = mlt__calloc(1, sizeof *two);
    if (!two)
        return mlt__raise_nomem(err, sizeof *two);
    two->kernels = mlt__tree_kernels();
    two->keys = keys;
    two->spare = spare;
    MLT_ALLOC_GOTO(two->packed, n + MLT_KERNEL_PADDING, err, failed);
    MLT_ALLOC_GOTO(two->codes, n + MLT_KERNEL_PADDING, err, failed);
    MLT_ALLOC_GOTO(two->best_codes, n + MLT_KERNEL_PADDING, err, failed);
    MLT_ALLOC_GOTO(two->cells, MLT_TWO_BINS, err, failed);
    MLT_ALLOC_GOTO(two->small_cells, MLT_TWO_BINS, err, failed);
    MLT_ALLOC_GOTO(two->chosen, MLT_TWO_BINS, err, failed);
    two->left = mlt__calloc((size_t)2 * (MLT_TWO_BINS + MLT_KERNEL_PADDING), sizeof *two->left);
    if (!two->left) {
        status = mlt__raise_nomem(err, (size_t)2 * (MLT_TWO_BINS + MLT_KERNEL_PADDING) * sizeof *two->left);
        goto failed;
    }
    two->second = two->left + MLT_TWO_BINS + MLT_KERNEL_PADDING;
    *out = two;
    return MLT_OK;
failed:
    mlt__two_free(two);
    return status;
}

void mlt__two_free(mlt_two *two) {
    if (!two)
        return;
    free(two->packed);
    free(two->codes);
    free(two->best_codes);
    free(two->cells);
    free(two->small_cells);
    free(two->left);
    free(two->chosen);
    free(two);
}

void mlt__two_node(mlt_two *two, double *totals, const uint32_t *payloads, size_t n) {
    uint32_t weight, second;
    two->kernels->pack_counts(two->packed, payloads, n, &weight, &second);
    two->n = n;
    two->weight = weight;
    two->weight_second = second;
    totals[0] = weight - second;
    totals[1] = second;
}

double mlt__two_bar(const mlt_split_choice *best, const mlt_two *two) {
    double weight = two->weight, second = two->weight_second, first = weight - second;
    if (!best->found)
        return -INFINITY;
    double gain = (best->proxy + weight) - (first * first + second * second) / weight;
    return (gain - MLT_CUT_MARGIN * weight) * weight / 2;
}

/* The bar for these cuts: at least what the best of them reaches, so that few have to be looked at; infinite
 * if none passes. */
static double raised_bar(const mlt_split_choice *best, const mlt_two *two, const double *left,
                         const double *second, size_t count) {
    double bar = mlt__two_bar(best, two);
    double gain = two->kernels->best_gain(left, second, count, two->weight, two->weight_second);
    return gain > bar ? fmax(bar, gain - MLT_CUT_MARGIN * two->weight * two->weight / 2) : INFINITY;
}

/* Take a cut that passed the bar if it wins. Of equal cuts of one column the leftmost is the first. */
static void consider(mlt_split_choice *best, mlt_two *two, uint32_t feature, double left, double second,
                     uint32_t left_code) {
    double first = left - second, right = two->weight - left;
    double right_second = two->weight_second - second, right_first = right - right_second;
    double proxy = mlt__gini_proxy(first * first + second * second, left,
                                   right_first * right_first + right_second * right_second, right);
    bool earlier =
        best->found && best->feature == feature && proxy == best->proxy && left_code < best->left_code;
    if (!(proxy > best->proxy) && !earlier)
        return;
    best->found = true;
    best->proxy = proxy;
    best->feature = feature;
    best->left_code = left_code;
    best->missing_left = false;
    two->best_left = left;
    two->best_second = second;
}

size_t mlt__two_best_cuts(uint8_t *places, const mlt_split_choice *best, const mlt_two *two,
                          const uint32_t *sums, size_t count) {
    double weight = two->weight, margin = MLT_CUT_MARGIN * weight * weight / 2;
    size_t n = two->kernels->best_cuts(places, sums, count, (float)weight, (float)two->weight_second,
                                       (float)mlt__two_bar(best, two), (float)margin);
    size_t distinct = 0;
    for (size_t k = 0; k < n; k++)
        if (k == 0 || sums[places[k]] != sums[places[distinct - 1]])
            places[distinct++] = places[k];
    return distinct;
}

void mlt__two_consider(mlt_split_choice *best, mlt_two *two, uint32_t feature, uint32_t sums, uint32_t code) {
    consider(best, two, feature, sums & 0xffff, sums >> 16, code);
}

static void search_pairs(mlt_split_choice *best, mlt_two *two, uint32_t feature) {
    uint32_t sums[PAIRS + MLT_KERNEL_PADDING];
    uint8_t places[MLT_KERNEL_CUTS];
    size_t n = two->n;
    memset(two->codes + n, 0, MLT_KERNEL_PADDING * sizeof *two->codes);
    two->kernels->count_pairs(sums, two->codes, two->packed, n);
    for (size_t k = 0, found = mlt__two_best_cuts(places, best, two, sums, n); k < found; k++)
        mlt__two_consider(best, two, feature, sums[places[k]], two->codes[places[k]]);
}

/* Bins of 2^shift neighbouring codes from `low` on. */
typedef struct code_bins {
    uint32_t low;
    int shift;
    size_t n;
} code_bins;

static inline size_t bin_of(const code_bins *bins, uint32_t code) {
    return (code - bins->low) >> bins->shift;
}

/* About four times the square root of the samples: so many that the rectangles are smaller than the noise of
 * the counts, and few beside the samples. */
static code_bins bins_for(size_t n, uint32_t low, uint32_t high) {
    code_bins bins = {.low = low};
    size_t most = 32;
    while (most < MLT_TWO_BINS && most * most < 16 * n)
        most *= 2;
    while ((high - low) >> bins.shift >= most)
        bins.shift++;
    bins.n = bin_of(&bins, high) + 1;
    return bins;
}

static void count_bins(mlt_two *two, const code_bins *bins) {
    uint64_t *cells = two->cells;
    const uint32_t *codes = two->codes, *packed = two->packed;
    size_t n = two->n;
    code_bins of = *bins;
    memset(cells, 0, bins->n * sizeof *cells);
    for (size_t i = 0; i < n; i++) {
        uint64_t both = packed[i];
        cells[bin_of(&of, codes[i])] += (both & 0xffff) | both >> 16 << 32;
    }
    uint64_t sum = 0;
    for (size_t b = 0; b < bins->n; b++) {
        two->left[b] = (double)(int32_t)(uint32_t)sum;
        two->second[b] = (double)(int32_t)(sum >> 32);
        sum += two->cells[b];
    }
    two->left[bins->n] = two->weight;
    two->second[bins->n] = two->weight_second;
}

void mlt__two_edges(mlt_split_choice *best, mlt_two *two, uint32_t feature, uint32_t low, int shift,
                    size_t n_bins) {
    double bar = raised_bar(best, two, two->left + 1, two->second + 1, n_bins - 1);
    for (size_t start = 1; start < n_bins && !isinf(bar); start += WINDOW) {
        size_t count = n_bins - start < WINDOW ? n_bins - start : WINDOW;
        uint64_t passed = two->kernels->judge(two->left + start, two->second + start, count, two->weight,
                                              two->weight_second, bar);
        for (; passed; passed &= passed - 1) {
            size_t b = start + (size_t)__builtin_ctzll(passed);
            if (two->left[b] > 0 && two->left[b] < two->weight)
                consider(best, two, feature, two->left[b], two->second[b], low + ((uint32_t)b << shift) - 1);
        }
    }
}

/* Mark the bins within which a cut may pass; false: there are none. */
static bool choose_bins(const mlt_split_choice *best, mlt_two *two, const code_bins *bins) {
    double corner_left[2 * WINDOW] = {0}, corner_second[2 * WINDOW] = {0}, bar = mlt__two_bar(best, two);
    bool any = false;
    for (size_t start = 0; start < bins->n; start += WINDOW) {
        size_t count = bins->n - start < WINDOW ? bins->n - start : WINDOW;
        for (size_t i = 0; i < count; i++) {
            const double *left = two->left + start + i, *second = two->second + start + i;
            double gained = second[1] - second[0];
            corner_left[i] = left[0] + gained;
            corner_second[i] = second[1];
            corner_left[WINDOW + i] = left[1] - gained;
            corner_second[WINDOW + i] = second[0];
        }
        double weight = two->weight, weight_second = two->weight_second;
        uint64_t passed =
            two->kernels->judge(two->left + start, two->second + start, count, weight, weight_second, bar) |
            two->kernels->judge(two->left + start + 1, two->second + start + 1, count, weight, weight_second,
                                bar) |
            two->kernels->judge(corner_left, corner_second, count, weight, weight_second, bar) |
            two->kernels->judge(corner_left + WINDOW, corner_second + WINDOW, count, weight, weight_second,
                                bar);
        any |= passed != 0;
        for (size_t i = 0; i < count; i++)
            two->chosen[start + i] = passed >> i & 1;
    }
    return any;
}

/* Judge every cut of the chosen bins.
 * edges: the weights before each bin, as in small_cells; NULL: two->left and two->second have them */
static void search_chosen(mlt_split_choice *best, mlt_two *two, uint32_t feature, const code_bins *bins,
                          const uint32_t *edges) {
    size_t picked = 0, bin = SIZE_MAX;
    double left = 0, second = 0, bar = mlt__two_bar(best, two), weight = two->weight;
    double weight_second = two->weight_second, weight_first = weight - weight_second;
    const uint32_t *codes = two->codes, *packed_counts = two->packed;
    const uint8_t *chosen = two->chosen;
    uint64_t *keys = two->keys;
    code_bins of = *bins;
    for (size_t i = 0, n = two->n; i < n; i++) {
        keys[picked] = (uint64_t)codes[i] << 32 | packed_counts[i];
        picked += chosen[bin_of(&of, codes[i])];
    }
    mlt__sort_free(keys, two->spare, picked);
    for (size_t i = 0; i < picked; i++) {
        uint32_t code = mlt__code_of(keys[i]), packed = (uint32_t)keys[i];
        if (bin_of(bins, code) != bin) {
            bin = bin_of(bins, code);
            left = edges ? edges[bin] & 0xffff : two->left[bin];
            second = edges ? edges[bin] >> 16 : two->second[bin];
        }
        left += (double)(int32_t)(packed & 0xffff);
        second += (double)(int32_t)(packed >> 16);
        double d = weight_first * second - weight_second * (left - second);
        if (!(d * d > bar * (left * (weight - left))))
            continue;
        if ((i + 1 < picked && mlt__code_of(keys[i + 1]) == code) || left >= weight)
            continue;
        consider(best, two, feature, left, second, code);
        bar = mlt__two_bar(best, two);
    }
}

static void search_large(mlt_split_choice *best, mlt_two *two, uint32_t feature, const code_bins *bins) {
    count_bins(two, bins);
    mlt__two_edges(best, two, feature, bins->low, bins->shift, bins->n);
    if (bins->shift > 0 && choose_bins(best, two, bins))
        search_chosen(best, two, feature, bins, NULL);
}

/* The same in nodes of a weight below MLT_KERNEL_WEIGHT, whose bins are at most MLT_KERNEL_CUTS. */
static void search_light(mlt_split_choice *best, mlt_two *two, uint32_t feature, const code_bins *bins) {
    uint32_t edges[1 + MLT_KERNEL_CUTS + MLT_KERNEL_PADDING], *cells = two->small_cells;
    uint8_t places[MLT_KERNEL_CUTS];
    const uint32_t *codes = two->codes, *packed = two->packed;
    size_t n = two->n;
    code_bins of = *bins;
    memset(cells, 0, (bins->n + MLT_KERNEL_PADDING) * sizeof *cells);
    for (size_t i = 0; i < n; i++)
        cells[bin_of(&of, codes[i])] += packed[i];
    edges[0] = 0;
    two->kernels->sum_cells(edges + 1, cells, bins->n);
    for (size_t k = 0, found = mlt__two_best_cuts(places, best, two, edges + 1, bins->n); k < found; k++)
        mlt__two_consider(best, two, feature, edges[places[k] + 1],
                          bins->low + ((uint32_t)(places[k] + 1) << bins->shift) - 1);
    if (bins->shift > 0 &&
        two->kernels->choose_bins(two->chosen, edges, bins->n, (float)two->weight, (float)two->weight_second,
                                  (float)mlt__two_bar(best, two)))
        search_chosen(best, two, feature, bins, edges);
}

/* Every cut, one after another: for a column whose best one parts values that are too close. */
static void search_sorted(mlt_split_choice *best, mlt_two *two, uint32_t feature,
                          const mlt_tree_feature *column) {
    double left = 0, second = 0;
    uint64_t *keys = two->keys;
    for (size_t i = 0; i < two->n; i++)
        keys[i] = (uint64_t)two->codes[i] << 32 | two->packed[i];
    mlt__sort_free(keys, two->spare, two->n);
    for (size_t i = 0; i + 1 < two->n; i++) {
        uint32_t code = mlt__code_of(keys[i]), packed = (uint32_t)keys[i];
        left += (double)(int32_t)(packed & 0xffff);
        second += (double)(int32_t)(packed >> 16);
        if (mlt__separable(column, code, mlt__code_of(keys[i + 1])))
            consider(best, two, feature, left, second, code);
    }
}

/* May the node be cut behind this code? */
static bool is_cut(const mlt_two *two, const mlt_tree_feature *column, uint32_t left_code) {
    uint32_t greatest_left = 0, least_right = UINT32_MAX;
    if (mlt__separable(column, left_code, left_code + 1))
        return true;
    for (size_t i = 0; i < two->n; i++) {
        uint32_t code = two->codes[i];
        greatest_left = code <= left_code && code > greatest_left ? code : greatest_left;
        least_right = code > left_code && code < least_right ? code : least_right;
    }
    return mlt__separable(column, greatest_left, least_right);
}

bool mlt__two_search(mlt_split_choice *best, mlt_two *two, uint32_t feature, const mlt_tree_feature *column,
                     const uint32_t *samples) {
    uint32_t low, high, *codes = two->codes;
    two->kernels->gather(codes, column->codes, samples, two->n, &low, &high);
    if (!mlt__separable(column, low, high))
        return false;
    mlt_split_choice before = *best;
    double best_left = two->best_left, best_second = two->best_second;
    bool light = two->weight < MLT_KERNEL_WEIGHT;
    if (mlt__two_is_pure(best))
        return true;
    if (light && two->n <= PAIRS) {
        search_pairs(best, two, feature);
    } else {
        code_bins bins = bins_for(two->n, low, high);
        (light ? search_light : search_large)(best, two, feature, &bins);
    }
    if (best->proxy > before.proxy && !is_cut(two, column, best->left_code)) {
        *best = before;
        two->best_left = best_left;
        two->best_second = best_second;
        search_sorted(best, two, feature, column);
    }
    if (best->proxy > before.proxy) {
        two->codes = two->best_codes;
        two->best_codes = codes;
    }
    return true;
}
