/* What a linear model infers, against R: summary.lm, AIC and BIC, rstudent, hatvalues, cooks.distance and
 * predict.lm (scripts/fixtures/linear_inference.R); and what it refuses or leaves undefined. */
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
    mlt_tensors tensors = {0};
    mlt_model *loaded;
    mlt_error err;
    assert_ok(mlt_model_save_tensors(model, &tensors, &err), &err);
    assert_ok(mlt_model_load_tensors(&loaded, mlt_model_type_of(model), mlt_model_params(model),
                                     mlt_model_schema(model), 0, &tensors, &err),
              &err);
    mlt_tensors_clear(&tensors);
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
    double level = atof(setting(r, name, "level"));
    size_t train = (size_t)atoi(setting(r, name, "train"));
    const char *const params[] = {"poly", setting(r, name, "poly"), "intercept", setting(r, name, "intercept"),
                                  NULL};
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
        } values[] = {{"estimate", c->estimate}, {"std_error", c->std_error}, {"t", c->t},
                      {"p", c->p},               {"ci_low", c->ci_low},       {"ci_high", c->ci_high},
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
    bool difference = strcmp(e->quantity, "residual") == 0 || strcmp(e->quantity, "studentised_residual") == 0;
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
                value = of_row(a, e->quantity, (size_t)atoi(e->key), &found);
            double wanted = *e->value ? atof(e->value) : NAN;
            bool same = isnan(wanted) ? isnan(value)
                                      : fabs(value - wanted) <= AGREES * scale_of(a, e, wanted);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference__agrees_with_r),
    };
    return cmocka_run_group_tests_name("inference", tests, NULL, NULL);
}
