/* Squared error, cut by cut. scikit-learn moves the border from cut to cut, adding what lies between, unless
 * the rest of the node is shorter: then it subtracts that from the total. Where each step is the shorter way
 * the left sums are plain running sums, and only the proxies are left to compute, several at a time. */
#include "models/tree_squares.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum { WINDOW = 256 }; /* cuts whose sums stay in the cache */

mlt_status mlt__squares_new(mlt_squares **out, const mlt_tree_data *data, const double *weights, size_t n,
                            const uint32_t *features, size_t n_features, size_t tried, mlt_error *err) {
    mlt_status status = MLT_OK;
    mlt_squares *squares = mlt__calloc(1, sizeof *squares);
    if (!squares)
        return mlt__raise_nomem(err, sizeof *squares);
    squares->kernels = mlt__tree_kernels();
    MLT_ALLOC_GOTO(squares->rows, data->n, err, failed);
    if (data->row_bins) {
        MLT_ALLOC_GOTO(squares->node, n, err, failed);
        MLT_ALLOC_GOTO(squares->cells, MLT_SQUARES_CELLS, err, failed);
        squares->bytes = mlt__calloc(MLT_LANE_ROWS, n_features + MLT_LANES);
        if (!squares->bytes) {
            status = mlt__raise_nomem(err, MLT_LANE_ROWS * (n_features + MLT_LANES));
            goto failed;
        }
        MLT_TRY_GOTO(mlt__lanes_new(&squares->lanes, n_features, err), failed);
    } else if (tried >= n_features) {
        MLT_TRY_GOTO(mlt__ranks_new(&squares->ranks, data, features, n_features, err), failed);
    }
    for (size_t i = 0; i < data->n; i++) {
        double w = weights ? weights[i] : 1.0;
        squares->rows[i] = (mlt_weighted){w, w * data->y[i]};
    }
    *out = squares;
    return MLT_OK;
failed:
    mlt__squares_free(squares);
    return status;
}

void mlt__squares_free(mlt_squares *squares) {
    if (!squares)
        return;
    free(squares->rows);
    free(squares->node);
    free(squares->cells);
    free(squares->bytes);
    mlt__lanes_free(squares->lanes);
    mlt__ranks_free(squares->ranks);
    free(squares);
}

/* Is the way from each cut to the next no longer than from there to the end? */
static bool runs_on(const mlt_cuts *cuts) {
    size_t last = 0;
    for (size_t pos = 1; pos < cuts->known; pos++)
        if (mlt__is_cut(cuts, pos - 1)) {
            if (pos - last > cuts->known - pos)
                return false;
            last = pos;
        }
    return true;
}

bool mlt__squares_scan(mlt_split_choice *best, mlt_squares *squares, const mlt_scan *scan,
                       const mlt_cuts *cuts) {
    double sums[WINDOW], weights[WINDOW], sum = 0, weight = 0;
    if (!runs_on(cuts))
        return false;
    for (size_t start = 0; start + 1 < cuts->known; start += WINDOW) {
        size_t count = cuts->known - 1 - start < WINDOW ? cuts->known - 1 - start : WINDOW, at;
        const uint64_t *keys = cuts->keys + start;
        for (size_t i = 0; i < count; i++) {
            const mlt_weighted *row = &squares->rows[(uint32_t)keys[i]];
            sum += row->wy;
            weight += row->w;
            sums[i] = mlt__is_cut(cuts, start + i) ? sum : NAN;
            weights[i] = weight;
        }
        double proxy = squares->kernels->best_squares(sums, weights, count, scan->total[0], scan->weight_node,
                                                      best->proxy, &at);
        mlt__consider(best, cuts, start + at, proxy);
    }
    return true;
}
