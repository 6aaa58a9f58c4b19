/* Datasets: which columns, rows, task and classes come of a file; encoding by a schema; imputing. */
#include "mltool/dataset.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_NOTES = 4000 };

/* Every note, a line each. */
static char notes[MAX_NOTES];

static void keep_note(void *user, const char *line) {
    (void)user;
    size_t used = strlen(notes);
    snprintf(notes + used, sizeof notes - used, "%s\n", line);
}

static const mlt_context note_context = {.note = keep_note};

/* The frame of a CSV text; `label` as in mlt_csv_options. */
static mlt_frame *read_text(const char *text, const char *label, const char *categorical) {
    char path[] = "/tmp/mltool-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    mlt_csv_options options = {
        .label = label, .categorical = &categorical, .n_categorical = categorical != NULL};
    mlt_frame *frame;
    mlt_error err = {0};
    if (mlt_csv_read(&frame, path, &options, NULL, &err) != MLT_OK)
        fail_msg("%s", err.message);
    unlink(path);
    return frame;
}

static mlt_status make(mlt_dataset **out, const char *text, const mlt_dataset_options *options,
                       mlt_error *err) {
    notes[0] = '\0';
    *err = (mlt_error){0};
    return mlt_dataset_new(out, read_text(text, options->target, NULL), options, &note_context, err);
}

/* The dataset of a text that is in order. */
static mlt_dataset *good(const char *text, const mlt_dataset_options *options) {
    mlt_dataset *data;
    mlt_error err;
    if (make(&data, text, options, &err) != MLT_OK)
        fail_msg("%s", err.message);
    return data;
}

static void assert_holds(const char *text, const char *pattern) {
    if (!strstr(text, pattern))
        fail_msg("'%s' lacks '%s'", text, pattern);
}

static void assert_lacks(const char *text, const char *pattern) {
    if (strstr(text, pattern))
        fail_msg("'%s' holds '%s'", text, pattern);
}

static void test_dataset__takes_the_last_column_as_target(void **state) {
    (void)state;
    mlt_dataset *data =
        good("size,rooms,price\n10,1,100.5\n20,2,200.5\n30,2,300.5\n,4,400\n", &(mlt_dataset_options){0});
    assert_int_equal(data->n, 4);
    assert_int_equal(data->p, 2);
    assert_int_equal(data->schema->task, MLT_REGRESSION);
    assert_string_equal(data->schema->target, "price");
    assert_string_equal(data->schema->features[1].name, "rooms");
    assert_true(data->x[0].values[2] == 30 && isnan(data->x[0].values[3]) && data->x[1].values[3] == 4);
    assert_true(data->y[1] == 200.5);
    assert_null(data->labels);
    assert_null(data->weights);
    assert_null(data->origin);
    assert_null(data->schema->classes);
    assert_holds(notes, "target is 'price', the last column; --target names another\n");
    assert_holds(notes, "task is regression");
    mlt_dataset_free(data);
    mlt_dataset_free(NULL);
}

static void test_dataset__default_target_is_the_last_without_another_part(void **state) {
    (void)state;
    const char *drop[] = {"id"};
    mlt_dataset_options options = {.weights = "w", .drop = drop, .n_drop = 1};
    mlt_dataset *data = good("a,b,y,w,id\n1,5,1.5,1,7\n2,5,2.5,0,8\n3,6,3.5,2.5,9\n", &options);
    assert_string_equal(data->schema->target, "y");
    assert_string_equal(data->schema->weights, "w");
    assert_int_equal(data->p, 2);
    assert_true(data->weights[0] == 1 && data->weights[1] == 0 && data->weights[2] == 2.5);
    assert_holds(notes, "not used otherwise");
    mlt_dataset_free(data);
}

static void test_dataset__features_come_in_the_order_named(void **state) {
    (void)state;
    const char *features[] = {"c", "a"};
    mlt_dataset_options options = {.target = "y", .features = features, .n_features = 2};
    mlt_dataset *data = good("a,y,b,c\n1,1.5,9,3\n2,2.5,9,2\n3,3.5,9,1\n", &options);
    assert_int_equal(data->p, 2);
    assert_string_equal(data->schema->features[0].name, "c");
    assert_string_equal(data->schema->features[1].name, "a");
    assert_true(data->x[0].values[0] == 3 && data->x[1].values[0] == 1);
    assert_lacks(notes, "target");
    mlt_dataset_free(data);
}

/* Each row is a target column; `a` is a feature beside it. */
static void test_dataset__task_and_classes_are_inferred(void **state) {
    (void)state;
    static const struct {
        const char *text;
        mlt_task asked, task;
        const char *classes; /* joined by | */
        uint32_t first_label, last_label;
    } cases[] = {
        {"a,y\n1,no\n2,yes\n3,yes\n", 0, MLT_CLASSIFICATION, "no|yes", 0, 1},
        {"a,y\n1,true\n2,FALSE\n3,FALSE\n", 0, MLT_CLASSIFICATION, "FALSE|true", 1, 0},
        {"a,y\n1,10\n2,9\n3,10\n4,9\n5,10\n6,10\n7,9\n8,10\n", 0, MLT_CLASSIFICATION, "9|10", 1, 1},
        {"a,y\n1,10\n2,9\n3,10\n4,9\n5,10\n6,10\n7,9\n", 0, MLT_REGRESSION, "", 0, 0}, /* 7 rows, 2 values */
        {"a,y\n1,10\n2,9\n3,10\n", MLT_CLASSIFICATION, MLT_CLASSIFICATION, "9|10", 1, 1},
        {"a,y\n1,1\n2,0\n3,1\n4,0\n5,1\n6,1\n7,0\n8,1\n", MLT_REGRESSION, MLT_REGRESSION, "", 0, 0},
        {"a,y\n1,1.5\n2,0.5\n3,1.5\n4,1.5\n", MLT_CLASSIFICATION, MLT_CLASSIFICATION, "0.5|1.5", 1, 1},
        {"a,y\n1,1.0\n2,-2\n3,1.0\n", MLT_CLASSIFICATION, MLT_CLASSIFICATION, "-2|1.0", 1, 1},
        /* Equal numbers, different texts: labels are texts, in bytewise order. */
        {"a,y\n1,1.0\n2,01\n3,1\n4,01\n5,2\n6,10\n", MLT_CLASSIFICATION, MLT_CLASSIFICATION, "01|1|1.0|10|2",
         2, 3},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        mlt_dataset *data = good(cases[c].text, &(mlt_dataset_options){.task = cases[c].asked});
        char classes[100] = "";
        for (size_t k = 0; k < data->schema->k; k++)
            snprintf(classes + strlen(classes), sizeof classes - strlen(classes), "%s%s", k ? "|" : "",
                     data->schema->classes[k]);
        assert_string_equal(classes, cases[c].classes);
        assert_int_equal(data->schema->task, cases[c].task);
        assert_true((data->y != NULL) == (cases[c].task == MLT_REGRESSION));
        assert_true((data->labels != NULL) == (cases[c].task == MLT_CLASSIFICATION));
        if (data->labels) {
            assert_int_equal(data->labels[0], cases[c].first_label);
            assert_int_equal(data->labels[data->n - 1], cases[c].last_label);
        }
        assert_true((strstr(notes, "task is") != NULL) == (cases[c].asked == 0));
        mlt_dataset_free(data);
    }
}

/* 21 whole numbers, each often enough, are a quantity; 20 are classes. */
static void test_dataset__twenty_whole_numbers_are_classes(void **state) {
    (void)state;
    for (int distinct = 20; distinct <= 21; distinct++) {
        char text[4000] = "a,y\n";
        for (int i = 0; i < distinct * 4; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%d\n", i % 7, i % distinct);
        mlt_dataset *data = good(text, &(mlt_dataset_options){0});
        assert_int_equal(data->schema->task, distinct == 20 ? MLT_CLASSIFICATION : MLT_REGRESSION);
        mlt_dataset_free(data);
    }
}

/* The reader keeps the texts of one numeric column only; another gets texts from its values. */
static void test_dataset__a_label_column_without_texts_gets_them(void **state) {
    (void)state;
    mlt_frame *frame = read_text("y,a\n3.50,1\n-1,2\n3.50,3\n3.50,4\n", "a", NULL);
    assert_null(frame->columns[0].codes);
    mlt_dataset *data;
    mlt_dataset_options options = {.target = "y", .task = MLT_CLASSIFICATION};
    assert_int_equal(mlt_dataset_new(&data, frame, &options, NULL, NULL), MLT_OK);
    assert_int_equal(data->schema->k, 2);
    assert_string_equal(data->schema->classes[0], "-1");
    assert_string_equal(data->schema->classes[1], "3.5");
    assert_memory_equal(data->labels, ((uint32_t[]){1, 0, 1, 1}), 4 * sizeof(uint32_t));
    mlt_dataset_free(data);
}

static void test_dataset__rows_without_target_are_left_out(void **state) {
    (void)state;
    mlt_dataset *data =
        good("a,colour,y\n1,red,yes\n2,blue,\n3,red,no\n,green,no\n5,,yes\n", &(mlt_dataset_options){0});
    assert_int_equal(data->n, 4);
    assert_memory_equal(data->origin, ((uint32_t[]){0, 2, 3, 4}), 4 * sizeof(uint32_t));
    assert_true(data->x[0].values[1] == 3 && isnan(data->x[0].values[2]) && data->x[0].values[3] == 5);
    assert_int_equal(data->schema->features[1].n_levels, 2); /* blue went with its row */
    assert_string_equal(data->schema->features[1].levels[1], "red");
    assert_memory_equal(data->x[1].codes, ((int32_t[]){1, 1, 0, -1}), 4 * sizeof(int32_t));
    assert_memory_equal(data->labels, ((uint32_t[]){1, 0, 0, 1}), 4 * sizeof(uint32_t));
    assert_holds(notes, "rows left out because 'y' is missing: 1\n");
    assert_holds(notes, "read as categories: 'colour'\n");
    mlt_dataset_free(data);
}

static void test_dataset__drop_missing_leaves_out_incomplete_rows(void **state) {
    (void)state;
    mlt_dataset_options options = {.drop_missing = true};
    const char *text = "a,colour,y\n1,red,x\n2,blue,\n3,red,y\n,green,z\n5,,y\n6,blue,x\n";
    mlt_dataset *data = good(text, &options);
    assert_int_equal(data->n, 3);
    assert_memory_equal(data->origin, ((uint32_t[]){0, 2, 5}), 3 * sizeof(uint32_t));
    assert_int_equal(data->schema->k, 2); /* z went with its row */
    assert_memory_equal(data->labels, ((uint32_t[]){0, 1, 0}), 3 * sizeof(uint32_t));
    assert_holds(notes, "rows left out because 'y' is missing: 1\n");
    assert_holds(notes, "rows left out because a feature is missing: 2\n");
    mlt_dataset_free(data);
}

static void test_dataset__useless_columns_are_noted_and_kept(void **state) {
    (void)state;
    char text[4000] = "id,name,same,word,measure,y\n";
    for (int i = 0; i < 20; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,n%d,5,w,%d.5,%d.25\n", 100 - i, i, i,
                 i);
    mlt_dataset *data = good(text, &(mlt_dataset_options){0});
    assert_int_equal(data->p, 5);
    assert_holds(notes, "the same in every row, so of no use: 'same', 'word'\n");
    assert_holds(notes, "different in every row, as an id is: 'id', 'name'; --drop");
    assert_holds(notes, "read as categories: 'name'\n");
    mlt_dataset_free(data);

    strcpy(text, "id,y\n"); /* 19 rows may differ by chance */
    for (int i = 0; i < 19; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%d.25\n", i, i);
    mlt_dataset_free(good(text, &(mlt_dataset_options){0}));
    assert_lacks(notes, "different in every row");
}

/* A repetition is found wherever it is. */
static void test_dataset__a_late_repetition_is_no_id(void **state) {
    (void)state;
    enum { N = 3000 };
    char *text = malloc(N * 20);
    assert_non_null(text);
    for (int twice = 0; twice < 2; twice++) {
        size_t used = (size_t)sprintf(text, "id,y\n");
        for (int i = 0; i < N; i++)
            used += (size_t)sprintf(text + used, "%d,%d.5\n", twice && i == N - 1 ? 17 : i - 5, i % 100);
        mlt_dataset_free(good(text, &(mlt_dataset_options){0}));
        assert_true((strstr(notes, "different in every row") == NULL) == (twice == 1));
    }
    free(text);
}

static void test_dataset__long_lists_are_cut(void **state) {
    (void)state;
    mlt_dataset_free(good("a,b,c,d,e,f,g,y\nr,r,r,r,r,r,r,1.5\ns,s,s,s,s,s,s,2\nr,r,r,r,r,r,r,3\n",
                          &(mlt_dataset_options){0}));
    assert_holds(notes, "read as categories: 'a', 'b', 'c', 'd', 'e' and 2 more\n");
}

static void test_dataset__a_slip_in_a_numeric_target_is_told(void **state) {
    (void)state;
    mlt_dataset_free(good("a,price\n1,100\n2,$200\n3,100\n4,100\n", &(mlt_dataset_options){0}));
    assert_holds(notes, "'price' is text because of '$200' in line 3; other cells of it are numbers\n");
}

static void test_dataset__refusals(void **state) {
    (void)state;
    static const char *const drop_y[] = {"y"}, *const drop_a[] = {"a"}, *const a_y[] = {"a", "y"},
                             *const a_a[] = {"a", "a"};
    static const char *const drop_z[] = {"z"}, *const drop_all[] = {"a", "y"};
    static const char good_text[] = "a,y\n1,1.5\n2,2.5\n3,3.5\n";
    static const struct {
        const char *text;
        mlt_dataset_options options;
        mlt_status status;
        const char *pattern, *more;
    } cases[] = {
        {"diagnosis,diagnostics,y\n1,2,3\n1,2,3\n1,2,3\n",
         {.target = "diagnosys"},
         MLT_E_USAGE,
         "--target: there is no column 'diagnosys'",
         "did you mean 'diagnosis', 'diagnostics'?"},
        {good_text, {.target = "zzzz"}, MLT_E_USAGE, "--target", "the columns are 'a', 'y'"},
        {good_text, {.target = ""}, MLT_E_USAGE, "--target", "the columns are 'a', 'y'"},
        {good_text, {.drop = drop_z, .n_drop = 1}, MLT_E_USAGE, "--drop: there is no column 'z'", ""},
        {good_text, {.weights = "w"}, MLT_E_USAGE, "--weights: there is no column 'w'", ""},
        {good_text,
         {.target = "y", .drop = drop_y, .n_drop = 1},
         MLT_E_USAGE,
         "--drop: column 'y' is named by --target",
         ""},
        {good_text,
         {.target = "y", .features = a_y, .n_features = 2},
         MLT_E_USAGE,
         "--features: column 'y'",
         "--target"},
        {good_text,
         {.target = "y", .features = a_a, .n_features = 2},
         MLT_E_USAGE,
         "--features: column 'a' is named twice",
         ""},
        {good_text,
         {.features = a_y, .n_features = 2},
         MLT_E_USAGE,
         "--target: every column",
         "name the target"},
        {good_text,
         {.target = "y", .weights = "y"},
         MLT_E_USAGE,
         "--weights: column 'y' is named by --target",
         ""},
        {good_text, {.drop = drop_all, .n_drop = 2}, MLT_E_USAGE, "--target", ""},
        {good_text, {.drop = drop_a, .n_drop = 1}, MLT_E_DATA, "no column is left to predict 'y' from", ""},
        {"y\n1.5\n2\n3\n", {0}, MLT_E_DATA, "no column is left", ""},
        {"a,y\n1,x\n2,x\n3,x\n", {0}, MLT_E_DATA, "one class only ('x')", ""},
        {"a,y\n1,7\n2,7\n3,7\n4,7\n", {0}, MLT_E_DATA, "one class only ('7')", ""},
        {"a,y\n1,x\n2,x\n3,x\n4,y\n",
         {.target = "y", .task = MLT_REGRESSION},
         MLT_E_DATA,
         ":2: column 'y': 'x' is not a number, but regression predicts numbers",
         ""},
        {"a,y\n1,1\n2,2\n3,x\n4,y\n",
         {.task = MLT_REGRESSION},
         MLT_E_DATA,
         ":4: column 'y': 'x' is not a number",
         ""},
        {"a,y\n1,x\n2,y\n3,z\n", {0}, MLT_E_DATA, "'y' differs in every row", ""},
        {"a,y\n1,0.5\n2,1.5\n3,2.5\n4,0.5\n",
         {.task = MLT_CLASSIFICATION},
         MLT_E_DATA,
         "3 different decimals",
         "--task regression"},
        {"a,y\n1,5\n2,6\n", {0}, MLT_E_DATA, "rows to learn from: 2, fewer than 3", ""},
        {"a,y\n1,5\n", {0}, MLT_E_DATA, "rows to learn from: 1", ""},
        {"a,y\n1,5\n2,6\n,7\n3,\n",
         {.drop_missing = true},
         MLT_E_DATA,
         "rows to learn from: 2",
         "--impute mean"},
        {"y,a\n,1\n,2\n,3\n", {.target = "y"}, MLT_E_DATA, "'y' is missing in every row", ""},
        {"a,b,y\n1,x,1.5\n1,x,2.5\n1,x,3.5\n", {0}, MLT_E_DATA, "no feature has two different values", ""},
        {"a,w,y\n1,1,1\n2,-0.5,2\n3,1,3\n",
         {.weights = "w"},
         MLT_E_DATA,
         "data row 2: weight 'w' is -0.5",
         ""},
        {"a,w,y\n1,1,1\n2,1,\n3,,3\n4,1,4\n",
         {.weights = "w"},
         MLT_E_DATA,
         "data row 3: weight 'w' is missing",
         ""},
        {"a,w,y\n1,0,1\n2,0,2\n3,0,3\n", {.weights = "w"}, MLT_E_DATA, "every weight in 'w' is 0", ""},
        {"a,w,y\n1,1,1\n2,heavy,2\n3,0,3\n",
         {.weights = "w"},
         MLT_E_DATA,
         ":3: column 'w': 'heavy' is not a number",
         ""},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        mlt_dataset *data;
        mlt_error err;
        mlt_status status = make(&data, cases[c].text, &cases[c].options, &err);
        if (status != cases[c].status)
            fail_msg("case %zu: status %d (%s)", c, (int)status, err.message);
        assert_int_equal(err.status, status);
        assert_null(data);
        assert_holds(err.message, cases[c].pattern);
        assert_holds(err.message, cases[c].more);
    }
}

/* Rows "i,<format of i>" under "a,y". The caller frees. */
static char *many_rows(int n, const char *prefix, const char *suffix) {
    char *text = malloc((size_t)n * 40 + 10);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "a,y\n");
    for (int i = 0; i < n; i++)
        used += (size_t)sprintf(text + used, "%d,%s%d%s\n", i % 10, prefix, i, suffix);
    return text;
}

static void test_dataset__too_many_classes_are_refused_early(void **state) {
    (void)state;
    static const struct {
        int n;
        const char *prefix, *suffix;
        mlt_status status;
        const char *pattern;
    } cases[] = {
        {100000, "c", "", MLT_E_LIMIT, "100000 classes, at most 1000"},
        {100000, "", "", MLT_E_LIMIT, "more than 1000 classes, at most 1000"},
        {10000, "", ".5", MLT_E_DATA, "more than 1000 different decimals"},
        {1001, "c", "", MLT_E_LIMIT, "1001 classes"},
        {1000, "c", "", MLT_E_DATA, "differs in every row"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        char *text = many_rows(cases[c].n, cases[c].prefix, cases[c].suffix);
        mlt_dataset *data;
        mlt_error err;
        assert_int_equal(make(&data, text, &(mlt_dataset_options){.task = MLT_CLASSIFICATION}, &err),
                         cases[c].status);
        assert_holds(err.message, cases[c].pattern);
        free(text);
    }
}

static void test_dataset__names_are_escaped_in_messages(void **state) {
    (void)state;
    mlt_dataset *data;
    mlt_error err;
    make(&data, "a\x1b[31m,y\nr,1.5\ns,2\nr,3\n", &(mlt_dataset_options){.target = "nothing"}, &err);
    assert_null(data);
    assert_holds(err.message, "a\\x1B[31m");
    assert_null(strchr(err.message, '\x1b'));
}

static const char train_text[] =
    "age,brand,w,grade\n1,audi,1,1\n2,bmw,1,2\n3,audi,2,10\n4,,1,2\n5,bmw,1,10\n";

static mlt_dataset *trained(void) {
    return good(train_text,
                &(mlt_dataset_options){.target = "grade", .weights = "w", .task = MLT_CLASSIFICATION});
}

static mlt_status encode(mlt_dataset **out, const char *text, const mlt_schema *schema, bool need_target,
                         bool unknown, mlt_error *err) {
    notes[0] = '\0';
    *err = (mlt_error){0};
    mlt_encode_options options = {.need_target = need_target, .unknown_as_missing = unknown};
    return mlt_dataset_encode(out, read_text(text, schema->target, NULL), schema, &options, &note_context,
                              err);
}

static void test_encode__columns_come_by_name(void **state) {
    (void)state;
    mlt_dataset *train = trained(), *data;
    mlt_error err;
    assert_int_equal(encode(&data, "grade,more,brand,age\n2.0,x,bmw,7\n1e1,y,,\n01,z,audi,9\n", train->schema,
                            true, false, &err),
                     MLT_OK);
    assert_ptr_equal(data->schema, train->schema);
    assert_int_equal(data->n, 3);
    assert_int_equal(data->p, 2);
    assert_true(data->x[0].values[0] == 7 && isnan(data->x[0].values[1]) && data->x[0].values[2] == 9);
    assert_memory_equal(data->x[1].codes, ((int32_t[]){1, -1, 0}), 3 * sizeof(int32_t));
    assert_memory_equal(data->labels, ((uint32_t[]){1, 2, 0}),
                        3 * sizeof(uint32_t)); /* 2.0 is 2, 1e1 is 10 */
    assert_null(data->weights);
    assert_string_equal(notes, "columns the model does not use: 'more'\n");
    mlt_dataset_free(data);
    mlt_dataset_free(train);
}

static void test_encode__needs_no_target_to_predict(void **state) {
    (void)state;
    mlt_dataset *train = trained();
    static const char *const texts[] = {
        "age,brand\n1,audi\n2,bmw\n",
        "age,brand,grade\n1,audi,\n2,bmw,1\n",
        "age,brand,grade\n1,audi,none\n2,bmw,1\n",
        "age,brand,grade\n1,audi,3\n2,bmw,1\n",
        "age,brand,grade,w\n1,audi,3,-1\n2,bmw,1,1\n",
    };
    for (size_t c = 0; c < sizeof texts / sizeof texts[0]; c++) {
        mlt_dataset *data;
        mlt_error err;
        assert_int_equal(encode(&data, texts[c], train->schema, false, false, &err), MLT_OK);
        assert_int_equal(data->n, 2);
        assert_null(data->labels);
        assert_null(data->weights);
        assert_string_equal(notes, "");
        mlt_dataset_free(data);
    }
    mlt_dataset_free(train);
}

static void test_encode__rows_without_target_are_not_measured(void **state) {
    (void)state;
    mlt_dataset *train = trained(), *data;
    mlt_error err;
    assert_int_equal(encode(&data, "age,brand,w,grade\n1,fiat,1,\n2,bmw,3,10\n3,audi,4,2\n", train->schema,
                            true, false, &err),
                     MLT_OK);
    assert_int_equal(data->n, 2);
    assert_memory_equal(data->origin, ((uint32_t[]){1, 2}), 2 * sizeof(uint32_t));
    assert_memory_equal(data->labels, ((uint32_t[]){2, 1}), 2 * sizeof(uint32_t));
    assert_true(data->weights[0] == 3 && data->weights[1] == 4);
    assert_holds(notes, "rows left out because 'grade' is missing: 1\n");
    mlt_dataset_free(data);
    mlt_dataset_free(train);
}

static void test_encode__refusals(void **state) {
    (void)state;
    static const struct {
        const char *text;
        mlt_status status;
        const char *pattern;
    } cases[] = {
        {"Age,brand,grade\n1,audi,1\n", MLT_E_SCHEMA,
         "no column 'age', which the model needs; did you mean 'Age'?"},
        {"age,brand\n1,audi\n", MLT_E_SCHEMA, "no column 'grade'"},
        {"age,brand,grade\n1,audi,1\nold,bmw,2\n", MLT_E_SCHEMA, ":3: column 'age': 'old' is not a number"},
        {"age,brand,grade\n1,5,1\n2,6,2\n", MLT_E_SCHEMA, "'brand' holds numbers only"},
        {"age,brand,grade\n1,audi,1\n2,lada,2\n", MLT_E_SCHEMA,
         "data row 2: column 'brand': the model does not know 'lada'"},
        {"age,brand,grade\n1,audi,\n2,bmw,1\n2,lada,2\n", MLT_E_SCHEMA, "data row 3: column 'brand'"},
        {"age,brand,grade\n1,audi,1\n2,bmw,3\n", MLT_E_SCHEMA,
         "no class '3'; its classes are '1', '2', '10'"},
        {"age,brand,grade\n1,audi,1\n2,bmw,good\n", MLT_E_SCHEMA, "no class 'good'"},
        {"grade,age,brand\n,1,audi\n,2,bmw\n", MLT_E_DATA, "'grade' is missing in every row"},
        {"age,brand,grade,w\n1,audi,1,-1\n2,bmw,2,1\n", MLT_E_DATA, "data row 1: weight 'w' is -1"},
    };
    mlt_dataset *train = trained();
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        mlt_dataset *data;
        mlt_error err;
        mlt_status status = encode(&data, cases[c].text, train->schema, true, false, &err);
        if (status != cases[c].status)
            fail_msg("case %zu: status %d (%s)", c, (int)status, err.message);
        assert_null(data);
        assert_holds(err.message, cases[c].pattern);
    }
    mlt_dataset_free(train);
}

static void test_encode__unknown_categories_can_be_missing(void **state) {
    (void)state;
    mlt_dataset *train = trained(), *data;
    mlt_error err;
    assert_int_equal(
        encode(&data, "age,brand\n1,lada\n2,bmw\n3,fiat\n4,fiat\n", train->schema, false, true, &err),
        MLT_OK);
    assert_memory_equal(data->x[1].codes, ((int32_t[]){-1, 1, -1, -1}), 4 * sizeof(int32_t));
    assert_holds(notes, "taken as missing: 3\n");
    mlt_dataset_free(data);
    mlt_dataset_free(train);
}

/* A column without any value is numbers to the reader. */
static void test_encode__a_column_may_be_empty(void **state) {
    (void)state;
    mlt_dataset *train = trained(), *data;
    mlt_error err;
    assert_int_equal(encode(&data, "age,brand\n,\n,\n", train->schema, false, false, &err), MLT_OK);
    assert_memory_equal(data->x[1].codes, ((int32_t[]){-1, -1}), 2 * sizeof(int32_t));
    assert_true(isnan(data->x[0].values[0]) && isnan(data->x[0].values[1]));
    mlt_dataset_free(data);
    mlt_frame *frame = read_text("brand,age\naudi,\nbmw,\n", "x", "age"); /* forced to be text */
    assert_int_equal(frame->columns[1].type, MLT_CATEGORICAL);
    assert_int_equal(mlt_dataset_encode(&data, frame, train->schema, &(mlt_encode_options){0}, NULL, NULL),
                     MLT_OK);
    assert_true(isnan(data->x[0].values[0]) && isnan(data->x[0].values[1]));
    mlt_dataset_free(data);
    mlt_dataset_free(train);
}

static void test_encode__a_regression_target_is_read(void **state) {
    (void)state;
    mlt_dataset *train = good("a,y\n1,1.5\n2,2.5\n3,3.5\n", &(mlt_dataset_options){0}), *data;
    mlt_error err;
    assert_int_equal(encode(&data, "y,a\n10,1\n20,2\n", train->schema, true, false, &err), MLT_OK);
    assert_true(data->y[0] == 10 && data->y[1] == 20);
    mlt_dataset_free(data);
    assert_int_equal(encode(&data, "y,a\n10,1\nmuch,2\n", train->schema, true, false, &err), MLT_E_SCHEMA);
    assert_holds(err.message, ":3: column 'y': 'much' is not a number");
    assert_int_equal(encode(&data, "y,a\n10,1\nmuch,2\n", train->schema, false, false, &err), MLT_OK);
    assert_null(data->y);
    mlt_dataset_free(data);
    mlt_dataset_free(train);
}

/* Classes that are texts of equal numbers match by text only. */
static void test_encode__equal_numbers_as_different_classes(void **state) {
    (void)state;
    mlt_dataset *train =
                    good("a,y\n1,1\n2,01\n3,1\n4,01\n", &(mlt_dataset_options){.task = MLT_CLASSIFICATION}),
                *data;
    mlt_error err;
    assert_int_equal(encode(&data, "a,y\n1,01\n2,1\n3,1\n", train->schema, true, false, &err), MLT_OK);
    assert_memory_equal(data->labels, ((uint32_t[]){0, 1, 1}), 3 * sizeof(uint32_t));
    mlt_dataset_free(data);
    assert_int_equal(encode(&data, "a,y\n1,01\n2,1.0\n", train->schema, true, false, &err), MLT_E_SCHEMA);
    assert_holds(err.message, "no class '1.0'");
    mlt_dataset_free(train);
}

/* Numeric classes match a column that kept no texts. */
static void test_encode__classes_match_by_value(void **state) {
    (void)state;
    mlt_dataset *train = trained(), *data;
    mlt_encode_options options = {.need_target = true};
    mlt_frame *frame = read_text("grade,age,brand\n10.0,1,audi\n2,2,bmw\n", "age", NULL);
    assert_null(frame->columns[0].codes);
    assert_int_equal(mlt_dataset_encode(&data, frame, train->schema, &options, NULL, NULL), MLT_OK);
    assert_memory_equal(data->labels, ((uint32_t[]){2, 1}), 2 * sizeof(uint32_t));
    mlt_dataset_free(data);
    mlt_error err;
    frame = read_text("grade,age,brand\n10.0,1,audi\n3,2,bmw\n", "age", NULL);
    assert_int_equal(mlt_dataset_encode(&data, frame, train->schema, &options, NULL, &err), MLT_E_SCHEMA);
    assert_holds(err.message, "no class '3'");
    mlt_dataset_free(train);
}

static void test_encode__a_schema_that_names_a_column_twice_is_refused(void **state) {
    (void)state;
    mlt_dataset *train = trained(), *data;
    mlt_schema *schema;
    assert_int_equal(mlt_schema_clone(&schema, train->schema, NULL), MLT_OK);
    free(schema->target);
    schema->target = strdup("age");
    mlt_error err;
    assert_int_equal(encode(&data, "age,brand\n1,audi\n2,bmw\n", schema, false, false, &err), MLT_E_MODEL);
    mlt_schema_free(schema);
    mlt_dataset_free(train);
}

static void test_schema__a_clone_is_equal_and_apart(void **state) {
    (void)state;
    mlt_dataset *train = trained();
    mlt_schema *copy;
    assert_int_equal(mlt_schema_clone(&copy, train->schema, NULL), MLT_OK);
    mlt_dataset_free(train);
    assert_int_equal(copy->task, MLT_CLASSIFICATION);
    assert_int_equal(copy->p, 2);
    assert_string_equal(copy->features[0].name, "age");
    assert_int_equal(copy->features[1].type, MLT_CATEGORICAL);
    assert_string_equal(copy->features[1].levels[1], "bmw");
    assert_int_equal(copy->k, 3);
    assert_string_equal(copy->classes[2], "10");
    assert_string_equal(copy->target, "grade");
    assert_string_equal(copy->weights, "w");
    mlt_schema_free(copy);
    mlt_schema_free(NULL);
}

/* scikit-learn's SimpleImputer on rows 0 to 5 of `a`: mean 3.4, median 4, most frequent 1 (1 and 5 occur
 * twice). */
static void test_impute__fills_what_the_rows_teach(void **state) {
    (void)state;
    static const struct {
        mlt_impute strategy;
        double fill;
    } cases[] = {{MLT_IMPUTE_MEAN, 3.6}, {MLT_IMPUTE_MEDIAN, 5}, {MLT_IMPUTE_MOST_FREQUENT, 1}};
    static const char text[] =
        "a,full,colour,y\n5,1,red,1.5\n1,2,blue,2\n,3,,3\n1,4,red,4\n5,5,blue,5\n6,6,green,6\n"
        "1000,7,green,7\n,8,green,8\n";
    mlt_dataset *data = good(text, &(mlt_dataset_options){0});
    static const uint32_t rows[] = {5, 4, 3, 2, 1, 0};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        mlt_dataset *filled;
        assert_int_equal(mlt_dataset_impute(&filled, data, rows, 6, cases[c].strategy, NULL), MLT_OK);
        const mlt_feature *a = &filled->schema->features[0], *colour = &filled->schema->features[2];
        assert_true(a->has_fill && colour->has_fill && filled->schema->features[1].has_fill);
        assert_true(fabs(a->fill_value - cases[c].fill) <= 1e-15);
        assert_true(filled->x[0].values[2] == a->fill_value && filled->x[0].values[7] == a->fill_value);
        assert_true(filled->x[0].values[6] == 1000);
        assert_string_equal(colour->levels[colour->fill_code], "blue"); /* as often as red */
        assert_memory_equal(filled->x[2].codes, ((int32_t[]){2, 0, 0, 2, 0, 1, 1, 1}), 8 * sizeof(int32_t));
        assert_ptr_equal(filled->x[1].values, data->x[1].values);
        assert_ptr_equal(filled->y, data->y);
        assert_true(isnan(data->x[0].values[2]));
        assert_false(data->schema->features[0].has_fill);

        mlt_dataset *later;
        mlt_error err;
        assert_int_equal(encode(&later, "full,colour,a\n,,7\n2,red,\n", filled->schema, false, false, &err),
                         MLT_OK);
        assert_true(later->x[0].values[1] == a->fill_value && later->x[0].values[0] == 7);
        assert_true(later->x[1].values[0] == filled->schema->features[1].fill_value);
        assert_int_equal(later->x[2].codes[0], colour->fill_code);
        mlt_dataset_free(later);
        mlt_dataset_free(filled);
    }
    mlt_dataset_free(data);
}

static void test_impute__median_of_an_even_number_and_huge_values(void **state) {
    (void)state;
    mlt_dataset *data = good("a,b,y\n1,1.5e308,1.5\n4,1.6e308,2\n3,1.7e308,3\n2,1.4e308,4\n",
                             &(mlt_dataset_options){0}),
                *filled;
    static const uint32_t rows[] = {0, 1, 2, 3};
    assert_int_equal(mlt_dataset_impute(&filled, data, rows, 4, MLT_IMPUTE_MEDIAN, NULL), MLT_OK);
    assert_true(filled->schema->features[0].fill_value == 2.5);
    assert_true(fabs(filled->schema->features[1].fill_value / 1.55e308 - 1) < 1e-15);
    mlt_dataset_free(filled);
    assert_int_equal(mlt_dataset_impute(&filled, data, rows, 4, MLT_IMPUTE_MEAN, NULL), MLT_OK);
    assert_true(filled->schema->features[0].fill_value == 2.5);
    assert_true(fabs(filled->schema->features[1].fill_value / 1.55e308 - 1) < 1e-15);
    mlt_dataset_free(filled);
    mlt_dataset_free(data);
}

static void test_impute__refusals(void **state) {
    (void)state;
    mlt_dataset *data = good("a,colour,y\n,red,1.5\n,,2\n3,,3\n", &(mlt_dataset_options){0}), *filled;
    mlt_error err;
    static const uint32_t rows[] = {0, 1, 2};
    assert_int_equal(mlt_dataset_impute(&filled, data, rows, 2, MLT_IMPUTE_MEAN, &err), MLT_E_DATA);
    assert_holds(err.message, "column 'a' has no value");
    assert_null(filled);
    assert_int_equal(mlt_dataset_impute(&filled, data, rows + 2, 1, MLT_IMPUTE_MEAN, &err), MLT_E_DATA);
    assert_holds(err.message, "column 'colour' has no value");
    assert_int_equal(mlt_dataset_impute(&filled, data, rows, 3, MLT_IMPUTE_DROP, &err), MLT_E_USAGE);
    mlt_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dataset__takes_the_last_column_as_target),
        cmocka_unit_test(test_dataset__default_target_is_the_last_without_another_part),
        cmocka_unit_test(test_dataset__features_come_in_the_order_named),
        cmocka_unit_test(test_dataset__task_and_classes_are_inferred),
        cmocka_unit_test(test_dataset__twenty_whole_numbers_are_classes),
        cmocka_unit_test(test_dataset__a_label_column_without_texts_gets_them),
        cmocka_unit_test(test_dataset__rows_without_target_are_left_out),
        cmocka_unit_test(test_dataset__drop_missing_leaves_out_incomplete_rows),
        cmocka_unit_test(test_dataset__useless_columns_are_noted_and_kept),
        cmocka_unit_test(test_dataset__a_late_repetition_is_no_id),
        cmocka_unit_test(test_dataset__long_lists_are_cut),
        cmocka_unit_test(test_dataset__a_slip_in_a_numeric_target_is_told),
        cmocka_unit_test(test_dataset__refusals),
        cmocka_unit_test(test_dataset__too_many_classes_are_refused_early),
        cmocka_unit_test(test_dataset__names_are_escaped_in_messages),
        cmocka_unit_test(test_encode__columns_come_by_name),
        cmocka_unit_test(test_encode__needs_no_target_to_predict),
        cmocka_unit_test(test_encode__rows_without_target_are_not_measured),
        cmocka_unit_test(test_encode__refusals),
        cmocka_unit_test(test_encode__unknown_categories_can_be_missing),
        cmocka_unit_test(test_encode__a_column_may_be_empty),
        cmocka_unit_test(test_encode__a_regression_target_is_read),
        cmocka_unit_test(test_encode__equal_numbers_as_different_classes),
        cmocka_unit_test(test_encode__classes_match_by_value),
        cmocka_unit_test(test_encode__a_schema_that_names_a_column_twice_is_refused),
        cmocka_unit_test(test_schema__a_clone_is_equal_and_apart),
        cmocka_unit_test(test_impute__fills_what_the_rows_teach),
        cmocka_unit_test(test_impute__median_of_an_even_number_and_huge_values),
        cmocka_unit_test(test_impute__refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
