/* Comparing models: scores over shared splits, ranking, the corrected t-test. Reference values come from
 * scripts/fixtures/comparison_reference.py (scikit-learn, scipy, R). */
#include "support.h"

#include "eval/significance.h"
#include "made_data.h"
#include "made_table.h"

enum { MODELS = 3, FOLDS = 10 };

static void assert_near(double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.17g is not %.17g", value, wanted);
}

/* ---- the statistics ---- */

static void test_significance__corrected_t_test_is_scipys(void **state) {
    (void)state;
    static const double made_t_and_p[] = {1.6218004791500156, 0.18016476882098165};
    const double differences[] = {0.125, -0.03125, 0.25, 0.0625, 0.1875};
    double t, p = mlt__corrected_t_test(&t, differences, 5, 0.25);
    assert_near(t, made_t_and_p[0], 1e-14);
    assert_near(p, made_t_and_p[1], 1e-14);
}

static void test_significance__equal_differences_have_no_spread(void **state) {
    (void)state;
    const double none[] = {0, 0, 0}, same[] = {-0.25, -0.25, -0.25}, opposite[] = {1, -1},
                 absent[] = {0.5, NAN, 1};
    double t;
    assert_true(mlt__corrected_t_test(&t, none, 3, 0.5) == 1);
    assert_true(t == 0);
    assert_true(mlt__corrected_t_test(&t, same, 3, 0.5) == 0);
    assert_true(isinf(t) && t < 0);
    assert_true(mlt__corrected_t_test(&t, opposite, 2, 1) == 1);
    assert_true(isnan(mlt__corrected_t_test(&t, absent, 3, 0.5)) && isnan(t));
}

static void test_significance__holm_is_rs_p_adjust(void **state) {
    (void)state;
    static const double several_adjusted[] = {0.12, 1.0, 0.024, 0.12, 0.1, 1.0};
    const double p[] = {0.03, 0.5, 0.004, NAN, 0.03, 0.02, 0.9};
    double out[7];
    mlt_error err;
    assert_ok(mlt__holm(out, p, 7, &err), &err);
    assert_true(isnan(out[3])); /* no test: the others are six */
    for (size_t i = 0; i < 6; i++)
        assert_near(out[i < 3 ? i : i + 1], several_adjusted[i], 1e-15);
}

/* ---- scores and ranking ---- */

/* Wine, ten folds, and three models of which none has its parameters from the command line. */
typedef struct contest {
    mlt_dataset *data;
    mlt_params params[MODELS];
    mlt_fit_spec specs[MODELS];
    mlt_split splits[FOLDS];
    mlt_score scores[MODELS * FOLDS];
} contest;

static void contest_open(contest *c) {
    static const char *const names[] = {"tree", "bagging", "random-forest"};
    mlt_frame *frame;
    mlt_rng rng;
    mlt_error err;
    assert_ok(mlt_csv_read(&frame, MLT_SOURCE_DIR "/data/wine.csv", &(mlt_csv_options){0}, NULL, &err), &err);
    assert_ok(mlt_dataset_new(&c->data, frame, &(mlt_dataset_options){0}, NULL, &err), &err);
    for (size_t m = 0; m < MODELS; m++) {
        c->specs[m] =
            (mlt_fit_spec){.type = mlt_model_find(names[m]), .params = &c->params[m], .random_state = 42};
        mlt_params_init(&c->params[m], c->specs[m].type->params, c->specs[m].type->n_params);
    }
    assert_ok(mlt_params_set(&c->params[2], "n-estimators", "20", &err), &err);
    for (size_t m = 0; m < MODELS; m++)
        assert_ok(mlt_params_resolve(&c->params[m], MLT_CLASSIFICATION, &err), &err);
    mlt_rng_seed(&rng, 42);
    assert_ok(mlt_split_folds(c->splits, FOLDS, c->data->n, NULL, 0, &rng, &err), &err);
}

static mlt_status contest_score(contest *c, const mlt_score_listener *listener, int threads, mlt_error *err) {
    mlt_context ctx = {.threads = threads};
    return mlt_score_models(c->scores, c->specs, MODELS, c->data, c->splits, FOLDS, listener, &ctx, err);
}

static void contest_close(contest *c) {
    for (size_t f = 0; f < FOLDS; f++)
        mlt_split_clear(&c->splits[f]);
    mlt_dataset_free(c->data);
}

static void test_compare__scores_ranks_and_tests_as_scikit_learn(void **state) {
    (void)state;
    static const double accuracy[MODELS][FOLDS] = {
        {0.8888888888888888, 1.0, 0.9444444444444444, 0.8888888888888888, 0.8888888888888888,
         0.8888888888888888, 0.9444444444444444, 0.7777777777777778, 1.0, 0.7647058823529411},
        {0.8888888888888888, 1.0, 1.0, 1.0, 0.8888888888888888, 0.8333333333333334, 0.9444444444444444,
         0.9444444444444444, 1.0, 0.9411764705882353},
        {1.0, 1.0, 1.0, 1.0, 1.0, 0.8888888888888888, 0.9444444444444444, 0.9444444444444444, 1.0, 1.0}};
    static const double tree_t_and_p[] = {-2.0955253730403762, 0.06559279573200967};
    static const double bagging_t_and_p[] = {-1.5576444443703081, 0.15374474118341708};
    static const double adjusted[] = {0.13118559146401934, 0.15374474118341708};
    contest c;
    mlt_error err;
    size_t n;
    contest_open(&c);
    assert_ok(contest_score(&c, NULL, 2, &err), &err);
    for (size_t m = 0; m < MODELS; m++)
        for (size_t f = 0; f < FOLDS; f++)
            assert_near(c.scores[m * FOLDS + f].values[0], accuracy[m][f], 1e-15);
    mlt_comparison comparison;
    assert_ok(mlt_compare(&comparison, c.scores, MODELS, c.splits, FOLDS,
                          mlt_metric_table(MLT_CLASSIFICATION, &n), &err),
              &err);
    const mlt_contender *best = &comparison.ranking[0], *second = &comparison.ranking[1],
                        *third = &comparison.ranking[2];
    assert_int_equal(best->model, 2);
    assert_int_equal(second->model, 1);
    assert_int_equal(third->model, 0);
    assert_true(best->difference == 0 && isnan(best->p_holm));
    assert_near(second->t, bagging_t_and_p[0], 1e-12);
    assert_near(second->p, bagging_t_and_p[1], 1e-12);
    assert_near(third->t, tree_t_and_p[0], 1e-12);
    assert_near(third->p, tree_t_and_p[1], 1e-12);
    assert_near(third->p_holm, adjusted[0], 1e-12);
    assert_near(second->p_holm, adjusted[1], 1e-12);
    assert_near(second->difference, second->mean - best->mean, 1e-14);
    mlt_comparison_clear(&comparison);
    mlt_scores_clear(c.scores, MODELS * FOLDS);
    contest_close(&c);
}

static void test_compare__threads_do_not_matter(void **state) {
    (void)state;
    contest c;
    mlt_error err;
    double alone[MODELS * FOLDS][MLT_MAX_METRICS];
    contest_open(&c);
    assert_ok(contest_score(&c, NULL, 1, &err), &err);
    for (size_t i = 0; i < MODELS * FOLDS; i++)
        memcpy(alone[i], c.scores[i].values, sizeof alone[i]);
    for (int threads = 2; threads <= 64; threads *= 4) { /* 32 and more: more threads than fits */
        assert_ok(contest_score(&c, NULL, threads, &err), &err);
        for (size_t i = 0; i < MODELS * FOLDS; i++)
            assert_memory_equal(alone[i], c.scores[i].values, sizeof alone[i]);
    }
    contest_close(&c);
}

/* Scores as a comparison takes them, without any fits. */
static void made_scores(mlt_score *scores, const double *values, size_t n) {
    for (size_t i = 0; i < n; i++)
        scores[i] = (mlt_score){.values = {values[i]}};
}

static void test_compare__less_is_better_where_the_metric_says_so(void **state) {
    (void)state;
    const double mse[] = {4, 6, 1, 3, 4, 6};
    mlt_score scores[6];
    mlt_split splits[2] = {{.n_train = 5, .n_test = 5}, {.n_train = 5, .n_test = 5}};
    mlt_comparison comparison;
    mlt_error err;
    size_t n;
    made_scores(scores, mse, 6);
    assert_ok(mlt_compare(&comparison, scores, 3, splits, 2, mlt_metric_table(MLT_REGRESSION, &n), &err),
              &err);
    assert_int_equal(comparison.ranking[0].model, 1);
    assert_int_equal(comparison.ranking[1].model, 0); /* equal ones keep their order */
    assert_int_equal(comparison.ranking[2].model, 2);
    assert_true(comparison.ranking[1].difference == 3);
    assert_true(comparison.ranking[1].p == 0); /* 3 in both folds */
    mlt_comparison_clear(&comparison);
}

static void test_compare__what_is_not_defined_stands_behind_and_failures_last(void **state) {
    (void)state;
    const double mse[] = {0, 0, NAN, 0.5, 0.25, 0.5};
    mlt_score scores[6];
    mlt_split splits[2] = {{.n_train = 5, .n_test = 5}, {.n_train = 5, .n_test = 5}};
    mlt_comparison comparison;
    mlt_error err;
    size_t n;
    made_scores(scores, mse, 6);
    scores[1].status = MLT_E_NUMERIC;
    assert_ok(mlt_compare(&comparison, scores, 3, splits, 2, mlt_metric_table(MLT_REGRESSION, &n), &err),
              &err);
    assert_int_equal(comparison.ranking[0].model, 2);
    assert_int_equal(comparison.ranking[1].model, 1);
    assert_true(isnan(comparison.ranking[1].mean) && isnan(comparison.ranking[1].p_holm));
    assert_int_equal(comparison.ranking[2].model, 0);
    assert_ptr_equal(comparison.ranking[2].failure, &scores[1]);
    assert_true(isnan(comparison.ranking[2].mean));
    mlt_comparison_clear(&comparison);
}

static void test_compare__one_split_has_no_test(void **state) {
    (void)state;
    const double mse[] = {0.75, 0.5};
    mlt_score scores[2];
    mlt_split split = {.n_train = 5, .n_test = 5};
    mlt_comparison comparison;
    mlt_error err;
    size_t n;
    made_scores(scores, mse, 2);
    assert_ok(mlt_compare(&comparison, scores, 2, &split, 1, mlt_metric_table(MLT_REGRESSION, &n), &err),
              &err);
    assert_int_equal(comparison.ranking[0].model, 1);
    assert_true(comparison.ranking[1].difference == 0.25);
    assert_true(isnan(comparison.ranking[1].p) && isnan(comparison.ranking[1].sd));
    mlt_comparison_clear(&comparison);
}

/* ---- what can go wrong ---- */

/* A linear model cannot take the missing cell of row 4, a tree can. */
static void test_compare__a_model_that_fails_leaves_the_others(void **state) {
    (void)state;
    made_table *t = made_table_new(6, 1);
    for (size_t i = 0; i < 6; i++) {
        t->columns[0][i] = i == 4 ? NAN : (double)i;
        t->y[i] = (double)(i * i);
    }
    mlt_params params[2];
    mlt_fit_spec specs[2] = {{.type = mlt_model_find("linear"), .params = &params[0]},
                             {.type = mlt_model_find("tree"), .params = &params[1]}};
    mlt_error err;
    for (size_t m = 0; m < 2; m++) {
        mlt_params_init(&params[m], specs[m].type->params, specs[m].type->n_params);
        assert_ok(mlt_params_resolve(&params[m], MLT_REGRESSION, &err), &err);
    }
    uint32_t a[] = {0, 1, 2}, b[] = {3, 4, 5};
    mlt_split splits[] = {{.train = a, .n_train = 3, .test = a, .n_test = 3},
                          {.train = b, .n_train = 3, .test = b, .n_test = 3}};
    mlt_score scores[4];
    assert_ok(mlt_score_models(scores, specs, 2, &t->data, splits, 2, NULL, NULL, &err), &err);
    assert_int_equal(scores[0].status, MLT_OK);
    assert_int_equal(scores[1].status, MLT_E_DATA);
    assert_non_null(strstr(scores[1].message, "data row 5: the cell is missing"));
    assert_true(isnan(scores[1].values[0]));
    assert_int_equal(scores[2].status, MLT_OK);
    assert_int_equal(scores[3].status, MLT_OK);
    mlt_scores_clear(scores, 4);
    made_table_free(t);
}

/* What a listener saw. */
typedef struct heard {
    size_t calls, fail_at;
    bool seen[MODELS * FOLDS];
} heard;

static mlt_status hear(void *user, size_t model, size_t split, const mlt_score *score, mlt_error *err) {
    heard *h = user;
    h->calls++;
    h->seen[model * FOLDS + split] = score->status == MLT_OK && score->values[0] > 0.5;
    if (h->calls != h->fail_at)
        return MLT_OK;
    snprintf(err->message, sizeof err->message, "the log is full");
    err->status = MLT_E_IO;
    return MLT_E_IO;
}

static void test_compare__each_score_is_told_once(void **state) {
    (void)state;
    contest c;
    mlt_error err;
    heard h = {0};
    contest_open(&c);
    assert_ok(contest_score(&c, &(mlt_score_listener){hear, &h}, 3, &err), &err);
    assert_int_equal(h.calls, MODELS * FOLDS);
    for (size_t i = 0; i < MODELS * FOLDS; i++)
        assert_true(h.seen[i]);
    /* The listener's failure ends it all. */
    h = (heard){.fail_at = 4};
    assert_int_equal(contest_score(&c, &(mlt_score_listener){hear, &h}, 3, &err), MLT_E_IO);
    assert_string_equal(err.message, "the log is full");
    assert_int_equal(h.calls, 4);
    contest_close(&c);
}

static bool refuse(void *user, const char *what, size_t done, size_t total) {
    (void)what, (void)total;
    ++*(size_t *)user;
    return done < 2;
}

static void test_compare__can_be_cancelled(void **state) {
    (void)state;
    contest c;
    mlt_error err;
    size_t asked = 0;
    contest_open(&c);
    mlt_context ctx = {.threads = 2, .user = &asked, .progress = refuse};
    assert_int_equal(mlt_score_models(c.scores, c.specs, MODELS, c.data, c.splits, FOLDS, NULL, &ctx, &err),
                     MLT_E_CANCELLED);
    assert_true(asked > 0);
    contest_close(&c);
}

/* ---- notes ---- */

static void count_note(void *user, const char *line) {
    assert_true(strncmp(line, "linear: ", 8) == 0);
    ++*(size_t *)user;
}

static void test_compare__notes_are_the_first_fits(void **state) {
    (void)state;
    made_table *t = made_table_new(8, 2);
    for (size_t i = 0; i < 8; i++) {
        t->columns[0][i] = t->columns[1][i] = (double)i; /* collinear: noted once a fit */
        t->y[i] = (double)(i % 3);
    }
    mlt_params params;
    mlt_fit_spec spec = {.type = mlt_model_find("linear"), .params = &params};
    mlt_split folds[4];
    mlt_score scores[4];
    mlt_error err;
    size_t notes = 0, alone;
    mlt_context ctx = {.threads = 2, .user = &notes, .note = count_note};
    mlt_params_init(&params, spec.type->params, spec.type->n_params);
    assert_ok(mlt_params_resolve(&params, MLT_REGRESSION, &err), &err);
    assert_ok(mlt_split_folds(folds, 4, 8, NULL, 0, NULL, &err), &err);
    assert_ok(mlt_score_models(scores, &spec, 1, &t->data, folds, 1, NULL, &ctx, &err), &err);
    alone = notes;
    assert_true(alone > 0);
    assert_ok(mlt_score_models(scores, &spec, 1, &t->data, folds, 4, NULL, &ctx, &err), &err);
    assert_int_equal(notes, 2 * alone);
    for (size_t f = 0; f < 4; f++)
        mlt_split_clear(&folds[f]);
    made_table_free(t);
}

/* ---- the baseline ---- */

/* By hand: weights 2 + 1 + 1; class b has 3 of 4; the mean is (2·1 + 4 + 6) / 4. scikit-learn's
 * DummyClassifier (strategy "prior") and DummyRegressor answer the same. */
static void test_baseline__is_the_commonest_class_or_the_mean(void **state) {
    (void)state;
    made_table *t = made_table_new(4, 1);
    double weights[] = {2, 1, 1, 100}, out[6], y[] = {1, 4, 6, 1000};
    uint32_t labels[] = {1, 0, 1, 0}, predicted[2], rows[] = {0, 1, 2}, ask[] = {3, 1};
    char a[] = "a", b[] = "b", *classes[] = {a, b};
    const mlt_model_type *type = mlt_model_find("baseline");
    mlt_params params;
    mlt_model *model;
    mlt_error err;
    t->data.weights = weights;
    memcpy(t->y, y, sizeof y);
    mlt_params_init(&params, type->params, type->n_params);
    assert_ok(mlt_model_fit(&model, type, &params, &t->data, rows, 3, 0, NULL, &err), &err);
    assert_ok(mlt_model_predict(out, NULL, model, &t->data, ask, 2, NULL, &err), &err);
    assert_true(out[0] == 3 && out[1] == 3);
    mlt_model_free(model);
    t->schema.task = MLT_CLASSIFICATION;
    t->schema.classes = classes;
    t->schema.k = 2;
    t->data.y = NULL;
    t->data.labels = labels;
    assert_ok(mlt_model_fit(&model, type, &params, &t->data, rows, 3, 0, NULL, &err), &err);
    assert_ok(mlt_model_predict(out, predicted, model, &t->data, ask, 2, NULL, &err), &err);
    assert_true(out[0] == 0.25 && out[1] == 0.75 && out[2] == 0.25 && out[3] == 0.75);
    assert_true(predicted[0] == 1 && predicted[1] == 1);
    mlt_model_free(model);
    made_table_free(t);
}

static void test_baseline__a_mean_beyond_the_largest_number_is_refused(void **state) {
    (void)state;
    made_table *t = made_table_new(3, 1);
    const mlt_model_type *type = mlt_model_find("baseline");
    mlt_params params;
    mlt_model *model = NULL;
    mlt_error err;
    for (size_t i = 0; i < 3; i++)
        t->y[i] = 1e308;
    mlt_params_init(&params, type->params, type->n_params);
    assert_int_equal(mlt_model_fit(&model, type, &params, &t->data, NULL, 0, 0, NULL, &err), MLT_E_NUMERIC);
    assert_null(model);
    made_table_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_significance__corrected_t_test_is_scipys),
        cmocka_unit_test(test_significance__equal_differences_have_no_spread),
        cmocka_unit_test(test_significance__holm_is_rs_p_adjust),
        cmocka_unit_test(test_compare__scores_ranks_and_tests_as_scikit_learn),
        cmocka_unit_test(test_compare__threads_do_not_matter),
        cmocka_unit_test(test_compare__less_is_better_where_the_metric_says_so),
        cmocka_unit_test(test_compare__what_is_not_defined_stands_behind_and_failures_last),
        cmocka_unit_test(test_compare__one_split_has_no_test),
        cmocka_unit_test(test_compare__a_model_that_fails_leaves_the_others),
        cmocka_unit_test(test_compare__each_score_is_told_once),
        cmocka_unit_test(test_compare__can_be_cancelled),
        cmocka_unit_test(test_compare__notes_are_the_first_fits),
        cmocka_unit_test(test_baseline__is_the_commonest_class_or_the_mean),
        cmocka_unit_test(test_baseline__a_mean_beyond_the_largest_number_is_refused),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
