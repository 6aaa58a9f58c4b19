/* Exact Shapley values of a tree's features, path-dependent: a coalition's value is the tree's answer where
 * splits on features outside it are averaged by the rows in each branch.
 *
 * For one leaf that is a product over the features on its path: z (the share of rows that pass the feature's
 * splits) if the feature is outside, o (does the row pass them all: 1 or 0) if inside. The Shapley value of
 * such a product is its multilinear extension's slope along the diagonal (Owen 1972): φ_f = value (o_f − z_f)
 * ∫₀¹ Π_{g ≠ f} (z_g + (o_g − z_g) t) dt, a polynomial that Gauss and Legendre's rule integrates exactly; no
 * term cancels another. The values are those of TreeSHAP (Lundberg and others, Nature Machine Intelligence 2,
 * 2020). */
#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"
#include "core/threads.h"
#include "eval/explain_parts.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 1024, BATCH_CELLS = 1 << 22, MOST_TREES = 64 };

/* A step down: what it changed. */
typedef struct step {
    uint32_t node;
    bool left, fresh; /* fresh: the feature is new on the path */
    size_t slot;
    double z;
    bool o; /* before */
} step;

/* One thread's work on a tree. */
typedef struct shap_walk {
    const mlt__tree_scores *scores;
    const mlt_explanation *e;
    size_t t;
    step *steps; /* the path, `depth` long */
    size_t depth, room;
    size_t *slot_of;  /* p: 1 + the feature's place among those on the path, 0 if it is not there */
    size_t *features; /* p: by place, `m` of them */
    size_t m;
    double *z, *o, *product, *weight; /* p, by place */
    double *leaf;                     /* width */
    mlt__sum *sums, *base;            /* p × width; width: the tree's own */
} shap_walk;

/* ---- the rule ---- */

/* GSL has precise points for these numbers of them. */
static size_t points_for(size_t m) {
    static const size_t precise[] = {32, 64, 96, 100, 128, 256, 512, 1024};
    size_t points = (m + 1) / 2;
    for (size_t i = 0; points > 20 && i < sizeof precise / sizeof *precise; i++)
        if (precise[i] >= points)
            return precise[i];
    return points;
}

/* φ's weights at this leaf: all but its value. */
static void weigh(shap_walk *w, gsl_integration_glfixed_table *const *rules) {
    size_t m = w->m, points = points_for(m);
    memset(w->weight, 0, m * sizeof *w->weight);
    for (size_t i = 0; i < points; i++) {
        double t, share, after = 1;
        gsl_integration_glfixed_point(0, 1, i, &t, &share, rules[points]);
        w->product[0] = 1; /* of the features before */
        for (size_t s = 0; s + 1 < m; s++)
            w->product[s + 1] = w->product[s] * (w->z[s] + (w->o[s] - w->z[s]) * t);
        for (size_t s = m; s-- > 0;) {
            w->weight[s] += share * w->product[s] * after;
            after *= w->z[s] + (w->o[s] - w->z[s]) * t;
        }
    }
    for (size_t s = 0; s < m; s++)
        w->weight[s] *= w->o[s] - w->z[s];
}

/* ---- the walk ---- */

static double cover(const mlt_tree *tree, size_t node) {
    double sum = 0;
    if (tree->width > 1)
        for (size_t c = 0; c < tree->width; c++)
            sum += tree->value[node * tree->width + c];
    return sum > 0 ? sum : tree->n[node];
}

static mlt_status step_down(shap_walk *w, uint32_t node, bool left, mlt_error *err) {
    const mlt_tree *tree = &w->scores->trees[w->t];
    const mlt_tree_node *split = &tree->nodes[node];
    size_t feature = (size_t)split->feature;
    double whole = cover(tree, node), part = cover(tree, left ? node + 1 : split->right);
    bool passes = mlt_tree_goes_left(tree, node, &w->e->data->x[feature], w->e->row) == left;
    if (w->depth == w->room) {
        size_t room = 2 * w->room + 64;
        step *steps = mlt__realloc(w->steps, room, sizeof *steps);
        if (!steps)
            return mlt__raise_nomem(err, room * sizeof *steps);
        w->steps = steps;
        w->room = room;
    }
    step *s = &w->steps[w->depth++];
    *s = (step){.node = node, .left = left, .fresh = w->slot_of[feature] == 0};
    if (s->fresh) {
        w->features[w->m] = feature;
        w->z[w->m] = 1;
        w->o[w->m] = 1;
        w->slot_of[feature] = ++w->m;
    }
    s->slot = w->slot_of[feature] - 1;
    s->z = w->z[s->slot];
    s->o = w->o[s->slot] > 0;
    w->z[s->slot] *= whole > 0 ? part / whole : 0;
    w->o[s->slot] = s->o && passes;
    return MLT_OK;
}

static void step_back(shap_walk *w) {
    const step *s = &w->steps[--w->depth];
    w->z[s->slot] = s->z;
    w->o[s->slot] = s->o;
    if (s->fresh)
        w->slot_of[w->features[--w->m]] = 0;
}

static mlt_status at_leaf(shap_walk *w, uint32_t node, gsl_integration_glfixed_table *const *rules,
                          mlt_error *err) {
    size_t width = w->e->width;
    double share = 1;
    if (w->m > 2 * (size_t)MOST_POINTS)
        return mlt__raise(err, MLT_E_LIMIT,
                          "a tree asks of more than %d features on one path, too many for "
                          "Shapley values; fit trees of less depth",
                          2 * MOST_POINTS);
    mlt__node_score(w->leaf, w->scores, w->t, node);
    for (size_t s = 0; s < w->m; s++)
        share *= w->z[s];
    for (size_t c = 0; c < width; c++)
        mlt__sum_add(&w->base[c], share * w->leaf[c]);
    if (w->m == 0)
        return MLT_OK;
    weigh(w, rules);
    for (size_t s = 0; s < w->m; s++)
        for (size_t c = 0; c < width; c++)
            mlt__sum_add(&w->sums[w->features[s] * width + c], w->weight[s] * w->leaf[c]);
    return MLT_OK;
}

/* Nodes are in depth-first order: after a leaf comes the right side of the nearest ancestor that has one
 * left. */
static mlt_status walk_tree(shap_walk *w, gsl_integration_glfixed_table *const *rules, mlt_error *err) {
    const mlt_tree *tree = &w->scores->trees[w->t];
    for (uint32_t node = 0; node < tree->n_nodes; node++) {
        if (tree->nodes[node].feature >= 0) {
            MLT_TRY(step_down(w, node, true, err));
            continue;
        }
        MLT_TRY(at_leaf(w, node, rules, err));
        while (w->depth > 0 && !w->steps[w->depth - 1].left)
            step_back(w);
        if (w->depth > 0) {
            uint32_t parent = w->steps[w->depth - 1].node;
            step_back(w);
            MLT_TRY(step_down(w, parent, false, err));
        }
    }
    while (w->depth > 0)
        step_back(w);
    return MLT_OK;
}

static void walk_clear(shap_walk *w) {
    free(w->steps);
    free(w->slot_of);
    free(w->features);
    free(w->z);
    free(w->leaf);
}

static mlt_status walk_new(shap_walk *w, const mlt_explanation *e, const mlt__tree_scores *scores,
                           mlt_error *err) {
    *w = (shap_walk){.scores = scores, .e = e};
    w->slot_of = mlt__calloc(e->p, sizeof *w->slot_of);
    if (!w->slot_of)
        return mlt__raise_nomem(err, e->p * sizeof *w->slot_of);
    MLT_ALLOC(w->features, e->p, err);
    MLT_ALLOC(w->z, 4 * e->p, err);
    MLT_ALLOC(w->leaf, e->width, err);
    w->o = w->z + e->p;
    w->product = w->o + e->p;
    w->weight = w->product + e->p;
    return MLT_OK;
}

/* ---- all trees ---- */

/* Trees in batches, each tree's sums by itself, then added in the trees' order: the same for any number of
 * threads. */
typedef struct shap_job {
    mlt_explanation *e;
    const mlt__tree_scores *scores;
    gsl_integration_glfixed_table *rules[MOST_POINTS + 1];
    size_t batch;     /* trees */
    mlt__sum *sums;   /* batch × (p + 1) × width: features, then the base */
    mlt__sum *totals; /* (p + 1) × width */
} shap_job;

static mlt_status make_rules(shap_job *job, mlt_error *err) {
    size_t most = job->e->p < 2 * (size_t)MOST_POINTS ? job->e->p : 2 * (size_t)MOST_POINTS;
    for (size_t m = 1; m <= most; m++) {
        size_t points = points_for(m);
        if (job->rules[points])
            continue;
        job->rules[points] = gsl_integration_glfixed_table_alloc(points);
        if (!job->rules[points])
            return mlt__raise_nomem(err, points * sizeof(double));
    }
    return MLT_OK;
}

static mlt_status walk_batch(shap_job *job, size_t first, size_t n, const mlt_context *ctx, mlt_error *err) {
    mlt_status failure = MLT_OK;
    size_t p = job->e->p, width = job->e->width, size = (p + 1) * width;
    int threads = mlt__threads(ctx, n);
    memset(job->sums, 0, n * size * sizeof *job->sums);
#pragma omp parallel num_threads(threads)
    {
        shap_walk walk;
        mlt_error own = {0};
        mlt_status status = walk_new(&walk, job->e, job->scores, &own);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < n; i++) {
            if (status != MLT_OK)
                continue;
            walk.t = first + i;
            walk.sums = job->sums + i * size;
            walk.base = walk.sums + p * width;
            status = walk_tree(&walk, job->rules, &own);
        }
        if (status != MLT_OK) {
#pragma omp critical(mlt_shap_failed)
            {
                failure = status;
                if (err)
                    *err = own;
            }
        }
        walk_clear(&walk);
    }
    for (size_t i = 0; i < n * size; i++)
        mlt__sum_add(&job->totals[i % size], mlt__sum_value(&job->sums[i]));
    return failure;
}

static mlt_status walk_all(shap_job *job, const mlt_context *ctx, mlt_error *err) {
    const mlt__tree_scores *scores = job->scores;
    size_t n_trees = scores->end - scores->first;
    MLT_TRY(make_rules(job, err));
    for (size_t done = 0; done < n_trees;) {
        size_t n = n_trees - done < job->batch ? n_trees - done : job->batch;
        MLT_TRY(walk_batch(job, scores->first + done, n, ctx, err));
        done += n;
        if (!mlt__progress(ctx, "explaining", done, n_trees))
            return mlt__raise(err, MLT_E_CANCELLED, "explaining: stopped; run it again");
    }
    return MLT_OK;
}

mlt_status mlt__shap_parts(mlt_explanation *out, const mlt__tree_scores *scores, const mlt_context *ctx,
                           mlt_error *err) {
    size_t size = (out->p + 1) * out->width, n_trees = scores->end - scores->first;
    size_t batch = BATCH_CELLS / size;
    batch = batch < 1 ? 1 : batch > MOST_TREES ? MOST_TREES : batch;
    shap_job *job = mlt__calloc(1, sizeof *job);
    if (!job)
        return mlt__raise_nomem(err, sizeof *job);
    mlt_status status;
    job->e = out;
    job->scores = scores;
    job->batch = batch < n_trees ? batch : n_trees;
    MLT_ALLOC_GOTO(job->sums, job->batch * size, err, done);
    job->totals = mlt__calloc(size, sizeof *job->totals);
    if (!job->totals) {
        status = mlt__raise_nomem(err, size * sizeof *job->totals);
        goto done;
    }
    MLT_TRY_GOTO(walk_all(job, ctx, err), done);
    for (size_t i = 0; i < out->p * out->width; i++)
        out->shap.parts[i] = mlt__sum_value(&job->totals[i]) / scores->divisor;
    for (size_t c = 0; c < out->width; c++)
        out->shap.base[c] = mlt__sum_value(&job->totals[out->p * out->width + c]) / scores->divisor;
done:
    for (size_t i = 0; i <= MOST_POINTS; i++)
        if (job->rules[i])
            gsl_integration_glfixed_table_free(job->rules[i]);
    free(job->sums);
    free(job->totals);
    free(job);
    return status;
}
