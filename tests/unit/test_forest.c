/* Packed trees: rows end where the trees' own nodes send them, and nothing but whole trees passes for one. */
#include "core/error.h"
#include "models/tree_engine.h"
#include "models/tree_predict.h"
#include "models/tree_store.h"
#include "support.h"

#include "mltool/random.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = 3, ROWS = 100, LEVELS = 40 };
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- thresholds ---- */

static void test_forest__a_float32_below_parts_as_the_threshold_does(void **state) {
    (void)state;
    static const double thresholds[] = {0.1,
                                        -0.1,
                                        1.0,
                                        16777217.0,
                                        -16777217.0,
                                        1e-46,
                                        -1e-46,
                                        1e300,
                                        -1e300,
                                        0.0,
                                        -0.0,
                                        FLT_MAX,
                                        1e-40,
                                        -FLT_MAX,
                                        2.4500000476837158,
                                        3.4028235677973366e38};
    for (size_t i = 0; i < COUNT(thresholds); i++) {
        float below = mlt__float_below(thresholds[i]);
        const float cells[] = {below,
                               nextafterf(below, -INFINITY),
                               nextafterf(below, INFINITY),
                               0,
                               -0.0F,
                               FLT_MAX,
                               -FLT_MAX,
                               INFINITY,
                               -INFINITY,
                               FLT_TRUE_MIN};
        for (size_t c = 0; c < COUNT(cells); c++)
            assert_int_equal(cells[c] <= below, (double)cells[c] <= thresholds[i]);
    }
}

/* ---- packed trees ---- */

/* A random tree of 2 × splits + 1 nodes over P features, the last of them categorical if `categories`. */
static mlt_tree made_tree(mlt_rng *rng, size_t splits, bool categories) {
    size_t n = 2 * splits + 1, waiting = 0;
    mlt_tree tree = {.n_nodes = n, .width = 1};
    tree.nodes = calloc(n, sizeof *tree.nodes);
    tree.value = calloc(n, sizeof *tree.value);
    tree.n = calloc(n, sizeof *tree.n);
    uint32_t *parents = calloc(n, sizeof *parents);
    if (categories) {
        tree.category_offset = calloc(n, sizeof *tree.category_offset);
        tree.category_bits = calloc(2 * n, sizeof *tree.category_bits);
    }
    for (size_t i = 0, left = splits; i < n; i++) {
        tree.value[i] = (double)(i * 7 % 5);
        /* Splits while some are left, by chance, but always where nothing would follow otherwise. */
        if (left > 0 && (waiting == 0 || mlt_rng_below(rng, 2) > 0)) {
            left--;
            tree.nodes[i].feature = (int32_t)mlt_rng_below(rng, P - 1);
            tree.nodes[i].threshold = mlt_rng_uniform(rng) - 0.5;
            tree.nodes[i].flags = mlt_rng_below(rng, 1);
            if (categories && tree.nodes[i].feature == P - 1) {
                tree.nodes[i].flags |= MLT_NODE_CATEGORY;
                tree.nodes[i].threshold = 0;
                tree.category_offset[i] = (uint32_t)tree.n_category_words;
                tree.category_bits[tree.n_category_words++] = (uint32_t)mlt_rng_below(rng, UINT32_MAX);
                tree.category_bits[tree.n_category_words++] = (uint32_t)mlt_rng_below(rng, UINT32_MAX);
            }
            parents[waiting++] = (uint32_t)i;
        } else {
            tree.nodes[i].feature = -1;
            if (waiting > 0)
                tree.nodes[parents[--waiting]].right = (uint32_t)i + 1;
        }
    }
    free(parents);
    return tree;
}

static mlt_forest packed(const mlt_tree *trees, size_t n_trees) {
    mlt_forest forest;
    mlt_error err;
    assert_ok(mlt__forest_pack(&forest, trees, n_trees, P, 1, 2, &err), &err);
    return forest;
}

/* The same forest with two words a node. */
static mlt_forest widened(const mlt_forest *forest) {
    mlt_forest wide = *forest;
    size_t n = forest->first[forest->n_trees];
    uint64_t *nodes = calloc(2 * n, sizeof *nodes);
    for (size_t i = 0; i < n; i++) {
        nodes[2 * i] = forest->nodes[i] & ((UINT64_C(1) << (32 + forest->skip_bit)) - 1);
        nodes[2 * i + 1] = mlt__node_skip(forest, i);
    }
    wide.words = 2;
    wide.nodes = nodes;
    return wide;
}

/* Where a tree's own nodes send a row. */
static double expected(const mlt_tree *tree, const float *cells) {
    size_t i = 0;
    while (tree->nodes[i].feature >= 0) {
        const mlt_tree_node *node = &tree->nodes[i];
        float cell = cells[node->feature];
        bool left = (double)cell <= node->threshold;
        if (isnan(cell))
            left = node->flags & MLT_NODE_MISSING_LEFT;
        else if (node->flags & MLT_NODE_CATEGORY)
            left = tree->category_bits[tree->category_offset[i] + (size_t)cell / 32] >> (size_t)cell % 32 & 1;
        i = left ? i + 1 : node->right;
    }
    return tree->value[i];
}

typedef struct descent_check {
    const mlt_tree *trees;
    const mlt_forest *forest;
    float (*cells)[P];
    size_t rows;
} descent_check;

static void check_block(mlt_row_block *block, void *scratch, void *user) {
    (void)scratch;
    descent_check *check = user;
    for (size_t t = 0; t < check->forest->n_trees; t++) {
        mlt__block_descend(block, check->forest, t);
        for (size_t r = 0; r < block->n; r++) {
            double found = check->forest->values[block->leaves[r]];
            if (found != expected(&check->trees[t], check->cells[block->start + r]))
                fail_msg("tree %zu, row %zu: %g", t, block->start + r, found);
        }
    }
    check->rows += block->n;
}

static void check_descent(bool categories, bool missing, mlt_rng *rng) {
    static double x[P][ROWS];
    static float cells[ROWS][P];
    int32_t codes[ROWS];
    mlt_cells columns[P];
    for (size_t j = 0; j < P; j++) {
        for (size_t i = 0; i < ROWS; i++) {
            x[j][i] = missing && mlt_rng_below(rng, 4) == 0 ? NAN : mlt_rng_uniform(rng) - 0.5;
            cells[i][j] = (float)x[j][i];
        }
        columns[j] = (mlt_cells){.values = x[j]};
    }
    for (size_t i = 0; categories && i < ROWS; i++) {
        codes[i] = missing && i % 5 == 0 ? -1 : (int32_t)mlt_rng_below(rng, LEVELS - 1);
        cells[i][P - 1] = codes[i] < 0 ? NAN : (float)codes[i];
        columns[P - 1] = (mlt_cells){.codes = codes};
    }
    mlt_tree trees[4];
    for (size_t t = 0; t < COUNT(trees); t++)
        trees[t] = made_tree(rng, 50 * t, categories);
    mlt_dataset data = {.n = ROWS, .p = P, .x = columns};
    mlt_predict_input in = {.data = &data, .n_rows = ROWS};
    mlt_forest narrow = packed(trees, COUNT(trees)), wide = widened(&narrow);
    assert_int_equal(narrow.words, 1);
    const mlt_forest *forests[] = {&narrow, &wide};
    for (size_t f = 0; f < 2; f++) {
        mlt_error err;
        descent_check check = {trees, forests[f], cells, 0};
        assert_ok(mlt__each_row_block(&in, P, 1, check_block, &check, &err), &err);
        assert_int_equal(check.rows, ROWS);
    }
    free((void *)(uintptr_t)wide.nodes);
    mlt__forest_clear(&narrow);
    for (size_t t = 0; t < COUNT(trees); t++)
        mlt__tree_clear(&trees[t]);
}

static void test_forest__rows_end_where_the_trees_send_them(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 5);
    for (int round = 0; round < 20; round++)
        check_descent(round & 1, round & 2, &rng);
}

/* ---- what passes for a tree ---- */

static const mlt_feature NUMERIC[P] = {{.type = MLT_NUMERIC}, {.type = MLT_NUMERIC}, {.type = MLT_NUMERIC}};
static const mlt_feature MIXED[P] = {
    {.type = MLT_NUMERIC}, {.type = MLT_NUMERIC}, {.type = MLT_CATEGORICAL, .n_levels = LEVELS}};

static mlt_status check(const mlt_forest *forest, bool categories, size_t n_set, mlt_error *err) {
    mlt_schema schema = {.p = P, .features = (mlt_feature *)(uintptr_t)(categories ? MIXED : NUMERIC)};
    uint32_t *scratch = calloc(forest->first[1] / 2 + 4, sizeof *scratch);
    size_t n_category = 0;
    mlt_status status = mlt__forest_check_tree(&n_category, forest, 0, &schema, n_set, scratch, err);
    free(scratch);
    return status;
}

static void test_forest__every_whole_tree_passes(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 6);
    for (size_t splits = 0; splits < 60; splits++)
        for (int categories = 0; categories < 2; categories++) {
            mlt_error err;
            mlt_tree tree = made_tree(&rng, splits, categories);
            mlt_forest narrow = packed(&tree, 1), wide = widened(&narrow);
            assert_ok(check(&narrow, categories, tree.n_category_words, &err), &err);
            assert_ok(check(&wide, categories, tree.n_category_words, &err), &err);
            free((void *)(uintptr_t)wide.nodes);
            mlt__forest_clear(&narrow);
            mlt__tree_clear(&tree);
        }
}

/* Split(split(leaf, leaf), leaf), with one node changed. Features have 2 bits, so distances begin at bit 37.
 */
#define SPLIT(skip) (UINT64_C(0x3F000000) | (uint64_t)(skip) << 37)
#define LEAF(value) ((uint64_t)(value) | UINT64_C(3) << 35)

/* A forest that is one tree, of `first[1]` nodes. */
static mlt_forest one_tree(size_t first[2], const uint64_t *nodes, size_t words, size_t n_values) {
    static const double values[] = {1, 2, 3};
    assert_int_equal(mlt__forest_skip_bit(P), 5);
    return (mlt_forest){.n_trees = 1,
                        .p = P,
                        .width = 1,
                        .skip_bit = 5,
                        .words = words,
                        .first = first,
                        .nodes = nodes,
                        .values = values,
                        .n_values = n_values};
}

static void test_forest__what_is_no_tree_is_named(void **state) {
    (void)state;
    static const struct {
        size_t node;
        uint64_t word;
        const char *message;
    } cases[] = {
        {0, SPLIT(4), NULL},
        {2, LEAF(2), NULL},
        {0, SPLIT(4) | UINT64_C(1) << 32, NULL},  /* missing cells go left */
        {0, SPLIT(5), "is nobody's right child"}, /* beyond the end */
        {0, SPLIT(3), "is nobody's right child"}, /* a node with two parents */
        {0, SPLIT(1), "is nobody's right child"}, /* both children are one */
        {1, SPLIT(3), "is nobody's right child"},
        {0, SPLIT(0x7FFFFFF), "is nobody's right child"},
        {1, LEAF(0), "is nobody's right child"}, /* nodes without a parent */
        {4, SPLIT(2), "the tree cannot end here"},
        {3, SPLIT(2), "the tree cannot end here"},
        {0, SPLIT(4) | UINT64_C(3) << 35, "its feature is out of range"},
        {0, SPLIT(4) | UINT64_C(1) << 33, "the kind of split does not fit its feature"},
        {0, SPLIT(4) | UINT64_C(1) << 34, "it has bits that no node has"},
        {0, SPLIT(4) | 0x7F800000, "its threshold is not a number"},
        {0, SPLIT(4) | 0xFFC00000, "its threshold is not a number"},
        {2, LEAF(3), "its value is out of range"},
        {2, LEAF(UINT32_MAX), "its value is out of range"},
        {2, 0, "it is neither a leaf nor a split"},
        {2, LEAF(0) | UINT64_C(1) << 32, "it is neither a leaf nor a split"},
        {2, LEAF(0) | UINT64_C(1) << 34, "it has bits that no node has"},
    };
    size_t first[] = {0, 5};
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t nodes[] = {SPLIT(4), SPLIT(2), LEAF(0), LEAF(1), LEAF(2)};
        mlt_forest forest = one_tree(first, nodes, 1, 3);
        nodes[cases[i].node] = cases[i].word;
        mlt_error err;
        mlt_status status = check(&forest, false, 0, &err);
        if (cases[i].message ? status != MLT_E_MODEL || !strstr(err.message, cases[i].message)
                             : status != MLT_OK)
            fail_msg("case %zu: status %d, %s", i, (int)status, err.message);
        mlt_forest wide = widened(&forest);
        assert_int_equal(check(&wide, false, 0, &err), status);
        free((void *)(uintptr_t)wide.nodes);
    }
}

static void test_forest__a_wide_node_has_nothing_above_its_feature(void **state) {
    (void)state;
    size_t first[] = {0, 1};
    uint64_t nodes[] = {LEAF(0) | UINT64_C(1) << 37, 0};
    mlt_forest forest = one_tree(first, nodes, 2, 1);
    mlt_error err;
    assert_int_equal(check(&forest, false, 0, &err), MLT_E_MODEL);
    nodes[0] = LEAF(0);
    assert_ok(check(&forest, false, 0, &err), &err);
}

static void test_forest__a_category_set_must_be_whole(void **state) {
    (void)state;
    size_t first[] = {0, 3};
    /* Feature 2 has 40 levels: 2 words. */
    uint64_t nodes[] = {UINT64_C(1) | UINT64_C(1) << 33 | UINT64_C(2) << 35 | UINT64_C(2) << 37, LEAF(0),
                        LEAF(0)};
    mlt_forest forest = one_tree(first, nodes, 1, 1);
    mlt_error err;
    assert_ok(check(&forest, true, 3, &err), &err);
    for (size_t n_set = 0; n_set < 3; n_set++) {
        assert_int_equal(check(&forest, true, n_set, &err), MLT_E_MODEL);
        assert_non_null(strstr(err.message, "its category set is cut off"));
    }
}

/* A chain of 300,000 splits, each the left child of the last, or the right one. */
static void test_forest__a_long_chain_is_a_tree(void **state) {
    (void)state;
    enum { DEPTH = 300000, NODES = 2 * DEPTH + 1 };
    uint64_t *nodes = calloc(NODES, sizeof *nodes);
    size_t first[] = {0, NODES};
    mlt_forest forest = one_tree(first, nodes, 1, 1);
    mlt_error err;
    for (int left = 0; left < 2; left++) {
        for (size_t i = 0; i < NODES; i++) {
            bool split = left ? i < DEPTH : i % 2 == 0 && i + 1 < NODES;
            nodes[i] = !split ? LEAF(0) : SPLIT(left ? NODES - 1 - 2 * i : 2);
        }
        assert_ok(check(&forest, false, 0, &err), &err);
    }
    free(nodes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest__a_float32_below_parts_as_the_threshold_does),
        cmocka_unit_test(test_forest__rows_end_where_the_trees_send_them),
        cmocka_unit_test(test_forest__every_whole_tree_passes),
        cmocka_unit_test(test_forest__what_is_no_tree_is_named),
        cmocka_unit_test(test_forest__a_wide_node_has_nothing_above_its_feature),
        cmocka_unit_test(test_forest__a_category_set_must_be_whole),
        cmocka_unit_test(test_forest__a_long_chain_is_a_tree),
    };
    return cmocka_run_group_tests_name("forest", tests, NULL, NULL);
}
