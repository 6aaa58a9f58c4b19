/* Stumps over columns sorted once.
 *
 * A cut is judged by Σ over both sides of (sum of squared class weights) / weight, which orders cuts as the
 * Gini proxy does. Sums are taken in whatever order is fastest, so a judgement is off by a rounding error;
 * the best cut is certain if it leads all others by more than that. Ties that the last bit decides are left
 * to the tree engine. */
#include "models/stump.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/tree_criterion.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A cut behind place `at` of a column's order. */
typedef struct stump_cut {
    double score, second; /* the best cut's and the runner-up's, at most the margin below it or −inf */
    size_t at;
    double weight_left;
} stump_cut;

struct mlt_stump_search {
    const mlt_tree_data *data;
    uint32_t **order; /* p × n: places of a column's rows, ascending by value; the last cell of a code has
                         LAST set */
    stump_cut *best;  /* p: each column's */
    double *signed_weights; /* n: two classes: the weight, negative for the second */
    double *sums;           /* threads × 2 × width */
    double *counts;         /* 2 × width: the sides of the stump */
    int threads;
};

/* Marks a place with a cut behind it. Positions are below 2^31. */
static const uint32_t LAST = 0x80000000U;

static bool applies(const mlt_tree_data *data, const mlt_tree_params *params) {
    if (data->task != MLT_CLASSIFICATION || params->criterion != MLT_GINI || params->max_depth != 1 ||
        params->min_samples_leaf > 1 || params->min_samples_split > 2 || params->max_features != data->p ||
        params->max_leaf_nodes != 0 || params->ccp_alpha > 0 || params->min_impurity_decrease > 0)
        return false;
    for (size_t j = 0; j < data->p; j++)
        if (!data->features[j].values || data->features[j].has_missing)
            return false;
    return true;
}

/* Places of one column in order of its codes. */
static mlt_status sort_column(uint32_t **out, const mlt_tree_feature *feature, size_t n, mlt_error *err) {
    uint32_t *starts, *order;
    MLT_ALLOC(order, n, err);
    *out = order;
    starts = mlt__calloc((size_t)feature->n_codes + 1, sizeof *starts);
    if (!starts)
        return mlt__raise_nomem(err, (size_t)feature->n_codes * sizeof *starts);
    for (size_t i = 0; i < n; i++)
        starts[feature->codes[i] + 1]++;
    for (uint32_t c = 1; c < feature->n_codes; c++)
        starts[c] += starts[c - 1];
    for (size_t i = 0; i < n; i++)
        order[starts[feature->codes[i]]++] = (uint32_t)i;
    /* starts[c] is now where code c ends. */
    for (uint32_t c = 0; c + 1 < feature->n_codes; c++)
        if (feature->values[c + 1] > feature->values[c] + MLT_CLOSE_VALUES)
            order[starts[c] - 1] |= LAST;
    free(starts);
    return MLT_OK;
}

mlt_status mlt__stump_search_new(mlt_stump_search **out, const mlt_tree_data *data,
                                 const mlt_tree_params *params, const mlt_context *ctx, mlt_error *err) {
    *out = NULL;
    if (!applies(data, params))
        return MLT_OK;
    mlt_stump_search *s = mlt__calloc(1, sizeof *s);
    if (!s)
        return mlt__raise_nomem(err, sizeof *s);
    mlt_status status = MLT_OK;
    s->data = data;
    s->threads = mlt__threads(ctx, data->n * data->p / 50000 + 1);
    if ((size_t)s->threads > data->p)
        s->threads = (int)data->p;
    s->order = mlt__calloc(data->p, sizeof *s->order);
    s->best = mlt__calloc(data->p, sizeof *s->best);
    if (!s->order || !s->best) {
        status = mlt__raise_nomem(err, data->p * sizeof *s->best);
        goto failed;
    }
    MLT_ALLOC_GOTO(s->signed_weights, data->n, err, failed);
    MLT_ALLOC_GOTO(s->sums, (size_t)s->threads * 2 * data->width, err, failed);
    MLT_ALLOC_GOTO(s->counts, 2 * data->width, err, failed);
    for (size_t j = 0; j < data->p; j++)
        MLT_TRY_GOTO(sort_column(&s->order[j], &data->features[j], data->n, err), failed);
    *out = s;
    return MLT_OK;
failed:
    mlt__stump_search_free(s);
    return status;
}

void mlt__stump_search_free(mlt_stump_search *s) {
    if (!s)
        return;
    for (size_t j = 0; s->order && j < s->data->p; j++)
        free(s->order[j]);
    free(s->order);
    free(s->best);
    free(s->signed_weights);
    free(s->sums);
    free(s->counts);
    free(s);
}

/* Enter a cut's score. */
static inline void enter(stump_cut *best, double score, size_t at, double weight_left) {
    if (score > best->score) {
        best->second = best->score;
        best->score = score;
        best->at = at;
        best->weight_left = weight_left;
    } else if (score > best->second) {
        best->second = score;
    }
}

/* Two classes. `total` and `second` are the weights of all rows and of the second class. A cut far below the
 * best is left out without a division. */
static void scan_two(stump_cut *best, const mlt_stump_search *s, size_t j, double total, double second,
                     double margin) {
    const uint32_t *order = s->order[j];
    const double *signed_weights = s->signed_weights;
    double left = 0, left_second = 0, bar = -INFINITY;
    for (size_t i = 0; i < s->data->n; i++) {
        double w = signed_weights[order[i] & ~LAST], size = fabs(w);
        left += size;
        left_second += w < 0 ? size : 0;
        if (!(order[i] & LAST))
            continue;
        double left_first = left - left_second, right = total - left;
        double right_second = second - left_second, right_first = right - right_second;
        double squares_left = left_first * left_first + left_second * left_second;
        double squares_right = right_first * right_first + right_second * right_second;
        double scaled = squares_left * right + squares_right * left;
        if (!(scaled > bar * (left * right)))
            continue;
        enter(best, squares_left / left + squares_right / right, i, left);
        bar = best->score - margin;
    }
}

/* Any number of classes; `sums` holds two rows of class weights. */
static void scan_many(stump_cut *best, const mlt_stump_search *s, size_t j, const double *weights,
                      double total, const double *totals, double *sums) {
    const uint32_t *order = s->order[j];
    size_t k = s->data->width;
    double left = 0, *side = sums;
    memset(side, 0, k * sizeof *side);
    for (size_t i = 0; i < s->data->n; i++) {
        size_t position = order[i] & ~LAST;
        left += weights[position];
        side[s->data->labels[position]] += weights[position];
        if (!(order[i] & LAST))
            continue;
        double squares_left = 0, squares_right = 0;
        for (size_t c = 0; c < k; c++) {
            squares_left += side[c] * side[c];
            squares_right += (totals[c] - side[c]) * (totals[c] - side[c]);
        }
        enter(best, squares_left / left + squares_right / (total - left), i, left);
    }
}

/* Scan all columns; the best of all, and whether it is certain. Columns are merged in order. */
static bool search_columns(stump_cut *winner, size_t *column, const mlt_stump_search *s,
                           const double *weights, double total, const double *totals) {
    size_t n = s->data->n, k = s->data->width;
    double margin = 8 * (double)n * DBL_EPSILON * total;
    for (size_t i = 0; k == 2 && i < n; i++)
        s->signed_weights[i] = s->data->labels[i] ? -weights[i] : weights[i];
#pragma omp parallel for schedule(static) num_threads(s->threads)
    for (int t = 0; t < s->threads; t++)
        for (size_t j = (size_t)t; j < s->data->p; j += (size_t)s->threads) {
            s->best[j] = (stump_cut){.score = -INFINITY, .second = -INFINITY};
            if (k == 2)
                scan_two(&s->best[j], s, j, total, totals[1], margin);
            else
                scan_many(&s->best[j], s, j, weights, total, totals, s->sums + (size_t)t * 2 * k);
        }
    *winner = (stump_cut){.score = -INFINITY, .second = -INFINITY};
    for (size_t j = 0; j < s->data->p; j++) {
        const stump_cut *best = &s->best[j];
        double second = winner->second;
        if (best->score > winner->score) {
            second = fmax(winner->score, best->second);
            *winner = *best;
            *column = j;
        } else {
            second = fmax(second, best->score);
        }
        winner->second = second;
    }
    return winner->score - winner->second > margin;
}

static mlt_status write_stump(mlt_tree *tree, const mlt_stump_search *s, const stump_cut *cut, size_t column,
                              const double *weights, const double *totals, mlt_error *err) {
    const mlt_tree_data *data = s->data;
    const mlt_tree_feature *feature = &data->features[column];
    const uint32_t *order = s->order[column];
    size_t k = data->width;
    *tree = (mlt_tree){.n_nodes = 3, .width = k};
    MLT_ALLOC(tree->nodes, 3, err);
    MLT_ALLOC(tree->value, 3 * k, err);
    MLT_ALLOC(tree->n, 3, err);
    double a = feature->values[feature->codes[order[cut->at] & ~LAST]];
    double b = feature->values[feature->codes[order[cut->at + 1] & ~LAST]];
    double middle = a / 2.0 + b / 2.0;
    size_t n = 0, n_left = 0;
    double *left = s->counts, *right = left + k;
    memset(left, 0, 2 * k * sizeof *left);
    for (size_t i = 0; i < data->n; i++) {
        size_t position = order[i] & ~LAST;
        if (weights[position] == 0)
            continue;
        n++;
        n_left += i <= cut->at;
        (i <= cut->at ? left : right)[data->labels[position]] += weights[position];
    }
    const double *values[3] = {totals, left, right};
    const size_t counts[3] = {n, n_left, n - n_left};
    for (size_t node = 0; node < 3; node++) {
        tree->nodes[node].feature = node == 0 ? (int32_t)column : -1;
        tree->nodes[node].threshold = node > 0 ? 0 : middle == b ? a : middle;
        tree->nodes[node].right = node == 0 ? 2 : 0;
        tree->nodes[node].flags = node == 0 && 2 * n_left > n ? MLT_NODE_MISSING_LEFT : 0;
        tree->n[node] = (uint32_t)counts[node];
        memcpy(tree->value + node * k, values[node], k * sizeof *left);
    }
    return MLT_OK;
}

mlt_status mlt__stump_grow(mlt_tree *tree, double *importances, bool *certain, mlt_stump_search *s,
                           const double *weights, mlt_error *err) {
    const mlt_tree_data *data = s->data;
    size_t k = data->width, column = 0;
    stump_cut cut;
    double total = 0, *totals = s->sums + k; /* the second row of the first thread is nobody else's */
    *tree = (mlt_tree){0};
    memset(totals, 0, k * sizeof *totals);
    bool positive = true;
    for (size_t i = 0; i < data->n; i++) {
        total += weights[i];
        totals[data->labels[i]] += weights[i];
        positive &= weights[i] > 0;
    }
    /* Rows of weight 0 would be left out, and a pure node not split: rare enough for the long way. */
    *certain = positive && mlt__impurity_of_counts(MLT_GINI, totals, k, total) > 1e-9 &&
               search_columns(&cut, &column, s, weights, total, totals);
    if (!*certain)
        return MLT_OK;
    mlt_status status = write_stump(tree, s, &cut, column, weights, totals, err);
    if (status != MLT_OK) {
        mlt__tree_clear(tree);
        return status;
    }
    memset(importances, 0, data->p * sizeof *importances);
    importances[column] = 1;
    return MLT_OK;
}
