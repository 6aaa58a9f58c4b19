/* Metrics of a classification, from class labels and from probabilities. */
#include "metrics/metrics_internal.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>

/* A confusion matrix of more classes would be read by nobody and weigh megabytes. */
enum { MAX_CONFUSION = 1000 };

/* One class: the weights of its rows, of the rows predicted as it, of both; and the rows counted. */
typedef struct tally {
    double actual, predicted, hit;
    size_t n_actual, n_predicted;
} tally;

static void count(tally *tallies, const mlt_metric_input *in) {
    for (size_t i = 0; i < in->n; i++) {
        uint32_t actual = in->labels[i], predicted = in->predicted[i];
        assert(actual < in->k && predicted < in->k);
        double weight = mlt__weight(in, i);
        tallies[actual].actual += weight;
        tallies[predicted].predicted += weight;
        if (actual == predicted)
            tallies[actual].hit += weight;
        tallies[actual].n_actual++;
        tallies[predicted].n_predicted++;
    }
}

/* 0 where there is nothing to divide by: scikit-learn's zero_division. */
static double share(double part, double whole) { return whole == 0 ? 0 : part / whole; }

static mlt_class_scores class_scores(const tally *t) {
    double precision = share(t->hit, t->predicted), recall = share(t->hit, t->actual);
    return (mlt_class_scores){.precision = precision,
                              .recall = recall,
                              .f1 = share(2 * precision * recall, precision + recall),
                              .support = t->n_actual};
}

/* The values that come from labels. Macro means are over the classes that occur, as truth or as prediction;
 * balanced accuracy over those that occur as truth. */
static void score_labels(mlt_metrics *out, const tally *tallies) {
    double hit = 0, total = 0, precision = 0, recall = 0, f1 = 0, balanced = 0;
    size_t occurring = 0, actual = 0;
    for (size_t c = 0; c < out->k; c++) {
        const tally *t = &tallies[c];
        out->classes[c] = class_scores(t);
        hit += t->hit;
        total += t->actual;
        if (t->n_actual > 0 || t->n_predicted > 0) {
            precision += out->classes[c].precision;
            recall += out->classes[c].recall;
            f1 += out->classes[c].f1;
            occurring++;
        }
        if (t->actual > 0) {
            balanced += out->classes[c].recall;
            actual++;
        }
    }
    out->values[MLT__ACCURACY] = hit / total;
    out->values[MLT__BALANCED_ACCURACY] = balanced / (double)actual;
    out->values[MLT__PRECISION] = precision / (double)occurring;
    out->values[MLT__RECALL] = recall / (double)occurring;
    out->values[MLT__F1] = f1 / (double)occurring;
}

static double clipped(double p) {
    return p < DBL_EPSILON ? DBL_EPSILON : p > 1 - DBL_EPSILON ? 1 - DBL_EPSILON : p;
}

/* Mean of −ln p of the true class; the probabilities of a row are clipped, then made to add up to 1.
 * Not defined for a single class. */
static mlt_status log_loss(double *out, const mlt_metric_input *in, mlt_error *err) {
    mlt__sum loss = {0}, total = {0};
    for (size_t i = 0; i < in->n; i++) {
        const double *proba = in->proba + i * in->k;
        double sum = 0;
        for (size_t c = 0; c < in->k; c++) {
            if (!isfinite(proba[c]))
                return mlt__raise(err, MLT_E_NUMERIC,
                                  "a predicted probability is not a finite number; scale the "
                                  "columns to smaller values");
            sum += clipped(proba[c]);
        }
        mlt__sum_add(&loss, -mlt__weight(in, i) * log(clipped(proba[in->labels[i]]) / sum));
        mlt__sum_add(&total, mlt__weight(in, i));
    }
    *out = in->k < 2 ? NAN : mlt__sum_value(&loss) / mlt__sum_value(&total);
    return MLT_OK;
}

mlt_status mlt_metrics__classification(mlt_metrics *out, const mlt_metric_input *in, mlt_error *err) {
    MLT_ALLOC(out->classes, in->k, err);
    tally *tallies = mlt__calloc(in->k, sizeof *tallies);
    if (!tallies)
        return mlt__raise_nomem(err, in->k * sizeof *tallies);
    count(tallies, in);
    score_labels(out, tallies);
    free(tallies);
    if (in->k <= MAX_CONFUSION) {
        out->confusion = mlt__calloc(in->k * in->k, sizeof *out->confusion);
        if (!out->confusion)
            return mlt__raise_nomem(err, in->k * in->k * sizeof *out->confusion);
        for (size_t i = 0; i < in->n; i++)
            out->confusion[in->labels[i] * in->k + in->predicted[i]]++;
    }
    MLT_TRY(log_loss(&out->values[MLT__LOG_LOSS], in, err));
    return mlt_metrics__roc_auc(&out->values[MLT__ROC_AUC], in, err);
}
