/* The learning curve: one model, fitted to ever more rows of each split. */
#include "mltool/learning_curve.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static void free_splits(mlt_split *splits, size_t n) {
    for (size_t i = 0; splits && i < n; i++)
        mlt_split_clear(&splits[i]);
    free(splits);
}

static mlt_status copy_rows(uint32_t **out, const uint32_t *rows, size_t n, mlt_error *err) {
    MLT_ALLOC(*out, n, err);
    memcpy(*out, rows, n * sizeof **out);
    return MLT_OK;
}

/* The splits of all points, point by point. */
static mlt_status cut_splits(mlt_split **out, const mlt_curve *curve, const mlt_split *splits, bool shuffle,
                             uint32_t seed, mlt_error *err) {
    size_t n = curve->n * curve->n_splits;
    mlt_rng rng;
    mlt_rng_seed(&rng, seed);
    *out = mlt__calloc(n, sizeof **out);
    if (!*out)
        return mlt__raise_nomem(err, n * sizeof **out);
    for (size_t s = 0; s < curve->n_splits; s++) {
        uint32_t *order;
        mlt_status status = copy_rows(&order, splits[s].train, splits[s].n_train, err);
        if (status == MLT_OK && shuffle)
            mlt_rng_shuffle(&rng, order, splits[s].n_train);
        for (size_t p = 0; p < curve->n && status == MLT_OK; p++) {
            mlt_split *cut = &(*out)[p * curve->n_splits + s];
            size_t rows = curve->points[p].rows;
            cut->n_train = rows < splits[s].n_train ? rows : splits[s].n_train;
            cut->n_test = splits[s].n_test;
            status = copy_rows(&cut->train, order, cut->n_train, err);
            if (status == MLT_OK)
                status = copy_rows(&cut->test, splits[s].test, cut->n_test, err);
        }
        free(order);
        MLT_TRY(status);
    }
    return MLT_OK;
}

static mlt_status set_points(mlt_curve *curve, const double *shares, size_t n_train, mlt_error *err) {
    for (size_t p = 0; p < curve->n; p++) {
        size_t rows = (size_t)(shares[p] * (double)n_train), before = p ? curve->points[p - 1].rows : 0;
        if (rows <= before)
            return mlt__raise(err, MLT_E_DATA,
                              "--learning-curve: %g of the %zu training rows is %s; give larger shares",
                              shares[p], n_train, rows ? "as many as the share before" : "no row");
        curve->points[p] = (mlt_curve_point){
            .share = shares[p], .rows = rows, .scores = curve->scores + p * curve->n_splits};
    }
    return MLT_OK;
}

mlt_status mlt_learning_curve(mlt_curve *out, const mlt_fit_spec *spec, const mlt_dataset *data,
                              const mlt_split *splits, size_t n_splits, const double *shares, size_t n_shares,
                              bool shuffle, const mlt_context *ctx, mlt_error *err) {
    size_t n = n_shares * n_splits;
    mlt_context quiet = ctx ? *ctx : (mlt_context){0};
    quiet.note = NULL;
    mlt_split *cut = NULL;
    mlt_status status;
    *out = (mlt_curve){.n = n_shares, .n_splits = n_splits};
    out->points = mlt__calloc(n_shares, sizeof *out->points);
    out->scores = mlt__calloc(n, sizeof *out->scores);
    if (!out->points || !out->scores) {
        status = mlt__raise_nomem(err, n * sizeof *out->scores);
        goto done;
    }
    MLT_TRY_GOTO(set_points(out, shares, splits[0].n_train, err), done);
    MLT_TRY_GOTO(cut_splits(&cut, out, splits, shuffle, spec->random_state, err), done);
    status = mlt_score_models(out->scores, spec, 1, data, cut, n, NULL, &quiet, err);
done:
    free_splits(cut, n);
    if (status != MLT_OK)
        mlt_curve_clear(out);
    return status;
}

void mlt_curve_clear(mlt_curve *curve) {
    if (curve->scores)
        mlt_scores_clear(curve->scores, curve->n * curve->n_splits);
    free(curve->scores);
    free(curve->points);
    *curve = (mlt_curve){0};
}
