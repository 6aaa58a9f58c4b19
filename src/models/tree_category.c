/* Category orders. Breiman's theorem makes a cut of the ordered categories optimal for two classes and for
 * squared error; the principal component does well for more classes. */
#include "models/tree_category.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POWER_STEPS = 60 };

mlt_status mlt__category_order_new(mlt_category_order **out, size_t max_levels, size_t width,
                                   mlt_error *err) {
    mlt_category_order *order = mlt__calloc(1, sizeof *order);
    if (!order)
        return mlt__raise_nomem(err, sizeof *order);
    order->rank = mlt__alloc(max_levels, sizeof *order->rank);
    order->present = mlt__alloc(max_levels, sizeof *order->present);
    order->sums = mlt__alloc(max_levels, width * sizeof *order->sums);
    order->weights = mlt__alloc(max_levels, sizeof *order->weights);
    order->keys = mlt__alloc(max_levels, sizeof *order->keys);
    order->scratch = mlt__alloc(width, 3 * sizeof *order->scratch);
    if (!order->rank || !order->present || !order->sums || !order->weights || !order->keys ||
        !order->scratch) {
        mlt__category_order_free(order);
        return mlt__raise_nomem(err, max_levels * (width + 4) * sizeof(double));
    }
    *out = order;
    return MLT_OK;
}

void mlt__category_order_free(mlt_category_order *order) {
    if (!order)
        return;
    free(order->rank);
    free(order->present);
    free(order->sums);
    free(order->weights);
    free(order->keys);
    free(order->scratch);
    free(order);
}

/* Sums and weights by category over the node. */
static void add_up(mlt_category_order *order, const mlt_splitter *splitter, const mlt_tree_feature *feature) {
    const mlt_tree_data *data = splitter->data;
    size_t width = data->width;
    memset(order->sums, 0, feature->n_codes * width * sizeof *order->sums);
    memset(order->weights, 0, feature->n_codes * sizeof *order->weights);
    for (size_t i = splitter->start; i < splitter->end; i++) {
        size_t sample = splitter->samples[i];
        uint32_t code = feature->codes[sample];
        if (code == feature->n_codes)
            continue;
        if (splitter->counts) {
            uint32_t payload = splitter->counts->payloads[i];
            order->weights[code] += payload >> 8;
            order->sums[code * width + (payload & 0xff)] += payload >> 8;
            continue;
        }
        double w = splitter->weights ? splitter->weights[sample] : 1.0;
        order->weights[code] += w;
        if (data->labels)
            order->sums[code * width + data->labels[sample]] += w;
        else
            order->sums[code] += w * data->y[sample];
    }
    order->n_present = 0;
    for (uint32_t code = 0; code < feature->n_codes; code++)
        if (order->weights[code] > 0)
            order->present[order->n_present++] = code;
}

/* Project the class shares of each category on their first principal component, found by power iteration from
 * the most spread class; the sign is fixed so that the result is one. */
static void principal_keys(mlt_category_order *order, size_t width) {
    double *mean = order->scratch, *axis = mean + width, *next = axis + width, total = 0;
    memset(mean, 0, width * sizeof *mean);
    for (size_t i = 0; i < order->n_present; i++) {
        uint32_t code = order->present[i];
        total += order->weights[code];
        for (size_t c = 0; c < width; c++)
            mean[c] += order->sums[code * width + c];
    }
    size_t widest = 0;
    double widest_spread = -1;
    for (size_t c = 0; c < width; c++) {
        mean[c] /= total;
        double spread = 0;
        for (size_t i = 0; i < order->n_present; i++) {
            uint32_t code = order->present[i];
            double share = order->sums[code * width + c] / order->weights[code] - mean[c];
            spread += order->weights[code] * share * share;
        }
        if (spread > widest_spread) {
            widest_spread = spread;
            widest = c;
        }
        axis[c] = 0;
    }
    axis[widest] = 1;
    for (int step = 0; step < POWER_STEPS; step++) {
        memset(next, 0, width * sizeof *next);
        for (size_t i = 0; i < order->n_present; i++) {
            uint32_t code = order->present[i];
            double along = 0;
            for (size_t c = 0; c < width; c++)
                along += axis[c] * (order->sums[code * width + c] / order->weights[code] - mean[c]);
            for (size_t c = 0; c < width; c++)
                next[c] += order->weights[code] * along *
                           (order->sums[code * width + c] / order->weights[code] - mean[c]);
        }
        double length = 0;
        for (size_t c = 0; c < width; c++)
            length += next[c] * next[c];
        if (length <= 0)
            break;
        length = sqrt(length);
        for (size_t c = 0; c < width; c++)
            axis[c] = next[c] / length;
    }
    for (size_t i = 0; i < order->n_present; i++) {
        uint32_t code = order->present[i];
        order->keys[code] = 0;
        for (size_t c = 0; c < width; c++)
            order->keys[code] += axis[c] * (order->sums[code * width + c] / order->weights[code]);
    }
}

/* By key, then by code: a total order, so that the result is one. */
static int compare_present(const void *a, const void *b, void *keys) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    double left_key = ((const double *)keys)[left], right_key = ((const double *)keys)[right];
    if (left_key != right_key)
        return left_key < right_key ? -1 : 1;
    return left < right ? -1 : left > right;
}

void mlt__category_order_node(mlt_category_order *order, const mlt_splitter *splitter,
                              const mlt_tree_feature *column) {
    size_t width = splitter->data->width;
    add_up(order, splitter, column);
    if (width > 2)
        principal_keys(order, width);
    else
        for (size_t i = 0; i < order->n_present; i++) {
            uint32_t code = order->present[i];
            order->keys[code] = order->sums[code * width + width - 1] / order->weights[code];
        }
    qsort_r(order->present, order->n_present, sizeof *order->present, compare_present, order->keys);
    for (uint32_t code = 0; code < column->n_codes; code++)
        order->rank[code] = UINT32_MAX;
    for (size_t i = 0; i < order->n_present; i++)
        order->rank[order->present[i]] = (uint32_t)i;
}
