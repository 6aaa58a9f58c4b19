/* The reports of compare, tune and the learning curve: every format, hostile names, memory that runs out. */
#include "support.h"

#include "failing_malloc.h"
#include "made_data.h"
#include "mltool/search_log.h"
#include "scratch.h"

#include <jansson.h>

enum { MODELS = 3, FOLDS = 3, SHARES = 2 };

static const char HOSTILE[] = "ev\x1b[31mil\n`$(x)`|*,\"\xff.csv";

/* One of each, over the same made data; the linear model cannot take the missing cells. */
typedef struct results {
    mlt_dataset *data;
    mlt_split folds[FOLDS];
    mlt_params params[MODELS];
    mlt_fit_spec specs[MODELS];
    mlt_score scores[MODELS * FOLDS];
    mlt_comparison comparison;
    mlt_comparison_report compare;
    mlt_candidates candidates;
    mlt_search search;
    mlt_search_report tune;
    mlt_curve curve;
    mlt_curve_report learn;
} results;

static const char *const LABELS[] = {"linear", HOSTILE, "baseline"};
static const char *const DEPTHS[] = {"1", "2", "3"}, *const LEAVES[] = {"1", "2", "3", "4"};
static const mlt_axis AXES[] = {{.name = "max-depth", .values = DEPTHS, .n = 3},
                                {.name = "min-samples-leaf", .values = LEAVES, .n = 4}};
static const mlt_division DIVISION = {.folds = FOLDS, .random_state = 42};

static void results_open(results *r) {
    static const char *const names[] = {"linear", "tree", "baseline"};
    const double shares[SHARES] = {0.25, 1};
    mlt_error err;
    mlt_frame *frame = made_frame(60, 0, true, 5);
    size_t n;
    const mlt_metric *metric = mlt_metric_table(MLT_REGRESSION, &n);
    memset(r, 0, sizeof *r);
    free(frame->columns[3].name);
    frame->columns[3].name = made_copy("y\x1b|\n\"");
    assert_ok(mlt_dataset_new(&r->data, frame, &(mlt_dataset_options){0}, NULL, &err), &err);
    assert_ok(mlt_split_folds(r->folds, FOLDS, r->data->n, NULL, 0, NULL, &err), &err);
    for (size_t m = 0; m < MODELS; m++) {
        r->specs[m] = (mlt_fit_spec){.type = mlt_model_find(names[m]), .params = &r->params[m]};
        mlt_params_init(&r->params[m], r->specs[m].type->params, r->specs[m].type->n_params);
        assert_ok(mlt_params_resolve(&r->params[m], MLT_REGRESSION, &err), &err);
    }
    assert_ok(mlt_score_models(r->scores, r->specs, MODELS, r->data, r->folds, FOLDS, NULL, NULL, &err),
              &err);
    assert_ok(mlt_compare(&r->comparison, r->scores, MODELS, r->folds, FOLDS, metric, &err), &err);
    r->compare = (mlt_comparison_report){.file = HOSTILE,
                                         .n = 60,
                                         .schema = r->data->schema,
                                         .division = DIVISION,
                                         .specs = r->specs,
                                         .labels = LABELS,
                                         .scores = r->scores,
                                         .comparison = &r->comparison};
    mlt_params fixed;
    mlt_params_init(&fixed, r->specs[1].type->params, r->specs[1].type->n_params);
    assert_ok(mlt_candidates_grid(&r->candidates, &fixed, AXES, 2, MLT_REGRESSION, &err), &err);
    mlt_search_spec spec = {.fit = &r->specs[1], .candidates = &r->candidates, .metric = metric};
    assert_ok(mlt_tune(&r->search, &spec, r->data, r->folds, FOLDS, NULL, &err), &err);
    r->tune = (mlt_search_report){.file = HOSTILE,
                                  .n = 60,
                                  .schema = r->data->schema,
                                  .division = DIVISION,
                                  .type = r->specs[1].type,
                                  .axes = AXES,
                                  .n_axes = 2,
                                  .candidates = &r->candidates,
                                  .search = &r->search};
    assert_ok(mlt_learning_curve(&r->curve, &r->specs[0], r->data, r->folds, FOLDS, shares, SHARES, true,
                                 NULL, &err),
              &err);
    r->learn = (mlt_curve_report){.file = HOSTILE,
                                  .n = 60,
                                  .schema = r->data->schema,
                                  .type = r->specs[0].type,
                                  .params = &r->params[0],
                                  .division = DIVISION,
                                  .metric = metric,
                                  .curve = &r->curve};
}

static void results_close(results *r) {
    mlt_curve_clear(&r->curve);
    mlt_search_clear(&r->search);
    mlt_candidates_clear(&r->candidates);
    mlt_comparison_clear(&r->comparison);
    mlt_scores_clear(r->scores, MODELS * FOLDS);
    for (size_t f = 0; f < FOLDS; f++)
        mlt_split_clear(&r->folds[f]);
    mlt_dataset_free(r->data);
}

enum { COMPARE, TUNE, LEARN, N_REPORTS };

static mlt_status write_report(FILE *out, const results *r, int which, mlt_format format, mlt_error *err) {
    mlt_report_options options = {.format = format};
    switch (which) {
    case COMPARE:
        return mlt_report_comparison(out, &r->compare, &options, err);
    case TUNE:
        return mlt_report_search(out, &r->tune, &options, err);
    default:
        return mlt_report_learning_curve(out, &r->learn, &options, err);
    }
}

static char *text_of(const results *r, int which, mlt_format format) {
    char *text = NULL;
    size_t size;
    mlt_error err;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_ok(write_report(out, r, which, format, &err), &err);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_search_reports__nothing_drives_a_terminal(void **state) {
    (void)state;
    results r;
    results_open(&r);
    for (int which = 0; which < N_REPORTS; which++)
        for (mlt_format format = MLT_FORMAT_TABLE; format <= MLT_FORMAT_MARKDOWN; format++) {
            if (format == MLT_FORMAT_CSV || format == MLT_FORMAT_TSV) /* files: bytes as they are */
                continue;
            char *text = text_of(&r, which, format);
            for (const char *c = text; *c; c++)
                assert_true((unsigned char)*c >= ' ' || *c == '\n');
            free(text);
        }
    results_close(&r);
}

static json_t *document_of(const results *r, int which) {
    char *text = text_of(r, which, MLT_FORMAT_JSON);
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    free(text);
    return document;
}

static void test_search_reports__json_says_all(void **state) {
    (void)state;
    results r;
    results_open(&r);
    json_t *compare = document_of(&r, COMPARE), *models = json_object_get(compare, "models");
    assert_int_equal(json_array_size(models), MODELS);
    const json_t *first = json_array_get(models, 0), *last = json_array_get(models, 2);
    assert_string_equal(json_string_value(json_object_get(first, "model")), "tree");
    assert_string_equal(json_string_value(json_object_get(first, "verdict")), "best");
    assert_string_equal(json_string_value(json_object_get(last, "verdict")), "failed");
    assert_null(json_object_get(last, "rank"));
    assert_non_null(strstr(json_string_value(json_object_get(last, "error")), "the cell is missing"));
    const json_t *mse = json_object_get(json_object_get(first, "metrics"), "mse");
    assert_int_equal(json_array_size(json_object_get(mse, "folds")), FOLDS);
    assert_true(json_real_value(json_object_get(first, "mean")) == r.comparison.ranking[0].mean);
    json_decref(compare);
    json_t *tune = document_of(&r, TUNE);
    assert_int_equal(json_array_size(json_object_get(tune, "trials")), 12);
    assert_true(json_real_value(json_object_get(json_object_get(tune, "best"), "mean")) ==
                r.search.trials[0].mean);
    json_decref(tune);
    json_t *learn = document_of(&r, LEARN), *points = json_object_get(learn, "learning_curve");
    assert_int_equal(json_array_size(points), SHARES);
    assert_non_null(
        strstr(json_string_value(json_object_get(json_array_get(points, 1), "error")), "missing"));
    json_decref(learn);
    results_close(&r);
}

/* Every row of a table has as many cells as the header. */
static void test_search_reports__tables_are_rectangular(void **state) {
    (void)state;
    static const size_t lines[N_REPORTS] = {1 + MODELS, 1 + 12, 1 + SHARES * 2 * 5};
    scratch *s = *state;
    results r;
    results_open(&r);
    for (int which = 0; which < N_REPORTS; which++) {
        char *text = text_of(&r, which, MLT_FORMAT_CSV);
        const char *path = scratch_write(s, "table.csv", text, strlen(text));
        mlt_frame *frame;
        mlt_error err;
        assert_ok(mlt_csv_read(&frame, path, &(mlt_csv_options){.delimiter = ','}, NULL, &err), &err);
        assert_int_equal(frame->n + 1, lines[which]);
        mlt_frame_free(frame);
        free(text);
    }
    results_close(&r);
}

static void test_search_reports__any_allocation_may_fail(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    static char buffer[1 << 16];
    FILE *out = fopen("/dev/null", "w");
    results r;
    assert_non_null(out);
    setvbuf(out, buffer, _IOFBF, sizeof buffer);
    results_open(&r);
    for (int which = 0; which < N_REPORTS; which++)
        for (mlt_format format = MLT_FORMAT_TABLE; format <= MLT_FORMAT_MARKDOWN; format++) {
            mlt_status status = MLT_E_NOMEM;
            for (long n = 0; status != MLT_OK; n++) {
                mlt_error err = {0};
                allocations_left = n;
                status = write_report(out, &r, which, format, &err);
                allocations_left = -1;
                assert_true(status == MLT_OK || (status == MLT_E_NOMEM && err.message[0]));
                assert_true(n < 100000);
            }
        }
    fclose(out);
    results_close(&r);
}

/* The log is opened and a trial of it is kept: whichever allocation fails, nothing is lost or leaks. */
static void test_search_log__any_allocation_may_fail(void **state) {
    if (!can_fail_allocations())
        skip();
    scratch *s = *state;
    results r;
    results_open(&r);
    const char *path = scratch_path(s, "search.log");
    mlt_search_identity identity = {
        .sha256 = "abc", .data = r.data, .fit = &r.specs[1], .division = &DIVISION, .n_splits = FOLDS};
    mlt_status status = MLT_E_NOMEM;
    for (long n = 0; status != MLT_OK; n++) {
        mlt_search_log *log = NULL;
        mlt_error err = {0};
        allocations_left = n;
        status = mlt_search_log_open(&log, path, &identity, &err);
        if (status == MLT_OK) {
            mlt_search_memory memory = mlt_search_log_memory(log);
            status = memory.keep(memory.user, r.scores, &r.candidates.items[0], 60, &err);
        }
        allocations_left = -1;
        assert_true(status == MLT_OK || (status == MLT_E_NOMEM && err.message[0]));
        mlt_search_log_close(log);
        assert_true(n < 100000);
    }
    mlt_search_log *log;
    mlt_error err;
    mlt_score scores[FOLDS];
    assert_ok(mlt_search_log_open(&log, path, &identity, &err), &err);
    assert_int_equal(mlt_search_log_known(log), 1);
    mlt_search_memory memory = mlt_search_log_memory(log);
    assert_false(memory.recall(memory.user, scores, &r.candidates.items[1], 60));
    assert_false(memory.recall(memory.user, scores, &r.candidates.items[0], 59));
    bool known = false;
    for (long n = 0; !known; n++) {
        allocations_left = n;
        known = memory.recall(memory.user, scores, &r.candidates.items[0], 60);
        allocations_left = -1;
        assert_true(n < 100000);
    }
    for (size_t f = 0; f < FOLDS; f++)
        assert_int_equal(scores[f].status, r.scores[f].status);
    mlt_scores_clear(scores, FOLDS);
    mlt_search_log_close(log);
    results_close(&r);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_reports__nothing_drives_a_terminal),
        cmocka_unit_test(test_search_reports__json_says_all),
        WITH_FILES(test_search_reports__tables_are_rectangular),
        cmocka_unit_test(test_search_reports__any_allocation_may_fail),
        WITH_FILES(test_search_log__any_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("search reports", tests, NULL, NULL);
}
