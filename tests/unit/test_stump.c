/* The quick stump search against the tree engine, over rounds of weights as boosting makes them. */
#include "models/stump.h"
#include "support.h"

#include "made_tree_data.h"

enum { FEATURES = 5, ROUNDS = 40, FEW_ROUNDS = 6 };

/* A classification of k classes that hang on the first features; `levels` > 0: columns of so many values. */
typedef struct problem {
    made_table *table;
    uint32_t *labels;
    mlt_tree_data *data;
    mlt_rng rng;
} problem;

static problem problem_new(size_t n, size_t k, int64_t levels, uint32_t seed) {
    problem made = {.table = made_table_new(n, FEATURES)};
    made_table *t = made.table;
    made.labels = calloc(n, sizeof *made.labels);
    mlt_rng_seed(&made.rng, seed);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < FEATURES; j++)
            t->columns[j][i] =
                levels ? (double)mlt_rng_randint(&made.rng, 0, levels) : mlt_rng_gauss(&made.rng);
        double sum = t->columns[0][i] - t->columns[1][i] + 0.5 * t->columns[2][i];
        double noisy = sum / (levels ? (double)levels : 1) + mlt_rng_gauss(&made.rng);
        made.labels[i] = (uint32_t)fmin((double)k - 1, fmax(0, floor(noisy + (double)k / 2)));
    }
    made.data = made_tree_data(t, made.labels, k, 0);
    return made;
}

static void problem_free(problem *made) {
    mlt__tree_data_free(made->data);
    free(made->labels);
    made_table_free(made->table);
}

static const mlt_tree_params STUMP = {.criterion = MLT_GINI,
                                      .max_depth = 1,
                                      .min_samples_split = 2,
                                      .min_samples_leaf = 1,
                                      .max_features = FEATURES};

/* Both ways give the same split, sides and importances. */
static void assert_same_stump(const mlt_tree *quick, const mlt_tree *full, const double *quick_importances,
                              const double *full_importances, const uint32_t *leaves, const problem *made) {
    assert_int_equal(quick->n_nodes, full->n_nodes);
    assert_int_equal(quick->nodes[0].feature, full->nodes[0].feature);
    assert_true(quick->nodes[0].threshold == full->nodes[0].threshold);
    assert_int_equal(quick->nodes[0].flags, full->nodes[0].flags);
    const double *x = made->table->columns[quick->nodes[0].feature];
    for (size_t i = 0; i < made->data->n; i++)
        assert_int_equal(leaves[i], (double)(float)x[i] <= quick->nodes[0].threshold ? 1 : 2);
    for (size_t node = 0; node < 3; node++) {
        assert_int_equal(quick->n[node], full->n[node]);
        for (size_t c = 0; c < quick->width; c++) {
            double a = quick->value[node * quick->width + c], b = full->value[node * quick->width + c];
            if (fabs(a - b) > 1e-11)
                fail_msg("node %zu, class %zu: %.17g and %.17g", node, c, a, b);
        }
    }
    assert_memory_equal(quick_importances, full_importances, FEATURES * sizeof *quick_importances);
}

/* Raise the weights of wrong rows by `factor`, at random where `mixed`, and make their sum 1. */
static void reweigh(double *weights, problem *made, const mlt_tree *tree, const uint32_t *leaves,
                    double factor, bool mixed) {
    double sum = 0;
    for (size_t i = 0; i < made->data->n; i++) {
        const double *value = tree->value + leaves[i] * tree->width;
        uint32_t label = 0;
        for (uint32_t c = 1; c < tree->width; c++)
            if (value[c] > value[label])
                label = c;
        weights[i] *= label != made->labels[i] ? factor : 1;
        weights[i] *= mixed ? 0.5 + mlt_rng_uniform(&made->rng) : 1;
        sum += weights[i];
    }
    for (size_t i = 0; i < made->data->n; i++)
        weights[i] /= sum;
}

/* Boost for some rounds; returns how many were certain. */
static size_t boost(problem *made, double factor, bool mixed, int threads) {
    size_t n = made->data->n, certain_rounds = 0, rounds = n > 10000 ? FEW_ROUNDS : ROUNDS;
    mlt_error err;
    mlt_context ctx = {.threads = threads};
    mlt_stump_search *search;
    assert_ok(mlt__stump_search_new(&search, made->data, &STUMP, &ctx, &err), &err);
    assert_non_null(search);
    double *weights = calloc(n, sizeof *weights), quick_importances[FEATURES], full_importances[FEATURES];
    uint32_t *leaves = calloc(n, sizeof *leaves);
    for (size_t i = 0; i < n; i++)
        weights[i] = 1.0 / (double)n;
    for (size_t round = 0; round < rounds; round++) {
        mlt_tree quick, full;
        bool certain;
        mlt_tree_sample sample = {.n = n, .weights = weights, .seed = (uint32_t)round};
        assert_ok(mlt__stump_grow(&quick, quick_importances, leaves, &certain, search, weights, &err), &err);
        assert_ok(mlt__tree_grow(&full, full_importances, made->data, &STUMP, &sample, &err), &err);
        certain_rounds += certain;
        if (certain) {
            assert_same_stump(&quick, &full, quick_importances, full_importances, leaves, made);
        } else {
            assert_int_equal(quick.n_nodes, 0);
            for (size_t i = 0; i < n; i++)
                leaves[i] = made->table->columns[full.nodes[0].feature][i] <= full.nodes[0].threshold ? 1 : 2;
        }
        reweigh(weights, made, &full, leaves, factor, mixed);
        mlt__tree_clear(&quick);
        mlt__tree_clear(&full);
    }
    mlt__stump_search_free(search);
    free(weights);
    free(leaves);
    return certain_rounds;
}

/* From one block to two thousand; few and many values; weights that change by one factor, by a falling one,
 * and each by its own. */
static void test_stump__is_the_engines_stump(void **state) {
    (void)state;
    const size_t sizes[] = {50, 999, 40000};
    for (size_t s = 0; s < 3; s++)
        for (size_t k = 2; k <= 3; k++)
            for (int64_t levels = 0; levels <= 300; levels += 300) {
                problem made = problem_new(sizes[s], k, levels, (uint32_t)(s + 1));
                size_t certain = boost(&made, 1.7, false, 2);
                certain += boost(&made, 1.7, true, 1);
                if (sizes[s] > 50 && certain < FEW_ROUNDS)
                    fail_msg("%zu rows: only %zu rounds were certain", sizes[s], certain);
                problem_free(&made);
            }
}

/* Weights that grow where most rows are wrong: the common factor is that of the wrong rows. */
static void test_stump__most_rows_may_change(void **state) {
    (void)state;
    problem made = problem_new(9000, 2, 0, 5);
    assert_true(boost(&made, 0.4, false, 2) > 0);
    assert_true(boost(&made, 50, false, 2) > 0);
    problem_free(&made);
}

/* Values so close to each other that most are not parted, down to a few hundred cuts a column. */
static void test_stump__parts_no_close_values(void **state) {
    (void)state;
    for (size_t k = 2; k <= 3; k++) {
        problem made = problem_new(5000, k, 0, 3);
        for (size_t j = 0; j < FEATURES; j++)
            for (size_t i = 0; i < 5000; i++)
                made.table->columns[j][i] *= 1e-5;
        mlt__tree_data_free(made.data);
        made.data = made_tree_data(made.table, made.labels, k, 0);
        assert_non_null(made.data->features[0].close.next);
        assert_true(boost(&made, 1.7, false, 2) > ROUNDS / 2);
        problem_free(&made);
    }
}

/* Two equal columns: no best cut is certain, so that the engine's draw decides. */
static void test_stump__leaves_ties_to_the_engine(void **state) {
    (void)state;
    problem made = problem_new(5000, 2, 0, 9);
    memcpy(made.table->columns[1], made.table->columns[0], 5000 * sizeof(double));
    mlt__tree_data_free(made.data);
    made.data = made_tree_data(made.table, made.labels, 2, 0);
    mlt_error err;
    mlt_stump_search *search;
    mlt_tree tree;
    bool certain = true;
    double weights[5000], importances[FEATURES];
    uint32_t leaves[5000];
    for (size_t i = 0; i < 5000; i++)
        weights[i] = 1.0 / 5000;
    assert_ok(mlt__stump_search_new(&search, made.data, &STUMP, NULL, &err), &err);
    assert_ok(mlt__stump_grow(&tree, importances, leaves, &certain, search, weights, &err), &err);
    assert_false(certain);
    mlt__stump_search_free(search);
    problem_free(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stump__is_the_engines_stump),
        cmocka_unit_test(test_stump__most_rows_may_change),
        cmocka_unit_test(test_stump__parts_no_close_values),
        cmocka_unit_test(test_stump__leaves_ties_to_the_engine),
    };
    return cmocka_run_group_tests_name("stump", tests, NULL, NULL);
}
