/* Finding a node's best split: features are drawn in scikit-learn's random order and the first strict maximum wins. */
#include "models/tree_split.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_category.h"
#include "models/tree_sort.h"

#include "mltool/random.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float CLOSE = 1e-7F;

enum { PAYLOAD_CLASSES = 256, PAYLOAD_WEIGHT = 1 << 24 };

static inline uint32_t code_of(uint64_t key) { return (uint32_t)(key >> 32); }

/* xorshift32 as scikit-learn's our_rand_r; a whole number in [low, high). */
static size_t draw(mlt_splitter *splitter, size_t low, size_t high) {
    uint32_t *state = &splitter->random;
    if (*state == 0)
        *state = 1;
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return low + (*state & 0x7fffffffU) % (high - low);
}

/* Do all weights make class counts whole numbers, small enough for a payload? */
static bool is_whole(const mlt_splitter *splitter) {
    mlt_criterion criterion = splitter->params->criterion;
    if ((criterion != MLT_GINI && criterion != MLT_ENTROPY) || splitter->data->width > PAYLOAD_CLASSES)
        return false;
    if (splitter->weights)
        for (size_t i = 0; i < splitter->n; i++) {
            double w = splitter->weights[splitter->samples[i]];
            if (w >= PAYLOAD_WEIGHT || w != floor(w))
                return false;
        }
    return true;
}

static mlt_status allocate(mlt_splitter *s, const mlt_tree_sample *sample, mlt_error *err) {
    size_t n = sample->n, levels = 0;
    MLT_ALLOC(s->samples, n, err);
    MLT_ALLOC(s->keys, n, err);
    MLT_ALLOC(s->features, s->n_features, err);
    MLT_ALLOC(s->constants, s->n_features, err);
    for (size_t j = 0; j < s->n_features; j++) {
        s->features[j] = sample->features ? sample->features[j] : (uint32_t)j;
        const mlt_tree_feature *feature = &s->data->features[s->features[j]];
        if (!feature->values && feature->n_codes > levels)
            levels = feature->n_codes;
    }
    if (levels > 0) {
        MLT_TRY(mlt__category_order_new(&s->categories, levels, s->data->width, err));
        MLT_ALLOC(s->left_set, mlt__set_words(levels), err);
    }
    return MLT_OK;
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
        if (!s->weights || s->weights[position] != 0)
            s->samples[s->n++] = position;
    }
    for (size_t i = 0; i < s->n; i++)
        s->weight_total += s->weights ? s->weights[s->samples[i]] : 1.0;
    s->whole = is_whole(s);
    if (s->whole) {
        MLT_ALLOC(s->spare, s->n, err);
        MLT_ALLOC(s->payloads, s->n, err);
        for (size_t i = 0; i < s->n; i++) {
            uint32_t weight = s->weights ? (uint32_t)s->weights[s->samples[i]] : 1;
            s->payloads[i] = weight << 8 | data->labels[s->samples[i]];
        }
    }
    return mlt__scan_new(&s->scan, params->criterion, data, s->weights, s->samples, s->n, err);
}

void mlt__splitter_clear(mlt_splitter *s) {
    free(s->samples);
    free(s->keys);
    free(s->spare);
    free(s->payloads);
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
        counts[s->payloads[i] & 0xff] += s->payloads[i] >> 8;
        weight += s->payloads[i] >> 8;
    }
    return (double)weight;
}

double mlt__splitter_node(mlt_splitter *s, size_t start, size_t end) {
    s->start = start;
    s->end = end;
    if (s->whole)
        s->scan.weight_node = count_classes(s, start, end, s->scan.total);
    else
        mlt__scan_node(&s->scan, start, end);
    return s->scan.weight_node;
}

double mlt__splitter_impurity(const mlt_splitter *s) { return mlt__scan_node_impurity(&s->scan); }

void mlt__splitter_value(const mlt_splitter *s, double *value) { mlt__scan_value(&s->scan, value); }

/* Sort the node by a feature: keys[0, n) hold code << 32 | payload or position; missing cells last. Categories get
 * their place in the node's order as code. Returns the number of cells that are not missing. */
static size_t sort_node(mlt_splitter *s, uint32_t feature) {
    const mlt_tree_feature *column = &s->data->features[feature];
    size_t n = s->end - s->start, n_missing = 0;
    const uint32_t *samples = s->samples + s->start;
    const uint32_t *low = s->whole ? s->payloads + s->start : samples;
    uint32_t n_codes = column->n_codes;
    if (column->values) {
        for (size_t i = 0; i < n; i++)
            s->keys[i] = (uint64_t)column->codes[samples[i]] << 32 | low[i];
    } else {
        mlt__category_order_node(s->categories, s, feature);
        n_codes = (uint32_t)s->categories->n_present;
        for (size_t i = 0; i < n; i++) {
            uint32_t code = column->codes[samples[i]];
            s->keys[i] = (uint64_t)(code == column->n_codes ? n_codes : s->categories->rank[code]) << 32 | low[i];
        }
    }
    if (s->whole) {
        mlt__sort_free(s->keys, s->spare, n, n_codes);
    } else {
        mlt__sort_prescribed(s->keys, n);
        for (size_t i = 0; i < n; i++)
            s->samples[s->start + i] = (uint32_t)s->keys[i];
    }
    if (column->has_missing)
        while (n_missing < n && code_of(s->keys[n - 1 - n_missing]) == n_codes)
            n_missing++;
    return n - n_missing;
}

/* May a split separate neighbouring codes a < b of this column? */
static inline bool separable(const mlt_tree_feature *column, uint32_t a, uint32_t b) {
    return a != b && !(column->values && column->has_close && column->values[b] <= column->values[a] + CLOSE);
}

/* One direction of missing cells over a sorted feature. Samples [first, last) of the scan are not missing. */
typedef struct cut_range {
    const mlt_tree_feature *column;
    uint32_t feature;
    const uint64_t *keys; /* of the cells that are not missing */
    size_t known, missing;
    bool missing_left;
} cut_range;

/* Take the cut behind known cell i if its proxy is above the best so far. */
static inline void consider(mlt_split_choice *best, const cut_range *range, size_t i, double proxy) {
    if (!(proxy > best->proxy))
        return;
    best->found = true;
    best->proxy = proxy;
    best->feature = range->feature;
    best->missing_left = range->missing_left;
    best->n_left = i + 1 + (range->missing_left ? range->missing : 0);
    best->left_code = code_of(range->keys[i]);
    if (!range->column->values)
        return;
    if (i + 1 == range->known) {
        best->threshold = FLT_MAX;
        return;
    }
    double a = range->column->values[best->left_code], b = range->column->values[code_of(range->keys[i + 1])];
    best->threshold = a / 2.0 + b / 2.0;
    if (best->threshold == b)
        best->threshold = a;
}

/* Is there a cut behind known cell i? */
static inline bool is_cut(const cut_range *range, size_t i) {
    if (i + 1 == range->known)
        return range->missing > 0 && !range->missing_left;
    return separable(range->column, code_of(range->keys[i]), code_of(range->keys[i + 1]));
}

/* Whole class counts: the sums of squares change by whole numbers, so they are exact however they are added. */
static void scan_counts(mlt_split_choice *best, mlt_splitter *s, const cut_range *range) {
    mlt_scan *scan = &s->scan;
    size_t n = range->known + range->missing, min_leaf = s->params->min_samples_leaf;
    bool gini = s->params->criterion == MLT_GINI;
    double *left = scan->left, *right = scan->right;
    memset(left, 0, scan->width * sizeof *left);
    memcpy(right, scan->total, scan->width * sizeof *right);
    double weight_left = 0, squares_left = 0, squares_right = 0;
    for (size_t c = 0; c < scan->width; c++)
        squares_right += right[c] * right[c];
    const uint64_t *moved = range->missing_left ? range->keys + range->known : range->keys;
    size_t n_left = 0, first = range->missing_left ? range->missing : 0;
    for (size_t pass = range->missing_left ? 0 : 1; pass < 2; pass++) {
        size_t count = pass == 0 ? first : range->known;
        for (size_t i = 0; i < count; i++) {
            uint32_t c = (uint32_t)moved[i] & 0xff;
            double w = (double)((uint32_t)moved[i] >> 8);
            squares_left += w * (2 * left[c] + w);
            squares_right -= w * (2 * right[c] - w);
            left[c] += w;
            right[c] -= w;
            weight_left += w;
            n_left++;
            if (pass == 0 || !is_cut(range, i) || n_left < min_leaf || n - n_left < min_leaf)
                continue;
            double weight_right = scan->weight_node - weight_left, impurity_left, impurity_right;
            if (gini) {
                impurity_left = 1.0 - squares_left / (weight_left * weight_left);
                impurity_right = 1.0 - squares_right / (weight_right * weight_right);
            } else {
                impurity_left = mlt__impurity_of_counts(MLT_ENTROPY, left, scan->width, weight_left);
                impurity_right = mlt__impurity_of_counts(MLT_ENTROPY, right, scan->width, weight_right);
            }
            consider(best, range, i, -weight_right * impurity_right - weight_left * impurity_left);
        }
        moved = range->keys;
    }
}

/* Sums in the samples' order, as scikit-learn takes them. */
static void scan_ordered(mlt_split_choice *best, mlt_splitter *s, const cut_range *range) {
    size_t n = range->known + range->missing, before = range->missing_left ? range->missing : 0;
    size_t min_leaf = s->params->min_samples_leaf;
    mlt__scan_reset(&s->scan);
    for (size_t i = 0; i < range->known; i++) {
        size_t n_left = before + i + 1;
        if (!is_cut(range, i) || n_left < min_leaf || n - n_left < min_leaf)
            continue;
        mlt__scan_update(&s->scan, s->start + n_left);
        consider(best, range, i, mlt__scan_proxy(&s->scan));
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

/* The category set of the best cut, while the node's order of that feature is at hand. Categories that are not
 * present go where missing cells go. */
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
    cut_range range = {.column = &s->data->features[feature], .feature = feature, .keys = s->keys, .known = known};
    range.missing = s->end - s->start - known;
    void (*scan)(mlt_split_choice *, mlt_splitter *, const cut_range *) = s->whole ? scan_counts : scan_ordered;
    double before = best->proxy;
    scan(best, s, &range);
    if (range.missing > 0) {
        range.missing_left = true;
        if (!s->whole)
            missing_first(s, known, range.missing);
        scan(best, s, &range);
    }
    if (best->proxy > before) {
        if (!range.column->values)
            keep_left_set(s, best, range.missing);
        else if (range.missing == 0)
            best->missing_left = 2 * best->n_left > s->end - s->start;
    }
}

/* Does the sample at this position go left? */
static inline bool goes_left(const mlt_splitter *s, const mlt_split_choice *best, uint32_t position) {
    const mlt_tree_feature *column = &s->data->features[best->feature];
    uint32_t code = column->codes[position];
    if (code == column->n_codes)
        return best->missing_left;
    return column->values ? code <= best->left_code : mlt__set_has(s->left_set, code);
}

/* scikit-learn's partition: a sample of the right side is swapped with the shrinking end. */
static void partition_prescribed(mlt_splitter *s, const mlt_split_choice *best) {
    size_t i = s->start, end = s->end;
    while (i < end) {
        if (goes_left(s, best, s->samples[i])) {
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
static void partition_stable(mlt_splitter *s, const mlt_split_choice *best) {
    uint64_t *right = s->keys;
    size_t n_left = s->start, n_right = 0;
    for (size_t i = s->start; i < s->end; i++) {
        uint32_t position = s->samples[i], payload = s->payloads[i];
        if (goes_left(s, best, position)) {
            s->samples[n_left] = position;
            s->payloads[n_left++] = payload;
        } else {
            right[n_right++] = (uint64_t)payload << 32 | position;
        }
    }
    for (size_t i = 0; i < n_right; i++) {
        s->samples[n_left + i] = (uint32_t)right[i];
        s->payloads[n_left + i] = (uint32_t)(right[i] >> 32);
    }
}

/* Partition the node by the best split and measure both sides. */
static void apply_split(mlt_splitter *s, mlt_split_choice *best, double impurity) {
    mlt_scan *scan = &s->scan;
    size_t border = s->start + best->n_left;
    if (s->whole) {
        partition_stable(s, best);
        scan->weight_left = count_classes(s, s->start, border, scan->left);
        scan->weight_right = count_classes(s, border, s->end, scan->right);
    } else {
        partition_prescribed(s, best);
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
    return !separable(column, code_of(s->keys[0]), code_of(s->keys[known - 1]));
}

void mlt__splitter_split(mlt_split_choice *best, mlt_splitter *s, double impurity, size_t *n_constants) {
    *best = (mlt_split_choice){.proxy = -INFINITY};
    uint32_t *features = s->features;
    size_t undrawn = s->n_features; /* features[undrawn, …) were scanned */
    size_t known = *n_constants, found = 0, total = known, drawn = 0, visited = 0;
    while (undrawn > total && (visited < s->params->max_features || visited <= found + drawn)) {
        visited++;
        size_t j = draw(s, drawn, undrawn - found);
        if (j < known) {
            swap_features(features, drawn++, j);
            continue;
        }
        j += found;
        size_t n_known = sort_node(s, features[j]);
        if (is_constant(s, &s->data->features[features[j]], n_known)) {
            swap_features(features, j, total++);
            found++;
            continue;
        }
        undrawn--;
        swap_features(features, undrawn, j);
        scan_feature(best, s, features[undrawn], n_known);
    }
    memcpy(features, s->constants, known * sizeof *features);
    memcpy(s->constants + known, features + known, found * sizeof *features);
    *n_constants = total;
    if (best->found)
        apply_split(s, best, impurity);
}
