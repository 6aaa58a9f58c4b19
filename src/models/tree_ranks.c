/* Ranks within a small subtree. Where no two rows of a node have equal values there is but one order, so that
 * scikit-learn's sums do not depend on how it sorts; only the order that its sort would leave the samples in
 * is kept for features that do have ties, and for the partition. */
#include "models/tree_ranks.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/tree_cut.h"
#include "models/tree_sort.h"

#include <math.h>
#include <stdlib.h>

struct mlt_ranks {
    const mlt_tree_data *data;
    size_t n_features, stride;
    uint32_t *features; /* n_features: a lane's */
    uint32_t *lane_of;  /* data->p: the inverse */
    bool *is_ranked;    /* n_features: by lane, in the present subtree */
    mlt_lanes *lanes;
    uint8_t *bytes;    /* MLT_LANE_ROWS × stride: the subtree's ranks, row by row */
    uint8_t *place_of; /* data->n: a position's row of `bytes` */
    size_t start, end; /* the subtree's run of samples */
    size_t n;          /* samples of the node taken up; 0: it is not small */
    uint32_t settled;  /* the lane that the samples should be in order of; UINT32_MAX: as they are */
    uint32_t samples[MLT_LANE_ROWS];
    uint32_t places[MLT_LANE_ROWS];
    mlt_weighted node[MLT_LANE_ROWS];
    uint64_t keys[2 * MLT_LANE_ROWS];
};

mlt_status mlt__ranks_new(mlt_ranks **out, const mlt_tree_data *data, const uint32_t *features,
                          size_t n_features, mlt_error *err) {
    mlt_status status = MLT_OK;
    mlt_ranks *r = mlt__calloc(1, sizeof *r);
    if (!r)
        return mlt__raise_nomem(err, sizeof *r);
    r->data = data;
    r->n_features = n_features;
    r->stride = (n_features + MLT_LANES - 1) / MLT_LANES * MLT_LANES;
    MLT_ALLOC_GOTO(r->features, n_features, err, failed);
    MLT_ALLOC_GOTO(r->lane_of, data->p, err, failed);
    MLT_ALLOC_GOTO(r->is_ranked, n_features, err, failed);
    MLT_ALLOC_GOTO(r->place_of, data->n, err, failed);
    MLT_TRY_GOTO(mlt__lanes_new(&r->lanes, n_features, err), failed);
    r->bytes = mlt__calloc(MLT_LANE_ROWS, r->stride);
    if (!r->bytes) {
        status = mlt__raise_nomem(err, MLT_LANE_ROWS * r->stride);
        goto failed;
    }
    for (size_t lane = 0; lane < n_features; lane++) {
        r->features[lane] = features[lane];
        r->lane_of[features[lane]] = (uint32_t)lane;
    }
    *out = r;
    return MLT_OK;
failed:
    mlt__ranks_free(r);
    return status;
}

void mlt__ranks_free(mlt_ranks *r) {
    if (!r)
        return;
    free(r->features);
    free(r->lane_of);
    free(r->is_ranked);
    free(r->place_of);
    free(r->bytes);
    mlt__lanes_free(r->lanes);
    free(r);
}

/* Rank the subtree's rows by a lane's column. Returns false if its cuts cannot be told by ranks: cells are
 * missing, or values of neighbours too close to be parted. */
static bool rank_lane(mlt_ranks *r, size_t lane, const uint32_t *samples, size_t n) {
    const mlt_tree_feature *column = &r->data->features[r->features[lane]];
    uint8_t rank = 0;
    if (!mlt__is_complete(column))
        return false;
    for (size_t i = 0; i < n; i++)
        r->keys[i] = (uint64_t)column->codes[samples[i]] << 32 | i;
    mlt__sort_free(r->keys, r->keys + MLT_LANE_ROWS, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t code = mlt__code_of(r->keys[i]), before = i > 0 ? mlt__code_of(r->keys[i - 1]) : code;
        if (code != before && !mlt__separable(column, before, code))
            return false;
        rank += code != before;
        r->bytes[(uint32_t)r->keys[i] * r->stride + lane] = rank;
    }
    return true;
}

/* Rank the subtree's rows by every column; a lane without ranks is constant. */
static void enter(mlt_ranks *r, const mlt_scan *scan) {
    const uint32_t *samples = scan->samples + scan->start;
    size_t n = scan->end - scan->start;
    r->start = scan->start;
    r->end = scan->end;
    for (size_t i = 0; i < n; i++)
        r->place_of[samples[i]] = (uint8_t)i;
    for (size_t lane = 0; lane < r->n_features; lane++) {
        r->is_ranked[lane] = rank_lane(r, lane, samples, n);
        for (size_t i = 0; !r->is_ranked[lane] && i < n; i++)
            r->bytes[i * r->stride + lane] = 0;
    }
}

void mlt__ranks_node(mlt_ranks *r, const mlt_scan *scan, const mlt_weighted *rows) {
    size_t n = scan->end - scan->start;
    r->settled = UINT32_MAX;
    r->n = 0;
    if (n > MLT_LANE_ROWS)
        return;
    if (scan->start < r->start || scan->end > r->end)
        enter(r, scan);
    r->n = n;
    for (size_t i = 0; i < n; i++) {
        r->samples[i] = scan->samples[scan->start + i];
        r->places[i] = r->place_of[r->samples[i]];
        r->node[i] = rows[r->samples[i]];
    }
    mlt_lane_rows of = {r->bytes, r->stride, r->places, r->node, n};
    mlt__lanes_search(r->lanes, &of, r->n_features, scan->total[0], scan->weight_node, -INFINITY);
}

bool mlt__ranks_try(mlt_split_choice *best, mlt_ranks *r, uint32_t feature) {
    const mlt_tree_feature *column = &r->data->features[feature];
    uint32_t lane = r->lane_of[feature];
    if (r->n == 0 || !r->is_ranked[lane] || mlt__lane_has_ties(r->lanes, lane))
        return false;
    r->settled = lane;
    double proxy = mlt__lane_proxy(r->lanes, lane);
    if (proxy > best->proxy) {
        size_t n_left = mlt__lane_n_left(r->lanes, lane), last = mlt__lane_row(r->lanes, lane, n_left - 1);
        *best = (mlt_split_choice){.found = true,
                                   .feature = feature,
                                   .n_left = n_left,
                                   .left_code = column->codes[r->samples[last]],
                                   .missing_left = 2 * n_left > r->n,
                                   .proxy = proxy};
    }
    return true;
}

void mlt__ranks_settle(mlt_ranks *r, uint32_t *samples) {
    for (size_t i = 0; r->settled != UINT32_MAX && i < r->n; i++)
        samples[i] = r->samples[mlt__lane_row(r->lanes, r->settled, i)];
    r->settled = UINT32_MAX;
}
