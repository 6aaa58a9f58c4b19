/* How good a boosted model is after each of its rounds. */
#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"
#include "eval/explain_parts.h"
#include "eval/trace_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is needed on the way, for all rounds. */
typedef struct running {
    mlt_model_view view;
    const mlt_dataset *data;
    const uint32_t *rows;
    size_t n_rows;
    mlt__sum *good; /* n_trees: weight of the rows that are right, or the squared errors */
    double weight;  /* of all rows */
} running;

/* Classes: scores are added up tree by tree, the first largest is the answer. */
static mlt_status run_classes(running *r, const mlt_model *model, mlt_error *err) {
    size_t k = mlt_model_width(model);
    double *score = mlt__calloc(2 * k, sizeof *score), *one;
    bool *seen = mlt__calloc(k, sizeof *seen);
    mlt__tree_scores scores;
    if (!score || !seen) {
        free(score);
        free(seen);
        return mlt__raise_nomem(err, 2 * k * sizeof *score);
    }
    one = score + k;
    mlt__boosted_scores(&scores, model, &r->view, seen);
    for (size_t i = 0; i < r->n_rows; i++) {
        size_t row = r->rows[i];
        for (size_t c = 0; c < k; c++)
            score[c] = seen[c] ? 0 : -INFINITY;
        for (size_t t = 0; t < r->view.n_trees; t++) {
            size_t best = 0;
            mlt__node_score(one, &scores, t, mlt_tree_leaf(&r->view.trees[t], r->data->x, row));
            for (size_t c = 0; c < k; c++) {
                score[c] += one[c];
                best = score[c] > score[best] ? c : best;
            }
            if (best == r->data->labels[row])
                mlt__sum_add(&r->good[t], mlt__weight_of(r->data, row));
        }
    }
    free(score);
    free(seen);
    return MLT_OK;
}

/* Numbers: the weighted median of the trees so far, kept in order of their votes. */
static mlt_status run_numbers(running *r, mlt_error *err) {
    size_t n_trees = r->view.n_trees;
    double *votes;
    size_t *order;
    MLT_ALLOC(votes, n_trees, err);
    order = mlt__alloc(n_trees, sizeof *order);
    if (!order) {
        free(votes);
        return mlt__raise_nomem(err, n_trees * sizeof *order);
    }
    for (size_t i = 0; i < r->n_rows; i++) {
        size_t row = r->rows[i];
        double total = 0;
        for (size_t t = 0; t < n_trees; t++) {
            size_t at = t;
            votes[t] = r->view.trees[t].value[mlt_tree_leaf(&r->view.trees[t], r->data->x, row)];
            total += r->view.tree_weights[t];
            for (; at > 0 && votes[order[at - 1]] > votes[t]; at--)
                order[at] = order[at - 1];
            order[at] = t;
            double sum = 0;
            for (at = 0; at < t; at++) {
                sum += r->view.tree_weights[order[at]];
                if (sum >= 0.5 * total)
                    break;
            }
            double error = r->data->y[row] - votes[order[at]];
            mlt__sum_add(&r->good[t], mlt__weight_of(r->data, row) * error * error);
        }
    }
    free(votes);
    free(order);
    return MLT_OK;
}

/* The sum of squares around the weighted mean. */
static double total_squares(const running *r) {
    mlt__sum sum = {0}, squares = {0};
    for (size_t i = 0; i < r->n_rows; i++)
        mlt__sum_add(&sum, mlt__weight_of(r->data, r->rows[i]) * r->data->y[r->rows[i]]);
    double mean = mlt__sum_value(&sum) / r->weight;
    for (size_t i = 0; i < r->n_rows; i++) {
        double gap = r->data->y[r->rows[i]] - mean;
        mlt__sum_add(&squares, mlt__weight_of(r->data, r->rows[i]) * gap * gap);
    }
    return mlt__sum_value(&squares);
}

mlt_status mlt__trace_scores(mlt_trace *trace, bool test, const mlt_dataset *data, const uint32_t *rows,
                             size_t n_rows, mlt_error *err) {
    running r = {.view = mlt_model_view_of(trace->model), .data = data, .rows = rows, .n_rows = n_rows};
    r.good = mlt__calloc(r.view.n_trees, sizeof *r.good);
    if (!r.good)
        return mlt__raise_nomem(err, r.view.n_trees * sizeof *r.good);
    for (size_t i = 0; i < n_rows; i++)
        r.weight += mlt__weight_of(data, rows[i]);
    mlt_status status = data->labels ? run_classes(&r, trace->model, err) : run_numbers(&r, err);
    double whole = data->labels ? 0 : total_squares(&r);
    for (size_t t = 0; status == MLT_OK && t < trace->n_rounds; t++) {
        double good = mlt__sum_value(&r.good[t]);
        double score = data->labels ? good / r.weight
                       : n_rows < 2 ? NAN
                       : good == 0  ? 1
                       : whole == 0 ? 0
                                    : 1 - good / whole;
        *(test ? &trace->rounds[t].test : &trace->rounds[t].train) = score;
    }
    free(r.good);
    return status;
}
