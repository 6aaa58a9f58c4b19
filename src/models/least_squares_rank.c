/* Rank of a least-squares problem: pivoted QR of its triangle (Businger and Golub 1965), which columns depend
 * on which, and the triangle that the minimum-norm solution is shared out with. */
#include "models/least_squares_factor.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A column depends on others if they leave less of it than this share of its length about the mean, ... */
static const double COLLINEAR = 1e-13;
/* ... or than the rounding of its cells may account for, as a share of its whole length. */
static const double ROUNDING = 0x1p-51;
/* A column takes part in a dependence if its share in the other column's length is more than this. */
static const double TAKES_PART = 1e-7;

/* ---- pivoting ---- */

typedef struct pivoting {
    mlt_ls_factor *factor;
    const mlt_ls_problem *problem;
    double *core;
    size_t m, ld;
    double *rest, *limit; /* a column of core: length not yet explained, and where it counts as none */
    double *summed;       /* the length when it was last summed up, not deduced */
} pivoting;

static double *column_at(const pivoting *v, size_t k) { return v->core + k * v->ld; }

/* Length of column k below row `row`. */
static double length_below(const pivoting *v, size_t k, size_t row) {
    const double *body = column_at(v, k) + row;
    return sqrt(v->problem->kernels->dot(body, body, mlt__ls_padded(v->m - row)));
}

static void swap_columns(pivoting *v, size_t a, size_t b) {
    if (a == b)
        return;
    double *x = column_at(v, a), *y = column_at(v, b), kept;
    for (size_t i = 0; i < v->ld; i++)
        kept = x[i], x[i] = y[i], y[i] = kept;
    kept = v->rest[a], v->rest[a] = v->rest[b], v->rest[b] = kept;
    kept = v->limit[a], v->limit[a] = v->limit[b], v->limit[b] = kept;
    kept = v->summed[a], v->summed[a] = v->summed[b], v->summed[b] = kept;
    size_t order = v->factor->order[a];
    v->factor->order[a] = v->factor->order[b];
    v->factor->order[b] = order;
}

/* What is left of column j once row k is explained: deduced from the length before, until too few digits of
 * that are left. */
static void shorten(pivoting *v, size_t j, size_t k) {
    double share = column_at(v, j)[k] / v->rest[j], left = fmax(0, (1 - share) * (1 + share));
    double ratio = v->rest[j] / v->summed[j];
    if (left * ratio * ratio > 1e-8)
        v->rest[j] *= sqrt(left);
    else
        v->rest[j] = v->summed[j] = length_below(v, j, k + 1);
}

/* Reflect row k of column k's rest to the diagonal and apply that to the columns up to `end` and to y. */
static void eliminate(pivoting *v, size_t k, size_t end) {
    const mlt_ls_kernels *kernels = v->problem->kernels;
    size_t rows = mlt__ls_padded(v->m - k - 1), p = v->factor->p;
    double *head = column_at(v, k) + k;
    double tau = kernels->reflector(head, head + 1, rows);
    int threads = mlt__threads(v->problem->ctx, rows * (end - k) / 262144);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t j = k + 1; j <= end; j++) {
        double *other = column_at(v, j < end ? j : p) + k;
        kernels->reflect(other, 0, other + 1, 0, 1, head + 1, tau, rows);
        if (j < end && v->rest[j] > 0)
            shorten(v, j, k);
    }
}

/* Set the constant columns aside, at the end. Returns how many columns are left. */
static size_t set_constants_aside(pivoting *v) {
    const mlt_ls_problem *problem = v->problem;
    mlt_ls_factor *factor = v->factor;
    size_t intercept = problem->design->form.intercept, left = factor->p;
    for (size_t k = intercept; k < factor->p; k++) {
        size_t j = factor->order[k];
        v->rest[k] = v->summed[k] = factor->length[j] = length_below(v, k, intercept);
        double first = intercept ? column_at(v, k)[0] + problem->offset[j] * v->core[0] : 0;
        v->limit[k] = fmax(COLLINEAR * v->rest[k], ROUNDING * hypot(first, v->rest[k]));
    }
    for (size_t k = intercept; k < left;) {
        size_t j = factor->order[k];
        bool constant = v->rest[k] == 0 || v->limit[k] >= v->rest[k];
        factor->roles[j] = constant ? MLT_LS_CONSTANT : MLT_LS_FREE;
        if (constant)
            swap_columns(v, k, --left);
        else
            k++;
    }
    return left;
}

/* Bring independent columns to the front, the most independent first. */
static void pivot(pivoting *v, size_t candidates) {
    size_t k = v->problem->design->form.intercept;
    for (; k < candidates; k++) {
        size_t best = k;
        for (size_t j = k + 1; j < candidates; j++)
            if (v->rest[j] * v->limit[best] > v->rest[best] * v->limit[j])
                best = j;
        if (!(v->rest[best] > v->limit[best]))
            break;
        swap_columns(v, k, best);
        eliminate(v, k, candidates);
    }
    v->factor->rank = k;
    v->factor->n_dependent = candidates - k;
}

/* ---- dependences ---- */

/* relation = R⁻¹ · the dependent columns' first coordinates. */
static mlt_status relate(mlt_ls_factor *factor, const pivoting *v, mlt_error *err) {
    size_t rank = factor->rank, dependent = factor->n_dependent;
    MLT_ALLOC(factor->relation, rank * dependent, err);
    int threads = mlt__threads(v->problem->ctx, rank * rank / 1024 * dependent / 64);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t d = 0; d < dependent; d++) {
        double *x = factor->relation + d * rank;
        memcpy(x, column_at(v, rank + d), rank * sizeof *x);
        mlt__ls_solve_upper(x, factor->r, rank, rank);
    }
    return MLT_OK;
}

bool mlt__ls_takes_part(const mlt_ls_factor *factor, size_t i, size_t d) {
    double share = factor->relation[d * factor->rank + i] * factor->length[factor->order[i]];
    return fabs(share) > TAKES_PART * factor->length[factor->order[factor->rank + d]];
}

/* Roles of the dependent columns and of those they depend on. */
static mlt_status find_tied(mlt_ls_factor *factor, const mlt_ls_problem *problem, mlt_error *err) {
    size_t rank = factor->rank, intercept = problem->design->form.intercept;
    for (size_t d = 0; d < factor->n_dependent; d++) {
        factor->roles[factor->order[rank + d]] = MLT_LS_TIED;
        for (size_t i = intercept; i < rank; i++)
            if (mlt__ls_takes_part(factor, i, d))
                factor->roles[factor->order[i]] = MLT_LS_TIED;
    }
    MLT_ALLOC(factor->tied, rank, err);
    for (size_t i = intercept; i < rank; i++)
        if (factor->roles[factor->order[i]] == MLT_LS_TIED)
            factor->tied[factor->n_tied++] = i;
    return MLT_OK;
}

/* Row `at` of Mᵀ: over the tied columns, a tied column's own unit vector or a dependent column's relation,
 * divided by the column's unit, so that its length is that of the coefficient in the data's units. */
static void norm_row(double *block, size_t ld, size_t row, const mlt_ls_factor *factor, size_t at) {
    bool own = at < factor->n_tied;
    size_t position = own ? factor->tied[at] : factor->rank + (at - factor->n_tied);
    double unit = factor->unit[factor->order[position]];
    for (size_t i = 0; i < factor->n_tied; i++) {
        double entry =
            own ? i == at : factor->relation[(position - factor->rank) * factor->rank + factor->tied[i]];
        block[i * ld + row] = entry / unit;
    }
}

static mlt_status norm_triangle(mlt_ls_factor *factor, const mlt_ls_problem *problem, mlt_error *err) {
    size_t n = factor->n_tied, q = (n + 1) & ~(size_t)1, total = n + factor->n_dependent;
    double largest = 0, *block, *base;
    MLT_ALLOC(factor->unit, factor->p, err);
    for (size_t j = 0; j < factor->p; j++)
        if (factor->roles[j] == MLT_LS_TIED)
            largest = fmax(largest, problem->scale[j]);
    for (size_t j = 0; j < factor->p; j++)
        factor->unit[j] = problem->scale[j] / largest;
    factor->norm_ld = (n + 3) & ~(size_t)3;
    factor->norm_r = mlt__calloc(factor->norm_ld * q, sizeof *factor->norm_r);
    block = factor->norm_r ? mlt__ls_aligned(&base, q * MLT_LS_BLOCK) : NULL;
    if (!block)
        return mlt__raise_nomem(err, (factor->norm_ld + MLT_LS_BLOCK) * q * sizeof *block);
    for (size_t first = 0; first < total; first += MLT_LS_BLOCK) {
        size_t rows = total - first < MLT_LS_BLOCK ? total - first : MLT_LS_BLOCK;
        memset(block, 0, q * MLT_LS_BLOCK * sizeof *block);
        for (size_t i = 0; i < rows; i++)
            norm_row(block, MLT_LS_BLOCK, i, factor, first + i);
        problem->kernels->fold(factor->norm_r, factor->norm_ld, block, MLT_LS_BLOCK, n, q, 0,
                               mlt__ls_padded(rows));
    }
    free(base);
    return MLT_OK;
}

mlt_status mlt__ls_find_rank(mlt_ls_factor *factor, const mlt_ls_problem *problem, double *core, size_t m,
                             size_t ld, mlt_error *err) {
    mlt_status status = MLT_OK;
    pivoting v = {.factor = factor, .problem = problem, .m = m, .ld = ld};
    v.core = core;
    MLT_ALLOC_GOTO(v.rest, factor->p, err, end);
    MLT_ALLOC_GOTO(v.limit, factor->p, err, end);
    MLT_ALLOC_GOTO(v.summed, factor->p, err, end);
    for (size_t j = 0; j < factor->p; j++)
        factor->order[j] = j;
    if (problem->design->form.intercept) {
        factor->roles[0] = MLT_LS_FREE;
        factor->length[0] = 0;
        memset(v.rest, 0, factor->p * sizeof *v.rest); /* not looked at yet */
        eliminate(&v, 0, factor->p);
    }
    pivot(&v, set_constants_aside(&v));

    size_t rank = factor->rank;
    MLT_ALLOC_GOTO(factor->r, rank * rank, err, end);
    MLT_ALLOC_GOTO(factor->start, rank, err, end);
    for (size_t i = 0; i < rank; i++)
        memcpy(factor->r + i * rank, column_at(&v, i), rank * sizeof *factor->r);
    memcpy(factor->start, column_at(&v, factor->p), rank * sizeof *factor->start);
    if (factor->n_dependent > 0) {
        MLT_TRY_GOTO(relate(factor, &v, err), end);
        MLT_TRY_GOTO(find_tied(factor, problem, err), end);
        MLT_TRY_GOTO(norm_triangle(factor, problem, err), end);
    }
end:
    free(v.rest);
    free(v.limit);
    free(v.summed);
    return status;
}

/* ---- what it means ---- */

bool mlt__ls_intercept_free(const mlt_ls_factor *factor, const mlt_ls_problem *problem) {
    for (size_t d = 0; d < factor->n_dependent; d++) {
        /* The dependent column, unshifted, as a sum of the others: how much of it is the intercept? */
        const double *relation = factor->relation + d * factor->rank;
        size_t column = factor->order[factor->rank + d];
        double share = relation[0] + problem->offset[column];
        double parts =
            fabs(relation[0]) + fabs(problem->offset[column]) + factor->length[column] / fabs(factor->r[0]);
        for (size_t i = 1; i < factor->rank; i++) {
            double part = relation[i] * problem->offset[factor->order[i]];
            share -= part;
            parts += fabs(part);
        }
        if (fabs(share) > TAKES_PART * parts)
            return false;
    }
    return true;
}
