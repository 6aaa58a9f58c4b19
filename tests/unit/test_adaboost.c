/* AdaBoost on so many rows that threads share them: the same bits for any number of threads. And when memory
 * is short. */
#include "mltool/model.h"
#include "support.h"

#include "failing_malloc.h"
#include "made_table.h"

enum { ROWS = 50000, FIT_ROWS = 41001, FEATURES = 4, ROUNDS = 3 };

static made_table *table_new(bool classes, uint32_t *labels) {
    made_table *t = made_table_new(ROWS, FEATURES);
    mlt_rng rng;
    mlt_rng_seed(&rng, 17);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < FEATURES; j++)
            t->columns[j][i] = mlt_rng_gauss(&rng);
        t->y[i] = t->columns[0][i] - t->columns[1][i] * t->columns[2][i] + mlt_rng_gauss(&rng);
        labels[i] = t->y[i] > 0;
    }
    if (classes) {
        t->schema.task = MLT_CLASSIFICATION;
        t->schema.k = 2;
        t->data.labels = labels;
        t->data.y = NULL;
    }
    return t;
}

static mlt_params three_rounds(const mlt_model_type *type, const char *algorithm, mlt_task task) {
    mlt_params params;
    mlt_error err;
    mlt_params_init(&params, type->params, type->n_params);
    if (algorithm)
        assert_ok(mlt_params_set(&params, "algorithm", algorithm, &err), &err);
    assert_ok(mlt_params_set(&params, "n-estimators", "3", &err), &err);
    assert_ok(mlt_params_resolve(&params, task, &err), &err);
    return params;
}

static mlt_model *fit(const made_table *t, const char *algorithm, int threads) {
    const mlt_model_type *type = mlt_model_find("adaboost");
    mlt_params params = three_rounds(type, algorithm, t->schema.task);
    uint32_t *rows = calloc(FIT_ROWS, sizeof *rows);
    mlt_model *model;
    mlt_error err;
    mlt_context ctx = {.threads = threads};
    for (size_t i = 0; i < FIT_ROWS; i++)
        rows[i] = (uint32_t)(i * 7919 % ROWS);
    assert_ok(mlt_model_fit(&model, type, &params, &t->data, rows, FIT_ROWS, 1, &ctx, &err), &err);
    free(rows);
    return model;
}

static void assert_same_trees(const mlt_model *a, const mlt_model *b) {
    mlt_model_view x = mlt_model_view_of(a), y = mlt_model_view_of(b);
    assert_int_equal(x.n_trees, ROUNDS);
    assert_int_equal(y.n_trees, ROUNDS);
    assert_memory_equal(x.tree_weights, y.tree_weights, ROUNDS * sizeof(double));
    assert_memory_equal(x.tree_errors, y.tree_errors, ROUNDS * sizeof(double));
    for (size_t t = 0; t < ROUNDS; t++) {
        const mlt_tree *p = &x.trees[t], *q = &y.trees[t];
        assert_int_equal(p->n_nodes, q->n_nodes);
        assert_memory_equal(p->nodes, q->nodes, p->n_nodes * sizeof *p->nodes);
        assert_memory_equal(p->value, q->value, p->n_nodes * p->width * sizeof *p->value);
    }
}

static void check_threads(const made_table *t, const char *algorithm) {
    mlt_model *alone = fit(t, algorithm, 1), *shared = fit(t, algorithm, 3);
    assert_same_trees(alone, shared);
    mlt_model_free(shared);
    mlt_model_free(alone);
}

static void test_adaboost__threads_change_no_bit(void **state) {
    (void)state;
    uint32_t *labels = calloc(ROWS, sizeof *labels);
    made_table *t = table_new(true, labels);
    check_threads(t, "samme");
    check_threads(t, "samme.r");
    /* A column twice: no stump is certain, so that the tree engine grows them. */
    memcpy(t->columns[1], t->columns[0], ROWS * sizeof *t->columns[0]);
    check_threads(t, "samme");
    made_table_free(t);
    t = table_new(false, labels);
    check_threads(t, NULL);
    made_table_free(t);
    free(labels);
}

/* Stumps found without ranks, and by the engine, which ranks the columns in the middle of it all. */
static void test_adaboost__survives_failed_allocations(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    const mlt_model_type *type = mlt_model_find("adaboost");
    mlt_params params = three_rounds(type, "samme", MLT_CLASSIFICATION);
    uint32_t *labels = calloc(ROWS, sizeof *labels), rows[200];
    made_table *t = table_new(true, labels);
    mlt_context ctx = {.threads = 1};
    for (uint32_t i = 0; i < 200; i++)
        rows[i] = 3 * i;
    for (int twice = 0; twice <= 1; twice++) {
        long n = 0;
        if (twice)
            memcpy(t->columns[1], t->columns[0], ROWS * sizeof *t->columns[0]);
        for (mlt_status status = MLT_E_NOMEM; status != MLT_OK; n++) {
            mlt_error err = {0};
            mlt_model *model = NULL;
            allocations_left = n;
            status = mlt_model_fit(&model, type, &params, &t->data, rows, 200, 1, &ctx, &err);
            allocations_left = -1;
            if (status != MLT_OK && status != MLT_E_NOMEM)
                fail_msg("allocation %ld: status %d, %s", n, (int)status, err.message);
            assert_true((status == MLT_OK) == (model != NULL));
            mlt_model_free(model);
        }
        assert_true(n > (twice ? 60 : 40));
    }
    made_table_free(t);
    free(labels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adaboost__threads_change_no_bit),
        cmocka_unit_test(test_adaboost__survives_failed_allocations),
    };
    return cmocka_run_group_tests_name("adaboost", tests, NULL, NULL);
}
