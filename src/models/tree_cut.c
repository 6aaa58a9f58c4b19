/* Trying all cuts of a node sorted by a feature, on whole class counts.
 *
 * For Gini the proxy is Σ over both sides of (sum of squared counts) / weight, less the node's weight. Most
 * cuts are far from the best, so a cut is first judged by that quotient without a division; only one that may
 * win is computed as scikit-learn does, to the bit. */
#include "models/tree_cut.h"

#include <math.h>
#include <string.h>

/* Σ squares / weight that a cut needs to be looked at closely. */
static double quick_bar(const mlt_split_choice *best, double weight) {
    return isinf(best->proxy) ? -INFINITY : (best->proxy + weight) - MLT_CUT_MARGIN * weight;
}

/* Where cuts are allowed: behind cells [first, end) of the known ones. */
typedef struct cut_bounds {
    size_t first, end;
} cut_bounds;

static cut_bounds bounds_of(const mlt_cuts *cuts, size_t min_leaf) {
    size_t n = cuts->known + cuts->missing, before = cuts->missing_left ? cuts->missing : 0;
    cut_bounds bounds = {.first = min_leaf > before ? min_leaf - before - 1 : 0,
                         .end = cuts->missing > 0 && !cuts->missing_left ? cuts->known : cuts->known - 1};
    size_t most = n - min_leaf; /* on the left */
    if (n < min_leaf || most < before)
        bounds.end = 0;
    else if (most - before < bounds.end)
        bounds.end = most - before;
    return bounds;
}

/* Two classes: the counts of the second and the weight say all. */
static void cut_two_classes(mlt_split_choice *best, const mlt_splitter *s, const mlt_cuts *cuts,
                            cut_bounds bounds) {
    const uint64_t *keys = cuts->keys;
    double total = s->scan.weight_node, total_second = s->scan.total[1];
    double weight = 0, second = 0, bar = quick_bar(best, total);
    for (size_t i = cuts->known; cuts->missing_left && i < cuts->known + cuts->missing; i++) {
        double w = (double)((uint32_t)keys[i] >> 8);
        weight += w;
        second += (keys[i] & 1) != 0 ? w : 0;
    }
    for (size_t i = 0; i < bounds.end; i++) {
        double w = (double)(int32_t)((uint32_t)keys[i] >> 8);
        weight += w;
        second += w * (double)(int32_t)(keys[i] & 1);
        double first = weight - second, rest = total - weight;
        double rest_second = total_second - second, rest_first = rest - rest_second;
        double squares_left = first * first + second * second;
        double squares_right = rest_first * rest_first + rest_second * rest_second;
        if (!(squares_left * rest + squares_right * weight > bar * (weight * rest)))
            continue;
        if (i < bounds.first || !mlt__is_cut(cuts, i))
            continue;
        mlt__consider(best, cuts, i, mlt__gini_proxy(squares_left, weight, squares_right, rest));
        bar = quick_bar(best, total);
    }
}

/* Both sides of a cut, and what they come to: Σ of squared class weights, which change by whole numbers, for
 * Gini; Σ x log2 x over all of them for entropy. */
typedef struct count_sides {
    double *left, *right; /* by class */
    double weight_left, squares_left, squares_right;
    int64_t logs;
} count_sides;

/* What a cut must come to before it is looked at closely. */
typedef struct cut_bar {
    double squares;
    int64_t logs;
} cut_bar;

static cut_bar bar_of(const mlt_split_choice *best, const mlt_splitter *s) {
    double weight = s->scan.weight_node, rounding = 4.0 * (double)s->scan.width;
    bool gini = s->params->criterion == MLT_GINI;
    cut_bar bar = {gini ? quick_bar(best, weight) : -INFINITY, INT64_MIN};
    if (!gini && !isinf(best->proxy))
        bar.logs = (int64_t)((best->proxy - MLT_CUT_MARGIN * weight) * MLT_XLOGX_ONE - rounding);
    return bar;
}

static count_sides all_right(mlt_splitter *s) {
    mlt_scan *scan = &s->scan;
    count_sides sides = {.left = scan->left, .right = scan->right};
    memset(sides.left, 0, scan->width * sizeof *sides.left);
    memcpy(sides.right, scan->total, scan->width * sizeof *sides.right);
    for (size_t c = 0; c < scan->width; c++) {
        sides.squares_right += sides.right[c] * sides.right[c];
        if (s->counts->xlogx.table)
            sides.logs += mlt__xlogx(&s->counts->xlogx, (size_t)sides.right[c]);
    }
    return sides;
}

/* NULL for Gini, and where logarithms are not at hand: then every cut is looked at closely. */
static const mlt_xlogx *xlogx_of(const mlt_splitter *s) {
    return s->counts->xlogx.table ? &s->counts->xlogx : NULL;
}

/* The loops below are compiled with logarithms and without. */
static inline void move_left(count_sides *sides, const mlt_xlogx *xlogx, size_t c, double w) {
    double left = sides->left[c], right = sides->right[c];
    sides->left[c] = left + w;
    sides->right[c] = right - w;
    sides->weight_left += w;
    if (xlogx) {
        sides->logs += mlt__xlogx(xlogx, (size_t)(left + w)) - mlt__xlogx(xlogx, (size_t)left) +
                       mlt__xlogx(xlogx, (size_t)(right - w)) - mlt__xlogx(xlogx, (size_t)right);
    } else {
        sides->squares_left += w * (2 * left + w);
        sides->squares_right -= w * (2 * right - w);
    }
}

static inline bool may_win(const count_sides *sides, const mlt_xlogx *xlogx, double total,
                           const cut_bar *bar) {
    double weight = sides->weight_left, rest = total - weight;
    if (xlogx)
        return sides->logs - mlt__xlogx(xlogx, (size_t)weight) - mlt__xlogx(xlogx, (size_t)rest) > bar->logs;
    return sides->squares_left * rest + sides->squares_right * weight > bar->squares * (weight * rest);
}

/* scikit-learn's proxy, to the bit. */
static double proxy_of(const count_sides *sides, const mlt_splitter *s) {
    double weight = sides->weight_left, rest = s->scan.weight_node - weight;
    if (s->params->criterion == MLT_GINI)
        return mlt__gini_proxy(sides->squares_left, weight, sides->squares_right, rest);
    double left = mlt__impurity_of_counts(MLT_ENTROPY, sides->left, s->scan.width, weight);
    double right = mlt__impurity_of_counts(MLT_ENTROPY, sides->right, s->scan.width, rest);
    return -rest * right - weight * left;
}

static inline __attribute__((always_inline)) void cut_many_classes(mlt_split_choice *best, mlt_splitter *s,
                                                                   const mlt_cuts *cuts, cut_bounds bounds,
                                                                   const mlt_xlogx *xlogx) {
    double total = s->scan.weight_node;
    cut_bar bar = bar_of(best, s);
    count_sides sides = all_right(s);
    for (size_t i = cuts->known; cuts->missing_left && i < cuts->known + cuts->missing; i++)
        move_left(&sides, xlogx, cuts->keys[i] & 0xff, (uint32_t)cuts->keys[i] >> 8);
    for (size_t i = 0; i < bounds.end; i++) {
        move_left(&sides, xlogx, cuts->keys[i] & 0xff, (uint32_t)cuts->keys[i] >> 8);
        if (!may_win(&sides, xlogx, total, &bar) || i < bounds.first || !mlt__is_cut(cuts, i))
            continue;
        mlt__consider(best, cuts, i, proxy_of(&sides, s));
        bar = bar_of(best, s);
    }
}

static inline __attribute__((always_inline)) void
cut_cells(mlt_split_choice *best, mlt_splitter *s, const mlt_cell_cuts *cuts, const mlt_xlogx *xlogx) {
    size_t width = s->scan.width, n = s->end - s->start, n_left = 0, least = s->params->min_samples_leaf;
    double total = s->scan.weight_node;
    cut_bar bar = bar_of(best, s);
    count_sides sides = all_right(s);
    for (uint32_t bin = 0; bin < cuts->n_bins && n - n_left > least; bin++) {
        const uint32_t *cell = cuts->cells + bin * (width + 1);
        if (cell[width] == 0)
            continue;
        for (size_t c = 0; c < width; c++)
            if (cell[c] > 0)
                move_left(&sides, xlogx, c, cell[c]);
        n_left += cell[width];
        if (n_left < least || n - n_left < least || n_left == n || !may_win(&sides, xlogx, total, &bar))
            continue;
        double proxy = proxy_of(&sides, s);
        if (!(proxy > best->proxy))
            continue;
        *best = (mlt_split_choice){
            .found = true, .feature = cuts->feature, .n_left = n_left, .left_code = bin, .proxy = proxy};
        bar = bar_of(best, s);
    }
}

void mlt__cut_cells(mlt_split_choice *best, mlt_splitter *s, const mlt_cell_cuts *cuts) {
    const mlt_xlogx *xlogx = xlogx_of(s);
    if (xlogx)
        cut_cells(best, s, cuts, xlogx);
    else
        cut_cells(best, s, cuts, NULL);
}

void mlt__cut_counts(mlt_split_choice *best, mlt_splitter *s, const mlt_cuts *cuts) {
    cut_bounds bounds = bounds_of(cuts, s->params->min_samples_leaf);
    const mlt_xlogx *xlogx = xlogx_of(s);
    if (xlogx)
        cut_many_classes(best, s, cuts, bounds, xlogx);
    else if (s->scan.width == 2 && s->params->criterion == MLT_GINI)
        cut_two_classes(best, s, cuts, bounds);
    else
        cut_many_classes(best, s, cuts, bounds, NULL);
}
