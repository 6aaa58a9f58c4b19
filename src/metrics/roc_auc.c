/* Area under the ROC curve, by the trapezoid rule over the distinct scores. */
#include "metrics/metrics_internal.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/radix_sort.h"
#include "core/sum.h"

#include <stdlib.h>

/* A row: a whole number that is the smaller the greater the score, and the weight, negative for a row that is
 * not of the class in question. */
typedef struct scored {
    uint64_t key;
    double weight;
} scored;

/* Rows in descending order of score. */
#define ROW_KEY(row) ((row).key)
MLT__RADIX_SORT(sort_rows, scored, ROW_KEY)

/* Area over rows in descending order of score; rows of equal score are one step of the curve. NaN without a
 * positive or without a negative. */
static double area(const scored *rows, size_t n) {
    mlt__sum sum = {0};
    double positives = 0, negatives = 0;
    for (size_t i = 0; i < n;) {
        uint64_t key = rows[i].key;
        double new_positives = positives, new_negatives = negatives;
        for (; i < n && rows[i].key == key; i++) {
            if (rows[i].weight > 0)
                new_positives += rows[i].weight;
            else
                new_negatives -= rows[i].weight;
        }
        mlt__sum_add(&sum, (new_negatives - negatives) * (positives + new_positives) / 2);
        positives = new_positives;
        negatives = new_negatives;
    }
    return positives > 0 && negatives > 0 ? mlt__sum_value(&sum) / positives / negatives : NAN;
}

/* Class `c` against the rest. `rows` has room for 2n. */
static double one_against_rest(scored *rows, const mlt_metric_input *in, size_t c) {
    if (in->n == 0)
        return NAN;
    for (size_t i = 0; i < in->n; i++) {
        double weight = mlt__weight(in, i);
        rows[i] =
            (scored){~mlt__ascending_key(in->proba[i * in->k + c]), in->labels[i] == c ? weight : -weight};
    }
    return area(sort_rows(rows, rows + in->n, in->n), in->n);
}

mlt_status mlt_metrics__roc_auc(double *out, const mlt_metric_input *in, mlt_error *err) {
    *out = NAN;
    if (in->k < 2)
        return MLT_OK;
    scored *rows;
    MLT_ALLOC(rows, 2 * in->n, err);
    if (in->k == 2) {
        *out = one_against_rest(rows, in, 1);
    } else {
        double sum = 0;
        for (size_t c = 0; c < in->k && !isnan(sum); c++)
            sum += one_against_rest(rows, in, c);
        *out = sum / (double)in->k;
    }
    free(rows);
    return MLT_OK;
}
