/* Linear regression: fitting by least squares, predicting, and the model's descriptor. */
#include "models/linear.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/least_squares.h"
#include "models/least_squares_kernels.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- fitting ---- */

mlt_status mlt__linear_fit(mlt_linear **out, const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                           const double *row_weights, const uint32_t *features, size_t n_features,
                           const mlt_context *ctx, mlt_error *err) {
    mlt_status status;
    mlt_linear *linear = NULL;
    mlt_design design = {0};
    mlt_least_squares fit = {0};
    MLT_TRY_GOTO(mlt__design_init(&design, data, rows, n_rows, row_weights, features, n_features, true, err),
                 end);
    MLT_TRY_GOTO(mlt__least_squares(&fit, &design, ctx, err), end);
    MLT_TRY_GOTO(mlt__linear_new(&linear, data->schema, features, n_features, err), end);
    linear->n_rows = fit.n;
    linear->rank = fit.rank;
    MLT_TRY_GOTO(mlt__linear_fill(linear, data->schema, fit.estimate, fit.std_error, err), end);
    *out = linear;
    linear = NULL;
end:
    mlt__linear_free(linear);
    mlt__least_squares_clear(&fit);
    mlt__design_clear(&design);
    return status;
}

static mlt_status fit(void **state, const mlt_fit_input *in, mlt_error *err) {
    double *weights = NULL;
    if (in->data->weights) {
        MLT_ALLOC(weights, in->n_rows, err);
        for (size_t i = 0; i < in->n_rows; i++)
            weights[i] = in->data->weights[in->rows[i]];
    }
    mlt_linear *linear = NULL;
    mlt_status status =
        mlt__linear_fit(&linear, in->data, in->rows, in->n_rows, weights, NULL, 0, in->ctx, err);
    free(weights);
    *state = linear;
    return status;
}

/* ---- predicting ---- */

/* A block of rows by a group of terms fits the cache. */
enum { BLOCK_ROWS = 256, LD = BLOCK_ROWS + 8, GROUP = 32 };

/* Predictions of up to BLOCK_ROWS rows: 0 − A·(−coefficients), in double-double, rounded once. */
static void predict_block(double *out, double *block, const mlt_linear *linear, const double *negated,
                          const double *zeros, const mlt_predict_input *in, size_t first, size_t count) {
    const mlt_ls_kernels *kernels = mlt__ls_kernels();
    double hi[BLOCK_ROWS] = {0}, lo[BLOCK_ROWS] = {0};
    size_t padded = (count + MLT_LS_LANES - 1) / MLT_LS_LANES * MLT_LS_LANES;
    for (size_t term = 0; term < linear->n_terms; term += GROUP) {
        size_t left = linear->n_terms - term, terms = left < GROUP ? left : GROUP;
        for (size_t k = 0; k < terms; k++) {
            mlt__design_gather(block + k * LD, in->data, linear->terms[term + k], in->rows, first, count, 0,
                               1);
            for (size_t i = count; i < padded; i++)
                block[k * LD + i] = 0;
        }
        kernels->subtract(hi, lo, block, LD, terms, negated + term, zeros, padded);
    }
    memcpy(out + first, hi, count * sizeof *out);
}

mlt_status mlt__linear_predict(double *out, const mlt_linear *linear, const mlt_schema *schema,
                               const mlt_predict_input *in, mlt_error *err) {
    mlt_status status;
    size_t n_blocks = (in->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    int threads = mlt__threads(in->ctx, n_blocks / 16);
    double *negated = NULL, *blocks = NULL, zeros[GROUP] = {0};
    MLT_TRY_GOTO(mlt__design_refuse_missing(in->data, linear->features, linear->n_features, true, in->rows, 0,
                                            in->n_rows, err),
                 end);
    MLT_ALLOC_GOTO(negated, linear->n_terms, err, end);
    MLT_ALLOC_GOTO(blocks, (size_t)threads * GROUP * LD, err, end);
    for (size_t j = 0; j < linear->n_terms; j++)
        negated[j] = -linear->coefficients[j].estimate;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t b = 0; b < n_blocks; b++) {
        size_t first = b * BLOCK_ROWS, left = in->n_rows - first;
        predict_block(out, blocks + (size_t)omp_get_thread_num() * GROUP * LD, linear, negated, zeros, in,
                      first, left < BLOCK_ROWS ? left : BLOCK_ROWS);
    }
    for (size_t i = 0; i < in->n_rows; i++) {
        if (isfinite(out[i]))
            continue;
        /* A missing cell is NaN in its column, and so here. */
        MLT_TRY_GOTO(mlt__design_refuse_missing(in->data, linear->features, linear->n_features, false,
                                                in->rows, i, 1, err),
                     end);
        size_t row = mlt__row(in->rows, i);
        status = mlt__raise(
            err, MLT_E_NUMERIC,
            "%s: data row %zu: the prediction of '%s' is beyond the range of numbers; rescale the "
            "columns",
            in->data->source, (in->data->origin ? in->data->origin[row] : row) + (size_t)1, schema->target);
        goto end;
    }
end:
    free(negated);
    free(blocks);
    return status;
}

/* ---- the model ---- */

/* NOLINTNEXTLINE(readability-non-const-parameter): every model's `predict` has this form */
static mlt_status predict(double *out, uint32_t *labels, const void *state, const mlt_schema *schema,
                          const mlt_predict_input *in, mlt_error *err) {
    (void)labels;
    return mlt__linear_predict(out, state, schema, in, err);
}

static mlt_status save(const void *state, mlt_tensors *out, mlt_error *err) {
    return mlt__linear_save(state, "", out, err);
}

static mlt_status load(void **state, const mlt_load_input *in, mlt_error *err) {
    mlt_linear *linear = NULL;
    mlt_status status = mlt__linear_load(&linear, "", in->tensors, in->schema, err);
    *state = linear;
    return status;
}

static void view(const void *state, mlt_model_view *out) { mlt__linear_view(state, out); }

static void free_state(void *state) { mlt__linear_free(state); }

static const mlt_model_ops ops = {
    .fit = fit, .predict = predict, .save = save, .load = load, .view = view, .free = free_state};

extern const mlt_model_type mlt__model_linear;
const mlt_model_type mlt__model_linear = {
    .name = "linear", .summary = "least-squares linear regression", .tasks = MLT_REGRESSION, .ops = &ops};
