/* Measures after each member of an ensemble, and the learning curve. Reference values come from
 * scripts/fixtures/stages_reference.py (scikit-learn's staged_score and learning_curve). */
#include "support.h"

#include "made_data.h"

enum { STAGES = 12, FOLDS = 4 };

static const double samme_accuracy[] = {0.8947368421052632, 0.8947368421052632, 0.9736842105263158,
                                        0.9649122807017544, 0.9649122807017544, 0.9649122807017544,
                                        0.9736842105263158, 0.9824561403508771, 0.9736842105263158,
                                        0.9649122807017544, 0.9736842105263158, 0.9649122807017544};
static const double samme_r_accuracy[] = {0.8947368421052632, 0.9122807017543859, 0.9736842105263158,
                                          0.9736842105263158, 0.9736842105263158, 0.9736842105263158,
                                          0.9824561403508771, 0.9824561403508771, 0.9736842105263158,
                                          0.9824561403508771, 0.9736842105263158, 0.9649122807017544};
static const double wine_samme_accuracy[] = {0.6666666666666666, 0.5277777777777778, 0.8333333333333334,
                                             0.9166666666666666, 0.9444444444444444, 0.9444444444444444,
                                             0.9444444444444444, 0.9444444444444444, 0.9722222222222222,
                                             0.9166666666666666, 0.9444444444444444, 0.9166666666666666};
static const double forest_accuracy[] = {0.8333333333333334,
                                         0.8888888888888888,
                                         0.9444444444444444,
                                         0.8888888888888888,
                                         0.8888888888888888,
                                         0.9166666666666666,
                                         0.9444444444444444,
                                         0.9444444444444444,
                                         0.9444444444444444,
                                         0.9444444444444444,
                                         1.0,
                                         1.0};
static const double r2_r2[] = {0.2946427196807828,  0.2946427196807828,  0.35029251064045164,
                               0.34117897232491723, 0.3832691850879516,  0.392457119504538,
                               0.43284328195310484, 0.44059752301381083, 0.46271171916127374,
                               0.4389892361008557,  0.45008762196982177, 0.4499623738810571};
static const double linear_r2[] = {0.41285647256426095, 0.41985441066726426, 0.4333499087708058,
                                   0.4417769799208986,  0.44355344643532146, 0.44398821412808,
                                   0.44645321999247123, 0.44937445840986256, 0.44805283046589794,
                                   0.4488860541254368,  0.449620120108117,   0.44718379092468985};
static const double curve_rows[] = {11.0, 33.0, 61.0, 112.0};
static const double curve_train[] = {1.0,
                                     0.9090909090909091,
                                     0.9090909090909091,
                                     1.0,
                                     1.0,
                                     0.9696969696969697,
                                     0.9696969696969697,
                                     1.0,
                                     0.9836065573770492,
                                     0.9508196721311475,
                                     0.9836065573770492,
                                     1.0,
                                     0.9821428571428571,
                                     0.9553571428571429,
                                     0.9553571428571429,
                                     0.9553571428571429};
static const double curve_test[] = {
    0.42105263157894735, 0.6578947368421053, 0.8378378378378378, 0.918918918918919,
    0.8947368421052632,  0.9736842105263158, 0.9459459459459459, 0.972972972972973,
    0.868421052631579,   0.9736842105263158, 0.9459459459459459, 0.972972972972973,
    0.8947368421052632,  0.9736842105263158, 0.972972972972973,  0.972972972972973};

static void assert_near(double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.17g is not %.17g", value, wanted);
}

static mlt_dataset *load(const char *file) {
    char path[200];
    mlt_frame *frame;
    mlt_dataset *data;
    mlt_error err;
    snprintf(path, sizeof path, "%s/data/%s", MLT_SOURCE_DIR, file);
    assert_ok(mlt_csv_read(&frame, path, &(mlt_csv_options){0}, NULL, &err), &err);
    assert_ok(mlt_dataset_new(&data, frame, &(mlt_dataset_options){0}, NULL, &err), &err);
    return data;
}

/* `model` with a parameter more, resolved. */
static mlt_fit_spec spec_for(const char *model, mlt_task task, mlt_params *params, const char *name,
                             const char *value, uint32_t seed) {
    mlt_fit_spec spec = {.type = mlt_model_find(model), .params = params, .random_state = seed};
    mlt_error err;
    mlt_params_init(params, spec.type->params, spec.type->n_params);
    if (name)
        assert_ok(mlt_params_set(params, name, value, &err), &err);
    if (mlt_params_spec(params, "n-estimators"))
        assert_ok(mlt_params_set(params, "n-estimators", "12", &err), &err);
    assert_ok(mlt_params_resolve(params, task, &err), &err);
    return spec;
}

/* The metric `key` of the test rows after each of STAGES members is `wanted`. */
static void check_stages(const char *file, const char *model, const char *name, const char *value,
                         const char *key, const double *wanted) {
    mlt_dataset *data = load(file);
    mlt_params params;
    mlt_fit_spec spec = spec_for(model, data->schema->task, &params, name, value, 42);
    mlt_split split;
    mlt_fit_result result;
    mlt_error err;
    size_t n, m = 0;
    const mlt_metric *table = mlt_metric_table(data->schema->task, &n);
    spec.staged = true;
    while (strcmp(table[m].key, key) != 0)
        m++;
    assert_ok(
        mlt_split_holdout(&split, data->n, &(mlt_split_options){.test_size = 0.2, .random_state = 42}, &err),
        &err);
    assert_ok(mlt_fit_and_measure(&result, &spec, data, &split, &(mlt_context){.threads = 2}, &err), &err);
    assert_int_equal(result.n_stages, STAGES);
    for (size_t s = 0; s < STAGES; s++)
        assert_near(result.test_stages[s * MLT_MAX_METRICS + m], wanted[s], 1e-12);
    /* The last stage is the model. */
    size_t last = (STAGES - 1) * MLT_MAX_METRICS;
    assert_memory_equal(result.test_stages + last, result.test.values, n * sizeof(double));
    assert_memory_equal(result.train_stages + last, result.train.values, n * sizeof(double));
    mlt_fit_result_clear(&result);
    mlt_split_clear(&split);
    mlt_dataset_free(data);
}

static void test_stages__adaboosts_are_staged_score(void **state) {
    (void)state;
    check_stages("breast_cancer.csv", "adaboost", "algorithm", "samme", "accuracy", samme_accuracy);
    check_stages("breast_cancer.csv", "adaboost", "algorithm", "samme.r", "accuracy", samme_r_accuracy);
    check_stages("wine.csv", "adaboost", NULL, NULL, "accuracy", wine_samme_accuracy);
    check_stages("diabetes.csv", "adaboost", NULL, NULL, "r2", r2_r2);
}

static void test_stages__averages_grow_member_by_member(void **state) {
    (void)state;
    check_stages("wine.csv", "random-forest", NULL, NULL, "accuracy", forest_accuracy);
    check_stages("diabetes.csv", "bagging", "base", "linear", "r2", linear_r2);
}

static void test_stages__a_single_model_has_none(void **state) {
    (void)state;
    static const char *const names[] = {"linear", "tree", "baseline"};
    mlt_dataset *data = load("diabetes.csv");
    for (size_t i = 0; i < 3; i++) {
        mlt_params params;
        mlt_fit_spec spec = spec_for(names[i], MLT_REGRESSION, &params, NULL, NULL, 1);
        mlt_split split;
        mlt_fit_result result;
        mlt_error err;
        double *values = NULL;
        spec.staged = true;
        assert_false(mlt_model_type_has_stages(spec.type));
        assert_ok(mlt_split_holdout(&split, data->n, &(mlt_split_options){.test_size = 0.5}, &err), &err);
        assert_ok(mlt_fit_and_measure(&result, &spec, data, &split, NULL, &err), &err);
        assert_int_equal(result.n_stages, 0);
        assert_null(result.test_stages);
        assert_int_equal(mlt_measure_stages(&values, result.model, data, NULL, data->n, NULL, &err),
                         MLT_E_USAGE);
        assert_null(values);
        mlt_fit_result_clear(&result);
        mlt_split_clear(&split);
    }
    mlt_dataset_free(data);
}

static mlt_status refuse_third(void *user, size_t stage, const double *out, const uint32_t *labels,
                               mlt_error *err) {
    (void)out, (void)labels;
    ++*(size_t *)user;
    snprintf(err->message, sizeof err->message, "enough");
    return stage == 2 ? MLT_E_IO : MLT_OK;
}

static void test_stages__a_listener_can_end_them(void **state) {
    (void)state;
    static const char *const names[] = {"adaboost", "bagging", "random-forest"};
    mlt_dataset *data = load("diabetes.csv");
    for (size_t i = 0; i < 4; i++) {
        mlt_params params;
        bool linear = i == 3;
        mlt_fit_spec spec =
            spec_for(names[i % 3 + linear], MLT_REGRESSION, &params, linear ? "base" : NULL, "linear", 1);
        mlt_model *model;
        mlt_error err;
        size_t calls = 0;
        mlt_stage_listener listener = {refuse_third, &calls};
        assert_ok(mlt_model_fit(&model, spec.type, &params, data, NULL, 0, 1, NULL, &err), &err);
        assert_int_equal(mlt_model_predict_stages(model, data, NULL, 0, &listener, NULL, &err), MLT_E_IO);
        assert_int_equal(calls, 3);
        mlt_model_free(model);
    }
    mlt_dataset_free(data);
}

/* ---- the learning curve ---- */

static void folds_of(mlt_split *folds, const mlt_dataset *data, uint32_t seed) {
    mlt_rng rng;
    mlt_error err;
    mlt_rng_seed(&rng, seed);
    assert_ok(mlt_split_folds(folds, FOLDS, data->n, NULL, 0, &rng, &err), &err);
}

static void test_learning_curve__is_scikit_learns(void **state) {
    (void)state;
    const double shares[] = {0.1, 0.3, 0.55, 1};
    mlt_dataset *data = load("iris.csv");
    mlt_params params;
    mlt_fit_spec spec = spec_for("tree", MLT_CLASSIFICATION, &params, "max-depth", "2", 7);
    mlt_split folds[FOLDS];
    mlt_curve curve;
    mlt_error err;
    folds_of(folds, data, 7);
    for (int threads = 1; threads <= 8; threads *= 2) {
        mlt_context ctx = {.threads = threads};
        assert_ok(mlt_learning_curve(&curve, &spec, data, folds, FOLDS, shares, 4, true, &ctx, &err), &err);
        assert_int_equal(curve.n, 4);
        for (size_t p = 0; p < 4; p++) {
            assert_true((double)curve.points[p].rows == curve_rows[p]);
            for (size_t f = 0; f < FOLDS; f++) {
                assert_near(curve.points[p].scores[f].train[0], curve_train[p * FOLDS + f], 1e-15);
                assert_near(curve.points[p].scores[f].values[0], curve_test[p * FOLDS + f], 1e-15);
            }
        }
        mlt_curve_clear(&curve);
    }
    for (size_t f = 0; f < FOLDS; f++)
        mlt_split_clear(&folds[f]);
    mlt_dataset_free(data);
}

static void test_learning_curve__the_whole_of_a_split_is_the_fit(void **state) {
    (void)state;
    const double all[] = {1};
    mlt_dataset *data = load("wine.csv");
    mlt_params params;
    mlt_fit_spec spec = spec_for("random-forest", MLT_CLASSIFICATION, &params, NULL, NULL, 3);
    mlt_split split;
    mlt_curve curve;
    mlt_fit_result result;
    mlt_error err;
    assert_ok(mlt_split_holdout(&split, data->n, &(mlt_split_options){.test_size = 0.2}, &err), &err);
    assert_ok(mlt_learning_curve(&curve, &spec, data, &split, 1, all, 1, false, NULL, &err), &err);
    assert_ok(mlt_fit_and_measure(&result, &spec, data, &split, NULL, &err), &err);
    assert_memory_equal(curve.points[0].scores[0].values, result.test.values, sizeof result.test.values);
    assert_memory_equal(curve.points[0].scores[0].train, result.train.values, sizeof result.train.values);
    mlt_fit_result_clear(&result);
    mlt_curve_clear(&curve);
    mlt_split_clear(&split);
    mlt_dataset_free(data);
}

static void test_learning_curve__shares_without_new_rows_are_refused(void **state) {
    (void)state;
    const double none[] = {0.001, 1}, same[] = {0.5, 0.501};
    mlt_dataset *data = load("iris.csv");
    mlt_params params;
    mlt_fit_spec spec = spec_for("tree", MLT_CLASSIFICATION, &params, NULL, NULL, 7);
    mlt_split folds[FOLDS];
    mlt_curve curve;
    mlt_error err;
    folds_of(folds, data, 7);
    assert_int_equal(mlt_learning_curve(&curve, &spec, data, folds, FOLDS, none, 2, true, NULL, &err),
                     MLT_E_DATA);
    assert_non_null(strstr(err.message, "0.001 of the 112 training rows is no row"));
    assert_int_equal(mlt_learning_curve(&curve, &spec, data, folds, FOLDS, same, 2, true, NULL, &err),
                     MLT_E_DATA);
    assert_non_null(strstr(err.message, "as many as the share before"));
    for (size_t f = 0; f < FOLDS; f++)
        mlt_split_clear(&folds[f]);
    mlt_dataset_free(data);
}

/* ---- early stopping ---- */

/* AdaBoost with `patience`, on all rows of `data`. */
static mlt_model *stopped(const mlt_dataset *data, const char *patience, const char *rounds,
                          const mlt_context *ctx) {
    mlt_params params;
    mlt_model *model;
    mlt_error err;
    const mlt_model_type *type = mlt_model_find("adaboost");
    mlt_params_init(&params, type->params, type->n_params);
    assert_ok(mlt_params_set(&params, "n-estimators", rounds, &err), &err);
    assert_ok(mlt_params_set(&params, "early-stopping", patience, &err), &err);
    assert_ok(mlt_params_resolve(&params, data->schema->task, &err), &err);
    assert_ok(mlt_model_fit(&model, type, &params, data, NULL, 0, 42, ctx, &err), &err);
    return model;
}

/* The definition, done by hand: AdaBoost on the rows that are not set aside, measured on the others after
 * each round. */
static void check_stopping(const char *file, size_t patience) {
    enum { ROUNDS = 60 };
    char text[12];
    mlt_dataset *data = load(file);
    bool classes = data->schema->task == MLT_CLASSIFICATION;
    mlt_split_options how = {.test_size = 0.1, .random_state = 42};
    mlt_params params;
    mlt_fit_spec spec = {
        .type = mlt_model_find("adaboost"), .params = &params, .random_state = 42, .staged = true};
    mlt_split split;
    mlt_fit_result whole;
    mlt_error err;
    if (classes) {
        how.stratify = data->labels;
        how.k = data->schema->k;
    }
    mlt_params_init(&params, spec.type->params, spec.type->n_params);
    assert_ok(mlt_params_set(&params, "n-estimators", "60", &err), &err);
    assert_ok(mlt_params_resolve(&params, data->schema->task, &err), &err);
    assert_ok(mlt_split_holdout(&split, data->n, &how, &err), &err);
    assert_ok(mlt_fit_and_measure(&whole, &spec, data, &split, NULL, &err), &err);
    size_t best = 0, t = 0;
    double least = INFINITY;
    for (; t < whole.n_stages && t - best < patience; t++) {
        double value = whole.test_stages[t * MLT_MAX_METRICS]; /* accuracy, or mean squared error */
        if ((classes ? 1 - value : value) < least - 1e-13) {
            least = classes ? 1 - value : value;
            best = t + 1;
        }
    }
    snprintf(text, sizeof text, "%zu", patience);
    mlt_model *model = stopped(data, text, "60", &(mlt_context){.threads = 3});
    mlt_model_view few = mlt_model_view_of(model), all = mlt_model_view_of(whole.model);
    assert_int_equal(few.n_trees, best);
    assert_true(best < whole.n_stages);
    for (size_t i = 0; i < best; i++) {
        assert_int_equal(few.trees[i].n_nodes, all.trees[i].n_nodes);
        assert_memory_equal(few.trees[i].nodes, all.trees[i].nodes,
                            few.trees[i].n_nodes * sizeof *few.trees[i].nodes);
        assert_true(few.tree_weights[i] == all.tree_weights[i]);
    }
    mlt_model_free(model);
    /* As few rounds from the start are the same model, importances too. */
    mlt_model *short_one;
    snprintf(text, sizeof text, "%zu", best);
    assert_ok(mlt_params_set(&params, "n-estimators", text, &err), &err);
    assert_ok(mlt_model_fit(&short_one, spec.type, &params, data, split.train, split.n_train, 42, NULL, &err),
              &err);
    snprintf(text, sizeof text, "%zu", patience);
    model = stopped(data, text, "60", NULL);
    double sum = 0;
    for (size_t j = 0; j < data->p; j++) {
        sum += mlt_model_view_of(model).importances[j];
        assert_near(mlt_model_view_of(model).importances[j], mlt_model_view_of(short_one).importances[j],
                    1e-15);
    }
    assert_near(sum, 1, 1e-9);
    mlt_model_free(short_one);
    mlt_model_free(model);
    mlt_fit_result_clear(&whole);
    mlt_split_clear(&split);
    mlt_dataset_free(data);
}

static void test_early_stopping__keeps_the_rounds_up_to_the_least_error(void **state) {
    (void)state;
    check_stopping("breast_cancer.csv", 10);
    check_stopping("wine.csv", 4);
    check_stopping("diabetes.csv", 5);
}

static void keep_note(void *user, const char *line) { snprintf(user, 200, "%s", line); }

static void test_early_stopping__says_what_it_kept(void **state) {
    (void)state;
    char note[200] = "";
    mlt_dataset *data = load("wine.csv");
    mlt_model *model = stopped(data, "4", "60", &(mlt_context){.user = note, .note = keep_note});
    char wanted[200];
    size_t kept = mlt_model_view_of(model).n_trees;
    snprintf(wanted, sizeof wanted,
             "early stopping: %zu of %zu rounds are kept, judged by 18 of the 178 training rows", kept,
             kept + 4);
    assert_string_equal(note, wanted);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

/* A class of one row, and one that no training row has: the rows are set aside without regard to classes. */
static void test_early_stopping__rare_classes_are_no_obstacle(void **state) {
    (void)state;
    mlt_dataset *data;
    mlt_error err;
    mlt_frame *frame = made_frame(80, 3, false, 5);
    for (size_t i = 0; i < 80; i++)
        frame->columns[3].codes[i] = i == 7 ? 2 : frame->columns[3].codes[i] > 1;
    assert_ok(mlt_dataset_new(&data, frame, &(mlt_dataset_options){0}, NULL, &err), &err);
    mlt_model *model = stopped(data, "5", "30", NULL);
    assert_true(mlt_model_view_of(model).n_trees >= 1);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

static void test_early_stopping__what_it_refuses(void **state) {
    (void)state;
    const mlt_model_type *type = mlt_model_find("adaboost");
    mlt_dataset *data = load("house_prices.csv");
    mlt_params params;
    mlt_model *model = NULL;
    mlt_error err;
    uint32_t one[] = {3};
    mlt_params_init(&params, type->params, type->n_params);
    assert_ok(mlt_params_set(&params, "validation-fraction", "0.2", &err), &err);
    assert_ok(mlt_params_resolve(&params, MLT_REGRESSION, &err), &err);
    assert_int_equal(mlt_model_fit(&model, type, &params, data, NULL, 0, 1, NULL, &err), MLT_E_USAGE);
    assert_non_null(strstr(err.message, "--validation-fraction is for --early-stopping"));
    assert_ok(mlt_params_set(&params, "early-stopping", "3", &err), &err);
    assert_int_equal(mlt_model_fit(&model, type, &params, data, one, 1, 1, NULL, &err), MLT_E_DATA);
    assert_non_null(strstr(err.message, "--early-stopping: there are too few rows (1)"));
    assert_null(model);
    mlt_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages__adaboosts_are_staged_score),
        cmocka_unit_test(test_stages__averages_grow_member_by_member),
        cmocka_unit_test(test_stages__a_single_model_has_none),
        cmocka_unit_test(test_stages__a_listener_can_end_them),
        cmocka_unit_test(test_learning_curve__is_scikit_learns),
        cmocka_unit_test(test_learning_curve__the_whole_of_a_split_is_the_fit),
        cmocka_unit_test(test_learning_curve__shares_without_new_rows_are_refused),
        cmocka_unit_test(test_early_stopping__keeps_the_rounds_up_to_the_least_error),
        cmocka_unit_test(test_early_stopping__says_what_it_kept),
        cmocka_unit_test(test_early_stopping__rare_classes_are_no_obstacle),
        cmocka_unit_test(test_early_stopping__what_it_refuses),
    };
    return cmocka_run_group_tests_name("stages", tests, NULL, NULL);
}
