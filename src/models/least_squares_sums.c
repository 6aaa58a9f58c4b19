/* The double-double sums of least squares. Each lane of a chunk sums with compensation; lanes and chunks are
 * then added in double-double, in a fixed order. */
#include "models/least_squares_sums.h"

#include "core/error.h"

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
    const double *hi, *lo;
} solution;

/* Result: p + 2 sums. Workspace: a block whose last two columns are the residuals, so that projecting all
 * columns on the weighed residuals gives the gradient and the squares. */
static void residual_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work,
                           const mlt_ls_chunk *chunk) {
    double *sums = chunk->result, *block = chunk->workspace;
    const mlt_ls_kernels *kernels = problem->kernels;
    const solution *x = work->input;
    size_t p = problem->p;
    double *hi = block + p * problem->ld, *lo = hi + problem->ld;
    row_values weights, weighed_hi, weighed_lo;
    memset(sums, 0, (p + 2) * MLT_LS_LANE_SUMS * sizeof *sums);
    for (size_t done = 0; done < chunk->count; done += MLT_LS_BLOCK) {
        size_t rows = block_rows(done, chunk->count), padded = mlt__ls_padded(rows);
        mlt__ls_gather(block, problem->ld, problem, NULL, p, chunk->first + done, rows, NULL);
        mlt__ls_gather_y(hi, problem, chunk->first + done, rows, NULL);
        memset(lo, 0, padded * sizeof *lo);
        kernels->subtract(hi, lo, block, problem->ld, p, x->hi, x->lo, padded);
        bool weighted = mlt__ls_gather_weights(weights, problem, chunk->first + done, rows, false);
        if (weighted)
            kernels->weigh(weighed_hi, weighed_lo, weights, hi, lo, padded);
        kernels->project(sums, block, problem->ld, p + 2, weighted ? weighed_hi : hi,
                         weighted ? weighed_lo : lo, padded);
    }
}

static void add_residual_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work,
                               const mlt_ls_chunk *chunk) {
    add_lanes(work->total, chunk->result, problem->p + 2);
}

mlt_status mlt__ls_residual_sums(mlt_dd *gradient, mlt_dd *squares, mlt_ls_problem *problem,
                                 const double *x_hi, const double *x_lo, mlt_error *err) {
    size_t p = problem->p;
    solution x = {x_hi, x_lo};
    mlt_ls_work work = {.result = (p + 2) * MLT_LS_LANE_SUMS,
                        .workspace = (p + 2) * problem->ld,
                        .sum = residual_chunk,
                        .merge = add_residual_chunk,
                        .input = &x,
                        .total = gradient};
    memset(gradient, 0, (p + 2) * sizeof *gradient);
    MLT_TRY(mlt__ls_for_chunks(problem, &work, err));
    *squares = mlt__dd_add(gradient[p], gradient[p + 1]);
    return MLT_OK;
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
    if (problem->design->intercept) {
        mlt_dd mean = mlt__dd_divide(totals[SUM], totals[WEIGHT]);
        *total = mlt__dd_subtract(*total, mlt__dd_multiply(mean, totals[SUM]));
    }
    return MLT_OK;
}

/* ---- the Gram matrix ---- */

typedef struct gram_columns {
    const size_t *columns;
    size_t n;
} gram_columns;

static size_t packed(size_t n) { return n * (n + 1) / 2; }

/* Each column, weighed, projects itself and the columns after it. Result: the sums as double-doubles.
 * Workspace: their lanes, a block. */
static void gram_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work, const mlt_ls_chunk *chunk) {
    double *result = chunk->result, *workspace = chunk->workspace;
    const mlt_ls_kernels *kernels = problem->kernels;
    const gram_columns *gram = work->input;
    double *sums = workspace, *block = sums + packed(gram->n) * MLT_LS_LANE_SUMS;
    row_values weights, weighed_hi, weighed_lo, zeros = {0};
    memset(sums, 0, packed(gram->n) * MLT_LS_LANE_SUMS * sizeof *sums);
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
    }
    for (size_t k = 0; k < packed(gram->n); k++) {
        mlt_dd sum = mlt__ls_lane_sum(sums + k * MLT_LS_LANE_SUMS);
        result[2 * k] = sum.hi;
        result[2 * k + 1] = sum.lo;
    }
}

static void add_gram_chunk(const mlt_ls_problem *problem, const mlt_ls_work *work,
                           const mlt_ls_chunk *chunk) {
    (void)problem;
    const gram_columns *gram = work->input;
    mlt_dd *total = work->total;
    for (size_t k = 0; k < packed(gram->n); k++)
        total[k] = mlt__dd_add(total[k], (mlt_dd){chunk->result[2 * k], chunk->result[2 * k + 1]});
}

mlt_status mlt__ls_gram(mlt_dd *gram, mlt_ls_problem *problem, const size_t *columns, size_t n_columns,
                        mlt_error *err) {
    gram_columns input = {columns, n_columns};
    mlt_ls_work work = {.result = 2 * packed(n_columns),
                        .workspace = packed(n_columns) * MLT_LS_LANE_SUMS + n_columns * problem->ld,
                        .sum = gram_chunk,
                        .merge = add_gram_chunk,
                        .input = &input,
                        .total = gram};
    memset(gram, 0, packed(n_columns) * sizeof *gram);
    return mlt__ls_for_chunks(problem, &work, err);
}
