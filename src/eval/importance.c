/* Permutation importance. Source: Breiman, "Random Forests", Machine Learning 45, 2001; the draws are
 * scikit-learn's. */
#include "mltool/importance.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "mltool/evaluate.h"
#include "mltool/nearest.h"
#include "mltool/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEED = INT32_MAX };

static mlt_status choose_metric(const mlt_metric **out, mlt_task task, const char *key, mlt_error *err) {
    const char *names[MLT_MAX_METRICS], *wanted = key;
    size_t n;
    const mlt_metric *table = mlt_metric_table(task, &n);
    if (!wanted)
        wanted = task == MLT_CLASSIFICATION ? "accuracy" : "r2";
    for (size_t i = 0; i < n; i++) {
        names[i] = table[i].key;
        if (strcmp(table[i].key, wanted) == 0) {
            *out = &table[i];
            return MLT_OK;
        }
    }
    char shown[80];
    const char *nearest = mlt_nearest(wanted, names, n);
    return mlt__raise(err, MLT_E_USAGE, "--metric: %s has no metric '%s'; %s%s%s", mlt_task_name(task),
                      mlt__printable(shown, sizeof shown, wanted), nearest ? "did you mean '" : "give ",
                      nearest                      ? nearest
                      : task == MLT_CLASSIFICATION ? "accuracy"
                                                   : "r2",
                      nearest ? "'?" : "");
}

/* Which row's cell each row has after each repeat: repeats × n. Every column has the same shuffles, since
 * each begins with the same seed; a repeat shuffles what the one before left. */
static mlt_status draw_orders(uint32_t **out, size_t n, const mlt_permutation_options *options,
                              mlt_error *err) {
    mlt_rng rng;
    uint32_t *orders, *shuffle;
    mlt_rng_seed(&rng, options->random_state);
    uint32_t seed = (uint32_t)mlt_rng_below(&rng, MAX_SEED);
    MLT_ALLOC(orders, n * options->repeats, err);
    shuffle = mlt__alloc(n, sizeof *shuffle);
    if (!shuffle) {
        free(orders);
        return mlt__raise_nomem(err, n * sizeof *shuffle);
    }
    mlt_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++)
        shuffle[i] = (uint32_t)i;
    for (size_t r = 0; r < options->repeats; r++) {
        const uint32_t *before = r ? orders + (r - 1) * n : NULL;
        mlt_rng_shuffle(&rng, shuffle, n);
        for (size_t i = 0; i < n; i++)
            orders[r * n + i] = before ? before[shuffle[i]] : shuffle[i];
    }
    free(shuffle);
    *out = orders;
    return MLT_OK;
}

/* The metric, the greater the better. */
static mlt_status score(double *out, const mlt_permutation *permutation, const mlt_model *model,
                        const mlt_dataset *data, const mlt_context *ctx, mlt_error *err) {
    mlt_metrics metrics;
    MLT_TRY(mlt_measure(&metrics, model, data, NULL, data->n, ctx, err));
    double value = mlt_metrics_value(&metrics, permutation->metric->key);
    *out = permutation->metric->greater_is_better ? value : -value;
    mlt_metrics_clear(&metrics);
    return MLT_OK;
}

/* One column's drops. */
static mlt_status shuffle_column(mlt_permutation *out, size_t j, double baseline, const uint32_t *orders,
                                 const mlt_model *model, const mlt_dataset *data, mlt_error *err) {
    mlt_cells *cells;
    double *values = NULL, after;
    int32_t *codes = NULL;
    const mlt_context alone = {.threads = 1};
    mlt_status status = MLT_OK;
    mlt_dataset shuffled = *data;
    MLT_ALLOC(cells, data->p, err);
    memcpy(cells, data->x, data->p * sizeof *cells);
    shuffled.x = cells;
    if (data->x[j].values)
        MLT_ALLOC_GOTO(values, data->n, err, done);
    else
        MLT_ALLOC_GOTO(codes, data->n, err, done);
    cells[j] = (mlt_cells){.values = values, .codes = codes};
    for (size_t r = 0; r < out->repeats; r++) {
        const uint32_t *order = orders + r * data->n;
        for (size_t i = 0; i < data->n; i++)
            if (values)
                values[i] = data->x[j].values[order[i]];
            else
                codes[i] = data->x[j].codes[order[i]];
        MLT_TRY_GOTO(score(&after, out, model, &shuffled, &alone, err), done);
        out->drops[j * out->repeats + r] = baseline - after;
    }
done:
    free(values);
    free(codes);
    free(cells);
    return status;
}

static mlt_status shuffle_columns(mlt_permutation *out, double baseline, const uint32_t *orders,
                                  const mlt_model *model, const mlt_dataset *data, const mlt_context *ctx,
                                  mlt_error *err) {
    mlt_status failure = MLT_OK;
    size_t done = 0;
    int threads = mlt__threads(ctx, data->p);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (size_t j = 0; j < data->p; j++) {
        mlt_error own = {0};
        mlt_status before;
#pragma omp atomic read
        before = failure;
        if (before != MLT_OK)
            continue;
        mlt_status status = shuffle_column(out, j, baseline, orders, model, data, &own);
#pragma omp critical(mlt_permutation)
        {
            if (status == MLT_OK && !mlt__progress(ctx, "shuffling columns", ++done, data->p))
                status = mlt__raise(&own, MLT_E_CANCELLED, "importance: stopped; run it again");
            if (status != MLT_OK) {
#pragma omp atomic write
                failure = status;
                if (err)
                    *err = own;
            }
        }
    }
    return failure;
}

/* Mean and deviation over n. */
static void summarise(mlt_permutation *out) {
    for (size_t j = 0; j < out->p; j++) {
        const double *drops = out->drops + j * out->repeats;
        double sum = 0, squares = 0;
        for (size_t r = 0; r < out->repeats; r++)
            sum += drops[r];
        out->mean[j] = sum / (double)out->repeats;
        for (size_t r = 0; r < out->repeats; r++)
            squares += (drops[r] - out->mean[j]) * (drops[r] - out->mean[j]);
        out->sd[j] = sqrt(squares / (double)out->repeats);
    }
}

mlt_status mlt_permutation_importance(mlt_permutation *out, const mlt_model *model, const mlt_dataset *data,
                                      const mlt_permutation_options *options, const mlt_context *ctx,
                                      mlt_error *err) {
    mlt_status status;
    double baseline;
    uint32_t *orders = NULL;
    *out = (mlt_permutation){
        .n = data->n, .p = data->p, .repeats = options->repeats, .random_state = options->random_state};
    MLT_TRY_GOTO(choose_metric(&out->metric, mlt_model_schema(model)->task, options->metric, err), done);
    MLT_ALLOC_GOTO(out->drops, data->p * options->repeats, err, done);
    MLT_ALLOC_GOTO(out->mean, data->p, err, done);
    MLT_ALLOC_GOTO(out->sd, data->p, err, done);
    MLT_TRY_GOTO(score(&baseline, out, model, data, ctx, err), done);
    out->baseline = out->metric->greater_is_better ? baseline : -baseline;
    MLT_TRY_GOTO(draw_orders(&orders, data->n, options, err), done);
    MLT_TRY_GOTO(shuffle_columns(out, baseline, orders, model, data, ctx, err), done);
    summarise(out);
done:
    free(orders);
    if (status != MLT_OK)
        mlt_permutation_clear(out);
    return status;
}

void mlt_permutation_clear(mlt_permutation *permutation) {
    free(permutation->drops);
    free(permutation->mean);
    free(permutation->sd);
    *permutation = (mlt_permutation){0};
}

mlt_disagreement mlt_permutation_disagrees(const mlt_permutation *permutation, const double *importances,
                                           size_t feature) {
    double mean = permutation->mean[feature], share = importances[feature], sum = 0;
    double average = 1 / (double)permutation->p;
    bool clear = mean > 2 * permutation->sd[feature] / sqrt((double)permutation->repeats);
    for (size_t j = 0; j < permutation->p; j++)
        sum += fmax(0, permutation->mean[j]);
    if (!clear && share >= average)
        return MLT_OVERRATED;
    if (clear && mean >= 2 * average * sum && share <= average / 2)
        return MLT_UNDERRATED;
    return MLT_AGREE;
}
