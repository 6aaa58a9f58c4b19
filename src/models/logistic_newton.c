/* Newton's method for logistic regression: the loss is convex and smooth, so that full steps with halving
 * where the loss does not fall lead to the minimum from anywhere, and near it double the digits each time.
 * Where the penalty is absent and the classes can be told apart there is no minimum; a margin, or a step that
 * raises some margins and lowers none, proves it. */
#include "models/logistic_newton.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/cholesky.h"
#include "models/logistic_sums.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HALVINGS = 60 };
/* The share of the fall that a step promises which it must keep (Armijo). */
static const double KEPT = 1e-4;
/* Sums over rows are right to this share. */
static const double ROUNDING = 1e-14;
/* A step that promises less than this share of the loss changes nothing that a double holds. */
static const double NEGLIGIBLE = 1e-24;
/* A step of separation: margins that fall do so by less than this share of those that rise, ... */
static const double FALLS = 1e-7;
/* ... these rise by more than this, and scores are already beyond this. */
static const double RISES = 0.01, FAR = 12;

typedef struct newton {
    const mlt_lg_problem *problem;
    size_t d; /* coefficients: k · p */
    double *trial, *step, *taken;
    mlt_lg_sums sums, trial_sums;
    double objective;
} newton;

/* ---- the system ---- */

static double penalty_of(const newton *w, const double *coefficients) {
    double sum = 0;
    for (size_t i = 0; i < w->d; i++)
        sum += w->problem->penalty[i % w->problem->p] * coefficients[i] * coefficients[i] / 2;
    return sum;
}

/* Copy a Gram matrix into the place of classes (one, other), `sign` times; on the diagonal it is added. */
static void place(double *h, const newton *w, const double *gram, size_t one, size_t other, double sign) {
    size_t p = w->problem->p, padded = mlt__lg_padded(p);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            double value = sign * (j <= i ? gram[i * padded + j] : gram[j * padded + i]);
            double *at = &h[(one * p + i) * w->d + other * p + j];
            *at = one == other ? *at + value : value;
        }
}

/* Let a change of all classes alike, which no probability shows, cost as much as a change of one: then the
 * matrix is definite, and steps, which have none of it, are the same. */
static void fix_common(double *h, const newton *w) {
    size_t p = w->problem->p, k = w->problem->k;
    for (size_t j = 0; j < p; j++) {
        double mean = 0;
        for (size_t c = 0; c < k; c++)
            mean += h[(c * p + j) * w->d + c * p + j] / (double)k;
        for (size_t one = 0; one < k; one++)
            for (size_t other = 0; other <= one; other++)
                h[(one * p + j) * w->d + other * p + j] += mean / (double)k;
    }
}

/* The second derivatives, lower triangle, and their factor. */
static void factorise(double *h, const newton *w) {
    const mlt_lg_problem *problem = w->problem;
    size_t padded = mlt__lg_padded(problem->p);
    memset(h, 0, w->d * w->d * sizeof *h);
    if (problem->k == 1)
        place(h, w, w->sums.gram, 0, 0, 1);
    for (size_t one = 1, pair = 0; one < problem->k; one++)
        for (size_t other = 0; other < one; other++, pair++) {
            const double *gram = w->sums.gram + pair * padded * padded;
            place(h, w, gram, one, other, -1);
            place(h, w, gram, one, one, 1);
            place(h, w, gram, other, other, 1);
        }
    for (size_t i = 0; i < w->d; i++)
        h[i * w->d + i] += problem->penalty[i % problem->p];
    if (problem->k > 1)
        fix_common(h, w);
    (void)mlt__cholesky(h, w->d, (double)w->d * DBL_EPSILON, problem->threads);
}

/* The step, and twice the fall of the loss that it promises. */
static double find_step(newton *w, const double *coefficients, const double *factor) {
    size_t p = w->problem->p, k = w->problem->k;
    double promise = 0;
    for (size_t i = 0; i < w->d; i++)
        w->step[i] = -w->sums.gradient[i] - w->problem->penalty[i % p] * coefficients[i];
    mlt__cholesky_forward(w->step, factor, w->d);
    for (size_t i = 0; i < w->d; i++)
        promise += w->step[i] * w->step[i];
    mlt__cholesky_backward(w->step, factor, w->d);
    for (size_t j = 0; j < p && k > 1; j++) {
        double mean = 0;
        for (size_t c = 0; c < k; c++)
            mean += w->step[c * p + j] / (double)k;
        for (size_t c = 0; c < k; c++)
            w->step[c * p + j] -= mean;
    }
    return promise;
}

/* ---- steps ---- */

/* Go along the step, as far as the loss falls enough; `*share` is how far. */
static mlt_status take_step(newton *w, double *coefficients, double promise, double *share, mlt_error *err) {
    for (int halvings = 0; halvings < MOST_HALVINGS; halvings++) {
        *share = ldexp(1, -halvings);
        for (size_t i = 0; i < w->d; i++) {
            w->taken[i] = *share * w->step[i];
            w->trial[i] = coefficients[i] + w->taken[i];
        }
        MLT_TRY(mlt__lg_sum(&w->trial_sums, w->problem, w->trial, w->taken, err));
        double objective = w->trial_sums.loss + penalty_of(w, w->trial);
        if (objective <= w->objective * (1 + ROUNDING) - KEPT * *share * promise) {
            mlt_lg_sums spare = w->sums;
            w->sums = w->trial_sums;
            w->trial_sums = spare;
            w->objective = objective;
            memcpy(coefficients, w->trial, w->d * sizeof *coefficients);
            return MLT_OK;
        }
    }
    return mlt__raise(err, MLT_E_NUMERIC, "%s: the loss is beyond the range of numbers; rescale the columns",
                      w->problem->design->data->source);
}

/* ---- no minimum ---- */

static mlt_status raise_separation(const newton *w, bool complete, mlt_error *err) {
    static const char way_out[] =
        "without a penalty the coefficients would grow for ever; use --penalty l2, with --C for its strength";
    const mlt_design *design = w->problem->design;
    if (complete)
        return mlt__raise(
            err, MLT_E_NUMERIC,
            "%s: the features tell the classes apart without a single error (perfect separation), so "
            "%s",
            design->data->source, way_out);
    size_t p = w->problem->p, most = 1;
    for (size_t i = 0; i < w->d; i++)
        if (i % p > 0 && fabs(w->taken[i]) > fabs(w->taken[most]))
            most = i;
    char printable[200];
    char *name = mlt__design_term_name(design->data->schema, design->terms[w->problem->columns[most % p]]);
    if (!name)
        return mlt__raise_nomem(err, 1);
    mlt_status status =
        mlt__raise(err, MLT_E_NUMERIC,
                   "%s: some rows' class follows from the features without exception, above all from '%s' "
                   "(quasi-separation), so %s",
                   design->data->source, mlt__printable(printable, sizeof printable, name), way_out);
    free(name);
    return status;
}

static mlt_status check_separation(const newton *w, mlt_error *err) {
    const mlt_lg_sums *sums = &w->sums;
    if (w->problem->penalised || w->problem->p < 2)
        return MLT_OK;
    if (sums->least_margin > 0)
        return raise_separation(w, true, err);
    if (sums->most_score > FAR && sums->most_gain > RISES && sums->least_gain >= -FALLS * sums->most_gain)
        return raise_separation(w, false, err);
    return MLT_OK;
}

/* ---- all together ---- */

static mlt_status iterate(newton *w, mlt_lg_fit *out, int64_t max_iter, double tol, mlt_error *err) {
    MLT_TRY(mlt__lg_sum(&w->sums, w->problem, out->coefficients, w->step, err));
    w->objective = w->sums.loss;
    for (;;) {
        double share;
        factorise(out->factor, w);
        double promise = find_step(w, out->coefficients, out->factor);
        if (out->iterations == (size_t)max_iter)
            return mlt__raise(
                err, MLT_E_NUMERIC,
                "%s: logistic regression has not converged in %lld steps (the last one changed log "
                "odds by up to %.2g); give a larger --max-iter, or a larger --tol",
                w->problem->design->data->source, (long long)max_iter, w->sums.most_change);
        MLT_TRY(take_step(w, out->coefficients, promise, &share, err));
        out->iterations++;
        MLT_TRY(check_separation(w, err));
        if (promise <= NEGLIGIBLE * w->objective || (share == 1 && w->sums.most_change <= tol))
            break;
    }
    factorise(out->factor, w);
    return MLT_OK;
}

mlt_status mlt__lg_newton(mlt_lg_fit *out, const mlt_lg_problem *problem, int64_t max_iter, double tol,
                          mlt_error *err) {
    mlt_status status;
    size_t d = problem->k * problem->p;
    newton w = {.problem = problem, .d = d};
    *out = (mlt_lg_fit){0};
    out->coefficients = mlt__calloc(d, sizeof *out->coefficients);
    w.step = mlt__calloc(d, sizeof *w.step);
    if (!out->coefficients || !w.step) {
        status = mlt__raise_nomem(err, d * sizeof *w.step);
        goto end;
    }
    MLT_ALLOC_GOTO(out->factor, d * d, err, end);
    MLT_ALLOC_GOTO(w.trial, d, err, end);
    MLT_ALLOC_GOTO(w.taken, d, err, end);
    MLT_TRY_GOTO(mlt__lg_sums_init(&w.sums, problem, err), end);
    MLT_TRY_GOTO(mlt__lg_sums_init(&w.trial_sums, problem, err), end);
    status = iterate(&w, out, max_iter, tol, err);
end:
    mlt__lg_sums_clear(&w.sums);
    mlt__lg_sums_clear(&w.trial_sums);
    free(w.trial);
    free(w.step);
    free(w.taken);
    if (status != MLT_OK)
        mlt__lg_fit_clear(out);
    return status;
}

void mlt__lg_fit_clear(mlt_lg_fit *fit) {
    free(fit->coefficients);
    free(fit->factor);
    *fit = (mlt_lg_fit){0};
}
