/* Describing a table: pandas' and scikit-learn's numbers, each warning, tables no model could be fitted to.
 */
#include "support.h"

#include "failing_malloc.h"
#include "made_data.h"
#include "scratch.h"

/* A column as described elsewhere; the last line is categories of both kinds. */
static const struct reference {
    const char *file, *column;
    size_t distinct;
    double mean, sd, quantiles[5];
    size_t n_outliers;
    double correlation, alone;
} references[] = {
#include "describe_reference.h"
};

static void assert_close(const char *what, const struct reference *r, double value, double wanted,
                         double tolerance) {
    if (!(fabs(value - wanted) <= tolerance * fmax(1, fabs(wanted))))
        fail_msg("%s, %s: %s is %.17g, not %.17g", r->file, r->column, what, value, wanted);
}

static mlt_frame *read_file(const char *path, const char *label, const char *categorical) {
    mlt_csv_options csv = {.label = label, .categorical = &categorical, .n_categorical = categorical ? 1 : 0};
    mlt_frame *frame;
    mlt_error err;
    assert_ok(mlt_csv_read(&frame, path, &csv, NULL, &err), &err);
    return frame;
}

static mlt_description *describe(const mlt_frame *frame, const mlt_describe_options *options) {
    mlt_description *d;
    mlt_error err;
    assert_ok(mlt_describe(&d, frame, options, NULL, &err), &err);
    return d;
}

static const mlt_column_summary *summary_of(const mlt_description *d, const char *name) {
    for (size_t j = 0; j < d->n_columns; j++)
        if (strcmp(d->columns[j].column->name, name) == 0)
            return &d->columns[j];
    fail_msg("no column %s", name);
    return NULL;
}

static void check_column(const struct reference *r, const mlt_column_summary *s) {
    assert_int_equal(s->distinct, r->distinct);
    assert_close("correlation", r, s->correlation, r->correlation, 1e-14);
    if (s->column->type != MLT_NUMERIC)
        return;
    assert_close("mean", r, s->mean, r->mean, 1e-14);
    assert_close("sd", r, s->sd, r->sd, 1e-14);
    for (size_t q = 0; q < 5; q++)
        assert_close("quantile", r, s->quantiles[q], r->quantiles[q], 0);
    assert_int_equal(s->n_outliers, r->n_outliers);
    assert_close("alone", r, s->alone, r->alone, 1e-12);
}

static void test_describe__numbers_are_those_of_pandas(void **state) {
    (void)state;
    size_t n = sizeof references / sizeof *references;
    for (size_t i = 0; i < n;) { /* a file's lines follow one another; the last is by itself */
        const char *file = references[i].file;
        bool of_brand = i + 1 == n;
        char path[300];
        snprintf(path, sizeof path, "%s/%s", MLT_SOURCE_DIR, file);
        mlt_frame *frame = read_file(path, of_brand ? "brand" : NULL, of_brand ? "age" : NULL);
        mlt_description *d = describe(frame, &(mlt_describe_options){.target = of_brand ? "brand" : NULL});
        do
            check_column(&references[i], summary_of(d, references[i].column));
        while (++i < n - 1 && strcmp(references[i].file, file) == 0);
        mlt_description_free(d);
        mlt_frame_free(frame);
    }
}

/* 40 rows and one of everything to warn of; the target is y, a and b in turn but for the last rows. */
static mlt_frame *troubled_frame(scratch *s) {
    const char *path = scratch_path(s, "troubled.csv");
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("same,number,leak,slip,far,fine,y\n", out);
    for (int i = 0; i < 40; i++)
        fprintf(out, "7,%d,%d,%s,%d,%d,%s\n", i, i % 2 ? 8 : 3, i == 5 ? "1O" : "10", i == 9 ? 500 : i % 7,
                i % 5, i % 2 ? "a" : "b");
    fclose(out);
    return read_file(path, NULL, NULL);
}

static void test_describe__warns(void **state) {
    mlt_frame *frame = troubled_frame(*state);
    mlt_description *d = describe(frame, &(mlt_describe_options){0});
    assert_int_equal(summary_of(d, "same")->warnings, MLT_WARN_CONSTANT);
    assert_int_equal(summary_of(d, "number")->warnings, MLT_WARN_ID);
    assert_int_equal(summary_of(d, "leak")->warnings, MLT_WARN_LEAK);
    assert_true(summary_of(d, "leak")->alone == 1);
    assert_int_equal(summary_of(d, "slip")->warnings, MLT_WARN_TEXT);
    assert_int_equal(summary_of(d, "far")->warnings, MLT_WARN_OUTLIERS);
    assert_int_equal(summary_of(d, "far")->n_outliers, 1);
    assert_true(summary_of(d, "far")->farthest == 500);
    assert_int_equal(summary_of(d, "fine")->warnings, 0);
    assert_int_equal(summary_of(d, "y")->warnings, 0);
    assert_int_equal(d->n_duplicates, 0);
    assert_int_equal(d->warnings,
                     MLT_WARN_CONSTANT | MLT_WARN_ID | MLT_WARN_LEAK | MLT_WARN_TEXT | MLT_WARN_OUTLIERS);
    mlt_description_free(d);
    /* Without what tells the rows apart, row 10 is row 0 again. */
    const char *drop[] = {"number", "far"};
    d = describe(frame, &(mlt_describe_options){
                            .drop = drop, .n_drop = 2, .allow = MLT_WARN_CONSTANT | MLT_WARN_LEAK});
    assert_int_equal(d->n_duplicates, 29); /* 40 rows of 10 kinds and the slip */
    assert_int_equal(d->duplicate[0], 0);
    assert_int_equal(d->duplicate[1], 10);
    assert_int_equal(d->warnings, MLT_WARN_TEXT | MLT_WARN_DUPLICATES);
    assert_int_equal(summary_of(d, "leak")->warnings, 0);
    mlt_description_free(d);
    mlt_frame_free(frame);
}

static void test_describe__takes_what_no_model_would(void **state) {
    mlt_error err;
    mlt_description *d;
    static const char *const tables[] = {"a\n1\n", "a,b\n1,\n,\n", "a,b\n,x\n,x\n",
                                         "a,b\n1e308,-1e308\n-1e308,1e308\n"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        mlt_frame *frame =
            read_file(scratch_write(*state, "odd.csv", tables[i], strlen(tables[i])), NULL, NULL);
        d = describe(frame, &(mlt_describe_options){0});
        for (size_t j = 0; j < d->n_columns; j++)
            assert_true(isnan(d->columns[j].alone));
        mlt_description_free(d);
        mlt_frame_free(frame);
    }
    mlt_frame *frame = troubled_frame(*state);
    const char *drop[] = {"y", "numbr"};
    assert_int_equal(mlt_describe(&d, frame,
                                  &(mlt_describe_options){.drop = drop, .n_drop = 1, .target = "y"}, NULL,
                                  &err),
                     MLT_E_USAGE);
    assert_int_equal(mlt_describe(&d, frame, &(mlt_describe_options){.drop = drop, .n_drop = 2}, NULL, &err),
                     MLT_E_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'number'?"));
    assert_int_equal(mlt_describe(&d, frame, &(mlt_describe_options){.task = MLT_REGRESSION}, NULL, &err),
                     MLT_E_DATA);
    assert_null(d);
    mlt_frame_free(frame);
}

/* Numbers whose squares no double holds: everything but a power of two is as it is without it. */
static void test_describe__huge_and_tiny_numbers(void **state) {
    (void)state;
    static const int powers[] = {1010, -1000};
    for (size_t classes = 0; classes < 4; classes += 3)
        for (size_t i = 0; i < 2; i++) {
            mlt_frame *plain = made_frame(80, classes, false, 4), *scaled = made_frame(80, classes, false, 4);
            for (size_t r = 0; r < 80; r++)
                scaled->columns[0].values[r] = ldexp(scaled->columns[0].values[r], powers[i]);
            mlt_description *a = describe(plain, &(mlt_describe_options){0}),
                            *b = describe(scaled, &(mlt_describe_options){0});
            assert_true(b->columns[0].sd == ldexp(a->columns[0].sd, powers[i]));
            assert_true(b->columns[0].mean == ldexp(a->columns[0].mean, powers[i]));
            assert_true(b->columns[0].quantiles[1] == ldexp(a->columns[0].quantiles[1], powers[i]));
            assert_true(fabs(b->columns[0].correlation - a->columns[0].correlation) < 1e-14);
            assert_true(fabs(a->columns[0].correlation) > 0.3);
            mlt_description_free(a);
            mlt_description_free(b);
            mlt_frame_free(plain);
            mlt_frame_free(scaled);
        }
}

static void assert_same_summary(const mlt_column_summary *a, const mlt_column_summary *b) {
    const double of_a[] = {a->mean, a->sd, a->farthest, a->correlation, a->alone},
                 of_b[] = {b->mean, b->sd, b->farthest, b->correlation, b->alone};
    assert_memory_equal(of_a, of_b, sizeof of_a);
    assert_memory_equal(a->quantiles, b->quantiles, sizeof a->quantiles);
    assert_memory_equal(a->top, b->top, a->n_top * sizeof *a->top);
    assert_memory_equal(a->top_count, b->top_count, a->n_top * sizeof *a->top_count);
    assert_int_equal(a->n_top, b->n_top);
    assert_int_equal(a->distinct, b->distinct);
    assert_int_equal(a->warnings, b->warnings);
    assert_int_equal(a->n_outliers, b->n_outliers);
}

static void test_describe__does_not_depend_on_threads(void **state) {
    (void)state;
    mlt_frame *frame = made_frame(500, 3, true, 5);
    mlt_description *one, *four;
    mlt_error err;
    assert_ok(mlt_describe(&one, frame, &(mlt_describe_options){0}, &(mlt_context){.threads = 1}, &err),
              &err);
    assert_ok(mlt_describe(&four, frame, &(mlt_describe_options){0}, &(mlt_context){.threads = 4}, &err),
              &err);
    for (size_t j = 0; j < one->n_columns; j++)
        assert_same_summary(&one->columns[j], &four->columns[j]);
    mlt_description_free(one);
    mlt_description_free(four);
    mlt_frame_free(frame);
}

static bool stop(void *user, const char *what, size_t done, size_t total) {
    (void)user, (void)what, (void)done, (void)total;
    return false;
}

static void test_describe__can_be_cancelled(void **state) {
    (void)state;
    mlt_frame *frame = made_frame(100, 2, false, 1);
    mlt_description *d;
    mlt_error err;
    assert_int_equal(
        mlt_describe(&d, frame, &(mlt_describe_options){0}, &(mlt_context){.progress = stop}, &err),
        MLT_E_CANCELLED);
    assert_null(d);
    mlt_frame_free(frame);
}

static void test_describe__survives_every_failing_allocation(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    mlt_frame *frame = made_frame(60, 2, true, 1);
    mlt_status status = MLT_E_NOMEM;
    for (long n = 0; status != MLT_OK; n++) {
        mlt_description *d;
        mlt_error err = {0};
        allocations_left = n;
        status = mlt_describe(&d, frame, &(mlt_describe_options){0}, &(mlt_context){.threads = 1}, &err);
        allocations_left = -1;
        if (status != MLT_OK) {
            assert_int_equal(status, MLT_E_NOMEM);
            assert_null(d);
        } else {
            assert_true(n > 10);
            mlt_description_free(d);
        }
    }
    mlt_frame_free(frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_describe__numbers_are_those_of_pandas),
        cmocka_unit_test_setup_teardown(test_describe__warns, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_describe__takes_what_no_model_would, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_describe__huge_and_tiny_numbers),
        cmocka_unit_test(test_describe__does_not_depend_on_threads),
        cmocka_unit_test(test_describe__can_be_cancelled),
        cmocka_unit_test(test_describe__survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
