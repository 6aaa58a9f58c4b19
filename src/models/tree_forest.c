/* Packing trees into compact nodes. */
#include "models/tree_forest.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

float mlt__float_below(double x) {
    float nearest = (float)x;
    return (double)nearest > x ? nextafterf(nearest, -INFINITY) : nearest;
}

unsigned mlt__forest_skip_bit(size_t p) {
    unsigned bit = MLT_FOREST_FEATURE_BIT;
    for (; p > 0; p /= 2)
        bit++;
    return bit;
}

/* Where a tree's leaves and category sets begin in the forest. */
typedef struct tree_start {
    size_t leaf, word;
} tree_start;

static void pack_tree(uint64_t *nodes, double *values, uint32_t *sets, const mlt_forest *forest,
                      const mlt_tree *tree, tree_start start) {
    if (sets && tree->n_category_words > 0)
        memcpy(sets + start.word, tree->category_bits, tree->n_category_words * sizeof *sets);
    for (size_t i = 0; i < tree->n_nodes; i++) {
        const mlt_tree_node *node = &tree->nodes[i];
        uint32_t lower, upper;
        size_t skip = 0, feature = forest->p;
        bool leaf = node->feature < 0, category = !leaf && (node->flags & MLT_NODE_CATEGORY);
        if (leaf) {
            lower = (uint32_t)start.leaf;
            memcpy(values + start.leaf++ * forest->width, tree->value + i * tree->width,
                   tree->width * sizeof *values);
        } else {
            float threshold = mlt__float_below(node->threshold);
            memcpy(&lower, &threshold, sizeof lower);
            if (category)
                lower = (uint32_t)(start.word + tree->category_offset[i]);
            skip = node->right - i;
            feature = (size_t)node->feature;
        }
        upper = (uint32_t)(feature << MLT_FOREST_FEATURE_BIT);
        if (!leaf && (node->flags & MLT_NODE_MISSING_LEFT))
            upper |= MLT_FOREST_MISSING_LEFT;
        if (category)
            upper |= MLT_FOREST_CATEGORY;
        if (forest->words == 1)
            upper |= (uint32_t)(skip << forest->skip_bit);
        else
            nodes[2 * i + 1] = skip;
        nodes[i * forest->words] = lower | (uint64_t)upper << 32;
    }
}

/* The forest's sizes, and where each tree begins. */
static mlt_status measure(mlt_forest *forest, tree_start *starts, const mlt_tree *trees, mlt_error *err) {
    size_t largest_skip = 0;
    tree_start at = {0};
    for (size_t t = 0; t < forest->n_trees; t++) {
        starts[t] = at;
        forest->first[t + 1] = forest->first[t] + trees[t].n_nodes;
        at.leaf += (trees[t].n_nodes + 1) / 2;
        at.word += trees[t].n_category_words;
        if (trees[t].n_nodes > largest_skip)
            largest_skip = trees[t].n_nodes;
    }
    if (at.leaf > UINT32_MAX || at.word > UINT32_MAX)
        return mlt__raise(err, MLT_E_LIMIT,
                          "the trees have 2^32 leaves or more; give fewer --n-estimators or a --max-depth");
    starts[forest->n_trees] = at;
    forest->n_values = at.leaf;
    forest->words = forest->skip_bit < 32 && largest_skip >> (32 - forest->skip_bit) == 0 ? 1 : 2;
    return MLT_OK;
}

mlt_status mlt__forest_pack(mlt_forest *out, const mlt_tree *trees, size_t n_trees, size_t p, size_t width,
                            int threads, mlt_error *err) {
    *out = (mlt_forest){.n_trees = n_trees, .p = p, .width = width, .skip_bit = mlt__forest_skip_bit(p)};
    uint64_t *nodes;
    double *values;
    uint32_t *sets = NULL;
    tree_start *starts;
    MLT_ALLOC(out->first, n_trees + 1, err);
    MLT_ALLOC(starts, n_trees + 1, err);
    out->first[0] = 0;
    mlt_status status = measure(out, starts, trees, err);
    if (status != MLT_OK)
        goto done;
    MLT_ALLOC_GOTO(nodes, out->first[n_trees] * out->words, err, done);
    out->nodes = out->owned[0] = nodes;
    MLT_ALLOC_GOTO(values, out->n_values * width, err, done);
    out->values = out->owned[1] = values;
    if (starts[n_trees].word > 0) {
        MLT_ALLOC_GOTO(sets, starts[n_trees].word, err, done);
        out->sets = out->owned[2] = sets;
    }
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t t = 0; t < n_trees; t++)
        pack_tree(nodes + out->first[t] * out->words, values, sets, out, &trees[t], starts[t]);
done:
    free(starts);
    return status;
}

void mlt__forest_clear(mlt_forest *forest) {
    free(forest->first);
    for (size_t i = 0; i < sizeof forest->owned / sizeof *forest->owned; i++)
        free(forest->owned[i]);
    *forest = (mlt_forest){0};
}
