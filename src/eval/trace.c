/* How a model came about: recording while it is fitted, and what can be told afterwards. */
#include "mltool/trace.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/pairwise_sum.h"
#include "eval/trace_parts.h"

#include <math.h>
#include <stdlib.h>

mlt_status mlt_trace_new(mlt_trace **out, mlt_error *err) {
    *out = mlt__calloc(1, sizeof **out);
    return *out ? MLT_OK : mlt__raise_nomem(err, sizeof **out);
}

/* Until the fit is over a round's rows are positions among the training rows. */
void mlt_trace_round_begins(void *trace_user, size_t round, const double *weights, size_t n) {
    mlt_trace *trace = trace_user;
    if (round >= trace->capacity && !trace->failed) {
        size_t capacity = 2 * round + 16;
        mlt_trace_round *rounds = mlt__realloc(trace->rounds, capacity, sizeof *rounds);
        trace->failed = !rounds;
        trace->rounds = rounds ? rounds : trace->rounds;
        trace->capacity = rounds ? capacity : trace->capacity;
    }
    if (trace->failed)
        return;
    mlt_trace_round *r = &trace->rounds[round];
    *r = (mlt_trace_round){.even = true, .train = NAN, .test = NAN};
    double sum = mlt__pairwise_sum(weights, n);
    for (size_t i = 0; i < n; i++) {
        size_t at = r->n_heaviest;
        r->even = r->even && weights[i] == weights[0];
        while (at > 0 && r->times[at - 1] < weights[i])
            at--;
        if (at == MLT_TRACE_HEAVIEST)
            continue;
        r->n_heaviest += r->n_heaviest < MLT_TRACE_HEAVIEST;
        for (size_t h = r->n_heaviest - 1; h > at; h--) {
            r->heaviest[h] = r->heaviest[h - 1];
            r->times[h] = r->times[h - 1];
        }
        r->heaviest[at] = (uint32_t)i;
        r->times[at] = weights[i];
    }
    for (size_t h = 0; h < r->n_heaviest; h++)
        r->times[h] = r->even ? 1 : r->times[h] * (double)n / sum;
    trace->n_rounds = round + 1;
}

/* Positions become data rows; a round that was given up is forgotten. */
static void settle_rounds(mlt_trace *trace, const mlt_dataset *data, const mlt_split *split, size_t n_trees) {
    trace->n_rounds = trace->n_rounds < n_trees ? trace->n_rounds : n_trees;
    for (size_t t = 0; t < trace->n_rounds; t++)
        for (size_t h = 0; h < trace->rounds[t].n_heaviest; h++) {
            uint32_t row = split->train[trace->rounds[t].heaviest[h]];
            trace->rounds[t].heaviest[h] = data->origin ? data->origin[row] : row;
        }
}

/* A tree's root counts the different rows that it saw. */
static mlt_status find_left_out(mlt_trace *trace, const mlt_model_view *view, const mlt_dataset *data,
                                const mlt_split *split, mlt_error *err) {
    size_t counted = 0;
    bool any = false;
    for (size_t i = 0; i < split->n_train; i++)
        counted += mlt__weight_of(data, split->train[i]) > 0;
    MLT_ALLOC(trace->left_out, view->n_trees, err);
    trace->n_trees = view->n_trees;
    for (size_t t = 0; t < view->n_trees; t++) {
        trace->left_out[t] = 1 - (double)view->trees[t].n[0] / (double)counted;
        any = any || view->trees[t].n[0] != counted;
    }
    if (!any) {
        free(trace->left_out);
        trace->left_out = NULL;
    }
    return MLT_OK;
}

static mlt_status finish(mlt_trace *trace, const mlt_dataset *data, const mlt_split *split,
                         const mlt_context *ctx, mlt_error *err) {
    mlt_model_view view = mlt_model_view_of(trace->model);
    settle_rounds(trace, data, split, view.n_trees);
    MLT_TRY(find_left_out(trace, &view, data, split, err));
    if (trace->n_rounds > 0) {
        MLT_TRY(mlt__trace_scores(trace, false, data, split->train, split->n_train, err));
        if (split->n_test > 0)
            MLT_TRY(mlt__trace_scores(trace, true, data, split->test, split->n_test, err));
    } else if (view.n_trees == 1 && !trace->left_out) {
        MLT_TRY(mlt__trace_splits(trace, data, split->train, split->n_train, ctx, err));
    }
    return MLT_OK;
}

mlt_status mlt_trace_finish(mlt_trace *trace, const mlt_model *model, const mlt_fit_spec *spec,
                            const mlt_dataset *data, const mlt_split *split, const mlt_context *ctx,
                            mlt_error *err) {
    mlt_dataset *filled = NULL;
    trace->model = model;
    if (trace->failed)
        return mlt__raise_nomem(err, 2 * trace->capacity * sizeof *trace->rounds);
    if (spec->impute != MLT_IMPUTE_NONE && spec->impute != MLT_IMPUTE_DROP)
        MLT_TRY(mlt_dataset_impute(&filled, data, split->train, split->n_train, spec->impute, err));
    mlt_status status = finish(trace, filled ? filled : data, split, ctx, err);
    mlt_dataset_free(filled);
    return status;
}

void mlt_trace_free(mlt_trace *trace) {
    if (!trace)
        return;
    for (size_t i = 0; i < trace->n_splits; i++) {
        free(trace->splits[i].rival.nodes);
        free(trace->splits[i].rival.category_offset);
        free(trace->splits[i].rival.category_bits);
    }
    free(trace->splits);
    free(trace->rounds);
    free(trace->left_out);
    free(trace);
}
