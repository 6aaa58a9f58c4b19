/* Sending rows down trees. A block of rows is as large as the cache allows, since every tree's nodes pass by
 * once a block; the next tree's are fetched meanwhile. 16 rows go down together, so that one row's wait for a
 * node is the others' work, and no branch asks which of them have arrived: a leaf leads to itself. After some
 * levels those that have not are gathered, and go on. */
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
    FETCH_AHEAD = 64,          /* rows */
    TOGETHER = 16,             /* rows that go down together */
    MORE_LEVELS = 4,           /* that they go down before those that have arrived are left out */
    FEWEST_TO_FETCH_FOR = 512, /* rows: fewer do not touch most of a large tree */
    CACHE_LINE = 64,
};

static const uint32_t MISSING = UINT32_MAX;

/* ---- blocks ---- */

size_t mlt__row_block_capacity(size_t p) {
    size_t rows = BLOCK_BYTES / ((p + 1) * sizeof(uint32_t)) / TOGETHER * TOGETHER;
    return rows < LEAST_ROWS ? LEAST_ROWS : rows < MLT_ROW_BLOCK ? rows : MLT_ROW_BLOCK;
}

/* The rows lie anywhere in the column, so they are asked for early. Returns whether a cell is missing. */
static bool load_numbers(uint32_t *cells, size_t stride, const double *values, const uint32_t *rows,
                         size_t start, size_t n) {
    bool missing = false;
    for (size_t r = 0; r < n; r++) {
        if (r + FETCH_AHEAD < n)
            __builtin_prefetch(&values[mlt__row(rows, start + r + FETCH_AHEAD)]);
        float value = (float)values[mlt__row(rows, start + r)];
        missing |= value != value;
        cells[r * stride] = value != value ? MISSING : mlt__float_order(value);
    }
    return missing;
}

static bool load_codes(uint32_t *cells, size_t stride, const int32_t *codes, const uint32_t *rows,
                       size_t start, size_t n) {
    bool missing = false;
    for (size_t r = 0; r < n; r++) {
        int32_t code = codes[mlt__row(rows, start + r)];
        missing |= code < 0;
        cells[r * stride] = code < 0 ? MISSING : (uint32_t)code;
    }
    return missing;
}

static void load_block(mlt_row_block *block, const mlt_predict_input *in, size_t start, size_t capacity) {
    block->start = start;
    block->n = in->n_rows - start < capacity ? in->n_rows - start : capacity;
    block->missing = false;
    for (size_t j = 0; j < block->p; j++) {
        const mlt_cells *column = &in->data->x[j];
        uint32_t *cells = block->cells + 1 + j;
        block->missing |= column->values
                              ? load_numbers(cells, block->p + 1, column->values, in->rows, start, block->n)
                              : load_codes(cells, block->p + 1, column->codes, in->rows, start, block->n);
    }
}

static mlt_status new_block(mlt_row_block **out, size_t p, size_t capacity, mlt_error *err) {
    mlt_row_block *block = mlt__alloc(1, sizeof *block);
    uint32_t *cells = mlt__calloc(capacity * (p + 1), sizeof *cells);
    if (!block || !cells) {
        free(block);
        free(cells);
        return mlt__raise_nomem(err, capacity * (p + 1) * sizeof *cells);
    }
    block->cells = cells;
    block->p = p;
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

/* A block's rows in a tree of one-word nodes without category splits. */
typedef struct descent {
    const uint64_t *tree;
    unsigned key_bit;
    uint64_t features; /* mask */
    const uint32_t *cells;
    size_t stride; /* cells a row */
    uint32_t *leaves;
} descent;

/* One row's step; returns the next node. `any_missing`, known at compile time, leaves out what only missing
 * cells need. */
static inline __attribute__((always_inline)) uint64_t step(uint64_t at, const uint32_t *cells,
                                                           const descent *d, bool any_missing) {
    uint64_t node = d->tree[at];
    uint32_t cell;
    memcpy(&cell, (const char *)cells + (node & d->features), sizeof cell);
    if (any_missing)
        cell &= ((cell == MISSING) & node & MLT_FOREST_MISSING_LEFT) - 1U;
    return (node + ((uint64_t)cell << d->key_bit)) >> (d->key_bit + 32);
}

/* All rows that go together, some levels down. */
static inline __attribute__((always_inline)) void walk(uint64_t at[TOGETHER],
                                                       const uint32_t *const cells[TOGETHER], unsigned levels,
                                                       const descent *d, bool any_missing) {
    for (unsigned level = 0; level < levels; level++)
#pragma GCC unroll 16
        for (size_t k = 0; k < TOGETHER; k++)
            at[k] = step(at[k], cells[k], d, any_missing);
}

/* Keep a row's value, if it is one yet, and where the row is. Returns 1 if it has not arrived, else 0. */
static inline __attribute__((always_inline)) size_t stop(mlt_walker *rest, uint64_t at, const uint32_t *cells,
                                                         uint32_t row, const descent *d) {
    uint64_t node = d->tree[at];
    d->leaves[row] = (uint32_t)(node >> d->key_bit);
    *rest = (mlt_walker){cells, (uint32_t)at, row};
    return (node & d->features) != 0;
}

/* Rows from `row` on, from the root. Those that have not arrived are put to `rest`. Returns how many. */
static inline __attribute__((always_inline)) size_t set_out(mlt_walker *rest, size_t row, unsigned levels,
                                                            const descent *d, bool any_missing) {
    uint64_t at[TOGETHER] = {0};
    const uint32_t *cells[TOGETHER];
    size_t n_rest = 0;
#pragma GCC unroll 16
    for (size_t k = 0; k < TOGETHER; k++)
        cells[k] = d->cells + (row + k) * d->stride;
    walk(at, cells, levels, d, any_missing);
#pragma GCC unroll 16
    for (size_t k = 0; k < TOGETHER; k++)
        n_rest += stop(&rest[n_rest], at[k], cells[k], (uint32_t)(row + k), d);
    return n_rest;
}

/* The same for rows that are on their way. `rest` may overlap them from below. */
static inline __attribute__((always_inline)) size_t go_on(mlt_walker *rest, const mlt_walker *walkers,
                                                          const descent *d, bool any_missing) {
    uint64_t at[TOGETHER];
    const uint32_t *cells[TOGETHER];
    size_t n_rest = 0;
#pragma GCC unroll 16
    for (size_t k = 0; k < TOGETHER; k++) {
        at[k] = walkers[k].at;
        cells[k] = walkers[k].cells;
    }
    walk(at, cells, MORE_LEVELS, d, any_missing);
#pragma GCC unroll 16
    for (size_t k = 0; k < TOGETHER; k++)
        n_rest += stop(&rest[n_rest], at[k], cells[k], walkers[k].row, d);
    return n_rest;
}

static bool goes_left(const mlt_forest *forest, size_t node, uint32_t cell) {
    uint32_t key = mlt__node_key(forest, node);
    unsigned flags = mlt__node_flags(forest, node);
    if (cell == MISSING)
        return flags & MLT_FOREST_MISSING_LEFT;
    if (forest->sets && (flags & MLT_FOREST_CATEGORY))
        return mlt__set_has(forest->sets + key, cell);
    return cell <= (uint32_t)~key;
}

/* One row, any tree, from place `at` on. Returns the index of its value. */
static uint32_t walk_alone(const mlt_forest *forest, size_t root, size_t at, const uint32_t *cells) {
    size_t node = root + at, feature;
    while ((feature = mlt__node_feature(forest, node)) > 0)
        node = root + mlt__node_children(forest, node) + !goes_left(forest, node, cells[feature]);
    return mlt__node_key(forest, node);
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

/* A guess at how deep most leaves are: half as deep again as those of a tree that is balanced. It costs time
 * where it is wrong, and nothing else. */
static unsigned usual_depth(size_t n_nodes) {
    unsigned bits = 0;
    for (; n_nodes > 1; n_nodes /= 2)
        bits++;
    return bits + bits / 2;
}

/* All rows, as long as so many are on their way. The others are the first of block->walkers; returns how
 * many. */
static inline __attribute__((always_inline)) size_t
walk_together(mlt_row_block *block, const descent *d, unsigned levels, next_nodes next, bool any_missing) {
    mlt_walker *walkers = block->walkers;
    size_t rest = 0, i = 0, n;
    for (; i + TOGETHER <= block->n; i += TOGETHER) {
        if (block->n >= FEWEST_TO_FETCH_FOR)
            fetch(&next);
        rest += set_out(&walkers[rest], i, levels, d, any_missing);
    }
    for (; i < block->n; i++)
        walkers[rest++] = (mlt_walker){d->cells + i * d->stride, 0, (uint32_t)i};
    while (rest >= TOGETHER) {
        n = rest;
        rest = 0;
        for (i = 0; i + TOGETHER <= n; i += TOGETHER)
            rest += go_on(&walkers[rest], &walkers[i], d, any_missing);
        while (i < n)
            walkers[rest++] = walkers[i++];
    }
    return rest;
}

/* All rows down a tree of one-word nodes without category splits. BMI2 shifts by any number of bits in one
 * step. */
MLT_TARGET_CLONES("bmi2")
static void descend_simple(mlt_row_block *block, const mlt_forest *forest, size_t t) {
    const descent d = {.tree = forest->nodes + forest->first[t],
                       .key_bit = forest->key_bit,
                       .features = (UINT64_C(1) << forest->key_bit) - (1 << MLT_FOREST_FEATURE_BIT),
                       .cells = block->cells,
                       .stride = block->p + 1,
                       .leaves = block->leaves};
    next_nodes next = nodes_behind(forest, t, (block->n + TOGETHER - 1) / TOGETHER);
    unsigned levels = usual_depth(forest->first[t + 1] - forest->first[t]);
    size_t rest = block->missing ? walk_together(block, &d, levels, next, true)
                                 : walk_together(block, &d, levels, next, false);
    for (const mlt_walker *walker = block->walkers; walker < block->walkers + rest; walker++)
        block->leaves[walker->row] = walk_alone(forest, forest->first[t], walker->at, walker->cells);
}

void mlt__block_descend(mlt_row_block *block, const mlt_forest *forest, size_t t) {
    if (!forest->sets && forest->words == 1) {
        descend_simple(block, forest, t);
        return;
    }
    for (size_t r = 0; r < block->n; r++)
        block->leaves[r] = walk_alone(forest, forest->first[t], 0, block->cells + r * (block->p + 1));
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
