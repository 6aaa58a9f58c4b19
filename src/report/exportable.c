/* A model as sums over leaves and terms: what the exported forms of it compute. Every number that depends on
 * the leaf alone is computed here, as the model's own prediction computes it, so that the others need add and
 * compare only. */
#include "core/error.h"
#include "core/memory.h"
#include "core/pairwise_sum.h"
#include "report/exporters.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- leaves ---- */

static size_t first_largest(const double *values, size_t n) {
    size_t best = 0;
    for (size_t c = 1; c < n; c++)
        best = values[c] > values[best] ? c : best;
    return best;
}

/* A tree that is averaged gives its value, or class shares. */
static void put_shares(double *out, const double *value, size_t width) {
    double sum = width > 1 ? mlt__pairwise_sum(value, width) : 1;
    for (size_t c = 0; c < width; c++)
        out[c] = value[c] / sum;
}

/* A tree that votes gives its weight to one class, or SAMME.R's (K − 1)(ln p_k − mean ln p). */
static void put_vote(double *out, double *shares, const double *value, const mlt__exportable *e,
                     double weight, bool real) {
    size_t k = e->n_classes;
    for (size_t c = 0; c < k; c++)
        shares[c] = value[e->classes[c]];
    memset(out, 0, k * sizeof *out);
    if (!real) {
        out[first_largest(shares, k)] = weight;
        return;
    }
    double sum = mlt__pairwise_sum(shares, k);
    for (size_t c = 0; c < k; c++)
        shares[c] = log(fmax(shares[c] / sum, DBL_EPSILON));
    double mean = 1.0 / (double)k * mlt__pairwise_sum(shares, k);
    for (size_t c = 0; c < k; c++)
        out[c] = ((double)k - 1.0) * (shares[c] - mean);
}

/* `weights`: of trees that vote; NULL: they are averaged or stand for themselves. */
static mlt_status add_leaves(mlt__exportable *e, const double *weights, bool real, mlt_error *err) {
    double *shares = mlt__calloc(e->width, sizeof *shares);
    e->leaves = mlt__calloc(e->n_trees, sizeof *e->leaves);
    mlt_status status = shares && e->leaves ? MLT_OK : mlt__raise_nomem(err, e->n_trees * sizeof *e->leaves);
    for (size_t t = 0; t < e->n_trees && status == MLT_OK; t++) {
        const mlt_tree *tree = &e->trees[t];
        e->leaves[t] = mlt__calloc(tree->n_nodes, e->width * sizeof(double));
        if (!e->leaves[t])
            status = mlt__raise_nomem(err, tree->n_nodes * e->width * sizeof(double));
        for (size_t i = 0; i < tree->n_nodes && status == MLT_OK; i++) {
            double *out = e->leaves[t] + i * e->width;
            const double *value = tree->value + i * tree->width;
            if (tree->nodes[i].feature >= 0)
                continue;
            if (weights)
                put_vote(out, shares, value, e, weights[t], real);
            else
                put_shares(out, value, e->width);
        }
    }
    free(shares);
    return status;
}

/* ---- models ---- */

static mlt_status all_classes(mlt__exportable *e, mlt_error *err) {
    e->n_classes = e->schema->k;
    MLT_ALLOC(e->classes, e->n_classes, err);
    for (size_t c = 0; c < e->n_classes; c++)
        e->classes[c] = (int64_t)c;
    return MLT_OK;
}

static mlt_status averaged(mlt__exportable *e, mlt_error *err) {
    e->combination = MLT__MEAN;
    e->width = 1;
    if (e->schema->task == MLT_CLASSIFICATION) {
        MLT_TRY(all_classes(e, err));
        e->width = e->n_classes;
    }
    return add_leaves(e, NULL, false, err);
}

static mlt_status boosted(mlt__exportable *e, const mlt_model *model, const mlt_model_view *view,
                          mlt_error *err) {
    e->width = 1;
    e->weights = view->tree_weights;
    e->combination = MLT__MEDIAN;
    if (e->schema->task == MLT_CLASSIFICATION) {
        MLT_TRY(mlt_tensors_ints(&e->arrays, "classes", 0, (int64_t)e->schema->k - 1, &e->classes,
                                 &e->n_classes, SIZE_MAX, err));
        e->width = e->n_classes;
        e->combination = MLT__VOTES;
        e->weight_sum = mlt__pairwise_sum(view->tree_weights, view->n_trees);
        e->sum_in_pairs = mlt_params_is(mlt_model_params(model), "algorithm", "samme.r");
    }
    return add_leaves(e, e->combination == MLT__VOTES ? e->weights : NULL, e->sum_in_pairs, err);
}

/* An intercept, a term for each numeric feature, and one for each level but the first of a categorical one.
 */
static bool has_usual_terms(const mlt__exportable *e, const mlt__member *member) {
    size_t n = e->intercept;
    for (size_t i = 0; i < member->n_features; i++) {
        const mlt_feature *feature = &e->schema->features[member->features ? (size_t)member->features[i] : i];
        n += mlt__terms_of(feature);
    }
    return n == member->n_terms;
}

static mlt_status linear(mlt__exportable *e, const mlt_model *model, size_t n_members, mlt_error *err) {
    e->combination = MLT__LINEAR;
    e->intercept = n_members > 0 || mlt_params_bool(mlt_model_params(model), "intercept");
    e->members = mlt__calloc(n_members ? n_members : 1, sizeof *e->members);
    if (!e->members)
        return mlt__raise_nomem(err, n_members * sizeof *e->members);
    e->n_members = n_members ? n_members : 1;
    for (size_t m = 0; m < e->n_members; m++) {
        mlt__member *member = &e->members[m];
        char prefix[32] = "", name[64];
        if (n_members)
            snprintf(prefix, sizeof prefix, "member%zu.", m);
        snprintf(name, sizeof name, "%scoef", prefix);
        MLT_TRY(
            mlt_tensors_doubles(&e->arrays, name, &member->coefficients, &member->n_terms, SIZE_MAX, err));
        snprintf(name, sizeof name, "%sfeatures", prefix);
        member->n_features = e->schema->p;
        if (mlt_tensors_find(&e->arrays, name))
            MLT_TRY(mlt_tensors_ints(&e->arrays, name, 0, (int64_t)e->schema->p - 1, &member->features,
                                     &member->n_features, SIZE_MAX, err));
        if (!has_usual_terms(e, member))
            return mlt__export_refuse(model, "a sum of its columns", err);
    }
    return MLT_OK;
}

mlt_status mlt__exportable_new(mlt__exportable *out, const mlt_model *model, mlt_error *err) {
    mlt_model_view view = mlt_model_view_of(model);
    const char *name = mlt_model_type_of(model)->name;
    bool bagged = strcmp(name, "bagging") == 0 || strcmp(name, "random-forest") == 0;
    *out = (mlt__exportable){.schema = mlt_model_schema(model), .trees = view.trees, .n_trees = view.n_trees};
    mlt_status status = mlt_model_save_tensors(model, &out->arrays, err);
    if (status != MLT_OK)
        ;
    else if (strcmp(name, "linear") == 0 || (bagged && view.n_members))
        status = linear(out, model, view.n_members, err);
    else if (strcmp(name, "tree") == 0 || bagged)
        status = averaged(out, err);
    else if (strcmp(name, "adaboost") == 0)
        status = boosted(out, model, &view, err);
    else
        status = mlt__export_refuse(model, "sums of trees or terms", err);
    if (status != MLT_OK)
        mlt__exportable_clear(out);
    return status;
}

void mlt__exportable_clear(mlt__exportable *e) {
    for (size_t t = 0; e->leaves && t < e->n_trees; t++)
        free(e->leaves[t]);
    free(e->leaves);
    free(e->classes);
    for (size_t m = 0; m < e->n_members; m++) {
        free(e->members[m].coefficients);
        free(e->members[m].features);
    }
    free(e->members);
    mlt_tensors_clear(&e->arrays);
    *e = (mlt__exportable){0};
}
