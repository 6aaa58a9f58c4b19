/* Minimal cost-complexity pruning. */
#include "core/error.h"
#include "core/memory.h"
#include "models/tree_nodes.h"

#include <float.h>
#include <stdlib.h>

/* What pruning knows of each node. */
typedef struct prune_node {
    double risk;        /* of the node as a leaf: weight × impurity / total weight */
    double branch_risk; /* of its subtree's leaves together */
    int64_t leaves;     /* of its subtree */
    uint32_t parent;
    bool candidate; /* an inner node still in the tree */
    bool in_tree;
} prune_node;

static const uint32_t NO_PARENT = UINT32_MAX;

static void bubble_up(prune_node *all, uint32_t index, double risk, int64_t leaves) {
    for (uint32_t at = all[index].parent; at != NO_PARENT; at = all[at].parent) {
        all[at].branch_risk += risk;
        all[at].leaves += leaves;
    }
}

static void measure(prune_node *all, const mlt_nodes *nodes) {
    all[0].parent = NO_PARENT;
    for (uint32_t i = 0; i < nodes->n; i++) {
        const mlt_node *node = &nodes->items[i];
        all[i].risk = node->weight * node->impurity / nodes->items[0].weight;
        all[i].candidate = node->feature >= 0;
        all[i].in_tree = true;
        if (all[i].candidate)
            all[node->left].parent = all[node->right].parent = i;
    }
    for (uint32_t i = 0; i < nodes->n; i++)
        if (!all[i].candidate) {
            all[i].branch_risk = all[i].risk;
            bubble_up(all, i, all[i].risk, 1);
        }
}

/* The weakest link: the inner node whose subtree lowers the risk least a leaf. */
static double weakest_link(const prune_node *all, size_t n, uint32_t *weakest) {
    double least = DBL_MAX;
    for (uint32_t i = 0; i < n; i++) {
        if (!all[i].candidate)
            continue;
        double alpha = (all[i].risk - all[i].branch_risk) / (double)(all[i].leaves - 1);
        if (alpha < least) {
            least = alpha;
            *weakest = i;
        }
    }
    return least;
}

static void cut_below(prune_node *all, mlt_nodes *nodes, uint32_t index, uint32_t *stack) {
    size_t height = 0;
    stack[height++] = index;
    while (height > 0) {
        uint32_t at = stack[--height];
        if (!all[at].in_tree)
            continue;
        all[at].in_tree = all[at].candidate = false;
        if (nodes->items[at].feature >= 0) {
            stack[height++] = nodes->items[at].left;
            stack[height++] = nodes->items[at].right;
        }
    }
    all[index].in_tree = true;
    nodes->items[index].feature = -1;
    int64_t lost = all[index].leaves - 1;
    double more = all[index].risk - all[index].branch_risk;
    all[index].leaves = 0;
    all[index].branch_risk = all[index].risk;
    bubble_up(all, index, more, -lost);
}

mlt_status mlt__nodes_prune(mlt_nodes *nodes, double alpha, mlt_error *err) {
    prune_node *all = mlt__calloc(nodes->n, sizeof *all);
    uint32_t *stack = mlt__alloc(nodes->n + 1, 2 * sizeof *stack);
    mlt_status status = MLT_OK;
    if (all && stack) {
        measure(all, nodes);
        while (all[0].candidate) {
            uint32_t weakest = 0;
            if (alpha < weakest_link(all, nodes->n, &weakest))
                break;
            cut_below(all, nodes, weakest, stack);
        }
        /* Pruned nodes must not count towards importances. */
        for (size_t i = 0; i < nodes->n; i++)
            if (!all[i].in_tree)
                nodes->items[i].feature = -1;
    } else {
        status = mlt__raise_nomem(err, nodes->n * (sizeof *all + 2 * sizeof *stack));
    }
    free(all);
    free(stack);
    return status;
}
