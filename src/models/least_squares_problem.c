/* Scaling the columns of a least-squares problem, gathering its blocks, and the loop over its chunks. */
#include "models/least_squares_problem.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/least_squares_unshift.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Products of two numbers up to this stay finite once both are scaled, and splitting one cannot overflow. */
static const double LARGEST = 1e299;
/* Threads' workspaces together, in doubles: 4 GiB. Fewer threads rather than more. */
static const size_t MOST_WORKSPACE = (size_t)1 << 29;
/* Passes that progress counts on: the triangle, the total, two of refinement. */
enum { USUAL_PASSES = 4 };

/* ---- ranges and scales ---- */

/* 2^−e for the e that brings `size` into [1/2, 1); 1 for 0. */
static double scale_for(double size) {
    int exponent;
    if (size == 0)
        return 1;
    frexp(size, &exponent);
    return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}

/* Choose shift and scale of a column from its range. A constant column is shifted to exactly 0. */
static void choose_scale(double *shift, double *scale, double *offset, const double range[3], bool centre) {
    double mean = range[0], low = range[1], high = range[2];
    double least = fmin(fabs(low), fabs(high)), most = fmax(fabs(low), fabs(high));
    bool exact = (low > 0 || high < 0) && most <= 2 * fabs(mean) && fabs(mean) <= 2 * least;
    *shift = !centre ? 0 : low == high ? low : exact ? mean : 0;
    double spread = fmax(fabs(high - *shift), fabs(low - *shift));
    *scale = scale_for(spread > 0 ? spread : most);
    *offset = *shift * *scale;
}

/* Is column j a power, or beside powers about the middle of its range? */
static bool is_wide(const mlt_ls_problem *problem, size_t j) {
    const mlt_design *design = problem->design;
    uint32_t power = design->terms[j].power;
    const uint8_t *degrees = design->form.degrees;
    return power > 1 || (power == 1 && problem->centred && degrees && degrees[design->terms[j].feature] > 1);
}

static mlt_status find_wide(mlt_ls_problem *problem, mlt_error *err) {
    if (!problem->design->form.degrees)
        return MLT_OK;
    MLT_ALLOC(problem->wide, problem->p, err);
    for (size_t j = 0; j < problem->p; j++)
        if (is_wide(problem, j))
            problem->wide[problem->n_wide++] = j;
    return MLT_OK;
}

/* 2^−e for the e that brings size^power into [1/2, 1); false if that, or a power of `most`, leaves the range.
 */
static bool power_scale(double *scale, double size, double most, uint32_t power) {
    int unit, mantissa, largest, limit = 980;
    double fraction = frexp(size, &unit), product = 1;
    *scale = 1;
    frexp(most, &largest);
    if (size == 0)
        return largest * (int)power < limit;
    for (uint32_t i = 0; i < power; i++)
        product *= fraction;
    frexp(product, &mantissa);
    int exponent = unit * (int)power + mantissa;
    if (largest * (int)power > limit || exponent > limit || exponent < -limit)
        return false;
    *scale = ldexp(1, -exponent);
    return true;
}

/* Shift and scale of wide column j, from the range of its feature's cells. */
static mlt_status scale_power(mlt_ls_problem *problem, size_t j, const double range[3], mlt_error *err) {
    const mlt_design *design = problem->design;
    uint32_t power = design->terms[j].power;
    double low = range[1], high = range[2], most = fmax(fabs(low), fabs(high));
    double shift = problem->centred ? low / 2 + high / 2 : 0;
    problem->shift[j] = low == high ? (problem->centred ? low : 0) : shift;
    double size = fmax(fabs(high - problem->shift[j]), fabs(low - problem->shift[j]));
    if (!power_scale(&problem->scale[j], size, most, power)) {
        char name[200];
        mlt__printable(name, sizeof name, design->data->schema->features[design->terms[j].feature].name);
        return mlt__raise(
            err, MLT_E_NUMERIC,
            "%s: power %u of column '%s' is beyond the range of numbers; rescale the column, or "
            "give a lower degree",
            design->data->source, (unsigned)power, name);
    }
    problem->offset[j] = power == 1 ? problem->shift[j] * problem->scale[j] : 0;
    return MLT_OK;
}

/* Mean, least and greatest of a term's cells, or of y. The mean is NaN if a cell is missing. */
static void column_range(double range[3], const mlt_ls_problem *problem, size_t column) {
    const mlt_design *design = problem->design;
    const mlt_dataset *data = design->data;
    mlt_term term = column < problem->p ? design->terms[column] : (mlt_term){0, MLT_TERM_NUMERIC, 1};
    const double *values = column == problem->p                 ? data->y
                           : term.feature == MLT_TERM_INTERCEPT ? NULL
                           : term.level == MLT_TERM_NUMERIC     ? data->x[term.feature].values
                                                                : NULL;
    double buffer[MLT_LS_BLOCK];
    range[0] = 0;
    range[1] = INFINITY;
    range[2] = -INFINITY;
    for (size_t done = 0; done < problem->n; done += MLT_LS_BLOCK) {
        size_t left = problem->n - done, count = left < MLT_LS_BLOCK ? left : MLT_LS_BLOCK;
        size_t first = design->first + done;
        const double *block = buffer;
        if (values && !design->rows)
            block = values + first;
        else if (values)
            mlt__design_gather_values(buffer, values, design->rows, first, count, 0, 1);
        else
            mlt__design_gather(buffer, data, term, design->rows, first, count, 0, 1);
        range[0] += problem->kernels->range(&range[1], &range[2], block, count) / (double)problem->n;
    }
}

/* The column's name for a message: a term, or the target. */
static void column_name(char *out, size_t size, const mlt_ls_problem *problem, size_t column) {
    const mlt_schema *schema = problem->design->data->schema;
    uint32_t feature = column < problem->p ? problem->design->terms[column].feature : 0;
    mlt__printable(out, size, column < problem->p ? schema->features[feature].name : schema->target);
}

static mlt_status scale_columns(mlt_ls_problem *problem, mlt_error *err) {
    const mlt_design *design = problem->design;
    size_t p = problem->p;
    double(*ranges)[3];
    mlt_status status = MLT_OK;
    MLT_ALLOC(ranges, p + 1, err);
    int threads = mlt__threads(problem->ctx, problem->n_chunks < p + 1 ? problem->n_chunks : p + 1);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (size_t j = 0; j <= p; j++)
        if (j == p || design->terms[j].power <= 1)
            column_range(ranges[j], problem, j);

    for (size_t j = 0; j <= p; j++) {
        uint32_t power = j < p ? design->terms[j].power : 0;
        if (power > 1)
            memcpy(ranges[j], ranges[j - 1], sizeof *ranges);
        if (isnan(ranges[j][0]))
            MLT_TRY_GOTO(mlt__design_refuse_missing(design->data, design->form.features,
                                                    design->form.n_features, false, design->rows,
                                                    design->first, design->n, err),
                         end);
        if (ranges[j][1] < -LARGEST || ranges[j][2] > LARGEST) {
            char name[200];
            column_name(name, sizeof name, problem, j);
            status =
                mlt__raise(err, MLT_E_NUMERIC,
                           "%s: column '%s' has values beyond 1e299, too large to compute with; rescale the "
                           "column",
                           design->data->source, name);
            goto end;
        }
        bool y = j == p;
        if (!y && is_wide(problem, j))
            MLT_TRY_GOTO(scale_power(problem, j, ranges[j], err), end);
        else
            choose_scale(y ? &problem->y_shift : &problem->shift[j],
                         y ? &problem->y_scale : &problem->scale[j],
                         y ? &problem->y_offset : &problem->offset[j], ranges[j], design->form.intercept);
    }
    if (design->form.intercept) {
        problem->shift[0] = problem->offset[0] = 0;
        problem->scale[0] = 1;
    }
    problem->weight_scale = 1;
    if (design->weights) {
        double largest = 0;
        for (size_t i = 0; i < problem->n; i++)
            largest = fmax(largest, design->weights[i]);
        problem->weight_scale = scale_for(largest);
    }
end:
    free(ranges);
    return status;
}

mlt_status mlt__ls_problem_init(mlt_ls_problem *out, const mlt_design *design, bool centred,
                                const mlt_context *ctx, mlt_error *err) {
    mlt_status status;
    size_t n = design->n, p = design->p;
    *out = (mlt_ls_problem){
        .design = design, .ctx = ctx, .kernels = mlt__ls_kernels(), .n = n, .p = p, .centred = centred};
    out->ld = (n < MLT_LS_BLOCK ? mlt__ls_padded(n) : MLT_LS_BLOCK) + 8;
    /* Merging costs as much as p / 3 rows: at most 2 % of a chunk's own work. */
    size_t blocks = p <= 512 ? 32 : (16 * p + MLT_LS_BLOCK - 1) / MLT_LS_BLOCK;
    out->chunk_rows = blocks * MLT_LS_BLOCK;
    out->n_chunks = (n + out->chunk_rows - 1) / out->chunk_rows;
    MLT_ALLOC_GOTO(out->shift, p, err, fail);
    MLT_ALLOC_GOTO(out->scale, p, err, fail);
    MLT_ALLOC_GOTO(out->offset, p, err, fail);
    MLT_TRY_GOTO(find_wide(out, err), fail);
    MLT_TRY_GOTO(scale_columns(out, err), fail);
    MLT_TRY_GOTO(mlt__ls_unshift_init(out, err), fail);
    return MLT_OK;
fail:
    mlt__ls_problem_clear(out);
    return status;
}

void mlt__ls_problem_clear(mlt_ls_problem *problem) {
    free(problem->shift);
    free(problem->scale);
    free(problem->offset);
    free(problem->wide);
    free(problem->penalty);
    free(problem->parts);
    *problem = (mlt_ls_problem){0};
}

/* ---- blocks ---- */

/* Multiply by the weights' roots, if there are any, and pad with zeros. */
static void finish_column(double *column, size_t count, const double *root_weights) {
    if (root_weights) {
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            column[i] *= root_weights[i];
    }
    for (size_t i = count; i < mlt__ls_padded(count); i++)
        column[i] = 0;
}

void mlt__ls_gather(double *block, size_t ld, const mlt_ls_problem *problem, const size_t *columns,
                    size_t n_columns, size_t first, size_t count, const double *root_weights) {
    const mlt_design *design = problem->design;
    for (size_t k = 0; k < n_columns; k++) {
        size_t j = columns ? columns[k] : k;
        mlt__design_gather(block + k * ld, design->data, design->terms[j], design->rows,
                           design->first + first, count, problem->shift[j], problem->scale[j]);
        finish_column(block + k * ld, count, root_weights);
    }
}

void mlt__ls_gather_low(double *block, size_t ld, const mlt_ls_problem *problem, size_t first, size_t count) {
    const mlt_design *design = problem->design;
    double hi[MLT_LS_BLOCK];
    for (size_t k = 0; k < problem->n_wide; k++) {
        size_t j = problem->wide[k];
        mlt__design_gather_power(hi, block + k * ld, design->data, design->terms[j], design->rows,
                                 design->first + first, count, problem->shift[j], problem->scale[j]);
        finish_column(block + k * ld, count, NULL);
    }
}

void mlt__ls_gather_y(double *out, const mlt_ls_problem *problem, size_t first, size_t count,
                      const double *root_weights) {
    const mlt_design *design = problem->design;
    mlt__design_gather_values(out, design->data->y, design->rows, design->first + first, count,
                              problem->y_shift, problem->y_scale);
    finish_column(out, count, root_weights);
}

bool mlt__ls_gather_weights(double *out, const mlt_ls_problem *problem, size_t first, size_t count,
                            bool root) {
    const double *weights = problem->design->weights;
    if (!weights)
        return false;
    for (size_t i = 0; i < count; i++) {
        double weight = weights[first + i] * problem->weight_scale;
        out[i] = root ? sqrt(weight) : weight;
    }
    for (size_t i = count; i < mlt__ls_padded(count); i++)
        out[i] = 0;
    return true;
}

mlt_dd mlt__ls_lane_sum(const double *sums) {
    mlt_dd lane[MLT_LS_LANES];
    for (size_t l = 0; l < MLT_LS_LANES; l++)
        lane[l] = mlt__two_sum(sums[l], sums[MLT_LS_LANES + l]);
    return mlt__dd_add(mlt__dd_add(lane[0], lane[1]), mlt__dd_add(lane[2], lane[3]));
}

/* ---- chunks ---- */

double *mlt__ls_aligned(double **base, size_t count) {
    *base = mlt__alloc(count + 8, sizeof **base);
    return *base ? (double *)(((uintptr_t)*base + 63) & ~(uintptr_t)63) : NULL;
}

/* Rounded up so that what follows is aligned too. */
static size_t aligned_size(size_t count) { return (count + 7) & ~(size_t)7; }

/* Count a chunk as done and tell the caller; false if fitting is to stop. One thread at a time. */
static bool chunk_done(const mlt_ls_problem *problem, size_t *done, size_t count) {
    size_t pass = problem->passes < USUAL_PASSES ? problem->passes : USUAL_PASSES - 1;
    *done += count;
    return mlt__progress(problem->ctx, "fitting", pass * problem->n + *done, USUAL_PASSES * problem->n);
}

/* Chunk c of all rows, whose results are `result` doubles apart. */
static mlt_ls_chunk chunk_at(const mlt_ls_problem *problem, const mlt_ls_chunk *whole, size_t c,
                             size_t result) {
    size_t first = c * problem->chunk_rows, left = whole->count - first;
    return (mlt_ls_chunk){.first = first,
                          .count = left < problem->chunk_rows ? left : problem->chunk_rows,
                          .result = whole->result + c * result,
                          .workspace = whole->workspace};
}

mlt_status mlt__ls_for_chunks(mlt_ls_problem *problem, const mlt_ls_work *work, mlt_error *err) {
    size_t result = aligned_size(work->result), workspace = aligned_size(work->workspace);
    int threads = mlt__threads(problem->ctx, problem->n_chunks);
    while (threads > 1 && (size_t)threads > MOST_WORKSPACE / (workspace + 1))
        threads--;
    size_t total = result * problem->n_chunks + workspace * (size_t)threads;
    double *base, *results = mlt__ls_aligned(&base, total);
    if (!results)
        return mlt__raise_nomem(err, total * sizeof *base);
    mlt_ls_chunk whole = {0, problem->n, results, results + result * problem->n_chunks};
    size_t done = 0;
    bool stop = false;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (size_t c = 0; c < problem->n_chunks; c++) {
        bool stopped;
#pragma omp atomic read
        stopped = stop;
        if (stopped)
            continue;
        mlt_ls_chunk chunk = chunk_at(problem, &whole, c, result);
        chunk.workspace += (size_t)omp_get_thread_num() * workspace;
        work->sum(problem, work, &chunk);
#pragma omp critical(mlt__ls_progress)
        if (!chunk_done(problem, &done, chunk.count)) {
#pragma omp atomic write
            stop = true;
        }
    }
    for (size_t c = 0; c < problem->n_chunks && !stop; c++) {
        mlt_ls_chunk chunk = chunk_at(problem, &whole, c, result);
        work->merge(problem, work, &chunk);
    }
    problem->passes++;
    free(base);
    return stop ? mlt__raise(err, MLT_E_CANCELLED, "fitting was stopped") : MLT_OK;
}
