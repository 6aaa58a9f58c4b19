/* Sending rows down trees. A block of rows is as large as the cache allows, since every tree's nodes pass by
 * once a block; the next tree's are fetched meanwhile. 8 rows go down together, so that one row's wait for a
 * node is the others' work. */
#include "models/tree_predict.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/target_clones.h"
#include "core/threads.h"
#include "models/tree_split.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 1 << 18, /* of cells */
    LEAST_ROWS = 64,
    LANES = MLT_FOREST_LANES,  /* rows that go down together */
    FEWEST_TO_FETCH_FOR = 512, /* rows: fewer do not touch most of a large tree */
    CACHE_LINE = 64,
};

/* ---- blocks ---- */

size_t mlt__row_block_capacity(size_t p) {
    size_t rows = BLOCK_BYTES / ((p + 1) * sizeof(float)) / LANES * LANES;
    return rows < LEAST_ROWS ? LEAST_ROWS : rows < MLT_ROW_BLOCK ? rows : MLT_ROW_BLOCK;
}

static void load_column(mlt_row_block *block, size_t j, const mlt_cells *column, const uint32_t *rows) {
    float *cells = block->cells + j * LANES;
    size_t group = (block->p + 1) * LANES;
    uint32_t missing = 0;
    for (size_t r = 0; r < block->n; r++) {
        size_t row = mlt__row(rows, block->start + r);
        float cell = column->values           ? (float)column->values[row]
                     : column->codes[row] < 0 ? NAN
                                              : (float)column->codes[row];
        missing |= cell != cell;
        cells[r / LANES * group + r % LANES] = cell;
    }
    block->missing |= missing != 0;
}

static void load_block(mlt_row_block *block, const mlt_predict_input *in, size_t start, size_t capacity) {
    block->start = start;
    block->n = in->n_rows - start < capacity ? in->n_rows - start : capacity;
    block->missing = false;
    for (size_t j = 0; j < block->p; j++)
        load_column(block, j, &in->data->x[j], in->rows);
}

static mlt_status new_block(mlt_row_block **out, size_t p, size_t capacity, mlt_error *err) {
    mlt_row_block *block = mlt__alloc(1, sizeof *block);
    float *cells = mlt__calloc(capacity * (p + 1), sizeof *cells);
    if (!block || !cells) {
        free(block);
        free(cells);
        return mlt__raise_nomem(err, capacity * (p + 1) * sizeof *cells);
    }
    *block = (mlt_row_block){.cells = cells, .p = p};
    for (size_t g = 0; g < capacity / LANES; g++)
        for (size_t k = 0; k < LANES; k++)
            cells[(g * (p + 1) + p) * LANES + k] = NAN;
    *out = block;
    return MLT_OK;
}

mlt_status mlt__each_row_block(const mlt_predict_input *in, size_t p, size_t scratch_bytes,
                               mlt_block_work work, void *user, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t capacity = mlt__row_block_capacity(p), n_blocks = (in->n_rows + capacity - 1) / capacity;
    int threads = mlt__threads(in->ctx, n_blocks);
#pragma omp parallel num_threads(threads)
    {
        mlt_row_block *block = NULL;
        mlt_error own = {0};
        void *scratch = mlt__alloc(scratch_bytes, 1);
        mlt_status ready =
            scratch ? new_block(&block, p, capacity, &own) : mlt__raise_nomem(&own, scratch_bytes);
        if (ready != MLT_OK) {
#pragma omp critical(mlt_each_row_block)
            {
                status = ready;
                if (err)
                    *err = own;
            }
        }
#pragma omp for schedule(dynamic)
        for (size_t b = 0; b < n_blocks; b++) {
            if (ready != MLT_OK)
                continue;
            load_block(block, in, b * capacity, capacity);
            work(block, scratch, user);
        }
        if (block)
            free(block->cells);
        free(block);
        free(scratch);
    }
    return status;
}

/* ---- descending ---- */

/* What a whole group going down a tree without category splits has in registers. */
typedef struct descent {
    const uint64_t *tree;
    const float *cells;
    unsigned skip_bit;
    uint32_t features; /* mask of the upper half */
} descent;

/* One row's step; returns the next node. A leaf's cell is missing and its distance 0, so whoever has arrived
 * stays; `moving` collects the distances. `any_missing`, known at compile time, leaves out what only missing
 * cells need. */
static inline __attribute__((always_inline)) uint32_t step(uint32_t at, const descent *d, size_t lane,
                                                           bool any_missing, uint32_t *moving) {
    const char *node = (const char *)(d->tree + at);
    uint32_t upper;
    float threshold;
    memcpy(&threshold, node, sizeof threshold);
    memcpy(&upper, node + sizeof threshold, sizeof upper);
    uint32_t skip = upper >> d->skip_bit;
    float cell = d->cells[(upper & d->features) + lane];
    *moving |= skip;
    bool left = cell <= threshold;
    if (any_missing)
        left |= (cell != cell) & (upper & MLT_FOREST_MISSING_LEFT);
    /* A conditional move, not a branch: it would be guessed wrong half the time. */
    return at + (__builtin_expect_with_probability(left, 1, 0.5) ? 1 : skip);
}

/* All rows of a group: their places are named one by one, so that they stay in registers. */
static inline __attribute__((always_inline)) void descend_group(uint32_t *leaves, descent d,
                                                                bool any_missing) {
    uint32_t a = 0, b = 0, c = 0, e = 0, f = 0, g = 0, h = 0, i = 0, moving;
    _Static_assert(LANES == 8, "one name a row");
    do {
        moving = 0;
        a = step(a, &d, 0, any_missing, &moving);
        b = step(b, &d, 1, any_missing, &moving);
        c = step(c, &d, 2, any_missing, &moving);
        e = step(e, &d, 3, any_missing, &moving);
        f = step(f, &d, 4, any_missing, &moving);
        g = step(g, &d, 5, any_missing, &moving);
        h = step(h, &d, 6, any_missing, &moving);
        i = step(i, &d, 7, any_missing, &moving);
    } while (moving);
    const uint32_t nodes[LANES] = {a, b, c, e, f, g, h, i};
    for (size_t k = 0; k < LANES; k++)
        leaves[k] = (uint32_t)d.tree[nodes[k]];
}

static bool goes_left(const mlt_forest *forest, size_t node, float cell) {
    uint32_t upper = mlt__node_upper(forest, node), lower = mlt__node_lower(forest, node);
    if (isnan(cell))
        return upper & MLT_FOREST_MISSING_LEFT;
    if (forest->sets && (upper & MLT_FOREST_CATEGORY))
        return mlt__set_has(forest->sets + lower, (uint32_t)cell);
    float threshold;
    memcpy(&threshold, &lower, sizeof threshold);
    return cell <= threshold;
}

/* One row, any tree. `cells` are those of its place in its group. */
static uint32_t descend_row(const mlt_forest *forest, size_t root, const float *cells) {
    size_t node = root, skip;
    while ((skip = mlt__node_skip(forest, node)) > 0)
        node += goes_left(forest, node, cells[mlt__node_feature(forest, node) * LANES]) ? 1 : skip;
    return mlt__node_lower(forest, node);
}

/* Where the nodes that are wanted next stand, and how many bytes of them to ask for a group. */
typedef struct next_nodes {
    const char *at;
    size_t share;
} next_nodes;

static next_nodes nodes_behind(const mlt_forest *forest, size_t t, size_t groups) {
    size_t next = t + 1 < forest->n_trees ? t + 1 : t;
    size_t bytes = (forest->first[next + 1] - forest->first[next]) * sizeof *forest->nodes;
    return (next_nodes){(const char *)(forest->nodes + forest->first[next]), bytes / groups};
}

static inline void fetch(next_nodes *next) {
    for (size_t line = 0; line < next->share; line += CACHE_LINE)
        __builtin_prefetch(next->at + line, 0, 2);
    next->at += next->share;
}

/* All rows down a tree of one-word nodes without category splits. BMI2 shifts by any number of bits in one
 * step. */
MLT_TARGET_CLONES("bmi2")
static void descend_groups(mlt_row_block *block, const mlt_forest *forest, size_t t) {
    size_t group = (block->p + 1) * LANES;
    descent d = {forest->nodes + forest->first[t], block->cells, forest->skip_bit,
                 (UINT32_C(1) << forest->skip_bit) - LANES};
    next_nodes next = nodes_behind(forest, t, (block->n + LANES - 1) / LANES);
    for (size_t r = 0; r < block->n; r += LANES, d.cells += group) {
        if (block->n >= FEWEST_TO_FETCH_FOR)
            fetch(&next);
        if (block->missing)
            descend_group(block->leaves + r, d, true);
        else
            descend_group(block->leaves + r, d, false);
    }
}

void mlt__block_descend(mlt_row_block *block, const mlt_forest *forest, size_t t) {
    size_t root = forest->first[t], group = (block->p + 1) * LANES;
    if (forest->sets || forest->words != 1) {
        for (size_t r = 0; r < block->n; r++)
            block->leaves[r] = descend_row(forest, root, block->cells + r / LANES * group + r % LANES);
        return;
    }
    descend_groups(block, forest, t);
}

/* What finding one tree's leaves needs. */
typedef struct leaf_search {
    uint32_t *leaves;
    const mlt_forest *forest;
    size_t t;
} leaf_search;

static void find_leaves(mlt_row_block *block, void *scratch, void *user) {
    const leaf_search *job = user;
    (void)scratch;
    assert(block->n > 0);
    mlt__block_descend(block, job->forest, job->t);
    memcpy(job->leaves + block->start, block->leaves, block->n * sizeof *job->leaves);
}

mlt_status mlt__forest_leaves(uint32_t *leaves, const mlt_forest *forest, size_t t,
                              const mlt_predict_input *in, mlt_error *err) {
    leaf_search job = {.forest = forest, .t = t};
    job.leaves = leaves;
    return mlt__each_row_block(in, forest->p, 1, find_leaves, &job, err);
}
