/* The triangle of a least-squares problem, from blocks of rows: each thread folds the rows of a chunk into a
 * triangle, and triangles are folded into one in the order of the chunks (TSQR; Demmel, Grigori, Hoemmen and
 * Langou 2012). Then solving with it. */
#include "models/least_squares_factor.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/least_squares_ridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers in one matrix: 4 GiB. */
static const size_t LARGEST_MATRIX = (size_t)1 << 29;

/* ---- the triangle ---- */

/* p columns and y, made even in number. */
static size_t fold_columns(size_t p) { return (p + 2) & ~(size_t)1; }
static size_t fold_ld(size_t p) { return (p + 3) & ~(size_t)3; }

/* The chunk's own triangle. Workspace: a block, the weights' roots. */
static void fold_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work, const mlt_ls_chunk *chunk) {
    double *r = chunk->result, *block = chunk->workspace;
    size_t p = problem->p, q = fold_columns(p), ldr = fold_ld(p);
    double *roots = block + q * problem->ld;
    (void)work;
    memset(r, 0, q * ldr * sizeof *r);
    memset(block, 0, q * problem->ld * sizeof *block);
    for (size_t done = 0; done < chunk->count; done += MLT_LS_BLOCK) {
        size_t rows = chunk->count - done < MLT_LS_BLOCK ? chunk->count - done : MLT_LS_BLOCK;
        const double *weights =
            mlt__ls_gather_weights(roots, problem, chunk->first + done, rows, true) ? roots : NULL;
        mlt__ls_gather(block, problem->ld, problem, NULL, p, chunk->first + done, rows, weights);
        mlt__ls_gather_y(block + p * problem->ld, problem, chunk->first + done, rows, weights);
        problem->kernels->fold(r, ldr, block, problem->ld, p, q, 0, mlt__ls_padded(rows));
    }
}

static void fold_triangles(const mlt_ls_problem *problem, const mlt_ls_work *work,
                           const mlt_ls_chunk *chunk) {
    const double *own = chunk->result;
    size_t p = problem->p, q = fold_columns(p), ldr = fold_ld(p);
    double *r = work->total, *block = chunk->workspace;
    if (chunk->first == 0) {
        memcpy(r, own, q * ldr * sizeof *r);
        return;
    }
    for (size_t first = 0; first < p; first += MLT_LS_BLOCK) {
        size_t rows = p - first < MLT_LS_BLOCK ? p - first : MLT_LS_BLOCK;
        for (size_t k = first; k < q; k++) {
            double *column = block + k * problem->ld;
            memcpy(column, own + k * ldr + first, rows * sizeof *column);
            memset(column + rows, 0, (mlt__ls_padded(rows) - rows) * sizeof *column);
        }
        problem->kernels->fold(r, ldr, block, problem->ld, p, q, first, mlt__ls_padded(rows));
    }
}

/* The triangle of all rows, with y's coordinates in column p. `*base` is to be freed. */
static mlt_status triangle(double **r, double **base, mlt_ls_problem *problem, mlt_error *err) {
    size_t q = fold_columns(problem->p), ldr = fold_ld(problem->p);
    *r = mlt__ls_aligned(base, q * ldr);
    if (!*r)
        return mlt__raise_nomem(err, q * ldr * sizeof **r);
    mlt_ls_work work = {.result = q * ldr,
                        .workspace = (q + 1) * problem->ld,
                        .sum = fold_chunk,
                        .merge = fold_triangles,
                        .total = *r};
    return mlt__ls_for_chunks(problem, &work, err);
}

/* ---- triangles, stored by columns ---- */

/* x = R⁻ᵀx. */
static void solve_transposed(double *x, const double *r, size_t ld, size_t size) {
    for (size_t i = 0; i < size; i++) {
        const double *column = r + i * ld;
        double sum = x[i];
        for (size_t l = 0; l < i; l++)
            sum -= column[l] * x[l];
        x[i] = sum / column[i];
    }
}

void mlt__ls_solve_upper(double *restrict x, const double *restrict r, size_t ld, size_t size) {
    for (size_t l = size; l-- > 0;) {
        const double *column = r + l * ld;
        double value = x[l] /= column[l];
        for (size_t i = 0; i < l; i++)
            x[i] -= column[i] * value;
    }
}

/* ---- full rank ---- */

mlt_status mlt__ls_invert(mlt_ls_factor *factor, const mlt_ls_problem *problem, mlt_error *err) {
    size_t rank = factor->rank;
    const double *r = factor->r;
    MLT_ALLOC(factor->inverse, rank * rank, err);
    int threads = mlt__threads(problem->ctx, rank / 64);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
    for (size_t k = 0; k < rank; k++) {
        double *x = factor->inverse + k * rank;
        memset(x, 0, rank * sizeof *x);
        x[k] = 1;
        mlt__ls_solve_upper(x, r, rank, k + 1);
    }
    return MLT_OK;
}

/* Lengths of the rows of R⁻¹: one over what a column has that the others do not explain. */
static void inverse_lengths(double *out, const mlt_ls_factor *factor) {
    size_t rank = factor->rank;
    memset(out, 0, rank * sizeof *out);
    for (size_t k = 0; k < rank; k++)
        for (size_t i = 0; i <= k; i++)
            out[i] += factor->inverse[k * rank + i] * factor->inverse[k * rank + i];
    for (size_t i = 0; i < rank; i++)
        out[i] = sqrt(out[i]);
}

static void find_condition(mlt_ls_factor *factor) {
    size_t rank = factor->rank;
    double sum = 0;
    inverse_lengths(factor->scratch, factor);
    for (size_t j = 0; j < rank; j++) {
        const double *column = factor->r + j * rank;
        double square = 0;
        for (size_t i = 0; i <= j; i++)
            square += column[i] * column[i];
        sum += square * factor->scratch[j] * factor->scratch[j];
    }
    factor->condition = sqrt(sum);
}

/* Take r as it is, if no column is near the others'. */
static mlt_status try_full_rank(bool *full, mlt_ls_factor *factor, const mlt_ls_problem *problem,
                                const double *r, size_t ldr, mlt_error *err) {
    size_t p = factor->p, intercept = problem->design->form.intercept;
    *full = false;
    for (size_t j = 0; j < p; j++)
        if (!(fabs(r[j * ldr + j]) > 0))
            return MLT_OK;
    factor->rank = p;
    MLT_ALLOC(factor->r, p * p, err);
    for (size_t j = 0; j < p; j++) {
        memcpy(factor->r + j * p, r + j * ldr, p * sizeof *r);
        factor->order[j] = j;
        factor->roles[j] = MLT_LS_FREE;
    }
    MLT_TRY(mlt__ls_invert(factor, problem, err));
    inverse_lengths(factor->scratch, factor);
    for (size_t j = intercept; j < p; j++) {
        const double *column = r + j * ldr;
        double square = 0, first = intercept ? column[0] + problem->offset[j] * r[0] : 0;
        for (size_t i = intercept; i <= j; i++)
            square += column[i] * column[i];
        factor->length[j] = sqrt(square);
        /* The limits of mlt__ls_find_rank and more: what comes near them is its to decide. */
        double limit = fmax(1e-12 * sqrt(square), 0x1p-48 * sqrt(square + first * first));
        if (!(1 / factor->scratch[j] > limit))
            return MLT_OK;
    }
    *full = true;
    return MLT_OK;
}

/* ---- all together ---- */

/* A matrix for mlt__ls_find_rank: the triangle, or the rows themselves where there are fewer rows than
 * columns. */
static mlt_status core_of_rows(double **core, double **base, size_t ld, const mlt_ls_problem *problem,
                               mlt_error *err) {
    double *roots = NULL;
    *core = mlt__ls_aligned(base, (problem->p + 1) * ld);
    if (!*core)
        return mlt__raise_nomem(err, (problem->p + 1) * ld * sizeof **core);
    memset(*core, 0, (problem->p + 1) * ld * sizeof **core);
    if (problem->design->weights) {
        MLT_ALLOC(roots, ld, err);
        mlt__ls_gather_weights(roots, problem, 0, problem->n, true);
    }
    mlt__ls_gather(*core, ld, problem, NULL, problem->p, 0, problem->n, roots);
    mlt__ls_gather_y(*core + problem->p * ld, problem, 0, problem->n, roots);
    free(roots);
    return MLT_OK;
}

static mlt_status core_of_triangle(double **core, double **base, size_t ld, const double *r, size_t p,
                                   mlt_error *err) {
    *core = mlt__ls_aligned(base, (p + 1) * ld);
    if (!*core)
        return mlt__raise_nomem(err, (p + 1) * ld * sizeof **core);
    memset(*core, 0, (p + 1) * ld * sizeof **core);
    for (size_t j = 0; j <= p; j++)
        memcpy(*core + j * ld, r + j * fold_ld(p), p * sizeof *r);
    return MLT_OK;
}

static mlt_status check_size(const mlt_ls_problem *problem, size_t smaller, mlt_error *err) {
    if (smaller + 8 > LARGEST_MATRIX / (problem->p + 8))
        return mlt__raise(
            err, MLT_E_LIMIT,
            "%s: least squares with %zu columns needs a matrix of %zu × %zu numbers, more than the "
            "%zu it may have; use fewer columns",
            problem->design->data->source, problem->p, smaller, problem->p, LARGEST_MATRIX);
    return MLT_OK;
}

mlt_status mlt__ls_factor_init(mlt_ls_factor *out, mlt_ls_problem *problem, bool gcv, mlt_error *err) {
    mlt_status status;
    size_t p = problem->p, m = p, ld;
    double *r = NULL, *r_base = NULL, *core = NULL, *core_base = NULL;
    bool full = false, ridge = gcv || problem->alpha > 0;
    *out = (mlt_ls_factor){.p = p};
    if (problem->n < p && !ridge)
        m = problem->n;
    ld = mlt__ls_padded(m) + 4;
    MLT_TRY_GOTO(check_size(problem, m, err), end);
    MLT_ALLOC_GOTO(out->order, p, err, end);
    MLT_ALLOC_GOTO(out->length, p, err, end);
    MLT_ALLOC_GOTO(out->roles, p, err, end);
    MLT_ALLOC_GOTO(out->scratch, 2 * p, err, end);
    if (problem->n >= p || ridge) {
        MLT_TRY_GOTO(triangle(&r, &r_base, problem, err), end);
        if (gcv)
            MLT_TRY_GOTO(mlt__ls_choose_alpha(problem, r, fold_ld(p), err), end);
        if (ridge)
            MLT_TRY_GOTO(mlt__ls_penalise(problem, r, fold_ld(p), fold_columns(p), err), end);
        MLT_TRY_GOTO(try_full_rank(&full, out, problem, r, fold_ld(p), err), end);
        if (!full)
            MLT_TRY_GOTO(core_of_triangle(&core, &core_base, ld, r, p, err), end);
    } else
        MLT_TRY_GOTO(core_of_rows(&core, &core_base, ld, problem, err), end);
    if (full) {
        MLT_ALLOC_GOTO(out->start, p, err, end);
        memcpy(out->start, r + p * fold_ld(p), p * sizeof *r);
    } else {
        free(out->r);
        free(out->inverse);
        out->r = out->inverse = NULL;
        MLT_TRY_GOTO(mlt__ls_find_rank(out, problem, core, m, ld, err), end);
        MLT_TRY_GOTO(mlt__ls_invert(out, problem, err), end);
    }
    find_condition(out);
    status = MLT_OK;
end:
    free(r_base);
    free(core_base);
    if (status != MLT_OK)
        mlt__ls_factor_clear(out);
    return status;
}

void mlt__ls_factor_clear(mlt_ls_factor *factor) {
    free(factor->order);
    free(factor->length);
    free(factor->r);
    free(factor->inverse);
    free(factor->start);
    free(factor->relation);
    free(factor->roles);
    free(factor->tied);
    free(factor->norm_r);
    free(factor->unit);
    free(factor->scratch);
    *factor = (mlt_ls_factor){0};
}

/* ---- solving ---- */

/* Share the tied coordinates out over all tied columns. */
static void share_out(double *x, const mlt_ls_factor *factor, const double *coordinates) {
    double *w = factor->scratch;
    for (size_t i = 0; i < factor->n_tied; i++)
        w[i] = coordinates[factor->tied[i]];
    solve_transposed(w, factor->norm_r, factor->norm_ld, factor->n_tied);
    mlt__ls_solve_upper(w, factor->norm_r, factor->norm_ld, factor->n_tied);
    for (size_t i = 0; i < factor->n_tied; i++) {
        size_t j = factor->order[factor->tied[i]];
        x[j] = w[i] / (factor->unit[j] * factor->unit[j]);
    }
    for (size_t d = 0; d < factor->n_dependent; d++) {
        size_t j = factor->order[factor->rank + d];
        const double *relation = factor->relation + d * factor->rank;
        double sum = 0;
        for (size_t i = 0; i < factor->n_tied; i++)
            sum += relation[factor->tied[i]] * w[i];
        x[j] = sum / (factor->unit[j] * factor->unit[j]);
    }
}

void mlt__ls_solve(double *x, const mlt_ls_factor *factor, const mlt_ls_problem *problem,
                   double *coordinates) {
    mlt__ls_solve_upper(coordinates, factor->r, factor->rank, factor->rank);
    memset(x, 0, factor->p * sizeof *x);
    for (size_t i = 0; i < factor->rank; i++)
        x[factor->order[i]] = coordinates[i];
    if (factor->n_dependent == 0)
        return;
    share_out(x, factor, coordinates);
    if (problem->design->form.intercept)
        for (size_t d = 0; d < factor->n_dependent; d++)
            x[0] -= factor->relation[d * factor->rank] * x[factor->order[factor->rank + d]];
}

double mlt__ls_project(double *coordinates, const mlt_ls_factor *factor, const mlt_dd *gradient) {
    double gain = 0;
    for (size_t i = 0; i < factor->rank; i++)
        coordinates[i] = gradient[factor->order[i]].hi;
    solve_transposed(coordinates, factor->r, factor->rank, factor->rank);
    for (size_t i = 0; i < factor->rank; i++)
        gain += coordinates[i] * coordinates[i];
    return gain;
}
