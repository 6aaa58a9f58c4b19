/* Sorted lists with weights; insertion is a move of memory, which beats trees at the sizes absolute error is
 * used for. */
#include "models/weighted_median.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

mlt_status mlt__medians_new(mlt_medians **out, size_t capacity, mlt_error *err) {
    mlt_medians *medians = mlt__calloc(1, sizeof *medians);
    double *room = mlt__alloc(capacity, 4 * sizeof *room);
    if (!medians || !room) {
        free(medians);
        free(room);
        return mlt__raise_nomem(err, 4 * capacity * sizeof *room);
    }
    medians->left.values = room;
    medians->left.weights = room + capacity;
    medians->right.values = room + 2 * capacity;
    medians->right.weights = room + 3 * capacity;
    *out = medians;
    return MLT_OK;
}

void mlt__medians_free(mlt_medians *medians) {
    if (medians)
        free(medians->left.values);
    free(medians);
}

void mlt__median_list_clear(mlt_median_list *list) {
    list->n = 0;
    list->total_weight = 0;
}

/* First index whose value is not below `value`. */
static size_t lower_bound(const mlt_median_list *list, double value) {
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void mlt__median_push(mlt_median_list *list, double value, double weight) {
    size_t at = lower_bound(list, value), moved = list->n - at;
    memmove(list->values + at + 1, list->values + at, moved * sizeof *list->values);
    memmove(list->weights + at + 1, list->weights + at, moved * sizeof *list->weights);
    list->values[at] = value;
    list->weights[at] = weight;
    list->n++;
    list->total_weight += weight;
}

void mlt__median_remove(mlt_median_list *list, double value, double weight) {
    size_t at = lower_bound(list, value);
    while (at + 1 < list->n && list->weights[at] != weight && list->values[at + 1] == value)
        at++;
    size_t moved = list->n - at - 1;
    memmove(list->values + at, list->values + at + 1, moved * sizeof *list->values);
    memmove(list->weights + at, list->weights + at + 1, moved * sizeof *list->weights);
    list->n--;
    list->total_weight -= weight;
}

double mlt__median_of(const mlt_median_list *list) {
    double half = list->total_weight / 2.0, sum = 0;
    size_t i = 0;
    while (i < list->n && sum < half)
        sum += list->weights[i++];
    if (sum == half && i < list->n)
        return (list->values[i] + list->values[i - 1]) / 2.0;
    return list->values[i > 0 ? i - 1 : 0];
}
