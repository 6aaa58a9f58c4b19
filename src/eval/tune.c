/* Searching for good parameters: rounds of candidates, scored over the splits. */
#include "mltool/tune.h"

#include "core/error.h"
#include "core/memory.h"
#include "eval/halving.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A search on its way. */
typedef struct searching {
    const mlt_search_spec *spec;
    const mlt_dataset *data;
    const mlt_context *ctx;
    mlt_search *out;
    size_t capacity; /* of out->trials */
} searching;

static const mlt_params *params_of(const searching *s, const mlt_trial *trial) {
    return &s->spec->candidates->items[trial->candidate];
}

/* ---- one round ---- */

/* The trials of a round that nobody remembers, and how far each is. */
typedef struct round_fits {
    const searching *all;
    mlt_trial **trials; /* n */
    size_t *done;       /* n: splits that are scored */
    size_t n, n_splits;
    mlt_score *scores; /* n × n_splits, copied to the trials when complete */
} round_fits;

static mlt_status on_score(void *user, size_t model, size_t split, const mlt_score *score, mlt_error *err) {
    round_fits *fits = user;
    const mlt_search_memory *memory = fits->all->spec->memory;
    (void)split, (void)score;
    if (++fits->done[model] < fits->n_splits || !memory)
        return MLT_OK;
    const mlt_trial *trial = fits->trials[model];
    return memory->keep(memory->user, fits->scores + model * fits->n_splits, params_of(fits->all, trial),
                        trial->rows, err);
}

static mlt_status fit_trials(round_fits *fits, const mlt_split *splits, mlt_error *err) {
    const searching *s = fits->all;
    mlt_fit_spec *specs;
    MLT_ALLOC(specs, fits->n, err);
    for (size_t i = 0; i < fits->n; i++) {
        specs[i] = *s->spec->fit;
        specs[i].params = params_of(s, fits->trials[i]);
    }
    mlt_score_listener listener = {on_score, fits};
    mlt_status status = mlt_score_models(fits->scores, specs, fits->n, s->data, splits, fits->n_splits,
                                         &listener, s->ctx, err);
    for (size_t i = 0; i < fits->n && status == MLT_OK; i++)
        memcpy(fits->trials[i]->scores, fits->scores + i * fits->n_splits,
               fits->n_splits * sizeof *fits->scores);
    free(specs);
    return status;
}

/* Score the trials from `first` on: by memory, else by fits. */
static mlt_status score_round(const searching *s, size_t first, const mlt_split *splits, mlt_error *err) {
    const mlt_search_memory *memory = s->spec->memory;
    size_t n = s->out->n - first, n_splits = s->out->n_splits;
    round_fits fits = {.all = s, .n_splits = n_splits};
    mlt_status status = MLT_OK;
    fits.trials = mlt__calloc(n, sizeof *fits.trials);
    fits.done = mlt__calloc(n, sizeof *fits.done);
    fits.scores = mlt__calloc(n * n_splits, sizeof *fits.scores);
    if (!fits.trials || !fits.done || !fits.scores) {
        status = mlt__raise_nomem(err, n * n_splits * sizeof *fits.scores);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        mlt_trial *trial = &s->out->trials[first + i];
        trial->recalled =
            memory && memory->recall(memory->user, trial->scores, params_of(s, trial), trial->rows);
        if (!trial->recalled)
            fits.trials[fits.n++] = trial;
    }
    if (fits.n > 0)
        status = fit_trials(&fits, splits, err);
done:
    free(fits.trials);
    free(fits.done);
    free(fits.scores);
    return status;
}

static mlt_status summarise(const searching *s, mlt_trial *trial, mlt_error *err) {
    size_t n = s->out->n_splits;
    double *values;
    MLT_ALLOC(values, n, err);
    for (size_t i = 0; i < n; i++) {
        const mlt_score *score = &trial->scores[i];
        if (score->status != MLT_OK && !trial->failure)
            trial->failure = score;
        values[i] = score->values[s->out->metric];
        trial->seconds_fit += score->seconds_fit / (double)n;
        trial->seconds_predict += score->seconds_predict / (double)n;
    }
    mlt_mean_sd(values, n, &trial->mean, &trial->sd);
    if (trial->failure)
        trial->mean = trial->sd = trial->seconds_fit = trial->seconds_predict = NAN;
    free(values);
    return MLT_OK;
}

/* Candidates `chosen` as the trials of a round. */
static mlt_status add_trials(searching *s, const size_t *chosen, size_t n, size_t round, size_t rows,
                             mlt_error *err) {
    for (size_t i = 0; i < n; i++) {
        mlt_trial trial = {.candidate = chosen[i], .round = round, .rows = rows};
        trial.scores = mlt__calloc(s->out->n_splits, sizeof *trial.scores);
        if (!trial.scores)
            return mlt__raise_nomem(err, s->out->n_splits * sizeof *trial.scores);
        if (s->out->n == s->capacity) {
            size_t capacity = 2 * s->capacity + n;
            mlt_trial *trials = mlt__realloc(s->out->trials, capacity, sizeof *trials);
            if (!trials) {
                free(trial.scores);
                return mlt__raise_nomem(err, capacity * sizeof *trials);
            }
            s->out->trials = trials;
            s->capacity = capacity;
        }
        s->out->trials[s->out->n++] = trial;
    }
    return MLT_OK;
}

static mlt_status run_round(searching *s, const size_t *chosen, size_t n, size_t round, size_t rows,
                            const mlt_split *splits, mlt_error *err) {
    size_t first = s->out->n;
    MLT_TRY(add_trials(s, chosen, n, round, rows, err));
    MLT_TRY(score_round(s, first, splits, err));
    for (size_t i = first; i < s->out->n; i++)
        MLT_TRY(summarise(s, &s->out->trials[i], err));
    return MLT_OK;
}

/* ---- ranking ---- */

/* What has no value stands behind, what failed last; a later round first; then the better; then the order. */
static int by_rank(const void *a, const void *b, void *metric) {
    const mlt_trial *x = a, *y = b;
    int class_x = x->failure ? 2 : isnan(x->mean), class_y = y->failure ? 2 : isnan(y->mean);
    if (class_x != class_y)
        return class_x - class_y;
    if (x->round != y->round)
        return x->round > y->round ? -1 : 1;
    if (class_x == 0 && x->mean != y->mean)
        return (x->mean > y->mean) == ((const mlt_metric *)metric)->greater_is_better ? -1 : 1;
    return x->candidate < y->candidate ? -1 : 1;
}

static void rank(mlt_trial *trials, size_t n, const mlt_metric *metric) {
    qsort_r(trials, n, sizeof *trials, by_rank, (void *)(uintptr_t)metric);
}

/* ---- halving ---- */

/* The best of the last round's n trials, in the candidates' order. */
static size_t choose_survivors(size_t *chosen, const searching *s, size_t n, size_t wanted) {
    mlt_trial *last = s->out->trials + s->out->n - n;
    size_t kept = 0;
    rank(last, n, s->spec->metric);
    for (size_t i = 0; i < n && kept < wanted && !isnan(last[i].mean); i++) {
        size_t at = kept++;
        for (; at > 0 && chosen[at - 1] > last[i].candidate; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = last[i].candidate;
    }
    return kept;
}

static mlt_status cut_splits(mlt_split **out, const searching *s, const mlt_split *splits, size_t rows,
                             mlt_error *err) {
    *out = mlt__calloc(s->out->n_splits, sizeof **out);
    if (!*out)
        return mlt__raise_nomem(err, s->out->n_splits * sizeof **out);
    for (size_t i = 0; i < s->out->n_splits; i++)
        MLT_TRY(mlt__halving_cut(&(*out)[i], &splits[i], rows, s->data->n, s->spec->fit->random_state, err));
    return MLT_OK;
}

static void free_splits(mlt_split *splits, size_t n) {
    for (size_t i = 0; splits && i < n; i++)
        mlt_split_clear(&splits[i]);
    free(splits);
}

static mlt_status halve(searching *s, size_t *chosen, const mlt_split *splits, mlt_error *err) {
    size_t n = s->spec->candidates->n;
    mlt__halving plan;
    MLT_TRY(
        mlt__halving_plan(&plan, n, s->spec->factor, s->data->n, s->data->schema->k, s->out->n_splits, err));
    for (size_t round = 0; round < plan.n_rounds && n > 0; round++) {
        size_t rows = mlt__halving_rows(&plan, round);
        mlt_split *cut = NULL;
        mlt_status status = cut_splits(&cut, s, splits, rows, err);
        if (status == MLT_OK)
            status = run_round(s, chosen, n, round, rows, cut, err);
        free_splits(cut, s->out->n_splits);
        MLT_TRY(status);
        s->out->n_rounds = round + 1;
        n = choose_survivors(chosen, s, n, mlt__halving_survivors(&plan, n));
    }
    return MLT_OK;
}

mlt_status mlt_tune(mlt_search *out, const mlt_search_spec *spec, const mlt_dataset *data,
                    const mlt_split *splits, size_t n_splits, const mlt_context *ctx, mlt_error *err) {
    /* What a candidate's fit might note is nobody's question here. */
    mlt_context quiet = ctx ? *ctx : (mlt_context){0};
    quiet.note = NULL;
    searching s = {.spec = spec, .data = data, .ctx = &quiet, .out = out};
    size_t n_metrics, *all;
    mlt_status status;
    *out = (mlt_search){.n_splits = n_splits, .n_rounds = 1};
    out->metric = (size_t)(spec->metric - mlt_metric_table(spec->metric->task, &n_metrics));
    MLT_ALLOC(all, spec->candidates->n, err);
    for (size_t i = 0; i < spec->candidates->n; i++)
        all[i] = i;
    status = spec->halving ? halve(&s, all, splits, err)
                           : run_round(&s, all, spec->candidates->n, 0, data->n, splits, err);
    free(all);
    if (status == MLT_OK)
        rank(out->trials, out->n, spec->metric);
    else
        mlt_search_clear(out);
    return status;
}

void mlt_search_clear(mlt_search *search) {
    for (size_t i = 0; i < search->n; i++) {
        mlt_scores_clear(search->trials[i].scores, search->n_splits);
        free(search->trials[i].scores);
    }
    free(search->trials);
    *search = (mlt_search){0};
}
