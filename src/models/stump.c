/* Stumps over columns sorted once. Cuts are judged by sums in whatever order is fastest; the best cut is
 * certain if it leads all others by more than rounding could change. Ties that the last bit decides are left
 * to the tree engine. */
#include "models/stump.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/sorted_column.h"
#include "models/stump_blocks.h"
#include "models/tree_criterion.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 14 }; /* rows that are added up on their own, so that threads do not change a sum */

struct mlt_stump_search {
    const mlt_tree_data *data;
    uint32_t *order; /* p × n: places of a column's rows, ascending by value; the last cell that a cut can
                        be behind has MLT_STUMP_LAST set */
    mlt_stump_cut *best;      /* p: each column's */
    mlt_stump_blocks *blocks; /* two classes; else NULL */
    double *room;             /* more classes: threads × k */
    double *chunk_sums;       /* chunks × 2 k: class weights of each side */
    double *sides;            /* 3 × k: class weights of the root and both leaves */
    size_t n_chunks;
    int threads;
};

static bool applies(const mlt_tree_data *data, const mlt_tree_params *params) {
    if (data->task != MLT_CLASSIFICATION || params->criterion != MLT_GINI || params->max_depth != 1 ||
        params->min_samples_leaf > 1 || params->min_samples_split > 2 || params->max_features != data->p ||
        params->max_leaf_nodes != 0 || params->ccp_alpha > 0 || params->min_impurity_decrease > 0)
        return false;
    for (size_t j = 0; j < data->p; j++)
        if (!data->features[j].cells)
            return false;
    return true;
}

/* What the threads share while they sort. */
typedef struct sort_job {
    mlt_stump_search *search;
    const uint64_t *rows; /* as mlt__rows_in_order made them */
    bool complete;        /* no missing cell was seen */
} sort_job;

static mlt_status take_order(void *user, size_t column, mlt_sorted_column *sorted, mlt_error *err) {
    sort_job *job = user;
    const mlt_tree_data *data = job->search->data;
    uint32_t *order = job->search->order + column * data->n;
    bool complete;
#pragma omp atomic read
    complete = job->complete;
    if (!complete)
        return MLT_OK;
    MLT_TRY(mlt__sort_column(sorted, data, column, job->rows, err));
    if (sorted->known < data->n) {
#pragma omp atomic write
        job->complete = false;
    }
    for (size_t i = 0; i < sorted->known; i++) {
        order[i] = mlt__position_at(sorted, i);
        if (mlt__new_value_at(sorted, i) && !mlt__close_at(sorted, i))
            order[i - 1] |= MLT_STUMP_LAST;
    }
    return MLT_OK;
}

/* Sort the columns. *complete: no cell is missing. */
static mlt_status sort_columns(mlt_stump_search *s, bool *complete, mlt_error *err) {
    uint64_t *rows;
    MLT_TRY(mlt__rows_in_order(&rows, s->data, err));
    sort_job job = {.search = s, .rows = rows, .complete = true};
    mlt_status status = mlt__each_column(take_order, &job, 0, s->data->p, s->data->n, s->threads, err);
    free(rows);
    *complete = job.complete;
    return status;
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
    bool complete;
    s->data = data;
    s->threads = mlt__threads(ctx, data->n * data->p / 50000 + 1);
    s->n_chunks = (data->n + CHUNK - 1) / CHUNK;
    s->order = mlt__alloc_large(data->p * data->n * sizeof *s->order);
    if (!s->order) {
        status = mlt__raise_nomem(err, data->p * data->n * sizeof *s->order);
        goto failed;
    }
    MLT_ALLOC_GOTO(s->best, data->p, err, failed);
    MLT_ALLOC_GOTO(s->room, (size_t)s->threads * data->width, err, failed);
    MLT_ALLOC_GOTO(s->chunk_sums, s->n_chunks * 2 * data->width, err, failed);
    MLT_ALLOC_GOTO(s->sides, 3 * data->width, err, failed);
    MLT_TRY_GOTO(sort_columns(s, &complete, err), failed);
    if (!complete)
        goto failed;
    if (data->width == 2)
        MLT_TRY_GOTO(
            mlt__stump_blocks_new(&s->blocks, s->order, data->p, data->n, data->labels, s->threads, err),
            failed);
    *out = s;
    return MLT_OK;
failed:
    mlt__stump_search_free(s);
    return status;
}

void mlt__stump_search_free(mlt_stump_search *s) {
    if (!s)
        return;
    free(s->order);
    free(s->best);
    mlt__stump_blocks_free(s->blocks);
    free(s->room);
    free(s->chunk_sums);
    free(s->sides);
    free(s);
}

/* Class weights of both sides of one chunk; without leaves all rows are on the left. Returns whether all
 * weights are above 0. */
static bool sum_chunk(mlt_stump_search *s, size_t chunk, const double *weights, const uint32_t *leaves) {
    size_t k = s->data->width, start = chunk * CHUNK;
    size_t end = start + CHUNK < s->data->n ? start + CHUNK : s->data->n;
    const uint32_t *labels = s->data->labels;
    double *sums = s->chunk_sums + chunk * 2 * k;
    bool positive = true;
    memset(sums, 0, 2 * k * sizeof *sums);
    for (size_t i = start; i < end; i++) {
        sums[(leaves ? (leaves[i] - 1) * k : 0) + labels[i]] += weights[i];
        positive &= weights[i] > 0;
    }
    return positive;
}

/* Class weights of both sides: k, and k. Returns whether all weights are above 0. */
static bool sum_sides(double *out, mlt_stump_search *s, const double *weights, const uint32_t *leaves) {
    size_t numbers = 2 * s->data->width;
    bool positive = true;
#pragma omp parallel for schedule(static) num_threads(s->threads) reduction(&& : positive)
    for (size_t chunk = 0; chunk < s->n_chunks; chunk++)
        positive = sum_chunk(s, chunk, weights, leaves) && positive;
    memset(out, 0, numbers * sizeof *out);
    for (size_t chunk = 0; chunk < s->n_chunks; chunk++)
        for (size_t i = 0; i < numbers; i++)
            out[i] += s->chunk_sums[chunk * numbers + i];
    return positive;
}

/* Leaf 1 for the rows up to the cut, leaf 2 for those behind it. */
static void divide(uint32_t *leaves, mlt_stump_search *s, size_t column, size_t at) {
    const uint32_t *order = s->order + column * s->data->n;
    if (s->blocks) {
        mlt__stump_blocks_divide(leaves, s->blocks, column, at);
        return;
    }
#pragma omp parallel for schedule(static) num_threads(s->threads)
    for (size_t i = 0; i < s->data->n; i++)
        leaves[order[i] & ~MLT_STUMP_LAST] = i <= at ? 1 : 2;
}

/* Each column's best cut, any number of classes. */
static void scan_columns(mlt_stump_search *s, const double *weights, const mlt_stump_totals *totals) {
#pragma omp parallel for schedule(static) num_threads(s->threads)
    for (int t = 0; t < s->threads; t++)
        for (size_t j = (size_t)t; j < s->data->p; j += (size_t)s->threads) {
            s->best[j] = (mlt_stump_cut){.score = -INFINITY, .second = -INFINITY};
            mlt__stump_scan_many(&s->best[j], s->order + j * s->data->n, s->data->n, weights, s->data->labels,
                                 s->room + (size_t)t * totals->k, totals);
        }
}

/* The best cut of all columns, merged in order, and whether it is certain. */
static bool search_columns(mlt_stump_cut *winner, size_t *column, mlt_stump_search *s, const double *weights,
                           const mlt_stump_totals *totals) {
    if (s->blocks)
        mlt__stump_blocks_search(s->best, s->blocks, weights, totals);
    else
        scan_columns(s, weights, totals);
    *winner = (mlt_stump_cut){.score = -INFINITY, .second = -INFINITY};
    for (size_t j = 0; j < s->data->p; j++) {
        const mlt_stump_cut *best = &s->best[j];
        double second = fmax(winner->second, fmin(winner->score, best->score));
        if (best->score > winner->score) {
            *winner = *best;
            *column = j;
        }
        winner->second = fmax(second, winner->second);
    }
    return winner->score - winner->second > totals->margin;
}

/* The value at a place of a column's order. */
static double value_at(const mlt_stump_search *s, size_t column, size_t place) {
    uint32_t position = s->order[column * s->data->n + place] & ~MLT_STUMP_LAST;
    return mlt__cell_value(&s->data->features[column], s->data->rows[position]);
}

static mlt_status write_stump(mlt_tree *tree, uint32_t *leaves, mlt_stump_search *s, const mlt_stump_cut *cut,
                              size_t column, const double *weights, mlt_error *err) {
    size_t n = s->data->n, k = s->data->width, n_left = cut->at + 1;
    *tree = (mlt_tree){.n_nodes = 3, .width = k};
    MLT_ALLOC(tree->nodes, 3, err);
    MLT_ALLOC(tree->value, 3 * k, err);
    MLT_ALLOC(tree->n, 3, err);
    divide(leaves, s, column, cut->at);
    (void)sum_sides(s->sides + k, s, weights, leaves);
    memcpy(tree->value, s->sides, 3 * k * sizeof *tree->value);
    double threshold = mlt__threshold(value_at(s, column, cut->at), value_at(s, column, cut->at + 1));
    const size_t counts[3] = {n, n_left, n - n_left};
    for (size_t node = 0; node < 3; node++) {
        tree->nodes[node].feature = node == 0 ? (int32_t)column : -1;
        tree->nodes[node].threshold = node > 0 ? 0 : threshold;
        tree->nodes[node].right = node == 0 ? 2 : 0;
        tree->nodes[node].flags = node == 0 && 2 * n_left > n ? MLT_NODE_MISSING_LEFT : 0;
        tree->n[node] = (uint32_t)counts[node];
    }
    return MLT_OK;
}

mlt_status mlt__stump_grow(mlt_tree *tree, double *importances, uint32_t *leaves, bool *certain,
                           mlt_stump_search *s, const double *weights, mlt_error *err) {
    const mlt_tree_data *data = s->data;
    size_t k = data->width, column = 0;
    mlt_stump_cut cut;
    mlt_stump_totals totals = {.classes = s->sides, .k = k};
    *tree = (mlt_tree){0};
    bool positive = sum_sides(s->sides, s, weights, NULL);
    for (size_t c = 0; c < k; c++)
        totals.weight += totals.classes[c];
    totals.margin = (8 * (double)data->n + 4096) * DBL_EPSILON * totals.weight;
    /* Rows of weight 0 would be left out, and a pure node not split: rare enough for the long way. */
    *certain = positive && mlt__impurity_of_counts(MLT_GINI, totals.classes, k, totals.weight) > 1e-9 &&
               search_columns(&cut, &column, s, weights, &totals);
    if (!*certain)
        return MLT_OK;
    mlt_status status = write_stump(tree, leaves, s, &cut, column, weights, err);
    if (status != MLT_OK) {
        mlt__tree_clear(tree);
        return status;
    }
    memset(importances, 0, data->p * sizeof *importances);
    importances[column] = 1;
    return MLT_OK;
}
