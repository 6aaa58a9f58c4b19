/* Averaging trees: predictions and out-of-bag scores. Rows go in blocks, trees in order within a block, so
 * the sums do not depend on the number of threads. */
#include "core/error.h"
#include "core/memory.h"
#include "core/pairwise_sum.h"
#include "core/threads.h"
#include "models/tree_ensemble.h"
#include "models/tree_predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Add a leaf's prediction: its value, or its class shares. */
static inline void add_leaf(double *out, const mlt_tree *tree, uint32_t leaf) {
    const double *value = tree->value + (size_t)leaf * tree->width;
    if (tree->width == 1) {
        out[0] += value[0];
        return;
    }
    double sum = mlt__pairwise_sum(value, tree->width);
    for (size_t c = 0; c < tree->width; c++)
        out[c] += value[c] / sum;
}

/* Sums over one block of rows; with `in_bag`, over the trees that did not see the row. `counts` are the trees
 * summed for each row. */
static void sum_block(double *out, uint32_t *counts, const mlt_ensemble *ensemble, const mlt_row_block *block,
                      size_t start, size_t n_rows, const uint8_t *in_bag) {
    uint32_t leaves[MLT_ROW_BLOCK];
    size_t stride = (n_rows + 7) / 8;
    memset(out, 0, block->n * ensemble->width * sizeof *out);
    memset(counts, 0, block->n * sizeof *counts);
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        const uint8_t *bits = in_bag ? in_bag + t * stride : NULL;
        mlt__tree_leaves(leaves, &ensemble->trees[t], block);
        for (size_t r = 0; r < block->n; r++) {
            size_t i = start + r;
            if (bits && bits[i / 8] >> (i % 8) & 1)
                continue;
            add_leaf(out + r * ensemble->width, &ensemble->trees[t], leaves[r]);
            counts[r]++;
        }
    }
}

/* The mean over trees for all rows; `unseen` counts the rows without any tree, whose mean is 0. */
static mlt_status average(double *out, const mlt_ensemble *ensemble, const mlt_predict_input *in,
                          const uint8_t *in_bag, size_t *unseen, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t capacity = mlt__row_block_capacity(ensemble->p), n_blocks = (in->n_rows + capacity - 1) / capacity;
    size_t without = 0;
    int threads = mlt__threads(in->ctx, n_blocks);
#pragma omp parallel num_threads(threads) reduction(+ : without)
    {
        mlt_row_block block;
        uint32_t counts[MLT_ROW_BLOCK];
        mlt_error own = {0};
        mlt_status ready = mlt__row_block_new(&block, ensemble->p, &own);
        if (ready != MLT_OK) {
#pragma omp critical(mlt_average_failed)
            {
                status = ready;
                if (err)
                    *err = own;
            }
        }
#pragma omp for schedule(dynamic)
        for (size_t b = 0; b < n_blocks; b++) {
            if (ready != MLT_OK)
                continue;
            size_t start = b * capacity;
            double *sums = out + start * ensemble->width;
            mlt__row_block_load(&block, in, start);
            sum_block(sums, counts, ensemble, &block, start, in->n_rows, in_bag);
            for (size_t r = 0; r < block.n; r++) {
                without += counts[r] == 0;
                for (size_t c = 0; c < ensemble->width && counts[r] > 0; c++)
                    sums[r * ensemble->width + c] /= counts[r];
            }
        }
        mlt__row_block_clear(&block);
    }
    if (unseen)
        *unseen = without;
    return status;
}

mlt_status mlt__ensemble_predict_mean(double *out, uint32_t *labels, const void *state,
                                      const mlt_schema *schema, const mlt_predict_input *in, mlt_error *err) {
    const mlt_ensemble *ensemble = state;
    MLT_TRY(average(out, ensemble, in, NULL, NULL, err));
    if (schema->task == MLT_CLASSIFICATION)
        for (size_t i = 0; i < in->n_rows; i++)
            labels[i] = mlt__argmax(out + i * ensemble->width, ensemble->width);
    return MLT_OK;
}

/* The sums of all rows after one tree more. */
static void add_tree(double *sums, const mlt_tree *tree, const mlt_row_blocks *blocks) {
    uint32_t leaves[MLT_ROW_BLOCK];
    for (size_t b = 0; b < blocks->n; b++) {
        mlt__tree_leaves(leaves, tree, &blocks->items[b]);
        for (size_t r = 0; r < blocks->items[b].n; r++, sums += tree->width)
            add_leaf(sums, tree, leaves[r]);
    }
}

mlt_status mlt__ensemble_stages_mean(const mlt_stage_listener *listener, const void *state,
                                     const mlt_schema *schema, const mlt_predict_input *in, mlt_error *err) {
    const mlt_ensemble *ensemble = state;
    size_t n = in->n_rows, width = ensemble->width;
    mlt_row_blocks blocks = {0};
    double *sums = NULL, *mean = NULL;
    uint32_t *labels = NULL;
    mlt_status status;
    MLT_TRY_GOTO(mlt__row_blocks_load(&blocks, ensemble->p, in, err), done);
    MLT_ALLOC_GOTO(sums, n * width, err, done);
    MLT_ALLOC_GOTO(mean, n * width, err, done);
    MLT_ALLOC_GOTO(labels, n, err, done);
    memset(sums, 0, n * width * sizeof *sums);
    for (size_t t = 0; t < ensemble->n_trees && status == MLT_OK; t++) {
        add_tree(sums, &ensemble->trees[t], &blocks);
        for (size_t i = 0; i < n * width; i++)
            mean[i] = sums[i] / (uint32_t)(t + 1);
        for (size_t i = 0; schema->k && i < n; i++)
            labels[i] = mlt__argmax(mean + i * width, width);
        status = listener->predicted(listener->user, t, mean, schema->k ? labels : NULL, err);
    }
done:
    free(sums);
    free(mean);
    free(labels);
    mlt__row_blocks_clear(&blocks);
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
    size_t unseen = 0;
    MLT_ALLOC(mean, in->n_rows * ensemble->width, err);
    mlt_predict_input rows = {.data = in->data, .rows = in->rows, .n_rows = in->n_rows, .ctx = in->ctx};
    mlt_status status = average(mean, ensemble, &rows, in_bag, &unseen, err);
    if (status == MLT_OK) {
        bool classification = in->data->schema->task == MLT_CLASSIFICATION;
        ensemble->oob_score = classification ? accuracy(mean, ensemble, in) : r_squared(mean, in);
        if (unseen > 0)
            mlt__note(in->ctx,
                      "out-of-bag score: every tree saw %zu of the rows, which count as predicted %s; "
                      "more trees help",
                      unseen, classification ? "the first class" : "0");
    }
    free(mean);
    return status;
}
