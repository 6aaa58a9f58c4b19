/* Fit and measure: over a split, over folds, without leaks from the test rows. */
#include "support.h"

#include "made_data.h"
#include "made_table.h"

static void assert_near(double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.17g is not %.17g", value, wanted);
}

/* The model named `name` with its defaults. */
static mlt_fit_spec spec_for(const char *name, mlt_task task, mlt_params *params) {
    mlt_fit_spec spec = {.type = mlt_model_find(name), .params = params, .random_state = 42};
    mlt_error err;
    mlt_params_init(params, spec.type->params, spec.type->n_params);
    assert_ok(mlt_params_resolve(params, task, &err), &err);
    return spec;
}

/* y = 2x + 1 but for the last row, which is 4 off. */
static made_table *line_table(void) {
    made_table *t = made_table_new(6, 1);
    for (size_t i = 0; i < 6; i++) {
        t->columns[0][i] = (double)i * 1.5;
        t->y[i] = 2 * t->columns[0][i] + (i == 5 ? 5 : 1);
    }
    return t;
}

static void test_evaluate__measures_both_parts(void **state) {
    (void)state;
    made_table *t = line_table();
    mlt_params params;
    mlt_fit_spec spec = spec_for("linear", MLT_REGRESSION, &params);
    uint32_t train[] = {3, 0, 2, 1}, test[] = {5, 4};
    mlt_split split = {.train = train, .n_train = 4, .test = test, .n_test = 2};
    mlt_fit_result result;
    mlt_error err;
    assert_ok(mlt_fit_and_measure(&result, &spec, &t->data, &split, NULL, &err), &err);
    assert_int_equal(result.train.n, 4);
    assert_int_equal(result.test.n, 2);
    /* By hand: the line is 2x + 1; the test errors are 4 and 0; the test targets are 20 and 13. */
    assert_near(mlt_metrics_value(&result.train, "mse"), 0, 1e-20);
    assert_near(mlt_metrics_value(&result.test, "mse"), 8, 1e-12);
    assert_near(mlt_metrics_value(&result.test, "mae"), 2, 1e-12);
    assert_near(mlt_metrics_value(&result.test, "r2"), 1 - 16 / 24.5, 1e-12);
    assert_true(result.seconds_fit >= 0 && result.seconds_predict >= 0);
    assert_non_null(result.model);
    mlt_fit_result_clear(&result);
    assert_null(result.model);
    mlt_fit_result_clear(&result); /* twice is harmless */
    made_table_free(t);
}

static void test_evaluate__without_test_rows_only_train_is_measured(void **state) {
    (void)state;
    made_table *t = line_table();
    mlt_params params;
    mlt_fit_spec spec = spec_for("tree", MLT_REGRESSION, &params);
    uint32_t train[] = {0, 1, 2, 3, 4, 5};
    mlt_split split = {.train = train, .n_train = 6};
    mlt_fit_result result;
    mlt_error err;
    assert_ok(mlt_fit_and_measure(&result, &spec, &t->data, &split, NULL, &err), &err);
    assert_int_equal(result.train.n, 6);
    assert_int_equal(result.test.n, 0);
    mlt_fit_result_clear(&result);
    made_table_free(t);
}

static void test_evaluate__weights_weigh_the_metrics(void **state) {
    (void)state;
    made_table *t = line_table();
    double weights[] = {1, 1, 1, 1, 1, 3};
    t->data.weights = weights;
    mlt_params params;
    mlt_fit_spec spec = spec_for("linear", MLT_REGRESSION, &params);
    uint32_t train[] = {0, 1, 2, 3}, test[] = {4, 5};
    mlt_split split = {.train = train, .n_train = 4, .test = test, .n_test = 2};
    mlt_fit_result result;
    mlt_error err;
    assert_ok(mlt_fit_and_measure(&result, &spec, &t->data, &split, NULL, &err), &err);
    /* Errors 0 and 4 with weights 1 and 3. */
    assert_near(mlt_metrics_value(&result.test, "mse"), 12, 1e-12);
    assert_near(mlt_metrics_value(&result.test, "mae"), 3, 1e-12);
    mlt_fit_result_clear(&result);
    made_table_free(t);
}

static mlt_dataset *made_dataset(size_t n, size_t classes, bool missing) {
    mlt_dataset *data;
    mlt_error err;
    mlt_dataset_options options = {0};
    assert_ok(mlt_dataset_new(&data, made_frame(n, classes, missing, 7), &options, NULL, &err), &err);
    return data;
}

static void test_evaluate__fills_are_learned_from_the_training_rows(void **state) {
    (void)state;
    mlt_dataset *data = made_dataset(60, 0, true);
    mlt_params params;
    mlt_fit_spec spec = spec_for("linear", MLT_REGRESSION, &params);
    spec.impute = MLT_IMPUTE_MEAN;
    mlt_split split;
    mlt_error err;
    assert_ok(
        mlt_split_holdout(&split, data->n, &(mlt_split_options){.test_size = 0.5, .random_state = 3}, &err),
        &err);
    double sum = 0, n = 0;
    for (size_t i = 0; i < split.n_train; i++) {
        double value = data->x[0].values[split.train[i]];
        if (!isnan(value)) {
            sum += value;
            n++;
        }
    }
    mlt_fit_result result;
    assert_ok(mlt_fit_and_measure(&result, &spec, data, &split, NULL, &err), &err);
    const mlt_feature *feature = &mlt_model_schema(result.model)->features[0];
    assert_true(feature->has_fill);
    assert_near(feature->fill_value, sum / n, 1e-12);
    /* The data set itself is as it was. */
    assert_false(data->schema->features[0].has_fill);
    assert_true(isnan(data->x[0].values[0]));
    mlt_fit_result_clear(&result);
    mlt_split_clear(&split);
    mlt_dataset_free(data);
}

static void test_evaluate__classification_has_probabilities_and_labels(void **state) {
    (void)state;
    mlt_dataset *data = made_dataset(90, 3, false);
    mlt_params params;
    mlt_fit_spec spec = spec_for("random-forest", MLT_CLASSIFICATION, &params);
    mlt_split split;
    mlt_error err;
    mlt_split_options options = {.test_size = 0.3, .random_state = 1};
    assert_ok(mlt_split_holdout(&split, data->n, &options, &err), &err);
    mlt_fit_result result;
    assert_ok(mlt_fit_and_measure(&result, &spec, data, &split, NULL, &err), &err);
    assert_int_equal(result.test.k, 3);
    uint64_t counted = 0;
    for (size_t i = 0; i < 9; i++)
        counted += result.test.confusion[i];
    assert_int_equal(counted, split.n_test);
    assert_true(mlt_metrics_value(&result.test, "accuracy") > 0.6);
    assert_true(mlt_metrics_value(&result.test, "log_loss") > 0);
    /* Measured again, over the same rows: the same. */
    mlt_metrics again;
    assert_ok(mlt_measure(&again, result.model, data, split.test, split.n_test, NULL, &err), &err);
    assert_memory_equal(again.values, result.test.values, sizeof again.values);
    mlt_metrics_clear(&again);
    mlt_fit_result_clear(&result);
    mlt_split_clear(&split);
    mlt_dataset_free(data);
}

static void test_evaluate__needs_a_target_to_measure(void **state) {
    (void)state;
    made_table *t = line_table();
    mlt_params params;
    mlt_fit_spec spec = spec_for("linear", MLT_REGRESSION, &params);
    uint32_t train[] = {0, 1, 2, 3};
    mlt_split split = {.train = train, .n_train = 4};
    mlt_fit_result result;
    mlt_error err;
    assert_ok(mlt_fit_and_measure(&result, &spec, &t->data, &split, NULL, &err), &err);
    mlt_dataset bare = t->data;
    bare.y = NULL;
    mlt_metrics metrics;
    assert_int_equal(mlt_measure(&metrics, result.model, &bare, NULL, bare.n, NULL, &err), MLT_E_DATA);
    assert_non_null(strstr(err.message, "made.csv: the target is not there"));
    mlt_fit_result_clear(&result);
    made_table_free(t);
}

static void test_evaluate__cross_validation_goes_fold_by_fold(void **state) {
    (void)state;
    mlt_dataset *data = made_dataset(31, 0, false);
    mlt_params params;
    mlt_fit_spec spec = spec_for("tree", MLT_REGRESSION, &params);
    mlt_split folds[4];
    mlt_rng rng;
    mlt_rng_seed(&rng, 42);
    mlt_error err;
    assert_ok(mlt_split_folds(folds, 4, data->n, NULL, 0, &rng, &err), &err);
    mlt_fit_result results[4];
    assert_ok(mlt_cross_validate(results, &spec, data, folds, 4, NULL, &err), &err);
    for (size_t f = 0; f < 4; f++) {
        assert_int_equal(results[f].test.n, folds[f].n_test);
        mlt_fit_result alone;
        assert_ok(mlt_fit_and_measure(&alone, &spec, data, &folds[f], NULL, &err), &err);
        assert_memory_equal(alone.test.values, results[f].test.values, sizeof alone.test.values);
        mlt_fit_result_clear(&alone);
        mlt_fit_result_clear(&results[f]);
        mlt_split_clear(&folds[f]);
    }
    mlt_dataset_free(data);
}

/* The second fold cannot be fitted: nothing of the first is left behind. */
static void test_evaluate__a_failing_fold_leaves_nothing(void **state) {
    (void)state;
    made_table *t = line_table();
    t->columns[0][4] = NAN;
    mlt_params params;
    mlt_fit_spec spec = spec_for("linear", MLT_REGRESSION, &params);
    uint32_t a[] = {0, 1, 2, 3}, b[] = {2, 3, 4}, none[] = {0};
    mlt_split folds[] = {{.train = a, .n_train = 4, .test = none, .n_test = 1},
                         {.train = b, .n_train = 3, .test = none, .n_test = 1}};
    mlt_fit_result results[2];
    mlt_error err;
    assert_int_equal(mlt_cross_validate(results, &spec, &t->data, folds, 2, NULL, &err), MLT_E_DATA);
    assert_null(results[0].model);
    assert_null(results[1].model);
    made_table_free(t);
}

static bool refuse(void *user, const char *what, size_t done, size_t total) {
    (void)what, (void)done, (void)total;
    *(bool *)user = true;
    return false;
}

/* A caller that says no is heard, and nothing is left. */
static void check_cancelling(mlt_dataset *data, const char *model, mlt_task task) {
    mlt_params params;
    mlt_fit_spec spec = spec_for(model, task, &params);
    mlt_split split;
    mlt_error err;
    assert_ok(mlt_split_holdout(&split, data->n, &(mlt_split_options){.test_size = 0.2}, &err), &err);
    bool asked = false;
    mlt_context ctx = {.user = &asked, .progress = refuse};
    mlt_fit_result result;
    assert_int_equal(mlt_fit_and_measure(&result, &spec, data, &split, &ctx, &err), MLT_E_CANCELLED);
    assert_true(asked);
    assert_null(result.model);
    mlt_split_clear(&split);
    mlt_dataset_free(data);
}

static void test_evaluate__can_be_cancelled(void **state) {
    (void)state;
    check_cancelling(made_dataset(200, 2, false), "random-forest", MLT_CLASSIFICATION);
    /* One tree of many rows asks while it grows. */
    check_cancelling(made_dataset(90000, 0, false), "tree", MLT_REGRESSION);
}

typedef struct heard {
    char first[80], last[80];
    size_t done, calls;
    bool ascending;
} heard;

static bool hear(void *user, const char *what, size_t done, size_t total) {
    heard *h = user;
    snprintf(h->calls++ ? h->last : h->first, sizeof h->last, "%s", what);
    h->ascending = h->ascending && done >= h->done && done <= total;
    h->done = done;
    return true;
}

static void test_evaluate__folds_are_one_progress(void **state) {
    (void)state;
    mlt_dataset *data = made_dataset(90, 2, false);
    mlt_params params;
    mlt_fit_spec spec = spec_for("random-forest", MLT_CLASSIFICATION, &params);
    mlt_split folds[3];
    mlt_fit_result results[3];
    mlt_error err;
    heard h = {.ascending = true};
    mlt_context ctx = {.user = &h, .progress = hear};
    assert_ok(mlt_split_folds(folds, 3, data->n, NULL, 0, NULL, &err), &err);
    assert_ok(mlt_cross_validate(results, &spec, data, folds, 3, &ctx, &err), &err);
    assert_string_equal(h.first, "fold 1 of 3: fitting");
    assert_string_equal(h.last, "fold 3 of 3: fitting");
    assert_true(h.ascending);
    for (size_t f = 0; f < 3; f++) {
        mlt_fit_result_clear(&results[f]);
        mlt_split_clear(&folds[f]);
    }
    mlt_dataset_free(data);
}

static void test_evaluate__mean_and_sample_deviation(void **state) {
    (void)state;
    /* numpy: np.mean, np.std(ddof=1) */
    const double values[] = {2.385, 7.25, 1.5, -0.125};
    double mean, sd;
    mlt_mean_sd(values, 4, &mean, &sd);
    assert_near(mean, 2.7525, 1e-15);
    assert_near(sd, 3.173395920251154, 1e-14);
    mlt_mean_sd(values, 1, &mean, &sd);
    assert_near(mean, 2.385, 0);
    assert_true(isnan(sd));
    mlt_mean_sd(values, 0, &mean, &sd);
    assert_true(isnan(mean) && isnan(sd));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluate__measures_both_parts),
        cmocka_unit_test(test_evaluate__without_test_rows_only_train_is_measured),
        cmocka_unit_test(test_evaluate__weights_weigh_the_metrics),
        cmocka_unit_test(test_evaluate__fills_are_learned_from_the_training_rows),
        cmocka_unit_test(test_evaluate__classification_has_probabilities_and_labels),
        cmocka_unit_test(test_evaluate__needs_a_target_to_measure),
        cmocka_unit_test(test_evaluate__cross_validation_goes_fold_by_fold),
        cmocka_unit_test(test_evaluate__a_failing_fold_leaves_nothing),
        cmocka_unit_test(test_evaluate__can_be_cancelled),
        cmocka_unit_test(test_evaluate__folds_are_one_progress),
        cmocka_unit_test(test_evaluate__mean_and_sample_deviation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
