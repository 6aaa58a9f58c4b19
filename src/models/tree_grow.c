/* Growing a tree: depth first, or best first where the number of leaves is limited. */
#include "core/error.h"
#include "core/memory.h"
#include "models/tree_nodes.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* A node waiting to be taken up. */
typedef struct pending {
    size_t start, end, depth, n_constants;
    uint32_t parent;
    bool is_left;
    double impurity;
} pending;

typedef struct grower {
    mlt_splitter splitter;
    mlt_nodes nodes;
    const mlt_tree_params *params;
    const mlt_context *ctx;
    size_t settled; /* rows in leaves */
    size_t unheard; /* rows looked at since the caller was last asked */
} grower;

enum { ASK_AFTER = 1 << 16 };

/* The caller hears of `n` rows more that were looked at, and may want to stop. */
static mlt_status ask(grower *g, size_t n, bool is_leaf, mlt_error *err) {
    g->settled += is_leaf ? n : 0;
    g->unheard += n;
    if (g->unheard < ASK_AFTER)
        return MLT_OK;
    g->unheard = 0;
    if (!mlt__progress(g->ctx, "fitting", g->settled, g->splitter.n))
        return mlt__raise(err, MLT_E_CANCELLED, "fitting was stopped");
    return MLT_OK;
}

/* Append the node's record; its parent learns of it. */
static mlt_status add_node(grower *g, const pending *job, size_t *index, mlt_error *err) {
    MLT_TRY(mlt__nodes_add(&g->nodes, index, err));
    if (*index > 0) {
        mlt_node *parent = &g->nodes.items[job->parent];
        *(job->is_left ? &parent->left : &parent->right) = (uint32_t)*index;
    }
    mlt_node *node = &g->nodes.items[*index];
    node->n = (uint32_t)(job->end - job->start);
    node->impurity = job->impurity;
    node->weight = g->splitter.scan.weight_node;
    mlt__splitter_value(&g->splitter, g->nodes.values + *index * g->nodes.width);
    return MLT_OK;
}

/* Take up a node, look for its split and append it, as a leaf where there is none. For the root the impurity
 * is computed here. */
static mlt_status process(grower *g, pending *job, mlt_split_choice *choice, size_t *index, mlt_error *err) {
    const mlt_tree_params *params = g->params;
    size_t n = job->end - job->start;
    mlt__splitter_node(&g->splitter, job->start, job->end);
    if (g->nodes.n == 0)
        job->impurity = mlt__splitter_impurity(&g->splitter);
    *choice = (mlt_split_choice){0};
    MLT_TRY(add_node(g, job, index, err));
    if (job->depth >= params->max_depth || n < params->min_samples_split ||
        n < 2 * params->min_samples_leaf || job->impurity <= DBL_EPSILON)
        return ask(g, n, true, err);
    mlt__splitter_split(choice, &g->splitter, job->impurity, &job->n_constants);
    choice->found = choice->found && choice->improvement + DBL_EPSILON >= params->min_impurity_decrease;
    return ask(g, n, !choice->found, err);
}

static mlt_status make_split(grower *g, size_t index, const mlt_split_choice *choice, const uint32_t *set,
                             mlt_error *err) {
    const mlt_tree_feature *feature = &g->splitter.data->features[choice->feature];
    bool category = !feature->cells;
    return mlt__nodes_split(&g->nodes, index, choice, category ? set : NULL,
                            category ? mlt__set_words(feature->n_levels) : 0, err);
}

static pending child(const pending *job, const mlt_split_choice *choice, size_t parent, bool is_left) {
    size_t border = job->start + choice->n_left;
    return (pending){.start = is_left ? job->start : border,
                     .end = is_left ? border : job->end,
                     .depth = job->depth + 1,
                     .n_constants = job->n_constants,
                     .parent = (uint32_t)parent,
                     .is_left = is_left,
                     .impurity = is_left ? choice->impurity_left : choice->impurity_right};
}

static mlt_status grow_depth_first(grower *g, mlt_error *err) {
    size_t height = 0, capacity = 64;
    mlt_status status = MLT_OK;
    pending *stack = NULL;
    MLT_ALLOC_GOTO(stack, capacity, err, done);
    stack[height++] = (pending){.end = g->splitter.n};
    while (height > 0) {
        pending job = stack[--height];
        mlt_split_choice choice;
        size_t index;
        MLT_TRY_GOTO(process(g, &job, &choice, &index, err), done);
        if (!choice.found)
            continue;
        MLT_TRY_GOTO(make_split(g, index, &choice, g->splitter.left_set, err), done);
        if (height + 2 > capacity) {
            pending *grown = mlt__realloc(stack, 2 * capacity, sizeof *stack);
            if (!grown) {
                status = mlt__raise_nomem(err, 2 * capacity * sizeof *stack);
                goto done;
            }
            stack = grown;
            capacity *= 2;
        }
        stack[height++] = child(&job, &choice, index, false);
        stack[height++] = child(&job, &choice, index, true);
    }
done:
    free(stack);
    return status;
}

/* A leaf of the frontier with the split it would make. */
typedef struct frontier_node {
    pending job;
    mlt_split_choice choice;
    size_t index;
    uint32_t *set; /* owned; category splits only */
    double improvement;
} frontier_node;

/* The frontier is a binary heap with the C++ standard library's moves, since they decide between equal
 * improvements, and scikit-learn uses that heap. */
static void heap_push_up(frontier_node *heap, size_t hole, size_t top, frontier_node value) {
    while (hole > top && heap[(hole - 1) / 2].improvement < value.improvement) {
        heap[hole] = heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap[hole] = value;
}

static frontier_node heap_pop(frontier_node *heap, size_t *n) {
    frontier_node top = heap[0], value = heap[*n - 1];
    size_t length = --*n, hole = 0, second = 0;
    if (length == 0)
        return top;
    while (second < (length - 1) / 2) {
        second = 2 * (second + 1);
        if (heap[second].improvement < heap[second - 1].improvement)
            second--;
        heap[hole] = heap[second];
        hole = second;
    }
    if (length % 2 == 0 && second == (length - 2) / 2) {
        second = 2 * (second + 1);
        heap[hole] = heap[second - 1];
        hole = second - 1;
    }
    heap_push_up(heap, hole, 0, value);
    return top;
}

/* Append a node and put it on the frontier. */
static mlt_status extend_frontier(grower *g, frontier_node *heap, size_t *n, pending job, mlt_error *err) {
    frontier_node node = {.job = job};
    /* scikit-learn hands known constants down only when it grows depth first; the draws depend on it. */
    node.job.n_constants = 0;
    MLT_TRY(process(g, &node.job, &node.choice, &node.index, err));
    node.improvement = node.choice.found ? node.choice.improvement : 0;
    const mlt_tree_feature *feature = &g->splitter.data->features[node.choice.feature];
    if (node.choice.found && !feature->cells) {
        size_t words = mlt__set_words(feature->n_levels);
        MLT_ALLOC(node.set, words, err);
        memcpy(node.set, g->splitter.left_set, words * sizeof *node.set);
    }
    heap_push_up(heap, (*n)++, 0, node);
    return MLT_OK;
}

static mlt_status grow_best_first(grower *g, mlt_error *err) {
    size_t n = 0, splits_left = g->params->max_leaf_nodes - 1;
    size_t most = g->params->max_leaf_nodes < g->splitter.n ? g->params->max_leaf_nodes : g->splitter.n;
    mlt_status status = MLT_OK;
    frontier_node *heap = NULL;
    MLT_ALLOC_GOTO(heap, most + 2, err, done);
    MLT_TRY_GOTO(extend_frontier(g, heap, &n, (pending){.end = g->splitter.n}, err), done);
    while (n > 0) {
        frontier_node node = heap_pop(heap, &n);
        if (node.choice.found && splits_left > 0) {
            splits_left--;
            status = make_split(g, node.index, &node.choice, node.set, err);
            if (status == MLT_OK)
                status = extend_frontier(g, heap, &n, child(&node.job, &node.choice, node.index, true), err);
            if (status == MLT_OK)
                status = extend_frontier(g, heap, &n, child(&node.job, &node.choice, node.index, false), err);
        }
        free(node.set);
        if (status != MLT_OK)
            goto done;
    }
done:
    while (n > 0)
        free(heap[--n].set);
    free(heap);
    return status;
}

mlt_status mlt__tree_grow(mlt_tree *tree, double *importances, const mlt_tree_data *data,
                          const mlt_tree_params *params, const mlt_tree_sample *sample, mlt_error *err) {
    *tree = (mlt_tree){0};
    grower g = {.params = params, .ctx = sample->ctx, .nodes = {.width = data->width}};
    mlt_status status = mlt__splitter_new(&g.splitter, data, params, sample, err);
    if (status == MLT_OK)
        status = params->max_leaf_nodes > 0 ? grow_best_first(&g, err) : grow_depth_first(&g, err);
    mlt__splitter_clear(&g.splitter); /* now, for the nodes are about to be there twice */
    if (status == MLT_OK && params->ccp_alpha > 0)
        status = mlt__nodes_prune(&g.nodes, params->ccp_alpha, err);
    if (status == MLT_OK && importances)
        mlt__nodes_importances(importances, data->p, &g.nodes);
    if (status == MLT_OK)
        status = mlt__nodes_write(tree, &g.nodes, data->features, err);
    if (status != MLT_OK)
        mlt__tree_clear(tree);
    mlt__nodes_clear(&g.nodes);
    return status;
}

void mlt__tree_clear(mlt_tree *tree) {
    free(tree->nodes);
    free(tree->value);
    free(tree->n);
    free(tree->category_offset);
    free(tree->category_bits);
    *tree = (mlt_tree){0};
}
