/* Fitting a stream: the numbers of a fit in memory, the sample that tests, and what does not fit the first
 * block. */
#include "eval/holdout.h"
#include "failing_malloc.h"
#include "made_table.h"
#include "models/linear_stream.h"
#include "scratch.h"
#include "support.h"

#include "mltool/mltool.h"

/* ---- the same numbers ---- */

static void assert_near(double actual, double expected, double relative) {
    if (isnan(actual) != isnan(expected) || fabs(actual - expected) > relative * fabs(expected))
        fail_msg("%.17g is not within %g of %.17g", actual, relative, expected);
}

static mlt_status try_stream(mlt_fit_result *out, mlt_stream_facts *facts, const char *path,
                             const mlt_dataset_options *columns, double test_size, uint32_t seed,
                             const mlt_context *ctx, mlt_error *err) {
    mlt_params params;
    mlt_dataset_options options = columns ? *columns : (mlt_dataset_options){0};
    mlt_csv_options csv = {.digest = true};
    options.task = MLT_REGRESSION;
    mlt_stream_spec spec = {.type = mlt_model_find("linear"),
                            .params = &params,
                            .csv = &csv,
                            .columns = &options,
                            .test_size = test_size,
                            .random_state = seed};
    mlt_params_init(&params, spec.type->params, spec.type->n_params);
    assert_ok(mlt_params_resolve(&params, MLT_REGRESSION, err), err);
    return mlt_fit_stream(out, facts, path, &spec, ctx, err);
}

/* All rows, once in memory and once as they come. */
static void assert_same_fit(const char *path, const mlt_dataset_options *columns, const mlt_context *ctx,
                            double relative) {
    mlt_fit_result result, plain = {0};
    mlt_stream_facts facts;
    mlt_frame *frame;
    mlt_dataset *data;
    mlt_params params;
    mlt_error err;
    mlt_dataset_options options = columns ? *columns : (mlt_dataset_options){0};
    options.task = MLT_REGRESSION;
    assert_ok(try_stream(&result, &facts, path, columns, 0, 0, ctx, &err), &err);
    assert_ok(mlt_csv_read(&frame, path, NULL, NULL, &err), &err);
    assert_ok(mlt_dataset_new(&data, frame, &options, NULL, &err), &err);
    mlt_fit_spec spec = {.type = mlt_model_find("linear"), .params = &params};
    mlt_params_init(&params, spec.type->params, spec.type->n_params);
    assert_ok(mlt_params_resolve(&params, MLT_REGRESSION, &err), &err);
    uint32_t *rows = calloc(data->n, sizeof *rows);
    for (uint32_t i = 0; i < data->n; i++)
        rows[i] = i;
    mlt_split split = {.train = rows, .n_train = data->n};
    assert_ok(mlt_fit_and_measure(&plain, &spec, data, &split, NULL, &err), &err);
    mlt_model_view a = mlt_model_view_of(result.model), b = mlt_model_view_of(plain.model);
    assert_int_equal(a.n_coefficients, b.n_coefficients);
    for (size_t j = 0; j < a.n_coefficients; j++) {
        assert_string_equal(a.coefficients[j].term, b.coefficients[j].term);
        assert_near(a.coefficients[j].estimate, b.coefficients[j].estimate, relative);
        assert_near(a.coefficients[j].std_error, b.coefficients[j].std_error, relative);
        assert_near(a.coefficients[j].p, b.coefficients[j].p, 1e3 * relative);
    }
    const mlt_linear_summary *x = a.summary, *y = b.summary;
    assert_true(x->n == y->n && x->rank == y->rank && x->freedom == y->freedom);
    const double pairs[][2] = {{x->residual_sd, y->residual_sd}, {x->r2, y->r2},   {x->f, y->f},
                               {x->adjusted_r2, y->adjusted_r2}, {x->aic, y->aic}, {x->bic, y->bic}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++)
        assert_near(pairs[k][0], pairs[k][1], 1e-9);
    for (size_t j = 0; j < a.n_coefficients; j++)
        assert_near(x->vif[j], y->vif[j], 1e-9);
    static const char *const keys[] = {"mse", "rmse", "r2"};
    for (size_t k = 0; k < 3; k++)
        assert_near(mlt_metrics_value(&result.train, keys[k]), mlt_metrics_value(&plain.train, keys[k]),
                    1e-11);
    assert_true(isnan(mlt_metrics_value(&result.train, "mae")));
    assert_true(facts.n_train == data->n && facts.n_test == 0);
    mlt_fit_result_clear(&result);
    mlt_fit_result_clear(&plain);
    mlt_dataset_free(data);
    free(rows);
}

static void test_fit_stream__has_the_digits_of_a_fit_in_memory(void **state) {
    (void)state;
    static const char *const sets[] = {"longley", "norris", "pontius", "wampler1", "wampler5"};
    char path[256];
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        snprintf(path, sizeof path, "%s/tests/fixtures/strd/%s.csv", MLT_SOURCE_DIR, sets[i]);
        mlt_dataset_options columns = {.target = "y"};
        assert_same_fit(path, &columns, NULL, 1e-12);
    }
    mlt_dataset_options weighted = {.target = "price", .weights = "age"};
    assert_same_fit(MLT_SOURCE_DIR "/data/car_prices.csv", NULL, NULL, 1e-12);
    assert_same_fit(MLT_SOURCE_DIR "/data/car_prices.csv", &weighted, NULL, 1e-12);
    assert_same_fit(MLT_SOURCE_DIR "/data/diabetes.csv", NULL, NULL, 1e-12);
}

/* Collinear and constant columns, noted alike. */
static void test_fit_stream__takes_the_least_of_collinear_columns(void **state) {
    scratch *dir = *state;
    made_notes notes = {""};
    mlt_context ctx = {.user = &notes, .note = made_note};
    static const char text[] =
        "a,b,c,d,y\n1,5,13,7,2\n2,3,12,7,4\n3,8,25,7,1\n4,1,14,7,7\n5,9,33,7,3\n6,2,22,7,9\n";
    const char *path = scratch_write(dir, "f.csv", text, strlen(text));
    assert_same_fit(path, NULL, &ctx, 1e-12);
    assert_non_null(strstr(notes.text,
                           "columns 'a', 'b' and 'c' are collinear: of the coefficients that fit "
                           "equally, the smallest are taken (minimum norm), without standard errors\n"));
    assert_non_null(
        strstr(notes.text, "column 'd' is the same in every row that is fitted: coefficient 0\n"));
}

/* Times in seconds, and twice as many and one: what rounding leaves of the second is no column of its own. */
static void test_fit_stream__knows_collinear_columns_far_from_zero(void **state) {
    scratch *dir = *state;
    char text[20000] = "t,u,y\n";
    for (int i = 0; i < 200; i++) {
        long long t = 1700000000LL + 137 * i + i * i % 11;
        snprintf(text + strlen(text), sizeof text - strlen(text), "%lld,%lld,%d\n", t, 2 * t + 1,
                 3 * i + i % 7);
    }
    const char *path = scratch_write(dir, "f.csv", text, strlen(text));
    assert_same_fit(path, NULL, NULL, 1e-12);
}

/* ---- the sample ---- */

static int by_hash(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void test_fit_stream__keeps_the_rows_of_least_hash(void **state) {
    (void)state;
    enum { N = 500, KEPT = 37 };
    made_table *t = made_table_new(N, 2);
    mlt_holdout holdout;
    mlt_row_store left;
    mlt_error err;
    mlt_rng rng;
    uint64_t hashes[N];
    mlt_rng_seed(&rng, 3);
    assert_ok(mlt__holdout_init(&holdout, &t->schema, KEPT, "made.csv", &err), &err);
    assert_ok(mlt__row_store_init(&left, &t->schema, N, "made.csv", &err), &err);
    for (size_t i = 0; i < N; i++) {
        hashes[i] = mlt_rng_below(&rng, 1000000);
        t->columns[0][i] = (double)hashes[i];
        t->columns[1][i] = -(double)hashes[i];
        t->y[i] = (double)hashes[i] + 1;
        mlt__holdout_offer(&holdout, &left, &t->data, i, hashes[i]);
    }
    qsort(hashes, N, sizeof *hashes, by_hash);
    assert_int_equal(holdout.kept.data.n, KEPT);
    assert_int_equal(left.data.n, N - KEPT);
    double sum = 0;
    for (size_t i = 0; i < KEPT; i++) {
        const mlt_dataset *kept = &holdout.kept.data;
        assert_true(kept->x[0].values[i] <= (double)hashes[KEPT - 1]);
        assert_true(kept->x[1].values[i] == -kept->x[0].values[i] && kept->y[i] == kept->x[0].values[i] + 1);
        sum += kept->y[i];
    }
    for (size_t i = 0; i < KEPT; i++)
        sum -= (double)hashes[i] + 1;
    assert_true(sum == 0);
    for (size_t i = 0; i < N - KEPT; i++)
        assert_true(left.data.x[0].values[i] >= (double)hashes[KEPT - 1]);
    mlt__holdout_clear(&holdout);
    mlt__row_store_clear(&left);
    made_table_free(t);
}

/* Every row is in one part; the seed says which; test metrics are of rows not fitted. */
static void test_fit_stream__sets_rows_aside(void **state) {
    (void)state;
    static const char path[] = MLT_SOURCE_DIR "/data/car_prices.csv";
    mlt_fit_result results[3];
    mlt_stream_facts facts[3];
    mlt_error err;
    for (uint32_t i = 0; i < 3; i++)
        assert_ok(try_stream(&results[i], &facts[i], path, NULL, 0.25, i / 2, NULL, &err), &err);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(facts[i].n_train + facts[i].n_test, 500);
        assert_true(facts[i].n_test > 100 && facts[i].n_test < 150);
        assert_int_equal(facts[i].rows, 500);
        assert_int_equal(strlen(facts[i].sha256), 64);
        assert_int_equal(results[i].test.n, facts[i].n_test);
        assert_false(isnan(mlt_metrics_value(&results[i].test, "max_error")));
    }
    double first = mlt_metrics_value(&results[0].test, "mse");
    assert_true(first == mlt_metrics_value(&results[1].test, "mse"));
    assert_true(first != mlt_metrics_value(&results[2].test, "mse"));
    for (size_t i = 0; i < 3; i++)
        mlt_fit_result_clear(&results[i]);
}

/* ---- refusals ---- */

static void test_fit_stream__names_the_line(void **state) {
    scratch *dir = *state;
    static const char *const cases[][2] = {
        {"a,b,y\n1,2,3\n4,,6\n7,8,9\n",
         "f.csv:3: column 'b': the cell is missing; a linear model needs every "
         "cell: fill it, or fit with --impute and without --stream"},
        {"a,b,y\n1,2,3\n4,,\n7,,9\n1,2,3\n4,5,6\n", "f.csv:4: column 'b': the cell is missing; "},
        {"a,w,y\n1,2,3\n4,-1,6\n7,8,9\n", "f.csv:3: the weight in column 'w' is negative; "},
        {"a,w,y\n1,2,3\n4,2,6\n7,,9\n", "f.csv:4: the weight in column 'w' is missing; "},
        {"a,b,y\n1,2,3\n4,5,six\n7,8,9\n", "'six' is not a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlt_fit_result result;
        mlt_stream_facts facts;
        mlt_error err;
        bool weighted = strstr(cases[i][0], "w,") != NULL;
        mlt_dataset_options columns = {.target = "y", .weights = weighted ? "w" : NULL};
        const char *path = scratch_write(dir, "f.csv", cases[i][0], strlen(cases[i][0]));
        assert_int_equal(try_stream(&result, &facts, path, &columns, 0, 0, NULL, &err), MLT_E_DATA);
        if (!strstr(err.message, cases[i][1]))
            fail_msg("%s", err.message);
    }
}

static void test_fit_stream__survives_any_failing_allocation(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    long n = 0;
    static const mlt_context one = {.threads = 1};
    for (bool met = true; met; n++) {
        mlt_fit_result result = {0};
        mlt_stream_facts facts;
        mlt_error err = {0};
        allocations_left = n;
        mlt_status status =
            try_stream(&result, &facts, MLT_SOURCE_DIR "/data/house_prices.csv", NULL, 0.3, 0, &one, &err);
        met = allocations_left < 0;
        allocations_left = -1;
        if (status != MLT_OK && status != MLT_E_NOMEM)
            fail_msg("allocation %ld: status %d, %s", n, (int)status, err.message);
        mlt_fit_result_clear(&result);
    }
    assert_true(n > 60);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_fit_stream__##name, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(has_the_digits_of_a_fit_in_memory),
        TEST(takes_the_least_of_collinear_columns),
        TEST(knows_collinear_columns_far_from_zero),
        TEST(keeps_the_rows_of_least_hash),
        TEST(sets_rows_aside),
        TEST(names_the_line),
        TEST(survives_any_failing_allocation),
    };
    return cmocka_run_group_tests_name("fit_stream", tests, NULL, NULL);
}
