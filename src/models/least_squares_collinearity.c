/* Variance inflation factors and the condition number, both of the columns as they are, unshifted. */
#include "models/least_squares_collinearity.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/least_squares_svd.h"
#include "models/least_squares_unshift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 512 };

/* Lengths of columns without the intercept's share, which is in row 0. */
static void inflate(double *vif, const double *columns, size_t ld, const mlt_ls_problem *problem,
                    const double *errors) {
    size_t intercept = problem->design->form.intercept;
    for (size_t j = intercept; j < problem->p; j++) {
        double square = 0;
        for (size_t i = intercept; i < problem->p; i++)
            square += columns[j * ld + i] * columns[j * ld + i];
        vif[j] = square * errors[j] * errors[j];
    }
}

/* Overwrites the columns. */
static double condition_of(double *columns, size_t ld, const mlt_ls_problem *problem) {
    const mlt_ls_kernels *kernels = problem->kernels;
    double least = INFINITY, most = 0;
    for (size_t j = 0; j < problem->p; j++) {
        double *column = columns + j * ld, length = sqrt(kernels->dot(column, column, ld));
        for (size_t i = 0; i < ld; i++)
            column[i] /= length;
    }
    mlt__ls_orthogonalise(columns, ld, ld, problem->p, kernels);
    for (size_t j = 0; j < problem->p; j++) {
        double square = kernels->dot(columns + j * ld, columns + j * ld, ld);
        least = fmin(least, square);
        most = fmax(most, square);
    }
    return least > 0 && isfinite(most) ? sqrt(most / least) : NAN;
}

mlt_status mlt__ls_collinearity(double *vif, double *condition, const mlt_ls_factor *factor,
                                const mlt_ls_problem *problem, const double *errors, mlt_error *err) {
    size_t p = problem->p, ld = mlt__ls_padded(p);
    *condition = NAN;
    for (size_t j = 0; j < p; j++)
        vif[j] = NAN;
    if (factor->rank < p || p > MOST_COLUMNS) {
        /* Powers that are not alone here are not shifted, but for the intercept: their lengths are known. */
        for (size_t j = problem->design->form.intercept; j < p && !problem->centred; j++)
            vif[j] = factor->length[j] * factor->length[j] * errors[j] * errors[j];
        return MLT_OK;
    }
    double *columns = mlt__calloc(p * ld, sizeof *columns);
    if (!columns)
        return mlt__raise_nomem(err, p * ld * sizeof *columns);
    for (size_t i = 0; i < p; i++)
        memcpy(columns + factor->order[i] * ld, factor->r + i * p, p * sizeof *columns);
    mlt__ls_unshift_columns(columns, ld, p, problem);
    inflate(vif, columns, ld, problem, errors);
    *condition = condition_of(columns, ld, problem);
    free(columns);
    return MLT_OK;
}
