/* The histogram engine. A node's rows are added up by bin, all tried features in one pass over the rows,
 * whose bytes stand together; bins that were touched are marked in a bitmap, so that a small node's scan is
 * short. A cell holds Σ w, Σ w y and the rows for numbers and for two classes (y is then 1 for the second
 * class), which gives Gini and entropy too; more classes add their weights behind it. */
#include "models/tree_bins.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_cut.h"
#include "models/tree_squares.h"
#include "models/tree_two.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS = 256,
    WORDS = BINS / 64,
    AHEAD = 16, /* rows that are fetched before they are needed */
};

typedef struct bin_cell {
    double weight, sum;
    uint32_t n;
} bin_cell;

/* One feature's histogram; all empty between uses. */
typedef struct histogram {
    uint32_t feature;
    bin_cell *cells; /* BINS */
    double *classes; /* BINS × width; more than two classes only */
    uint64_t marks[WORDS];
} histogram;

struct mlt_bins {
    histogram *histograms; /* a batch */
    size_t batch;          /* features at most a pass */
    bin_cell *cells;
    double *classes;
    size_t class_width;   /* 0: classes are not kept */
    double *left, *right; /* width */
    double *keys;         /* BINS: what categories are ordered by */
    uint32_t *plain;      /* n_features: drawn features that need no histogram of their own */
    uint32_t *codes;      /* n: bins of the best split's column */
    uint32_t *spare;      /* 2 n: samples and payloads that go right */
};

/* Cells of a batch stay in the cache. */
static const size_t BATCH_BYTES = 1 << 18;

mlt_status mlt__bins_new(mlt_bins **out, const mlt_tree_data *data, const mlt_tree_params *params,
                         size_t n_features, size_t n, mlt_error *err) {
    mlt_bins *b = mlt__calloc(1, sizeof *b);
    if (!b)
        return mlt__raise_nomem(err, sizeof *b);
    b->class_width = data->width > 2 ? data->width : 0;
    size_t most = BATCH_BYTES / (BINS * (sizeof(bin_cell) + b->class_width * sizeof(double)));
    b->batch = params->max_features < n_features ? params->max_features : n_features;
    if (b->batch > most)
        b->batch = most > 0 ? most : 1;
    size_t cells = b->batch * BINS;
    b->histograms = mlt__calloc(b->batch, sizeof *b->histograms);
    b->cells = mlt__calloc(cells, sizeof *b->cells);
    b->classes = mlt__calloc(cells, b->class_width * sizeof *b->classes);
    b->left = mlt__calloc(2 * data->width, sizeof *b->left);
    b->keys = mlt__calloc(BINS, sizeof *b->keys);
    b->spare = mlt__alloc(n, 2 * sizeof *b->spare);
    b->codes = mlt__alloc(n, sizeof *b->codes);
    b->plain = mlt__alloc(n_features, sizeof *b->plain);
    size_t bytes = cells * (sizeof(bin_cell) + b->class_width * sizeof(double));
    if (!b->histograms || !b->cells || !b->classes || !b->left || !b->keys || !b->spare || !b->codes ||
        !b->plain) {
        mlt__bins_free(b);
        return mlt__raise_nomem(err, bytes);
    }
    b->right = b->left + data->width;
    for (size_t h = 0; h < b->batch; h++) {
        b->histograms[h].cells = b->cells + h * BINS;
        b->histograms[h].classes = b->classes + h * BINS * b->class_width;
    }
    *out = b;
    return MLT_OK;
}

void mlt__bins_free(mlt_bins *b) {
    if (!b)
        return;
    free(b->histograms);
    free(b->cells);
    free(b->classes);
    free(b->left);
    free(b->keys);
    free(b->spare);
    free(b->codes);
    free(b->plain);
    free(b);
}

/* Add one row to the batch's histograms. */
static inline void add_row(mlt_bins *b, size_t count, const uint8_t *bytes, double w, double wy,
                           bool marked) {
    for (size_t h = 0; h < count; h++) {
        histogram *to = &b->histograms[h];
        uint8_t bin = bytes[to->feature];
        bin_cell *cell = &to->cells[bin];
        cell->weight += w;
        cell->sum += wy;
        cell->n++;
        if (marked)
            to->marks[bin / 64] |= (uint64_t)1 << bin % 64;
    }
}

/* A large node touches most bins, so that marking them is not worth while. */
static bool is_marked(const mlt_splitter *s) { return s->end - s->start < BINS; }

static inline void add_rows(mlt_bins *b, const mlt_splitter *s, size_t count, bool marked) {
    const mlt_tree_data *data = s->data;
    size_t k = b->class_width;
    for (size_t i = s->start; i < s->end; i++) {
        size_t position = s->samples[i];
        if (i + AHEAD < s->end)
            __builtin_prefetch(data->row_bins + (size_t)s->samples[i + AHEAD] * data->p);
        const uint8_t *bytes = data->row_bins + position * data->p;
        double w = s->weights ? s->weights[position] : 1.0;
        double y = data->labels ? data->labels[position] : data->y[position];
        add_row(b, count, bytes, w, w * y, marked);
        for (size_t h = 0; k > 0 && data->labels && h < count; h++)
            b->histograms[h].classes[bytes[b->histograms[h].feature] * k + data->labels[position]] += w;
    }
}

static void fill(mlt_bins *b, const mlt_splitter *s, size_t count) {
    if (is_marked(s)) {
        add_rows(b, s, count, true);
        return;
    }
    add_rows(b, s, count, false);
    for (size_t h = 0; h < count; h++)
        for (size_t bin = 0; bin < BINS; bin++)
            if (b->histograms[h].cells[bin].n > 0)
                b->histograms[h].marks[bin / 64] |= (uint64_t)1 << bin % 64;
}

/* One side of a cut. */
typedef struct side {
    double weight, sum;
    size_t n;
    double *classes; /* NULL for numbers and two classes */
} side;

static double entropy_term(double part, double weight) { return part > 0 ? part * log2(part / weight) : 0; }

/* What a side is worth: up to constants of the node, less its weight times its impurity. */
static double worth(const side *part, mlt_criterion criterion, size_t k) {
    double total = 0;
    if (!part->classes)
        return criterion == MLT_ENTROPY ? entropy_term(part->sum, part->weight) +
                                              entropy_term(part->weight - part->sum, part->weight)
                                        : part->sum * part->sum / part->weight;
    for (size_t c = 0; c < k; c++)
        total += criterion == MLT_ENTROPY ? entropy_term(part->classes[c], part->weight)
                                          : part->classes[c] * part->classes[c] / part->weight;
    return total;
}

static void move_bin(side *left, side *right, const histogram *h, size_t bin, size_t k) {
    const bin_cell *cell = &h->cells[bin];
    left->weight += cell->weight;
    left->sum += cell->sum;
    left->n += cell->n;
    right->weight -= cell->weight;
    right->sum -= cell->sum;
    right->n -= cell->n;
    for (size_t c = 0; left->classes && c < k; c++) {
        left->classes[c] += h->classes[bin * k + c];
        right->classes[c] -= h->classes[bin * k + c];
    }
}

/* A sorted feature: its occupied bins, missing ones apart. */
typedef struct bin_order {
    uint8_t bins[BINS];
    size_t n;
    bool missing; /* the node has missing cells, in bin column->n_codes */
} bin_order;

static void list_bins(bin_order *order, const histogram *h, const mlt_tree_feature *column) {
    order->n = 0;
    order->missing = false;
    for (size_t word = 0; word < WORDS; word++)
        for (uint64_t marks = h->marks[word]; marks; marks &= marks - 1) {
            size_t bin = word * 64 + (size_t)__builtin_ctzll(marks);
            if (bin == column->n_codes)
                order->missing = true;
            else
                order->bins[order->n++] = (uint8_t)bin;
        }
}

static int compare_bins(const void *a, const void *b, void *keys) {
    uint8_t left = *(const uint8_t *)a, right = *(const uint8_t *)b;
    double left_key = ((const double *)keys)[left], right_key = ((const double *)keys)[right];
    return left_key < right_key ? -1 : left_key > right_key ? 1 : left < right ? -1 : left > right;
}

/* Categories in order of their mean target; with more classes, of the share of the node's largest class. */
static void order_categories(bin_order *order, mlt_bins *b, const mlt_splitter *s, const histogram *h) {
    size_t k = b->class_width, largest = 0;
    for (size_t c = 1; c < k; c++)
        if (s->scan.total[c] > s->scan.total[largest])
            largest = c;
    for (size_t i = 0; i < order->n; i++) {
        size_t bin = order->bins[i];
        double part = k > 0 ? h->classes[bin * k + largest] : h->cells[bin].sum;
        b->keys[bin] = part / h->cells[bin].weight;
    }
    qsort_r(order->bins, order->n, sizeof *order->bins, compare_bins, b->keys);
}

/* The node's totals: everything on the right. */
static void start_sides(side *left, side *right, mlt_bins *b, const mlt_splitter *s) {
    const mlt_scan *scan = &s->scan;
    *left = (side){0};
    *right = (side){.weight = scan->weight_node, .n = s->end - s->start};
    right->sum = scan->width == 2 ? scan->total[1] : scan->total[0];
    if (b->class_width > 0) {
        left->classes = memset(b->left, 0, scan->width * sizeof *b->left);
        right->classes = memcpy(b->right, scan->total, scan->width * sizeof *b->right);
    }
}

/* The split behind place i of the order. */
static void take(mlt_split_choice *best, const mlt_splitter *s, const bin_order *order, const histogram *h,
                 size_t i, size_t n_left, bool missing_left, double proxy) {
    const mlt_tree_feature *column = &s->data->features[h->feature];
    best->found = true;
    best->proxy = proxy;
    best->feature = h->feature;
    best->n_left = n_left;
    best->left_code = order->bins[i];
    best->missing_left = order->missing ? missing_left : 2 * n_left > s->end - s->start;
    if (column->cells)
        return;
    memset(s->left_set, 0, mlt__set_words(column->n_levels) * sizeof *s->left_set);
    bool left[BINS];
    for (size_t bin = 0; bin < BINS; bin++)
        left[bin] = best->missing_left;
    for (size_t place = 0; place < order->n; place++)
        left[order->bins[place]] = place <= i;
    for (uint32_t level = 0; level < column->n_levels; level++)
        s->left_set[level / 32] |= (uint32_t)left[column->level_bins[level]] << level % 32;
}

static double rounded_down(double proxy) { return proxy > 0 ? proxy - 1e-12 * proxy : proxy; }

/* Numbers and two classes by squared error or Gini, which order cuts alike. A cut is first judged without a
 * division, a rounding error below the best; what passes is computed. */
static void scan_sums(mlt_split_choice *best, const mlt_splitter *s, const histogram *h,
                      const bin_order *order, side *left, side *right, size_t cuts, bool missing_left) {
    size_t least = s->params->min_samples_leaf;
    double bar = rounded_down(best->proxy);
    for (size_t i = 0; i < cuts; i++) {
        const bin_cell *cell = &h->cells[order->bins[i]];
        left->weight += cell->weight;
        left->sum += cell->sum;
        left->n += cell->n;
        right->weight -= cell->weight;
        right->sum -= cell->sum;
        right->n -= cell->n;
        double scaled = left->sum * left->sum * right->weight + right->sum * right->sum * left->weight;
        if (!(scaled > bar * (left->weight * right->weight)) || left->n < least || right->n < least)
            continue;
        double proxy = left->sum * left->sum / left->weight + right->sum * right->sum / right->weight;
        if (proxy > best->proxy) {
            take(best, s, order, h, i, left->n, missing_left, proxy);
            bar = rounded_down(proxy);
        }
    }
}

/* Any criterion and number of classes. */
static void scan_classes(mlt_split_choice *best, const mlt_bins *b, const mlt_splitter *s, const histogram *h,
                         const bin_order *order, side *left, side *right, size_t cuts, bool missing_left) {
    size_t k = b->class_width, least = s->params->min_samples_leaf;
    mlt_criterion criterion = s->params->criterion;
    for (size_t i = 0; i < cuts; i++) {
        move_bin(left, right, h, order->bins[i], k);
        if (left->n < least || right->n < least)
            continue;
        double proxy = worth(left, criterion, k) + worth(right, criterion, k);
        if (proxy > best->proxy)
            take(best, s, order, h, i, left->n, missing_left, proxy);
    }
}

static void scan_order(mlt_split_choice *best, mlt_bins *b, const mlt_splitter *s, const histogram *h,
                       const bin_order *order, bool missing_left) {
    side left, right;
    start_sides(&left, &right, b, s);
    if (missing_left)
        move_bin(&left, &right, h, s->data->features[h->feature].n_codes, b->class_width);
    size_t cuts = order->n - (order->missing && !missing_left ? 0 : 1);
    if (b->class_width == 0 && s->params->criterion != MLT_ENTROPY)
        scan_sums(best, s, h, order, &left, &right, cuts, missing_left);
    else
        scan_classes(best, b, s, h, order, &left, &right, cuts, missing_left);
}

static void empty(histogram *h, const bin_order *order, const mlt_tree_feature *column, size_t k) {
    for (size_t i = 0; i < order->n + (order->missing ? 1 : 0); i++) {
        size_t bin = i < order->n ? order->bins[i] : column->n_codes;
        h->cells[bin] = (bin_cell){0};
        memset(h->classes + bin * k, 0, k * sizeof *h->classes);
    }
    memset(h->marks, 0, sizeof h->marks);
}

/* Scan one histogram and empty it. Returns false if the feature is constant here. */
static bool scan_histogram(mlt_split_choice *best, mlt_bins *b, const mlt_splitter *s, histogram *h) {
    const mlt_tree_feature *column = &s->data->features[h->feature];
    bin_order order;
    list_bins(&order, h, column);
    bool varies = order.n + (order.missing ? 1 : 0) > 1;
    if (varies) {
        if (!column->cells)
            order_categories(&order, b, s, h);
        scan_order(best, b, s, h, &order, false);
        if (order.missing)
            scan_order(best, b, s, h, &order, true);
    }
    empty(h, &order, column, b->class_width);
    return varies;
}

/* Is there a quicker way than a histogram for this column? */
static bool is_plain(const mlt_splitter *s, uint32_t feature) {
    return (s->counts || s->squares) && mlt__is_complete(&s->data->features[feature]);
}

static size_t search_plain(mlt_split_choice *best, mlt_splitter *s, const uint32_t *features, size_t count) {
    if (s->two)
        return mlt__two_search_bins(best, s->two, s->data, features, count, s->samples + s->start);
    return s->counts ? mlt__cut_bins(best, s, features, count)
                     : mlt__squares_search_bins(best, s->squares, &s->scan, features, count);
}

/* Draw up to `count` features: plain ones, and those that get a histogram, for which there is room for a
 * batch. Returns how many of these. */
static size_t draw(mlt_bins *b, mlt_splitter *s, size_t drawn, size_t count, size_t *n_plain) {
    size_t n_histograms = 0;
    *n_plain = 0;
    for (size_t i = 0; i < count && n_histograms < b->batch; i++, drawn++) {
        size_t j = mlt__splitter_draw(s, drawn, s->n_features);
        uint32_t feature = s->features[j];
        s->features[j] = s->features[drawn];
        s->features[drawn] = feature;
        if (is_plain(s, feature))
            b->plain[(*n_plain)++] = feature;
        else
            b->histograms[n_histograms++].feature = feature;
    }
    return n_histograms;
}

/* A histogram's proxy as the plain way has it: for Gini that is another, which orders cuts alike. */
static double plain_proxy(const mlt_splitter *s, double proxy) {
    if (s->params->criterion != MLT_GINI)
        return proxy;
    return s->scan.width == 2 ? 2 * proxy - 2 * s->scan.total[1] : proxy - s->scan.weight_node;
}

/* Features are drawn without replacement; those that are constant in the node do not count. Of two rows every
 * other feature makes the same two leaves, so that the first will do. */
static void search(mlt_split_choice *best, mlt_bins *b, mlt_splitter *s) {
    size_t drawn = 0, varying = 0, enough = s->end - s->start == 2 ? 1 : s->params->max_features;
    mlt_split_choice plain = *best;
    while (drawn < s->n_features && varying < enough) {
        size_t count = enough - varying, n_plain;
        if (count > s->n_features - drawn)
            count = s->n_features - drawn;
        size_t n_histograms = draw(b, s, drawn, count, &n_plain);
        drawn += n_plain + n_histograms;
        if (n_plain > 0)
            varying += search_plain(&plain, s, b->plain, n_plain);
        if (n_histograms > 0)
            fill(b, s, n_histograms);
        for (size_t h = 0; h < n_histograms; h++)
            varying += scan_histogram(best, b, s, &b->histograms[h]);
    }
    if (plain.found && !(best->found && plain_proxy(s, best->proxy) > plain.proxy))
        *best = plain;
}

/* Which bins go left: all that a node may have. */
static void list_sides(bool *goes_left, const mlt_splitter *s, const mlt_split_choice *best,
                       const mlt_tree_feature *column) {
    for (uint32_t bin = 0; column->cells && bin < column->n_codes; bin++)
        goes_left[bin] = bin <= best->left_code;
    for (uint32_t level = 0; !column->cells && level < column->n_levels; level++)
        goes_left[column->level_bins[level]] = mlt__set_has(s->left_set, level);
    goes_left[column->n_codes] = best->missing_left;
}

/* Each sample's bin becomes its side: 0 left, 1 right. Returns how many are missing; the bins nearest to a
 * numeric cut are noted. */
static size_t take_sides(uint32_t *codes, size_t n, const mlt_splitter *s, mlt_split_choice *best) {
    const mlt_tree_feature *column = &s->data->features[best->feature];
    bool goes_left[BINS];
    list_sides(goes_left, s, best, column);
    uint32_t greatest_left = 0, least_right = UINT32_MAX, missing = column->n_codes;
    size_t n_missing = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bin = codes[i];
        bool left = goes_left[bin], known = bin != missing;
        greatest_left = left && known && bin > greatest_left ? bin : greatest_left;
        least_right = !left && known && bin < least_right ? bin : least_right;
        n_missing += !known;
        codes[i] = !left;
    }
    best->greatest_left = greatest_left;
    best->least_right = least_right;
    return n_missing;
}

/* Partition the node, in order. */
static void partition(mlt_splitter *s, mlt_split_choice *best, mlt_bins *b) {
    const mlt_tree_feature *column = &s->data->features[best->feature];
    uint32_t *samples = s->samples + s->start, *payloads = s->counts ? s->counts->payloads + s->start : NULL;
    uint32_t *codes = b->codes, *spare = b->spare, greatest, least;
    size_t n = s->end - s->start, p = s->data->p, n_missing = 0;
    const uint8_t *bins = s->data->row_bins + best->feature;
    const mlt_tree_kernels *kernels = mlt__tree_kernels();
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(bins + samples[i + AHEAD] * p);
        codes[i] = bins[samples[i] * p];
    }
    if (mlt__is_complete(column)) {
        best->n_left = kernels->divide(samples, payloads, spare, codes, n, best->left_code,
                                       &best->greatest_left, &best->least_right);
    } else {
        n_missing = take_sides(codes, n, s, best);
        best->n_left = kernels->divide(samples, payloads, spare, codes, n, 0, &greatest, &least);
    }
    if (n_missing == 0)
        best->missing_left = 2 * best->n_left > n;
}

void mlt__bins_search(mlt_split_choice *best, mlt_splitter *s) {
    search(best, s->bins, s);
    if (best->found)
        partition(s, best, s->bins);
}
