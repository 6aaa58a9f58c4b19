/* Split criteria. The order of every sum is scikit-learn's, for a regression tree's splits depend on the last
 * bit. */
#include "models/tree_criterion.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/weighted_median.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double mlt__impurity_of_counts(mlt_criterion kind, const double *counts, size_t k, double weight) {
    if (kind == MLT_ENTROPY) {
        double entropy = 0;
        for (size_t c = 0; c < k; c++)
            if (counts[c] > 0) {
                double share = counts[c] / weight;
                entropy -= share * (log(share) / log(2.0));
            }
        return entropy;
    }
    double squares = 0;
    for (size_t c = 0; c < k; c++)
        squares += counts[c] * counts[c];
    return 1.0 - squares / (weight * weight);
}

mlt_status mlt__scan_new(mlt_scan *scan, mlt_criterion kind, const mlt_tree_data *data, const double *weights,
                         const uint32_t *samples, size_t n, mlt_error *err) {
    *scan =
        (mlt_scan){.kind = kind, .data = data, .weights = weights, .samples = samples, .width = data->width};
    MLT_ALLOC(scan->total, 3 * scan->width, err);
    scan->left = scan->total + scan->width;
    scan->right = scan->left + scan->width;
    if (kind == MLT_ABSOLUTE_ERROR)
        MLT_TRY(mlt__medians_new(&scan->medians, n, err));
    return MLT_OK;
}

void mlt__scan_clear(mlt_scan *scan) {
    free(scan->total);
    mlt__medians_free(scan->medians);
    *scan = (mlt_scan){0};
}

static inline double weight_of(const mlt_scan *scan, size_t position) {
    return scan->weights ? scan->weights[position] : 1.0;
}

void mlt__scan_node(mlt_scan *scan, size_t start, size_t end) {
    const mlt_tree_data *data = scan->data;
    scan->start = start;
    scan->end = end;
    scan->weight_node = 0;
    scan->square_total = 0;
    memset(scan->total, 0, scan->width * sizeof *scan->total);
    for (size_t i = start; i < end; i++) {
        size_t position = scan->samples[i];
        double w = weight_of(scan, position);
        if (data->labels) {
            scan->total[data->labels[position]] += w;
        } else {
            double wy = w * data->y[position];
            scan->total[0] += wy;
            scan->square_total += wy * data->y[position];
        }
        scan->weight_node += w;
    }
    mlt__scan_reset(scan);
    if (scan->medians)
        scan->node_median = mlt__median_of(&scan->medians->right);
}

void mlt__scan_reset(mlt_scan *scan) {
    memset(scan->left, 0, scan->width * sizeof *scan->left);
    memcpy(scan->right, scan->total, scan->width * sizeof *scan->right);
    scan->weight_left = 0;
    scan->weight_right = scan->weight_node;
    scan->pos = scan->start;
    if (scan->medians) {
        mlt__median_list_clear(&scan->medians->left);
        mlt__median_list_clear(&scan->medians->right);
        for (size_t i = scan->start; i < scan->end; i++)
            mlt__median_push(&scan->medians->right, scan->data->y[scan->samples[i]],
                             weight_of(scan, scan->samples[i]));
    }
}

/* Add `sign` times sample i to the left side. */
static inline void move(mlt_scan *scan, size_t i, double sign) {
    size_t position = scan->samples[i];
    double w = weight_of(scan, position);
    if (scan->data->labels)
        scan->left[scan->data->labels[position]] += sign * w;
    else
        scan->left[0] += sign * (w * scan->data->y[position]);
    scan->weight_left += sign * w;
}

/* Absolute error keeps both sides sorted instead of sums; its weights follow the same order. */
static void move_medians(mlt_scan *scan, size_t from, size_t to) {
    mlt_medians *medians = scan->medians;
    for (size_t i = from; i < to; i++) {
        size_t position = scan->samples[i];
        double w = weight_of(scan, position), y = scan->data->y[position];
        mlt__median_remove(&medians->right, y, w);
        mlt__median_push(&medians->left, y, w);
    }
}

void mlt__scan_update(mlt_scan *scan, size_t pos) {
    if (scan->medians)
        move_medians(scan, scan->pos, pos);
    if (pos - scan->pos <= scan->end - pos) {
        for (size_t i = scan->pos; i < pos; i++)
            move(scan, i, 1.0);
    } else {
        memcpy(scan->left, scan->total, scan->width * sizeof *scan->left);
        scan->weight_left = scan->weight_node;
        for (size_t i = scan->end; i-- > pos;)
            move(scan, i, -1.0);
    }
    scan->weight_right = scan->weight_node - scan->weight_left;
    for (size_t c = 0; c < scan->width; c++)
        scan->right[c] = scan->total[c] - scan->left[c];
    scan->pos = pos;
}

/* Σ w |y − median| over samples [from, to). */
static double absolute_deviation(const mlt_scan *scan, size_t from, size_t to, double median) {
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += fabs(scan->data->y[scan->samples[i]] - median) * weight_of(scan, scan->samples[i]);
    return sum;
}

double mlt__scan_node_impurity(const mlt_scan *scan) {
    if (scan->kind == MLT_SQUARED_ERROR) {
        double mean = scan->total[0] / scan->weight_node;
        return scan->square_total / scan->weight_node - mean * mean;
    }
    if (scan->kind == MLT_ABSOLUTE_ERROR)
        return absolute_deviation(scan, scan->start, scan->end, scan->node_median) / scan->weight_node;
    return mlt__impurity_of_counts(scan->kind, scan->total, scan->width, scan->weight_node);
}

void mlt__scan_children_impurity(const mlt_scan *scan, double *left, double *right) {
    if (scan->kind == MLT_SQUARED_ERROR) {
        double square_left = 0;
        for (size_t i = scan->start; i < scan->pos; i++) {
            size_t position = scan->samples[i];
            double y = scan->data->y[position];
            square_left += weight_of(scan, position) * y * y;
        }
        double square_right = scan->square_total - square_left;
        double mean_left = scan->left[0] / scan->weight_left,
               mean_right = scan->right[0] / scan->weight_right;
        *left = square_left / scan->weight_left - mean_left * mean_left;
        *right = square_right / scan->weight_right - mean_right * mean_right;
    } else if (scan->kind == MLT_ABSOLUTE_ERROR) {
        *left = absolute_deviation(scan, scan->start, scan->pos, mlt__median_of(&scan->medians->left)) /
                scan->weight_left;
        *right = absolute_deviation(scan, scan->pos, scan->end, mlt__median_of(&scan->medians->right)) /
                 scan->weight_right;
    } else {
        *left = mlt__impurity_of_counts(scan->kind, scan->left, scan->width, scan->weight_left);
        *right = mlt__impurity_of_counts(scan->kind, scan->right, scan->width, scan->weight_right);
    }
}

double mlt__scan_proxy(const mlt_scan *scan) {
    if (scan->kind == MLT_SQUARED_ERROR)
        return scan->left[0] * scan->left[0] / scan->weight_left +
               scan->right[0] * scan->right[0] / scan->weight_right;
    double left, right;
    mlt__scan_children_impurity(scan, &left, &right);
    return -scan->weight_right * right - scan->weight_left * left;
}

void mlt__scan_value(const mlt_scan *scan, double *value) {
    if (scan->kind == MLT_SQUARED_ERROR)
        value[0] = scan->total[0] / scan->weight_node;
    else if (scan->kind == MLT_ABSOLUTE_ERROR)
        value[0] = scan->node_median;
    else
        memcpy(value, scan->total, scan->width * sizeof *value);
}
