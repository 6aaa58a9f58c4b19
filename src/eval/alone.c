/* How well a column alone predicts the target: a small tree on it, tried on rows it was not fitted on. */
#include "core/error.h"
#include "core/memory.h"
#include "data/dataset_internal.h"
#include "eval/describe_parts.h"
#include "mltool/evaluate.h"

#include <math.h>
#include <stdlib.h>

enum { FOLDS = 5, MOST_ROWS = 10000, LEAST_ROWS = 1000, MANY_COLUMNS = 100, SEED = 42 };

/* Evenly spaced rows that have a target. */
static mlt_status choose_rows(mlt__alone_trial *trial, const mlt_column *target, size_t n, size_t limit,
                              mlt_error *err) {
    size_t present = n - target->n_missing, wanted = present < limit ? present : limit, seen = 0;
    MLT_ALLOC(trial->rows, wanted, err);
    for (size_t i = 0; i < n && trial->n < wanted; i++)
        if (!mlt_dataset__is_missing(target, i) && seen++ * wanted / present == trial->n)
            trial->rows[trial->n++] = (uint32_t)i;
    return MLT_OK;
}

mlt_status mlt__alone_prepare(mlt__alone_trial *trial, const mlt_column *target, mlt_task task, size_t n,
                              size_t n_columns, mlt_error *err) {
    size_t limit = n_columns > MANY_COLUMNS ? MOST_ROWS * MANY_COLUMNS / n_columns : MOST_ROWS;
    *trial = (mlt__alone_trial){.task = task};
    if (n - target->n_missing < MLT__ID_ROWS)
        return MLT_OK;
    MLT_TRY(choose_rows(trial, target, n, limit > LEAST_ROWS ? limit : LEAST_ROWS, err));
    bool classes = task == MLT_CLASSIFICATION;
    if (classes) {
        trial->k = target->n_levels;
        MLT_ALLOC(trial->labels, trial->n, err);
        for (size_t i = 0; i < trial->n; i++)
            trial->labels[i] = (uint32_t)target->codes[trial->rows[i]];
    } else {
        MLT_ALLOC(trial->y, trial->n, err);
        for (size_t i = 0; i < trial->n; i++)
            trial->y[i] = target->values[trial->rows[i]];
    }
    if (classes && (trial->k < 2 || trial->k > MLT__MAX_CLASSES))
        return MLT_OK;
    mlt_rng rng;
    mlt_rng_seed(&rng, SEED);
    mlt_status status = mlt_split_folds(trial->folds, FOLDS, trial->n, trial->labels, trial->k, &rng, err);
    trial->possible = status == MLT_OK;
    return status == MLT_E_NOMEM ? status : MLT_OK; /* classes of too few rows are not tried */
}

void mlt__alone_clear(mlt__alone_trial *trial) {
    for (size_t f = 0; f < FOLDS; f++)
        mlt_split_clear(&trial->folds[f]);
    free(trial->rows);
    free(trial->y);
    free(trial->labels);
}

/* Fit and measure on the folds. */
static mlt_status cross_validate(double *score, const mlt__alone_trial *trial, const mlt_cells *cells,
                                 mlt_feature *feature, mlt_error *err) {
    char target[] = "target";
    /* The labels stand for the classes; no one reads their names. */
    mlt_schema schema = {.task = trial->task, .p = 1, .features = feature, .target = target, .k = trial->k};
    mlt_dataset data = {.n = trial->n,
                        .p = 1,
                        .schema = &schema,
                        .x = cells,
                        .y = trial->y,
                        .labels = trial->labels,
                        .source = ""};
    mlt_params params;
    mlt_fit_spec spec = {.type = mlt_model_find("tree"), .params = &params, .random_state = SEED};
    mlt_context alone = {.threads = 1};
    mlt_fit_result results[FOLDS];
    double values[FOLDS], sd;
    MLT_ALLOC(schema.classes, trial->k, err);
    for (size_t c = 0; c < trial->k; c++)
        schema.classes[c] = target;
    mlt_params_init(&params, spec.type->params, spec.type->n_params);
    mlt_status status = mlt_params_set(&params, "max-depth", "8", err);
    if (status == MLT_OK)
        status = mlt_params_resolve(&params, trial->task, err);
    if (status == MLT_OK)
        status = mlt_cross_validate(results, &spec, &data, trial->folds, FOLDS, &alone, err);
    free(schema.classes);
    if (status != MLT_OK)
        return status;
    for (size_t f = 0; f < FOLDS; f++) {
        values[f] = mlt_metrics_value(&results[f].test,
                                      trial->task == MLT_CLASSIFICATION ? "balanced_accuracy" : "r2");
        mlt_fit_result_clear(&results[f]);
    }
    mlt_mean_sd(values, FOLDS, score, &sd);
    return MLT_OK;
}

mlt_status mlt__alone_score(double *score, const mlt__alone_trial *trial, const mlt_column *column,
                            mlt_error *err) {
    mlt_feature feature = {.name = column->name,
                           .type = column->type,
                           .levels = column->levels,
                           .n_levels = column->type == MLT_CATEGORICAL ? column->n_levels : 0};
    double *values = NULL;
    int32_t *codes = NULL;
    *score = NAN;
    if (!trial->possible)
        return MLT_OK;
    if (column->type == MLT_NUMERIC) {
        MLT_ALLOC(values, trial->n, err);
        for (size_t i = 0; i < trial->n; i++)
            values[i] = column->values[trial->rows[i]];
    } else {
        MLT_ALLOC(codes, trial->n, err);
        for (size_t i = 0; i < trial->n; i++)
            codes[i] = column->codes[trial->rows[i]];
    }
    mlt_cells cells = {.values = values, .codes = codes};
    mlt_status status = cross_validate(score, trial, &cells, &feature, err);
    free(values);
    free(codes);
    /* What a tree cannot take (numbers beyond float32) has no score. */
    return status == MLT_E_NOMEM ? status : MLT_OK;
}
