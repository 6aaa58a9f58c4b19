/* Collinear columns. With all coefficients 0 every row weighs alike, and the second derivatives are the Gram
 * matrix of the centred columns: where its factor leaves nothing of a column, the column is a sum of those
 * before it. */
#include "models/logistic_rank.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/cholesky.h"
#include "models/logistic_sums.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The share of a column's square that others must leave of it. */
static const double UNEXPLAINED = 1e-12;
/* Parts of a relation below this share are rounding. */
static const double NO_PART = 1e-7;
enum { MOST_NAMED = 8, MOST_NOTES = 10 };

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

static void note(const mlt_lg_rank *rank, const mlt_lg_problem *problem, size_t which) {
    const mlt_design *design = problem->design;
    const double *freedom = rank->freedom + which * design->p;
    char list[MOST_NAMED * 70 + 40] = "", printable[60];
    size_t members = 0, named = 0, used = 0;
    for (size_t j = 1; j < design->p; j++)
        members += freedom[j] != 0;
    size_t to_name = members > MOST_NAMED ? MOST_NAMED - 1 : members;
    for (size_t j = 1; j < design->p && named < to_name; j++) {
        if (freedom[j] == 0)
            continue;
        char *name = mlt__design_term_name(design->data->schema, design->terms[j]);
        const char *joint = named == 0 ? "" : named + 1 == members ? " and " : ", ";
        used += (size_t)snprintf(list + used, sizeof list - used, "%s'%s'", joint,
                                 name ? mlt__printable(printable, sizeof printable, name) : "?");
        named++;
        free(name);
    }
    if (named < members)
        snprintf(list + used, sizeof list - used, " and %zu others", members - named);
    mlt__note(
        problem->ctx,
        "columns %s are collinear: of the coefficients that fit equally, the smallest are taken (minimum "
        "norm), without standard errors",
        list);
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

mlt_status mlt__lg_rank(mlt_lg_rank *out, mlt_lg_problem *problem, mlt_error *err) {
    mlt_status status;
    size_t p = problem->p, n_terms = problem->design->p, n;
    double *factor = NULL, *parts = NULL;
    *out = (mlt_lg_rank){0};
    MLT_TRY_GOTO(gram_of(&factor, problem, err), end);
    n = mlt__cholesky(factor, p, UNEXPLAINED, problem->threads);
    MLT_ALLOC_GOTO(parts, p, err, end);
    out->freedom = mlt__calloc(n * n_terms, sizeof *out->freedom);
    if (!out->freedom) {
        status = mlt__raise_nomem(err, n * n_terms * sizeof *out->freedom);
        goto end;
    }
    for (size_t d = 1; d < p; d++) {
        if (factor[d * p + d] > 0)
            continue;
        memset(parts, 0, p * sizeof *parts);
        memcpy(parts, factor + d * p, d * sizeof *parts);
        mlt__cholesky_backward(parts, factor, p);
        fill_freedom(out->freedom + out->n * n_terms, problem, parts, d);
        if (out->n < MOST_NOTES)
            note(out, problem, out->n);
        out->n++;
    }
    if (out->n > MOST_NOTES)
        mlt__note(problem->ctx, "and so are %zu more sets of columns", out->n - MOST_NOTES);
    leave_out(problem, factor);
end:
    free(factor);
    free(parts);
    if (status != MLT_OK)
        mlt__lg_rank_clear(out);
    return status;
}

/* ---- using ---- */

mlt_status mlt__lg_least_norm(double *coefficients, const mlt_lg_rank *rank, size_t n_terms, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t n = rank->n;
    double *gram = NULL, *x = NULL;
    if (n == 0)
        return MLT_OK;
    MLT_ALLOC_GOTO(gram, n * n, err, end);
    MLT_ALLOC_GOTO(x, n, err, end);
    for (size_t a = 0; a < n; a++) {
        const double *one = rank->freedom + a * n_terms;
        x[a] = 0;
        for (size_t j = 1; j < n_terms; j++)
            x[a] += one[j] * coefficients[j];
        for (size_t b = 0; b <= a; b++) {
            gram[a * n + b] = 0;
            for (size_t j = 1; j < n_terms; j++)
                gram[a * n + b] += one[j] * rank->freedom[b * n_terms + j];
        }
    }
    (void)mlt__cholesky(gram, n, 0, 1);
    mlt__cholesky_forward(x, gram, n);
    mlt__cholesky_backward(x, gram, n);
    for (size_t a = 0; a < n; a++)
        for (size_t j = 0; j < n_terms; j++)
            coefficients[j] -= x[a] * rank->freedom[a * n_terms + j];
end:
    free(gram);
    free(x);
    return status;
}

bool mlt__lg_determined(const mlt_lg_rank *rank, size_t n_terms, size_t term) {
    for (size_t a = 0; a < rank->n; a++)
        if (rank->freedom[a * n_terms + term] != 0)
            return false;
    return true;
}

void mlt__lg_rank_clear(mlt_lg_rank *rank) {
    free(rank->freedom);
    *rank = (mlt_lg_rank){0};
}
