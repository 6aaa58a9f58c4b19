/* The histogram engine against the exact one. */
#include "made_data.h"
#include "support.h"

enum { ROWS = 600 };

static mlt_dataset *made(size_t n, size_t classes, bool missing, uint32_t seed) {
    mlt_dataset *data;
    mlt_error err;
    mlt_dataset_options options = {.target = "target"};
    assert_ok(mlt_dataset_new(&data, made_frame(n, classes, missing, seed), &options, NULL, &err), &err);
    return data;
}

/* Fit on `data`; `options` are name, value, ..., NULL. */
static mlt_model *fit(const mlt_dataset *data, const char *name, int threads, const char *const *options) {
    const mlt_model_type *type = mlt_model_find(name);
    mlt_params params;
    mlt_model *model;
    mlt_error err;
    mlt_context ctx = {.threads = threads};
    mlt_params_init(&params, type->params, type->n_params);
    for (size_t i = 0; options[i]; i += 2)
        assert_ok(mlt_params_set(&params, options[i], options[i + 1], &err), &err);
    assert_ok(mlt_params_resolve(&params, data->schema->task, &err), &err);
    assert_ok(mlt_model_fit(&model, type, &params, data, NULL, 0, 7, &ctx, &err), &err);
    return model;
}

/* Mean squared error, or the share of wrong rows, of `model` on `data`. */
static double error_of(const mlt_model *model, const mlt_dataset *data) {
    size_t width = mlt_model_width(model);
    double *out = malloc(data->n * width * sizeof *out), sum = 0;
    uint32_t *labels = malloc(data->n * sizeof *labels);
    mlt_error err;
    assert_ok(mlt_model_predict(out, labels, model, data, NULL, 0, NULL, &err), &err);
    for (size_t i = 0; i < data->n; i++)
        sum += data->y ? (out[i] - data->y[i]) * (out[i] - data->y[i]) : labels[i] != data->labels[i];
    free(out);
    free(labels);
    return sum / (double)data->n;
}

/* With a bin for every value the best first split is the same, category sets and missing directions too. */
static void test_hist__a_bin_for_every_value_gives_the_exact_split(void **state) {
    (void)state;
    const char *const exact[] = {"method", "exact", "max-depth", "1", NULL};
    const char *const hist[] = {"method", "hist", "max-depth", "1", NULL};
    for (uint32_t seed = 0; seed < 200; seed++)
        for (size_t classes = 0; classes <= 2; classes += 2)
            for (int missing = 0; missing < 2; missing++) {
                mlt_dataset *data = made(200, classes, missing, seed);
                mlt_model *a = fit(data, "tree", 1, exact), *b = fit(data, "tree", 1, hist);
                const mlt_tree *s = mlt_model_view_of(a).trees, *t = mlt_model_view_of(b).trees;
                assert_int_equal(s->n_nodes, t->n_nodes);
                assert_int_equal(s->nodes[0].feature, t->nodes[0].feature);
                assert_true(s->nodes[0].threshold == t->nodes[0].threshold);
                assert_int_equal(s->nodes[0].flags, t->nodes[0].flags);
                assert_int_equal(s->n[1], t->n[1]);
                mlt_model_free(a);
                mlt_model_free(b);
                mlt_dataset_free(data);
            }
}

/* Few bins lose little on new rows. */
static void test_hist__predicts_about_as_well_as_exact(void **state) {
    (void)state;
    const char *const exact[] = {"method", "exact", "n-estimators", "30", NULL};
    const char *const hist[] = {"method", "hist", "n-estimators", "30", "max-bins", "64", NULL};
    for (size_t classes = 0; classes <= 3; classes++) {
        if (classes == 1)
            continue;
        mlt_dataset *train = made(ROWS, classes, true, 1), *test = made(2000, classes, true, 2);
        mlt_model *a = fit(train, "random-forest", 2, exact), *b = fit(train, "random-forest", 2, hist);
        double error_a = error_of(a, test), error_b = error_of(b, test);
        if (!(error_b < 1.1 * error_a + 0.005))
            fail_msg("%zu classes: error %g with bins, %g exact", classes, error_b, error_a);
        mlt_model_free(a);
        mlt_model_free(b);
        mlt_dataset_free(train);
        mlt_dataset_free(test);
    }
}

static void test_hist__threads_do_not_matter(void **state) {
    (void)state;
    const char *const hist[] = {"method", "hist", "n-estimators", "9", NULL};
    mlt_dataset *data = made(ROWS, 3, true, 5);
    mlt_model *a = fit(data, "random-forest", 1, hist), *b = fit(data, "random-forest", 4, hist);
    mlt_model_view x = mlt_model_view_of(a), y = mlt_model_view_of(b);
    for (size_t t = 0; t < x.n_trees; t++) {
        assert_int_equal(x.trees[t].n_nodes, y.trees[t].n_nodes);
        assert_memory_equal(x.trees[t].value, y.trees[t].value, x.trees[t].n_nodes * 3 * sizeof(double));
    }
    mlt_model_free(a);
    mlt_model_free(b);
    mlt_dataset_free(data);
}

/* Limits hold: the size of leaves, entropy, two bins, best first. */
static void test_hist__keeps_limits(void **state) {
    (void)state;
    const char *const leaves[] = {"method", "hist", "min-samples-leaf", "25", NULL};
    const char *const few[] = {"method", "hist", "max-leaf-nodes", "6", "criterion", "entropy", "max-bins",
                               "2",      NULL};
    for (size_t classes = 2; classes <= 3; classes++) {
        mlt_dataset *data = made(ROWS, classes, true, 6);
        mlt_model *a = fit(data, "tree", 1, leaves), *b = fit(data, "tree", 1, few);
        const mlt_tree *tree = mlt_model_view_of(a).trees;
        for (size_t i = 0; i < tree->n_nodes; i++)
            assert_true(tree->n[i] >= 25);
        assert_true(tree->n_nodes > 3);
        assert_in_range(mlt_model_view_of(b).trees[0].n_nodes, 5, 11);
        mlt_model_free(a);
        mlt_model_free(b);
        mlt_dataset_free(data);
    }
}

static void test_hist__has_no_medians(void **state) {
    (void)state;
    mlt_dataset *data = made(50, 0, false, 1);
    const mlt_model_type *type = mlt_model_find("tree");
    mlt_params params;
    mlt_model *model = NULL;
    mlt_error err;
    mlt_params_init(&params, type->params, type->n_params);
    assert_ok(mlt_params_set(&params, "method", "hist", &err), &err);
    assert_ok(mlt_params_set(&params, "criterion", "absolute-error", &err), &err);
    assert_ok(mlt_params_resolve(&params, MLT_REGRESSION, &err), &err);
    assert_int_equal(mlt_model_fit(&model, type, &params, data, NULL, 0, 7, NULL, &err), MLT_E_USAGE);
    assert_non_null(strstr(err.message, "absolute-error"));
    mlt_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hist__a_bin_for_every_value_gives_the_exact_split),
        cmocka_unit_test(test_hist__predicts_about_as_well_as_exact),
        cmocka_unit_test(test_hist__threads_do_not_matter),
        cmocka_unit_test(test_hist__keeps_limits),
        cmocka_unit_test(test_hist__has_no_medians),
    };
    return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
