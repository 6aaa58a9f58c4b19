/* Contributions along the path of each tree, and sums that come out to the bit. Source: Saabas,
 * "Interpreting random forests", 2014. */
#include "core/double_double.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"
#include "eval/explain_parts.h"

#include <stdlib.h>
#include <string.h>

/* Node scores on the way down one tree; `here` and `next` are scratch. */
static void add_path(mlt__sum *sums, mlt__sum *base, double *here, double *next,
                     const mlt__tree_scores *scores, size_t t, uint32_t leaf) {
    const mlt_tree *tree = &scores->trees[t];
    size_t width = scores->width;
    mlt__node_score(here, scores, t, 0);
    for (size_t c = 0; c < width; c++)
        mlt__sum_add(&base[c], here[c]);
    for (uint32_t node = 0; node != leaf;) {
        const mlt_tree_node *split = &tree->nodes[node];
        /* Nodes are in depth-first order: what is before the right child lies below the left one. */
        node = leaf < split->right ? node + 1 : split->right;
        mlt__node_score(next, scores, t, node);
        for (size_t c = 0; c < width; c++) {
            mlt__sum *sum = &sums[(size_t)split->feature * width + c];
            mlt__sum_add(sum, next[c]);
            mlt__sum_add(sum, -here[c]);
            here[c] = next[c];
        }
    }
}

mlt_status mlt__path_parts(mlt_explanation *out, const mlt__tree_scores *scores, mlt_error *err) {
    size_t width = out->width, n = out->p * width;
    double *scratch = mlt__calloc(2 * width, sizeof *scratch);
    mlt__sum *sums = mlt__calloc(n + width, sizeof *sums);
    if (!scratch || !sums) {
        free(scratch);
        free(sums);
        return mlt__raise_nomem(err, (n + width) * sizeof *sums);
    }
    for (size_t t = scores->first; t < scores->end; t++)
        add_path(sums, sums + n, scratch, scratch + width, scores, t, out->leaves[t]);
    for (size_t i = 0; i < n; i++)
        out->path.parts[i] = mlt__sum_value(&sums[i]) / scores->divisor;
    for (size_t c = 0; c < width; c++)
        out->path.base[c] = mlt__sum_value(&sums[n + c]) / scores->divisor;
    free(scratch);
    free(sums);
    return MLT_OK;
}

static int by_size(const void *a, const void *b) {
    double x = fabs(**(double *const *)a), y = fabs(**(double *const *)b);
    return (x < y) - (x > y);
}

/* Target less the exact sum: 0 if that rounds to the target. */
static double residual(double *const *items, size_t n, double target) {
    mlt_dd sum = {0};
    for (size_t i = 0; i < n; i++)
        sum = mlt__dd_add(sum, (mlt_dd){*items[i], 0});
    return sum.hi == target ? 0 : mlt__dd_subtract((mlt_dd){target, 0}, sum).hi;
}

mlt_status mlt__settle(double *base, double *parts, size_t n, size_t stride, double target, mlt_error *err) {
    double **items, rest;
    size_t used = 0;
    MLT_ALLOC(items, n + 1, err);
    for (size_t i = 0; i < n; i++)
        if (parts[i * stride] != 0)
            items[used++] = &parts[i * stride];
    if (*base != 0 || used == 0)
        items[used++] = base;
    qsort(items, used, sizeof *items, by_size);
    /* What is missing goes to the largest; what that cannot hold goes to the next. */
    for (size_t i = 0; i < used && (rest = residual(items, used, target)) != 0; i++)
        *items[i] += rest;
    free(items);
    return MLT_OK;
}
