/* AdaBoost's predictions: weighted votes for classes, the weighted median for numbers. */
#include "models/adaboost_vote.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/pairwise_sum.h"
#include "core/threads.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What one block of rows adds up. */
typedef struct vote_block {
    mlt_row_block rows;
    uint32_t leaves[MLT_ROW_BLOCK];
    double *decisions; /* classes: rows × n_classes */
    double *shares;    /* classes: n_classes, scratch */
    double *votes;     /* numbers: rows × trees, row-major */
    uint32_t *order;   /* numbers: trees */
} vote_block;

static mlt_status vote_block_new(vote_block *v, const mlt_boosted *boosted, mlt_error *err) {
    const mlt_ensemble *ensemble = boosted->ensemble;
    *v = (vote_block){0};
    MLT_TRY(mlt__row_block_new(&v->rows, ensemble->p, err));
    size_t rows = v->rows.capacity;
    if (boosted->classes) {
        MLT_ALLOC(v->decisions, rows * boosted->n_classes, err);
        MLT_ALLOC(v->shares, boosted->n_classes, err);
    } else {
        MLT_ALLOC(v->votes, rows * ensemble->n_trees, err);
        MLT_ALLOC(v->order, ensemble->n_trees, err);
    }
    return MLT_OK;
}

static void vote_block_clear(vote_block *v) {
    mlt__row_block_clear(&v->rows);
    free(v->decisions);
    free(v->shares);
    free(v->votes);
    free(v->order);
}

void mlt__boost_add_vote(double *decision, double *shares, const double *value, const mlt_boosted *boosted,
                         double alpha) {
    size_t k = boosted->n_classes;
    for (size_t c = 0; c < k; c++)
        shares[c] = value[boosted->classes[c]];
    if (!boosted->real) {
        decision[mlt__argmax(shares, k)] += alpha;
        return;
    }
    double sum = mlt__pairwise_sum(shares, k);
    for (size_t c = 0; c < k; c++)
        shares[c] = log(fmax(shares[c] / sum, DBL_EPSILON));
    double mean = 1.0 / (double)k * mlt__pairwise_sum(shares, k);
    for (size_t c = 0; c < k; c++)
        decision[c] += ((double)k - 1.0) * (shares[c] - mean);
}

/* scikit-learn's decisions lie row by row for SAMME.R, which numpy sums in pairs, and column by column for
 * SAMME, which it sums in turn. */
uint32_t mlt__boost_conclude(double *decision, size_t k, double weight_sum, bool real) {
    double largest = -INFINITY;
    uint32_t label = 0;
    for (size_t c = 0; c < k; c++)
        decision[c] /= weight_sum;
    if (k == 2) {
        double score = -decision[0] + decision[1];
        label = score > 0;
        decision[0] = -score / 2.0;
        decision[1] = score / 2.0;
    } else if (k > 2) {
        label = mlt__argmax(decision, k);
        for (size_t c = 0; c < k; c++)
            decision[c] /= (double)k - 1.0;
    }
    for (size_t c = 0; c < k; c++)
        largest = fmax(largest, decision[c]);
    for (size_t c = 0; c < k; c++)
        decision[c] = exp(decision[c] - largest);
    double sum = real ? mlt__pairwise_sum(decision, k) : 0;
    for (size_t c = 0; !real && c < k; c++)
        sum += decision[c];
    for (size_t c = 0; c < k; c++)
        decision[c] /= sum;
    return label;
}

static void vote_classes(double *out, uint32_t *labels, const mlt_boosted *boosted, vote_block *v,
                         double weight_sum) {
    const mlt_ensemble *ensemble = boosted->ensemble;
    size_t width = ensemble->width, k = boosted->n_classes;
    memset(v->decisions, 0, v->rows.n * k * sizeof *v->decisions);
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        mlt__tree_leaves(v->leaves, &ensemble->trees[t], &v->rows);
        for (size_t r = 0; r < v->rows.n; r++)
            mlt__boost_add_vote(v->decisions + r * k, v->shares,
                                ensemble->trees[t].value + v->leaves[r] * width, boosted,
                                ensemble->tree_weights[t]);
    }
    memset(out, 0, v->rows.n * width * sizeof *out);
    for (size_t r = 0; r < v->rows.n; r++) {
        labels[r] = boosted->classes[mlt__boost_conclude(v->decisions + r * k, k, weight_sum, boosted->real)];
        for (size_t c = 0; c < k; c++)
            out[r * width + boosted->classes[c]] = v->decisions[r * k + c];
    }
}

/* By vote, then by tree: a total order. */
static int compare_votes(const void *a, const void *b, void *votes) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    double x = ((const double *)votes)[left], y = ((const double *)votes)[right];
    return x < y ? -1 : x > y ? 1 : left < right ? -1 : left > right;
}

double mlt__boost_median(const double *votes, const uint32_t *order, size_t n, const double *tree_weights) {
    double total = 0, sum = 0;
    for (size_t t = 0; t < n; t++)
        total += tree_weights[order[t]];
    for (size_t t = 0; t < n; t++) {
        sum += tree_weights[order[t]];
        if (sum >= 0.5 * total)
            return votes[order[t]];
    }
    return votes[order[n - 1]];
}

/* The weighted median of one row's votes. */
static double median_of(const mlt_ensemble *ensemble, double *votes, uint32_t *order) {
    size_t n = ensemble->n_trees;
    for (size_t t = 0; t < n; t++)
        order[t] = (uint32_t)t;
    qsort_r(order, n, sizeof *order, compare_votes, votes);
    return mlt__boost_median(votes, order, n, ensemble->tree_weights);
}

static void vote_numbers(double *out, const mlt_ensemble *ensemble, vote_block *v) {
    for (size_t t = 0; t < ensemble->n_trees; t++) {
        mlt__tree_leaves(v->leaves, &ensemble->trees[t], &v->rows);
        for (size_t r = 0; r < v->rows.n; r++)
            v->votes[r * ensemble->n_trees + t] = ensemble->trees[t].value[v->leaves[r]];
    }
    for (size_t r = 0; r < v->rows.n; r++)
        out[r] = median_of(ensemble, v->votes + r * ensemble->n_trees, v->order);
}

mlt_status mlt__adaboost_vote(double *out, uint32_t *labels, const mlt_boosted *boosted,
                              const mlt_predict_input *in, mlt_error *err) {
    const mlt_ensemble *ensemble = boosted->ensemble;
    mlt_status status = MLT_OK;
    size_t capacity = mlt__row_block_capacity(ensemble->p), n_blocks = (in->n_rows + capacity - 1) / capacity;
    double weight_sum = mlt__pairwise_sum(ensemble->tree_weights, ensemble->n_trees);
    int threads = mlt__threads(in->ctx, n_blocks);
#pragma omp parallel num_threads(threads)
    {
        vote_block v;
        mlt_error own = {0};
        mlt_status ready = vote_block_new(&v, boosted, &own);
        if (ready != MLT_OK) {
#pragma omp critical(mlt_adaboost_predict)
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
            mlt__row_block_load(&v.rows, in, start);
            if (boosted->classes)
                vote_classes(out + start * ensemble->width, labels + start, boosted, &v, weight_sum);
            else
                vote_numbers(out + start, ensemble, &v);
        }
        vote_block_clear(&v);
    }
    return status;
}
