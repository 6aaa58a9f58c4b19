/* Early stopping for AdaBoost. */
#include "models/adaboost_stopping.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"
#include "mltool/split.h"

#include <math.h>
#include <stdlib.h>

/* The default, which says nothing without early stopping. */
static const double VALIDATION_FRACTION = 0.1;

/* Positions among the training rows become rows of the data set, and stay the caller's. */
static uint32_t *take_rows(uint32_t **positions, size_t n, const uint32_t *rows) {
    uint32_t *taken = *positions;
    for (size_t i = 0; i < n; i++)
        taken[i] = rows[taken[i]];
    *positions = NULL;
    return taken;
}

static mlt_status set_aside(mlt__stopping *s, const mlt_fit_input *in, double share, mlt_error *err) {
    mlt_split split = {0};
    uint32_t *labels = NULL;
    mlt_status status = MLT_E_DATA;
    mlt_split_options how = {.test_size = share, .random_state = in->seed};
    if (in->data->labels) {
        MLT_ALLOC(labels, in->n_rows, err);
        for (size_t i = 0; i < in->n_rows; i++)
            labels[i] = in->data->labels[in->rows[i]];
        how.stratify = labels;
        how.k = in->data->schema->k;
        status = mlt_split_holdout(&split, in->n_rows, &how, err);
        how.stratify = NULL; /* a class of one row, say */
    }
    if (status == MLT_E_DATA)
        status = mlt_split_holdout(&split, in->n_rows, &how, err);
    free(labels);
    if (status == MLT_E_DATA)
        return mlt__raise(
            err, MLT_E_DATA,
            "--early-stopping: there are too few rows (%zu) to set some of them aside; leave it out",
            in->n_rows);
    MLT_TRY(status);
    s->n_fit = split.n_train;
    s->n_judge = split.n_test;
    s->fit = take_rows(&split.train, split.n_train, in->rows);
    s->judge = take_rows(&split.test, split.n_test, in->rows);
    return MLT_OK;
}

mlt_status mlt__stopping_new(mlt__stopping *out, const mlt_fit_input *in, mlt_error *err) {
    *out = (mlt__stopping){.data = in->data, .ctx = in->ctx, .least = INFINITY};
    if (mlt_params_get(in->params, "early-stopping")->none) {
        if (mlt_params_real(in->params, "validation-fraction") != VALIDATION_FRACTION)
            return mlt__raise(
                err, MLT_E_USAGE,
                "--validation-fraction is for --early-stopping; give it, too, or leave both out");
        return MLT_OK;
    }
    out->patience = (size_t)mlt_params_int(in->params, "early-stopping", 0);
    return set_aside(out, in, mlt_params_real(in->params, "validation-fraction"), err);
}

mlt_status mlt__stopping_begin(mlt__stopping *s, const mlt_boosted *boosted, mlt_error *err) {
    if (!s->patience)
        return MLT_OK;
    s->classes = boosted->classes;
    s->boosted = *boosted;
    s->boosted.classes = NULL;
    if (boosted->classes) {
        MLT_ALLOC(s->boosted.classes, boosted->n_classes, err);
        for (uint32_t c = 0; c < boosted->n_classes; c++)
            s->boosted.classes[c] = c;
    }
    mlt_predict_input rows = {.data = s->data, .rows = s->judge, .n_rows = s->n_judge, .ctx = s->ctx};
    return mlt__ballot_new(&s->ballot, &s->boosted, &rows, err);
}

/* Weighted mean of what is wrong with the judging rows. */
static double error_now(const mlt__stopping *s) {
    mlt__sum errors = {0}, weights = {0};
    for (size_t i = 0; i < s->n_judge; i++) {
        size_t row = s->judge[i];
        double weight = s->data->weights ? s->data->weights[row] : 1, gap;
        if (s->classes)
            gap = s->classes[s->ballot.labels[i]] != s->data->labels[row];
        else
            gap = s->ballot.out[i] - s->data->y[row];
        mlt__sum_add(&errors, weight * gap * gap);
        mlt__sum_add(&weights, weight);
    }
    double total = mlt__sum_value(&weights);
    return total > 0 ? mlt__sum_value(&errors) / total : 0;
}

mlt_status mlt__stopping_judge(bool *stop, mlt__stopping *s, size_t t, mlt_error *err) {
    const mlt_ensemble *ensemble = s->boosted.ensemble;
    const mlt_tree *tree = &ensemble->trees[t];
    mlt_forest alone;
    mlt_status status = mlt__forest_pack(&alone, tree, 1, ensemble->p, tree->width, 1, err);
    if (status == MLT_OK)
        status = mlt__ballot_add(&s->ballot, t, &alone, 0, err);
    mlt__forest_clear(&alone);
    MLT_TRY(status);
    double error = error_now(s);
    if (error < s->least || s->best_rounds == 0) {
        s->least = error;
        s->best_rounds = t + 1;
    }
    *stop = t + 1 - s->best_rounds >= s->patience;
    return MLT_OK;
}

void mlt__stopping_clear(mlt__stopping *s) {
    mlt__ballot_clear(&s->ballot);
    free(s->boosted.classes);
    free(s->fit);
    free(s->judge);
    *s = (mlt__stopping){0};
}
