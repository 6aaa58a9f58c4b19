/* Ridge regression: the penalty's rows, and choosing its size. */
#include "models/least_squares_ridge.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/least_squares_svd.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this many columns, the singular values would take longer than anyone waits. */
enum { MOST_COLUMNS = 1024 };
/* The grid, in ln(α / largest squared singular value). */
enum { GRID = 73 };
static const double GRID_LOW = -14 * M_LN10, GRID_HIGH = 4 * M_LN10;
enum { MOST_STEPS = 100 };
static const double PRECISION = 1e-9;

/* ---- generalised cross-validation ---- */

typedef struct gcv {
    size_t n, p, intercept;    /* p slopes */
    double *squares, *heights; /* p: singular values squared, over the largest; squared coordinates of y */
    double unexplained;        /* what least squares leaves */
} gcv;

/* The criterion at α = exp(log_alpha) · the largest squared singular value. */
static double criterion(double log_alpha, void *user) {
    const gcv *g = user;
    double alpha = exp(log_alpha), left = g->unexplained, freedom = (double)g->n - (double)g->intercept;
    for (size_t j = 0; j < g->p; j++) {
        double share = alpha / (g->squares[j] + alpha);
        left += share * share * g->heights[j];
        freedom -= 1 - share;
    }
    return freedom > 0 ? (double)g->n * left / (freedom * freedom) : INFINITY;
}

/* Brent's method between the neighbours of the grid's best; the best itself where that is no valley. */
static mlt_status polish(double *log_alpha, gcv *g, double step, mlt_error *err) {
    gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!minimizer)
        return mlt__raise_nomem(err, 1);
    gsl_function function = {criterion, g};
    double at = *log_alpha, low = at - step, high = at + step;
    if (gsl_min_fminimizer_set(minimizer, &function, at, low, high) == GSL_SUCCESS) {
        for (int i = 0; i < MOST_STEPS && high - low > PRECISION; i++) {
            if (gsl_min_fminimizer_iterate(minimizer) != GSL_SUCCESS)
                break;
            low = gsl_min_fminimizer_x_lower(minimizer);
            high = gsl_min_fminimizer_x_upper(minimizer);
        }
        *log_alpha = gsl_min_fminimizer_x_minimum(minimizer);
    }
    gsl_min_fminimizer_free(minimizer);
    return MLT_OK;
}

static mlt_status minimise(double *log_alpha, gcv *g, mlt_error *err) {
    double step = (GRID_HIGH - GRID_LOW) / (GRID - 1), best = INFINITY;
    int at = 0;
    for (int i = 0; i < GRID; i++) {
        double value = criterion(GRID_LOW + i * step, g);
        if (value < best) {
            best = value;
            at = i;
        }
    }
    *log_alpha = GRID_LOW + at * step;
    return at > 0 && at < GRID - 1 ? polish(log_alpha, g, step, err) : MLT_OK;
}

/* The slopes' columns of the triangle without the intercept's row, in the data's units relative to each
 * other: `smallest` is the least scale. */
static void relative_columns(double *a, size_t ld, const mlt_ls_problem *problem, const double *r, size_t ldr,
                             double smallest) {
    size_t first = problem->design->form.intercept;
    for (size_t j = first; j < problem->p; j++) {
        double *column = a + (j - first) * ld, unit = smallest / problem->scale[j];
        for (size_t i = first; i <= j; i++)
            column[i - first] = r[j * ldr + i] * unit;
    }
}

/* Singular values and y's coordinates along them. Returns the largest singular value squared. */
static double decompose(gcv *g, double *a, size_t ld, const double *y, const mlt_ls_kernels *kernels) {
    double largest = 0, explained = 0;
    mlt__ls_orthogonalise(a, ld, ld, g->p, kernels);
    for (size_t j = 0; j < g->p; j++) {
        const double *column = a + j * ld;
        double square = kernels->dot(column, column, ld), dot = kernels->dot(column, y, ld);
        g->squares[j] = square;
        g->heights[j] = square > 0 ? dot / square * dot : 0;
        explained += g->heights[j];
        largest = fmax(largest, square);
    }
    g->unexplained = fmax(0, g->unexplained - explained);
    for (size_t j = 0; j < g->p && largest > 0; j++)
        g->squares[j] /= largest;
    return largest;
}

mlt_status mlt__ls_choose_alpha(mlt_ls_problem *problem, const double *r, size_t ldr, mlt_error *err) {
    size_t first = problem->design->form.intercept, p = problem->p - first, ld = mlt__ls_padded(p);
    mlt_status status = MLT_OK;
    double *a = NULL, smallest = INFINITY;
    gcv g = {.n = problem->n, .p = p, .intercept = first, .unexplained = problem->total.hi};
    problem->alpha = 0;
    if (p > MOST_COLUMNS)
        return mlt__raise(err, MLT_E_LIMIT,
                          "--alpha: gcv is for at most %d columns, here are %zu; give a number", MOST_COLUMNS,
                          p);
    for (size_t j = first; j < problem->p; j++)
        smallest = fmin(smallest, problem->scale[j]);
    MLT_ALLOC_GOTO(g.squares, p, err, end);
    MLT_ALLOC_GOTO(g.heights, p, err, end);
    a = mlt__calloc((p + 1) * ld + 1, sizeof *a);
    if (!a) {
        status = mlt__raise_nomem(err, (p + 1) * ld * sizeof *a);
        goto end;
    }
    relative_columns(a, ld, problem, r, ldr, smallest);
    memcpy(a + p * ld, r + problem->p * ldr + first, p * sizeof *a);
    double largest = decompose(&g, a, ld, a + p * ld, problem->kernels), log_alpha;
    if (largest > 0) {
        MLT_TRY_GOTO(minimise(&log_alpha, &g, err), end);
        problem->alpha = exp(log_alpha) * largest / problem->weight_scale / smallest / smallest;
    }
end:
    free(g.squares);
    free(g.heights);
    free(a);
    return status;
}

/* ---- the penalty ---- */

static mlt_status scale_penalty(mlt_ls_problem *problem, mlt_error *err) {
    MLT_ALLOC(problem->penalty, problem->p, err);
    for (size_t j = 0; j < problem->p; j++) {
        double scale = problem->scale[j]; /* a power of two, as the weights' */
        bool intercept = j == 0 && problem->design->form.intercept;
        problem->penalty[j] = intercept ? 0 : (problem->alpha * scale) * (problem->weight_scale * scale);
        if (!isfinite(problem->penalty[j]) || problem->penalty[j] > 1e299) {
            return mlt__raise(
                err, MLT_E_NUMERIC,
                "%s: --alpha %g is too much for the size of the columns; rescale them or give less",
                problem->design->data->source, problem->alpha);
        }
    }
    return MLT_OK;
}

mlt_status mlt__ls_penalise(mlt_ls_problem *problem, double *r, size_t ldr, size_t q, mlt_error *err) {
    size_t p = problem->p, ld = MLT_LS_BLOCK;
    double *base, *block;
    MLT_TRY(scale_penalty(problem, err));
    block = mlt__ls_aligned(&base, q * ld);
    if (!block)
        return mlt__raise_nomem(err, q * ld * sizeof *block);
    for (size_t first = 0; first < p; first += MLT_LS_BLOCK) {
        size_t rows = p - first < MLT_LS_BLOCK ? p - first : MLT_LS_BLOCK;
        memset(block, 0, q * ld * sizeof *block);
        for (size_t i = 0; i < rows; i++)
            block[(first + i) * ld + i] = sqrt(problem->penalty[first + i]);
        problem->kernels->fold(r, ldr, block, ld, p, q, first, mlt__ls_padded(rows));
    }
    free(base);
    return MLT_OK;
}

void mlt__ls_penalty_sums(mlt_dd *gradient, mlt_dd *squares, const mlt_ls_problem *problem,
                          const double *x_hi, const double *x_lo) {
    for (size_t j = 0; j < problem->p; j++) {
        mlt_dd x = {x_hi[j], x_lo[j]}, pull = mlt__dd_multiply(x, (mlt_dd){problem->penalty[j], 0});
        gradient[j] = mlt__dd_subtract(gradient[j], pull);
        *squares = mlt__dd_add(*squares, mlt__dd_multiply(x, pull));
    }
}

/* p − Σ penalty · diag (RᵀR)⁻¹ */
double mlt__ls_effective_rank(const mlt_ls_factor *factor, const mlt_ls_problem *problem) {
    size_t rank = factor->rank;
    double effective = (double)rank;
    for (size_t k = 0; k < rank; k++)
        for (size_t i = 0; i <= k; i++) {
            double entry = factor->inverse[k * rank + i];
            effective -= problem->penalty[factor->order[i]] * entry * entry;
        }
    return effective;
}
