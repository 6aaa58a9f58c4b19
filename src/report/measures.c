/* Metrics in every form. */
#include "report/measures.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CONFUSION = 10, MAX_PARTS = 4 };

/* What a metric says, for someone who meets it for the first time. */
static const struct {
    const char *key, *short_name, *meaning;
} explanations[] = {
    {"mse", "MSE", "mean of the squared errors"},
    {"rmse", "RMSE", "root of the MSE: an error's usual size"},
    {"mae", "MAE", "mean size of an error"},
    {"r2", "R²", "1 is perfect, 0 no better than a mean"},
    {"max_error", "max error", "size of the largest error"},
    {"accuracy", "accuracy", "share of rows predicted right"},
    {"balanced_accuracy", "balanced", "the same, every class counting alike"},
    {"precision", "precision", "share right of the rows given a class"},
    {"recall", "recall", "share found of the rows of a class"},
    {"f1", "F1", "precision and recall in one number"},
    {"log_loss", "log loss", "error of the probabilities; 0 is best"},
    {"roc_auc", "ROC AUC", "ranking: 1 is perfect, 0.5 guesswork"},
};
enum { N_EXPLANATIONS = sizeof explanations / sizeof *explanations };

static size_t explanation(const char *key) {
    size_t i = 0;
    while (i < N_EXPLANATIONS && strcmp(explanations[i].key, key) != 0)
        i++;
    return i;
}

const char *mlt__measure_short_name(const char *key) {
    size_t i = explanation(key);
    return i < N_EXPLANATIONS ? explanations[i].short_name : key;
}

mlt_status mlt__measures_write(mlt__page *page, const mlt__part *parts, size_t n_parts, mlt_error *err) {
    const char *headers[MAX_PARTS + 2] = {"metric"};
    for (size_t i = 0; i < n_parts; i++)
        headers[i + 1] = parts[i].name;
    headers[n_parts + 1] = "what it says";
    mlt__table table;
    mlt__table_start(&table, page->options, headers, n_parts + 2);
    size_t n;
    const mlt_metric *metrics = mlt_metric_table(parts[0].metrics->task, &n);
    for (size_t i = 0; i < n; i++) {
        mlt__table_name(&table, metrics[i].name);
        for (size_t part = 0; part < n_parts; part++)
            mlt__table_real(&table, parts[part].metrics->values[i]);
        size_t e = explanation(metrics[i].key);
        mlt__table_name(&table, e < N_EXPLANATIONS ? explanations[e].meaning : "");
    }
    return mlt__table_finish(&table, page->out, err);
}

mlt_status mlt__measures_confusion(mlt__page *page, const mlt__part *part, const mlt_schema *schema,
                                   mlt_error *err) {
    const mlt_metrics *metrics = part->metrics;
    size_t k = metrics->k;
    if (!metrics->confusion || k > MAX_CONFUSION)
        return MLT_OK;
    const char *headers[MAX_CONFUSION + 1] = {""};
    for (size_t c = 0; c < k; c++)
        headers[c + 1] = schema->classes[c];
    mlt__page_heading(page, "Confusion matrix of the %s rows: true class down, predicted class across",
                      part->name);
    mlt__table table;
    mlt__table_start(&table, page->options, headers, k + 1);
    for (size_t row = 0; row < k; row++) {
        mlt__table_name(&table, schema->classes[row]);
        for (size_t column = 0; column < k; column++)
            mlt__table_count(&table, metrics->confusion[row * k + column]);
    }
    return mlt__table_finish(&table, page->out, err);
}

static void classes_json(mlt__json *json, const mlt_metrics *metrics, const mlt_schema *schema) {
    mlt__put_open(json, "classes", '{');
    for (size_t c = 0; c < metrics->k; c++) {
        const mlt_class_scores *scores = &metrics->classes[c];
        mlt__put_open(json, schema->classes[c], '{');
        mlt__put_real(json, "precision", scores->precision);
        mlt__put_real(json, "recall", scores->recall);
        mlt__put_real(json, "f1", scores->f1);
        mlt__put_count(json, "support", scores->support);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, '}');
}

void mlt__measures_json(mlt__json *json, const char *key, const mlt_metrics *metrics,
                        const mlt_schema *schema) {
    size_t n;
    const mlt_metric *table = mlt_metric_table(metrics->task, &n);
    mlt__put_open(json, key, '{');
    for (size_t i = 0; i < n; i++)
        mlt__put_real(json, table[i].key, metrics->values[i]);
    if (metrics->classes)
        classes_json(json, metrics, schema);
    if (metrics->confusion) {
        mlt__put_open(json, "confusion", '[');
        for (size_t row = 0; row < metrics->k; row++) {
            mlt__put_open(json, NULL, '[');
            for (size_t column = 0; column < metrics->k; column++)
                mlt__put_count(json, NULL, metrics->confusion[row * metrics->k + column]);
            mlt__put_close(json, ']');
        }
        mlt__put_close(json, ']');
    }
    mlt__put_close(json, '}');
}

void mlt__folds_json(mlt__json *json, const char *key, const double *values, size_t n) {
    double mean, sd;
    mlt_mean_sd(values, n, &mean, &sd);
    mlt__put_open(json, key, '{');
    mlt__put_open(json, "folds", '[');
    for (size_t i = 0; i < n; i++)
        mlt__put_real(json, NULL, values[i]);
    mlt__put_close(json, ']');
    mlt__put_real(json, "mean", mean);
    mlt__put_real(json, "sd", sd);
    mlt__put_close(json, '}');
}

mlt_status mlt__scores_json(mlt__json *json, const char *key, const mlt_score *scores, size_t n,
                            mlt_task task, bool train, mlt_error *err) {
    size_t n_metrics;
    const mlt_metric *metrics = mlt_metric_table(task, &n_metrics);
    double *values;
    MLT_ALLOC(values, n, err);
    mlt__put_open(json, key, '{');
    for (size_t m = 0; m < n_metrics; m++) {
        for (size_t s = 0; s < n; s++)
            values[s] = train ? scores[s].train[m] : scores[s].values[m];
        mlt__folds_json(json, metrics[m].key, values, n);
    }
    mlt__put_close(json, '}');
    free(values);
    return MLT_OK;
}

void mlt__seconds_json(mlt__json *json, double fit, double predict) {
    mlt__put_open(json, "seconds", '{');
    mlt__put_real(json, "fit", fit);
    mlt__put_real(json, "predict", predict);
    mlt__put_close(json, '}');
}

void mlt__measures_rows(mlt__table *table, const char *model, const char *fold, const mlt__part *part) {
    size_t n;
    const mlt_metric *metrics = mlt_metric_table(part->metrics->task, &n);
    for (size_t i = 0; i < n; i++) {
        mlt__table_name(table, model);
        if (fold)
            mlt__table_name(table, fold);
        mlt__table_name(table, part->name);
        mlt__table_name(table, metrics[i].key);
        mlt__table_real(table, part->metrics->values[i]);
    }
}
