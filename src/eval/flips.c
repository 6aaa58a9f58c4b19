/* The smallest change of one feature that flips the class. Trees change their answer at their thresholds
 * only, so one value on the far side of each is tried, the nearest first. */
#include "core/error.h"
#include "core/memory.h"
#include "eval/explain_parts.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { BATCH = 256 };

/* A value to try. */
typedef struct trial {
    double distance, threshold, to;
    bool above;
} trial;

typedef struct flip_search {
    mlt_explanation *e;
    mlt_model_view view;
    mlt__row_copies rows; /* BATCH */
    double *out;          /* BATCH × width */
    uint32_t labels[BATCH];
    trial *trials; /* as many as the most splits of a feature */
} flip_search;

static int by_distance(const void *a, const void *b) {
    const trial *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->above > y->above) - (x->above < y->above);
}

/* The least float above `threshold`, or the greatest that is at most that. */
static double beyond(double threshold, bool above) {
    float value = (float)threshold;
    if (above)
        return (double)value > threshold ? value : nextafterf(value, INFINITY);
    return (double)value <= threshold ? value : nextafterf(value, -INFINITY);
}

/* The values to try, nearest first, each once. */
static size_t list_trials(flip_search *s, size_t feature, double value) {
    size_t n = 0, kept = 0;
    for (size_t t = 0; t < s->view.n_trees; t++) {
        const mlt_tree *tree = &s->view.trees[t];
        for (size_t i = 0; i < tree->n_nodes; i++) {
            if (tree->nodes[i].feature != (int32_t)feature)
                continue;
            double threshold = tree->nodes[i].threshold;
            bool above = (double)(float)value <= threshold;
            double to = beyond(threshold, above);
            if (isfinite(to))
                s->trials[n++] = (trial){fabs(to - value), threshold, to, above};
        }
    }
    qsort(s->trials, n, sizeof *s->trials, by_distance);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || s->trials[i].to != s->trials[kept - 1].to)
            s->trials[kept++] = s->trials[i];
    return kept;
}

/* The first of n rows that has another class; n if none has. */
static mlt_status first_flip(size_t *out, flip_search *s, size_t n, mlt_error *err) {
    const mlt_context alone = {.threads = 1}; /* threads would cost more than these few rows */
    size_t all = s->rows.data.n;
    s->rows.data.n = n;
    mlt_status status =
        mlt_model_predict(s->out, s->labels, s->e->model, &s->rows.data, NULL, n, &alone, err);
    s->rows.data.n = all;
    for (*out = 0; status == MLT_OK && *out < n && s->labels[*out] == s->e->label;)
        ++*out;
    return status;
}

/* What a change of 1 is measured by. */
static mlt_status unit_of(double *out, const mlt_dataset *data, size_t feature, double value,
                          mlt_error *err) {
    const double *values = data->x[feature].values;
    double *known;
    size_t n = 0;
    MLT_ALLOC(known, data->n, err);
    for (size_t i = 0; i < data->n; i++)
        if (!isnan(values[i]))
            known[n++] = values[i];
    *out = n > 1 ? gsl_stats_sd(known, 1, n) : 0;
    if (!(*out > 0) || !isfinite(*out))
        *out = value != 0 ? fabs(value) : 1;
    free(known);
    return MLT_OK;
}

static mlt_status move_number(flip_search *s, size_t feature, mlt_error *err) {
    double value = s->e->data->x[feature].values[s->e->row], unit = 1, *cells = s->rows.values[feature];
    size_t n = list_trials(s, feature, value), at = 0, found = n;
    for (; at < n && found == n; at += BATCH) {
        size_t here = n - at < BATCH ? n - at : BATCH, first;
        for (size_t i = 0; i < here; i++)
            cells[i] = s->trials[at + i].to;
        MLT_TRY(first_flip(&first, s, here, err));
        if (first < here)
            found = at + first;
    }
    if (found < n) {
        const trial *hit = &s->trials[found];
        MLT_TRY(unit_of(&unit, s->e->data, feature, value, err));
        s->e->flips[s->e->n_flips++] = (mlt_flip){.feature = feature,
                                                  .above = hit->above,
                                                  .threshold = hit->threshold,
                                                  .to = hit->to,
                                                  .level = -1,
                                                  .label = s->labels[found % BATCH],
                                                  .size = hit->distance / unit};
    }
    for (size_t i = 0; i < BATCH; i++)
        cells[i] = value;
    return MLT_OK;
}

static mlt_status change_level(flip_search *s, size_t feature, mlt_error *err) {
    int32_t code = s->e->data->x[feature].codes[s->e->row], *cells = s->rows.codes[feature];
    size_t levels = mlt_model_schema(s->e->model)->features[feature].n_levels, at = 0, first = BATCH;
    for (; at < levels && first == BATCH; at += BATCH) {
        for (size_t i = 0; i < BATCH; i++)
            cells[i] = at + i < levels ? (int32_t)(at + i) : code;
        MLT_TRY(first_flip(&first, s, BATCH, err));
        if (first < BATCH)
            s->e->flips[s->e->n_flips++] = (mlt_flip){.feature = feature,
                                                      .threshold = NAN,
                                                      .to = NAN,
                                                      .level = cells[first],
                                                      .label = s->labels[first],
                                                      .size = 1};
    }
    for (size_t i = 0; i < BATCH; i++)
        cells[i] = code;
    return MLT_OK;
}

static int by_size(const void *a, const void *b) {
    const mlt_flip *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return (x->feature > y->feature) - (x->feature < y->feature);
}

/* Room for the trials: how often the trees ask of each feature. */
static mlt_status count_splits(size_t **out, const mlt_model_view *view, size_t p, mlt_error *err) {
    size_t *counts = mlt__calloc(p, sizeof *counts);
    if (!counts)
        return mlt__raise_nomem(err, p * sizeof *counts);
    for (size_t t = 0; t < view->n_trees; t++)
        for (size_t i = 0; i < view->trees[t].n_nodes; i++)
            if (view->trees[t].nodes[i].feature >= 0)
                counts[view->trees[t].nodes[i].feature]++;
    *out = counts;
    return MLT_OK;
}

mlt_status mlt__find_flips(mlt_explanation *out, const mlt_context *ctx, mlt_error *err) {
    flip_search s = {.e = out, .view = mlt_model_view_of(out->model)};
    size_t *splits = NULL, most = 0;
    mlt_status status;
    MLT_TRY_GOTO(count_splits(&splits, &s.view, out->p, err), done);
    for (size_t j = 0; j < out->p; j++)
        most = splits[j] > most ? splits[j] : most;
    MLT_ALLOC_GOTO(s.trials, most, err, done);
    MLT_ALLOC_GOTO(s.out, BATCH * out->width, err, done);
    MLT_ALLOC_GOTO(out->flips, out->p, err, done);
    MLT_TRY_GOTO(mlt__row_copies_new(&s.rows, out->data, out->row, BATCH, err), done);
    for (size_t j = 0; j < out->p; j++) {
        const mlt_cells *x = &out->data->x[j];
        bool missing = x->values ? isnan(x->values[out->row]) : x->codes[out->row] < 0;
        if (splits[j] == 0 || missing)
            continue;
        MLT_TRY_GOTO(x->values ? move_number(&s, j, err) : change_level(&s, j, err), done);
        if (!mlt__progress(ctx, "looking for changes", j + 1, out->p)) {
            status = mlt__raise(err, MLT_E_CANCELLED, "explaining: stopped; run it again");
            goto done;
        }
    }
    qsort(out->flips, out->n_flips, sizeof *out->flips, by_size);
done:
    mlt__row_copies_clear(&s.rows);
    free(s.trials);
    free(s.out);
    free(splits);
    return status;
}
