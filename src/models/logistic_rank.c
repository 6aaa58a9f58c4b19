/* Collinear columns. With all coefficients 0 every row weighs alike, and the second derivatives are the Gram
 * matrix of the centred columns: where its factor leaves nothing of a column, the column is a sum of those
 * before it. */
#include "models/logistic_rank.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/cholesky.h"
#include "models/logistic_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The share of a column's square that others must leave of it. */
static const double UNEXPLAINED = 1e-12;
/* Parts of a relation below this share are rounding. */
static const double NO_PART = 1e-7;

/* ---- finding ---- */

/* The Gram matrix, p × p: malloc'ed. */
static mlt_status gram_of(double **out, const mlt_lg_problem *problem, mlt_error *err) {
    mlt_status status;
    mlt_lg_sums sums = {0};
    size_t p = problem->p, padded = mlt__lg_padded(p);
    double *zeros = mlt__calloc(problem->k * p, sizeof *zeros);
    *out = mlt__alloc(p * p, sizeof **out);
    if (!zeros || !*out) {
        status = mlt__raise_nomem(err, p * p * sizeof **out);
        goto end;
    }
    MLT_TRY_GOTO(mlt__lg_sums_init(&sums, problem, err), end);
    MLT_TRY_GOTO(mlt__lg_sum(&sums, problem, zeros, zeros, err), end);
    for (size_t i = 0; i < p; i++)
        memcpy(*out + i * p, sums.gram + i * padded, p * sizeof **out);
end:
    free(zeros);
    mlt__lg_sums_clear(&sums);
    return status;
}

/* How the coefficients can change, from column `dependent` = Σ part · column. */
static void fill_freedom(double *freedom, const mlt_lg_problem *problem, const double *parts,
                         size_t dependent) {
    double square = 0;
    for (size_t j = 1; j <= dependent; j++) {
        double part = j == dependent ? 1 : fabs(parts[j]) > NO_PART ? -parts[j] : 0;
        double *at = &freedom[problem->columns[j]];
        *at = part * problem->scale[j];
        square += *at * *at;
    }
    double length = sqrt(square), constant = 0, size = 0;
    for (size_t j = 1; j <= dependent; j++) {
        double *at = &freedom[problem->columns[j]];
        *at /= length;
        constant += *at * problem->shift[j];
        size += fabs(*at * problem->shift[j]);
    }
    freedom[0] = fabs(constant) > NO_PART * size ? -constant : 0;
}

/* Take out the columns whose diagonal element is 0. */
static void leave_out(mlt_lg_problem *problem, const double *factor) {
    size_t kept = 0, p = problem->p;
    for (size_t j = 0; j < p; j++) {
        if (!(factor[j * p + j] > 0))
            continue;
        problem->columns[kept] = problem->columns[j];
        problem->shift[kept] = problem->shift[j];
        problem->scale[kept] = problem->scale[j];
        problem->penalty[kept] = problem->penalty[j];
        kept++;
    }
    problem->p = kept;
}

mlt_status mlt__lg_rank(mlt_freedom *out, mlt_lg_problem *problem, mlt_error *err) {
    mlt_status status;
    size_t p = problem->p, n_terms = problem->design->p, n;
    double *factor = NULL, *parts = NULL;
    *out = (mlt_freedom){0};
    MLT_TRY_GOTO(gram_of(&factor, problem, err), end);
    n = mlt__cholesky(factor, p, UNEXPLAINED, problem->threads);
    MLT_ALLOC_GOTO(parts, p, err, end);
    out->vectors = mlt__calloc(n * n_terms, sizeof *out->vectors);
    if (!out->vectors) {
        status = mlt__raise_nomem(err, n * n_terms * sizeof *out->vectors);
        goto end;
    }
    for (size_t d = 1; d < p; d++) {
        if (factor[d * p + d] > 0)
            continue;
        memset(parts, 0, p * sizeof *parts);
        memcpy(parts, factor + d * p, d * sizeof *parts);
        mlt__cholesky_backward(parts, factor, p);
        fill_freedom(out->vectors + out->n * n_terms, problem, parts, d);
        out->n++;
    }
    mlt__freedom_note(out, problem->design->data->schema, problem->design->terms, n_terms, problem->ctx);
    leave_out(problem, factor);
end:
    free(factor);
    free(parts);
    if (status != MLT_OK)
        mlt__freedom_clear(out);
    return status;
}
