/* Finding a node's best split: features are drawn in scikit-learn's random order and the first strict maximum
 * wins. */
#include "models/tree_split.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_bins.h"
#include "models/tree_category.h"
#include "models/tree_cut.h"
#include "models/tree_sort.h"
#include "models/tree_squares.h"
#include "models/tree_two.h"

#include "mltool/random.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t mlt__splitter_draw(mlt_splitter *splitter, size_t low, size_t high) {
    uint32_t *state = &splitter->random;
    if (*state == 0)
        *state = 1;
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return low + (*state & 0x7fffffffU) % (high - low);
}

/* The greatest weight; infinite if class counts are not whole numbers. */
static double greatest_whole_weight(const mlt_splitter *s) {
    double greatest = 1;
    if (!s->data->labels)
        return INFINITY;
    for (size_t i = 0; s->weights && i < s->n; i++) {
        double w = s->weights[s->samples[i]];
        if (w != floor(w))
            return INFINITY;
        greatest = fmax(greatest, w);
    }
    return greatest;
}

static mlt_status allocate(mlt_splitter *s, const mlt_tree_sample *sample, mlt_error *err) {
    size_t n = sample->n, levels = 0;
    MLT_ALLOC(s->samples, n, err);
    MLT_ALLOC(s->features, s->n_features, err);
    MLT_ALLOC(s->constants, s->n_features, err);
    for (size_t j = 0; j < s->n_features; j++) {
        s->features[j] = sample->features ? sample->features[j] : (uint32_t)j;
        const mlt_tree_feature *feature = &s->data->features[s->features[j]];
        if (feature->n_levels > levels)
            levels = feature->n_levels;
    }
    if (levels > 0)
        MLT_ALLOC(s->left_set, mlt__set_words(levels), err);
    if (s->data->ranking == MLT_RANK_BINS)
        return mlt__bins_new(&s->bins, s->data, s->params, s->n_features, n, err);
    MLT_ALLOC(s->keys, n, err);
    return levels > 0 ? mlt__category_order_new(&s->categories, levels, s->data->width, err) : MLT_OK;
}

mlt_status mlt__splitter_new(mlt_splitter *s, const mlt_tree_data *data, const mlt_tree_params *params,
                             const mlt_tree_sample *sample, mlt_error *err) {
    *s = (mlt_splitter){.data = data, .params = params, .weights = sample->weights};
    s->n_features = sample->features ? sample->n_features : data->p;
    MLT_TRY(allocate(s, sample, err));
    mlt_rng rng;
    mlt_rng_seed(&rng, sample->seed);
    s->random = mlt_rng_member_seed(&rng);
    for (size_t i = 0; i < sample->n; i++) {
        uint32_t position = sample->positions ? sample->positions[i] : (uint32_t)i;
        s->samples[s->n] = position;
        s->n += !s->weights || s->weights[position] != 0; /* no branch: nobody could guess it */
    }
    if (s->n == 0)
        return mlt__raise(err, MLT_E_DATA,
                          "weights: a tree's random sample holds rows of weight 0 only; leave such rows out");
    for (size_t i = 0; i < s->n; i++)
        s->weight_total += s->weights ? s->weights[s->samples[i]] : 1.0;
    double greatest = greatest_whole_weight(s);
    bool counts = data->width <= MLT_COUNTS_CLASSES && greatest < MLT_COUNTS_WEIGHT;
    if (counts)
        MLT_TRY(mlt__counts_new(&s->counts, data, s->features, s->n_features, s->samples, s->weights, s->n,
                                s->bins || params->max_leaf_nodes > 0 ? 0 : params->max_features, err));
    if (counts && params->criterion == MLT_ENTROPY && s->weight_total < MLT_XLOGX_LIMIT)
        MLT_TRY(mlt__xlogx_new(&s->counts->xlogx, (size_t)s->weight_total, err));
    if (counts && data->width == 2 && params->criterion == MLT_GINI && params->min_samples_leaf == 1 &&
        greatest < MLT_TWO_WEIGHT && s->weight_total < MLT_TWO_TOTAL)
        MLT_TRY(mlt__two_new(&s->two, s->n, s->keys, s->counts->spare, err));
    if (!counts && !s->bins)
        MLT_ALLOC(s->spare, 2 * s->n, err);
    if (params->criterion == MLT_SQUARED_ERROR && params->min_samples_leaf == 1)
        MLT_TRY(mlt__squares_new(&s->squares, data, s->weights, s->n, s->features, s->n_features,
                                 params->max_features, err));
    return mlt__scan_new(&s->scan, params->criterion, data, s->weights, s->samples, s->n, err);
}

void mlt__splitter_clear(mlt_splitter *s) {
    free(s->samples);
    free(s->keys);
    free(s->spare);
    mlt__squares_free(s->squares);
    mlt__counts_free(s->counts);
    mlt__two_free(s->two);
    mlt__bins_free(s->bins);
    free(s->features);
    free(s->constants);
    free(s->left_set);
    mlt__category_order_free(s->categories);
    mlt__scan_clear(&s->scan);
}

/* Class weights of samples [start, end). */
static double count_classes(const mlt_splitter *s, size_t start, size_t end, double *counts) {
    uint64_t weight = 0;
    memset(counts, 0, s->data->width * sizeof *counts);
    for (size_t i = start; i < end; i++) {
        counts[s->counts->payloads[i] & 0xff] += s->counts->payloads[i] >> 8;
        weight += s->counts->payloads[i] >> 8;
    }
    return (double)weight;
}

double mlt__splitter_node(mlt_splitter *s, size_t start, size_t end) {
    s->start = start;
    s->end = end;
    if (s->counts)
        mlt__counts_node(s->counts, s->samples, start, end);
    if (s->counts && s->two) {
        mlt__two_node(s->two, s->scan.total, s->counts->payloads + start, end - start);
        s->scan.weight_node = s->scan.total[0] + s->scan.total[1];
    } else if (s->counts) {
        s->scan.weight_node = count_classes(s, start, end, s->scan.total);
    } else {
        mlt__scan_node(&s->scan, start, end);
    }
    return s->scan.weight_node;
}

double mlt__splitter_impurity(const mlt_splitter *s) { return mlt__scan_node_impurity(&s->scan); }

void mlt__splitter_value(const mlt_splitter *s, double *value) { mlt__scan_value(&s->scan, value); }

/* The column that the present node's samples refer to. */
static inline const mlt_tree_feature *column_of(const mlt_splitter *s, uint32_t feature) {
    return s->counts ? &mlt__counts_features(s->counts)[feature] : &s->data->features[feature];
}

/* A categorical column's keys: categories get their place in the node's order as code. */
static uint32_t load_categories(mlt_splitter *s, const mlt_tree_feature *column, const uint32_t *low) {
    mlt__category_order_node(s->categories, s, column);
    uint32_t n_present = (uint32_t)s->categories->n_present;
    for (size_t i = s->start; i < s->end; i++) {
        uint32_t code = column->codes[s->samples[i]];
        uint32_t rank = code == column->n_codes ? n_present : s->categories->rank[code];
        s->keys[i - s->start] = (uint64_t)rank << 32 | low[i];
    }
    return n_present;
}

/* Sort the node by a column: keys[0, n) hold code << 32 | payload or position; missing cells last. Returns
 * the number of cells that are not missing. */
static size_t sort_node(mlt_splitter *s, const mlt_tree_feature *column) {
    size_t n = s->end - s->start, n_missing = 0;
    const uint32_t *samples = s->samples + s->start;
    uint32_t n_codes = column->n_codes;
    if (s->counts && column->cells) {
        mlt__counts_sort(s->counts, s->keys, column, samples, s->counts->payloads + s->start, n);
    } else if (s->counts) {
        n_codes = load_categories(s, column, s->counts->payloads);
        mlt__sort_free(s->keys, s->counts->spare, n);
    } else {
        if (column->cells)
            for (size_t i = 0; i < n; i++)
                s->keys[i] = (uint64_t)column->codes[samples[i]] << 32 | samples[i];
        else
            n_codes = load_categories(s, column, s->samples);
        mlt__sort_prescribed(s->keys, s->spare, n);
        for (size_t i = 0; i < n; i++)
            s->samples[s->start + i] = (uint32_t)s->keys[i];
    }
    if (column->has_missing)
        while (n_missing < n && mlt__code_of(s->keys[n - 1 - n_missing]) == n_codes)
            n_missing++;
    return n - n_missing;
}

/* Sums in the samples' order, as scikit-learn takes them. */
static void scan_ordered(mlt_split_choice *best, mlt_splitter *s, const mlt_cuts *range) {
    size_t n = range->known + range->missing, before = range->missing_left ? range->missing : 0;
    size_t min_leaf = s->params->min_samples_leaf;
    mlt__scan_reset(&s->scan);
    for (size_t i = 0; i < range->known; i++) {
        size_t n_left = before + i + 1;
        if (!mlt__is_cut(range, i) || n_left < min_leaf || n - n_left < min_leaf)
            continue;
        mlt__scan_update(&s->scan, s->start + n_left);
        mlt__consider(best, range, i, mlt__scan_proxy(&s->scan));
    }
}

/* Bring the missing cells, sorted last, to the front of the node's samples. */
static void missing_first(mlt_splitter *s, size_t known, size_t missing) {
    uint32_t *samples = s->samples + s->start;
    for (size_t i = 0; i < missing; i++)
        samples[i] = (uint32_t)s->keys[known + i];
    for (size_t i = 0; i < known; i++)
        samples[missing + i] = (uint32_t)s->keys[i];
}

/* The category set of the best cut, while the node's order of that feature is at hand. Categories that are
 * not present go where missing cells go. */
static void keep_left_set(mlt_splitter *s, mlt_split_choice *best, size_t missing) {
    uint32_t n_codes = s->data->features[best->feature].n_codes;
    if (missing == 0)
        best->missing_left = 2 * best->n_left > s->end - s->start;
    memset(s->left_set, 0, mlt__set_words(n_codes) * sizeof *s->left_set);
    for (uint32_t code = 0; code < n_codes; code++) {
        uint32_t rank = s->categories->rank[code];
        bool left = rank == UINT32_MAX ? best->missing_left : rank <= best->left_code;
        s->left_set[code / 32] |= (uint32_t)left << code % 32;
    }
}

/* Scan one sorted feature, in both directions of missing cells if there are any. */
static void scan_feature(mlt_split_choice *best, mlt_splitter *s, uint32_t feature, size_t known) {
    mlt_cuts range = {.column = column_of(s, feature), .feature = feature, .keys = s->keys, .known = known};
    range.missing = s->end - s->start - known;
    void (*scan)(mlt_split_choice *, mlt_splitter *, const mlt_cuts *) =
        s->counts ? mlt__cut_counts : scan_ordered;
    double before = best->proxy;
    if (s->squares && range.missing == 0 && range.column->cells &&
        mlt__squares_scan(best, s->squares, &s->scan, &range)) {
        if (best->proxy > before)
            best->missing_left = 2 * best->n_left > known;
        return;
    }
    scan(best, s, &range);
    if (range.missing > 0) {
        range.missing_left = true;
        if (!s->counts)
            missing_first(s, known, range.missing);
        scan(best, s, &range);
    }
    if (best->proxy > before) {
        if (!range.column->cells)
            keep_left_set(s, best, range.missing);
        else if (range.missing == 0)
            best->missing_left = 2 * best->n_left > s->end - s->start;
    }
}

/* The known cells that are nearest on both sides of a numeric split: code << 32 | sample. */
typedef struct split_cells {
    uint64_t greatest_left, least_right;
} split_cells;

/* Does a sample with this code go left? Known numeric cells are noted. */
static inline bool goes_left(split_cells *between, const mlt_splitter *s, const mlt_split_choice *best,
                             const mlt_tree_feature *column, uint32_t code, uint32_t sample) {
    if (code == column->n_codes)
        return best->missing_left;
    if (!column->cells)
        return mlt__set_has(s->left_set, code);
    bool left = code <= best->left_code;
    uint64_t cell = (uint64_t)code << 32 | sample;
    if (left && cell > between->greatest_left)
        between->greatest_left = cell;
    if (!left && cell < between->least_right)
        between->least_right = cell;
    return left;
}

/* scikit-learn's partition: a sample of the right side is swapped with the shrinking end. */
static void partition_prescribed(split_cells *between, mlt_splitter *s, const mlt_split_choice *best) {
    const mlt_tree_feature *column = column_of(s, best->feature);
    size_t i = s->start, end = s->end;
    while (i < end) {
        if (goes_left(between, s, best, column, column->codes[s->samples[i]], s->samples[i])) {
            i++;
        } else {
            end--;
            uint32_t kept = s->samples[i];
            s->samples[i] = s->samples[end];
            s->samples[end] = kept;
        }
    }
}

/* A stable partition keeps positions ascending, so that columns are read in memory order. */
static void partition_stable(split_cells *between, mlt_splitter *s, mlt_split_choice *best) {
    const mlt_tree_feature *column = column_of(s, best->feature);
    uint32_t *samples = s->samples + s->start, *payloads = s->counts->payloads + s->start;
    uint64_t *right = s->keys;
    size_t n = s->end - s->start, n_left = 0, n_right = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t sample = samples[i], payload = payloads[i];
        bool left = goes_left(between, s, best, column, column->codes[sample], sample);
        samples[n_left] = sample;
        payloads[n_left] = payload;
        right[n_right] = (uint64_t)payload << 32 | sample;
        n_left += left;
        n_right += !left;
    }
    for (size_t i = 0; i < n_right; i++) {
        samples[n_left + i] = (uint32_t)right[i];
        payloads[n_left + i] = (uint32_t)(right[i] >> 32);
    }
    best->n_left = n_left;
}

/* The first sample with this code, of a side: as many of its side come before it as before the code. */
static uint32_t sample_of(const uint32_t *side, bool left, const uint32_t *codes, uint32_t code,
                          uint32_t cut) {
    size_t before = 0;
    for (; *codes != code; codes++)
        before += (*codes <= cut) == left;
    return side[before];
}

/* The same where the codes are at hand since the column was not sorted; then there are no missing cells. */
static void partition_two(split_cells *between, mlt_splitter *s, mlt_split_choice *best) {
    size_t n = s->end - s->start;
    uint32_t *samples = s->samples + s->start, greatest, least, cut = best->left_code;
    const uint32_t *codes = s->two->best_codes;
    best->n_left = s->two->kernels->divide(samples, s->counts->payloads + s->start, (uint32_t *)s->keys,
                                           codes, n, cut, &greatest, &least);
    best->missing_left = 2 * best->n_left > n;
    between->greatest_left = sample_of(samples, true, codes, greatest, cut);
    between->least_right = sample_of(samples + best->n_left, false, codes, least, cut);
}

/* Partition the node by its best split. */
static void partition(mlt_splitter *s, mlt_split_choice *best) {
    const mlt_tree_feature *column = &s->data->features[best->feature];
    split_cells between = {0, UINT64_MAX};
    if (s->two && mlt__is_complete(column))
        partition_two(&between, s, best);
    else if (s->counts)
        partition_stable(&between, s, best);
    else
        partition_prescribed(&between, s, best);
    if (!column->cells)
        return;
    const uint32_t *rows = s->counts ? mlt__counts_rows(s->counts) : s->data->rows;
    best->greatest_left = rows[(uint32_t)between.greatest_left];
    best->least_right = between.least_right == UINT64_MAX ? UINT32_MAX : rows[(uint32_t)between.least_right];
}

/* Measure both sides of the node, which is partitioned by the best split. */
static void measure_sides(mlt_splitter *s, mlt_split_choice *best, double impurity) {
    mlt_scan *scan = &s->scan;
    size_t border = s->start + best->n_left;
    if (s->two && mlt__is_complete(&s->data->features[best->feature])) {
        scan->weight_left = s->two->best_left;
        scan->weight_right = scan->weight_node - scan->weight_left;
        scan->left[1] = s->two->best_second;
        scan->left[0] = scan->weight_left - scan->left[1];
        scan->right[0] = scan->total[0] - scan->left[0];
        scan->right[1] = scan->total[1] - scan->left[1];
    } else if (s->counts) {
        scan->weight_left = count_classes(s, s->start, border, scan->left);
        scan->weight_right = count_classes(s, border, s->end, scan->right);
    } else {
        mlt__scan_reset(scan);
        mlt__scan_update(scan, border);
    }
    mlt__scan_children_impurity(scan, &best->impurity_left, &best->impurity_right);
    double weight = scan->weight_node;
    best->improvement = weight / s->weight_total *
                        (impurity - scan->weight_right / weight * best->impurity_right -
                         scan->weight_left / weight * best->impurity_left);
}

static inline void swap_features(uint32_t *features, size_t i, size_t j) {
    uint32_t kept = features[i];
    features[i] = features[j];
    features[j] = kept;
}

/* Is the sorted feature constant in this node? */
static bool is_constant(const mlt_splitter *s, const mlt_tree_feature *column, size_t known) {
    if (known < s->end - s->start)
        return known == 0;
    return !mlt__separable(column, mlt__code_of(s->keys[0]), mlt__code_of(s->keys[known - 1]));
}

/* Take the feature's best cut if it wins. Returns false if the feature is constant in the node. */
static bool try_feature(mlt_split_choice *best, mlt_splitter *s, uint32_t feature) {
    const mlt_tree_feature *column = column_of(s, feature);
    if (s->two && mlt__is_complete(column))
        return mlt__two_search(best, s->two, feature, column, s->samples + s->start);
    if (s->squares && s->squares->ranks) {
        if (mlt__ranks_try(best, s->squares->ranks, feature))
            return true;
        mlt__ranks_settle(s->squares->ranks, s->samples + s->start);
    }
    size_t known = sort_node(s, column);
    if (is_constant(s, column, known))
        return false;
    scan_feature(best, s, feature, known);
    return true;
}

/* The exact search, with scikit-learn's draws. */
static void search(mlt_split_choice *best, mlt_splitter *s, size_t *n_constants) {
    uint32_t *features = s->features;
    size_t undrawn = s->n_features; /* features[undrawn, …) were scanned */
    size_t known = *n_constants, found = 0, total = known, drawn = 0, visited = 0;
    mlt_ranks *ranks = s->squares ? s->squares->ranks : NULL;
    if (ranks)
        mlt__ranks_node(ranks, &s->scan, s->squares->rows);
    while (undrawn > total && (visited < s->params->max_features || visited <= found + drawn)) {
        visited++;
        size_t j = mlt__splitter_draw(s, drawn, undrawn - found);
        if (j < known) {
            swap_features(features, drawn++, j);
            continue;
        }
        j += found;
        if (!try_feature(best, s, features[j])) {
            swap_features(features, j, total++);
            found++;
            continue;
        }
        swap_features(features, --undrawn, j);
    }
    memcpy(features, s->constants, known * sizeof *features);
    memcpy(s->constants + known, features + known, found * sizeof *features);
    *n_constants = total;
    if (ranks)
        mlt__ranks_settle(ranks, s->samples + s->start);
    if (best->found)
        partition(s, best);
}

void mlt__splitter_split(mlt_split_choice *best, mlt_splitter *s, double impurity, size_t *n_constants) {
    *best = (mlt_split_choice){.proxy = -INFINITY};
    if (s->bins)
        mlt__bins_search(best, s);
    else
        search(best, s, n_constants);
    if (best->found)
        measure_sides(s, best, impurity);
}
