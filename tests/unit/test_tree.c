/* Trees beyond what scikit-learn does: missing cells, categories, weights; and structure limits. */
#include "made_data.h"
#include "support.h"

/* A dataset of one feature and a target, from arrays. */
static mlt_dataset *one_feature(const double *x, const int32_t *codes, size_t levels, const double *y,
                                size_t n, size_t classes) {
    mlt_frame *frame = calloc(1, sizeof *frame);
    mlt_error err;
    mlt_dataset *data;
    frame->source = made_copy("one.csv");
    frame->n = n;
    frame->p = 2;
    frame->columns = calloc(2, sizeof *frame->columns);
    frame->columns[0] = x ? made_numeric("x", n) : made_categorical("x", n, levels);
    frame->columns[1] = classes ? made_categorical("y", n, classes) : made_numeric("y", n);
    for (size_t i = 0; i < n; i++) {
        if (x)
            frame->columns[0].values[i] = x[i];
        else
            frame->columns[0].codes[i] = codes[i];
        if (classes)
            frame->columns[1].codes[i] = (int32_t)y[i];
        else
            frame->columns[1].values[i] = y[i];
    }
    mlt_dataset_options options = {.target = "y", .task = classes ? MLT_CLASSIFICATION : MLT_REGRESSION};
    assert_ok(mlt_dataset_new(&data, frame, &options, NULL, &err), &err);
    return data;
}

static mlt_model *fit_tree(const mlt_dataset *data, const char *name, const char *value) {
    const mlt_model_type *type = mlt_model_find("tree");
    mlt_params params;
    mlt_model *model;
    mlt_error err;
    mlt_params_init(&params, type->params, type->n_params);
    if (name)
        assert_ok(mlt_params_set(&params, name, value, &err), &err);
    assert_ok(mlt_params_resolve(&params, data->schema->task, &err), &err);
    assert_ok(mlt_model_fit(&model, type, &params, data, NULL, 0, 42, NULL, &err), &err);
    return model;
}

/* Missing cells go where the target says: here with the large values. */
static void test_tree__missing_cells_go_where_training_found_best(void **state) {
    (void)state;
    const double x[] = {1, 2, 3, 10, 11, 12, NAN, NAN}, y[] = {0, 0, 0, 1, 1, 1, 1, 1},
                 z[] = {1, 1, 1, 0, 0, 0, 1, 1};
    const double *targets[] = {y, z};
    for (size_t t = 0; t < 2; t++)
        for (size_t classes = 0; classes <= 2; classes += 2) {
            mlt_dataset *data = one_feature(x, NULL, 0, targets[t], 8, classes);
            mlt_model *model = fit_tree(data, NULL, NULL);
            mlt_model_view view = mlt_model_view_of(model);
            assert_int_equal(view.trees[0].n_nodes, 3);
            assert_true(view.trees[0].nodes[0].threshold == 6.5);
            assert_int_equal(view.trees[0].nodes[0].flags, t == 0 ? 0 : MLT_NODE_MISSING_LEFT);
            assert_int_equal(view.trees[0].n[1], t == 0 ? 3 : 5);
            mlt_model_free(model);
            mlt_dataset_free(data);
        }
}

/* Missing against present is a split too, where nothing else tells the target apart. */
static void test_tree__missing_against_present_is_a_split(void **state) {
    (void)state;
    const double x[] = {1, 2, 3, 4, NAN, NAN, NAN, NAN}, y[] = {0, 0, 0, 0, 1, 1, 1, 1};
    mlt_dataset *data = one_feature(x, NULL, 0, y, 8, 2);
    mlt_model *model = fit_tree(data, NULL, NULL);
    mlt_model_view view = mlt_model_view_of(model);
    uint32_t labels[8];
    double proba[16];
    mlt_error err;
    assert_int_equal(view.trees[0].n_nodes, 3);
    assert_true(isfinite(view.trees[0].nodes[0].threshold));
    assert_ok(mlt_model_predict(proba, labels, model, data, NULL, 0, NULL, &err), &err);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(labels[i], (uint32_t)y[i]);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

/* With nothing missing in training, a missing cell goes with the larger child. */
static void test_tree__unseen_missing_cells_go_with_the_larger_child(void **state) {
    (void)state;
    const double x[] = {1, 2, 3, 10, 11, 12, 13, 14}, y[] = {0, 0, 0, 1, 1, 1, 1, 1};
    const double reversed[] = {0, 0, 0, 0, 0, 1, 1, 1};
    mlt_dataset *right = one_feature(x, NULL, 0, y, 8, 2), *left = one_feature(x, NULL, 0, reversed, 8, 2);
    mlt_model *a = fit_tree(right, NULL, NULL), *b = fit_tree(left, NULL, NULL);
    assert_int_equal(mlt_model_view_of(a).trees[0].nodes[0].flags, 0);
    assert_int_equal(mlt_model_view_of(b).trees[0].nodes[0].flags, MLT_NODE_MISSING_LEFT);
    mlt_model_free(a);
    mlt_model_free(b);
    mlt_dataset_free(right);
    mlt_dataset_free(left);
}

/* Categories a and c against b and d in one split, which no threshold on the codes could do. */
static void test_tree__categories_split_as_sets(void **state) {
    (void)state;
    const int32_t codes[] = {0, 1, 2, 3, 0, 1, 2, 3};
    const double y[] = {0, 1, 0, 1, 0, 1, 0, 1}, three[] = {0, 2, 0, 2, 0, 2, 1, 1};
    for (size_t classes = 0; classes <= 2; classes += 2) {
        mlt_dataset *data = one_feature(NULL, codes, 4, y, 8, classes);
        mlt_model *model = fit_tree(data, NULL, NULL);
        const mlt_tree *tree = mlt_model_view_of(model).trees;
        assert_int_equal(tree->n_nodes, 3);
        assert_int_equal(tree->nodes[0].flags & MLT_NODE_CATEGORY, MLT_NODE_CATEGORY);
        assert_int_equal(tree->category_bits[tree->category_offset[0]], 5); /* a and c */
        mlt_model_free(model);
        mlt_dataset_free(data);
    }
    mlt_dataset *data = one_feature(NULL, codes, 4, three, 8, 3);
    mlt_model *model = fit_tree(data, NULL, NULL);
    assert_true(mlt_model_view_of(model).trees[0].n_nodes > 3);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

/* The optimal set of categories for squared error, checked against all 2^5 subsets. */
static void test_tree__category_split_is_optimal(void **state) {
    (void)state;
    enum { N = 60, LEVELS = 6 };
    int32_t codes[N];
    double y[N], best = INFINITY;
    mlt_rng rng;
    mlt_rng_seed(&rng, 3);
    for (size_t i = 0; i < N; i++) {
        codes[i] = (int32_t)mlt_rng_randint(&rng, 0, LEVELS);
        y[i] = mlt_rng_gauss(&rng) + (codes[i] * 7 % 5);
    }
    for (unsigned set = 1; set < (1U << LEVELS) - 1; set++) {
        double sum[2] = {0}, square = 0, n[2] = {0};
        for (size_t i = 0; i < N; i++) {
            unsigned side = set >> codes[i] & 1;
            sum[side] += y[i];
            n[side]++;
            square += y[i] * y[i];
        }
        if (n[0] > 0 && n[1] > 0)
            best = fmin(best, square - sum[0] * sum[0] / n[0] - sum[1] * sum[1] / n[1]);
    }
    mlt_dataset *data = one_feature(NULL, codes, LEVELS, y, N, 0);
    mlt_model *model = fit_tree(data, "max-depth", "1");
    double out[N], error = 0;
    mlt_error err;
    assert_ok(mlt_model_predict(out, NULL, model, data, NULL, 0, NULL, &err), &err);
    for (size_t i = 0; i < N; i++)
        error += (out[i] - y[i]) * (out[i] - y[i]);
    assert_float_equal(error, best, 1e-9);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

/* A row of weight 3 is three rows. */
static void test_tree__a_weight_is_as_many_rows(void **state) {
    (void)state;
    mlt_error err;
    mlt_frame *weighted = made_frame(60, 0, false, 8), *repeated = made_frame(60, 0, false, 8);
    size_t n = 0;
    weighted->columns = realloc(weighted->columns, 5 * sizeof *weighted->columns);
    weighted->columns[4] = made_numeric("w", 60);
    weighted->p = 5;
    mlt_frame *frame = calloc(1, sizeof *frame);
    frame->source = made_copy("repeated.csv");
    frame->p = 4;
    frame->columns = calloc(4, sizeof *frame->columns);
    frame->columns[0] = made_numeric("x1", 180);
    frame->columns[1] = made_numeric("x2", 180);
    frame->columns[2] = made_categorical("kind", 180, 4);
    frame->columns[3] = made_numeric("target", 180);
    for (size_t i = 0; i < 60; i++) {
        weighted->columns[4].values[i] = (double)(i % 4);
        for (size_t r = 0; r < i % 4; r++, n++) {
            for (size_t j = 0; j < 4; j++)
                if (j == 2)
                    frame->columns[2].codes[n] = repeated->columns[2].codes[i];
                else
                    frame->columns[j].values[n] = repeated->columns[j].values[i];
        }
    }
    frame->n = n;
    mlt_frame_free(repeated);
    mlt_dataset *a, *b;
    mlt_dataset_options options = {.target = "target", .weights = "w"}, plain = {.target = "target"};
    assert_ok(mlt_dataset_new(&a, weighted, &options, NULL, &err), &err);
    assert_ok(mlt_dataset_new(&b, frame, &plain, NULL, &err), &err);
    mlt_model *x = fit_tree(a, "max-depth", "3"), *y = fit_tree(b, "max-depth", "3");
    const mlt_tree *s = mlt_model_view_of(x).trees, *t = mlt_model_view_of(y).trees;
    assert_int_equal(s->n_nodes, t->n_nodes);
    for (size_t i = 0; i < s->n_nodes; i++) {
        assert_int_equal(s->nodes[i].feature, t->nodes[i].feature);
        assert_true(s->nodes[i].threshold == t->nodes[i].threshold);
        assert_float_equal(s->value[i], t->value[i], 1e-12);
    }
    mlt_model_free(x);
    mlt_model_free(y);
    mlt_dataset_free(a);
    mlt_dataset_free(b);
}

/* Missing cells and categories in every tree model: fit, predict, save and load. */
static void test_tree__all_tree_models_take_missing_cells_and_categories(void **state) {
    (void)state;
    const char *const names[] = {"tree", "bagging", "random-forest", "adaboost"};
    for (size_t i = 0; i < 4; i++)
        for (size_t classes = 0; classes <= 3; classes += 3) {
            mlt_error err;
            mlt_dataset *data;
            mlt_dataset_options options = {.target = "target"};
            const mlt_model_type *type = mlt_model_find(names[i]);
            mlt_params params;
            mlt_model *model, *loaded;
            mlt_tensors tensors = {0};
            double out[600], again[600];
            uint32_t labels[200];
            assert_ok(mlt_dataset_new(&data, made_frame(200, classes, true, 4), &options, NULL, &err), &err);
            mlt_params_init(&params, type->params, type->n_params);
            assert_ok(mlt_params_resolve(&params, data->schema->task, &err), &err);
            assert_ok(mlt_model_fit(&model, type, &params, data, NULL, 0, 1, NULL, &err), &err);
            assert_ok(mlt_model_save_tensors(model, &tensors, &err), &err);
            assert_ok(mlt_model_load_tensors(&loaded, type, &params, data->schema, 1, &tensors, NULL, &err),
                      &err);
            assert_ok(mlt_model_predict(out, labels, model, data, NULL, 0, NULL, &err), &err);
            assert_ok(mlt_model_predict(again, labels, loaded, data, NULL, 0, NULL, &err), &err);
            assert_memory_equal(out, again, 200 * mlt_model_width(model) * sizeof *out);
            mlt_model_free(model);
            mlt_model_free(loaded);
            mlt_tensors_clear(&tensors);
            mlt_dataset_free(data);
        }
}

/* A class that no training row has does not count among AdaBoost's K: with two of three classes left its
 * boosting is that of two classes, and the third is never predicted. */
static void test_tree__adaboost_counts_the_classes_it_saw(void **state) {
    (void)state;
    const char *const algorithms[] = {"samme", "samme.r"};
    double x[40], three[40], two[40];
    uint32_t rows[36];
    for (size_t i = 0; i < 40; i++) {
        x[i] = (double)(i * 7 % 40);
        two[i] = (double)((i * 7 % 40 + i % 5) / 20 % 2);
        three[i] = i >= 36 ? 1 : 2 * two[i]; /* classes 0 and 2 in the first 36 rows, 1 in the others */
    }
    for (uint32_t i = 0; i < 36; i++)
        rows[i] = i;
    for (size_t a = 0; a < 2; a++) {
        mlt_dataset *data[2] = {one_feature(x, NULL, 0, three, 40, 3), one_feature(x, NULL, 0, two, 40, 2)};
        double out[2][120];
        uint32_t labels[2][40];
        for (size_t d = 0; d < 2; d++) {
            const mlt_model_type *type = mlt_model_find("adaboost");
            mlt_params params;
            mlt_model *model, *loaded;
            mlt_tensors tensors = {0};
            mlt_error err;
            mlt_params_init(&params, type->params, type->n_params);
            assert_ok(mlt_params_set(&params, "algorithm", algorithms[a], &err), &err);
            assert_ok(mlt_params_resolve(&params, MLT_CLASSIFICATION, &err), &err);
            assert_ok(mlt_model_fit(&model, type, &params, data[d], rows, 36, 42, NULL, &err), &err);
            assert_ok(mlt_model_save_tensors(model, &tensors, &err), &err);
            assert_ok(
                mlt_model_load_tensors(&loaded, type, &params, data[d]->schema, 42, &tensors, NULL, &err),
                &err);
            assert_ok(mlt_model_predict(out[d], labels[d], loaded, data[d], NULL, 0, NULL, &err), &err);
            mlt_model_free(model);
            mlt_model_free(loaded);
            mlt_tensors_clear(&tensors);
        }
        for (size_t i = 0; i < 40; i++) {
            assert_int_equal(labels[0][i], 2 * labels[1][i]);
            assert_true(out[0][3 * i] == out[1][2 * i]);
            assert_true(out[0][3 * i + 1] == 0);
            assert_true(out[0][3 * i + 2] == out[1][2 * i + 1]);
        }
        mlt_dataset_free(data[0]);
        mlt_dataset_free(data[1]);
    }
}

/* Values beyond float32 have no place in a tree. */
static void test_tree__values_beyond_float32_are_refused(void **state) {
    (void)state;
    const double x[] = {1, 2, 1e300, 4, 5, 6, 7, 8}, y[] = {0, 0, 0, 0, 1, 1, 1, 1};
    mlt_dataset *data = one_feature(x, NULL, 0, y, 8, 2);
    const mlt_model_type *type = mlt_model_find("tree");
    mlt_params params;
    mlt_model *model;
    mlt_error err;
    mlt_params_init(&params, type->params, type->n_params);
    assert_ok(mlt_params_resolve(&params, MLT_CLASSIFICATION, &err), &err);
    assert_int_equal(mlt_model_fit(&model, type, &params, data, NULL, 0, 42, NULL, &err), MLT_E_NUMERIC);
    assert_non_null(strstr(err.message, "column 'x'"));
    mlt_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree__missing_cells_go_where_training_found_best),
        cmocka_unit_test(test_tree__missing_against_present_is_a_split),
        cmocka_unit_test(test_tree__unseen_missing_cells_go_with_the_larger_child),
        cmocka_unit_test(test_tree__categories_split_as_sets),
        cmocka_unit_test(test_tree__category_split_is_optimal),
        cmocka_unit_test(test_tree__a_weight_is_as_many_rows),
        cmocka_unit_test(test_tree__all_tree_models_take_missing_cells_and_categories),
        cmocka_unit_test(test_tree__adaboost_counts_the_classes_it_saw),
        cmocka_unit_test(test_tree__values_beyond_float32_are_refused),
    };
    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
