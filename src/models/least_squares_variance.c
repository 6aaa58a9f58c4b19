/* Standard errors of ill-conditioned columns. The Cholesky factor of a Gram matrix loses the condition's
 * square of its digits; solving AᵀWA z = u by refinement, as the coefficients are found, loses the condition
 * itself. */
#include "core/error.h"
#include "core/memory.h"
#include "models/least_squares_errors.h"
#include "models/least_squares_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PASSES = 12 };
/* The variance stands when it changes by less than this share. */
static const double STANDS = 0x1p-56;

typedef struct solver {
    const mlt_ls_factor *factor;
    mlt_ls_problem *problem;
    mlt_dd *u, *gradient;   /* p; p + 2 + n_wide */
    double *hi, *lo, *step; /* p: z; the step to it */
    double *coordinates;    /* rank */
} solver;

static void solver_clear(solver *s) {
    free(s->u);
    free(s->gradient);
    free(s->hi);
    free(s->lo);
    free(s->step);
    free(s->coordinates);
}

static mlt_status solver_init(solver *s, const mlt_ls_factor *factor, mlt_ls_problem *problem,
                              mlt_error *err) {
    size_t p = problem->p;
    *s = (solver){.factor = factor, .problem = problem};
    MLT_ALLOC(s->u, p, err);
    MLT_ALLOC(s->gradient, p + 2 + problem->n_wide, err);
    MLT_ALLOC(s->hi, p, err);
    MLT_ALLOC(s->lo, p, err);
    MLT_ALLOC(s->step, p, err);
    MLT_ALLOC(s->coordinates, factor->rank, err);
    return MLT_OK;
}

/* The unshifted coefficient j as a sum of the shifted ones: u. */
static void choose(solver *s, size_t j) {
    size_t p = s->problem->p;
    memset(s->u, 0, p * sizeof *s->u);
    memset(s->hi, 0, p * sizeof *s->hi);
    memset(s->lo, 0, p * sizeof *s->lo);
    s->u[j].hi = 1;
    for (size_t i = 0; i < s->problem->n_parts; i++)
        if (s->problem->parts[i].to == j)
            s->u[s->problem->parts[i].from] = s->problem->parts[i].factor;
}

/* step = R⁻¹R⁻ᵀ(u + gradient) over the independent columns. Returns the step's size as the columns see it. */
static double find_step(solver *s) {
    const mlt_ls_factor *factor = s->factor;
    for (size_t j = 0; j < s->problem->p; j++)
        s->gradient[j] = mlt__dd_add(s->u[j], s->gradient[j]);
    double size = mlt__ls_project(s->coordinates, factor, s->gradient);
    mlt__ls_solve_upper(s->coordinates, factor->r, factor->rank, factor->rank);
    memset(s->step, 0, s->problem->p * sizeof *s->step);
    for (size_t i = 0; i < factor->rank; i++)
        s->step[factor->order[i]] = s->coordinates[i];
    return size;
}

/* uᵀz after another step. */
static mlt_dd take_step(solver *s) {
    mlt_dd sum = {0, 0};
    for (size_t j = 0; j < s->problem->p; j++) {
        mlt_dd z = mlt__dd_add((mlt_dd){s->hi[j], s->lo[j]}, (mlt_dd){s->step[j], 0});
        s->hi[j] = z.hi;
        s->lo[j] = z.lo;
        sum = mlt__dd_add(sum, mlt__dd_multiply(s->u[j], z));
    }
    return sum;
}

static mlt_status variance_of(mlt_dd *variance, solver *s, size_t j, mlt_error *err) {
    double before = INFINITY;
    mlt_dd squares;
    *variance = (mlt_dd){0, 0};
    choose(s, j);
    for (int pass = 0; pass < MOST_PASSES; pass++) {
        if (pass == 0)
            memset(s->gradient, 0, s->problem->p * sizeof *s->gradient);
        else
            MLT_TRY(mlt__ls_residual_sums(s->gradient, &squares, s->problem, false, s->hi, s->lo, err));
        double size = find_step(s), last = variance->hi;
        if (!(size < before))
            break;
        *variance = take_step(s);
        if (fabs(variance->hi - last) <= STANDS * variance->hi)
            break;
        before = size;
    }
    return MLT_OK;
}

mlt_status mlt__ls_refine_errors(double *errors, const mlt_ls_factor *factor, mlt_ls_problem *problem,
                                 mlt_error *err) {
    solver s;
    mlt_status status;
    MLT_TRY_GOTO(solver_init(&s, factor, problem, err), end);
    for (size_t j = 0; j < problem->p; j++) {
        mlt_dd variance;
        if (isnan(errors[j]))
            continue;
        MLT_TRY_GOTO(variance_of(&variance, &s, j, err), end);
        if (variance.hi > 0)
            errors[j] = mlt__dd_sqrt(variance).hi;
    }
end:
    solver_clear(&s);
    return status;
}
