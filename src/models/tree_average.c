/* Averaging trees: predictions and out-of-bag scores. Trees are summed in order within a block of rows, so
 * the sums do not depend on the number of threads. */
#include "core/error.h"
#include "core/memory.h"
#include "core/pairwise_sum.h"
#include "models/tree_ensemble.h"
#include "models/tree_predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the blocks of one average share. */
typedef struct averaging {
    double *out; /* rows × width */
    const mlt_forest *forest;
    double *shares; /* of each value of the forest: width */
    const uint8_t
        *in_bag; /* trees × ⌈rows / 8⌉, or NULL: the trees that saw a row are left out of its mean */
    size_t n_rows, unseen; /* rows without any tree, whose mean is 0 */
} averaging;

/* A leaf's prediction: its value, or its class shares. */
static void leaf_shares(double *shares, const double *value, size_t width) {
    double sum = width == 1 ? 1 : mlt__pairwise_sum(value, width);
    for (size_t c = 0; c < width; c++)
        shares[c] = value[c] / sum;
}

/* The shares of each value of a forest: malloc'ed, n_values × width. */
static mlt_status forest_shares(double **out, const mlt_forest *forest, mlt_error *err) {
    MLT_ALLOC(*out, forest->n_values * forest->width, err);
    for (size_t v = 0; v < forest->n_values; v++)
        leaf_shares(*out + v * forest->width, forest->values + v * forest->width, forest->width);
    return MLT_OK;
}

/* Add one tree's shares to the sums of the block's rows. */
static inline __attribute__((always_inline)) void add_shares(double *restrict sums,
                                                             const double *restrict shares,
                                                             const uint32_t *leaves, size_t n, size_t width) {
    for (size_t r = 0; r < n; r++)
        for (size_t c = 0; c < width; c++)
            sums[r * width + c] += shares[leaves[r] * width + c];
}

/* The same for the rows that the tree did not see; `counts` them. `bits`: in_bag from the tree's on. */
static void add_unseen(double *sums, uint32_t *counts, const averaging *job, const mlt_row_block *block,
                       const uint8_t *bits) {
    size_t width = job->forest->width;
    for (size_t r = 0; r < block->n; r++) {
        size_t i = block->start + r;
        if (bits[i / 8] >> (i % 8) & 1)
            continue;
        add_shares(sums + r * width, job->shares, &block->leaves[r], 1, width);
        counts[r]++;
    }
}

static void add_tree(double *sums, uint32_t *counts, const averaging *job, const mlt_row_block *block,
                     size_t t) {
    size_t width = job->forest->width;
    if (job->in_bag)
        add_unseen(sums, counts, job, block, job->in_bag + t * ((job->n_rows + 7) / 8));
    else if (width == 1)
        add_shares(sums, job->shares, block->leaves, block->n, 1);
    else if (width == 2)
        add_shares(sums, job->shares, block->leaves, block->n, 2);
    else
        add_shares(sums, job->shares, block->leaves, block->n, width);
}

static void average_block(mlt_row_block *block, void *scratch, void *user) {
    averaging *job = user;
    size_t width = job->forest->width, n_trees = job->forest->n_trees, unseen = 0;
    uint32_t *counts = scratch; /* the trees summed for each row */
    double *out = job->out + block->start * width;
    memset(out, 0, block->n * width * sizeof *out);
    for (size_t r = 0; r < block->n; r++)
        counts[r] = job->in_bag ? 0 : (uint32_t)n_trees;
    for (size_t t = 0; t < n_trees; t++) {
        mlt__block_descend(block, job->forest, t);
        add_tree(out, counts, job, block, t);
    }
    for (size_t r = 0; r < block->n; r++) {
        unseen += counts[r] == 0;
        for (size_t c = 0; c < width && counts[r] > 0; c++)
            out[r * width + c] /= counts[r];
    }
#pragma omp atomic
    job->unseen += unseen;
}

/* The mean over trees for all rows. */
static mlt_status average(averaging *job, const mlt_ensemble *ensemble, const mlt_predict_input *in,
                          mlt_error *err) {
    job->forest = &ensemble->forest;
    job->n_rows = in->n_rows;
    MLT_TRY(forest_shares(&job->shares, job->forest, err));
    mlt_status status =
        mlt__each_row_block(in, ensemble->p, MLT_ROW_BLOCK * sizeof(uint32_t), average_block, job, err);
    free(job->shares);
    return status;
}

mlt_status mlt__ensemble_predict_mean(double *out, uint32_t *labels, const void *state,
                                      const mlt_schema *schema, const mlt_predict_input *in, mlt_error *err) {
    const mlt_ensemble *ensemble = state;
    averaging job = {.out = out};
    MLT_TRY(average(&job, ensemble, in, err));
    if (schema->task == MLT_CLASSIFICATION)
        for (size_t i = 0; i < in->n_rows; i++)
            labels[i] = mlt__argmax(out + i * ensemble->width, ensemble->width);
    return MLT_OK;
}

mlt_status mlt__ensemble_stages_mean(const mlt_stage_listener *listener, const void *state,
                                     const mlt_schema *schema, const mlt_predict_input *in, mlt_error *err) {
    const mlt_ensemble *ensemble = state;
    const mlt_forest *forest = &ensemble->forest;
    size_t n = in->n_rows, width = ensemble->width;
    double *shares = NULL, *sums = NULL, *mean = NULL;
    uint32_t *labels = NULL, *leaves = NULL;
    mlt_status status;
    MLT_TRY_GOTO(forest_shares(&shares, forest, err), done);
    MLT_ALLOC_GOTO(sums, n * width, err, done);
    MLT_ALLOC_GOTO(mean, n * width, err, done);
    MLT_ALLOC_GOTO(labels, n, err, done);
    MLT_ALLOC_GOTO(leaves, n, err, done);
    memset(sums, 0, n * width * sizeof *sums);
    for (size_t t = 0; t < ensemble->n_trees && status == MLT_OK; t++) {
        MLT_TRY_GOTO(mlt__forest_leaves(leaves, forest, t, in, err), done);
        for (size_t i = 0; i < n * width; i++) {
            sums[i] += shares[leaves[i / width] * width + i % width];
            mean[i] = sums[i] / (uint32_t)(t + 1);
        }
        for (size_t i = 0; schema->k && i < n; i++)
            labels[i] = mlt__argmax(mean + i * width, width);
        status = listener->predicted(listener->user, t, mean, schema->k ? labels : NULL, err);
    }
done:
    free(shares);
    free(sums);
    free(mean);
    free(labels);
    free(leaves);
    return status;
}

/* Share of rows whose most probable class is theirs. */
static double accuracy(const double *proba, const mlt_ensemble *ensemble, const mlt_fit_input *in) {
    size_t right = 0;
    for (size_t i = 0; i < in->n_rows; i++)
        right += mlt__argmax(proba + i * ensemble->width, ensemble->width) == in->data->labels[in->rows[i]];
    return (double)right / (double)in->n_rows;
}

/* R² of the predictions. */
static double r_squared(const double *prediction, const mlt_fit_input *in) {
    double mean = 0, residual = 0, total = 0;
    for (size_t i = 0; i < in->n_rows; i++)
        mean += in->data->y[in->rows[i]];
    mean /= (double)in->n_rows;
    for (size_t i = 0; i < in->n_rows; i++) {
        double y = in->data->y[in->rows[i]];
        residual += (y - prediction[i]) * (y - prediction[i]);
        total += (y - mean) * (y - mean);
    }
    if (in->n_rows < 2)
        return NAN;
    return residual == 0 ? 1 : total == 0 ? 0 : 1 - residual / total;
}

mlt_status mlt__ensemble_oob(mlt_ensemble *ensemble, const mlt_fit_input *in, const uint8_t *in_bag,
                             mlt_error *err) {
    double *mean;
    MLT_TRY(mlt__ensemble_pack(ensemble, in->ctx, err));
    MLT_ALLOC(mean, in->n_rows * ensemble->width, err);
    mlt_predict_input rows = {.data = in->data, .rows = in->rows, .n_rows = in->n_rows, .ctx = in->ctx};
    averaging job = {.out = mean, .in_bag = in_bag};
    mlt_status status = average(&job, ensemble, &rows, err);
    if (status == MLT_OK) {
        bool classification = in->data->schema->task == MLT_CLASSIFICATION;
        ensemble->oob_score = classification ? accuracy(mean, ensemble, in) : r_squared(mean, in);
        if (job.unseen > 0)
            mlt__note(in->ctx,
                      "out-of-bag score: every tree saw %zu of the rows, which count as predicted %s; "
                      "more trees help",
                      job.unseen, classification ? "the first class" : "0");
    }
    free(mean);
    return status;
}
