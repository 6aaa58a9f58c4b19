/* JSON in, strictly; JSON out; texts that are any bytes. */
#include "failing_malloc.h"
#include "io/json_text.h"
#include "support.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Parse a copy that ends where the text does, so that AddressSanitizer sees a step beyond. */
static mlt_status parse(json_t **out, const char *text, size_t length, mlt_error *err) {
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    mlt_status status = mlt__json_parse(out, copy, length, "it", err);
    free(copy);
    return status;
}

static void test_json_text__valid_documents_are_read(void **state) {
    (void)state;
    /* The right side is what jansson prints for what was read. */
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"\t\r\n{ \"a\" : 1 , \"b\" : [ true , false , null ] }\n", "{\"a\":1,\"b\":[true,false,null]}"},
        {"{\"z\":1,\"a\":2}", "{\"z\":1,\"a\":2}"},
        {"0", "0"},
        {"-0", "0"},
        {"-17", "-17"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"2.5", "2.5"},
        {"0.1", "0.10000000000000001"},
        {"1e3", "1000.0"},
        {"-1E-2", "-0.01"},
        {"1e+2", "100.0"},
        {"1.7976931348623157e308", "1.7976931348623157e308"},
        {"1e-400", "0.0"},
        {"\"\"", "\"\""},
        {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "\"a\\\"\\\\/\\b\\f\\n\\r\\tz\""},
        {"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"", "\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
        {"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\""},
        {"\"\\uFFFF\\u0001\"", "\"\xEF\xBF\xBF\\u0001\""},
        {"{\"\":1,\"\\n\":2}", "{\"\":1,\"\\n\":2}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *json;
        mlt_error err;
        assert_ok(parse(&json, cases[i].text, strlen(cases[i].text), &err), &err);
        char *printed = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(printed, cases[i].printed);
        free(printed);
        json_decref(json);
    }
}

static void test_json_text__invalid_documents_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "byte 0: a value is expected"},
        {"  ", "byte 2: a value is expected"},
        {"{", "byte 1: a string is expected"},
        {"[", "byte 1: a value is expected"},
        {"[1", "byte 2: a comma or ] is expected"},
        {"[1,]", "byte 3: a value is expected"},
        {"[1 2]", "byte 3: a comma or ] is expected"},
        {"[,]", "byte 1: a value"},
        {"]", "byte 0: a value"},
        {"{\"a\"}", "byte 4: a colon is expected"},
        {"{\"a\":}", "byte 5: a value is expected"},
        {"{\"a\":1,}", "byte 7: a string is expected"},
        {"{\"a\":1", "byte 6: a comma or } is expected"},
        {"{a:1}", "byte 1: a string is expected"},
        {"{1:1}", "a string is expected"},
        {"{\"a\":1,\"a\":2}", "byte 7: a key for the second time"},
        {"{\"a\":1,\"\\u0061\":2}", "byte 7: a key for the second time"},
        {"{}{}", "byte 2: more than one value"},
        {"1 2", "byte 2: more than one value"},
        {"nul", "a value is expected"},
        {"True", "a value is expected"},
        {"NaN", "a value is expected"},
        {"-Infinity", "a value is expected"},
        {"-", "byte 1: a value is expected"},
        {"+1", "a value is expected"},
        {".5", "a value is expected"},
        {"01", "byte 1: more than one value"},
        {"1.", "byte 2: a digit is expected"},
        {"1.e5", "a digit is expected"},
        {"1e", "a digit is expected"},
        {"1e+", "a digit is expected"},
        {"0x10", "more than one value"},
        {"9223372036854775808", "a number that is too large"},
        {"-9223372036854775809", "a number that is too large"},
        {"18446744073709551616", "a number that is too large"},
        {"1e309", "a number that is too large"},
        {"-1e309", "a number that is too large"},
        {"'a'", "a value is expected"},
        {"\"", "byte 1: a string that does not end"},
        {"\"a", "a string that does not end"},
        {"\"a\\", "a string that does not end"},
        {"\"a\\\"", "a string that does not end"},
        {"\"a\nb\"", "byte 2: a byte that may not stand in a string"},
        {"\"a\x1F\"", "a byte that may not"},
        {"\"a\xFF\"", "a byte that may not"},
        {"\"\xC3\"", "a byte that may not"},
        {"\"\xE2\x82\"", "a byte that may not"},
        {"\"\xC0\x80\"", "a byte that may not"},
        {"\"\xED\xA0\x80\"", "a byte that may not"},
        {"\"\xF4\x90\x80\x80\"", "a byte that may not"},
        {"\"\\x41\"", "an escape that JSON does not have"},
        {"\"\\u00\"", "an escape that stands for no character"},
        {"\"\\u00g0\"", "an escape that stands for no character"},
        {"\"\\u0000\"", "an escape that stands for no character"},
        {"\"\\uDC00\"", "an escape that stands for no character"},
        {"\"\\uD800\"", "half of a surrogate pair"},
        {"\"\\uD800\\n0000\"", "half of a surrogate pair"},
        {"\"\\uD800\\uD800\"", "half of a surrogate pair"},
        {"\"\\uD800\\u\"", "half of a surrogate pair"},
        {"// no comments\n1", "a value is expected"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *json;
        mlt_error err = {0};
        mlt_status status = parse(&json, cases[i].text, strlen(cases[i].text), &err);
        if (status != MLT_E_MODEL || !strstr(err.message, cases[i].message))
            fail_msg("%s: status %d, '%s' lacks '%s'", cases[i].text, (int)status, err.message,
                     cases[i].message);
        assert_null(json);
        assert_int_equal(strncmp(err.message, "it is not valid JSON (byte ", 27), 0);
    }
}

static void test_json_text__a_nul_byte_is_refused(void **state) {
    (void)state;
    json_t *json;
    assert_int_equal(parse(&json, "\"a\0b\"", 5, NULL), MLT_E_MODEL);
    assert_int_equal(parse(&json, "[]\0", 3, NULL), MLT_E_MODEL);
}

/* `levels` arrays or objects in each other. */
static mlt_status parse_nested(size_t levels, bool objects) {
    static char text[6 * 2000 + 2];
    size_t length = 0;
    for (size_t i = 0; i < levels; i++)
        length += (size_t)sprintf(text + length, objects ? "{\"a\":" : "[");
    length += (size_t)sprintf(text + length, "1");
    for (size_t i = 0; i < levels; i++)
        text[length++] = objects ? '}' : ']';
    json_t *json;
    mlt_status status = parse(&json, text, length, NULL);
    json_decref(json);
    return status;
}

static void test_json_text__nesting_has_a_limit(void **state) {
    (void)state;
    for (int objects = 0; objects < 2; objects++) {
        assert_int_equal(parse_nested(MLT__JSON_DEPTH - 1, objects), MLT_OK);
        assert_int_equal(parse_nested(MLT__JSON_DEPTH, objects), MLT_E_MODEL);
        assert_int_equal(parse_nested(2000, objects), MLT_E_MODEL);
    }
}

static void test_json_text__any_bytes_make_the_round_trip(void **state) {
    (void)state;
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"plain", "\"plain\""},
        {"", "\"\""},
        {"caf\xC3\xA9 \"\\\n", "\"caf\xC3\xA9 \\\"\\\\\\n\""},
        {"caf\xE9", "{\"base16\":\"636166e9\"}"},
        {"\xFF", "{\"base16\":\"ff\"}"},
        {NULL, "null"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *json = mlt__json_from_text(cases[i].text);
        char *printed = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY), *text;
        assert_string_equal(printed, cases[i].printed);
        free(printed);
        assert_int_equal(mlt__json_to_text(&text, json, "x", NULL), MLT_OK);
        if (cases[i].text)
            assert_string_equal(text, cases[i].text);
        else
            assert_null(text);
        free(text);
        json_decref(json);
    }
}

static void test_json_text__what_is_no_text_is_refused(void **state) {
    (void)state;
    static const char *const cases[] = {"1",
                                        "true",
                                        "[]",
                                        "{}",
                                        "{\"base16\":1}",
                                        "{\"base16\":\"6\"}",
                                        "{\"base16\":\"6x\"}",
                                        "{\"base16\":\"6100\"}",
                                        "{\"base16\":\"61\",\"b\":1}"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *json;
        char *text;
        mlt_error err;
        assert_ok(parse(&json, cases[i], strlen(cases[i]), &err), &err);
        assert_int_equal(mlt__json_to_text(&text, json, "the name", &err), MLT_E_MODEL);
        assert_int_equal(strncmp(err.message, "the name", 8), 0);
        assert_null(text);
        json_decref(json);
    }
}

static void test_json_text__any_allocation_may_fail(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    static const char text[] =
        "{\"a\":[1,2.5,\"three\",{\"\\u0062\":null,\"a long key, beyond any small buffer\":"
        "\"and a longer value, beyond any small buffer, with an \\n escape\"}],\"c\":{},"
        "\"d\":[true,false,[],[1,2,3,4,5,6,7,8,9,10,11,12]]}";
    long n = 0;
    for (mlt_status status = MLT_E_NOMEM; status != MLT_OK; n++) {
        json_t *json = NULL;
        mlt_error err = {0};
        allocations_left = n;
        status = mlt__json_parse(&json, text, sizeof text - 1, "it", &err);
        allocations_left = -1;
        if (status != MLT_OK && status != MLT_E_NOMEM)
            fail_msg("allocation %ld: %s", n, err.message);
        assert_true((json != NULL) == (status == MLT_OK));
        json_decref(json);
    }
    assert_true(n > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_text__valid_documents_are_read),
        cmocka_unit_test(test_json_text__invalid_documents_are_refused),
        cmocka_unit_test(test_json_text__a_nul_byte_is_refused),
        cmocka_unit_test(test_json_text__nesting_has_a_limit),
        cmocka_unit_test(test_json_text__any_bytes_make_the_round_trip),
        cmocka_unit_test(test_json_text__what_is_no_text_is_refused),
        cmocka_unit_test(test_json_text__any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
