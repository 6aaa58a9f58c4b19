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

static void average_block(mlt_row_block *block, void *scratch, void *user) {
    averaging *job = user;
    const mlt_forest *forest = job->forest;
    size_t width = forest->width, stride = (job->n_rows + 7) / 8, unseen = 0;
    const double *shares = job->shares;
    uint32_t *counts = scratch; /* the trees summed for each row */
    double *out = job->out + block->start * width;
    memset(out, 0, block->n * width * sizeof *out);
    memset(counts, 0, block->n * sizeof *counts);
    for (size_t t = 0; t < forest->n_trees; t++) {
        const uint8_t *bits = job->in_bag ? job->in_bag + t * stride : NULL;
        mlt__block_descend(block, forest, t);
        for (size_t r = 0; r < block->n; r++) {
            size_t i = block->start + r;
            if (bits && bits[i / 8] >> (i % 8) & 1)
                continue;
            for (size_t c = 0; c < width; c++)
                out[r * width + c] += shares[block->leaves[r] * width + c];
            counts[r]++;
        }
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
    mlt_forest packed;
    MLT_TRY(mlt__ensemble_forest(&job->forest, &packed, ensemble, in->ctx, err));
    job->n_rows = in->n_rows;
    size_t width = job->forest->width;
    mlt_status status = MLT_OK;
    MLT_ALLOC_GOTO(job->shares, job->forest->n_values * width, err, done);
    for (size_t v = 0; v < job->forest->n_values; v++)
        leaf_shares(job->shares + v * width, job->forest->values + v * width, width);
    status = mlt__each_row_block(in, ensemble->p, MLT_ROW_BLOCK * sizeof(uint32_t), average_block, job, err);
done:
    free(job->shares);
    mlt__forest_clear(&packed);
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
