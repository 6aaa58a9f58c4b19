/* What a linear model infers, against R: summary.lm, AIC and BIC, rstudent, hatvalues, cooks.distance and
 * predict.lm (scripts/fixtures/linear_inference.R); and what it refuses or leaves undefined. */
#include "failing_malloc.h"
#include "made_table.h"
#include "support.h"

#include "mltool/mltool.h"

#include <zlib.h>

static const double AGREES = 1e-9;

/* ---- R's answers ---- */

/* A line of the reference: case,quantity,key,value. */
typedef struct expected {
    char name[40], quantity[40], key[60], value[60];
} expected;

typedef struct reference {
    expected *lines;
    size_t n;
} reference;

static reference *load_reference(void) {
    char path[500], line[300];
    snprintf(path, sizeof path, "%s/tests/fixtures/linear/expected.csv.gz", MLT_SOURCE_DIR);
    gzFile file = gzopen(path, "rb");
    reference *r = calloc(1, sizeof *r);
    size_t capacity = 1 << 14;
    assert_non_null(file);
    r->lines = calloc(capacity, sizeof *r->lines);
    while (gzgets(file, line, sizeof line)) {
        char *at = line, *parts[4];
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < 4; i++)
            assert_non_null(parts[i] = strsep(&at, ","));
        assert_true(r->n < capacity);
        expected *e = &r->lines[r->n++];
        snprintf(e->name, sizeof e->name, "%s", parts[0]);
        snprintf(e->quantity, sizeof e->quantity, "%s", parts[1]);
        snprintf(e->key, sizeof e->key, "%s", parts[2]);
        snprintf(e->value, sizeof e->value, "%s", parts[3]);
    }
    gzclose(file);
    return r;
}

static const char *setting(const reference *r, const char *name, const char *key) {
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->lines[i].name, name) == 0 && strcmp(r->lines[i].quantity, "set") == 0 &&
            strcmp(r->lines[i].key, key) == 0)
            return r->lines[i].value;
    return NULL;
}

/* ---- ours ---- */

typedef struct answer {
    mlt_dataset *data;
    mlt_model *model;
    mlt_model_view view;
    mlt_diagnostics diagnostics;
    double *intervals[4]; /* confidence low, high; prediction low, high */
} answer;

static mlt_model *fit_params(const mlt_dataset *data, size_t train, const char *const *params) {
    const mlt_model_type *type = mlt_model_find("linear");
    uint32_t *rows = calloc(train, sizeof *rows);
    mlt_params resolved;
    mlt_model *model;
    mlt_error err;
    mlt_params_init(&resolved, type->params, type->n_params);
    for (; *params; params += 2)
        if (params[1])
            assert_ok(mlt_params_set(&resolved, params[0], params[1], &err), &err);
    assert_ok(mlt_params_resolve(&resolved, MLT_REGRESSION, &err), &err);
    for (size_t i = 0; i < train; i++)
        rows[i] = (uint32_t)i;
    assert_ok(mlt_model_fit(&model, type, &resolved, data, rows, train, 0, NULL, &err), &err);
    free(rows);
    return model;
}

/* Saved and loaded, so that what is checked is what a file keeps. */
static mlt_model *reloaded(mlt_model *model) {
    mlt_tensors *tensors = calloc(1, sizeof *tensors);
    mlt_model *loaded;
    mlt_error err;
    assert_ok(mlt_model_save_tensors(model, tensors, &err), &err);
    assert_ok(mlt_model_load_tensors(&loaded, mlt_model_type_of(model), mlt_model_params(model),
                                     mlt_model_schema(model), 0, tensors, NULL, &err),
              &err);
    mlt_model_own_tensors(loaded, tensors);
    mlt_model_free(model);
    return loaded;
}

static answer *answer_case(const reference *r, const char *name) {
    answer *a = calloc(1, sizeof *a);
    char path[500];
    mlt_frame *frame;
    mlt_error err;
    mlt_dataset_options options = {
        .target = setting(r, name, "target"), .weights = setting(r, name, "weights"), .task = MLT_REGRESSION};
    double level = strtod(setting(r, name, "level"), NULL);
    size_t train = (size_t)strtoul(setting(r, name, "train"), NULL, 10);
    const char *const params[] = {"poly", setting(r, name, "poly"), "intercept",
                                  setting(r, name, "intercept"), NULL};
    snprintf(path, sizeof path, "%s/tests/fixtures/linear/%s.csv", MLT_SOURCE_DIR, name);
    assert_ok(mlt_csv_read(&frame, path, &(mlt_csv_options){0}, NULL, &err), &err);
    assert_ok(mlt_dataset_new(&a->data, frame, &options, NULL, &err), &err);
    a->model = fit_params(a->data, train, params);
    uint32_t *rows = calloc(train, sizeof *rows);
    for (size_t i = 0; i < train; i++)
        rows[i] = (uint32_t)(train - 1 - i);
    assert_ok(mlt_model_diagnose(&a->diagnostics, a->model, a->data, rows, train, NULL, &err), &err);
    free(rows);

    a->model = reloaded(a->model);
    assert_ok(mlt_model_set_level(a->model, level, &err), &err);
    a->view = mlt_model_view_of(a->model);
    double *prediction = calloc(a->data->n, sizeof *prediction);
    for (size_t i = 0; i < 4; i++)
        a->intervals[i] = calloc(a->data->n, sizeof *prediction);
    assert_ok(mlt_model_predict(prediction, NULL, a->model, a->data, NULL, 0, NULL, &err), &err);
    for (size_t kind = 0; kind < 2; kind++)
        assert_ok(mlt_model_interval(a->intervals[2 * kind], a->intervals[2 * kind + 1], prediction, a->model,
                                     a->data, NULL, 0, (mlt_interval)kind, level, NULL, &err),
                  &err);
    free(prediction);
    return a;
}

static void answer_free(answer *a) {
    for (size_t i = 0; i < 4; i++)
        free(a->intervals[i]);
    mlt_diagnostics_clear(&a->diagnostics);
    mlt_model_free(a->model);
    mlt_dataset_free(a->data);
    free(a);
}

static double of_coefficient(const answer *a, const char *quantity, const char *term, bool *found) {
    for (size_t j = 0; j < a->view.n_coefficients; j++) {
        const mlt_coefficient *c = &a->view.coefficients[j];
        if (strcmp(c->term, term) != 0)
            continue;
        const struct {
            const char *name;
            double value;
        } values[] = {{"estimate", c->estimate},
                      {"std_error", c->std_error},
                      {"t", c->t},
                      {"p", c->p},
                      {"ci_low", c->ci_low},
                      {"ci_high", c->ci_high},
                      {"vif", a->view.summary->vif[j]}};
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            if ((*found = strcmp(values[k].name, quantity) == 0))
                return values[k].value;
    }
    return NAN;
}

static double of_summary(const mlt_linear_summary *s, const char *key, bool *found) {
    const struct {
        const char *name;
        double value;
    } values[] = {{"rank", (double)s->rank},
                  {"df_residual", s->freedom},
                  {"residual_std_error", s->residual_sd},
                  {"r2", s->r2},
                  {"adjusted_r2", s->adjusted_r2},
                  {"f", s->f},
                  {"f_df", s->f_freedom},
                  {"f_p", s->f_p},
                  {"log_likelihood", s->log_likelihood},
                  {"aic", s->aic},
                  {"bic", s->bic},
                  {"condition_number", s->condition}};
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        if ((*found = strcmp(values[k].name, key) == 0))
            return values[k].value;
    return NAN;
}

static double of_row(const answer *a, const char *quantity, size_t row, bool *found) {
    static const char *const intervals[] = {"confidence_low", "confidence_high", "prediction_low",
                                            "prediction_high"};
    const mlt_diagnostics *d = &a->diagnostics;
    const struct {
        const char *name;
        const double *values;
    } of_training[] = {{"fitted", d->fitted},
                       {"residual", d->residual},
                       {"studentised_residual", d->studentised},
                       {"leverage", d->leverage},
                       {"cooks_distance", d->cook}};
    for (size_t k = 0; k < 4; k++)
        if ((*found = strcmp(intervals[k], quantity) == 0))
            return a->intervals[k][row];
    for (size_t k = 0; k < sizeof of_training / sizeof *of_training; k++)
        for (size_t i = 0; strcmp(of_training[k].name, quantity) == 0 && i < d->n; i++)
            if ((*found = d->rows[i] == row))
                return of_training[k].values[i];
    return NAN;
}

/* Differences are measured against the value, or what it is a difference of: a residual's size comes from two
 * numbers of the target's size. */
static double scale_of(const answer *a, const expected *e, double value) {
    bool difference =
        strcmp(e->quantity, "residual") == 0 || strcmp(e->quantity, "studentised_residual") == 0;
    return fmax(fabs(value), difference ? 1e-4 * a->view.summary->residual_sd : 0);
}

static void test_inference__agrees_with_r(void **state) {
    (void)state;
    static const char *const cases[] = {"car_prices", "mtcars", "longley", "attitude",
                                        "stopping",   "lake",   "origin",  "iris"};
    reference *r = load_reference();
    size_t compared = 0;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        answer *a = answer_case(r, cases[c]);
        for (size_t i = 0; i < r->n; i++) {
            const expected *e = &r->lines[i];
            bool found = false;
            if (strcmp(e->name, cases[c]) != 0 || strcmp(e->quantity, "set") == 0)
                continue;
            double value = of_coefficient(a, e->quantity, e->key, &found);
            if (!found && strcmp(e->quantity, "summary") == 0)
                value = of_summary(a->view.summary, e->key, &found);
            if (!found)
                value = of_row(a, e->quantity, strtoul(e->key, NULL, 10), &found);
            double wanted = *e->value ? strtod(e->value, NULL) : NAN;
            bool same =
                isnan(wanted) ? isnan(value) : fabs(value - wanted) <= AGREES * scale_of(a, e, wanted);
            if (!found || !same)
                fail_msg("%s: %s of %s is %.17g, in R %.17g", e->name, e->quantity, e->key, value, wanted);
            compared++;
        }
        answer_free(a);
    }
    assert_true(compared > 4000);
    free(r->lines);
    free(r);
}

/* ---- what is not defined ---- */

static mlt_model *fit_table(const made_table *t, const char *const *params) {
    return reloaded(fit_params(&t->data, t->n, params));
}

static made_table *random_table(size_t n, size_t p) {
    mlt_rng rng;
    made_table *t = made_table_new(n, p);
    mlt_rng_seed(&rng, 17);
    made_table_draw(t, &rng);
    return t;
}

static void test_inference__is_for_models_with_standard_errors(void **state) {
    (void)state;
    made_table *t = random_table(12, 2);
    double prediction[12] = {0}, low[12], high[12];
    mlt_diagnostics diagnostics;
    mlt_error err;
    mlt_model *ridge = fit_table(t, (const char *const[]){"alpha", "2", NULL});
    assert_false(mlt_model_infers(mlt_model_type_of(ridge), mlt_model_params(ridge)));
    assert_int_equal(mlt_model_set_level(ridge, 0.9, &err), MLT_E_USAGE);
    assert_int_equal(mlt_model_diagnose(&diagnostics, ridge, &t->data, NULL, 0, NULL, &err), MLT_E_USAGE);
    assert_int_equal(mlt_model_interval(low, high, prediction, ridge, &t->data, NULL, 0,
                                        MLT_INTERVAL_CONFIDENCE, 0.9, NULL, &err),
                     MLT_E_USAGE);
    assert_string_equal(err.message,
                        "linear: this model has no standard errors; fit a linear one without --alpha");
    assert_false(mlt_model_infers(mlt_model_find("tree"), NULL));
    mlt_model_free(ridge);
    made_table_free(t);
}

/* As many coefficients as rows: every row is met, whatever its target. */
static void test_inference__of_as_many_coefficients_as_rows(void **state) {
    (void)state;
    made_table *t = random_table(3, 2);
    double prediction[3], low[3], high[3];
    made_notes notes = {""};
    mlt_context ctx = {.user = &notes, .note = made_note};
    mlt_diagnostics d;
    mlt_error err;
    mlt_model *model = fit_table(t, (const char *const[]){NULL});
    const mlt_linear_summary *s = mlt_model_view_of(model).summary;
    assert_true(s->freedom == 0 && isnan(s->residual_sd) && isnan(s->f) && isnan(s->aic) && s->r2 == 1);
    assert_ok(mlt_model_diagnose(&d, model, &t->data, NULL, 0, NULL, &err), &err);
    for (size_t i = 0; i < 3; i++)
        assert_true(d.leverage[i] == 1 && isnan(d.studentised[i]) && isnan(d.cook[i]));
    mlt_diagnostics_clear(&d);
    assert_ok(mlt_model_predict(prediction, NULL, model, &t->data, NULL, 0, NULL, &err), &err);
    assert_ok(mlt_model_interval(low, high, prediction, model, &t->data, NULL, 0, MLT_INTERVAL_PREDICTION,
                                 0.9, &ctx, &err),
              &err);
    assert_true(isnan(low[0]) && isnan(high[2]));
    assert_string_equal(notes.text,
                        "the model has as many coefficients as it had rows: there are no intervals\n");
    mlt_model_free(model);
    made_table_free(t);
}

/* ---- files ---- */

/* One tensor replaced; NULL: taken away. */
static void assert_load_refused(const mlt_model *model, const char *name, const double *values,
                                size_t count) {
    mlt_tensors tensors = {0};
    mlt_model *loaded = NULL;
    mlt_error err;
    assert_ok(mlt_model_save_tensors(model, &tensors, &err), &err);
    bool found = false;
    for (size_t i = 0; i < tensors.n; i++)
        if (strcmp(tensors.items[i].name, name) == 0) {
            found = true;
            tensors.items[i].name[0] = '-';
        }
    assert_true(found);
    if (values)
        assert_ok(mlt_tensors_add_doubles(&tensors, name, values, count, &err), &err);
    mlt_status status = mlt_model_load_tensors(&loaded, mlt_model_type_of(model), mlt_model_params(model),
                                               mlt_model_schema(model), 0, &tensors, NULL, &err);
    if (status != MLT_E_MODEL || !strstr(err.message, name))
        fail_msg("%s: status %d, %s", name, (int)status, status == MLT_OK ? "" : err.message);
    mlt_tensors_clear(&tensors);
}

static void test_inference__refuses_files_that_no_fit_gives(void **state) {
    (void)state;
    made_table *t = random_table(12, 2);
    for (size_t i = 0; i < 12; i++) /* independent of the first, and collinear with it: a relation is kept */
        t->columns[1][i] = 2 * t->columns[0][i];
    mlt_model *model = fit_table(t, (const char *const[]){NULL});
    static const char *const needed[] = {"summary",     "log_weights",   "ridge",       "vif",
                                         "basis_shape", "basis_shift",   "basis_scale", "basis_order",
                                         "basis_r",     "basis_relation"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        assert_load_refused(model, needed[i], NULL, 0);
    assert_load_refused(model, "summary", (double[]){1, 1.5, -1}, 3);
    assert_load_refused(model, "summary", (double[]){-2, 0.5, -1}, 3);
    assert_load_refused(model, "summary", (double[]){1, 0.5, INFINITY}, 3);
    assert_load_refused(model, "summary", (double[]){1, 0.5}, 2);
    assert_load_refused(model, "vif", (double[]){-1, -3, -1}, 3);
    assert_load_refused(model, "ridge", (double[]){0.5, 2}, 2);
    assert_load_refused(model, "ridge", (double[]){0, -2}, 2);
    assert_load_refused(model, "ridge", (double[]){0, 4}, 2);
    assert_load_refused(model, "basis_shape", (double[]){3, 0}, 2);
    assert_load_refused(model, "basis_shape", (double[]){2, 2}, 2);
    assert_load_refused(model, "basis_shape", (double[]){0, 1}, 2);
    assert_load_refused(model, "basis_scale", (double[]){1, 0, 1}, 3);
    assert_load_refused(model, "basis_scale", (double[]){1, 1, -1}, 3);
    assert_load_refused(model, "basis_order", (double[]){0, 1, 1}, 3);
    assert_load_refused(model, "basis_order", (double[]){0, 1, 3}, 3);
    assert_load_refused(model, "basis_r", (double[]){1, 2, 0}, 3);
    assert_load_refused(model, "basis_r", (double[]){1, 2, NAN}, 3);
    mlt_model_free(model);
    model = fit_table(t, (const char *const[]){"poly", "2", NULL});
    assert_load_refused(model, "coef_low", NULL, 0);
    mlt_model_free(model);
    made_table_free(t);
}

/* Parameters of a file that are for other columns. */
static void test_inference__refuses_powers_of_columns_that_are_not_there(void **state) {
    (void)state;
    made_table *t = random_table(12, 2);
    mlt_model *model = fit_table(t, (const char *const[]){"poly", "x1:2", NULL}), *loaded = NULL;
    mlt_tensors tensors = {0};
    mlt_error err;
    assert_ok(mlt_model_save_tensors(model, &tensors, &err), &err);
    snprintf(t->names[0], sizeof t->names[0], "z");
    assert_int_equal(mlt_model_load_tensors(&loaded, mlt_model_type_of(model), mlt_model_params(model),
                                            &t->schema, 0, &tensors, NULL, &err),
                     MLT_E_MODEL);
    assert_string_equal(err.message,
                        "--poly: there is no feature 'x1'; did you mean 'x2'?; fit the model again");
    mlt_tensors_clear(&tensors);
    mlt_model_free(model);
    made_table_free(t);
}

/* ---- memory ---- */

/* Fit, diagnose, predict with intervals, save and load. */
static mlt_status live(const made_table *t, const mlt_params *params, mlt_error *err) {
    const mlt_model_type *type = mlt_model_find("linear");
    double prediction[12], low[12], high[12];
    mlt_context ctx = {.threads = 1};
    mlt_diagnostics d = {0};
    mlt_tensors tensors = {0};
    mlt_model *model = NULL, *loaded = NULL;
    mlt_status status = mlt_model_fit(&model, type, params, &t->data, NULL, 0, 0, &ctx, err);
    bool infers = mlt_model_infers(type, params);
    if (status == MLT_OK && infers)
        status = mlt_model_diagnose(&d, model, &t->data, NULL, 0, &ctx, err);
    if (status == MLT_OK)
        status = mlt_model_predict(prediction, NULL, model, &t->data, NULL, 0, &ctx, err);
    if (status == MLT_OK && infers)
        status = mlt_model_interval(low, high, prediction, model, &t->data, NULL, 0, MLT_INTERVAL_CONFIDENCE,
                                    0.9, &ctx, err);
    if (status == MLT_OK)
        status = mlt_model_save_tensors(model, &tensors, err);
    if (status == MLT_OK)
        status = mlt_model_load_tensors(&loaded, type, params, &t->schema, 0, &tensors, NULL, err);
    mlt_diagnostics_clear(&d);
    mlt_tensors_clear(&tensors);
    mlt_model_free(model);
    mlt_model_free(loaded);
    return status;
}

static void test_inference__survives_every_failing_allocation(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    static const char *const settings[][2] = {
        {"poly", "3"}, {"poly", "x1:2"}, {"alpha", "gcv"}, {"alpha", "3"}, {"intercept", "false"}};
    made_table *t = random_table(12, 3);
    double weights[12];
    for (size_t i = 0; i < 12; i++) {
        weights[i] = 0.5 + (double)i;
        t->columns[2][i] = t->columns[0][i] + t->columns[1][i]; /* so the rank is looked for */
    }
    t->data.weights = weights;
    for (size_t c = 0; c < sizeof settings / sizeof *settings; c++) {
        const mlt_model_type *type = mlt_model_find("linear");
        mlt_params params;
        mlt_error err;
        mlt_params_init(&params, type->params, type->n_params);
        assert_ok(mlt_params_set(&params, settings[c][0], settings[c][1], &err), &err);
        assert_ok(mlt_params_resolve(&params, MLT_REGRESSION, &err), &err);
        assert_ok(live(t, &params, &err), &err); /* what is allocated once is, then */
        mlt_status status = MLT_E_NOMEM;
        long n = 0;
        for (; status != MLT_OK && n < 1000; n++) {
            allocations_left = n;
            status = live(t, &params, &err);
            bool all_done = allocations_left >= 0;
            allocations_left = -1;
            if (status != MLT_E_NOMEM && !(status == MLT_OK && all_done))
                fail_msg("%s, allocation %ld: status %d", settings[c][1], n, (int)status);
        }
        assert_true(n > 20 && n < 1000);
    }
    made_table_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference__agrees_with_r),
        cmocka_unit_test(test_inference__is_for_models_with_standard_errors),
        cmocka_unit_test(test_inference__of_as_many_coefficients_as_rows),
        cmocka_unit_test(test_inference__refuses_files_that_no_fit_gives),
        cmocka_unit_test(test_inference__survives_every_failing_allocation),
        cmocka_unit_test(test_inference__refuses_powers_of_columns_that_are_not_there),
    };
    return cmocka_run_group_tests_name("inference", tests, NULL, NULL);
}
