/* AdaBoost's predictions: weighted votes for classes, the weighted median for numbers. */
#include "models/adaboost_vote.h"

#include "core/error.h"
#include "core/pairwise_sum.h"
#include "models/tree_predict.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the blocks of one vote share. */
typedef struct voting {
    double *out;
    uint32_t *labels;
    const mlt_boosted *boosted;
    const mlt_forest *forest;
    double weight_sum;
} voting;

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

/* `scratch`: a decision for each row and class, then one row's class shares. */
static void vote_classes(mlt_row_block *block, void *scratch, void *user) {
    const voting *job = user;
    const mlt_boosted *boosted = job->boosted;
    size_t width = job->forest->width, k = boosted->n_classes;
    double *decisions = scratch, *shares = decisions + block->n * k, *out = job->out + block->start * width;
    memset(decisions, 0, block->n * k * sizeof *decisions);
    for (size_t t = 0; t < job->forest->n_trees; t++) {
        mlt__block_descend(block, job->forest, t);
        for (size_t r = 0; r < block->n; r++)
            mlt__boost_add_vote(decisions + r * k, shares, job->forest->values + block->leaves[r] * width,
                                boosted, boosted->ensemble->tree_weights[t]);
    }
    memset(out, 0, block->n * width * sizeof *out);
    for (size_t r = 0; r < block->n; r++) {
        uint32_t label = mlt__boost_conclude(decisions + r * k, k, job->weight_sum, boosted->real);
        job->labels[block->start + r] = boosted->classes[label];
        for (size_t c = 0; c < k; c++)
            out[r * width + boosted->classes[c]] = decisions[r * k + c];
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

/* `scratch`: a vote for each row and tree, then an order of the trees. */
static void vote_numbers(mlt_row_block *block, void *scratch, void *user) {
    const voting *job = user;
    size_t n_trees = job->forest->n_trees;
    double *votes = scratch;
    uint32_t *order = (uint32_t *)(votes + block->n * n_trees);
    for (size_t t = 0; t < n_trees; t++) {
        mlt__block_descend(block, job->forest, t);
        for (size_t r = 0; r < block->n; r++)
            votes[r * n_trees + t] = job->forest->values[block->leaves[r]];
    }
    for (size_t r = 0; r < block->n; r++)
        job->out[block->start + r] = median_of(job->boosted->ensemble, votes + r * n_trees, order);
}

mlt_status mlt__adaboost_vote(double *out, uint32_t *labels, const mlt_boosted *boosted,
                              const mlt_predict_input *in, mlt_error *err) {
    const mlt_ensemble *ensemble = boosted->ensemble;
    voting job = {.boosted = boosted,
                  .forest = &ensemble->forest,
                  .weight_sum = mlt__pairwise_sum(ensemble->tree_weights, ensemble->n_trees)};
    job.out = out;
    job.labels = labels;
    /* A row's numbers, and one row of them more. */
    size_t of_a_row = (boosted->classes ? boosted->n_classes : ensemble->n_trees) * sizeof(double);
    size_t bytes = (mlt__row_block_capacity(ensemble->p) + 1) * of_a_row;
    return mlt__each_row_block(in, ensemble->p, bytes, boosted->classes ? vote_classes : vote_numbers, &job,
                               err);
}
