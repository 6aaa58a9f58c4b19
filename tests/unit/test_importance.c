/* Permutation importance: scikit-learn's numbers, whatever the model and the number of threads; where it and
 * impurity disagree. */
#include "support.h"

#include "failing_malloc.h"
#include "made_data.h"
#include "ready_data.h"

enum { MAX_REPEATS = 5 };

/* One feature of one case; a case's lines follow one another. */
static const struct reference {
    const char *file, *model, *metric;
    uint32_t random_state;
    size_t repeats, feature;
    double mean, sd, drops[MAX_REPEATS];
} references[] = {
#include "permutation_reference.h"
};

static mlt_model *fitted(const char *name, const mlt_dataset *data) {
    const mlt_model_type *type = mlt_model_find(name);
    mlt_params params;
    mlt_model *model;
    mlt_error err;
    mlt_params_init(&params, type->params, type->n_params);
    assert_ok(mlt_params_resolve(&params, data->schema->task, &err), &err);
    assert_ok(mlt_model_fit(&model, type, &params, data, NULL, 0, 42, NULL, &err), &err);
    return model;
}

static void check_near(const struct reference *r, const char *what, double value, double wanted,
                       double tolerance) {
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%s of %s, feature %zu: %s is %.17g, not %.17g", r->model, r->file, r->feature, what, value,
                 wanted);
}

static void test_importance__is_that_of_scikit_learn(void **state) {
    (void)state;
    size_t n = sizeof references / sizeof *references;
    for (size_t first = 0; first < n;) {
        const struct reference *r = &references[first];
        mlt_dataset *data = read_data(r->file);
        mlt_model *model = fitted(r->model, data);
        mlt_permutation permutation;
        mlt_error err;
        mlt_permutation_options options = {
            .repeats = r->repeats, .random_state = r->random_state, .metric = r->metric};
        assert_ok(mlt_permutation_importance(&permutation, model, data, &options, NULL, &err), &err);
        /* Votes and least squares agree to 10 digits with scikit-learn, counts of right rows exactly. */
        double tolerance = strcmp(r->metric, "accuracy") == 0 ? 1e-15
                           : strcmp(r->metric, "mae") == 0    ? 1e-11
                                                              : 1e-12;
        for (size_t j = 0; j < data->p; j++, r++) {
            assert_int_equal(r->feature, j);
            check_near(r, "the mean", permutation.mean[j], r->mean, tolerance);
            check_near(r, "the deviation", permutation.sd[j], r->sd, tolerance);
            for (size_t i = 0; i < r->repeats; i++)
                check_near(r, "a drop", permutation.drops[j * r->repeats + i], r->drops[i], tolerance);
        }
        first += data->p;
        mlt_permutation_clear(&permutation);
        mlt_model_free(model);
        mlt_dataset_free(data);
    }
}

static void test_importance__does_not_depend_on_threads(void **state) {
    (void)state;
    mlt_dataset *data = dataset_of(made_frame(200, 3, true, 4));
    mlt_model *model = fitted("random-forest", data);
    mlt_permutation one, eight;
    mlt_error err;
    mlt_permutation_options options = {.repeats = 3, .random_state = 1};
    assert_ok(mlt_permutation_importance(&one, model, data, &options, &(mlt_context){.threads = 1}, &err),
              &err);
    assert_ok(mlt_permutation_importance(&eight, model, data, &options, &(mlt_context){.threads = 8}, &err),
              &err);
    assert_memory_equal(one.drops, eight.drops, one.p * one.repeats * sizeof *one.drops);
    assert_true(one.mean[0] > 0.05 && one.mean[2] > 0.05); /* both matter, one is a category */
    mlt_permutation_clear(&one);
    mlt_permutation_clear(&eight);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

static void test_importance__disagreements_are_told(void **state) {
    (void)state;
    double mean[] = {0.30, 0.002, -0.01, 0.10}, sd[] = {0.01, 0.004, 0.01, 0.1};
    mlt_permutation permutation = {.p = 4, .repeats = 5, .mean = mean, .sd = sd};
    const double importances[] = {0.10, 0.40, 0.24, 0.26};
    assert_int_equal(mlt_permutation_disagrees(&permutation, importances, 0), MLT_UNDERRATED);
    assert_int_equal(mlt_permutation_disagrees(&permutation, importances, 1), MLT_OVERRATED);
    assert_int_equal(mlt_permutation_disagrees(&permutation, importances, 2), MLT_AGREE);
    assert_int_equal(mlt_permutation_disagrees(&permutation, importances, 3), MLT_AGREE);
}

static bool stop(void *user, const char *what, size_t done, size_t total) {
    (void)user, (void)what, (void)done, (void)total;
    return false;
}

static void test_importance__refuses_and_stops(void **state) {
    (void)state;
    mlt_dataset *data = dataset_of(made_frame(60, 2, false, 4));
    mlt_model *model = fitted("tree", data);
    mlt_permutation permutation;
    mlt_error err;
    mlt_permutation_options options = {.repeats = 2, .metric = "acuracy"};
    assert_int_equal(mlt_permutation_importance(&permutation, model, data, &options, NULL, &err),
                     MLT_E_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'accuracy'?"));
    options.metric = "mse";
    assert_int_equal(mlt_permutation_importance(&permutation, model, data, &options, NULL, &err),
                     MLT_E_USAGE);
    options.metric = NULL;
    assert_int_equal(mlt_permutation_importance(&permutation, model, data, &options,
                                                &(mlt_context){.progress = stop}, &err),
                     MLT_E_CANCELLED);
    assert_null(permutation.drops);
    mlt_status status = can_fail_allocations() ? MLT_E_NOMEM : MLT_OK;
    for (long n = 0; status != MLT_OK; n++) {
        allocations_left = n;
        status = mlt_permutation_importance(&permutation, model, data, &options, &(mlt_context){.threads = 1},
                                            &err);
        allocations_left = -1;
        assert_true(status == MLT_OK || status == MLT_E_NOMEM);
        if (status == MLT_OK)
            mlt_permutation_clear(&permutation);
    }
    mlt_model_free(model);
    mlt_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_importance__is_that_of_scikit_learn),
        cmocka_unit_test(test_importance__does_not_depend_on_threads),
        cmocka_unit_test(test_importance__disagreements_are_told),
        cmocka_unit_test(test_importance__refuses_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
