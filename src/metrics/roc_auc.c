/* Area under the ROC curve, by the trapezoid rule over the distinct scores. */
#include "metrics/metrics_internal.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"

#include <stdlib.h>

/* A row's score for the class in question, and its weight as a member of it or not. */
typedef struct scored {
    double score, positive, negative;
} scored;

static int by_score_descending(const void *a, const void *b) {
    double x = ((const scored *)a)->score, y = ((const scored *)b)->score;
    return (x < y) - (x > y);
}

/* Area over rows in descending order of score; rows of equal score are one step of the curve. NaN without a
 * positive or without a negative. */
static double area(const scored *rows, size_t n) {
    mlt__sum sum = {0};
    double positives = 0, negatives = 0;
    for (size_t i = 0; i < n;) {
        double score = rows[i].score, new_positives = positives, new_negatives = negatives;
        for (; i < n && rows[i].score == score; i++) {
            new_positives += rows[i].positive;
            new_negatives += rows[i].negative;
        }
        mlt__sum_add(&sum, (new_negatives - negatives) * (positives + new_positives) / 2);
        positives = new_positives;
        negatives = new_negatives;
    }
    return positives > 0 && negatives > 0 ? mlt__sum_value(&sum) / positives / negatives : NAN;
}

/* Class `c` against the rest. */
static double one_against_rest(scored *rows, const mlt_metric_input *in, size_t c) {
    for (size_t i = 0; i < in->n; i++) {
        double weight = mlt__weight(in, i);
        bool member = in->labels[i] == c;
        rows[i] = (scored){in->proba[i * in->k + c], member ? weight : 0, member ? 0 : weight};
    }
    qsort(rows, in->n, sizeof *rows, by_score_descending);
    return area(rows, in->n);
}

mlt_status mlt_metrics__roc_auc(double *out, const mlt_metric_input *in, mlt_error *err) {
    *out = NAN;
    if (in->k < 2)
        return MLT_OK;
    scored *rows;
    MLT_ALLOC(rows, in->n, err);
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
