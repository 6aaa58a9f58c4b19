/* Why a row got its prediction: the score that is explained, and who explains it. */
#include "mltool/explain.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/pairwise_sum.h"
#include "eval/explain_parts.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a node says ---- */

/* The class shares of a node, or its value. */
static void node_shares(double *out, const mlt_tree *tree, size_t node) {
    const double *value = tree->value + node * tree->width;
    if (tree->width == 1) {
        out[0] = value[0];
        return;
    }
    double sum = mlt__pairwise_sum(value, tree->width);
    for (size_t c = 0; c < tree->width; c++)
        out[c] = sum > 0 ? value[c] / sum : 0;
}

void mlt__node_score(double *out, const mlt__tree_scores *scores, size_t t, size_t node) {
    size_t k = scores->width, best = 0;
    double mean = 0;
    node_shares(out, &scores->trees[t], node);
    if (scores->kind == MLT_SCORE_PREDICTION)
        return;
    if (scores->kind == MLT_SCORE_VOTES) {
        for (size_t c = 1; c < k; c++)
            best = out[c] > out[best] ? c : best;
        for (size_t c = 0; c < k; c++)
            out[c] = c == best ? scores->weights[t] : 0;
        return;
    }
    for (size_t c = 0; c < k; c++)
        if (scores->seen[c])
            mean += log(fmax(out[c], DBL_EPSILON)) / (double)scores->n_seen;
    for (size_t c = 0; c < k; c++)
        out[c] = scores->seen[c] ? ((double)scores->n_seen - 1) * (log(fmax(out[c], DBL_EPSILON)) - mean) : 0;
}

/* ---- trees ---- */

static mlt_status allocate_parts(mlt_parts *out, size_t p, size_t width, mlt_error *err) {
    MLT_ALLOC(out->base, width, err);
    out->parts = mlt__calloc(p * width, sizeof *out->parts);
    return out->parts ? MLT_OK : mlt__raise_nomem(err, p * width * sizeof *out->parts);
}

/* The score itself, summed as the model does: trees in turn. */
static mlt_status sum_scores(mlt_explanation *e, const mlt__tree_scores *scores, mlt_error *err) {
    double *one;
    MLT_ALLOC(one, e->width, err);
    for (size_t c = 0; c < e->width; c++)
        e->score[c] = 0;
    for (size_t t = scores->first; t < scores->end; t++) {
        mlt__node_score(one, scores, t, e->leaves[t]);
        for (size_t c = 0; c < e->width; c++)
            e->score[c] += one[c];
    }
    for (size_t c = 0; c < e->width; c++)
        e->score[c] /= scores->divisor;
    free(one);
    return MLT_OK;
}

static mlt_status settle_parts(mlt_explanation *e, mlt_parts *parts, mlt_error *err) {
    for (size_t c = 0; c < e->width; c++)
        MLT_TRY(mlt__settle(&parts->base[c], parts->parts + c, e->p, e->width, e->score[c], err));
    return MLT_OK;
}

void mlt__boosted_scores(mlt__tree_scores *out, const mlt_model *model, const mlt_model_view *view,
                         bool *seen) {
    const mlt_params *params = mlt_model_params(model);
    bool real = mlt_params_spec(params, "algorithm") && mlt_params_is(params, "algorithm", "samme.r");
    *out = (mlt__tree_scores){.trees = view->trees,
                              .weights = view->tree_weights,
                              .end = view->n_trees,
                              .width = mlt_model_width(model),
                              .kind = real ? MLT_SCORE_LOGITS : MLT_SCORE_VOTES,
                              .seen = seen,
                              .divisor = mlt__pairwise_sum(view->tree_weights, view->n_trees)};
    for (size_t c = 0; c < out->width; c++) {
        seen[c] = view->trees[0].value[c] > 0;
        out->n_seen += seen[c];
    }
}

/* How the trees make the score, and which of them is the answer alone. */
static mlt__tree_scores describe_scores(mlt_explanation *e, const mlt_model_view *view, bool *seen) {
    mlt__tree_scores scores = {
        .trees = view->trees, .end = view->n_trees, .width = e->width, .divisor = (double)view->n_trees};
    e->told = view->n_trees == 1 && !view->tree_weights ? 0 : view->n_trees;
    if (view->tree_weights && e->width > 1) {
        mlt__boosted_scores(&scores, e->model, view, seen);
    } else if (view->tree_weights) { /* the weighted median: the first tree that says it */
        for (e->told = 0; e->told + 1 < view->n_trees; e->told++)
            if (view->trees[e->told].value[e->leaves[e->told]] == e->prediction[0])
                break;
        scores.first = e->told;
        scores.end = e->told + 1;
        scores.divisor = 1;
    }
    e->kind = scores.kind;
    return scores;
}

static mlt_status explain_trees(mlt_explanation *e, const mlt_model_view *view, const mlt_context *ctx,
                                mlt_error *err) {
    bool *seen;
    mlt_status status;
    e->n_trees = view->n_trees;
    MLT_ALLOC(e->leaves, e->n_trees, err);
    for (size_t t = 0; t < e->n_trees; t++)
        e->leaves[t] = mlt_tree_leaf(&view->trees[t], e->data->x, e->row);
    MLT_TRY(allocate_parts(&e->path, e->p, e->width, err));
    MLT_TRY(allocate_parts(&e->shap, e->p, e->width, err));
    MLT_ALLOC(seen, e->width, err);
    mlt__tree_scores scores = describe_scores(e, view, seen);
    if (scores.kind == MLT_SCORE_PREDICTION)
        memcpy(e->score, e->prediction, e->width * sizeof *e->score);
    else
        MLT_TRY_GOTO(sum_scores(e, &scores, err), done);
    MLT_TRY_GOTO(mlt__path_parts(e, &scores, err), done);
    MLT_TRY_GOTO(settle_parts(e, &e->path, err), done);
    MLT_TRY_GOTO(mlt__shap_parts(e, &scores, ctx, err), done);
    MLT_TRY_GOTO(settle_parts(e, &e->shap, err), done);
    if (mlt_model_schema(e->model)->task == MLT_CLASSIFICATION)
        status = mlt__find_flips(e, ctx, err);
done:
    free(seen);
    return status;
}

/* ---- all models ---- */

static mlt_status predict_row(mlt_explanation *e, mlt_error *err) {
    const mlt_context alone = {.threads = 1};
    uint32_t row = (uint32_t)e->row;
    MLT_ALLOC(e->prediction, e->width, err);
    MLT_ALLOC(e->score, e->width, err);
    bool classes = mlt_model_schema(e->model)->task == MLT_CLASSIFICATION;
    return mlt_model_predict(e->prediction, classes ? &e->label : NULL, e->model, e->data, &row, 1, &alone,
                             err);
}

mlt_status mlt_explain(mlt_explanation **out, mlt_model *model, const mlt_dataset *data, size_t row,
                       const mlt_context *ctx, mlt_error *err) {
    *out = NULL;
    if (row >= data->n)
        return mlt__raise(err, MLT_E_USAGE,
                          "--row: %zu is beyond the last row of %s, which is %zu; rows count "
                          "from 0",
                          row, data->source, data->n - 1);
    MLT_TRY(mlt_model_unpack(model, err));
    if (mlt_model_view_of(model).n_trees == 0 && mlt_model_width(model) > 1)
        return mlt__raise(err, MLT_E_USAGE,
                          "%s: predictions of trees and of linear regression can be taken apart, not these; "
                          "'mltool inspect' shows what it learned",
                          mlt_model_type_of(model)->name);
    mlt_explanation *e = mlt__calloc(1, sizeof *e);
    if (!e)
        return mlt__raise_nomem(err, sizeof *e);
    mlt_model_view view = mlt_model_view_of(model);
    mlt_status status;
    e->model = model;
    e->data = data;
    e->row = row;
    e->p = data->p;
    e->width = mlt_model_width(model);
    MLT_TRY_GOTO(predict_row(e, err), done);
    if (view.n_trees > 0) {
        status = explain_trees(e, &view, ctx, err);
    } else {
        memcpy(e->score, e->prediction, e->width * sizeof *e->score);
        status = mlt__linear_parts(e, ctx, err);
    }
done:
    if (status == MLT_OK)
        *out = e;
    else
        mlt_explanation_free(e);
    return status;
}

void mlt_explanation_free(mlt_explanation *explanation) {
    if (!explanation)
        return;
    free(explanation->prediction);
    free(explanation->score);
    free(explanation->path.base);
    free(explanation->path.parts);
    free(explanation->shap.base);
    free(explanation->shap.parts);
    free(explanation->leaves);
    free(explanation->flips);
    free(explanation->linear);
    free(explanation);
}
