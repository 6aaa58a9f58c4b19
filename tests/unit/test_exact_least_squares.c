/* 200 ill-conditioned problems against their exact rational solution
 * (scripts/fixtures/exact_least_squares.py). */
#include "models/least_squares.h"

#include "made_table.h"
#include "support.h"

#include <zlib.h>

enum { MOST_TERMS = 16 };

typedef struct problem {
    char kind[40];
    size_t n, p, degree, terms;
    bool intercept, weighted;
    made_table *table;
    double weights[64];
    double estimate[MOST_TERMS], std_error[MOST_TERMS], fit[2]; /* residual sd, R² */
} problem;

static char *next_line(gzFile file, char line[2000]) {
    if (!gzgets(file, line, 2000))
        return NULL;
    assert_non_null(strchr(line, '\n'));
    return line;
}

/* `count` numbers of a line, behind a word if there is one. */
static void read_numbers(gzFile file, const char *word, double *out, size_t count) {
    char line[2000], *at = next_line(file, line);
    assert_non_null(at);
    assert_int_equal(strncmp(at, word, strlen(word)), 0);
    at += strlen(word);
    for (size_t i = 0; i < count; i++) {
        char *end;
        out[i] = strtod(at, &end);
        assert_true(end != at);
        at = end;
    }
}

static bool read_problem(problem *q, gzFile file) {
    char line[2000], *at = line;
    size_t shape[5]; /* rows, columns, intercept, degree, weighted */
    if (!next_line(file, line))
        return false;
    assert_string_equal(strsep(&at, " "), "problem");
    snprintf(q->kind, sizeof q->kind, "%s", strsep(&at, " "));
    for (size_t i = 0; i < 5; i++)
        shape[i] = strtoul(at, &at, 10);
    q->n = shape[0];
    q->p = shape[1];
    q->intercept = shape[2] != 0;
    q->degree = shape[3];
    q->weighted = shape[4] != 0;
    q->terms = q->intercept + q->p * q->degree;
    assert_true(q->terms <= MOST_TERMS && q->n <= 64);
    q->table = made_table_new(q->n, q->p);
    for (size_t i = 0; i < q->n; i++) {
        double cells[MOST_TERMS + 2];
        read_numbers(file, "", cells, q->p + 1 + q->weighted);
        for (size_t j = 0; j < q->p; j++)
            q->table->columns[j][i] = cells[j];
        q->table->y[i] = cells[q->p];
        q->weights[i] = q->weighted ? cells[q->p + 1] : 1;
    }
    read_numbers(file, "estimate", q->estimate, q->terms);
    read_numbers(file, "std_error", q->std_error, q->terms);
    read_numbers(file, "fit", q->fit, 2);
    return true;
}

/* The worst relative error of n numbers. */
static double worst(const double *computed, const double *exact, size_t n) {
    double error = 0;
    for (size_t i = 0; i < n; i++)
        error = fmax(error, fabs(computed[i] - exact[i]) / fabs(exact[i]));
    return error;
}

static void test_exact_least_squares__every_digit_of_ill_conditioned_problems(void **state) {
    (void)state;
    char path[500];
    snprintf(path, sizeof path, "%s/tests/fixtures/exact_least_squares.txt.gz", MLT_SOURCE_DIR);
    gzFile file = gzopen(path, "rb");
    assert_non_null(file);
    problem q;
    size_t count = 0;
    for (; read_problem(&q, file); count++) {
        uint8_t degrees[MOST_TERMS];
        memset(degrees, (int)q.degree, sizeof degrees);
        const mlt_form form = {.intercept = q.intercept, .degrees = q.degree > 1 ? degrees : NULL};
        mlt_design design;
        mlt_least_squares result;
        mlt_error err;
        assert_ok(mlt__design_init(&design, &q.table->data, NULL, 0, q.weights, &form, &err), &err);
        assert_ok(mlt__least_squares(&result, &design, NULL, NULL, &err), &err);
        const double fit[2] = {result.residual_sd, result.r2};
        double estimates = worst(result.estimate, q.estimate, q.terms);
        double errors = worst(result.std_error, q.std_error, q.terms), rest = worst(fit, q.fit, 2);
        if (result.rank != q.terms || !(estimates <= 0x1p-52) || !(errors <= 0x1p-50) || !(rest <= 0x1p-50))
            fail_msg(
                "problem %zu (%s): rank %zu of %zu, errors %g in estimates, %g in standard errors, %g in sd "
                "and R2",
                count, q.kind, result.rank, q.terms, estimates, errors, rest);
        mlt__least_squares_clear(&result);
        mlt__design_clear(&design);
        made_table_free(q.table);
    }
    gzclose(file);
    assert_int_equal(count, 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_least_squares__every_digit_of_ill_conditioned_problems),
    };
    return cmocka_run_group_tests_name("exact_least_squares", tests, NULL, NULL);
}
