/* Packing trees into compact nodes. */
#include "models/tree_forest.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

float mlt__float_below(double x) {
    float nearest = (float)x;
    return (double)nearest > x ? nextafterf(nearest, -INFINITY) : nearest;
}

unsigned mlt__forest_key_bit(size_t p) {
    unsigned bit = MLT_FOREST_FEATURE_BIT;
    for (; p > 0; p /= 2)
        bit++;
    return bit;
}

/* ---- what is equal ---- */

/* The different ones among items, in the order in which they came. */
typedef struct numbering {
    char *items; /* borrowed: room for all that may come */
    size_t size; /* bytes an item, a multiple of 8 */
    size_t n;
    uint32_t *table; /* owned: items by their hashes, UINT32_MAX where there is none; at most half full */
    size_t slots;
} numbering;

static bool equal_items(const char *a, const char *b, size_t size) {
    uint64_t x, y, difference = 0;
    for (size_t i = 0; i < size; i += sizeof x) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        difference |= x ^ y;
    }
    return difference == 0;
}

/* Where an item stands in the table, or would. */
static size_t slot_of(const numbering *m, const char *item) {
    uint64_t hash = m->size, word;
    for (size_t i = 0; i < m->size; i += sizeof word) {
        memcpy(&word, item + i, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    size_t slot = hash & (m->slots - 1);
    while (m->table[slot] != UINT32_MAX && !equal_items(m->items + m->table[slot] * m->size, item, m->size))
        slot = (slot + 1) & (m->slots - 1);
    return slot;
}

static mlt_status widen_table(numbering *m, mlt_error *err) {
    enum { SMALLEST = 256 };
    free(m->table);
    m->slots = m->slots ? 4 * m->slots : SMALLEST;
    MLT_ALLOC(m->table, m->slots, err);
    memset(m->table, 0xFF, m->slots * sizeof *m->table);
    for (size_t i = 0; i < m->n; i++)
        m->table[slot_of(m, m->items + i * m->size)] = (uint32_t)i;
    return MLT_OK;
}

static mlt_status number_of(uint32_t *number, numbering *m, const void *item, mlt_error *err) {
    if (2 * m->n >= m->slots)
        MLT_TRY(widen_table(m, err));
    uint32_t *at = &m->table[slot_of(m, item)];
    if (*at == UINT32_MAX) {
        memcpy(m->items + m->n * m->size, item, m->size);
        *at = (uint32_t)m->n++;
    }
    *number = *at;
    return MLT_OK;
}

/* ---- packing a tree ---- */

/* Where a tree's parts are put until all trees' sizes are known: as if none of its leaves were equal. */
typedef struct tree_room {
    size_t node, leaf, word;
    size_t n_nodes, n_values; /* what it took */
} tree_room;

/* What packing one tree needs. */
typedef struct packer {
    const mlt_tree *tree;
    const mlt_forest *forest;
    uint64_t *nodes;                /* the tree's own */
    numbering values;               /* of leaves */
    numbering leaf_pairs;           /* the numbers of their values: low half left, high half right */
    uint64_t *pairs;                /* leaf_pairs' items */
    uint32_t *place;                /* a node; not of leaves in pairs of leaves */
    size_t first_leaf_pair;         /* its place */
    size_t first_value, first_word; /* in the forest */
} packer;

/* Are both children of node i leaves? */
static bool has_leaves(const mlt_tree *tree, size_t i) {
    return (tree->nodes[i].feature >= 0) & (tree->nodes[i + 1].feature < 0) &
           (tree->nodes[i + 2].feature < 0);
}

/* How many nodes have two leaves. */
static size_t count_leaf_pairs(const mlt_tree *tree) {
    size_t n = 0;
    for (size_t i = 0; i + 2 < tree->n_nodes; i++)
        n += has_leaves(tree, i);
    return n;
}

static void put(const packer *k, size_t place, uint32_t key, uint64_t below_key, size_t children) {
    uint64_t *node = k->nodes + place * k->forest->words;
    *node = below_key | (uint64_t)key << k->forest->key_bit;
    if (k->forest->words == 1)
        *node |= (uint64_t)children << (k->forest->key_bit + 32);
    else
        node[1] = children;
}

static void put_leaf(const packer *k, size_t place, uint32_t value_number) {
    put(k, place, (uint32_t)k->first_value + value_number, 0, place);
}

static void put_split(const packer *k, size_t i, size_t children) {
    const mlt_tree_node *node = &k->tree->nodes[i];
    uint64_t below_key = (uint64_t)(node->feature + 1) << MLT_FOREST_FEATURE_BIT;
    uint32_t key = ~mlt__float_order(mlt__float_below(node->threshold));
    if (node->flags & MLT_NODE_MISSING_LEFT)
        below_key |= MLT_FOREST_MISSING_LEFT;
    if (node->flags & MLT_NODE_CATEGORY) {
        below_key |= MLT_FOREST_CATEGORY;
        key = (uint32_t)(k->first_word + k->tree->category_offset[i]);
    }
    put(k, k->place[i], key, below_key, children);
}

static mlt_status number_value(uint32_t *number, packer *k, size_t leaf, mlt_error *err) {
    return number_of(number, &k->values, k->tree->value + leaf * k->tree->width, err);
}

/* Node i and, behind it, its two leaves. */
static mlt_status put_leaf_pair(packer *k, size_t i, mlt_error *err) {
    uint32_t left, right, number;
    MLT_TRY(number_value(&left, k, i + 1, err));
    MLT_TRY(number_value(&right, k, i + 2, err));
    uint64_t pair = left | (uint64_t)right << 32;
    MLT_TRY(number_of(&number, &k->leaf_pairs, &pair, err));
    size_t children = k->first_leaf_pair + 2 * (size_t)number;
    put_split(k, i, children);
    put_leaf(k, children, left);
    put_leaf(k, children + 1, right);
    return MLT_OK;
}

/* Lay the tree out. */
static mlt_status put_nodes(packer *k, mlt_error *err) {
    const mlt_tree *tree = k->tree;
    size_t next = 1;
    uint32_t number;
    k->place[0] = 0;
    for (size_t i = 0; i < tree->n_nodes; i++) {
        if (tree->nodes[i].feature < 0) {
            MLT_TRY(number_value(&number, k, i, err));
            put_leaf(k, k->place[i], number);
        } else if (has_leaves(tree, i)) {
            MLT_TRY(put_leaf_pair(k, i, err));
            i += 2;
        } else {
            put_split(k, i, next);
            k->place[i + 1] = (uint32_t)next++;
            k->place[tree->nodes[i].right] = (uint32_t)next++;
        }
    }
    return MLT_OK;
}

static mlt_status pack_tree(const mlt_forest *forest, const mlt_tree *tree, tree_room *room, mlt_error *err) {
    double *values = forest->owned[1];
    uint32_t *sets = forest->owned[2];
    size_t n_pairs = count_leaf_pairs(tree), size = tree->width * sizeof *values;
    packer k = {.tree = tree,
                .forest = forest,
                .values = {.items = (char *)(values + room->leaf * forest->width), .size = size},
                .leaf_pairs = {.size = sizeof *k.pairs},
                .first_leaf_pair = 1 + 2 * (tree->n_nodes / 2 - n_pairs),
                .first_value = room->leaf,
                .first_word = room->word};
    mlt_status status = MLT_OK;
    k.nodes = (uint64_t *)forest->owned[0] + room->node * forest->words;
    if (tree->n_category_words > 0)
        memcpy(sets + room->word, tree->category_bits, tree->n_category_words * sizeof *sets);
    MLT_ALLOC_GOTO(k.pairs, n_pairs, err, done);
    MLT_ALLOC_GOTO(k.place, tree->n_nodes, err, done);
    k.leaf_pairs.items = (char *)k.pairs;
    status = put_nodes(&k, err);
    room->n_nodes = k.first_leaf_pair + 2 * k.leaf_pairs.n;
    room->n_values = k.values.n;
done:
    free(k.values.table);
    free(k.leaf_pairs.table);
    free(k.pairs);
    free(k.place);
    return status;
}

/* ---- packing a forest ---- */

/* Each tree's room. */
static mlt_status make_room(mlt_forest *forest, tree_room *rooms, const mlt_tree *trees, mlt_error *err) {
    size_t largest = 0;
    tree_room at = {0};
    for (size_t t = 0; t < forest->n_trees; t++) {
        rooms[t] = at;
        at.node += trees[t].n_nodes;
        at.leaf += (trees[t].n_nodes + 1) / 2;
        at.word += trees[t].n_category_words;
        if (trees[t].n_nodes > largest)
            largest = trees[t].n_nodes;
    }
    if (at.leaf > UINT32_MAX || at.word > UINT32_MAX)
        return mlt__raise(err, MLT_E_LIMIT,
                          "the trees have 2^32 leaves or more; give fewer --n-estimators or a --max-depth");
    rooms[forest->n_trees] = at;
    forest->words = forest->key_bit < 32 && largest >> (32 - forest->key_bit) == 0 ? 1 : 2;
    return MLT_OK;
}

static mlt_status allocate(mlt_forest *forest, const tree_room *end, mlt_error *err) {
    uint64_t *nodes;
    double *values;
    MLT_ALLOC(nodes, end->node * forest->words, err);
    forest->nodes = forest->owned[0] = nodes;
    MLT_ALLOC(values, end->leaf * forest->width, err);
    forest->values = forest->owned[1] = values;
    if (end->word > 0) {
        uint32_t *sets;
        MLT_ALLOC(sets, end->word, err);
        forest->sets = forest->owned[2] = sets;
    }
    return MLT_OK;
}

/* Pack all trees, each in its room. */
static mlt_status pack_trees(const mlt_forest *forest, const mlt_tree *trees, tree_room *rooms, int threads,
                             mlt_error *err) {
    mlt_status status = MLT_OK;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t t = 0; t < forest->n_trees; t++) {
        mlt_error own = {0};
        mlt_status result = pack_tree(forest, &trees[t], &rooms[t], &own);
        if (result != MLT_OK) {
#pragma omp critical(mlt_forest_pack)
            {
                status = result;
                if (err)
                    *err = own;
            }
        }
    }
    return status;
}

/* Move the trees, and their values, together. */
static void close_gaps(mlt_forest *forest, const tree_room *rooms) {
    uint64_t *nodes = forest->owned[0];
    double *values = forest->owned[1];
    size_t words = forest->words, width = forest->width;
    uint64_t below_key = (UINT64_C(1) << forest->key_bit) - 1;
    forest->n_values = 0;
    for (size_t t = 0; t < forest->n_trees; t++) {
        const uint64_t *from = nodes + rooms[t].node * words;
        uint64_t *to = nodes + forest->first[t] * words, gap = (uint64_t)(rooms[t].leaf - forest->n_values)
                                                               << forest->key_bit;
        for (size_t i = 0; i < rooms[t].n_nodes * words; i += words) {
            to[i] = from[i] - (from[i] & below_key ? 0 : gap);
            if (words > 1)
                to[i + 1] = from[i + 1];
        }
        memmove(values + forest->n_values * width, values + rooms[t].leaf * width,
                rooms[t].n_values * width * sizeof *values);
        forest->first[t + 1] = forest->first[t] + rooms[t].n_nodes;
        forest->n_values += rooms[t].n_values;
    }
}

/* Give back what was not needed. */
static void shrink(mlt_forest *forest) {
    void *nodes =
        mlt__realloc(forest->owned[0], forest->first[forest->n_trees], forest->words * sizeof *forest->nodes);
    if (nodes)
        forest->nodes = forest->owned[0] = nodes;
    void *values = mlt__realloc(forest->owned[1], forest->n_values, forest->width * sizeof *forest->values);
    if (values)
        forest->values = forest->owned[1] = values;
}

mlt_status mlt__forest_pack(mlt_forest *out, const mlt_tree *trees, size_t n_trees, size_t p, size_t width,
                            int threads, mlt_error *err) {
    *out = (mlt_forest){.n_trees = n_trees, .p = p, .width = width, .key_bit = mlt__forest_key_bit(p)};
    tree_room *rooms = NULL;
    mlt_status status = MLT_OK;
    MLT_ALLOC(out->first, n_trees + 1, err);
    MLT_ALLOC_GOTO(rooms, n_trees + 1, err, done);
    out->first[0] = 0;
    MLT_TRY_GOTO(make_room(out, rooms, trees, err), done);
    MLT_TRY_GOTO(allocate(out, &rooms[n_trees], err), done);
    MLT_TRY_GOTO(pack_trees(out, trees, rooms, threads, err), done);
    close_gaps(out, rooms);
    shrink(out);
done:
    free(rooms);
    return status;
}

void mlt__forest_clear(mlt_forest *forest) {
    free(forest->first);
    for (size_t i = 0; i < sizeof forest->owned / sizeof *forest->owned; i++)
        free(forest->owned[i]);
    *forest = (mlt_forest){0};
}
