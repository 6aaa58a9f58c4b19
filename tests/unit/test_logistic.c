/* Logistic regression: the numbers of scikit-learn and R (scripts/fixtures/logistic_reference.py writes
 * them), what it does without a minimum or with collinear columns, and models that no fit gives. */
#include "models/logistic.h"

#include "failing_malloc.h"
#include "fixture_json.h"
#include "made_table.h"
#include "models/cholesky.h"
#include "models/logistic_kernels.h"

#include "mltool/mltool.h"

/* ---- fitting ---- */

/* Fit rows of `data`, all if NULL. `settings`: "name=value", ended by NULL. */
static mlt_status try_fit(mlt_model **out, const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                          const char *const *settings, const mlt_context *ctx, mlt_error *err) {
    const mlt_model_type *type = mlt_model_find("logistic");
    mlt_params params;
    mlt_params_init(&params, type->params, type->n_params);
    for (; *settings; settings++) {
        char name[64];
        const char *equals = strchr(*settings, '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - *settings), *settings);
        assert_ok(mlt_params_set(&params, name, equals + 1, err), err);
    }
    assert_ok(mlt_params_resolve(&params, MLT_CLASSIFICATION, err), err);
    return mlt_model_fit(out, type, &params, data, rows, n_rows, 0, ctx, err);
}

static mlt_model *fit(const mlt_dataset *data, const char *setting, const mlt_context *ctx) {
    mlt_model *model = NULL;
    mlt_error err;
    assert_ok(try_fit(&model, data, NULL, 0, (const char *const[]){setting, NULL}, ctx, &err), &err);
    return model;
}

/* ---- reference results ---- */

static mlt_dataset *load(const json_t *c) {
    char path[256];
    const char *features[64];
    const char *target = json_string_value(json_object_get(c, "target"));
    const json_t *names = json_object_get(c, "features");
    mlt_error err;
    mlt_frame *frame;
    mlt_dataset *data;
    mlt_csv_options csv = {.label = target};
    mlt_dataset_options options = {.target = target,
                                   .features = features,
                                   .n_features = json_array_size(names),
                                   .weights = json_is_true(json_object_get(c, "weights")) ? "weight" : NULL,
                                   .task = MLT_CLASSIFICATION};
    for (size_t j = 0; j < options.n_features; j++)
        features[j] = json_string_value(json_array_get(names, j));
    snprintf(path, sizeof path, "%s/%s", MLT_SOURCE_DIR, json_string_value(json_object_get(c, "file")));
    assert_ok(mlt_csv_read(&frame, path, &csv, NULL, &err), &err);
    assert_ok(mlt_dataset_new(&data, frame, &options, NULL, &err), &err);
    return data;
}

/* One number a coefficient, class by class; differences are measured by each number, or by the largest. */
static void compare(const json_t *c, const char *key, const double *values, size_t n, double tolerance,
                    bool by_largest) {
    const json_t *expected = json_object_get(c, key), *list, *item;
    size_t at = 0, i, j;
    double largest = 0;
    json_array_foreach(expected, i, list) json_array_foreach(list, j, item) largest =
        fmax(largest, fabs(json_number_value(item)));
    json_array_foreach(expected, i, list) json_array_foreach(list, j, item) {
        double wanted = json_number_value(item);
        assert_true(at < n);
        if (!(fabs(values[at] - wanted) <= tolerance * (by_largest ? largest : fabs(wanted))))
            fail_msg("%s, C %s: %s[%zu] is %.17g, expected %.17g",
                     json_string_value(json_object_get(c, "file")),
                     json_string_value(json_object_get(c, "C")), key, at, values[at], wanted);
        at++;
    }
    assert_int_equal(at, n);
}

static void check_case(const json_t *c) {
    const char *strength = json_string_value(json_object_get(c, "C"));
    char setting[40] = "penalty=none";
    double numbers[6][1000] = {{0}};
    if (strength)
        snprintf(setting, sizeof setting, "C=%s", strength);
    mlt_dataset *data = load(c);
    mlt_model *model = fit(data, setting, NULL);
    mlt_model_view view = mlt_model_view_of(model);
    size_t n = view.n_coefficients;
    assert_true(n <= 1000);
    for (size_t i = 0; i < n; i++) {
        const mlt_coefficient *v = &view.coefficients[i];
        const double all[] = {v->estimate, v->std_error, v->t, v->p, v->ci_low, v->ci_high};
        for (size_t k = 0; k < 6; k++)
            numbers[k][i] = all[k];
        if (strength)
            assert_true(isnan(v->std_error) && isnan(v->t) && isnan(v->p) && isnan(v->ci_low));
    }
    if (strength) {
        compare(c, "coefficients", numbers[0], n, 1e-6, true);
    } else {
        static const char *const keys[] = {"coefficients", "std_error", "z", "p", "ci_low", "ci_high"};
        static const double tolerances[] = {1e-9, 1e-9, 1e-9, 1e-7, 1e-9, 1e-9};
        for (size_t k = 0; k < 6; k++)
            compare(c, keys[k], numbers[k], n, tolerances[k], false);
    }
    mlt_model_free(model);
    mlt_dataset_free(data);
}

static void test_logistic__has_the_numbers_of_scikit_learn_and_r(void **state) {
    (void)state;
    json_t *cases = load_gzipped_json(MLT_SOURCE_DIR "/tests/fixtures/logistic.json.gz"), *c;
    size_t i;
    json_array_foreach(cases, i, c) check_case(c);
    assert_true(i >= 20);
    json_decref(cases);
}

/* ---- made data ---- */

/* Numeric columns and class labels. */
typedef struct made_classes {
    made_table *table;
    uint32_t labels[5000];
    char *classes[4];
} made_classes;

static made_classes *made(size_t n, size_t p, size_t k) {
    made_classes *m = calloc(1, sizeof *m);
    m->table = made_table_new(n, p);
    for (size_t c = 0; c < k; c++)
        m->classes[c] = (char *[]){"a", "b", "c", "d"}[c];
    m->table->schema.task = MLT_CLASSIFICATION;
    m->table->schema.classes = m->classes;
    m->table->schema.k = k;
    m->table->data.y = NULL;
    m->table->data.labels = m->labels;
    return m;
}

static void made_free(made_classes *m) {
    made_table_free(m->table);
    free(m);
}

/* Whole numbers from −9 to 9; labels that depend on the first two columns and on chance. */
static made_classes *drawn(size_t n, size_t p, size_t k, uint32_t seed) {
    mlt_rng rng;
    made_classes *m = made(n, p, k);
    mlt_rng_seed(&rng, seed);
    made_table_draw(m->table, &rng);
    for (size_t i = 0; i < n; i++) {
        double score = m->table->columns[0][i] - 0.5 * (p > 1 ? m->table->columns[1][i] : 0);
        m->labels[i] = (uint32_t)fmin((double)k - 1, fmax(0, (score + 12 * mlt_rng_uniform(&rng)) / 6));
    }
    return m;
}

static double estimate(const mlt_model *model, size_t i) {
    return mlt_model_view_of(model).coefficients[i].estimate;
}

static void assert_near(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not within %g of %.17g", actual, tolerance, expected);
}

/* Two groups of a yes-or-no column: the coefficients are log odds of the groups, as by hand, and the standard
 * errors are roots of sums of one over the counts (Woolf 1955). */
static void test_logistic__is_right_where_a_hand_can_follow(void **state) {
    (void)state;
    made_classes *m = made(100, 1, 2);
    for (size_t i = 0; i < 100; i++) {
        m->table->columns[0][i] = i >= 60;
        m->labels[i] = i < 20 || i >= 70; /* 20 of 60, 30 of 40 */
    }
    mlt_model *model = fit(&m->table->data, "penalty=none", NULL);
    const mlt_coefficient *c = mlt_model_view_of(model).coefficients;
    assert_near(c[0].estimate, log(20.0 / 40), 1e-14);
    assert_near(c[1].estimate, log(30.0 / 10) - log(20.0 / 40), 1e-14);
    assert_near(c[0].std_error, sqrt(1.0 / 20 + 1.0 / 40), 1e-14);
    assert_near(c[1].std_error, sqrt(1.0 / 20 + 1.0 / 40 + 1.0 / 30 + 1.0 / 10), 1e-14);
    assert_string_equal(c[1].term, "x1");
    assert_int_equal(mlt_model_view_of(model).coefficient_classes[1], 1);
    mlt_model_free(model);
    made_free(m);
}

/* The same data moved by 1e9 and rescaled: the same fit in other units. */
static void test_logistic__keeps_its_digits_far_from_zero(void **state) {
    (void)state;
    made_classes *near = drawn(500, 2, 3, 7), *far = drawn(500, 2, 3, 7);
    for (size_t i = 0; i < 500; i++) {
        far->table->columns[0][i] += 1e9;
        far->table->columns[1][i] *= 1e-12;
    }
    mlt_model *a = fit(&near->table->data, "penalty=none", NULL);
    mlt_model *b = fit(&far->table->data, "penalty=none", NULL);
    const mlt_coefficient *of_a = mlt_model_view_of(a).coefficients,
                          *of_b = mlt_model_view_of(b).coefficients;
    for (size_t c = 0; c < 9; c += 3) {
        assert_near(of_b[c + 1].estimate, of_a[c + 1].estimate, 1e-13);
        assert_near(of_b[c + 2].estimate * 1e-12, of_a[c + 2].estimate, 1e-13);
        assert_near(of_b[c + 1].std_error, of_a[c + 1].std_error, 1e-13);
        assert_near(of_b[c].estimate + 1e9 * of_b[c + 1].estimate, of_a[c].estimate, 1e-6);
    }
    mlt_model_free(a);
    mlt_model_free(b);
    made_free(near);
    made_free(far);
}

/* Weight 2 is the row twice, weight 0 no row; the order of rows does not matter. */
static void test_logistic__weighs_rows(void **state) {
    (void)state;
    made_classes *plain = drawn(300, 2, 3, 3), *twice = made(600, 2, 3);
    double weights[300];
    size_t n = 0;
    for (size_t i = 0; i < 300; i++) {
        weights[i] = (double)(i % 3);
        for (size_t times = 0; times < i % 3; times++, n++) {
            for (size_t j = 0; j < 2; j++)
                twice->table->columns[j][n] = plain->table->columns[j][i];
            twice->labels[n] = plain->labels[i];
        }
    }
    plain->table->data.weights = weights;
    twice->table->data.n = n;
    mlt_model *a = fit(&plain->table->data, "C=2", NULL), *b = fit(&twice->table->data, "C=2", NULL);
    for (size_t i = 0; i < 9; i++)
        assert_near(estimate(a, i), estimate(b, i), 1e-13);
    mlt_model_free(a);
    mlt_model_free(b);
    made_free(plain);
    made_free(twice);
}

static void test_logistic__threads_do_not_change_a_bit(void **state) {
    (void)state;
    made_classes *m = drawn(5000, 13, 3, 5);
    mlt_model *one = fit(&m->table->data, "penalty=none", &(mlt_context){.threads = 1});
    for (int threads = 2; threads <= 8; threads += 3) {
        mlt_model *more = fit(&m->table->data, "penalty=none", &(mlt_context){.threads = threads});
        const mlt_coefficient *a = mlt_model_view_of(one).coefficients;
        const mlt_coefficient *b = mlt_model_view_of(more).coefficients;
        for (size_t i = 0; i < mlt_model_view_of(one).n_coefficients; i++)
            assert_true(a[i].estimate == b[i].estimate && a[i].std_error == b[i].std_error);
        mlt_model_free(more);
    }
    mlt_model_free(one);
    made_free(m);
}

static void test_logistic__kernels_agree_to_the_bit(void **state) {
    (void)state;
    enum { ROWS = 48, LD = 50, P = 8 };
    const mlt_lg_kernels *sets[] = {mlt__lg_kernels_portable(), mlt__lg_kernels()};
    double block[P * LD], values[ROWS], x[P], out[2][4][P * LD] = {{{0}}};
    mlt_rng rng;
    mlt_rng_seed(&rng, 1);
    for (size_t i = 0; i < P * LD; i++)
        block[i] = mlt_rng_gauss(&rng);
    for (size_t i = 0; i < ROWS; i++)
        values[i] = mlt_rng_gauss(&rng);
    for (size_t j = 0; j < P; j++)
        x[j] = mlt_rng_gauss(&rng);
    for (size_t s = 0; s < 2; s++) {
        sets[s]->scores(out[s][0], block, LD, P, x, ROWS);
        sets[s]->project(out[s][1], block, LD, P, values, ROWS);
        sets[s]->weigh(out[s][2], block, LD, P, values, ROWS);
        sets[s]->gram(out[s][3], out[s][2], block, LD, P, ROWS);
    }
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    /* And they are right: the weighed product of two columns, by hand. */
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        sum += values[i] * block[5 * LD + i] * block[2 * LD + i];
    assert_near(out[0][3][5 * P + 2], sum, 1e-13);
}

/* ---- no single answer ---- */

static void assert_fit_fails(const mlt_dataset *data, const char *setting, mlt_status status,
                             const char *message) {
    mlt_model *model = NULL;
    mlt_error err;
    assert_int_equal(try_fit(&model, data, NULL, 0, (const char *const[]){setting, NULL}, NULL, &err),
                     status);
    assert_string_equal(err.message, message);
    assert_null(model);
}

#define WAY_OUT                                                                                              \
    "without a penalty the coefficients would grow for ever; use --penalty l2, with --C for its strength"

static void test_logistic__says_that_classes_can_be_told_apart(void **state) {
    (void)state;
    for (size_t k = 2; k <= 3; k++) {
        made_classes *m = drawn(90, 2, k, 9);
        for (size_t i = 0; i < 90; i++)
            m->labels[i] = (uint32_t)((m->table->columns[1][i] + 9) * (double)k / 19);
        assert_fit_fails(&m->table->data, "penalty=none", MLT_E_NUMERIC,
                         "made.csv: the features tell the classes apart without a single error (perfect "
                         "separation), so " WAY_OUT);
        mlt_model_free(fit(&m->table->data, "C=1e9", NULL));
        made_free(m);
    }
}

/* Only rows with x2 > 5 are certain. */
static void test_logistic__says_which_column_separates_some_rows(void **state) {
    (void)state;
    for (size_t k = 2; k <= 3; k++) {
        made_classes *m = drawn(200, 3, k, 4);
        for (size_t i = 0; i < 200; i++) {
            bool certain = m->table->columns[1][i] > 5;
            m->table->columns[1][i] = certain;
            m->labels[i] = certain ? 1 : m->labels[i];
        }
        assert_fit_fails(&m->table->data, "penalty=none", MLT_E_NUMERIC,
                         "made.csv: some rows' class follows from the features without exception, above all "
                         "from 'x2' (quasi-separation), so " WAY_OUT);
        mlt_model_free(fit(&m->table->data, "C=1e6", NULL));
        made_free(m);
    }
}

/* A row against the trend is enough for a minimum, however far away it is. */
static void test_logistic__takes_data_that_are_nearly_separated(void **state) {
    (void)state;
    made_classes *m = made(400, 1, 2);
    for (size_t i = 0; i < 400; i++) {
        m->table->columns[0][i] = (double)i;
        m->labels[i] = i >= 200;
    }
    m->labels[199] = 1;
    m->labels[200] = 0;
    mlt_model *model = fit(&m->table->data, "penalty=none", NULL);
    assert_near(-estimate(model, 0) / estimate(model, 1), 199.5, 1e-9);
    mlt_model_free(model);
    made_free(m);
}

static void test_logistic__takes_the_least_of_collinear_columns(void **state) {
    (void)state;
    made_notes notes = {""};
    mlt_context ctx = {.user = &notes, .note = made_note};
    for (size_t k = 2; k <= 3; k++) {
        made_classes *free_columns = drawn(300, 2, k, 8), *m = drawn(300, 4, k, 8);
        double a[900], b[900];
        uint32_t labels[300];
        mlt_error err;
        for (size_t i = 0; i < 300; i++) {
            for (size_t j = 0; j < 2; j++)
                m->table->columns[j][i] = free_columns->table->columns[j][i];
            m->table->columns[2][i] = 3 * m->table->columns[0][i] + 7;
            m->table->columns[3][i] = 5;
            m->labels[i] = free_columns->labels[i];
        }
        mlt_model *plain = fit(&free_columns->table->data, "penalty=none", NULL);
        mlt_model *model = fit(&m->table->data, "penalty=none", &ctx);
        assert_ok(mlt_model_predict(a, labels, plain, &free_columns->table->data, NULL, 0, NULL, &err), &err);
        assert_ok(mlt_model_predict(b, labels, model, &m->table->data, NULL, 0, NULL, &err), &err);
        for (size_t i = 0; i < 300 * k; i++)
            assert_near(b[i], a[i], 1e-12);
        const mlt_coefficient *c = mlt_model_view_of(model).coefficients;
        /* Least b1² + b3² with b1 + 3·b3 given: b3 = 3·b1. */
        assert_near(c[3].estimate, 3 * c[1].estimate, 1e-13);
        assert_true(c[4].estimate == 0);
        assert_true(isnan(c[0].std_error) && isnan(c[1].std_error) && isnan(c[3].std_error));
        assert_true(isnan(c[4].std_error));
        assert_near(c[2].std_error, mlt_model_view_of(plain).coefficients[2].std_error, 1e-12);
        mlt_model_free(plain);
        mlt_model_free(model);
        made_free(free_columns);
        made_free(m);
    }
    static const char note[] =
        "columns 'x1' and 'x3' are collinear: of the coefficients that fit equally, the "
        "smallest are taken (minimum norm), without standard errors\n";
    char expected[600];
    snprintf(expected, sizeof expected, "%s%s", note, note);
    assert_string_equal(notes.text, expected);
}

/* ---- classes ---- */

/* Rows of the classes a and c only, of a to d: the others are never predicted. */
static void test_logistic__knows_only_the_classes_it_saw(void **state) {
    (void)state;
    made_classes *m = drawn(200, 2, 4, 6);
    uint32_t rows[200], labels[200];
    size_t n = 0;
    double out[800];
    mlt_error err;
    mlt_model *model = NULL;
    for (uint32_t i = 0; i < 200; i++)
        if (m->labels[i] == 0 || m->labels[i] == 2)
            rows[n++] = i;
    assert_true(n > 20 && n < 180);
    assert_ok(try_fit(&model, &m->table->data, rows, n, (const char *const[]){NULL}, NULL, &err), &err);
    mlt_model_view view = mlt_model_view_of(model);
    assert_int_equal(view.n_coefficients, 3);
    assert_int_equal(view.coefficient_classes[0], 2);
    assert_ok(mlt_model_predict(out, labels, model, &m->table->data, NULL, 0, NULL, &err), &err);
    for (size_t i = 0; i < 200; i++) {
        assert_true(labels[i] == 0 || labels[i] == 2);
        assert_true(out[4 * i + 1] == 0 && out[4 * i + 3] == 0);
        assert_near(out[4 * i] + out[4 * i + 2], 1, 1e-15);
        assert_true((out[4 * i + 2] > out[4 * i]) == (labels[i] == 2));
    }
    mlt_model_free(model);
    n = 0;
    for (uint32_t i = 0; i < 200; i++)
        if (m->labels[i] == 1)
            rows[n++] = i;
    model = NULL;
    assert_int_equal(try_fit(&model, &m->table->data, rows, n, (const char *const[]){NULL}, NULL, &err),
                     MLT_E_DATA);
    assert_string_equal(err.message,
                        "made.csv: all rows to train on are of the class 'b', which leaves nothing to tell "
                        "apart; give other rows, or --stratify");
    assert_null(model);
    made_free(m);
}

/* ---- refusals ---- */

static bool stop(void *user, const char *what, size_t done, size_t total) {
    (void)user;
    (void)what;
    (void)done;
    (void)total;
    return false;
}

static void test_logistic__refuses_what_it_cannot_fit(void **state) {
    (void)state;
    made_classes *m = drawn(200, 2, 2, 6);
    mlt_dataset *data = &m->table->data;
    mlt_model *model = NULL;
    mlt_error err;
    assert_fit_fails(
        data, "max-iter=1", MLT_E_NUMERIC,
        "made.csv: logistic regression has not converged in 1 steps (the last one changed log odds "
        "by up to 3.1); give a larger --max-iter, or a larger --tol");
    assert_int_equal(
        try_fit(&model, data, NULL, 0, (const char *const[]){"penalty=none", "C=2", NULL}, NULL, &err),
        MLT_E_USAGE);
    assert_int_equal(
        try_fit(&model, data, NULL, 0, (const char *const[]){NULL}, &(mlt_context){.progress = stop}, &err),
        MLT_E_CANCELLED);
    m->table->columns[1][9] = 2e150;
    assert_fit_fails(data, "C=1", MLT_E_NUMERIC,
                     "made.csv: column 'x2' has values beyond 1e150, too large to compute with; rescale the "
                     "column");
    m->table->columns[1][9] = NAN;
    assert_fit_fails(
        data, "C=1", MLT_E_DATA,
        "made.csv: column 'x2', data row 10: the cell is missing; a linear model needs every cell: "
        "use --impute mean|median|most-frequent|drop");
    made_free(m);
}

static void test_logistic__refuses_rows_it_cannot_predict(void **state) {
    (void)state;
    made_classes *m = drawn(200, 2, 2, 6);
    double out[400];
    uint32_t labels[200];
    mlt_error err;
    mlt_model *model = fit(&m->table->data, "C=1", NULL);
    m->table->columns[1][9] = NAN;
    assert_int_equal(mlt_model_predict(out, labels, model, &m->table->data, NULL, 0, NULL, &err), MLT_E_DATA);
    assert_non_null(strstr(err.message, "column 'x2', data row 10: the cell is missing"));
    m->table->columns[1][9] = INFINITY;
    assert_int_equal(mlt_model_predict(out, labels, model, &m->table->data, NULL, 0, NULL, &err),
                     MLT_E_NUMERIC);
    assert_string_equal(err.message, "made.csv: data row 10: the log odds of 'y' are beyond the range of "
                                     "numbers; rescale the columns");
    mlt_model_free(model);
    made_free(m);
}

/* Replace a tensor and expect the load to fail with a message about it. */
static void assert_load_refused(const mlt_model *model, const char *name, const double *doubles,
                                const int64_t *ints, size_t count) {
    mlt_tensors saved = {0};
    mlt_logistic *loaded = NULL;
    mlt_error err;
    assert_ok(mlt_model_save_tensors(model, &saved, &err), &err);
    for (size_t i = 0; i < saved.n; i++)
        if (strcmp(saved.items[i].name, name) == 0)
            saved.items[i].name[0] = '-';
    if (ints)
        assert_ok(mlt_tensors_add_ints(&saved, name, ints, count, &err), &err);
    else
        assert_ok(mlt_tensors_add_doubles(&saved, name, doubles, count, &err), &err);
    assert_int_equal(mlt__logistic_load(&loaded, &saved, mlt_model_schema(model), &err), MLT_E_MODEL);
    assert_non_null(strstr(err.message, name));
    assert_null(loaded);
    mlt_tensors_clear(&saved);
}

static void test_logistic__refuses_models_that_no_fit_gives(void **state) {
    (void)state;
    made_classes *m = drawn(200, 1, 3, 6);
    mlt_model *model = fit(&m->table->data, "penalty=none", NULL);
    assert_load_refused(model, "classes", NULL, (int64_t[]){0, 1, 3}, 3);
    assert_load_refused(model, "classes", NULL, (int64_t[]){0, 2, 1}, 3);
    assert_load_refused(model, "classes", NULL, (int64_t[]){0, 1, 1}, 3);
    assert_load_refused(model, "classes", NULL, (int64_t[]){2}, 1);
    assert_load_refused(model, "coef", (double[]){1, 2, 3, 4, 5}, NULL, 5);
    assert_load_refused(model, "coef", (double[]){1, 2, 3, 4, 5, NAN}, NULL, 6);
    assert_load_refused(model, "std_error", (double[]){1, 2, 3, 4, 5, 0}, NULL, 6);
    assert_load_refused(model, "std_error", (double[]){1, 2, 3, 4, 5, -2}, NULL, 6);
    assert_load_refused(model, "std_error", (double[]){1, 2, 3, 4, 5, INFINITY}, NULL, 6);
    mlt_model_free(model);
    made_free(m);
}

static void test_logistic__survives_any_failing_allocation(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    made_classes *m = drawn(100, 4, 3, 6);
    mlt_context ctx = {.threads = 1};
    long n = 0;
    for (size_t i = 0; i < 100; i++)
        m->table->columns[3][i] = m->table->columns[0][i];
    for (mlt_status status = MLT_E_NOMEM; status != MLT_OK; n++) {
        mlt_error err = {0};
        mlt_model *model = NULL;
        const char *const settings[] = {"penalty=none", NULL};
        allocations_left = n;
        status = try_fit(&model, &m->table->data, NULL, 0, settings, &ctx, &err);
        allocations_left = -1;
        if (status != MLT_OK && status != MLT_E_NOMEM)
            fail_msg("allocation %ld: status %d, %s", n, (int)status, err.message);
        assert_true((status == MLT_OK) == (model != NULL));
        mlt_model_free(model);
    }
    assert_true(n > 30);
    made_free(m);
}

/* ---- Cholesky ---- */

/* A = BᵀB of 150 columns, one of them the sum of two others. */
static void test_logistic__cholesky_finds_the_dependent_row(void **state) {
    (void)state;
    enum { N = 150, ROWS = 400, TWICE = 77 };
    double *b = calloc(ROWS * N, sizeof *b), *a = calloc(N * N, sizeof *a), *l = calloc(N * N, sizeof *l);
    double x[N], right[N] = {0};
    mlt_rng rng;
    mlt_rng_seed(&rng, 2);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < N; j++)
            b[i * N + j] = (double)mlt_rng_randint(&rng, -9, 10);
        b[i * N + TWICE] = b[i * N + 3] + b[i * N + 70];
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            for (size_t r = 0; r < ROWS; r++)
                a[i * N + j] += b[r * N + i] * b[r * N + j];
    for (int threads = 1; threads <= 2; threads++) {
        memcpy(l, a, N * N * sizeof *l);
        assert_int_equal(mlt__cholesky(l, N, 1e-12, threads), 1);
        assert_true(l[TWICE * N + TWICE] == 0);
    }
    /* A·(1, 2, 3, ..., 0 for the dependent one, ...) comes back. */
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            right[i] += a[i * N + j] * (j == TWICE ? 0 : (double)j + 1);
    memcpy(x, right, sizeof x);
    mlt__cholesky_forward(x, l, N);
    mlt__cholesky_backward(x, l, N);
    for (size_t j = 0; j < N; j++)
        assert_near(x[j], j == TWICE ? 0 : (double)j + 1, 1e-10);
    free(a);
    free(b);
    free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logistic__has_the_numbers_of_scikit_learn_and_r),
        cmocka_unit_test(test_logistic__is_right_where_a_hand_can_follow),
        cmocka_unit_test(test_logistic__keeps_its_digits_far_from_zero),
        cmocka_unit_test(test_logistic__weighs_rows),
        cmocka_unit_test(test_logistic__threads_do_not_change_a_bit),
        cmocka_unit_test(test_logistic__kernels_agree_to_the_bit),
        cmocka_unit_test(test_logistic__says_that_classes_can_be_told_apart),
        cmocka_unit_test(test_logistic__says_which_column_separates_some_rows),
        cmocka_unit_test(test_logistic__takes_data_that_are_nearly_separated),
        cmocka_unit_test(test_logistic__takes_the_least_of_collinear_columns),
        cmocka_unit_test(test_logistic__knows_only_the_classes_it_saw),
        cmocka_unit_test(test_logistic__refuses_what_it_cannot_fit),
        cmocka_unit_test(test_logistic__refuses_rows_it_cannot_predict),
        cmocka_unit_test(test_logistic__refuses_models_that_no_fit_gives),
        cmocka_unit_test(test_logistic__survives_any_failing_allocation),
        cmocka_unit_test(test_logistic__cholesky_finds_the_dependent_row),
    };
    return cmocka_run_group_tests_name("logistic", tests, NULL, NULL);
}
