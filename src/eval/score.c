/* Scoring many models over many splits, the fits in parallel. Each fit is as if it were alone: its result
 * does not depend on the threads, nor on the order in which the fits end.
 */
#include "mltool/compare.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* What the fits share. Whatever is written after the start is written under the lock. */
typedef struct scoring {
    mlt_score *out;
    const mlt_fit_spec *specs;
    const mlt_dataset *data;
    const mlt_split *splits;
    size_t n_models, n_splits;
    const mlt_score_listener *listener;
    const mlt_context *ctx;
    char **notes; /* n_models: the lines that each model's first fit noted, each ended by a newline */
    omp_lock_t lock;
    size_t done;
    mlt_status status; /* why to stop, if not MLT_OK */
    mlt_error *err;
} scoring;

/* One fit's way to the caller. */
typedef struct fit_voice {
    scoring *all;
    char **notes; /* NULL: not wanted */
} fit_voice;

static void stop(scoring *all, mlt_status status) {
    if (all->status == MLT_OK)
        all->status = status;
}

/* The fits' progress is how many of them are done; a fit that is under way asks whether to go on. */
static bool on_progress(void *user, const char *what, size_t done, size_t total) {
    scoring *all = ((fit_voice *)user)->all;
    (void)what, (void)done, (void)total;
    omp_set_lock(&all->lock);
    if (all->status == MLT_OK &&
        !mlt__progress(all->ctx, "fitting", all->done, all->n_models * all->n_splits))
        stop(all, mlt__raise(all->err, MLT_E_CANCELLED, "fitting was stopped"));
    bool go_on = all->status == MLT_OK;
    omp_unset_lock(&all->lock);
    return go_on;
}

/* Kept until all fits are done: notes belong to the calling thread. One that finds no memory is lost. */
static void on_note(void *user, const char *line) {
    char **notes = ((fit_voice *)user)->notes;
    if (!notes)
        return;
    size_t before = *notes ? strlen(*notes) : 0, length = strlen(line);
    char *longer = mlt__realloc(*notes, before + length + 2, 1);
    if (!longer)
        return;
    memcpy(longer + before, line, length);
    memcpy(longer + before + length, "\n", 2);
    *notes = longer;
}

static mlt_status score_one(mlt_score *score, const mlt_fit_spec *spec, const mlt_dataset *data,
                            const mlt_split *split, const mlt_context *ctx, mlt_error *err) {
    mlt_fit_result result;
    MLT_TRY(mlt_fit_and_measure(&result, spec, data, split, ctx, err));
    memcpy(score->values, result.test.values, sizeof score->values);
    if (!spec->test_only)
        memcpy(score->train, result.train.values, sizeof score->train);
    score->seconds_fit = result.seconds_fit;
    score->seconds_predict = result.seconds_predict;
    mlt_fit_result_clear(&result);
    return MLT_OK;
}

/* Failures of the machine or the caller end the scoring; any other is this model's. */
static bool ends_all(mlt_status status) { return status == MLT_E_NOMEM || status == MLT_E_CANCELLED; }

static void finish_fit(scoring *all, size_t i, mlt_status status, const mlt_error *own) {
    mlt_score *score = &all->out[i];
    if (status != MLT_OK && !ends_all(status)) {
        score->status = status;
        score->message = mlt__strdup(own->message);
        status = score->message ? MLT_OK : mlt__raise_nomem(all->err, strlen(own->message));
    } else if (status != MLT_OK && all->status == MLT_OK && all->err) {
        *all->err = *own;
    }
    if (status == MLT_OK && all->status == MLT_OK && all->listener)
        status =
            all->listener->scored(all->listener->user, i / all->n_splits, i % all->n_splits, score, all->err);
    if (status == MLT_OK && all->status == MLT_OK &&
        !mlt__progress(all->ctx, "fitting", ++all->done, all->n_models * all->n_splits))
        status = mlt__raise(all->err, MLT_E_CANCELLED, "fitting was stopped");
    if (status != MLT_OK)
        stop(all, status);
}

static void run_fit(scoring *all, size_t i, int threads) {
    omp_set_lock(&all->lock);
    bool stopped = all->status != MLT_OK;
    omp_unset_lock(&all->lock);
    if (stopped)
        return;
    size_t model = i / all->n_splits, split = i % all->n_splits;
    fit_voice voice = {.all = all, .notes = split == 0 ? &all->notes[model] : NULL};
    mlt_context ctx = {.threads = threads, .user = &voice, .note = on_note, .progress = on_progress};
    mlt_error own = {0};
    mlt_status status =
        score_one(&all->out[i], &all->specs[model], all->data, &all->splits[split], &ctx, &own);
    omp_set_lock(&all->lock);
    finish_fit(all, i, status, &own);
    omp_unset_lock(&all->lock);
}

/* One thread a fit if that keeps every thread busy, else all threads for one fit after the other. */
static void run_fits(scoring *all) {
    size_t n = all->n_models * all->n_splits;
    int threads = mlt__threads(all->ctx, SIZE_MAX);
    bool shared = n < (size_t)threads;
    int at_once = shared ? 1 : threads, each = shared ? threads : 1;
#pragma omp parallel for num_threads(at_once) schedule(dynamic, 1)
    for (size_t i = 0; i < n; i++)
        run_fit(all, i, each);
}

static void pass_notes(const scoring *all) {
    for (size_t m = 0; m < all->n_models; m++)
        for (char *rest = all->notes[m], *line; rest && (line = strsep(&rest, "\n"));)
            if (*line)
                mlt__note(all->ctx, "%s: %s", all->specs[m].type->name, line);
}

mlt_status mlt_score_models(mlt_score *out, const mlt_fit_spec *specs, size_t n_models,
                            const mlt_dataset *data, const mlt_split *splits, size_t n_splits,
                            const mlt_score_listener *listener, const mlt_context *ctx, mlt_error *err) {
    size_t n = n_models * n_splits;
    scoring all = {.out = out,
                   .specs = specs,
                   .data = data,
                   .splits = splits,
                   .n_models = n_models,
                   .n_splits = n_splits,
                   .listener = listener,
                   .ctx = ctx,
                   .err = err};
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < MLT_MAX_METRICS; m++)
            out[i].values[m] = out[i].train[m] = NAN;
    all.notes = mlt__calloc(n_models, sizeof *all.notes);
    if (!all.notes)
        return mlt__raise_nomem(err, n_models * sizeof *all.notes);
    omp_init_lock(&all.lock);
    run_fits(&all);
    omp_destroy_lock(&all.lock);
    if (all.status == MLT_OK)
        pass_notes(&all);
    else
        mlt_scores_clear(out, n);
    for (size_t m = 0; m < n_models; m++)
        free(all.notes[m]);
    free(all.notes);
    return all.status;
}

void mlt_scores_clear(mlt_score *scores, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(scores[i].message);
        scores[i].message = NULL;
    }
}
