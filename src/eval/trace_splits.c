/* The splits of a tree, and what each might have been: the best split of the same rows by another feature.
 * The other splits are found as the tree's own were, by fitting trees of one split to one feature. */
#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "eval/trace_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct split_search {
    mlt_trace *trace;
    const mlt_tree *tree;
    const mlt_dataset *data;
    mlt_params params; /* of a tree of one split */
    bool entropy, absolute;
    uint32_t *leaves; /* n_rows: of each training row */
    uint32_t *rows;   /* those in the present node: n */
    size_t n;
    double *counts;     /* k + 1 a side: classes' weights, then all; else scratch */
    double *pairs;      /* absolute error: 2 × n_rows, value and weight */
    mlt_model **rivals; /* p */
    double *gains;      /* p; −1: no split */
} split_search;

/* ---- impurity ---- */

typedef enum side { LEFT, RIGHT, BOTH } side;

static bool is_on(const mlt_tree *tree, size_t node, const mlt_cells *x, size_t row, side which) {
    return which == BOTH || mlt_tree_goes_left(tree, node, x, row) == (which == LEFT);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean distance from the weighted median. */
static double absolute_impurity(double *pairs, size_t n, double weight) {
    double sum = 0, below = 0, median = NAN;
    qsort(pairs, n, 2 * sizeof *pairs, by_value);
    for (size_t i = 0; i < n && isnan(median); i++) {
        below += pairs[2 * i + 1];
        if (below > weight / 2)
            median = pairs[2 * i];
        else if (below == weight / 2 && i + 1 < n)
            median = pairs[2 * i] / 2 + pairs[2 * (i + 1)] / 2;
    }
    for (size_t i = 0; i < n; i++)
        sum += pairs[2 * i + 1] * fabs(pairs[2 * i] - median);
    return sum / weight;
}

static double class_impurity(const double *counts, size_t k, double weight, bool entropy) {
    double sum = 0;
    for (size_t c = 0; c < k; c++) {
        double share = counts[c] / weight;
        if (share > 0)
            sum += entropy ? -share * log2(share) : share * share;
    }
    return entropy ? sum : 1 - sum;
}

/* The impurity of one side of a split, or of the whole node, and its weight. Each thread has its own room. */
static double impurity(double *weight, const split_search *s, const mlt_tree *tree, size_t node,
                       const mlt_cells *x, side which, double *counts, double *pairs) {
    size_t k = s->data->schema->k, n = 0;
    double mean = 0, squares = 0;
    *weight = 0;
    memset(counts, 0, (k + 1) * sizeof *counts);
    for (size_t i = 0; i < s->n; i++) {
        size_t row = s->rows[i];
        double w = mlt__weight_of(s->data, row);
        if (!(w > 0) || !is_on(tree, node, x, row, which))
            continue;
        *weight += w;
        if (s->data->labels) {
            counts[s->data->labels[row]] += w;
        } else if (s->absolute) {
            pairs[2 * n] = s->data->y[row];
            pairs[2 * n++ + 1] = w;
        } else { /* West 1979 */
            double gap = s->data->y[row] - mean;
            mean += gap * w / *weight;
            squares += w * gap * (s->data->y[row] - mean);
        }
    }
    if (!(*weight > 0))
        return 0;
    if (s->data->labels)
        return class_impurity(counts, k, *weight, s->entropy);
    return s->absolute ? absolute_impurity(pairs, n, *weight) : squares / *weight;
}

static double gain_of(const split_search *s, double whole, const mlt_tree *tree, size_t node,
                      const mlt_cells *x, double *counts, double *pairs) {
    double left, right;
    double on_left = impurity(&left, s, tree, node, x, LEFT, counts, pairs);
    double on_right = impurity(&right, s, tree, node, x, RIGHT, counts, pairs);
    return whole - (left * on_left + right * on_right) / (left + right);
}

/* ---- the others ---- */

/* Fit a tree of one split to one feature; its gain, or −1. */
static mlt_status try_feature(split_search *s, size_t feature, double whole, mlt_error *err) {
    mlt_schema schema = *s->data->schema;
    mlt_dataset one = *s->data;
    const mlt_context alone = {.threads = 1};
    double *counts, *pairs;
    schema.p = 1;
    schema.features = &s->data->schema->features[feature];
    one.p = 1;
    one.schema = &schema;
    one.x = &s->data->x[feature];
    s->gains[feature] = -1;
    mlt_status status = mlt_model_fit(&s->rivals[feature], mlt_model_find("tree"), &s->params, &one, s->rows,
                                      s->n, mlt_model_seed(s->trace->model), &alone, err);
    if (status != MLT_OK) /* what cannot be fitted is no rival */
        return status == MLT_E_NOMEM ? status : MLT_OK;
    const mlt_tree *tree = &mlt_model_view_of(s->rivals[feature]).trees[0];
    if (tree->n_nodes < 3)
        return MLT_OK;
    MLT_ALLOC(counts, schema.k + 1, err);
    pairs = mlt__alloc(2 * s->n, sizeof *pairs);
    if (pairs)
        s->gains[feature] = gain_of(s, whole, tree, 0, one.x, counts, pairs);
    free(counts);
    free(pairs);
    return pairs ? MLT_OK : mlt__raise_nomem(err, 2 * s->n * sizeof *pairs);
}

static mlt_status try_others(split_search *s, size_t chosen, double whole, const mlt_context *ctx,
                             mlt_error *err) {
    mlt_status failure = MLT_OK;
    int threads = mlt__threads(ctx, s->data->p);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (size_t j = 0; j < s->data->p; j++) {
        mlt_error own = {0};
        if (j == chosen) {
            s->gains[j] = -1;
            continue;
        }
        mlt_status status = try_feature(s, j, whole, &own);
        if (status != MLT_OK) {
#pragma omp critical(mlt_trace_failed)
            {
                failure = status;
                if (err)
                    *err = own;
            }
        }
    }
    return failure;
}

/* Keep the rival's split as a tree of one node that names the feature as the data do. */
static mlt_status keep_rival(mlt_trace_split *out, const mlt_tree *tree, size_t feature, size_t n_levels,
                             mlt_error *err) {
    size_t words = (n_levels + 31) / 32;
    MLT_ALLOC(out->rival.nodes, 1, err);
    out->rival.n_nodes = 1;
    out->rival.nodes[0] = tree->nodes[0];
    out->rival.nodes[0].feature = (int32_t)feature;
    if ((tree->nodes[0].flags & MLT_NODE_CATEGORY) && tree->category_bits) {
        out->rival.category_offset = mlt__calloc(1, sizeof *out->rival.category_offset);
        if (!out->rival.category_offset)
            return mlt__raise_nomem(err, sizeof *out->rival.category_offset);
        MLT_ALLOC(out->rival.category_bits, words, err);
        memcpy(out->rival.category_bits, tree->category_bits + tree->category_offset[0],
               words * sizeof *tree->category_bits);
        out->rival.n_category_words = words;
    }
    out->has_rival = true;
    return MLT_OK;
}

/* ---- nodes ---- */

static mlt_status trace_node(split_search *s, uint32_t node, const mlt_context *ctx, mlt_error *err) {
    mlt_trace_split *out = &s->trace->splits[s->trace->n_splits++];
    size_t chosen = (size_t)s->tree->nodes[node].feature, best = chosen;
    const mlt_cells *x = &s->data->x[chosen];
    double weight;
    *out = (mlt_trace_split){.node = node, .rows = s->tree->n[node], .rival_gain = NAN};
    out->impurity = impurity(&weight, s, s->tree, node, x, BOTH, s->counts, s->pairs);
    out->gain = gain_of(s, out->impurity, s->tree, node, x, s->counts, s->pairs);
    memset(s->rivals, 0, s->data->p * sizeof *s->rivals);
    mlt_status status = try_others(s, chosen, out->impurity, ctx, err);
    for (size_t j = 0; status == MLT_OK && j < s->data->p; j++)
        if (s->gains[j] > s->gains[best])
            best = j;
    if (status == MLT_OK && best != chosen) {
        out->rival_gain = s->gains[best];
        status = keep_rival(out, &mlt_model_view_of(s->rivals[best]).trees[0], best,
                            s->data->schema->features[best].n_levels, err);
    }
    for (size_t j = 0; j < s->data->p; j++)
        mlt_model_free(s->rivals[j]);
    return status;
}

/* Nodes are in depth-first order: a node's subtree ends where its sibling, or an ancestor's, begins. */
static mlt_status trace_nodes(split_search *s, const uint32_t *rows, size_t n_rows, const mlt_context *ctx,
                              mlt_error *err) {
    const mlt_tree *tree = s->tree;
    uint32_t *ends;
    mlt_status status = MLT_OK;
    size_t limit = s->trace->n_inner < MLT_TRACE_SPLITS ? s->trace->n_inner : MLT_TRACE_SPLITS;
    MLT_ALLOC(ends, tree->n_nodes, err);
    ends[0] = (uint32_t)tree->n_nodes;
    for (uint32_t node = 0; status == MLT_OK && node < tree->n_nodes && s->trace->n_splits < limit; node++) {
        if (tree->nodes[node].feature < 0)
            continue;
        ends[node + 1] = tree->nodes[node].right;
        ends[tree->nodes[node].right] = ends[node];
        s->n = 0;
        for (size_t i = 0; i < n_rows; i++)
            if (s->leaves[i] >= node && s->leaves[i] < ends[node])
                s->rows[s->n++] = rows[i];
        status = trace_node(s, node, ctx, err);
        if (status == MLT_OK && !mlt__progress(ctx, "tracing", s->trace->n_splits, limit))
            status = mlt__raise(err, MLT_E_CANCELLED, "tracing: stopped; run it again");
    }
    free(ends);
    return status;
}

/* The tree's own parameters, but for one split, whatever it gains. */
static mlt_status stump_params(mlt_params *out, const mlt_model *model, mlt_error *err) {
    static const char *const settings[][2] = {
        {"max-depth", "1"}, {"ccp-alpha", "0"}, {"min-impurity-decrease", "0"}, {"max-features", "all"}};
    const mlt_params *params = mlt_model_params(model);
    const mlt_model_type *type = mlt_model_find("tree");
    mlt_params_init(out, type->params, type->n_params);
    for (size_t i = 0; i < out->n; i++) /* those of its ensemble's that trees have */
        if (mlt_params_spec(params, out->specs[i].name))
            out->values[i] = *mlt_params_get(params, out->specs[i].name);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        MLT_TRY(mlt_params_set(out, settings[i][0], settings[i][1], err));
    return mlt_params_resolve(out, mlt_model_schema(model)->task, err);
}

mlt_status mlt__trace_splits(mlt_trace *trace, const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                             const mlt_context *ctx, mlt_error *err) {
    mlt_model_view view = mlt_model_view_of(trace->model);
    split_search s = {.trace = trace, .tree = &view.trees[0], .data = data};
    mlt_status status;
    MLT_TRY(stump_params(&s.params, trace->model, err));
    s.entropy = mlt_params_is(&s.params, "criterion", "entropy");
    s.absolute = mlt_params_is(&s.params, "criterion", "absolute-error");
    for (size_t i = 0; i < s.tree->n_nodes; i++)
        trace->n_inner += s.tree->nodes[i].feature >= 0;
    MLT_ALLOC(trace->splits, trace->n_inner < MLT_TRACE_SPLITS ? trace->n_inner : MLT_TRACE_SPLITS, err);
    MLT_ALLOC_GOTO(s.leaves, n_rows, err, done);
    MLT_ALLOC_GOTO(s.rows, n_rows, err, done);
    MLT_ALLOC_GOTO(s.counts, data->schema->k + 1, err, done);
    MLT_ALLOC_GOTO(s.pairs, 2 * n_rows, err, done);
    MLT_ALLOC_GOTO(s.rivals, data->p, err, done);
    MLT_ALLOC_GOTO(s.gains, data->p, err, done);
    for (size_t i = 0; i < n_rows; i++)
        s.leaves[i] = mlt_tree_leaf(s.tree, data->x, rows[i]);
    status = trace_nodes(&s, rows, n_rows, ctx, err);
done:
    free(s.leaves);
    free(s.rows);
    free(s.counts);
    free(s.pairs);
    free(s.rivals);
    free(s.gains);
    return status;
}
