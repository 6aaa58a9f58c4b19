/* Standard errors of least squares: from R⁻¹, whose relative error is about the condition times 2^−53; where
 * that is too much, from the Cholesky factor of the Gram matrix, both in double-double; and where that is not
 * enough, by refinement. */
#include "models/least_squares_errors.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/least_squares_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Products in a Gram matrix that take no time worth speaking of. */
static const double FEW_PRODUCTS = 1e8;
/* Up to this condition R⁻¹ is right to 12 digits or more. */
static const double DOUBLE_SUFFICES = 1000;
/* Up to this condition the double-double Cholesky factor is right to 14 digits; and refining is worth its
 * time for as many products. */
static const double CHOLESKY_SUFFICES = 1e8, FEW_TO_REFINE = 2e7;
/* The double-double inverse of more columns would take longer than it is worth. */
enum { MOST_COLUMNS = 1024 };

/* Running sums over the columns of an inverse triangle: the squares of each row, the rows being those of the
 * unshifted columns' coefficients. */
typedef struct row_squares {
    const mlt_ls_factor *factor;
    const mlt_ls_problem *problem;
    mlt_dd *squares; /* rank */
    size_t *at;      /* p: a column's row; rank or more: none */
} row_squares;

static void add_square(mlt_dd *sum, mlt_dd value) {
    *sum = mlt__dd_add(*sum, mlt__dd_multiply(value, value));
}

/* Add a column: entries 0 to `last`, then zeros. It is overwritten. Parts come in the order of `from`, whose
 * entry is as it was when it is read. */
static void add_column(row_squares *rows, mlt_dd *column, size_t last) {
    const mlt_ls_problem *problem = rows->problem;
    size_t end =
        problem->n_wide > 0 ? rows->factor->rank : last + 1; /* else parts are of the first row only */
    for (size_t i = last + 1; i < end; i++)
        column[i] = (mlt_dd){0, 0};
    for (size_t i = 0; i < problem->n_parts; i++) {
        const mlt_ls_part *part = &problem->parts[i];
        size_t from = rows->at[part->from], to = rows->at[part->to];
        if (from <= last)
            column[to] = mlt__dd_add(column[to], mlt__dd_multiply(column[from], part->factor));
    }
    for (size_t i = 0; i < end; i++)
        add_square(&rows->squares[i], column[i]);
}

static void add_double_inverse(row_squares *rows, mlt_dd *column) {
    size_t rank = rows->factor->rank;
    for (size_t k = 0; k < rank; k++) {
        for (size_t i = 0; i <= k; i++)
            column[i] = (mlt_dd){rows->factor->inverse[k * rank + i], 0};
        add_column(rows, column, k);
    }
}

/* ---- double-double ---- */

/* Row i of a packed upper triangle, to be indexed by column. */
static mlt_dd *packed_row(mlt_dd *triangle, size_t n, size_t i) { return triangle + i * n - i * (i + 1) / 2; }

/* UᵀU = G in place; false if G is not positive definite to double-double. */
static bool cholesky(mlt_dd *gram, size_t n) {
    for (size_t i = 0; i < n; i++) {
        mlt_dd *row = packed_row(gram, n, i);
        if (!(row[i].hi > 0))
            return false;
        mlt_dd root = mlt__dd_sqrt(row[i]);
        row[i] = root;
        for (size_t j = i + 1; j < n; j++)
            row[j] = mlt__dd_divide(row[j], root);
        for (size_t k = i + 1; k < n; k++) {
            mlt_dd *below = packed_row(gram, n, k), factor = {-row[k].hi, -row[k].lo};
            for (size_t j = k; j < n; j++)
                below[j] = mlt__dd_add(below[j], mlt__dd_multiply(factor, row[j]));
        }
    }
    return true;
}

/* The columns of U⁻¹, one after another. */
static void add_exact_inverse(row_squares *rows, mlt_dd *triangle, mlt_dd *column) {
    size_t n = rows->factor->rank;
    for (size_t k = 0; k < n; k++) { /* a column begins anew: what add_column left does not matter */
        column[k] = mlt__dd_divide((mlt_dd){1, 0}, packed_row(triangle, n, k)[k]);
        for (size_t i = k; i-- > 0;) {
            const mlt_dd *row = packed_row(triangle, n, i);
            mlt_dd sum = {0, 0};
            for (size_t l = i + 1; l <= k; l++)
                sum = mlt__dd_add(sum, mlt__dd_multiply(row[l], column[l]));
            column[i] = mlt__dd_divide((mlt_dd){-sum.hi, -sum.lo}, row[i]);
        }
        add_column(rows, column, k);
    }
}

mlt_status mlt__ls_unit_errors(double *out, const mlt_ls_factor *factor, mlt_ls_problem *problem,
                               mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t rank = factor->rank;
    mlt_dd *column = NULL, *gram = NULL;
    row_squares rows = {factor, problem, mlt__calloc(rank, sizeof *rows.squares), NULL};
    double products = (double)problem->n * (double)rank * (double)rank;
    bool exact = rank <= MOST_COLUMNS && (products <= FEW_PRODUCTS || factor->condition > DOUBLE_SUFFICES);
    if (!rows.squares)
        return mlt__raise_nomem(err, rank * sizeof *rows.squares);
    MLT_ALLOC_GOTO(column, rank, err, end);
    MLT_ALLOC_GOTO(rows.at, factor->p, err, end);
    for (size_t i = 0; i < factor->p; i++)
        rows.at[factor->order[i]] = i;
    if (exact) {
        MLT_ALLOC_GOTO(gram, rank * (rank + 1) / 2, err, end);
        MLT_TRY_GOTO(mlt__ls_gram(gram, problem, factor->order, rank, err), end);
        exact = cholesky(gram, rank);
    }
    if (exact)
        add_exact_inverse(&rows, gram, column);
    else
        add_double_inverse(&rows, column);
    for (size_t j = 0; j < factor->p; j++)
        out[j] = NAN;
    for (size_t i = 0; i < rank; i++)
        if (factor->roles[factor->order[i]] == MLT_LS_FREE)
            out[factor->order[i]] = mlt__dd_sqrt(rows.squares[i]).hi;
    if (problem->design->form.intercept && !mlt__ls_intercept_free(factor, problem))
        out[0] = NAN;
    if (factor->condition > CHOLESKY_SUFFICES && products <= FEW_TO_REFINE)
        status = mlt__ls_refine_errors(out, factor, problem, err);
end:
    free(rows.squares);
    free(rows.at);
    free(column);
    free(gram);
    return status;
}
