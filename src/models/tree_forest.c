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

static uint64_t hash_item(const char *item, size_t size) {
    uint64_t hash = size, word;
    for (size_t i = 0; i < size; i += sizeof word) {
        memcpy(&word, item + i, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    return hash;
}

/* Number the different ones of n items, of `size` bytes, a multiple of 8, in the order in which they come:
 * `numbers[i]` for each. They are moved together. Returns how many there are, or SIZE_MAX when memory is
 * short. */
static size_t number_items(uint32_t *numbers, void *items, size_t n, size_t size) {
    size_t slots = 1, found = 0;
    while (slots < 2 * n)
        slots *= 2;
    uint32_t *table = mlt__alloc(slots, sizeof *table);
    if (!table)
        return SIZE_MAX;
    memset(table, 0xFF, slots * sizeof *table);
    for (size_t i = 0; i < n; i++) {
        const char *item = (const char *)items + i * size;
        size_t slot = hash_item(item, size) & (slots - 1);
        while (table[slot] != UINT32_MAX && memcmp((const char *)items + table[slot] * size, item, size) != 0)
            slot = (slot + 1) & (slots - 1);
        if (table[slot] == UINT32_MAX) {
            memmove((char *)items + found * size, item, size);
            table[slot] = (uint32_t)found++;
        }
        numbers[i] = table[slot];
    }
    free(table);
    return found;
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
    uint64_t *nodes;        /* the tree's own */
    uint32_t *value_number; /* a node; of leaves only */
    uint64_t *pairs;       /* pairs of leaves: their values' numbers; the different ones are moved together */
    uint32_t *pair_number; /* a pair of leaves */
    uint32_t *place;       /* a node; not of leaves in pairs of leaves */
    size_t n_pairs, n_different;
    size_t first_value, first_word; /* in the forest */
} packer;

static bool is_leaf(const mlt_tree *tree, size_t node) { return tree->nodes[node].feature < 0; }

/* Has node i two leaves? */
static bool has_leaves(const mlt_tree *tree, size_t i) {
    return !is_leaf(tree, i) && is_leaf(tree, i + 1) && is_leaf(tree, tree->nodes[i].right);
}

/* Number the leaves' different values, which go to `values`. */
static mlt_status number_values(packer *k, double *values, size_t *n_values, mlt_error *err) {
    size_t width = k->tree->width, n = 0;
    uint32_t *numbers;
    MLT_ALLOC(numbers, k->tree->n_nodes / 2 + 1, err);
    for (size_t i = 0; i < k->tree->n_nodes; i++)
        if (is_leaf(k->tree, i))
            memcpy(values + n++ * width, k->tree->value + i * width, width * sizeof *values);
    *n_values = number_items(numbers, values, n, width * sizeof *values);
    for (size_t i = 0, leaf = 0; i < k->tree->n_nodes; i++)
        if (is_leaf(k->tree, i))
            k->value_number[i] = numbers[leaf++];
    free(numbers);
    return *n_values < SIZE_MAX ? MLT_OK : mlt__raise_nomem(err, 4 * n * sizeof *numbers);
}

/* Number the different pairs of leaves. */
static mlt_status number_pairs(packer *k, mlt_error *err) {
    for (size_t i = 0; i < k->tree->n_nodes; i++)
        if (has_leaves(k->tree, i))
            k->pairs[k->n_pairs++] =
                k->value_number[i + 1] | (uint64_t)k->value_number[k->tree->nodes[i].right] << 32;
    k->n_different = number_items(k->pair_number, k->pairs, k->n_pairs, sizeof *k->pairs);
    return k->n_different < SIZE_MAX ? MLT_OK : mlt__raise_nomem(err, 4 * k->n_pairs * sizeof *k->pairs);
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

static void put_split(const packer *k, size_t place, size_t i, size_t children) {
    const mlt_tree_node *node = &k->tree->nodes[i];
    uint64_t below_key = (uint64_t)(node->feature + 1) << MLT_FOREST_FEATURE_BIT;
    uint32_t key = ~mlt__float_order(mlt__float_below(node->threshold));
    if (node->flags & MLT_NODE_MISSING_LEFT)
        below_key |= MLT_FOREST_MISSING_LEFT;
    if (node->flags & MLT_NODE_CATEGORY) {
        below_key |= MLT_FOREST_CATEGORY;
        key = (uint32_t)(k->first_word + k->tree->category_offset[i]);
    }
    put(k, place, key, below_key, children);
}

/* Lay the tree out. Returns how many nodes that takes. */
static size_t put_nodes(const packer *k) {
    const mlt_tree *tree = k->tree;
    size_t n_splits = tree->n_nodes / 2, next = 1, leaf_pairs = 1 + 2 * (n_splits - k->n_pairs);
    const uint32_t *pair_number = k->pair_number;
    k->place[0] = 0;
    for (size_t i = 0; i < tree->n_nodes; i++) {
        if (is_leaf(tree, i)) {
            put_leaf(k, k->place[i], k->value_number[i]);
        } else if (has_leaves(tree, i)) {
            put_split(k, k->place[i], i, leaf_pairs + 2 * *pair_number++);
            i = tree->nodes[i].right;
        } else {
            put_split(k, k->place[i], i, next);
            k->place[i + 1] = (uint32_t)next++;
            k->place[tree->nodes[i].right] = (uint32_t)next++;
        }
    }
    for (size_t pair = 0; pair < k->n_different; pair++) {
        put_leaf(k, leaf_pairs + 2 * pair, (uint32_t)k->pairs[pair]);
        put_leaf(k, leaf_pairs + 2 * pair + 1, (uint32_t)(k->pairs[pair] >> 32));
    }
    return leaf_pairs + 2 * k->n_different;
}

static mlt_status pack_tree(const mlt_forest *forest, const mlt_tree *tree, tree_room *room, mlt_error *err) {
    double *values = forest->owned[1];
    uint32_t *sets = forest->owned[2];
    packer k = {.tree = tree, .forest = forest, .first_value = room->leaf, .first_word = room->word};
    mlt_status status = MLT_OK;
    k.nodes = (uint64_t *)forest->owned[0] + room->node * forest->words;
    if (tree->n_category_words > 0)
        memcpy(sets + room->word, tree->category_bits, tree->n_category_words * sizeof *sets);
    MLT_ALLOC_GOTO(k.value_number, tree->n_nodes, err, done);
    MLT_ALLOC_GOTO(k.pairs, tree->n_nodes / 2, err, done);
    MLT_ALLOC_GOTO(k.pair_number, tree->n_nodes / 2, err, done);
    MLT_ALLOC_GOTO(k.place, tree->n_nodes, err, done);
    MLT_TRY_GOTO(number_values(&k, values + room->leaf * forest->width, &room->n_values, err), done);
    MLT_TRY_GOTO(number_pairs(&k, err), done);
    room->n_nodes = put_nodes(&k);
done:
    free(k.value_number);
    free(k.pairs);
    free(k.pair_number);
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
