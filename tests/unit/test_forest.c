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

static void test_forest__orders_compare_as_numbers_do(void **state) {
    (void)state;
    static const float numbers[] = {-INFINITY,     -FLT_MAX, -1.5F,    -1,      -FLT_MIN,
                                    -FLT_TRUE_MIN, -0.0F,    0,        FLT_MIN, 0.1F,
                                    FLT_TRUE_MIN,  1,        16777216, FLT_MAX, INFINITY};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        uint32_t order = mlt__float_order(numbers[i]);
        assert_true(order < UINT32_MAX);
        assert_true(mlt__float_of_order(order) == numbers[i]);
        for (size_t j = 0; j < COUNT(numbers); j++)
            assert_int_equal(order <= mlt__float_order(numbers[j]), numbers[i] <= numbers[j]);
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

/* A chain of splits along which rows leave one by one: most have a longer way than is usual. */
static mlt_tree made_chain(size_t splits) {
    mlt_tree tree = {.n_nodes = 2 * splits + 1, .width = 1};
    tree.nodes = calloc(tree.n_nodes, sizeof *tree.nodes);
    tree.value = calloc(tree.n_nodes, sizeof *tree.value);
    for (size_t i = 0; i < tree.n_nodes; i++) {
        bool split = i % 2 == 0 && i + 1 < tree.n_nodes;
        tree.nodes[i] = (mlt_tree_node){.feature = split ? 0 : -1,
                                        .threshold = split ? (double)i / (double)tree.n_nodes - 0.5 : 0,
                                        .right = split ? (uint32_t)i + 2 : 0};
        tree.value[i] = (double)i;
    }
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
        nodes[2 * i] = forest->nodes[i] & ((UINT64_C(1) << (forest->key_bit + 32)) - 1);
        nodes[2 * i + 1] = mlt__node_children(forest, i);
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
    mlt_tree trees[5] = {made_chain(LEVELS)};
    for (size_t t = 1; t < COUNT(trees); t++)
        trees[t] = made_tree(rng, 50 * (t - 1), categories);
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

static mlt_status check(const mlt_forest *forest, bool categories, size_t n_set, mlt_split_count *count,
                        mlt_error *err) {
    mlt_schema schema = {.p = P, .features = (mlt_feature *)(uintptr_t)(categories ? MIXED : NUMERIC)};
    uint32_t *scratch = calloc(forest->first[1] / 2 + 1, sizeof *scratch);
    *count = (mlt_split_count){0};
    mlt_status status = mlt__forest_check_tree(count, forest, 0, &schema, n_set, scratch, err);
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
            mlt_split_count count;
            mlt_tree tree = made_tree(&rng, splits, categories);
            mlt_forest narrow = packed(&tree, 1), wide = widened(&narrow);
            assert_ok(check(&narrow, categories, tree.n_category_words, &count, &err), &err);
            assert_int_equal(count.all, splits);
            assert_int_equal(count.category, tree.n_category_words / 2);
            assert_ok(check(&wide, categories, tree.n_category_words, &count, &err), &err);
            assert_int_equal(count.all, splits);
            free((void *)(uintptr_t)wide.nodes);
            mlt__forest_clear(&narrow);
            mlt__tree_clear(&tree);
        }
}

/* Three splits with two leaves each, of which two or all three predict the same. */
static void test_forest__equal_leaves_stand_once(void **state) {
    (void)state;
    enum { LEAF_HERE = -1 };
    mlt_tree_node nodes[] = {{.right = 4},           {.right = 3},           {.feature = LEAF_HERE},
                             {.feature = LEAF_HERE}, {.right = 8},           {.right = 7},
                             {.feature = LEAF_HERE}, {.feature = LEAF_HERE}, {.right = 10},
                             {.feature = LEAF_HERE}, {.feature = LEAF_HERE}};
    double values[] = {0, 0, 5, 6, 0, 0, 5, 6, 0, 6, 5};
    mlt_tree tree = {.n_nodes = COUNT(nodes), .width = 1, .nodes = nodes, .value = values};
    mlt_forest forest = packed(&tree, 1);
    assert_int_equal(forest.n_values, 2);
    assert_int_equal(forest.first[1], COUNT(nodes) - 2);
    mlt__forest_clear(&forest);
    values[9] = 5;
    values[10] = 6;
    forest = packed(&tree, 1);
    assert_int_equal(forest.first[1], COUNT(nodes) - 4);
    mlt__forest_clear(&forest);
}

/* Split(split(leaf, leaf), leaf), with one node changed. Features have 2 bits, so keys begin at bit 4. */
#define NODE(below_key, key, children)                                                                       \
    ((uint64_t)(below_key) | (uint64_t)(key) << 4 | (uint64_t)(children) << 36)
#define FEATURE(j) (((j) + 1) << MLT_FOREST_FEATURE_BIT)
#define SPLIT(children) NODE(FEATURE(0), 0x40FFFFFF, children)
#define LEAF(value, place) NODE(0, value, place)

/* A forest that is one tree, of `first[1]` nodes. */
static mlt_forest one_tree(size_t first[2], const uint64_t *nodes, size_t words, size_t n_values) {
    static const double values[] = {1, 2, 3};
    assert_int_equal(mlt__forest_key_bit(P), 4);
    return (mlt_forest){.n_trees = 1,
                        .p = P,
                        .width = 1,
                        .key_bit = 4,
                        .words = words,
                        .first = first,
                        .nodes = nodes,
                        .values = values,
                        .n_values = n_values};
}

/* Check a tree, with one word a node and with two. */
static void check_case(size_t number, size_t n, const uint64_t *nodes, const char *message) {
    size_t first[] = {0, n};
    mlt_error err;
    mlt_split_count count;
    mlt_forest forest = one_tree(first, nodes, 1, 3);
    mlt_status status = check(&forest, false, 0, &count, &err);
    if (message ? status != MLT_E_MODEL || !strstr(err.message, message) : status != MLT_OK)
        fail_msg("case %zu: status %d, %s", number, (int)status, err.message);
    mlt_forest wide = widened(&forest);
    assert_int_equal(check(&wide, false, 0, &count, &err), status);
    free((void *)(uintptr_t)wide.nodes);
}

static void test_forest__what_is_no_tree_is_named(void **state) {
    (void)state;
    static const struct {
        size_t node;
        uint64_t word;
        const char *message;
    } cases[] = {
        {0, SPLIT(1), NULL},
        {2, LEAF(2, 2), NULL},
        {2, SPLIT(3), NULL}, /* a pair of leaves with two parents */
        {0, SPLIT(1) | MLT_FOREST_MISSING_LEFT, NULL},
        {0, NODE(FEATURE(2), 0x7FFFFFFF, 1), NULL}, /* a threshold of 0 */
        {0, SPLIT(3), "node 1: it is nobody's child, or several's"},
        {1, LEAF(0, 1), "node 3: it is nobody's child, or several's"},
        {0, SPLIT(0), "its children cannot stand where it says"},
        {1, SPLIT(1), "its children cannot stand where it says"},
        {1, SPLIT(2), "its children cannot stand where it says"},
        {1, SPLIT(4), "its children cannot stand where it says"},
        {1, SPLIT(5), "its children cannot stand where it says"},
        {4, SPLIT(4), "its children cannot stand where it says"},
        {4, SPLIT(5), "its children cannot stand where it says"},
        {1, SPLIT(0xFFFFFFF), "its children cannot stand where it says"},
        {0, SPLIT(1) | MLT_FOREST_CATEGORY, "the kind of split does not fit its feature"},
        {0, NODE(FEATURE(0), 0, 1), "its threshold is not a number"},
        {0, NODE(FEATURE(0), 0x007FFFFF, 1), "its threshold is not a number"}, /* infinite */
        {0, NODE(FEATURE(0), 0x00800000, 1), NULL},
        {0, NODE(FEATURE(0), 0xFF800000, 1), "its threshold is not a number"},
        {0, NODE(FEATURE(0), 0xFF7FFFFF, 1), NULL},
        {0, NODE(FEATURE(0), 0x80000000, 1), "its threshold is not a number"}, /* −0 */
        {2, LEAF(3, 2), "its value is out of range"},
        {2, LEAF(UINT32_MAX, 2), "its value is out of range"},
        {2, LEAF(0, 1), "it is neither a leaf nor a split"},
        {2, LEAF(0, 3), "it is neither a leaf nor a split"},
        {2, LEAF(0, 2) | MLT_FOREST_MISSING_LEFT, "it is neither a leaf nor a split"},
        {2, LEAF(0, 2) | MLT_FOREST_CATEGORY, "it is neither a leaf nor a split"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t nodes[] = {SPLIT(1), SPLIT(3), LEAF(2, 2), LEAF(0, 3), LEAF(1, 4)};
        nodes[cases[i].node] = cases[i].word;
        check_case(i, COUNT(nodes), nodes, cases[i].message);
    }
}

static void test_forest__only_leaves_have_several_parents(void **state) {
    (void)state;
    uint64_t nodes[] = {SPLIT(1), SPLIT(3), SPLIT(3), SPLIT(5), LEAF(0, 4), LEAF(0, 5), LEAF(1, 6)};
    check_case(0, COUNT(nodes), nodes, "node 3: it is nobody's child, or several's");
    nodes[2] = LEAF(0, 2);
    check_case(1, COUNT(nodes), nodes, NULL);
    nodes[3] = LEAF(0, 3);
    check_case(2, COUNT(nodes), nodes, "node 5: it is nobody's child, or several's");
}

static void test_forest__a_tree_has_an_odd_number_of_nodes(void **state) {
    (void)state;
    static const uint64_t nodes[] = {SPLIT(1), SPLIT(3), LEAF(0, 2), LEAF(0, 3), LEAF(0, 4), LEAF(0, 5)};
    check_case(0, 5, nodes, NULL);
    check_case(1, 6, nodes, "cannot have 6 nodes");
}

static void test_forest__a_feature_must_be_there(void **state) {
    (void)state;
    size_t first[] = {0, 3};
    uint64_t nodes[] = {NODE(FEATURE(1), 0x40FFFFFF, 1), LEAF(0, 1), LEAF(0, 2)};
    mlt_forest forest = one_tree(first, nodes, 1, 1);
    mlt_error err;
    mlt_split_count count;
    forest.p = 2;
    assert_int_equal(mlt__forest_key_bit(forest.p), forest.key_bit);
    assert_ok(check(&forest, false, 0, &count, &err), &err);
    nodes[0] = NODE(FEATURE(2), 0x40FFFFFF, 1);
    assert_int_equal(check(&forest, false, 0, &count, &err), MLT_E_MODEL);
    assert_non_null(strstr(err.message, "its feature is out of range"));
}

static void test_forest__a_wide_node_has_nothing_above_its_key(void **state) {
    (void)state;
    size_t first[] = {0, 1};
    uint64_t nodes[] = {LEAF(0, 1), 0};
    mlt_forest forest = one_tree(first, nodes, 2, 1);
    mlt_error err;
    mlt_split_count count;
    assert_int_equal(check(&forest, false, 0, &count, &err), MLT_E_MODEL);
    assert_non_null(strstr(err.message, "it has bits that no node has"));
    nodes[0] = LEAF(0, 0);
    assert_ok(check(&forest, false, 0, &count, &err), &err);
}

static void test_forest__a_category_set_must_be_whole(void **state) {
    (void)state;
    size_t first[] = {0, 3};
    /* Feature 2 has 40 levels: 2 words. */
    uint64_t nodes[] = {NODE(FEATURE(2) | MLT_FOREST_CATEGORY, 1, 1), LEAF(0, 1), LEAF(0, 2)};
    mlt_forest forest = one_tree(first, nodes, 1, 1);
    mlt_error err;
    mlt_split_count count;
    assert_ok(check(&forest, true, 3, &count, &err), &err);
    assert_int_equal(count.category, 1);
    for (size_t n_set = 0; n_set < 3; n_set++) {
        assert_int_equal(check(&forest, true, n_set, &count, &err), MLT_E_MODEL);
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
    mlt_split_count count;
    for (size_t right = 0; right < 2; right++) {
        for (size_t i = 0; i < NODES; i++)
            nodes[i] = LEAF(0, i);
        for (size_t i = 0; i < DEPTH; i++)
            nodes[i == 0 ? 0 : 2 * i - 1 + right] = SPLIT(2 * i + 1);
        assert_ok(check(&forest, false, 0, &count, &err), &err);
        assert_int_equal(count.all, DEPTH);
    }
    free(nodes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest__a_float32_below_parts_as_the_threshold_does),
        cmocka_unit_test(test_forest__orders_compare_as_numbers_do),
        cmocka_unit_test(test_forest__rows_end_where_the_trees_send_them),
        cmocka_unit_test(test_forest__every_whole_tree_passes),
        cmocka_unit_test(test_forest__equal_leaves_stand_once),
        cmocka_unit_test(test_forest__what_is_no_tree_is_named),
        cmocka_unit_test(test_forest__only_leaves_have_several_parents),
        cmocka_unit_test(test_forest__a_tree_has_an_odd_number_of_nodes),
        cmocka_unit_test(test_forest__a_feature_must_be_there),
        cmocka_unit_test(test_forest__a_wide_node_has_nothing_above_its_key),
        cmocka_unit_test(test_forest__a_category_set_must_be_whole),
        cmocka_unit_test(test_forest__a_long_chain_is_a_tree),
    };
    return cmocka_run_group_tests_name("forest", tests, NULL, NULL);
}
