/* AdaBoost's predictions after each tree: votes are added up as they come. */
#include "core/error.h"
#include "core/memory.h"
#include "core/pairwise_sum.h"
#include "models/adaboost_vote.h"
#include "models/tree_predict.h"

#include <stdlib.h>
#include <string.h>

mlt_status mlt__ballot_new(mlt_ballot *out, const mlt_boosted *boosted, const mlt_predict_input *in,
                           mlt_error *err) {
    const mlt_ensemble *ensemble = boosted->ensemble;
    *out = (mlt_ballot){.boosted = boosted, .in = *in, .n = in->n_rows, .width = ensemble->width};
    MLT_ALLOC(out->leaves, out->n, err);
    MLT_ALLOC(out->out, out->n * out->width, err);
    if (boosted->classes) {
        MLT_ALLOC(out->decisions, out->n * boosted->n_classes, err);
        MLT_ALLOC(out->shares, 2 * boosted->n_classes, err);
        MLT_ALLOC(out->labels, out->n, err);
        memset(out->decisions, 0, out->n * boosted->n_classes * sizeof *out->decisions);
        return MLT_OK;
    }
    if (ensemble->n_trees > 0 && out->n > SIZE_MAX / sizeof(double) / ensemble->n_trees)
        return mlt__raise_nomem(err, SIZE_MAX);
    MLT_ALLOC(out->votes, out->n * ensemble->n_trees, err);
    MLT_ALLOC(out->order, out->n * ensemble->n_trees, err);
    return MLT_OK;
}

void mlt__ballot_clear(mlt_ballot *ballot) {
    free(ballot->leaves);
    free(ballot->decisions);
    free(ballot->shares);
    free(ballot->votes);
    free(ballot->order);
    free(ballot->out);
    free(ballot->labels);
    *ballot = (mlt_ballot){0};
}

/* Row i's vote for classes, and what that makes of it. */
static void vote_class(mlt_ballot *b, size_t i, const double *value, size_t t, double weight_sum) {
    const mlt_boosted *boosted = b->boosted;
    size_t k = boosted->n_classes;
    double *decision = b->decisions + i * k, *proba = b->shares + k, *out = b->out + i * b->width;
    mlt__boost_add_vote(decision, b->shares, value, boosted, boosted->ensemble->tree_weights[t]);
    memcpy(proba, decision, k * sizeof *proba);
    memset(out, 0, b->width * sizeof *out);
    b->labels[i] = boosted->classes[mlt__boost_conclude(proba, k, weight_sum, boosted->real)];
    for (size_t c = 0; c < k; c++)
        out[boosted->classes[c]] = proba[c];
}

/* Row i's vote for a number: put in its place among the earlier ones. */
static void vote_number(mlt_ballot *b, size_t i, double vote, size_t t) {
    const mlt_ensemble *ensemble = b->boosted->ensemble;
    double *votes = b->votes + i * ensemble->n_trees;
    uint32_t *order = b->order + i * ensemble->n_trees;
    size_t at = t;
    votes[t] = vote;
    for (; at > 0 && votes[order[at - 1]] > vote; at--)
        order[at] = order[at - 1];
    order[at] = (uint32_t)t;
    b->out[i] = mlt__boost_median(votes, order, t + 1, ensemble->tree_weights);
}

mlt_status mlt__ballot_add(mlt_ballot *ballot, size_t t, const mlt_forest *forest, size_t place,
                           mlt_error *err) {
    double weight_sum = mlt__pairwise_sum(ballot->boosted->ensemble->tree_weights, t + 1);
    MLT_TRY(mlt__forest_leaves(ballot->leaves, forest, place, &ballot->in, err));
    for (size_t i = 0; i < ballot->n; i++) {
        const double *value = forest->values + ballot->leaves[i] * forest->width;
        if (!ballot->votes)
            vote_class(ballot, i, value, t, weight_sum);
        else
            vote_number(ballot, i, *value, t);
    }
    return MLT_OK;
}

mlt_status mlt__adaboost_stages(const mlt_stage_listener *listener, const mlt_boosted *boosted,
                                const mlt_predict_input *in, mlt_error *err) {
    mlt_ballot ballot;
    mlt_status status = mlt__ballot_new(&ballot, boosted, in, err);
    for (size_t t = 0; t < boosted->ensemble->n_trees && status == MLT_OK; t++) {
        status = mlt__ballot_add(&ballot, t, &boosted->ensemble->forest, t, err);
        if (status == MLT_OK)
            status = listener->predicted(listener->user, t, ballot.out, ballot.labels, err);
    }
    mlt__ballot_clear(&ballot);
    return status;
}
