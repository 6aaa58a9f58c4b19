/* Least squares: scale, factor, refine, measure the errors, scale back. The refinement is Björck's (1967) of
 * the augmented system with the residuals eliminated: with residuals r = y − Ax and gradients Aᵀr in
 * double-double, R alone serves (RᵀR d = Aᵀr, x += d), and the error shrinks by about the condition times
 * 2^−53 with every pass. */
#include "models/least_squares.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"
#include "models/least_squares_collinearity.h"
#include "models/least_squares_errors.h"
#include "models/least_squares_ridge.h"
#include "models/least_squares_sums.h"
#include "models/least_squares_unshift.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PASSES = 12 };
/* Independent columns of a basis that is kept. */
enum { MOST_BASIS = 1024 };
/* A coefficient stands when its error is below this share of it, ... */
static const double RELATIVE = 0x1p-58;
/* ... or below this share of the largest part in the prediction. */
static const double NEGLIGIBLE = 0x1p-85;
/* Parts and residuals below these shares are rounding: 0 is meant. */
static const double ZERO_PART = 0x1p-80, ZERO_RESIDUAL = 0x1p-60;

typedef struct fit {
    mlt_ls_problem problem;
    mlt_ls_factor factor;
    double *hi, *lo;     /* p: the solution over the scaled columns */
    double *step;        /* p */
    double *coordinates; /* p */
    mlt_dd *gradient;    /* p + 2 + n_wide */
    mlt_dd *raw;         /* p: the solution over the unshifted columns */
    double *sizes;       /* p: the largest number that went into each of these */
    double *errors;      /* p: how far each may be off */
    mlt_dd squares;      /* of the residuals, and of the penalty with ridge */
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
    free(f->raw);
    free(f->sizes);
    free(f->errors);
    *f = (fit){.factor = {0}};
}

static mlt_status fit_init(fit *f, const mlt_design *design, bool centred, const mlt_ls_options *options,
                           const mlt_context *ctx, mlt_error *err) {
    size_t p = design->p;
    mlt_ls_problem *problem = &f->problem;
    MLT_TRY(mlt__ls_problem_init(problem, design, centred, ctx, err));
    problem->alpha = options->alpha;
    MLT_ALLOC(f->hi, p, err);
    MLT_ALLOC(f->lo, p, err);
    MLT_ALLOC(f->step, p, err);
    MLT_ALLOC(f->coordinates, p, err);
    MLT_ALLOC(f->gradient, p + 2 + problem->n_wide, err);
    MLT_ALLOC(f->raw, p, err);
    MLT_ALLOC(f->sizes, p, err);
    MLT_ALLOC(f->errors, p, err);
    MLT_TRY(mlt__ls_total_squares(&problem->total, &f->y_squares, problem, err));
    return mlt__ls_factor_init(&f->factor, problem, options->gcv, err);
}

/* Powers about the middle of their range are the better columns. But which columns are collinear is asked of
 * the powers themselves, and these are what a penalty is for. */
static mlt_status start(fit *f, const mlt_design *design, const mlt_ls_options *options,
                        const mlt_context *ctx, mlt_error *err) {
    bool ridge = options->gcv || options->alpha > 0;
    bool centred = design->form.degrees && design->form.intercept && !ridge;
    MLT_TRY(fit_init(f, design, centred, options, ctx, err));
    if (!centred || f->factor.rank == f->factor.p)
        return MLT_OK;
    fit_clear(f);
    return fit_init(f, design, false, options, ctx, err);
}

/* ---- refinement ---- */

/* The largest part in a prediction that a coefficient of `x` has: scaled columns, and y, are near 1. */
static double largest_part(const fit *f, const double *x) {
    double largest = 0;
    for (size_t j = 0; j < f->problem.p; j++)
        largest = fmax(largest, fabs(x[j]));
    return largest;
}

/* Fill in the coefficients of unshifted columns and y. */
static void unshift(fit *f) {
    const mlt_ls_problem *problem = &f->problem;
    double size = fmax(1, largest_part(f, f->hi));
    for (size_t j = 0; j < problem->p; j++) {
        f->raw[j] = (mlt_dd){f->hi[j], f->lo[j]};
        f->sizes[j] = size;
    }
    if (problem->design->form.intercept)
        f->raw[0] = mlt__dd_add(f->raw[0], (mlt_dd){problem->y_offset, 0});
    mlt__ls_unshift(f->raw, f->sizes, problem);
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
static bool stands(fit *f, double rate) {
    const mlt_ls_problem *problem = &f->problem;
    double largest = largest_part(f, f->step);
    for (size_t j = 0; j < problem->p; j++)
        f->errors[j] = largest;
    mlt__ls_unshift_errors(f->errors, f->step, problem);
    unshift(f);
    for (size_t j = 0; j < problem->p; j++)
        if (rate * f->errors[j] > fmax(RELATIVE * fabs(f->raw[j].hi), NEGLIGIBLE * f->sizes[j]))
            return false;
    return true;
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
        MLT_TRY(mlt__ls_residual_sums(f->gradient, &squares, problem, true, f->hi, f->lo, err));
        if (problem->penalty)
            mlt__ls_penalty_sums(f->gradient, &squares, problem, f->hi, f->lo);
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

/* Put 0 where only rounding is left, and fill in the coefficients of unshifted columns. */
static void clean(fit *f) {
    const mlt_ls_problem *problem = &f->problem;
    double zero = ZERO_PART * fmax(1, largest_part(f, f->hi));
    for (size_t j = problem->design->form.intercept; j < problem->p; j++) {
        if (fabs(f->hi[j]) <= zero)
            f->hi[j] = f->lo[j] = 0;
        if (problem->penalty) /* only the residuals' squares are wanted from here on */
            f->squares.hi -= problem->penalty[j] * f->hi[j] * f->hi[j];
    }
    unshift(f);
    for (size_t j = 0; j < problem->p; j++)
        if (fabs(f->raw[j].hi) <= ZERO_PART * f->sizes[j])
            f->raw[j] = (mlt_dd){0, 0};
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

/* Standard errors of scaled columns, and what belongs to them. */
static mlt_status infer(mlt_least_squares *out, fit *f, size_t freedom, bool more, mlt_error *err) {
    const mlt_ls_problem *problem = &f->problem;
    MLT_TRY(mlt__ls_unit_errors(out->std_error, &f->factor, &f->problem, err));
    if (more)
        MLT_TRY(mlt__ls_collinearity(out->vif, &out->condition, &f->factor, problem, out->std_error, err));
    mlt_dd variance = mlt__dd_divide(f->squares, (mlt_dd){(double)freedom, 0});
    double sd = mlt__dd_sqrt(variance).hi;
    variance = mlt__dd_multiply(variance, (mlt_dd){1 / problem->weight_scale, 0});
    out->residual_sd = mlt__dd_sqrt(variance).hi / problem->y_scale;
    for (size_t j = 0; j < problem->p; j++)
        out->std_error[j] *= sd;
    return MLT_OK;
}

static mlt_status results(mlt_least_squares *out, fit *f, const mlt_ls_options *options, mlt_error *err) {
    const mlt_ls_problem *problem = &f->problem;
    const mlt_design *design = problem->design;
    size_t p = problem->p, rank = f->factor.rank, freedom = problem->n > rank ? problem->n - rank : 0;
    mlt__sum logs = {0};
    out->n = problem->n;
    out->p = p;
    out->rank = rank;
    out->alpha = problem->alpha;
    out->effective = problem->penalty ? mlt__ls_effective_rank(&f->factor, problem) : (double)rank;
    out->residual_sd = out->r2 = out->condition = NAN;
    MLT_ALLOC(out->estimate, p, err);
    MLT_ALLOC(out->estimate_low, p, err);
    MLT_ALLOC(out->std_error, p, err);
    MLT_ALLOC(out->vif, p, err);
    for (size_t j = 0; j < p; j++)
        out->std_error[j] = out->vif[j] = NAN;
    for (size_t i = 0; design->weights && i < problem->n; i++)
        mlt__sum_add(&logs, log(design->weights[i]));
    out->log_weights = mlt__sum_value(&logs);
    if (freedom > 0 && !problem->penalty)
        MLT_TRY(infer(out, f, freedom, options->infer, err));
    if (problem->total.hi > 0) {
        mlt_dd share = mlt__dd_divide(f->squares, problem->total);
        out->r2 = mlt__dd_subtract((mlt_dd){1, 0}, share).hi;
    }
    for (size_t j = 0; j < p; j++) {
        double error = out->std_error[j];
        out->estimate[j] = unscaled(f, j, f->raw[j].hi);
        out->estimate_low[j] = unscaled(f, j, f->raw[j].lo);
        out->std_error[j] = unscaled(f, j, error);
        MLT_TRY(check_range(f, j, f->raw[j].hi, out->estimate[j], "coefficient", err));
        MLT_TRY(check_range(f, j, error, out->std_error[j], "standard error", err));
    }
    return MLT_OK;
}

static mlt_status keep_basis(mlt_ls_basis *out, const fit *f, mlt_error *err) {
    const mlt_ls_problem *problem = &f->problem;
    const mlt_ls_factor *factor = &f->factor;
    size_t p = problem->p, rank = factor->rank, related = rank * factor->n_dependent;
    double root = sqrt(problem->weight_scale), *next;
    if (rank > MOST_BASIS || related > (size_t)MOST_BASIS * MOST_BASIS / 2 || problem->penalty)
        return MLT_OK;
    MLT_ALLOC(out->shift, p, err);
    MLT_ALLOC(out->scale, p, err);
    MLT_ALLOC(out->order, p, err);
    MLT_ALLOC(out->r, rank * (rank + 1) / 2, err);
    MLT_ALLOC(out->relation, related, err);
    memcpy(out->shift, problem->shift, p * sizeof *out->shift);
    memcpy(out->scale, problem->scale, p * sizeof *out->scale);
    memcpy(out->order, factor->order, p * sizeof *out->order);
    if (related > 0)
        memcpy(out->relation, factor->relation, related * sizeof *out->relation);
    next = out->r;
    for (size_t k = 0; k < rank; k++)
        for (size_t i = 0; i <= k; i++)
            *next++ = factor->r[k * rank + i] / root;
    out->p = p;
    out->rank = rank;
    out->n_dependent = factor->n_dependent;
    return MLT_OK;
}

mlt_status mlt__least_squares(mlt_least_squares *out, const mlt_design *design, const mlt_ls_options *options,
                              const mlt_context *ctx, mlt_error *err) {
    static const mlt_ls_options plain = {0};
    mlt_status status;
    fit f = {0};
    *out = (mlt_least_squares){0};
    options = options ? options : &plain;
    MLT_TRY_GOTO(start(&f, design, options, ctx, err), end);
    MLT_TRY_GOTO(refine(&f, &out->passes, err), end);
    clean(&f);
    MLT_TRY_GOTO(results(out, &f, options, err), end);
    if (options->infer)
        MLT_TRY_GOTO(keep_basis(&out->basis, &f, err), end);
    mlt__ls_note_rank(&f.factor, &f.problem);
end:
    fit_clear(&f);
    if (status != MLT_OK)
        mlt__least_squares_clear(out);
    return status;
}

void mlt__ls_basis_clear(mlt_ls_basis *basis) {
    free(basis->shift);
    free(basis->scale);
    free(basis->order);
    free(basis->r);
    free(basis->relation);
    *basis = (mlt_ls_basis){0};
}

void mlt__least_squares_clear(mlt_least_squares *result) {
    free(result->estimate);
    free(result->estimate_low);
    free(result->std_error);
    free(result->vif);
    mlt__ls_basis_clear(&result->basis);
    *result = (mlt_least_squares){0};
}
