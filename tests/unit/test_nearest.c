/* Did you mean: which names count as close. */
#include "core/nearest_search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"linear",    "tree",         "bagging", "random-forest", "adaboost",
                                    "max-depth", "max-features", NULL,      "n-estimators"};

static const char *nearest(const char *word) {
    return mlt_nearest(word, names, sizeof names / sizeof names[0]);
}

static void test_nearest__finds_the_name_that_was_meant(void **state) {
    (void)state;
    static const struct {
        const char *word, *expected;
    } cases[] = {
        {"tree", "tree"},
        {"TREE", "tree"},
        {"tere", "tree"},
        {"adabost", "adaboost"},
        {"adabosot", "adaboost"},
        {"randomforest", "random-forest"},
        {"random", "random-forest"},
        {"forest", "random-forest"},
        {"n_estimators", "n-estimators"},
        {"maxdepth", "max-depth"},
        {"max-feature", "max-features"},
        {"li", "linear"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = nearest(cases[i].word);
        assert_non_null(found);
        assert_string_equal(found, cases[i].expected);
    }
}

static void test_nearest__finds_nothing_when_nothing_is_close(void **state) {
    (void)state;
    static const char *const far[] = {"", "x", "svm", "perceptron", "boo", "oo"};
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++)
        assert_null(nearest(far[i]));
    assert_null(mlt_nearest("tree", names, 0));
}

static void test_nearest__takes_the_first_among_equals(void **state) {
    (void)state;
    static const char *const words[] = {"cat", "car", "can"};
    assert_string_equal(mlt_nearest("caz", words, 3), "cat");
}

static void test_nearest__keeps_the_three_best_in_order(void **state) {
    (void)state;
    mlt__nearest search;
    mlt__nearest_start(&search, "diagnosis");
    mlt__nearest_offer(&search, "diagnosis_code"); /* begins with it */
    mlt__nearest_offer(&search, "diagnoses");      /* 1 */
    mlt__nearest_offer(&search, "old diagnosis");  /* holds it */
    mlt__nearest_offer(&search, "age");
    mlt__nearest_offer(&search, "diagnosse"); /* 2 */
    assert_int_equal(search.n, 3);
    assert_string_equal(search.names[0], "diagnoses");
    assert_string_equal(search.names[1], "diagnosse");
    assert_string_equal(search.names[2], "diagnosis_code");
}

static void test_nearest__survives_very_long_names(void **state) {
    (void)state;
    char longer[5000], word[3000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    const char *words[] = {longer};
    assert_null(mlt_nearest(word, words, 1));
    assert_null(mlt_nearest("aaaa", words, 1));
    assert_ptr_equal(mlt_nearest(longer, words, 1), longer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest__finds_the_name_that_was_meant),
        cmocka_unit_test(test_nearest__finds_nothing_when_nothing_is_close),
        cmocka_unit_test(test_nearest__takes_the_first_among_equals),
        cmocka_unit_test(test_nearest__keeps_the_three_best_in_order),
        cmocka_unit_test(test_nearest__survives_very_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
