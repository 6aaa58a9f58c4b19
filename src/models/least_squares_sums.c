/* The double-double sums of least squares. Each lane of a chunk sums with compensation; lanes and chunks are
 * then added in double-double, in a fixed order. */
#include "models/least_squares_sums.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* A block's worth of one value a row. */
typedef double row_values[MLT_LS_BLOCK];

static size_t block_rows(size_t done, size_t count) {
    return count - done < MLT_LS_BLOCK ? count - done : MLT_LS_BLOCK;
}

/* Add a chunk's lanes to `total`, n_sums of them. */
static void add_lanes(mlt_dd *total, const double *sums, size_t n_sums) {
    for (size_t j = 0; j < n_sums; j++)
        total[j] = mlt__dd_add(total[j], mlt__ls_lane_sum(sums + j * MLT_LS_LANE_SUMS));
}

/* ---- residuals ---- */

typedef struct solution {
    bool y; /* else 0 in its place */
    const double *hi, *lo;
    const double *wide, *zeros; /* n_wide: the wide columns' high parts, and as many zeros */
} solution;

/* Result: p + 2 sums, then one for the low part of each wide column. Workspace: a block of all columns, the
 * residuals in two, and the low parts: so projecting all of them on the weighed residuals gives the gradient
 * and the squares. */
static void residual_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work,
                           const mlt_ls_chunk *chunk) {
    double *sums = chunk->result, *block = chunk->workspace;
    const mlt_ls_kernels *kernels = problem->kernels;
    const solution *x = work->input;
    size_t p = problem->p, n_sums = p + 2 + problem->n_wide;
    double *hi = block + p * problem->ld, *lo = hi + problem->ld, *low_parts = lo + problem->ld;
    row_values weights, weighed_hi, weighed_lo;
    memset(sums, 0, n_sums * MLT_LS_LANE_SUMS * sizeof *sums);
    for (size_t done = 0; done < chunk->count; done += MLT_LS_BLOCK) {
        size_t rows = block_rows(done, chunk->count), padded = mlt__ls_padded(rows);
        mlt__ls_gather(block, problem->ld, problem, NULL, p, chunk->first + done, rows, NULL);
        if (x->y)
            mlt__ls_gather_y(hi, problem, chunk->first + done, rows, NULL);
        else
            memset(hi, 0, padded * sizeof *hi);
        memset(lo, 0, padded * sizeof *lo);
        kernels->subtract(hi, lo, block, problem->ld, p, x->hi, x->lo, padded);
        if (problem->n_wide > 0) {
            mlt__ls_gather_low(low_parts, problem->ld, problem, chunk->first + done, rows);
            kernels->subtract(hi, lo, low_parts, problem->ld, problem->n_wide, x->wide, x->zeros, padded);
        }
        bool weighted = mlt__ls_gather_weights(weights, problem, chunk->first + done, rows, false);
        if (weighted)
            kernels->weigh(weighed_hi, weighed_lo, weights, hi, lo, padded);
        kernels->project(sums, block, problem->ld, n_sums, weighted ? weighed_hi : hi,
                         weighted ? weighed_lo : lo, padded);
    }
}

static void add_residual_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work,
                               const mlt_ls_chunk *chunk) {
    add_lanes(work->total, chunk->result, problem->p + 2 + problem->n_wide);
}

mlt_status mlt__ls_residual_sums(mlt_dd *gradient, mlt_dd *squares, mlt_ls_problem *problem, bool y,
                                 const double *x_hi, const double *x_lo, mlt_error *err) {
    size_t p = problem->p, n_wide = problem->n_wide, n_sums = p + 2 + n_wide;
    double *wide = mlt__calloc(2 * n_wide + 1, sizeof *wide);
    if (!wide)
        return mlt__raise_nomem(err, (2 * n_wide + 1) * sizeof *wide);
    solution x = {y, x_hi, x_lo, wide, wide + n_wide};
    mlt_ls_work work = {.result = n_sums * MLT_LS_LANE_SUMS,
                        .workspace = n_sums * problem->ld,
                        .sum = residual_chunk,
                        .merge = add_residual_chunk,
                        .input = &x,
                        .total = gradient};
    for (size_t k = 0; k < n_wide; k++)
        wide[k] = x_hi[problem->wide[k]];
    memset(gradient, 0, n_sums * sizeof *gradient);
    mlt_status status = mlt__ls_for_chunks(problem, &work, err);
    free(wide);
    *squares = mlt__dd_add(gradient[p], gradient[p + 1]);
    for (size_t k = 0; k < n_wide; k++) {
        mlt_dd *sum = &gradient[problem->wide[k]];
        *sum = mlt__dd_add(*sum, gradient[p + 2 + k]);
    }
    return status;
}

/* ---- y's own squares ---- */

enum { SUM, SQUARES, WEIGHT, N_TOTALS };

/* Columns 1 and y projected on w·y, 1 on w. */
static void total_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work, const mlt_ls_chunk *chunk) {
    double *sums = chunk->result, *ones = chunk->workspace;
    const mlt_ls_kernels *kernels = problem->kernels;
    double *y = ones + problem->ld;
    row_values weights, weighed_hi, weighed_lo, zeros = {0};
    (void)work;
    memset(sums, 0, N_TOTALS * MLT_LS_LANE_SUMS * sizeof *sums);
    for (size_t done = 0; done < chunk->count; done += MLT_LS_BLOCK) {
        size_t rows = block_rows(done, chunk->count), padded = mlt__ls_padded(rows);
        mlt__ls_gather_y(y, problem, chunk->first + done, rows, NULL);
        for (size_t i = 0; i < padded; i++)
            ones[i] = i < rows;
        if (!mlt__ls_gather_weights(weights, problem, chunk->first + done, rows, false))
            memcpy(weights, ones, padded * sizeof *weights);
        kernels->weigh(weighed_hi, weighed_lo, weights, y, zeros, padded);
        kernels->project(sums, ones, problem->ld, WEIGHT, weighed_hi, weighed_lo, padded);
        kernels->project(sums + WEIGHT * MLT_LS_LANE_SUMS, ones, problem->ld, 1, weights, zeros, padded);
    }
}

static void add_total_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work,
                            const mlt_ls_chunk *chunk) {
    (void)problem;
    add_lanes(work->total, chunk->result, N_TOTALS);
}

mlt_status mlt__ls_total_squares(mlt_dd *total, double *size, mlt_ls_problem *problem, mlt_error *err) {
    mlt_dd totals[N_TOTALS] = {{0, 0}};
    mlt_ls_work work = {.result = N_TOTALS * MLT_LS_LANE_SUMS,
                        .workspace = 2 * problem->ld,
                        .sum = total_chunk,
                        .merge = add_total_chunk,
                        .total = totals};
    MLT_TRY(mlt__ls_for_chunks(problem, &work, err));
    double offset = problem->y_offset;
    *total = totals[SQUARES];
    *size = total->hi + offset * (2 * totals[SUM].hi + offset * totals[WEIGHT].hi);
    if (problem->design->form.intercept) {
        mlt_dd mean = mlt__dd_divide(totals[SUM], totals[WEIGHT]);
        *total = mlt__dd_subtract(*total, mlt__dd_multiply(mean, totals[SUM]));
    }
    return MLT_OK;
}

/* ---- the Gram matrix ---- */

typedef struct gram_columns {
    const size_t *columns;
    size_t n;
    const size_t *wide_at; /* n_wide: each wide column's position in `columns`; n: it is not among them */
} gram_columns;

static size_t packed(size_t n) { return n * (n + 1) / 2; }

/* Products of columns, and of low parts with columns. */
static size_t gram_sums(const mlt_ls_problem *problem, size_t n) { return packed(n) + problem->n_wide * n; }

/* The low parts of the wide columns, weighed, project all columns. Products of low parts are nothing. */
static void low_products(double *sums, const double *block, double *low_parts, const mlt_ls_problem *problem,
                         size_t n, size_t first, size_t rows, const double *weights) {
    const mlt_ls_kernels *kernels = problem->kernels;
    row_values weighed_hi, weighed_lo, zeros = {0};
    mlt__ls_gather_low(low_parts, problem->ld, problem, first, rows);
    for (size_t k = 0; k < problem->n_wide; k++) {
        const double *low = low_parts + k * problem->ld;
        if (weights)
            kernels->weigh(weighed_hi, weighed_lo, weights, low, zeros, mlt__ls_padded(rows));
        kernels->project(sums + k * n * MLT_LS_LANE_SUMS, block, problem->ld, n, weights ? weighed_hi : low,
                         weights ? weighed_lo : zeros, mlt__ls_padded(rows));
    }
}

/* Each column, weighed, projects itself and the columns after it. Result: the sums as double-doubles.
 * Workspace: their lanes, a block, the low parts. */
static void gram_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work, const mlt_ls_chunk *chunk) {
    double *result = chunk->result, *workspace = chunk->workspace;
    const mlt_ls_kernels *kernels = problem->kernels;
    const gram_columns *gram = work->input;
    size_t n_sums = gram_sums(problem, gram->n);
    double *sums = workspace, *block = sums + n_sums * MLT_LS_LANE_SUMS;
    row_values weights, weighed_hi, weighed_lo, zeros = {0};
    memset(sums, 0, n_sums * MLT_LS_LANE_SUMS * sizeof *sums);
    for (size_t done = 0; done < chunk->count; done += MLT_LS_BLOCK) {
        size_t rows = block_rows(done, chunk->count), padded = mlt__ls_padded(rows);
        mlt__ls_gather(block, problem->ld, problem, gram->columns, gram->n, chunk->first + done, rows, NULL);
        bool weighted = mlt__ls_gather_weights(weights, problem, chunk->first + done, rows, false);
        double *row_sums = sums;
        for (size_t j = 0; j < gram->n; j++) {
            double *column = block + j * problem->ld;
            if (weighted)
                kernels->weigh(weighed_hi, weighed_lo, weights, column, zeros, padded);
            kernels->project(row_sums, column, problem->ld, gram->n - j, weighted ? weighed_hi : column,
                             weighted ? weighed_lo : zeros, padded);
            row_sums += (gram->n - j) * MLT_LS_LANE_SUMS;
        }
        if (problem->n_wide > 0)
            low_products(row_sums, block, block + gram->n * problem->ld, problem, gram->n,
                         chunk->first + done, rows, weighted ? weights : NULL);
    }
    for (size_t k = 0; k < n_sums; k++) {
        mlt_dd sum = mlt__ls_lane_sum(sums + k * MLT_LS_LANE_SUMS);
        result[2 * k] = sum.hi;
        result[2 * k + 1] = sum.lo;
    }
}

static void add_gram_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work,
                           const mlt_ls_chunk *chunk) {
    const gram_columns *gram = work->input;
    const double *sums = chunk->result;
    mlt_dd *total = work->total;
    size_t n = gram->n;
    for (size_t k = 0; k < packed(n); k++)
        total[k] = mlt__dd_add(total[k], (mlt_dd){sums[2 * k], sums[2 * k + 1]});
    sums += 2 * packed(n);
    for (size_t k = 0; k < problem->n_wide; k++, sums += 2 * n) {
        size_t i = gram->wide_at[k];
        for (size_t j = 0; i < n && j < n; j++) {
            size_t row = i < j ? i : j, column = i < j ? j : i;
            mlt_dd *entry = &total[row * n - row * (row + 1) / 2 + column];
            mlt_dd sum = {sums[2 * j], sums[2 * j + 1]};
            *entry = mlt__dd_add(*entry, i == j ? mlt__dd_add(sum, sum) : sum);
        }
    }
}

mlt_status mlt__ls_gram(mlt_dd *gram, mlt_ls_problem *problem, const size_t *columns, size_t n_columns,
                        mlt_error *err) {
    size_t n_sums = gram_sums(problem, n_columns), *wide_at;
    MLT_ALLOC(wide_at, problem->n_wide, err);
    for (size_t k = 0; k < problem->n_wide; k++)
        for (wide_at[k] = 0; wide_at[k] < n_columns && columns[wide_at[k]] != problem->wide[k];)
            wide_at[k]++;
    gram_columns input = {columns, n_columns, wide_at};
    mlt_ls_work work = {.result = 2 * n_sums,
                        .workspace = n_sums * MLT_LS_LANE_SUMS + (n_columns + problem->n_wide) * problem->ld,
                        .sum = gram_chunk,
                        .merge = add_gram_chunk,
                        .input = &input,
                        .total = gram};
    memset(gram, 0, packed(n_columns) * sizeof *gram);
    mlt_status status = mlt__ls_for_chunks(problem, &work, err);
    free(wide_at);
    return status;
}
