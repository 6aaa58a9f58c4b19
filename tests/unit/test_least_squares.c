/* Least squares against NIST's reference sets (certified values recomputed exactly, tests/fixtures/strd) and
 * against problems whose answer is known by hand. */
#include "models/least_squares.h"

#include "core/double_double.h"
#include "made_table.h"
#include "models/least_squares_kernels.h"
#include "support.h"

static mlt_status fit_form(mlt_least_squares *out, const made_table *t, const uint32_t *rows, size_t n_rows,
                           const double *weights, const mlt_form *form, const mlt_ls_options *options,
                           const mlt_context *ctx, mlt_error *err) {
    mlt_design design;
    mlt_status status = mlt__design_init(&design, &t->data, rows, n_rows, weights, form, err);
    if (status != MLT_OK)
        return status;
    status = mlt__least_squares(out, &design, options, ctx, err);
    mlt__design_clear(&design);
    return status;
}

static mlt_status fit_rows(mlt_least_squares *out, const made_table *t, const uint32_t *rows, size_t n_rows,
                           const double *weights, bool intercept, const mlt_context *ctx, mlt_error *err) {
    const mlt_form form = {.intercept = intercept};
    return fit_form(out, t, rows, n_rows, weights, &form, NULL, ctx, err);
}

/* Every column gives its powers up to `degree`. */
static mlt_least_squares fit_powers(const made_table *t, uint8_t degree, bool intercept,
                                    const mlt_ls_options *options, const mlt_context *ctx) {
    uint8_t degrees[MADE_COLUMNS];
    mlt_least_squares result;
    mlt_error err;
    memset(degrees, degree, sizeof degrees);
    const mlt_form form = {.intercept = intercept, .degrees = degree > 1 ? degrees : NULL};
    assert_ok(fit_form(&result, t, NULL, 0, NULL, &form, options, ctx, &err), &err);
    return result;
}

static mlt_least_squares fit(const made_table *t, bool intercept) {
    mlt_least_squares result;
    mlt_error err;
    assert_ok(fit_rows(&result, t, NULL, 0, NULL, intercept, NULL, &err), &err);
    return result;
}

/* Bit for bit, with NaN equal to NaN. */
static void assert_same(const mlt_least_squares *a, const mlt_least_squares *b) {
    assert_int_equal(a->p, b->p);
    assert_memory_equal(a->estimate, b->estimate, a->p * sizeof(double));
    assert_memory_equal(a->std_error, b->std_error, a->p * sizeof(double));
    assert_memory_equal(&a->residual_sd, &b->residual_sd, sizeof(double));
    assert_memory_equal(&a->r2, &b->r2, sizeof(double));
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
static made_table *read_strd(const char *name, size_t p, size_t powers) {
    FILE *file = open_strd(name);
    char line[400];
    size_t n = 0;
    while (fgets(line, sizeof line, file))
        n++;
    rewind(file);
    assert_non_null(fgets(line, sizeof line, file));
    made_table *t = made_table_new(n - 1, powers ? powers : p);
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
    if (p == 1)
        snprintf(t->names[0], sizeof t->names[0], "x");
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
    size_t p;
    uint8_t degree;
    bool intercept;
    double estimates, std_errors, residual_sd; /* digits wanted of the worst */
} strd_case;

/* 15 digits wherever the decimals of the set are exact in double; else what the exact solution of the rounded
 * numbers has. 0.3 of a digit is left for the last bit. */
static const strd_case strd_cases[] = {
    {"norris", 1, 1, true, 13.7, 13.7, 13.7},   {"pontius", 1, 2, true, 13.2, 13.5, 13.5},
    {"noint1", 1, 1, false, 14.7, 14.7, 14.7},  {"noint2", 1, 1, false, 14.7, 14.7, 14.7},
    {"filip", 1, 10, true, 14.0, 14.7, 14.7},   {"longley", 6, 1, true, 14.4, 14.7, 14.7},
    {"wampler1", 1, 5, true, 14.7, 14.7, 14.7}, {"wampler2", 1, 5, true, 12.9, 14.7, 14.7},
    {"wampler3", 1, 5, true, 14.7, 14.7, 14.7}, {"wampler4", 1, 5, true, 14.7, 14.7, 14.7},
    {"wampler5", 1, 5, true, 14.7, 14.7, 14.7},
};

static void test_least_squares__reaches_the_digits_of_nists_sets(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof strd_cases / sizeof *strd_cases; c++) {
        const strd_case *set = &strd_cases[c];
        made_table *t = read_strd(set->set, set->p, 0);
        mlt_least_squares result = fit_powers(t, set->degree, set->intercept, NULL, NULL);
        double estimates = 15, std_errors = 15;
        for (size_t j = 0; j < result.p; j++) {
            char term[40];
            size_t power = j + 1 - set->intercept;
            snprintf(term, sizeof term, power == 0 ? "(Intercept)" : power == 1 ? "x" : "x^%zu", power);
            if (set->p > 1 && power > 0)
                snprintf(term, sizeof term, "x%zu", power);
            estimates = fmin(estimates, lre(result.estimate[j], certified(set->set, "estimate", term)));
            std_errors = fmin(std_errors, lre(result.std_error[j], certified(set->set, "std_error", term)));
        }
        double sd = lre(result.residual_sd, certified(set->set, "residual_std_error", ""));
        double r2 = lre(result.r2, certified(set->set, "r2", ""));
        if (estimates < set->estimates || std_errors < set->std_errors || sd < set->residual_sd || r2 < 14.7)
            fail_msg("%s: estimates %.1f, standard errors %.1f, residual sd %.1f, R2 %.1f digits", set->set,
                     estimates, std_errors, sd, r2);
        mlt__least_squares_clear(&result);
        made_table_free(t);
    }
}

/* Its powers lose digits when they are columns of their own, in double; but none is a combination of others.
 */
static void test_least_squares__does_not_take_filip_for_deficient(void **state) {
    (void)state;
    made_table *t = read_strd("filip", 1, 10);
    mlt_least_squares result = fit(t, true);
    assert_int_equal(result.rank, 11);
    assert_true(lre(result.estimate[0], certified("filip", "estimate", "(Intercept)")) > 7);
    assert_true(lre(result.residual_sd, certified("filip", "residual_std_error", "")) > 7);
    mlt__least_squares_clear(&result);
    made_table_free(t);
}

/* ---- answers known exactly ---- */

/* Powers of 1 to 12 up to the eighth, every row twice, with y above and below the sum of them by 1000: the
 * coefficients are 1 to the last bit, though the condition is 1e7 centred and far more not. */
static void test_least_squares__gives_whole_coefficients_exactly(void **state) {
    (void)state;
    made_table *t = made_table_new(24, 8);
    for (size_t i = 0; i < 24; i++) {
        size_t number = i / 2 + 1;
        double power = 1;
        t->y[i] = i % 2 ? 1001 : -999;
        for (size_t j = 0; j < 8; j++)
            t->y[i] += t->columns[j][i] = power *= (double)number;
    }
    mlt_least_squares result = fit(t, true);
    for (size_t j = 0; j < 9; j++)
        assert_true(result.estimate[j] == 1);
    assert_true(fabs(result.residual_sd - 1000 * sqrt(24.0 / 15)) < 1e-12);
    mlt__least_squares_clear(&result);
    made_table_free(t);
}

/* Wampler's first set, twice: y is the sum of the powers of 0 to 20 up to the fifth, so every coefficient is
 * 1, whether the powers are formed about the middle or, without intercept or with a column twice, about 0. */
static void test_least_squares__forms_powers_itself(void **state) {
    (void)state;
    made_table *t = made_table_new(21, 2);
    for (size_t i = 0; i < 21; i++) {
        double power = 1;
        t->columns[0][i] = (double)i;
        t->columns[1][i] = (double)(i * i % 7);
        for (size_t k = 1; k <= 5; k++)
            t->y[i] += power *= (double)i;
    }
    t->p = t->data.p = t->schema.p = 1;
    for (int intercept = 0; intercept < 2; intercept++) {
        mlt_least_squares result = fit_powers(t, 5, intercept != 0, NULL, NULL);
        for (size_t j = 0; j < result.p; j++)
            assert_true(result.estimate[j] == (j == 0 && intercept ? 0 : 1));
        assert_true(result.residual_sd == 0 && result.r2 == 1);
        mlt__least_squares_clear(&result);
    }
    t->p = t->data.p = t->schema.p = 2;
    mlt_least_squares both = fit_powers(t, 5, true, NULL, NULL);
    assert_int_equal(both.rank, 9); /* i² mod 7 takes four values: the powers from the fourth on follow */
    mlt__least_squares_clear(&both);
    made_table_free(t);
}

/* A column of 0 and 1 is its own square; one that is constant has constant powers. */
static void test_least_squares__names_powers_that_are_collinear(void **state) {
    (void)state;
    made_notes notes = {""};
    mlt_context ctx = {.user = &notes, .note = made_note};
    made_table *t = made_table_new(12, 2);
    for (size_t i = 0; i < 12; i++) {
        t->columns[0][i] = (double)(i % 2);
        t->columns[1][i] = 7;
        t->y[i] = 3 + 2 * (double)(i % 2) + (i % 3 == 0);
    }
    mlt_least_squares result = fit_powers(t, 2, true, NULL, &ctx);
    assert_string_equal(
        notes.text,
        "columns 'x1' and 'x1^2' are collinear: of the coefficients that fit equally, the smallest "
        "are taken (minimum norm), without standard errors\n"
        "columns 'x2' and 'x2^2' are the same in every row that is fitted: coefficient 0\n");
    assert_int_equal(result.rank, 2);
    assert_true(fabs(result.estimate[1] - 1) < 1e-15 && fabs(result.estimate[2] - 1) < 1e-15);
    assert_true(result.estimate[3] == 0 && result.estimate[4] == 0);
    mlt__least_squares_clear(&result);
    made_table_free(t);
}

static void test_least_squares__refuses_powers_beyond_the_range(void **state) {
    (void)state;
    made_table *t = made_table_new(6, 1);
    uint8_t degrees[] = {4};
    const mlt_form form = {.intercept = true, .degrees = degrees};
    static const double sizes[] = {1e80, 1e-80};
    for (size_t k = 0; k < 2; k++) {
        mlt_least_squares result;
        mlt_error err;
        for (size_t i = 0; i < 6; i++) {
            t->columns[0][i] = sizes[k] * (double)(i + 1);
            t->y[i] = (double)(i * i % 5);
        }
        assert_int_equal(fit_form(&result, t, NULL, 0, NULL, &form, NULL, NULL, &err), MLT_E_NUMERIC);
        assert_string_equal(err.message,
                            "made.csv: power 4 of column 'x1' is beyond the range of numbers; rescale "
                            "the column, or give a lower degree");
    }
    made_table_free(t);
}

/* House prices: 200 a square foot. */
static void test_least_squares__says_zero_where_zero_is_meant(void **state) {
    (void)state;
    static const double feet[] = {1500, 1800, 2400, 3000, 3500, 4000, 4500, 5000};
    made_table *t = made_table_new(8, 2);
    for (size_t i = 0; i < 8; i++) {
        t->columns[0][i] = feet[i];
        t->columns[1][i] = (double)(i * i % 5);
        t->y[i] = 200 * feet[i];
    }
    mlt_least_squares result = fit(t, true);
    assert_true(result.estimate[0] == 0 && result.estimate[1] == 200 && result.estimate[2] == 0);
    assert_true(result.residual_sd == 0 && result.r2 == 1);
    assert_true(result.std_error[0] == 0 && result.std_error[1] == 0 && result.std_error[2] == 0);
    mlt__least_squares_clear(&result);
    made_table_free(t);
}

/* y = 2x − 3 where x differs in its last digits only. */
static void test_least_squares__keeps_the_digits_of_columns_far_from_zero(void **state) {
    (void)state;
    for (int offset = 0; offset < 2; offset++) {
        double base = offset ? 0x1p50 : 1e9;
        made_table *t = made_table_new(3, 1);
        for (size_t i = 0; i < 3; i++) {
            t->columns[0][i] = base + (double)i + 1;
            t->y[i] = 2 * t->columns[0][i] - 3;
        }
        mlt_least_squares result = fit(t, true);
        assert_int_equal(result.rank, 2);
        assert_true(result.estimate[1] == 2 && result.estimate[0] == -3);
        mlt__least_squares_clear(&result);
        made_table_free(t);
    }
}

/* 1, 4, 2, 8, 5 on 0 to 4 and their squares: 36/35, 82/35, −2/7. */
static void test_least_squares__scales_extreme_units(void **state) {
    (void)state;
    made_table *t = made_table_new(5, 2);
    static const double y[] = {1, 4, 2, 8, 5};
    for (size_t i = 0; i < 5; i++) {
        t->columns[0][i] = (double)i * 0x1p-700;
        t->columns[1][i] = (double)(i * i) * 0x1p800;
        t->y[i] = y[i] * 0x1p200;
    }
    mlt_least_squares result = fit(t, true);
    assert_true(result.estimate[0] == 36.0 / 35 * 0x1p200);
    assert_true(result.estimate[1] == 82.0 / 35 * 0x1p900);
    assert_true(result.estimate[2] == -2.0 / 7 * 0x1p-600);
    assert_true(isfinite(result.std_error[1]) && result.std_error[1] > 0 && result.std_error[2] > 0);
    mlt__least_squares_clear(&result);
    made_table_free(t);
}

/* ---- rows and weights ---- */

static made_table *random_table(size_t n, size_t p, uint32_t seed) {
    mlt_rng rng;
    mlt_rng_seed(&rng, seed);
    made_table *t = made_table_new(n, p);
    for (size_t i = 0; i < n; i++) {
        t->y[i] = mlt_rng_gauss(&rng);
        for (size_t j = 0; j < p; j++) {
            t->columns[j][i] = mlt_rng_gauss(&rng) + (double)j;
            t->y[i] += t->columns[j][i] * (double)(j + 1);
        }
    }
    return t;
}

/* More rows than two chunks hold, in no order, weighted. */
static void test_least_squares__does_not_depend_on_threads_or_the_order_of_rows(void **state) {
    (void)state;
    enum { N = 20000 };
    made_table *t = random_table(N, 7, 5);
    uint32_t *rows = calloc(N, sizeof *rows);
    double *weights = calloc(N, sizeof *weights);
    mlt_rng rng;
    mlt_error err;
    mlt_rng_seed(&rng, 1);
    mlt_rng_permutation(&rng, rows, N);
    for (size_t i = 0; i < N; i++)
        weights[i] = 0.25 * (double)(rows[i] % 5);
    mlt_least_squares one;
    mlt_context single = {.threads = 1};
    assert_ok(fit_rows(&one, t, rows, N, weights, true, &single, &err), &err);
    assert_int_equal(one.n, N - N / 5);
    for (int threads = 2; threads <= 8; threads += 3) {
        mlt_least_squares other;
        mlt_context ctx = {.threads = threads};
        for (size_t i = 0; i < N; i++) {
            rows[i] = (uint32_t)i;
            weights[i] = 0.25 * (double)(i % 5);
        }
        assert_ok(fit_rows(&other, t, rows, N, weights, true, &ctx, &err), &err);
        assert_same(&one, &other);
        mlt__least_squares_clear(&other);
    }
    mlt__least_squares_clear(&one);
    free(rows);
    free(weights);
    made_table_free(t);
}

/* The same of powers, of a penalty that is chosen, and of what inference needs; three chunks. */
static void test_least_squares__of_powers_does_not_depend_on_threads(void **state) {
    (void)state;
    made_table *t = random_table(20000, 2, 5);
    for (int gcv = 0; gcv < 2; gcv++) {
        const mlt_ls_options options = {.gcv = gcv != 0, .infer = true};
        mlt_least_squares one = fit_powers(t, 4, true, &options, &(mlt_context){.threads = 1});
        assert_int_equal(one.rank, 9);
        for (int threads = 2; threads <= 8; threads *= 2) {
            mlt_least_squares other = fit_powers(t, 4, true, &options, &(mlt_context){.threads = threads});
            assert_same(&one, &other);
            assert_memory_equal(one.estimate_low, other.estimate_low, one.p * sizeof(double));
            assert_memory_equal(one.vif, other.vif, one.p * sizeof(double));
            assert_memory_equal(&one.condition, &other.condition, sizeof(double));
            assert_memory_equal(&one.alpha, &other.alpha, sizeof(double));
            assert_int_equal(one.basis.rank, gcv ? 0 : 9);
            assert_int_equal(other.basis.rank, one.basis.rank);
            if (!gcv)
                assert_memory_equal(one.basis.r, other.basis.r, 45 * sizeof(double));
            mlt__least_squares_clear(&other);
        }
        mlt__least_squares_clear(&one);
    }
    made_table_free(t);
}

/* A weight of 3 fits as three rows of weight 1; one of 0 as no row. */
static void test_least_squares__weighs_a_row_as_often_as_it_occurs(void **state) {
    (void)state;
    made_table *t = random_table(30, 3, 6);
    uint32_t rows[90];
    double weights[30];
    size_t n = 0;
    mlt_error err;
    for (uint32_t i = 0; i < 30; i++) {
        weights[i] = i % 4;
        for (uint32_t k = 0; k < i % 4; k++)
            rows[n++] = 29 - i; /* weights[i] is of row 29 − i */
    }
    uint32_t backwards[30];
    for (uint32_t i = 0; i < 30; i++)
        backwards[i] = 29 - i;
    mlt_least_squares weighted, repeated;
    assert_ok(fit_rows(&weighted, t, backwards, 30, weights, true, NULL, &err), &err);
    assert_ok(fit_rows(&repeated, t, rows, n, NULL, true, NULL, &err), &err);
    assert_int_equal(repeated.n, n);
    assert_int_equal(weighted.n, 22);
    for (size_t j = 0; j < 4; j++)
        assert_true(fabs(weighted.estimate[j] - repeated.estimate[j]) <= 1e-15 * fabs(repeated.estimate[j]));
    double squares = weighted.residual_sd * weighted.residual_sd * (22 - 4);
    double same = repeated.residual_sd * repeated.residual_sd * (double)(n - 4);
    assert_true(fabs(squares - same) <= 1e-14 * same);
    mlt__least_squares_clear(&weighted);
    mlt__least_squares_clear(&repeated);
    made_table_free(t);
}

/* Huge and tiny weights: y is 3x on the rows that count, something else on those that hardly do. */
static void test_least_squares__follows_weights_of_any_size(void **state) {
    (void)state;
    made_table *t = made_table_new(6, 1);
    double weights[6];
    mlt_error err;
    mlt_least_squares result;
    for (size_t i = 0; i < 6; i++) {
        t->columns[0][i] = (double)(i + 1);
        t->y[i] = i < 3 ? 3.0 * (double)(i + 1) : 7;
        weights[i] = i < 3 ? 1e200 : 1e-100;
    }
    assert_ok(fit_rows(&result, t, NULL, 6, weights, true, NULL, &err), &err);
    assert_true(fabs(result.estimate[1] - 3) < 1e-15 && fabs(result.estimate[0]) < 1e-15);
    mlt__least_squares_clear(&result);
    made_table_free(t);
}

/* ---- no answer, or none of some kind ---- */

static void test_least_squares__leaves_undefined_what_the_data_do_not_tell(void **state) {
    (void)state;
    made_table *t = random_table(4, 3, 7);
    mlt_least_squares exact = fit(t, true); /* four coefficients of four rows */
    assert_int_equal(exact.rank, 4);
    assert_true(isnan(exact.residual_sd) && isnan(exact.std_error[0]) && isnan(exact.std_error[3]));
    assert_true(exact.r2 == 1);
    mlt__least_squares_clear(&exact);
    for (size_t i = 0; i < 4; i++)
        t->y[i] = 0.1;
    mlt_least_squares constant = fit(t, true);
    assert_true(isnan(constant.r2) && constant.estimate[0] == 0.1);
    assert_true(constant.estimate[1] == 0 && constant.estimate[2] == 0 && constant.estimate[3] == 0);
    mlt__least_squares_clear(&constant);
    made_table_free(t);
}

static void assert_refused(const made_table *t, mlt_status expected, const char *message) {
    mlt_least_squares result;
    mlt_error err;
    assert_int_equal(fit_rows(&result, t, NULL, 0, NULL, true, NULL, &err), expected);
    assert_string_equal(err.message, message);
}

static void test_least_squares__refuses_what_doubles_cannot_hold(void **state) {
    (void)state;
    made_table *t = random_table(10, 2, 8);
    t->columns[1][3] = 1e308;
    assert_refused(
        t, MLT_E_NUMERIC,
        "made.csv: column 'x2' has values beyond 1e299, too large to compute with; rescale the column");
    t->columns[1][3] = 1;
    t->y[2] = -1e300;
    assert_refused(
        t, MLT_E_NUMERIC,
        "made.csv: column 'y' has values beyond 1e299, too large to compute with; rescale the column");
    for (size_t i = 0; i < 10; i++) {
        t->y[i] = 1e200 * (double)i;
        t->columns[0][i] *= 1e-200;
    }
    assert_refused(t, MLT_E_NUMERIC,
                   "made.csv: the coefficient of 'x1' is too large for a number; rescale the column");
    made_table_free(t);
}

static void test_least_squares__names_the_missing_cell(void **state) {
    (void)state;
    made_table *t = random_table(10, 2, 9);
    uint32_t origin[10];
    for (uint32_t i = 0; i < 10; i++)
        origin[i] = 2 * i;
    t->columns[1][6] = NAN;
    assert_refused(
        t, MLT_E_DATA,
        "made.csv: column 'x2', data row 7: the cell is missing; a linear model needs every cell: use "
        "--impute mean|median|most-frequent|drop");
    t->data.origin = origin;
    assert_refused(
        t, MLT_E_DATA,
        "made.csv: column 'x2', data row 13: the cell is missing; a linear model needs every cell: use "
        "--impute mean|median|most-frequent|drop");
    made_table_free(t);
}

static bool stop_at_once(void *user, const char *what, size_t done, size_t total) {
    (void)user;
    assert_string_equal(what, "fitting");
    assert_true(done <= total);
    return false;
}

static void test_least_squares__stops_when_asked_to(void **state) {
    (void)state;
    made_table *t = random_table(100, 2, 10);
    mlt_context ctx = {.progress = stop_at_once};
    mlt_least_squares result;
    mlt_error err;
    assert_int_equal(fit_rows(&result, t, NULL, 0, NULL, true, &ctx, &err), MLT_E_CANCELLED);
    made_table_free(t);
}

/* ---- the parts ---- */

static void test_least_squares__kernels_agree_to_the_bit(void **state) {
    (void)state;
    enum { ROWS = 60, P = 11, Q = 12, LDR = 12 };
    const mlt_ls_kernels *kernels[] = {mlt__ls_kernels_portable(), mlt__ls_kernels()};
    double out[2][Q * LDR + 8 * P + 4 * ROWS + 8] = {{0}};
    for (size_t k = 0; k < 2; k++) {
        mlt_rng rng;
        double block[ROWS * Q], *r = out[k], *sums = r + Q * LDR, *hi = sums + 8 * P, *lo = hi + ROWS;
        double *weighed = lo + ROWS, *rest = weighed + 2 * ROWS, x[P], x_lo[P];
        mlt_rng_seed(&rng, 3);
        for (size_t i = 0; i < ROWS * Q; i++)
            block[i] = i < ROWS * P ? mlt_rng_gauss(&rng) : 0;
        for (size_t j = 0; j < P; j++) {
            x[j] = mlt_rng_gauss(&rng);
            x_lo[j] = 0x1p-54 * mlt_rng_gauss(&rng);
        }
        kernels[k]->subtract(hi, lo, block, ROWS, P, x, x_lo, ROWS);
        kernels[k]->weigh(weighed, weighed + ROWS, block, hi, lo, ROWS);
        kernels[k]->project(sums, block, ROWS, P, weighed, weighed + ROWS, ROWS);
        rest[0] = INFINITY;
        rest[1] = -INFINITY;
        rest[2] = kernels[k]->range(&rest[0], &rest[1], block, ROWS - 1);
        rest[3] = kernels[k]->dot(block, block + ROWS, ROWS);
        kernels[k]->fold(r, LDR, block, ROWS, P, Q, 0, ROWS);
    }
    assert_memory_equal(out[0], out[1], sizeof out[0]);
}

static void test_least_squares__double_doubles_have_32_digits(void **state) {
    (void)state;
    mlt_dd third = mlt__dd_divide((mlt_dd){1, 0}, (mlt_dd){3, 0});
    mlt_dd one = mlt__dd_add(third, mlt__dd_add(third, third));
    assert_true(fabs((one.hi - 1) + one.lo) < 1e-31);
    assert_true(third.lo != 0);
    mlt_dd root = mlt__dd_sqrt((mlt_dd){2, 0});
    mlt_dd rest = mlt__dd_subtract(mlt__dd_multiply(root, root), (mlt_dd){2, 0});
    assert_true(fabs(rest.hi) < 1e-31);
    mlt_dd product = mlt__two_product(1 + 0x1p-30, 1 - 0x1p-30);
    assert_true(product.hi == 1 && product.lo == -0x1p-60);
    assert_true(mlt__dd_sqrt((mlt_dd){0, 0}).hi == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_squares__reaches_the_digits_of_nists_sets),
        cmocka_unit_test(test_least_squares__does_not_take_filip_for_deficient),
        cmocka_unit_test(test_least_squares__gives_whole_coefficients_exactly),
        cmocka_unit_test(test_least_squares__forms_powers_itself),
        cmocka_unit_test(test_least_squares__names_powers_that_are_collinear),
        cmocka_unit_test(test_least_squares__refuses_powers_beyond_the_range),
        cmocka_unit_test(test_least_squares__says_zero_where_zero_is_meant),
        cmocka_unit_test(test_least_squares__keeps_the_digits_of_columns_far_from_zero),
        cmocka_unit_test(test_least_squares__scales_extreme_units),
        cmocka_unit_test(test_least_squares__does_not_depend_on_threads_or_the_order_of_rows),
        cmocka_unit_test(test_least_squares__of_powers_does_not_depend_on_threads),
        cmocka_unit_test(test_least_squares__weighs_a_row_as_often_as_it_occurs),
        cmocka_unit_test(test_least_squares__follows_weights_of_any_size),
        cmocka_unit_test(test_least_squares__leaves_undefined_what_the_data_do_not_tell),
        cmocka_unit_test(test_least_squares__refuses_what_doubles_cannot_hold),
        cmocka_unit_test(test_least_squares__names_the_missing_cell),
        cmocka_unit_test(test_least_squares__stops_when_asked_to),
        cmocka_unit_test(test_least_squares__kernels_agree_to_the_bit),
        cmocka_unit_test(test_least_squares__double_doubles_have_32_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
