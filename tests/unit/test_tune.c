/* Searching for parameters: candidates, scores, halving, and the log that a search resumes from. Reference
 * values come from scripts/fixtures/tuning_reference.py (scikit-learn's GridSearchCV and HalvingGridSearchCV,
 * numpy). */
#include "support.h"

#include "made_data.h"
#include "mltool/search_log.h"
#include "scratch.h"

enum { MAX_FOLDS = 5 };

static void assert_near(double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.17g is not %.17g", value, wanted);
}

/* ---- candidates ---- */

static mlt_params fixed_params(const char *model) {
    const mlt_model_type *type = mlt_model_find(model);
    mlt_params params;
    mlt_params_init(&params, type->params, type->n_params);
    return params;
}

static const char *value_of(const mlt_candidates *c, size_t i, const char *name) {
    return mlt_params_get(&c->items[i], name)->text;
}

static const char *const DEPTHS[] = {"1", "2", "3", "4"}, *const LEAVES[] = {"1", "5", "20"};

static void test_candidates__the_last_axis_changes_fastest(void **state) {
    (void)state;
    mlt_params fixed = fixed_params("tree");
    mlt_candidates c;
    mlt_error err;
    const mlt_axis axes[] = {{.name = "max-depth", .values = DEPTHS, .n = 4},
                             {.name = "min-samples-leaf", .low = 5, .high = 6, .whole = true}};
    assert_ok(mlt_params_set(&fixed, "criterion", "entropy", &err), &err);
    assert_ok(mlt_candidates_grid(&c, &fixed, axes, 2, MLT_CLASSIFICATION, &err), &err);
    assert_int_equal(c.n, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(value_of(&c, i, "max-depth"), DEPTHS[i / 2]);
        assert_string_equal(value_of(&c, i, "min-samples-leaf"), i % 2 ? "6" : "5");
        assert_string_equal(value_of(&c, i, "criterion"), "entropy");
    }
    mlt_candidates_clear(&c);
}

static void test_candidates__random_draws_are_numpys(void **state) {
    (void)state;
    static const char *const random_values[][4] = {
        {"sqrt", "4", "0.7253571532049581", "0.29106359131330695"},
        {"sqrt", "5", "0.32800932022121826", "0.020511104188433976"},
        {"sqrt", "8", "0.4168543055695109", "0.01930783753654714"},
    };
    static const char *const words[] = {"sqrt", "log2"};
    const mlt_axis axes[] = {{.name = "max-features", .values = words, .n = 2},
                             {.name = "n-estimators", .low = 1, .high = 10, .whole = true},
                             {.name = "ccp-alpha", .low = 0.25, .high = 0.75},
                             {.name = "min-impurity-decrease", .low = 0.01, .high = 1, .log = true}};
    mlt_params fixed = fixed_params("random-forest");
    mlt_candidates c;
    mlt_error err;
    assert_ok(mlt_candidates_random(&c, 3, &fixed, axes, 4, MLT_CLASSIFICATION, 42, &err), &err);
    assert_int_equal(c.n, 3);
    for (size_t i = 0; i < 3; i++) {
        for (size_t a = 0; a < 2; a++)
            assert_string_equal(value_of(&c, i, axes[a].name), random_values[i][a]);
        for (size_t a = 2; a < 4; a++)
            assert_near(mlt_params_real(&c.items[i], axes[a].name), strtod(random_values[i][a], NULL), 1e-15);
    }
    mlt_candidates_clear(&c);
}

static void test_candidates__random_ones_differ(void **state) {
    (void)state;
    mlt_params fixed = fixed_params("tree");
    mlt_candidates c;
    mlt_error err;
    const mlt_axis axes[] = {{.name = "max-depth", .values = DEPTHS, .n = 4},
                             {.name = "min-samples-leaf", .low = 1, .high = 100, .whole = true, .log = true}};
    assert_ok(mlt_candidates_random(&c, 60, &fixed, axes, 2, MLT_CLASSIFICATION, 1, &err), &err);
    assert_int_equal(c.n, 60);
    for (size_t i = 0; i < c.n; i++) {
        int64_t leaf = mlt_params_int(&c.items[i], "min-samples-leaf", 0);
        assert_true(leaf >= 1 && leaf <= 100);
        for (size_t j = 0; j < i; j++)
            assert_true(leaf != mlt_params_int(&c.items[j], "min-samples-leaf", 0) ||
                        strcmp(value_of(&c, i, "max-depth"), value_of(&c, j, "max-depth")) != 0);
    }
    mlt_candidates_clear(&c);
    /* No more than there are: the grid itself. */
    assert_ok(mlt_candidates_random(&c, 60, &fixed, axes, 1, MLT_CLASSIFICATION, 1, &err), &err);
    assert_int_equal(c.n, 4);
    assert_string_equal(value_of(&c, 3, "max-depth"), "4");
    mlt_candidates_clear(&c);
}

static void test_candidates__too_many_and_wrong_ones_are_refused(void **state) {
    (void)state;
    mlt_params fixed = fixed_params("tree");
    mlt_candidates c;
    mlt_error err;
    static const char *const words[] = {"gini", "squared-error"};
    const mlt_axis large[] = {{.name = "max-depth", .low = 1, .high = 1000, .whole = true},
                              {.name = "min-samples-leaf", .low = 1, .high = 1000, .whole = true}};
    const mlt_axis wrong[] = {{.name = "criterion", .values = words, .n = 2}};
    assert_int_equal(mlt_candidates_grid(&c, &fixed, large, 2, MLT_CLASSIFICATION, &err), MLT_E_LIMIT);
    assert_null(c.items);
    assert_int_equal(mlt_candidates_grid(&c, &fixed, wrong, 1, MLT_CLASSIFICATION, &err), MLT_E_USAGE);
    assert_null(c.items);
    assert_int_equal(
        mlt_candidates_random(&c, MLT_MAX_CANDIDATES + 1, &fixed, large, 2, MLT_REGRESSION, 1, &err),
        MLT_E_LIMIT);
}

/* ---- searching ---- */

/* A search over a data file, not yet run. */
typedef struct task {
    mlt_dataset *data;
    mlt_candidates candidates;
    mlt_split splits[MAX_FOLDS];
    size_t n_splits;
    mlt_fit_spec fit;
    mlt_search_spec spec;
    mlt_search search;
} task;

static void task_open(task *t, const char *file, const char *model, const mlt_axis *axes, size_t folds,
                      uint32_t seed, const char *metric) {
    char path[200];
    mlt_frame *frame;
    mlt_rng rng;
    mlt_error err;
    *t = (task){.n_splits = folds, .fit = {.type = mlt_model_find(model), .random_state = seed}};
    snprintf(path, sizeof path, "%s/data/%s", MLT_SOURCE_DIR, file);
    assert_ok(mlt_csv_read(&frame, path, &(mlt_csv_options){0}, NULL, &err), &err);
    assert_ok(mlt_dataset_new(&t->data, frame, &(mlt_dataset_options){0}, NULL, &err), &err);
    mlt_task kind = t->data->schema->task;
    mlt_params fixed = fixed_params(model);
    assert_ok(mlt_candidates_grid(&t->candidates, &fixed, axes, 2, kind, &err), &err);
    mlt_rng_seed(&rng, seed);
    assert_ok(mlt_split_folds(t->splits, folds, t->data->n, NULL, 0, &rng, &err), &err);
    size_t n, m = 0;
    const mlt_metric *table = mlt_metric_table(kind, &n);
    while (strcmp(table[m].key, metric) != 0)
        m++;
    t->spec =
        (mlt_search_spec){.fit = &t->fit, .candidates = &t->candidates, .metric = &table[m], .factor = 3};
}

static void task_run(task *t, int threads) {
    mlt_context ctx = {.threads = threads};
    mlt_error err;
    mlt_search_clear(&t->search);
    assert_ok(mlt_tune(&t->search, &t->spec, t->data, t->splits, t->n_splits, &ctx, &err), &err);
}

static void task_close(task *t) {
    mlt_search_clear(&t->search);
    mlt_candidates_clear(&t->candidates);
    for (size_t f = 0; f < t->n_splits; f++)
        mlt_split_clear(&t->splits[f]);
    mlt_dataset_free(t->data);
}

static const mlt_axis TREE_AXES[] = {{.name = "max-depth", .values = DEPTHS, .n = 4},
                                     {.name = "min-samples-leaf", .values = LEAVES, .n = 3}};

static void test_tune__a_grid_is_grid_search_cvs(void **state) {
    (void)state;
    static const double grid_accuracy[] = {
        0.6463492063492063,
        0.6463492063492063,
        0.6463492063492063,
        0.86,
        0.86,
        0.8428571428571429,
        0.8876190476190476,
        0.8876190476190476,
        0.8595238095238095,
        0.8877777777777777,
        0.9042857142857142,
        0.8595238095238095,
    };
    task t;
    task_open(&t, "wine.csv", "tree", TREE_AXES, 5, 42, "accuracy");
    task_run(&t, 2);
    assert_int_equal(t.search.n, 12);
    assert_int_equal(t.search.trials[0].candidate, 10); /* depth 4, 5 rows a leaf */
    for (size_t i = 0; i < 12; i++) {
        const mlt_trial *trial = &t.search.trials[i];
        assert_near(trial->mean, grid_accuracy[trial->candidate], 1e-15);
        assert_int_equal(trial->rows, 178);
        assert_true(i == 0 || t.search.trials[i - 1].mean > trial->mean ||
                    (t.search.trials[i - 1].mean == trial->mean &&
                     t.search.trials[i - 1].candidate < trial->candidate));
    }
    task_close(&t);
}

static void test_tune__less_is_better_where_the_metric_says_so(void **state) {
    (void)state;
    static const double grid_mse[] = {-3590.305762489763, -3951.33380999181, -3373.924316339066,
                                      -3552.372053235053};
    static const char *const trees[] = {"5", "10"}, *const shares[] = {"0.5", "1.0"};
    const mlt_axis axes[] = {{.name = "n-estimators", .values = trees, .n = 2},
                             {.name = "max-features", .values = shares, .n = 2}};
    task t;
    task_open(&t, "diabetes.csv", "random-forest", axes, 4, 7, "mse");
    task_run(&t, 2);
    assert_int_equal(t.search.trials[0].candidate, 2);
    for (size_t i = 0; i < 4; i++)
        assert_near(t.search.trials[i].mean, -grid_mse[t.search.trials[i].candidate], 1e-9);
    task_close(&t);
}

static void test_tune__halving_is_halving_grid_search_cvs(void **state) {
    (void)state;
    static const struct {
        size_t round, rows;
        const char *max_depth, *n_estimators;
        double mean;
    } halving_r2[] = {
        {0, 49, "2", "3", -0.23998241418830163},     {0, 49, "2", "8", -0.10321204203440637},
        {0, 49, "2", "20", -0.02746961664937342},    {0, 49, "5", "3", 0.12284285091093768},
        {0, 49, "5", "8", 0.018875009696731105},     {0, 49, "5", "20", -0.030882906603600713},
        {0, 49, "none", "3", 0.004194972741251491},  {0, 49, "none", "8", 0.02144477358976631},
        {0, 49, "none", "20", -0.01718112970704506}, {1, 147, "5", "8", 0.3424819355371399},
        {1, 147, "none", "8", 0.3194513560773876},   {1, 147, "5", "3", 0.22323999064088232},
        {2, 441, "5", "8", 0.38728711200130955},
    };
    enum { WANTED = sizeof halving_r2 / sizeof *halving_r2 };
    static const char *const depths[] = {"2", "5", "none"}, *const trees[] = {"3", "8", "20"};
    const mlt_axis axes[] = {{.name = "max-depth", .values = depths, .n = 3},
                             {.name = "n-estimators", .values = trees, .n = 3}};
    task t;
    task_open(&t, "diabetes.csv", "random-forest", axes, 5, 3, "r2");
    t.spec.halving = true;
    for (int threads = 1; threads <= 4; threads += 3) {
        task_run(&t, threads);
        assert_int_equal(t.search.n, WANTED);
        assert_int_equal(t.search.n_rounds, 3);
        assert_int_equal(t.search.trials[0].round, 2);
        size_t found = 0;
        for (size_t i = 0; i < WANTED; i++)
            for (size_t j = 0; j < WANTED; j++) {
                const mlt_trial *trial = &t.search.trials[i];
                if (trial->round != halving_r2[j].round ||
                    strcmp(value_of(&t.candidates, trial->candidate, "max-depth"), halving_r2[j].max_depth) !=
                        0 ||
                    strcmp(value_of(&t.candidates, trial->candidate, "n-estimators"),
                           halving_r2[j].n_estimators) != 0)
                    continue;
                found++;
                assert_int_equal(trial->rows, halving_r2[j].rows);
                assert_near(trial->mean, halving_r2[j].mean, 1e-12);
            }
        assert_int_equal(found, WANTED);
    }
    task_close(&t);
}

static void test_tune__too_few_rows_to_halve(void **state) {
    (void)state;
    task t;
    mlt_error err;
    task_open(&t, "house_prices.csv", "tree", TREE_AXES, 5, 42, "mse");
    t.spec.halving = true;
    assert_int_equal(mlt_tune(&t.search, &t.spec, t.data, t.splits, 5, NULL, &err), MLT_E_DATA);
    assert_non_null(strstr(err.message, "--halving: the first round needs at least 10 rows"));
    task_close(&t);
}

/* ---- the log ---- */

static const mlt_division DIVISION = {.folds = 5, .random_state = 42};

static mlt_status open_log(mlt_search_log **log, const char *path, const task *t, const char *sha256,
                           const mlt_division *division, mlt_error *err) {
    mlt_search_identity identity = {
        .sha256 = sha256, .data = t->data, .fit = &t->fit, .division = division, .n_splits = t->n_splits};
    return mlt_search_log_open(log, path, &identity, err);
}

/* Run with the log at `path`; returns how many trials it knew. */
static size_t run_with_log(task *t, const char *path) {
    mlt_search_log *log;
    mlt_error err;
    assert_ok(open_log(&log, path, t, "abc", &DIVISION, &err), &err);
    size_t known = mlt_search_log_known(log);
    mlt_search_memory memory = mlt_search_log_memory(log);
    t->spec.memory = &memory;
    task_run(t, 2);
    t->spec.memory = NULL;
    mlt_search_log_close(log);
    return known;
}

static void test_search_log__a_search_goes_on_where_it_ended(void **state) {
    scratch *s = *state;
    task t;
    task_open(&t, "wine.csv", "tree", TREE_AXES, 5, 42, "accuracy");
    const char *path = scratch_path(s, "search.log");
    assert_int_equal(run_with_log(&t, path), 0);
    double means[12];
    for (size_t i = 0; i < 12; i++) {
        assert_false(t.search.trials[i].recalled);
        means[i] = t.search.trials[i].mean;
    }
    size_t size;
    char *whole = (char *)scratch_read(path, &size);
    /* Cut in the middle of the eighth line: six results are whole. */
    size_t end = 0, lines = 0;
    while (lines < 7)
        lines += whole[end++] == '\n';
    scratch_write(s, "search.log", whole, end + 100);
    free(whole);
    assert_int_equal(run_with_log(&t, path), 6);
    size_t recalled = 0;
    for (size_t i = 0; i < 12; i++) {
        recalled += t.search.trials[i].recalled;
        assert_true(t.search.trials[i].mean == means[i]);
    }
    assert_int_equal(recalled, 6);
    /* Now everything is known, by any metric. */
    t.spec.metric += 1;
    assert_int_equal(run_with_log(&t, path), 12);
    for (size_t i = 0; i < 12; i++)
        assert_true(t.search.trials[i].recalled);
    task_close(&t);
}

/* There are 13 features: candidates that want 99 fail, and stay so. */
static void test_search_log__failures_are_remembered(void **state) {
    scratch *s = *state;
    static const char *const features[] = {"5", "99"}, *const trees[] = {"2", "3"};
    const mlt_axis axes[] = {{.name = "max-features", .values = features, .n = 2},
                             {.name = "n-estimators", .values = trees, .n = 2}};
    task t;
    task_open(&t, "wine.csv", "random-forest", axes, 5, 42, "accuracy");
    const char *path = scratch_path(s, "search.log");
    for (int run = 0; run < 2; run++) {
        assert_int_equal(run_with_log(&t, path), run ? 4 : 0);
        for (size_t i = 0; i < 4; i++) {
            const mlt_trial *trial = &t.search.trials[i];
            assert_int_equal(trial->recalled, run);
            assert_true(!trial->failure == (i < 2) && !trial->failure == (trial->candidate < 2));
            if (trial->failure) {
                assert_int_equal(trial->failure->status, MLT_E_USAGE);
                assert_non_null(strstr(trial->failure->message, "max-features"));
                assert_true(isnan(trial->mean));
            }
        }
    }
    task_close(&t);
}

static void refused(const task *t, const char *path, const char *sha256, const mlt_division *division,
                    const char *reason) {
    mlt_search_log *log = NULL;
    mlt_error err;
    assert_int_equal(open_log(&log, path, t, sha256, division, &err), MLT_E_DATA);
    assert_null(log);
    if (!strstr(err.message, reason))
        fail_msg("'%s' does not say '%s'", err.message, reason);
}

static void test_search_log__another_search_is_refused(void **state) {
    scratch *s = *state;
    task t, other;
    task_open(&t, "wine.csv", "tree", TREE_AXES, 5, 42, "accuracy");
    const char *path = scratch_path(s, "search.log");
    run_with_log(&t, path);
    size_t before, after;
    unsigned char *bytes = scratch_read(path, &before);
    refused(&t, path, "abd", &DIVISION, "is the log of another search: its data file was another");
    refused(&t, path, "abc", &(mlt_division){.folds = 5, .random_state = 43},
            "its folds or its random state");
    t.fit.impute = MLT_IMPUTE_MEAN;
    refused(&t, path, "abc", &DIVISION, "its --impute is another");
    t.fit.impute = MLT_IMPUTE_NONE;
    t.fit.type = mlt_model_find("adaboost");
    refused(&t, path, "abc", &DIVISION, "its model is another");
    t.fit.type = mlt_model_find("tree");
    task_open(&other, "iris.csv", "tree", TREE_AXES, 5, 42, "accuracy");
    refused(&other, path, "abc", &DIVISION, "its columns are others");
    unsigned char *left = scratch_read(path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(bytes, left, before);
    free(bytes);
    free(left);
    task_close(&other);
    task_close(&t);
}

static void test_search_log__other_files_are_left_alone(void **state) {
    static const char *const texts[] = {"a,b\n1,2\n", "no line end", "{\"log\":\"mltool tuner\"}\n",
                                        "{\"log\":\"mltool tune\"", "{\"log\":\"mltool tune\",\n"};
    scratch *s = *state;
    task t;
    task_open(&t, "wine.csv", "tree", TREE_AXES, 5, 42, "accuracy");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *path = scratch_write(s, "other", texts[i], strlen(texts[i]));
        size_t size;
        if (i == 3) { /* the header's beginning, cut: a log that was hardly begun */
            assert_int_equal(run_with_log(&t, path), 0);
            continue;
        }
        refused(&t, path, "abc", &DIVISION,
                i == 2 ? "is no log" : "is no log of mltool tune; name another file");
        char *left = (char *)scratch_read(path, &size);
        assert_int_equal(size, strlen(texts[i]));
        assert_memory_equal(left, texts[i], size);
        free(left);
    }
    task_close(&t);
}

static void test_search_log__a_damaged_line_is_named(void **state) {
    static const char without_numbers[] = "{\"params\":{},\"rows\":178,\"metrics\":{},\"fit_seconds\":[],"
                                          "\"predict_seconds\":[],\"failures\":[]}\n";
    static const char *const lines[] = {"nonsense\n", "{}\n", without_numbers};
    scratch *s = *state;
    task t;
    task_open(&t, "wine.csv", "tree", TREE_AXES, 5, 42, "accuracy");
    for (size_t i = 0; i < 3; i++) {
        const char *path = scratch_path(s, "search.log");
        mlt_search_log *log;
        mlt_error err;
        assert_ok(open_log(&log, path, &t, "abc", &DIVISION, &err), &err);
        mlt_search_log_close(log);
        FILE *file = fopen(path, "a");
        fputs(lines[i], file);
        fclose(file);
        refused(&t, path, "abc", &DIVISION, "search.log:2: is no result of a search; remove the line");
        remove(path);
    }
    task_close(&t);
}

static void test_search_log__one_search_at_a_time(void **state) {
    scratch *s = *state;
    task t;
    mlt_search_log *first, *second = NULL;
    mlt_error err;
    task_open(&t, "wine.csv", "tree", TREE_AXES, 5, 42, "accuracy");
    const char *path = scratch_path(s, "search.log");
    assert_ok(open_log(&first, path, &t, "abc", &DIVISION, &err), &err);
    assert_int_equal(open_log(&second, path, &t, "abc", &DIVISION, &err), MLT_E_IO);
    assert_non_null(strstr(err.message, "another search is writing to it"));
    mlt_search_log_close(first);
    assert_ok(open_log(&second, path, &t, "abc", &DIVISION, &err), &err);
    mlt_search_log_close(second);
    task_close(&t);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_candidates__the_last_axis_changes_fastest),
        cmocka_unit_test(test_candidates__random_draws_are_numpys),
        cmocka_unit_test(test_candidates__random_ones_differ),
        cmocka_unit_test(test_candidates__too_many_and_wrong_ones_are_refused),
        cmocka_unit_test(test_tune__a_grid_is_grid_search_cvs),
        cmocka_unit_test(test_tune__less_is_better_where_the_metric_says_so),
        cmocka_unit_test(test_tune__halving_is_halving_grid_search_cvs),
        cmocka_unit_test(test_tune__too_few_rows_to_halve),
        WITH_FILES(test_search_log__a_search_goes_on_where_it_ended),
        WITH_FILES(test_search_log__failures_are_remembered),
        WITH_FILES(test_search_log__another_search_is_refused),
        WITH_FILES(test_search_log__other_files_are_left_alone),
        WITH_FILES(test_search_log__a_damaged_line_is_named),
        WITH_FILES(test_search_log__one_search_at_a_time),
    };
    return cmocka_run_group_tests_name("tune", tests, NULL, NULL);
}
