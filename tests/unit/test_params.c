/* Parameter tables: parsing, ranges, defaults by task. */
#include "support.h"

#include "mltool/params.h"

#include <math.h>
#include <string.h>

static const mlt_param_spec SPECS[] = {
    {.name = "n-estimators",
     .kind = MLT_PARAM_INT,
     .default_text = "50",
     .min = 1,
     .max = 1e6,
     .help = "rounds"},
    {.name = "max-depth",
     .kind = MLT_PARAM_INT,
     .default_text = "1",
     .default_regression_text = "none",
     .min = 1,
     .max = 1e9,
     .help = "levels"},
    {.name = "learning-rate",
     .kind = MLT_PARAM_REAL,
     .default_text = "1.0",
     .min = 0,
     .max = INFINITY,
     .open_min = true,
     .help = "rate"},
    {.name = "criterion",
     .kind = MLT_PARAM_CHOICE,
     .default_text = "gini",
     .default_regression_text = "squared-error",
     .choices = "gini|entropy",
     .choices_regression = "squared-error|absolute-error",
     .help = "criterion"},
    {.name = "max-features",
     .kind = MLT_PARAM_AMOUNT,
     .default_text = "sqrt",
     .choices = "sqrt|log2|all",
     .help = "features"},
    {.name = "oob", .kind = MLT_PARAM_BOOL, .default_text = "false", .help = "out of bag"},
    {.name = "loss",
     .kind = MLT_PARAM_CHOICE,
     .default_text = "linear",
     .choices = "linear|square",
     .help = "loss",
     .tasks = MLT_REGRESSION},
    {.name = "alpha",
     .kind = MLT_PARAM_REAL,
     .choices = "gcv",
     .default_text = "none",
     .max = INFINITY,
     .help = "penalty"},
    {.name = "poly", .kind = MLT_PARAM_DEGREES, .default_text = "none", .help = "powers"},
    {.name = "limit", .kind = MLT_PARAM_INT, .default_text = "none", .min = 2, .max = 9, .help = "limit"},
};

static void init(mlt_params *params) { mlt_params_init(params, SPECS, sizeof SPECS / sizeof *SPECS); }

static void test_params__refuse_what_is_out_of_range(void **state) {
    (void)state;
    /* name, value, what the message must say; NULL: accepted */
    static const char *const CASES[][3] = {
        {"n-estimators", "0", "from 1 to 1000000"},
        {"n-estimators", "-1", "from 1 to 1000000"},
        {"n-estimators", "12345678901234567890", "from 1 to 1000000"},
        {"n-estimators", "1e3", "whole number"},
        {"n-estimators", "", "whole number"},
        {"n-estimators", "10", NULL},
        {"n-estimators", "+10", NULL},
        {"max-depth", "0", "of at least 1, or none"},
        {"max-depth", "none", NULL},
        {"n-estimators", "none", "from 1 to 1000000"},
        {"limit", "none", NULL},
        {"limit", "1", "give a whole number from 2 to 9, or none"},
        {"learning-rate", "0", "above 0"},
        {"learning-rate", "-1", "above 0"},
        {"learning-rate", "nan", "above 0"},
        {"learning-rate", "0x1", "above 0"},
        {"learning-rate", "inf", "above 0"},
        {"learning-rate", "0.5", NULL},
        {"learning-rate", "1e-3", NULL},
        {"criterion", "log-loss", "give gini or entropy"},
        {"criterion", "absolute-error", NULL},
        {"max-features", "0", "not an amount"},
        {"max-features", "1.5", "not an amount"},
        {"max-features", "-0.5", "not an amount"},
        {"max-features", "3", NULL},
        {"max-features", "0.5", NULL},
        {"max-features", "log2", NULL},
        {"alpha", "gcv", NULL},
        {"alpha", "0", NULL},
        {"alpha", "1e-3", NULL},
        {"alpha", "none", NULL},
        {"alpha", "-1", "give a number of at least 0, or gcv, or none"},
        {"alpha", "gc", "give a number of at least 0, or gcv, or none"},
        {"poly", "3", NULL},
        {"poly", "none", NULL},
        {"poly", "30", NULL},
        {"poly", "age:3", NULL},
        {"poly", "2,age:3,a:b:4", NULL},
        {"poly", "\"a,b\":3,\"say \"\"x\"\"\":2", NULL},
        {"poly", "0", "give a degree from 1 to 30, or COL:DEGREE"},
        {"poly", "31", "give a degree from 1 to 30, or COL:DEGREE"},
        {"poly", "1000", "give a degree from 1 to 30"},
        {"poly", "-2", "give a degree from 1 to 30"},
        {"poly", "", "give a degree from 1 to 30"},
        {"poly", "age", "give a degree from 1 to 30"},
        {"poly", "age:", "give a degree from 1 to 30"},
        {"poly", ":3", "give a degree from 1 to 30"},
        {"poly", "3,", "give a degree from 1 to 30"},
        {"poly", ",3", "give a degree from 1 to 30"},
        {"poly", "age:3x", "give a degree from 1 to 30"},
        {"poly", "\"age:3", "give a degree from 1 to 30"},
        {"poly", "\"age\"3", "give a degree from 1 to 30"},
        {"poly", "\"\":3", "give a degree from 1 to 30"},
        {"oob", "yes", "give true or false"},
        {"oob", "true", NULL},
        {"max_features", "2", NULL},
        {"max-feature", "2", "did you mean --max-features?"},
        {"colour", "2", "no such parameter"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        mlt_params params;
        mlt_error err = {0};
        init(&params);
        mlt_status status = mlt_params_set(&params, CASES[i][0], CASES[i][1], &err);
        if (!CASES[i][2])
            assert_ok(status, &err);
        else if (status != MLT_E_USAGE || !strstr(err.message, CASES[i][2]))
            fail_msg("%s=%s: status %d, '%s' lacks '%s'", CASES[i][0], CASES[i][1], (int)status, err.message,
                     CASES[i][2]);
    }
}

static void test_params__defaults_depend_on_the_task(void **state) {
    (void)state;
    mlt_params params;
    mlt_error err;
    init(&params);
    assert_ok(mlt_params_resolve(&params, MLT_CLASSIFICATION, &err), &err);
    assert_true(mlt_params_is(&params, "criterion", "gini"));
    assert_int_equal(mlt_params_int(&params, "max-depth", -1), 1);
    assert_int_equal(mlt_params_int(&params, "limit", 77), 77);
    init(&params);
    assert_ok(mlt_params_resolve(&params, MLT_REGRESSION, &err), &err);
    assert_true(mlt_params_is(&params, "criterion", "squared-error"));
    assert_int_equal(mlt_params_int(&params, "max-depth", -1), -1);
    assert_false(mlt_params_get(&params, "criterion")->set);
}

static void test_params__refuse_choices_of_the_other_task(void **state) {
    (void)state;
    mlt_params params;
    mlt_error err;
    init(&params);
    assert_ok(mlt_params_set(&params, "criterion", "entropy", &err), &err);
    assert_int_equal(mlt_params_resolve(&params, MLT_REGRESSION, &err), MLT_E_USAGE);
    assert_non_null(strstr(err.message, "squared-error or absolute-error"));
    init(&params);
    assert_ok(mlt_params_set(&params, "loss", "square", &err), &err);
    assert_int_equal(mlt_params_resolve(&params, MLT_CLASSIFICATION, &err), MLT_E_USAGE);
    assert_non_null(strstr(err.message, "--loss is for regression"));
}

static void test_params__tell_words_and_degrees(void **state) {
    (void)state;
    mlt_params params;
    mlt_error err;
    init(&params);
    assert_ok(mlt_params_set(&params, "alpha", "gcv", &err), &err);
    assert_true(mlt_params_get(&params, "alpha")->is_word && mlt_params_is(&params, "alpha", "gcv"));
    assert_ok(mlt_params_set(&params, "alpha", "0.5", &err), &err);
    assert_true(!mlt_params_get(&params, "alpha")->is_word && mlt_params_real(&params, "alpha") == 0.5);
    assert_ok(mlt_params_set(&params, "poly", "4", &err), &err);
    assert_int_equal(mlt_params_int(&params, "poly", 0), 4);
    assert_ok(mlt_params_set(&params, "poly", "4,x:2", &err), &err);
    assert_int_equal(mlt_params_int(&params, "poly", 0), 0);
    assert_true(mlt_params_is(&params, "poly", "4,x:2"));
    char longest[300];
    memset(longest, 'x', sizeof longest);
    strcpy(longest + 260, ":2");
    assert_int_equal(mlt_params_set(&params, "poly", longest, &err), MLT_E_USAGE);
    strcpy(longest + 250, ":2");
    assert_ok(mlt_params_set(&params, "poly", longest, &err), &err);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params__refuse_what_is_out_of_range),
        cmocka_unit_test(test_params__defaults_depend_on_the_task),
        cmocka_unit_test(test_params__refuse_choices_of_the_other_task),
        cmocka_unit_test(test_params__tell_words_and_degrees),
    };
    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
