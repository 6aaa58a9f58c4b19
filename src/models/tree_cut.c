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

/* Move cell i to the left: counts and, for Gini, sums of squares, which change by whole numbers. */
typedef struct count_sides {
    double *left, *right;
    double weight_left, squares_left, squares_right;
} count_sides;

static inline void move_left(count_sides *sides, uint32_t payload) {
    uint32_t c = payload & 0xff;
    double w = (double)(payload >> 8);
    sides->squares_left += w * (2 * sides->left[c] + w);
    sides->squares_right -= w * (2 * sides->right[c] - w);
    sides->left[c] += w;
    sides->right[c] -= w;
    sides->weight_left += w;
}

static void cut_many_classes(mlt_split_choice *best, mlt_splitter *s, const mlt_cuts *cuts,
                             cut_bounds bounds) {
    mlt_scan *scan = &s->scan;
    bool gini = s->params->criterion == MLT_GINI;
    double total = scan->weight_node, bar = gini ? quick_bar(best, total) : -INFINITY;
    count_sides sides = {.left = scan->left, .right = scan->right};
    memset(sides.left, 0, scan->width * sizeof *sides.left);
    memcpy(sides.right, scan->total, scan->width * sizeof *sides.right);
    for (size_t c = 0; c < scan->width; c++)
        sides.squares_right += sides.right[c] * sides.right[c];
    for (size_t i = cuts->known; cuts->missing_left && i < cuts->known + cuts->missing; i++)
        move_left(&sides, (uint32_t)cuts->keys[i]);
    for (size_t i = 0; i < bounds.end; i++) {
        move_left(&sides, (uint32_t)cuts->keys[i]);
        double weight = sides.weight_left, rest = total - weight;
        if (!(sides.squares_left * rest + sides.squares_right * weight > bar * (weight * rest)))
            continue;
        if (i < bounds.first || !mlt__is_cut(cuts, i))
            continue;
        if (gini) {
            mlt__consider(best, cuts, i,
                          mlt__gini_proxy(sides.squares_left, weight, sides.squares_right, rest));
            bar = quick_bar(best, total);
        } else {
            double left = mlt__impurity_of_counts(MLT_ENTROPY, sides.left, scan->width, weight);
            double right = mlt__impurity_of_counts(MLT_ENTROPY, sides.right, scan->width, rest);
            mlt__consider(best, cuts, i, -rest * right - weight * left);
        }
    }
}

void mlt__cut_counts(mlt_split_choice *best, mlt_splitter *s, const mlt_cuts *cuts) {
    cut_bounds bounds = bounds_of(cuts, s->params->min_samples_leaf);
    if (s->scan.width == 2 && s->params->criterion == MLT_GINI)
        cut_two_classes(best, s, cuts, bounds);
    else
        cut_many_classes(best, s, cuts, bounds);
}
