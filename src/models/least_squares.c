/* Least squares: scale, factor, refine, measure the errors, scale back. The refinement is Björck's (1967) of
 * the augmented system with the residuals eliminated: with residuals r = y − Ax and gradients Aᵀr in
 * double-double, R alone serves (RᵀR d = Aᵀr, x += d), and the error shrinks by about the condition times
 * 2^−53 with every pass. */
#include "models/least_squares.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/least_squares_errors.h"
#include "models/least_squares_sums.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PASSES = 12 };
/* A coefficient stands when its error is below this share of it, ... */
static const double RELATIVE = 0x1p-58;
/* ... or below this share of the largest part in the prediction. */
static const double NEGLIGIBLE = 0x1p-85;
/* Parts and residuals below these shares are rounding: 0 is meant. */
static const double ZERO_PART = 0x1p-80, ZERO_RESIDUAL = 0x1p-60;

typedef struct fit {
    mlt_ls_problem problem;
    mlt_ls_factor factor;
    double *hi, *lo;       /* p: the solution over the scaled columns */
    double *step;          /* p */
    double *coordinates;   /* p */
    mlt_dd *gradient;      /* p + 2 */
    mlt_dd squares, total; /* of the residuals; to explain */
    double y_squares;
} fit;

static void fit_clear(fit *f) {
    mlt__ls_factor_clear(&f->factor);
    mlt__ls_problem_clear(&f->problem);
    free(f->hi);
    free(f->lo);
    free(f->step);
    free(f->coordinates);
    free(f->gradient);
}

static mlt_status fit_init(fit *f, const mlt_design *design, const mlt_context *ctx, mlt_error *err) {
    size_t p = design->p;
    MLT_TRY(mlt__ls_problem_init(&f->problem, design, ctx, err));
    MLT_ALLOC(f->hi, p, err);
    MLT_ALLOC(f->lo, p, err);
    MLT_ALLOC(f->step, p, err);
    MLT_ALLOC(f->coordinates, p, err);
    MLT_ALLOC(f->gradient, p + 2, err);
    return mlt__ls_factor_init(&f->factor, &f->problem, err);
}

/* ---- refinement ---- */

/* The largest part in a prediction that a coefficient of `x` has: scaled columns, and y, are near 1. */
static double largest_part(const fit *f, const double *x) {
    double largest = 0;
    for (size_t j = 0; j < f->problem.p; j++)
        largest = fmax(largest, fabs(x[j]));
    return largest;
}

/* The intercept for unshifted columns and y, and the largest part that goes into it. */
static mlt_dd unshifted_intercept(const fit *f, double *part) {
    const mlt_ls_problem *problem = &f->problem;
    mlt_dd sum = mlt__dd_add((mlt_dd){f->hi[0], f->lo[0]}, (mlt_dd){problem->y_offset, 0});
    *part = fmax(1, largest_part(f, f->hi));
    for (size_t j = 1; j < problem->p; j++) {
        mlt_dd slope = {f->hi[j], f->lo[j]}, offset = {-problem->offset[j], 0};
        sum = mlt__dd_add(sum, mlt__dd_multiply(slope, offset));
        *part = fmax(*part, fabs(f->hi[j] * problem->offset[j]));
    }
    return sum;
}

/* Add a step to the solution. */
static void take_step(fit *f) {
    for (size_t j = 0; j < f->problem.p; j++) {
        mlt_dd sum = mlt__dd_add((mlt_dd){f->hi[j], f->lo[j]}, (mlt_dd){f->step[j], 0});
        f->hi[j] = sum.hi;
        f->lo[j] = sum.lo;
    }
}

/* Whether no coefficient can still change: the error is below `rate` times the step just taken. */
static bool stands(const fit *f, double rate) {
    const mlt_ls_problem *problem = &f->problem;
    double error = rate * largest_part(f, f->step), negligible = NEGLIGIBLE * fmax(1, largest_part(f, f->hi));
    bool intercept = problem->design->intercept;
    double intercept_error = error, part;
    for (size_t j = intercept; j < problem->p; j++) {
        if (error > fmax(RELATIVE * fabs(f->hi[j]), negligible))
            return false;
        intercept_error += rate * fabs(f->step[j] * problem->offset[j]);
    }
    if (!intercept)
        return true;
    mlt_dd value = unshifted_intercept(f, &part);
    return intercept_error <= fmax(RELATIVE * fabs(value.hi), NEGLIGIBLE * part);
}

static mlt_status refine(fit *f, size_t *passes, mlt_error *err) {
    mlt_ls_problem *problem = &f->problem;
    const mlt_ls_factor *factor = &f->factor;
    memcpy(f->coordinates, factor->start, factor->rank * sizeof *f->coordinates);
    mlt__ls_solve(f->hi, factor, problem, f->coordinates);
    memset(f->lo, 0, problem->p * sizeof *f->lo);

    double rate = fmin(0.5, 0x1p-50 * (double)problem->p * factor->condition), before = INFINITY;
    if (factor->n_dependent > 0)
        rate = fmax(rate, 1e-6); /* relations below 1e-7 were taken for none */
    for (*passes = 0; *passes < MOST_PASSES;) {
        mlt_dd squares;
        ++*passes;
        MLT_TRY(mlt__ls_residual_sums(f->gradient, &squares, problem, f->hi, f->lo, err));
        double gain = mlt__ls_project(f->coordinates, factor, f->gradient);
        mlt__ls_solve(f->step, factor, problem, f->coordinates);
        if (!(gain < before) && gain > 0)
            break; /* as far as double-double goes */
        take_step(f);
        f->squares = mlt__dd_subtract(squares, (mlt_dd){gain, 0});
        if (stands(f, rate))
            break;
        before = gain;
    }
    return MLT_OK;
}

/* Put 0 where only rounding is left, and the intercept for unshifted columns. */
static void clean(fit *f) {
    bool intercept = f->problem.design->intercept;
    double zero = ZERO_PART * fmax(1, largest_part(f, f->hi)), part;
    for (size_t j = intercept; j < f->problem.p; j++)
        if (fabs(f->hi[j]) <= zero)
            f->hi[j] = f->lo[j] = 0;
    if (intercept) {
        mlt_dd value = unshifted_intercept(f, &part);
        f->hi[0] = fabs(value.hi) <= ZERO_PART * part ? 0 : value.hi;
    }
    if (!(f->squares.hi > ZERO_RESIDUAL * ZERO_RESIDUAL * f->y_squares))
        f->squares = (mlt_dd){0, 0};
}

/* ---- results ---- */

/* A coefficient of a scaled column in the data's units: times a power of two, exactly unless it leaves the
 * range. */
static double unscaled(const fit *f, size_t j, double value) {
    return ldexp(value, ilogb(f->problem.scale[j]) - ilogb(f->problem.y_scale));
}

static mlt_status check_range(const fit *f, size_t j, double scaled, double value, const char *what,
                              mlt_error *err) {
    if (isnan(scaled) || scaled == 0 || (isfinite(value) && fabs(value) >= DBL_MIN))
        return MLT_OK;
    const mlt_design *design = f->problem.design;
    char *name = mlt__design_term_name(design->data->schema, design->terms[j]), printable[200];
    if (!name)
        return mlt__raise_nomem(err, 1);
    mlt_status status =
        mlt__raise(err, MLT_E_NUMERIC, "%s: the %s of '%s' is too %s for a number; rescale the column",
                   design->data->source, what, mlt__printable(printable, sizeof printable, name),
                   isfinite(value) ? "small" : "large");
    free(name);
    return status;
}

static mlt_status results(mlt_least_squares *out, fit *f, mlt_error *err) {
    const mlt_ls_problem *problem = &f->problem;
    size_t p = problem->p, freedom = problem->n - f->factor.rank;
    out->n = problem->n;
    out->p = p;
    out->rank = f->factor.rank;
    out->condition = f->factor.condition;
    MLT_ALLOC(out->estimate, p, err);
    MLT_ALLOC(out->std_error, p, err);
    if (freedom > 0)
        MLT_TRY(mlt__ls_unit_errors(out->std_error, &f->factor, &f->problem, err));

    out->residual_sd = out->r2 = NAN;
    double sd = NAN;
    if (freedom > 0) {
        mlt_dd variance = mlt__dd_divide(f->squares, (mlt_dd){(double)freedom, 0});
        sd = mlt__dd_sqrt(variance).hi;
        variance = mlt__dd_multiply(variance, (mlt_dd){1 / problem->weight_scale, 0});
        out->residual_sd = mlt__dd_sqrt(variance).hi / problem->y_scale;
    }
    if (f->total.hi > 0) {
        mlt_dd share = mlt__dd_divide(f->squares, f->total);
        out->r2 = mlt__dd_subtract((mlt_dd){1, 0}, share).hi;
    }
    for (size_t j = 0; j < p; j++) {
        double error = freedom > 0 ? out->std_error[j] * sd : NAN;
        out->estimate[j] = unscaled(f, j, f->hi[j]);
        out->std_error[j] = unscaled(f, j, error);
        MLT_TRY(check_range(f, j, f->hi[j], out->estimate[j], "coefficient", err));
        MLT_TRY(check_range(f, j, error, out->std_error[j], "standard error", err));
    }
    return MLT_OK;
}

mlt_status mlt__least_squares(mlt_least_squares *out, const mlt_design *design, const mlt_context *ctx,
                              mlt_error *err) {
    mlt_status status;
    fit f = {0};
    *out = (mlt_least_squares){0};
    MLT_TRY_GOTO(fit_init(&f, design, ctx, err), end);
    MLT_TRY_GOTO(mlt__ls_total_squares(&f.total, &f.y_squares, &f.problem, err), end);
    MLT_TRY_GOTO(refine(&f, &out->passes, err), end);
    clean(&f);
    MLT_TRY_GOTO(results(out, &f, err), end);
    mlt__ls_note_rank(&f.factor, &f.problem);
end:
    fit_clear(&f);
    if (status != MLT_OK)
        mlt__least_squares_clear(out);
    return status;
}

void mlt__least_squares_clear(mlt_least_squares *result) {
    free(result->estimate);
    free(result->std_error);
    *result = (mlt_least_squares){0};
}
