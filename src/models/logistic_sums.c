/* Loss, gradient and second derivatives of logistic regression: threads share a wave of chunks of rows, which
 * are then added up in their order. */
#include "models/logistic_sums.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Chunks in a wave, and their sums of second derivatives together, in doubles: 512 MiB. */
enum { WAVE = 32 };
static const size_t MOST_SUMS = (size_t)1 << 26;

static size_t gram_size(const mlt_lg_problem *problem) {
    size_t padded = mlt__lg_padded(problem->p);
    return mlt__lg_pairs(problem->k) * padded * padded;
}

mlt_status mlt__lg_sums_init(mlt_lg_sums *out, const mlt_lg_problem *problem, mlt_error *err) {
    MLT_ALLOC(out->gradient, problem->k * mlt__lg_padded(problem->p), err);
    MLT_ALLOC(out->gram, gram_size(problem), err);
    return MLT_OK;
}

void mlt__lg_sums_clear(mlt_lg_sums *sums) {
    free(sums->gradient);
    free(sums->gram);
    *sums = (mlt_lg_sums){0};
}

/* ---- rows ---- */

/* A chunk's place to work: arrays of MLT_LG_LD a column, score vector or class. */
typedef struct workspace {
    mlt_lg_sums sums; /* of the chunk */
    mlt__sum loss;
    double *block, *weighed;
    double *scores;    /* k */
    double *changes;   /* k: of the scores, by the step */
    double *residuals; /* k: weight · derivative of the loss by the score */
    double *chances;   /* k + 1: probabilities, then a product of two and the weight */
} workspace;

static void workspace_clear(workspace *w) {
    mlt__lg_sums_clear(&w->sums);
    free(w->block);
    free(w->weighed);
    free(w->scores);
    free(w->changes);
    free(w->residuals);
    free(w->chances);
}

static mlt_status workspace_init(workspace *w, const mlt_lg_problem *problem, mlt_error *err) {
    size_t columns = mlt__lg_padded(problem->p) * MLT_LG_LD, k = problem->k;
    MLT_TRY(mlt__lg_sums_init(&w->sums, problem, err));
    MLT_ALLOC(w->block, columns, err);
    MLT_ALLOC(w->weighed, columns, err);
    MLT_ALLOC(w->scores, k * MLT_LG_LD, err);
    MLT_ALLOC(w->changes, k * MLT_LG_LD, err);
    MLT_ALLOC(w->residuals, k * MLT_LG_LD, err);
    MLT_ALLOC(w->chances, (k + 1) * MLT_LG_LD, err);
    memset(w->block, 0, columns * sizeof *w->block);
    return MLT_OK;
}

static void start_sums(mlt_lg_sums *sums, const mlt_lg_problem *problem) {
    double *gradient = sums->gradient, *gram = sums->gram;
    memset(gradient, 0, problem->k * mlt__lg_padded(problem->p) * sizeof *gradient);
    memset(gram, 0, gram_size(problem) * sizeof *gram);
    *sums = (mlt_lg_sums){.gradient = gradient,
                          .gram = gram,
                          .least_margin = INFINITY,
                          .least_gain = INFINITY,
                          .most_gain = -INFINITY};
}

static void see_gain(mlt_lg_sums *sums, double gain) {
    sums->least_gain = fmin(sums->least_gain, gain);
    sums->most_gain = fmax(sums->most_gain, gain);
}

static double weight_of(const mlt_lg_problem *problem, size_t position) {
    return problem->design->weights ? problem->design->weights[position] : 1;
}

/* Two classes: the score is the log odds of the second. */
static void two_classes_row(workspace *w, const mlt_lg_problem *problem, size_t position, size_t i) {
    double sign = mlt__lg_class(problem, position) ? 1 : -1, weight = weight_of(problem, position);
    double margin = sign * w->scores[i], gain = sign * w->changes[i];
    double small = exp(-fabs(margin)), other = (margin >= 0 ? small : 1) / (1 + small);
    mlt__sum_add(&w->loss, weight * (log1p(small) + fmax(-margin, 0)));
    w->residuals[i] = -sign * weight * other;
    w->chances[i] = weight * (small / ((1 + small) * (1 + small)));
    w->sums.least_margin = fmin(w->sums.least_margin, margin);
    w->sums.most_score = fmax(w->sums.most_score, fabs(margin));
    w->sums.most_change = fmax(w->sums.most_change, fabs(gain));
    see_gain(&w->sums, gain);
}

/* One score a class, and softmax. */
static void many_classes_row(workspace *w, const mlt_lg_problem *problem, size_t position, size_t i) {
    size_t k = problem->k, own = mlt__lg_class(problem, position);
    double weight = weight_of(problem, position), rival = -INFINITY, total = 0, others = 0;
    double own_score = w->scores[own * MLT_LG_LD + i], own_change = w->changes[own * MLT_LG_LD + i];
    for (size_t c = 0; c < k; c++) {
        double score = w->scores[c * MLT_LG_LD + i], change = w->changes[c * MLT_LG_LD + i];
        w->sums.most_score = fmax(w->sums.most_score, fabs(score));
        w->sums.most_change = fmax(w->sums.most_change, fabs(change));
        if (c == own)
            continue;
        rival = fmax(rival, score);
        see_gain(&w->sums, own_change - change);
    }
    double top = fmax(rival, own_score);
    for (size_t c = 0; c < k; c++)
        total += w->chances[c * MLT_LG_LD + i] = exp(w->scores[c * MLT_LG_LD + i] - top);
    for (size_t c = 0; c < k; c++) {
        double chance = w->chances[c * MLT_LG_LD + i] /= total;
        w->residuals[c * MLT_LG_LD + i] = weight * chance;
        others += c == own ? 0 : chance;
    }
    w->residuals[own * MLT_LG_LD + i] = -weight * others;
    /* ln Σ exp(score − own): by the others alone where the own class is on top. */
    double own_chance = w->chances[own * MLT_LG_LD + i];
    mlt__sum_add(&w->loss,
                 weight * (own_score >= rival ? log1p(others / own_chance) : log(total) + (top - own_score)));
    w->sums.least_margin = fmin(w->sums.least_margin, own_score - rival);
}

/* ---- blocks ---- */

static void add_gram(workspace *w, const mlt_lg_problem *problem, const double *weights, size_t pair,
                     size_t rows) {
    size_t p = mlt__lg_padded(problem->p);
    problem->kernels->weigh(w->weighed, w->block, MLT_LG_LD, p, weights, rows);
    problem->kernels->gram(w->sums.gram + pair * p * p, w->weighed, w->block, MLT_LG_LD, p, rows);
}

static void add_pairs(workspace *w, const mlt_lg_problem *problem, size_t first, size_t count, size_t rows) {
    double *weights = w->chances + problem->k * MLT_LG_LD;
    memset(weights, 0, rows * sizeof *weights);
    for (size_t one = 1, pair = 0; one < problem->k; one++)
        for (size_t other = 0; other < one; other++, pair++) {
            const double *a = w->chances + one * MLT_LG_LD, *b = w->chances + other * MLT_LG_LD;
            for (size_t i = 0; i < count; i++)
                weights[i] = weight_of(problem, first + i) * a[i] * b[i];
            add_gram(w, problem, weights, pair, rows);
        }
}

static void add_block(workspace *w, const mlt_lg_problem *problem, const double *coefficients,
                      const double *step, size_t first, size_t count) {
    const mlt_lg_kernels *kernels = problem->kernels;
    size_t rows = (count + MLT_LG_ROWS - 1) / MLT_LG_ROWS * MLT_LG_ROWS, p = problem->p, k = problem->k;
    mlt__lg_gather(w->block, problem, first, count);
    for (size_t c = 0; c < k; c++) {
        kernels->scores(w->scores + c * MLT_LG_LD, w->block, MLT_LG_LD, p, coefficients + c * p, rows);
        kernels->scores(w->changes + c * MLT_LG_LD, w->block, MLT_LG_LD, p, step + c * p, rows);
    }
    for (size_t i = 0; i < count; i++)
        if (k == 1)
            two_classes_row(w, problem, first + i, i);
        else
            many_classes_row(w, problem, first + i, i);
    for (size_t c = 0; c < k; c++) {
        double *residuals = w->residuals + c * MLT_LG_LD;
        memset(residuals + count, 0, (rows - count) * sizeof *residuals);
        kernels->project(w->sums.gradient + c * p, w->block, MLT_LG_LD, p, residuals, rows);
    }
    if (k > 1) {
        add_pairs(w, problem, first, count, rows);
        return;
    }
    memset(w->chances + count, 0, (rows - count) * sizeof *w->chances);
    add_gram(w, problem, w->chances, 0, rows);
}

static void add_chunk(mlt_lg_sums *out, mlt__sum *loss, const workspace *w, const mlt_lg_problem *problem) {
    for (size_t j = 0; j < problem->k * problem->p; j++)
        out->gradient[j] += w->sums.gradient[j];
    for (size_t j = 0; j < gram_size(problem); j++)
        out->gram[j] += w->sums.gram[j];
    mlt__sum_add(loss, mlt__sum_value(&w->loss));
    out->least_margin = fmin(out->least_margin, w->sums.least_margin);
    out->most_score = fmax(out->most_score, w->sums.most_score);
    out->most_change = fmax(out->most_change, w->sums.most_change);
    out->least_gain = fmin(out->least_gain, w->sums.least_gain);
    out->most_gain = fmax(out->most_gain, w->sums.most_gain);
}

/* ---- all rows ---- */

static void sum_chunk(workspace *w, const mlt_lg_problem *problem, const double *coefficients,
                      const double *step, size_t chunk) {
    size_t start = chunk * MLT_LG_CHUNK;
    size_t end = problem->n - start < MLT_LG_CHUNK ? problem->n : start + MLT_LG_CHUNK;
    start_sums(&w->sums, problem);
    w->loss = (mlt__sum){0};
    for (size_t first = start; first < end; first += MLT_LG_BLOCK)
        add_block(w, problem, coefficients, step, first,
                  end - first < MLT_LG_BLOCK ? end - first : MLT_LG_BLOCK);
}

mlt_status mlt__lg_sum(mlt_lg_sums *out, const mlt_lg_problem *problem, const double *coefficients,
                       const double *step, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t n_chunks = (problem->n + MLT_LG_CHUNK - 1) / MLT_LG_CHUNK,
           wave = n_chunks < WAVE ? n_chunks : WAVE;
    while (wave > 1 && wave > MOST_SUMS / gram_size(problem))
        wave--;
    workspace *spaces = mlt__calloc(wave, sizeof *spaces);
    if (!spaces)
        return mlt__raise_nomem(err, wave * sizeof *spaces);
    for (size_t i = 0; i < wave; i++)
        MLT_TRY_GOTO(workspace_init(&spaces[i], problem, err), end);

    mlt__sum loss = {0};
    bool stop = false;
    start_sums(out, problem);
    for (size_t first = 0; first < n_chunks && !stop; first += wave) {
        size_t count = n_chunks - first < wave ? n_chunks - first : wave;
#pragma omp parallel for num_threads(problem->threads) schedule(dynamic, 1)
        for (size_t i = 0; i < count; i++)
            sum_chunk(&spaces[i], problem, coefficients, step, first + i);
        for (size_t i = 0; i < count; i++)
            add_chunk(out, &loss, &spaces[i], problem);
        stop = !mlt__progress(problem->ctx, "fitting", first + count, n_chunks);
    }
    out->loss = mlt__sum_value(&loss);
    if (stop)
        status = mlt__raise(err, MLT_E_CANCELLED, "fitting was stopped");
end:
    for (size_t i = 0; i < wave; i++)
        workspace_clear(&spaces[i]);
    free(spaces);
    return status;
}
