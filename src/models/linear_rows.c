/* What a linear model says of single rows: intervals about predictions, and how each training row takes part
 * in the fit. Both come from ‖R⁻ᵀ a‖, a block of rows at a time. */
#include "models/linear.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/inference.h"

#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

enum { BLOCK_ROWS = MLT_DESIGN_BLOCK };
/* A dependence that held in training holds in a row if it does to this share of its parts. */
static const double HOLDS = 1e-7;

/* ---- ‖R⁻ᵀ a‖² ---- */

static void gather(double *out, const mlt_linear *linear, size_t position, const mlt_predict_input *in,
                   size_t first, size_t count) {
    size_t j = linear->basis.order[position];
    mlt__design_gather(out, in->data, linear->terms[j], in->rows, first, count, linear->basis.shift[j],
                       linear->basis.scale[j]);
}

/* NaN where column `position`, not independent, is not what the independent ones say. */
static void check_dependence(double *squares, const double *block, double *own, const mlt_linear *linear,
                             size_t position, const mlt_predict_input *in, size_t first, size_t count) {
    const mlt_ls_basis *basis = &linear->basis;
    size_t d = position - basis->rank;
    const double *relation = d < basis->n_dependent ? basis->relation + d * basis->rank : NULL;
    gather(own, linear, position, in, first, count);
    for (size_t row = 0; row < count; row++) {
        double rest = own[row], parts = 1; /* columns are near 1 */
        for (size_t k = 0; relation && k < basis->rank; k++) {
            double part = relation[k] * block[k * BLOCK_ROWS + row];
            rest -= part;
            parts += fabs(part);
        }
        if (!(fabs(rest) <= HOLDS * parts))
            squares[row] = NAN;
    }
}

/* `block` has room for rank + 1 columns. */
static void block_squares(double *squares, double *block, const mlt_linear *linear,
                          const mlt_predict_input *in, size_t first, size_t count) {
    const mlt_ls_basis *basis = &linear->basis;
    const double *r = basis->r;
    for (size_t k = 0; k < basis->rank; k++)
        gather(block + k * BLOCK_ROWS, linear, k, in, first, count);
    for (size_t row = 0; row < count; row++)
        squares[row] = 0;
    for (size_t position = basis->rank; position < basis->p; position++)
        check_dependence(squares, block, block + basis->rank * BLOCK_ROWS, linear, position, in, first,
                         count);
    for (size_t k = 0; k < basis->rank; r += ++k) {
        double *restrict own = block + k * BLOCK_ROWS;
        for (size_t i = 0; i < k; i++) {
            const double *restrict other = block + i * BLOCK_ROWS;
            double share = r[i];
#pragma omp simd
            for (size_t row = 0; row < count; row++)
                own[row] -= share * other[row];
        }
        for (size_t row = 0; row < count; row++) {
            own[row] /= r[k];
            squares[row] += own[row] * own[row];
        }
    }
}

/* squares[i] for every row of `in`. */
static mlt_status row_squares(double *squares, const mlt_linear *linear, const mlt_predict_input *in,
                              mlt_error *err) {
    size_t n_blocks = (in->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS,
           room = (linear->basis.rank + 1) * BLOCK_ROWS;
    int threads = mlt__threads(in->ctx, n_blocks / 4);
    double *blocks;
    if (linear->basis.rank == 0)
        return mlt__raise(
            err, MLT_E_LIMIT,
            "%s: the model keeps nothing to make intervals of, since it was fitted with --stream or has more "
            "than 1024 columns; fit again without --stream, or with fewer columns",
            in->data->source);
    MLT_ALLOC(blocks, (size_t)threads * room, err);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t b = 0; b < n_blocks; b++) {
        size_t first = b * BLOCK_ROWS, left = in->n_rows - first;
        block_squares(squares + first, blocks + (size_t)omp_get_thread_num() * room, linear, in, first,
                      left < BLOCK_ROWS ? left : BLOCK_ROWS);
    }
    free(blocks);
    return MLT_OK;
}

/* ---- intervals ---- */

mlt_status mlt__linear_interval(double *low, double *high, const double *prediction, const mlt_linear *linear,
                                const mlt_predict_input *in, mlt_interval kind, double level,
                                mlt_error *err) {
    const mlt_linear_summary *s = &linear->summary;
    double quantile = s->freedom > 0 ? mlt__t_quantile(level, s->freedom) : NAN;
    size_t undefined = 0;
    MLT_TRY(row_squares(low, linear, in, err));
    for (size_t i = 0; i < in->n_rows; i++) {
        double variance = low[i] + (kind == MLT_INTERVAL_PREDICTION);
        double half = quantile * s->residual_sd * sqrt(variance);
        low[i] = prediction[i] - half;
        high[i] = prediction[i] + half;
        undefined += isnan(half);
    }
    if (s->freedom <= 0)
        mlt__note(in->ctx, "the model has as many coefficients as it had rows: there are no intervals");
    else if (undefined > 0)
        mlt__note(
            in->ctx,
            "rows without interval, since columns that were collinear or constant in training are not so "
            "here: %zu",
            undefined);
    return MLT_OK;
}

/* ---- diagnostics ---- */

/* R's lm.influence, rstudent and cooks.distance. A leverage of 1 up to rounding is 1: such a row is met
 * whatever its target. */
static void influence(mlt_diagnostics *d, size_t i, double weight, const mlt_linear *linear) {
    const mlt_linear_summary *s = &linear->summary;
    double h = weight * d->leverage[i], variance = s->residual_sd * s->residual_sd;
    h = h > 1 - 10 * DBL_EPSILON ? 1 : h;
    double r = sqrt(weight) * d->residual[i], rest = variance * s->freedom;
    double without = (rest - r * r / (1 - h)) / (s->freedom - 1);
    d->leverage[i] = h;
    d->studentised[i] = d->cook[i] = NAN;
    if (h == 1 || !(variance > 0))
        return;
    if (s->freedom > 1 && without > 0)
        d->studentised[i] = r / sqrt(without * (1 - h));
    d->cook[i] = r * r / variance * h / ((1 - h) * (1 - h)) / (double)linear->rank;
}

mlt_status mlt__linear_diagnose(mlt_diagnostics *out, const mlt_linear *linear, const mlt_schema *schema,
                                const mlt_predict_input *in, mlt_error *err) {
    mlt_status status;
    mlt_design design = {0};
    double *weights = NULL;
    const mlt_form form = {.intercept = linear->intercept};
    if (in->data->weights) {
        MLT_ALLOC(weights, in->n_rows, err);
        for (size_t i = 0; i < in->n_rows; i++)
            weights[i] = in->data->weights[mlt__row(in->rows, i)];
    }
    MLT_TRY_GOTO(mlt__design_init(&design, in->data, in->rows, in->n_rows, weights, &form, err), end);
    size_t n = out->n = design.n;
    MLT_ALLOC_GOTO(out->rows, n, err, end);
    MLT_ALLOC_GOTO(out->fitted, n, err, end);
    MLT_ALLOC_GOTO(out->residual, n, err, end);
    MLT_ALLOC_GOTO(out->studentised, n, err, end);
    MLT_ALLOC_GOTO(out->leverage, n, err, end);
    MLT_ALLOC_GOTO(out->cook, n, err, end);
    for (size_t i = 0; i < n; i++)
        out->rows[i] = design.rows ? design.rows[i] : (uint32_t)(design.first + i);
    mlt_predict_input rows = {.data = in->data, .rows = out->rows, .n_rows = n, .ctx = in->ctx};
    MLT_TRY_GOTO(mlt__linear_predict(out->fitted, linear, schema, &rows, err), end);
    MLT_TRY_GOTO(row_squares(out->leverage, linear, &rows, err), end);
    for (size_t i = 0; i < n; i++) {
        out->residual[i] = in->data->y[out->rows[i]] - out->fitted[i];
        influence(out, i, design.weights ? design.weights[i] : 1, linear);
    }
end:
    free(weights);
    mlt__design_clear(&design);
    return status;
}
