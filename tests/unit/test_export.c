/* Exports: every model in every form that can say it, the same bytes each time, and nothing lost where memory
 * is short. What other programs make of them is tested by whole commands (tests/cli/test_export.sh). */
#include "failing_malloc.h"
#include "made_model.h"
#include "report/protobuf.h"
#include "scratch.h"
#include "support.h"

enum { N_FORMATS = 4 };

static const mlt_recipe RECIPE = {.command = (char *)"mltool fit",
                                  .data_file = (char *)"made.csv",
                                  .delimiter = ',',
                                  .header = true,
                                  .data_rows = ROWS,
                                  .split =
                                      (char *)"{\"test_size\":0.25,\"train_rows\":45,\"random_state\":42}"};

/* The export as text: malloc'ed; NULL with `*status`. */
static char *exported(mlt_status *status, const mlt_model *model, mlt_export_format format, size_t *size) {
    char *text = NULL;
    mlt_error err;
    mlt_export_options options = {.format = format};
    FILE *out = open_memstream(&text, size);
    assert_non_null(out);
    *status = mlt_export(out, model, &RECIPE, &options, &err);
    assert_int_equal(fclose(out), 0);
    if (*status != MLT_OK) {
        assert_true(strstr(err.message, "; ") != NULL);
        free(text);
        return NULL;
    }
    assert_true(*size > 0);
    return text;
}

static void check_twice(const sample *s, void *user) {
    (void)user;
    for (int format = 0; format < N_FORMATS; format++) {
        size_t size, again_size;
        mlt_status status, again_status;
        char *text = exported(&status, s->model, (mlt_export_format)format, &size);
        char *again = exported(&again_status, s->model, (mlt_export_format)format, &again_size);
        assert_int_equal(status, again_status);
        /* A form that cannot say a model refuses it; the C program and ONNX say all that are sums of trees or
         * terms. */
        if (status != MLT_OK)
            assert_int_equal(status, MLT_E_USAGE);
        if (text) {
            assert_int_equal(size, again_size);
            assert_memory_equal(text, again, size);
        }
        free(text);
        free(again);
    }
}

static void test_export__the_same_model_gives_the_same_bytes(void **state) {
    (void)state;
    for_each_model(check_twice, NULL);
}

/* To a file: all of it, or the old one. */
static void check_failing(const sample *s, scratch *dir) {
    const char *path = scratch_path(dir, "export");
    for (int format = 0; format < N_FORMATS; format++) {
        size_t size;
        mlt_status status;
        mlt_error err;
        mlt_export_options options = {.format = (mlt_export_format)format};
        char *whole = exported(&status, s->model, options.format, &size);
        if (!whole)
            continue;
        for (long n = 0;; n++) {
            allocations_left = n;
            status = mlt_export_file(path, s->model, &RECIPE, &options, &err);
            bool failed = allocations_left < 0;
            allocations_left = -1;
            if (status == MLT_OK) {
                FILE *in = fopen(path, "rb");
                assert_non_null(in);
                char *text = malloc(size + 1);
                assert_int_equal(fread(text, 1, size + 1, in), size);
                assert_memory_equal(text, whole, size);
                fclose(in);
                free(text);
            }
            if (!failed)
                break;
        }
        assert_int_equal(status, MLT_OK);
        free(whole);
    }
}

static void test_export__survives_any_failing_allocation(void **state) {
    if (!can_fail_allocations())
        skip();
    static const char *const names[] = {"tree", "adaboost", "linear"};
    for (size_t i = 0; i < 3; i++)
        for (size_t classes = 0; classes <= 3; classes += 3) {
            if (classes && i == 2)
                continue;
            sample s = fit(names[i], classes);
            check_failing(&s, *state);
            sample_free(&s);
        }
}

/* The examples of protobuf.dev, "Encoding". */
static void test_export__protocol_buffers(void **state) {
    (void)state;
    static const unsigned char bytes[] = {0x08, 0x96, 0x01, 0x12, 0x07, 't',  'e',  's',  't',  'i',
                                          'n',  'g',  0x1a, 0x03, 0x08, 0x96, 0x01, 0x32, 0x06, 0x03,
                                          0x8e, 0x02, 0x9e, 0xa7, 0x05, 0x4a, 0x08, 0,    0,    0,
                                          0,    0,    0,    0xf8, 0x3f, 0x52, 0x02, 6,    1};
    static const int64_t numbers[] = {3, 270, 86942}, small[] = {6, 1};
    static const double real = 1.5;
    mlt__pb message = {0}, inner = {0};
    mlt__pb_int(&message, 1, 150);
    mlt__pb_text(&message, 2, "testing");
    mlt__pb_int(&inner, 1, 150);
    mlt__pb_nested(&message, 3, &inner);
    mlt__pb_ints(&message, 6, numbers, 3);
    mlt__pb_doubles(&message, 9, &real, 1);
    mlt__pb_small(&message, 10, small, 2);
    assert_false(message.failed);
    assert_int_equal(message.n, sizeof bytes);
    assert_memory_equal(message.bytes, bytes, sizeof bytes);
    free(message.bytes);
    message = (mlt__pb){0};
    mlt__pb_int(&message, 1, -2); /* ten bytes */
    assert_int_equal(message.n, 11);
    free(message.bytes);
}

static void test_export__refuses_what_is_not_there(void **state) {
    (void)state;
    mlt_error err;
    char text[4096];
    sample s = fit("linear", 0), f = fit("random-forest", 3);
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    mlt_export_options dot = {.format = MLT_EXPORT_DOT, .tree = 3}, sklearn = {.format = MLT_EXPORT_SKLEARN};
    assert_int_equal(mlt_export(out, s.model, &RECIPE, &dot, &err), MLT_E_USAGE);
    assert_non_null(strstr(err.message, "without trees"));
    assert_int_equal(mlt_export(out, f.model, &RECIPE, &dot, &err), MLT_E_USAGE);
    assert_non_null(strstr(err.message, "--tree: the model has 3 trees"));
    assert_int_equal(mlt_export(out, s.model, &(mlt_recipe){0}, &sklearn, &err), MLT_E_MODEL);
    fclose(out);
    sample_free(&s);
    sample_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_export__the_same_model_gives_the_same_bytes),
        cmocka_unit_test_setup_teardown(test_export__survives_any_failing_allocation, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_export__protocol_buffers),
        cmocka_unit_test(test_export__refuses_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
