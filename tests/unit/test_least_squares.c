/* Least squares against NIST's reference sets (certified values recomputed exactly, tests/fixtures/strd) and
 * against problems whose answer is known by hand. */
#include "models/least_squares.h"

#include "core/double_double.h"
#include "mltool/random.h"
#include "models/least_squares_kernels.h"
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making problems ---- */

enum { MOST_COLUMNS = 16 };

/* Numeric columns named x1, x2, ... (or x, x^2, ...), and a y. */
typedef struct table {
    size_t n, p;
    double *columns[MOST_COLUMNS], *y;
    char names[MOST_COLUMNS][16];
    mlt_feature features[MOST_COLUMNS];
    mlt_cells cells[MOST_COLUMNS];
    mlt_schema schema;
    mlt_dataset data;
} table;

static table *table_new(size_t n, size_t p) {
    table *t = calloc(1, sizeof *t);
    t->n = n;
    t->p = p;
    t->y = calloc(n, sizeof *t->y);
    for (size_t j = 0; j < p; j++) {
        t->columns[j] = calloc(n, sizeof *t->y);
        snprintf(t->names[j], sizeof t->names[j], "x%zu", j + 1);
        t->features[j] = (mlt_feature){.name = t->names[j], .type = MLT_NUMERIC};
        t->cells[j].values = t->columns[j];
    }
    t->schema =
        (mlt_schema){.task = MLT_REGRESSION, .p = p, .features = t->features, .target = (char[]){"y"}};
    t->schema.target = t->names[MOST_COLUMNS - 1];
    strcpy(t->schema.target, "y");
    t->data =
        (mlt_dataset){.n = n, .p = p, .schema = &t->schema, .x = t->cells, .y = t->y, .source = "made.csv"};
    return t;
}

static void table_free(table *t) {
    for (size_t j = 0; j < t->p; j++)
        free(t->columns[j]);
    free(t->y);
    free(t);
}

static mlt_status fit_rows(mlt_least_squares *out, const table *t, const uint32_t *rows, size_t n_rows,
                           const double *weights, bool intercept, const mlt_context *ctx, mlt_error *err) {
    mlt_design design;
    mlt_status status = mlt__design_init(&design, &t->data, rows, n_rows, weights, NULL, 0, intercept, err);
    if (status != MLT_OK)
        return status;
    status = mlt__least_squares(out, &design, ctx, err);
    mlt__design_clear(&design);
    return status;
}

static mlt_least_squares fit(const table *t, bool intercept) {
    mlt_least_squares result;
    mlt_error err;
    assert_ok(fit_rows(&result, t, NULL, 0, NULL, intercept, NULL, &err), &err);
    return result;
}

static void assert_close(double actual, double expected, double relative) {
    if (!(fabs(actual - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not within %g of %.17g", actual, relative, expected);
}

/* ---- NIST ---- */

static FILE *open_strd(const char *name) {
    char path[500];
    snprintf(path, sizeof path, "%s/tests/fixtures/strd/%s.csv", MLT_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot open %s", path);
    return file;
}

/* Read a set; with `powers`, its only predictor gives columns x, x^2, ..., formed in double. */
static table *read_strd(const char *name, size_t p, size_t powers) {
    FILE *file = open_strd(name);
    char line[400];
    size_t n = 0;
    while (fgets(line, sizeof line, file))
        n++;
    rewind(file);
    assert_non_null(fgets(line, sizeof line, file));
    table *t = table_new(n - 1, powers ? powers : p);
    for (size_t i = 0; i < n - 1; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        char *at = line;
        for (size_t j = 0; j < p; j++, at++)
            t->columns[j][i] = strtod(at, &at);
        t->y[i] = strtod(at, NULL);
        double power = t->columns[0][i];
        for (size_t j = 1; j < powers; j++)
            t->columns[j][i] = power *= t->columns[0][i];
    }
    fclose(file);
    for (size_t j = 0; p == 1 && j < t->p; j++)
        snprintf(t->names[j], sizeof t->names[j], j ? "x^%zu" : "x", j + 1);
    return t;
}

static double certified(const char *set, const char *quantity, const char *term) {
    FILE *file = open_strd("certified");
    char line[200], key[100];
    double value = NAN;
    snprintf(key, sizeof key, "%s,%s,%s,", set, quantity, term);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtod(line + strlen(key), NULL);
    fclose(file);
    if (isnan(value))
        fail_msg("no certified %s", key);
    return value;
}

/* Correct digits, capped at 15. */
static double lre(double computed, double expected) {
    double error = expected == 0 ? fabs(computed) : fabs(computed - expected) / fabs(expected);
    return error == 0 ? 15 : fmin(15, -log10(error));
}

typedef struct strd_case {
    const char *set;
    size_t p, powers;
    bool intercept;
    double estimates, std_errors, residual_sd, r2; /* digits wanted of the worst */
} strd_case;

/* What doubles can hold of the sets: x^2 of Pontius and the decimal y are rounded on the way in. */
static const strd_case strd_cases[] = {
    {"norris", 1, 0, true, 13.7, 13.7, 13.7, 15},   {"pontius", 1, 2, true, 13.2, 13.2, 13.2, 15},
    {"noint1", 1, 0, false, 14.7, 14.7, 14.7, 15},  {"noint2", 1, 0, false, 14.7, 14.7, 14.7, 15},
    {"longley", 6, 0, true, 14.4, 14.4, 14.4, 15},  {"wampler1", 1, 5, true, 14.7, 14.7, 14.7, 15},
    {"wampler2", 1, 5, true, 12.9, 14.7, 14.7, 15}, {"wampler3", 1, 5, true, 14.7, 14.7, 14.7, 15},
    {"wampler4", 1, 5, true, 14.7, 14.7, 14.7, 15}, {"wampler5", 1, 5, true, 14.7, 14.7, 14.7, 15},
};

static void test_least_squares__reaches_the_digits_of_nists_sets(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof strd_cases / sizeof *strd_cases; c++) {
        const strd_case *set = &strd_cases[c];
        table *t = read_strd(set->set, set->p, set->powers);
        mlt_least_squares result = fit(t, set->intercept);
        double estimates = 15, std_errors = 15;
        for (size_t j = 0; j < result.p; j++) {
            const char *term = !set->intercept ? t->names[j] : j == 0 ? "(Intercept)" : t->names[j - 1];
            estimates = fmin(estimates, lre(result.estimate[j], certified(set->set, "estimate", term)));
            std_errors = fmin(std_errors, lre(result.std_error[j], certified(set->set, "std_error", term)));
        }
        double sd = lre(result.residual_sd, certified(set->set, "residual_std_error", ""));
        double r2 = lre(result.r2, certified(set->set, "r2", ""));
        print_message("%-9s estimates %.1f, standard errors %.1f, residual sd %.1f, R2 %.1f\n", set->set,
                      estimates, std_errors, sd, r2);
        if (estimates < set->estimates || std_errors < set->std_errors || sd < set->residual_sd ||
            r2 < set->r2)
            fail_msg("%s: too few digits", set->set);
        mlt__least_squares_clear(&result);
        table_free(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_squares__reaches_the_digits_of_nists_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
