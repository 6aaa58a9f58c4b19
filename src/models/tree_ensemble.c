/* Sets of trees: their life, and growing them in parallel. */
#include "models/tree_ensemble.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/tree_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

mlt_status mlt__ensemble_new(mlt_ensemble **out, size_t n_trees, size_t p, size_t width, bool boosted,
                             mlt_error *err) {
    mlt_ensemble *ensemble = mlt__calloc(1, sizeof *ensemble);
    if (!ensemble)
        return mlt__raise_nomem(err, sizeof *ensemble);
    ensemble->p = p;
    ensemble->width = width;
    ensemble->oob_score = NAN;
    ensemble->trees = mlt__calloc(n_trees, sizeof *ensemble->trees);
    ensemble->importances = mlt__calloc(p, sizeof *ensemble->importances);
    bool complete = ensemble->trees && ensemble->importances;
    if (boosted) {
        ensemble->tree_weights = mlt__calloc(n_trees, sizeof *ensemble->tree_weights);
        ensemble->tree_errors = mlt__calloc(n_trees, sizeof *ensemble->tree_errors);
        complete = complete && ensemble->tree_weights && ensemble->tree_errors;
    }
    if (!complete) {
        mlt__ensemble_free(ensemble);
        return mlt__raise_nomem(err, n_trees * sizeof(mlt_tree) + p * sizeof(double));
    }
    ensemble->n_trees = n_trees;
    *out = ensemble;
    return MLT_OK;
}

void mlt__ensemble_truncate(mlt_ensemble *ensemble, size_t n_trees) {
    for (size_t t = n_trees; t < ensemble->n_trees; t++)
        mlt__tree_clear(&ensemble->trees[t]);
    ensemble->n_trees = n_trees;
}

void mlt__ensemble_free(void *state) {
    mlt_ensemble *ensemble = state;
    if (!ensemble)
        return;
    mlt__ensemble_truncate(ensemble, 0);
    mlt__forest_clear(&ensemble->forest);
    free(ensemble->trees);
    free(ensemble->importances);
    free(ensemble->tree_weights);
    free(ensemble->tree_errors);
    free(ensemble);
}

void mlt__ensemble_view(const void *state, mlt_model_view *out) {
    const mlt_ensemble *ensemble = state;
    out->trees = ensemble->trees;
    out->n_trees = ensemble->n_trees;
    out->tree_weights = ensemble->tree_weights;
    out->tree_errors = ensemble->tree_errors;
    out->importances = ensemble->importances;
    out->oob_score = ensemble->oob_score;
}

mlt_status mlt__ensemble_pack(mlt_ensemble *ensemble, const mlt_context *ctx, mlt_error *err) {
    if (ensemble->forest.n_trees > 0)
        return MLT_OK;
    int threads = mlt__threads(ctx, ensemble->n_trees);
    mlt_status status = mlt__forest_pack(&ensemble->forest, ensemble->trees, ensemble->n_trees, ensemble->p,
                                         ensemble->width, threads, err);
    if (status != MLT_OK)
        mlt__forest_clear(&ensemble->forest);
    return status;
}

mlt_status mlt__ensemble_fit(void **out, const mlt_fit_input *in, size_t n_trees, mlt_ensemble_filler fill,
                             mlt_error *err) {
    mlt_tree_params params;
    mlt_tree_layout layout;
    MLT_TRY(mlt__tree_params_read(&params, in->params, in->data->p, in->n_rows, err));
    MLT_TRY(mlt__amount_of(&params.max_features, in->params, "max-features", in->data->p, "features", err));
    MLT_TRY(mlt__tree_layout_read(&layout, in, err));
    mlt_tree_data *data = NULL;
    mlt_ensemble *ensemble = NULL;
    mlt_status status = mlt__tree_data_new(&data, in, err);
    if (status == MLT_OK)
        status = mlt__tree_data_rank(data, &layout, in->ctx, err);
    if (status == MLT_OK)
        status = mlt__ensemble_new(&ensemble, n_trees, data->p, data->width, false, err);
    if (status == MLT_OK)
        status = fill(ensemble, data, in, &params, err);
    mlt__tree_data_free(data);
    if (status == MLT_OK)
        status = mlt__ensemble_pack(ensemble, in->ctx, err);
    if (status == MLT_OK)
        *out = ensemble;
    else
        mlt__ensemble_free(ensemble);
    return status;
}

/* What the threads share while they grow trees. */
typedef struct grow_job {
    mlt_ensemble *ensemble;
    const mlt_tree_data *data;
    const mlt_tree_params *params;
    mlt_member_sample sample;
    void *user;
    uint8_t *in_bag;
    double *importances; /* n_trees × p */
} grow_job;

static void mark_in_bag(uint8_t *bits, const double *weights, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!weights || weights[i] != 0)
            bits[i / 8] |= (uint8_t)(1U << i % 8);
}

static mlt_status grow_member(const grow_job *job, size_t t, double *counts, mlt_error *err) {
    memset(counts, 0, job->data->n * sizeof *counts);
    mlt_tree_sample sample = {.n = job->data->n};
    MLT_TRY(job->sample(&sample, t, counts, job->user, err));
    if (job->in_bag)
        mark_in_bag(job->in_bag + t * ((job->data->n + 7) / 8), sample.weights, job->data->n);
    if (!sample.weights)
        sample.weights = job->data->weights;
    else if (job->data->weights)
        for (size_t i = 0; i < job->data->n; i++)
            counts[i] *= job->data->weights[i];
    return mlt__tree_grow(&job->ensemble->trees[t], job->importances + t * job->data->p, job->data,
                          job->params, &sample, err);
}

/* The mean over trees that have a split, normalised. */
static void average_importances(mlt_ensemble *ensemble, const double *all) {
    double sum = 0;
    size_t used = 0;
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        if (ensemble->trees[t].n_nodes <= 1)
            continue;
        used++;
        for (size_t j = 0; j < ensemble->p; j++)
            ensemble->importances[j] += all[t * ensemble->p + j];
    }
    if (used == 0)
        return;
    for (size_t j = 0; j < ensemble->p; j++) {
        ensemble->importances[j] /= (double)used;
        sum += ensemble->importances[j];
    }
    if (sum > 0)
        for (size_t j = 0; j < ensemble->p; j++)
            ensemble->importances[j] /= sum;
}

mlt_status mlt__ensemble_grow(mlt_ensemble *ensemble, const mlt_tree_data *data,
                              const mlt_tree_params *params, mlt_member_sample sample, void *user,
                              uint8_t **in_bag, const mlt_context *ctx, mlt_error *err) {
    grow_job job = {.ensemble = ensemble, .data = data, .params = params, .sample = sample, .user = user};
    if (in_bag) {
        size_t bytes = (data->n + 7) / 8;
        job.in_bag = *in_bag = mlt__calloc(ensemble->n_trees, bytes);
        if (!job.in_bag)
            return mlt__raise_nomem(err, ensemble->n_trees * bytes);
    }
    MLT_ALLOC(job.importances, ensemble->n_trees * data->p, err);
    mlt_status status = MLT_OK;
    size_t failed = SIZE_MAX, done = 0;
    bool stop = false;
    int threads = mlt__threads(ctx, ensemble->n_trees);
#pragma omp parallel num_threads(threads)
    {
        double *counts = mlt__alloc(data->n, sizeof *counts);
#pragma omp for schedule(dynamic)
        for (size_t t = 0; t < ensemble->n_trees; t++) {
            bool stopped;
#pragma omp atomic read
            stopped = stop;
            if (stopped)
                continue;
            mlt_error own = {0};
            mlt_status result = counts ? grow_member(&job, t, counts, &own)
                                       : mlt__raise_nomem(&own, data->n * sizeof *counts);
#pragma omp critical(mlt_ensemble_grow)
            {
                if (result == MLT_OK && !mlt__progress(ctx, "fitting", ++done, ensemble->n_trees))
                    result = mlt__raise(&own, MLT_E_CANCELLED, "fitting was stopped");
                if (result != MLT_OK && t < failed) {
                    failed = t;
                    status = result;
                    if (err)
                        *err = own;
#pragma omp atomic write
                    stop = true;
                }
            }
        }
        free(counts);
    }
    if (status == MLT_OK)
        average_importances(ensemble, job.importances);
    free(job.importances);
    return status;
}
