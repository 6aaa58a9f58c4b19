/* Reports: every format of every report, also of data whose names attack; the pieces they are made of. */
#include "support.h"

#include "failing_malloc.h"
#include "made_data.h"

#include "core/error.h"
#include "report/delimited.h"
#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

#include <unistd.h>

/* ---- pieces ---- */

/* A stream into memory; `finished` closes it and gives its text (to be freed). */
typedef struct sheet {
    FILE *out;
    char *text;
    size_t size;
} sheet;

static void sheet_open(sheet *s) {
    s->out = open_memstream(&s->text, &s->size);
    assert_non_null(s->out);
}

static const char *finished(sheet *s) {
    assert_int_equal(fclose(s->out), 0);
    return s->text;
}

static void test_report__numbers_for_people_have_significant_digits(void **state) {
    (void)state;
    const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {
        {0.9649122807017544, 5, "0.96491"},
        {1, 5, "1.0000"},
        {0, 5, "0"},
        {200, 5, "200.00"},
        {2900.19362849348, 5, "2900.2"},
        {8929674.2778, 5, "8929674"},
        {12345.6, 5, "12346"},
        {-0.025581637, 5, "-0.025582"},
        {5.822057801431975e-178, 5, "5.8221e-178"},
        {1.5e300, 4, "1.500e+300"},
        {NAN, 5, "not defined"},
        {0.5, 1, "0.5"},
        {1.0 / 3, 17, "0.33333333333333331"},
        {99999.5, 5, "100000"},
        {99999.4, 5, "99999"},
        {1.5e300, 1, "2e+300"},
        {12, 2, "12"},
        {123456789012345678.0, 5, "1.2346e+17"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buffer[64];
        assert_string_equal(mlt__text_number(buffer, cases[i].value, cases[i].digits), cases[i].text);
    }
}

static void test_report__text_is_escaped_for_terminals(void **state) {
    (void)state;
    sheet s;
    sheet_open(&s);
    mlt_report_text(s.out, "na\xC3\xAFve \x1b[31m\n\t\x7f \xff\xfe \xC2\x9b end");
    assert_string_equal(finished(&s), "na\xC3\xAFve \\x1B[31m\\x0A\\x09\\x7F \\xFF\\xFE \\xC2\\x9B end");
    free(s.text);
}

static void test_report__json_has_the_shortest_numbers(void **state) {
    (void)state;
    sheet s;
    sheet_open(&s);
    mlt__json json = {.out = s.out};
    mlt__put_open(&json, NULL, '[');
    const double values[] = {0.2, 1, -0.0, 1e300, 5e-324, 123456789, 0.1 + 0.2, NAN, INFINITY};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        mlt__put_real(&json, NULL, values[i]);
    mlt__put_count(&json, NULL, UINT64_MAX);
    mlt__put_int(&json, NULL, -1);
    mlt__put_bool(&json, NULL, true);
    mlt__put_text(&json, NULL, NULL);
    mlt__put_open(&json, NULL, '{');
    mlt__put_close(&json, '}');
    mlt__put_close(&json, ']');
    assert_string_equal(finished(&s), "[0.2,1.0,-0.0,1e+300,5e-324,123456789.0,0.30000000000000004,null,null,"
                                      "18446744073709551615,-1,true,null,{}]");
    free(s.text);
}

static void test_report__json_strings_survive_a_strict_parser(void **state) {
    (void)state;
    const struct {
        const char *text, *read;
    } cases[] = {
        {"plain", "plain"},
        {"quote \" backslash \\ slash /", "quote \" backslash \\ slash /"},
        {"\x01\x1b[2J\n\r\t\x7f", "\x01\x1b[2J\n\r\t\x7f"},
        {"na\xC3\xAFve \xF0\x9F\x8E\x89", "na\xC3\xAFve \xF0\x9F\x8E\x89"},
        {"\xC2\x9b", "\xC2\x9b"},
        {"bytes \xff\xC3", "bytes \\xFF\\xC3"},
        {"</script>", "</script>"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sheet s;
        sheet_open(&s);
        mlt__json json = {.out = s.out};
        mlt__put_open(&json, NULL, '{');
        mlt__put_text(&json, cases[i].text, cases[i].text);
        mlt__put_close(&json, '}');
        json_t *read = json_loads(finished(&s), JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(read);
        assert_string_equal(json_string_value(json_object_get(read, cases[i].read)), cases[i].read);
        for (const char *c = s.text; *c; c++) /* nothing a terminal would obey */
            assert_true((unsigned char)*c >= ' ' && *c != 0x7F);
        json_decref(read);
        free(s.text);
    }
}

static void test_report__json_documents_are_written_again(void **state) {
    (void)state;
    sheet s;
    mlt_error err;
    sheet_open(&s);
    mlt__json json = {.out = s.out};
    assert_ok(mlt__put_document(&json, NULL, " { \"z\" : [1, 2.50, \"x\", true, null], \"a\" : {} } ", &err),
              &err);
    assert_ok(mlt__put_document(&json, NULL, NULL, &err), &err);
    assert_int_equal(mlt__put_document(&json, NULL, "{\"a\":1,\"a\":2}", &err), MLT_E_MODEL);
    assert_int_equal(mlt__put_document(&json, NULL, "{", &err), MLT_E_MODEL);
    assert_string_equal(finished(&s), "{\"z\":[1,2.5,\"x\",true,null],\"a\":{}},null");
    free(s.text);
}

static void test_report__csv_is_quoted_where_needed(void **state) {
    (void)state;
    const char *const cells[] = {"plain", "a,b", "say \"hi\"", "two\nlines", " padded",
                                 "tab\t", "",    NULL,         "a\tb",       "\xff"};
    sheet s;
    sheet_open(&s);
    mlt__delimited rows;
    mlt__delimited_start(&rows, s.out, &(mlt_report_options){.format = MLT_FORMAT_CSV});
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        mlt__delimited_text(&rows, cells[i]);
    mlt__delimited_end_row(&rows);
    mlt__delimited_real(&rows, 0.1);
    mlt__delimited_real(&rows, NAN);
    mlt__delimited_count(&rows, 100000);
    mlt__delimited_end_row(&rows);
    mlt__delimited_start(&rows, s.out, &(mlt_report_options){.format = MLT_FORMAT_TSV, .terminal = true});
    mlt__delimited_text(&rows, "a\tb");
    mlt__delimited_text(&rows, "a,\"b\"");
    mlt__delimited_text(&rows, "\x1b[1m");
    mlt__delimited_end_row(&rows);
    assert_string_equal(finished(&s),
                        "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\" padded\",\"tab\t\",,,a\tb,\xff\n"
                        "0.1,,100000\n"
                        "\"a\\x09b\"\t\"a,\"\"b\"\"\"\t\\x1B[1m\n");
    free(s.text);
}

/* The same table in each format. */
static char *small_table(mlt_format format) {
    static const char *const headers[] = {"name", "R²", "what"};
    mlt_report_options options = {.format = format, .digits = 3};
    sheet s;
    mlt_error err;
    sheet_open(&s);
    mlt__table table;
    mlt__table_start(&table, &options, headers, 3);
    mlt__table_name(&table, "naïve | x");
    mlt__table_real(&table, 0.123456);
    mlt__table_name(&table, "short");
    mlt__table_name(&table, "b");
    mlt__table_count(&table, 12345678);
    mlt__table_name(
        &table, "words that go on for so long that the line has to be broken where a word ends, twice even");
    assert_ok(mlt__table_finish(&table, s.out, &err), &err);
    finished(&s);
    return s.text;
}

static void test_report__a_table_has_four_forms(void **state) {
    (void)state;
    static const char *const wanted[] = {
        [MLT_FORMAT_TABLE] = "  name             R²  what\n"
                             "  naïve | x     0.123  short\n"
                             "  b          12345678  words that go on for so long that the line has to be\n"
                             "                       broken where a word ends, twice even\n",
        [MLT_FORMAT_CSV] =
            "name,R²,what\nnaïve | x,0.123456,short\nb,12345678,\"words that go on for so long that the "
            "line has to be broken where a word ends, twice even\"\n",
        [MLT_FORMAT_TSV] =
            "name\tR²\twhat\nnaïve | x\t0.123456\tshort\nb\t12345678\twords that go on for so long that "
            "the line has to be broken where a word ends, twice even\n",
        [MLT_FORMAT_MARKDOWN] =
            "| name | R² | what |\n|---|---:|---|\n| naïve \\| x | 0.123 | short |\n"
            "| b | 12345678 | words that go on for so long that the line has to be broken where a "
            "word ends, twice even |\n",
    };
    for (mlt_format format = MLT_FORMAT_TABLE; format <= MLT_FORMAT_MARKDOWN; format++) {
        if (format == MLT_FORMAT_JSON)
            continue;
        char *text = small_table(format);
        assert_string_equal(text, wanted[format]);
        free(text);
    }
}

static void test_report__a_long_cell_is_cut(void **state) {
    (void)state;
    static const char *const headers[] = {"name", "n"};
    mlt_report_options options = {.format = MLT_FORMAT_TABLE};
    char name[1000] = "";
    for (size_t i = 0; i < 100; i++)
        strcat(name, "é");
    sheet s;
    mlt_error err;
    sheet_open(&s);
    mlt__table table;
    mlt__table_start(&table, &options, headers, 2);
    mlt__table_name(&table, name);
    mlt__table_count(&table, 1);
    assert_ok(mlt__table_finish(&table, s.out, &err), &err);
    finished(&s);
    const char *second = strchr(s.text, '\n') + 1;
    assert_int_equal(mlt__text_columns(second, strlen(second)), 2 + 60 + 2 + 1 + 1);
    assert_non_null(strstr(second, "é...  1\n"));
    free(s.text);
}

static void test_report__fields_wrap_at_the_page_width(void **state) {
    (void)state;
    sheet s;
    mlt_error err;
    sheet_open(&s);
    mlt__page page;
    mlt__page_start(&page, s.out, &(mlt_report_options){.format = MLT_FORMAT_TABLE});
    mlt__text text = {0};
    for (size_t i = 0; i < 30; i++)
        mlt__text_add(&text, "%sword%zu", i ? " " : "", i);
    mlt__page_field(&page, "Label", &text);
    assert_ok(mlt__page_finish(&page, &err), &err);
    finished(&s);
    for (const char *line = s.text; *line; line = strchr(line, '\n') + 1) {
        assert_true(strchr(line, '\n') - line <= 80);
        assert_memory_equal(line, line == s.text ? "Label      " : "           ", 11);
    }
    free(s.text);
}

/* ---- whole reports ---- */

/* What an attacker calls things. */
static const char *const names[] = {"x,\"1\"\n", "\x1b[2J`id`", "$(id) @m|</script>", "t\xC3\xA4rget"};
static const char *const levels[] = {"a\xff", "b,\"\n", "  c ", "\x1b]0;x\x07"};

static void rename_text(char **text, const char *name) {
    free(*text);
    *text = made_copy(name);
}

static mlt_dataset *hostile_data(size_t classes, bool missing) {
    mlt_frame *frame = made_frame(80, classes, missing, 5);
    for (size_t j = 0; j < 4; j++) {
        rename_text(&frame->columns[j].name, names[j]);
        for (size_t i = 0; i < frame->columns[j].n_levels && frame->columns[j].levels; i++)
            rename_text(&frame->columns[j].levels[i], levels[i]);
    }
    mlt_dataset *data;
    mlt_dataset_options options = {.target = names[3]};
    mlt_error err;
    assert_ok(mlt_dataset_new(&data, frame, &options, NULL, &err), &err);
    return data;
}

/* A fitted model and all that its reports are made of. */
typedef struct fitted {
    mlt_dataset *data;
    mlt_params params;
    mlt_fit_result results[3];
    mlt_fit_report report;
    mlt_recipe recipe;
} fitted;

static void fit(fitted *f, const mlt_model_type *type, mlt_task task, size_t folds, bool given) {
    mlt_error err;
    *f = (fitted){.data = hostile_data(task == MLT_CLASSIFICATION ? 3 : 0, false)};
    mlt_params_init(&f->params, type->params, type->n_params);
    if (given && mlt_params_spec(&f->params, "n-estimators"))
        assert_ok(mlt_params_set(&f->params, "n-estimators", "12", &err), &err);
    if (given && mlt_params_spec(&f->params, "oob"))
        assert_ok(mlt_params_set(&f->params, "oob", "true", &err), &err);
    assert_ok(mlt_params_resolve(&f->params, task, &err), &err);
    mlt_fit_spec spec = {.type = type, .params = &f->params, .random_state = 1};
    mlt_split splits[3] = {0};
    mlt_rng rng;
    mlt_rng_seed(&rng, 1);
    if (folds) {
        assert_ok(mlt_split_folds(splits, folds, f->data->n, NULL, 0, &rng, &err), &err);
        assert_ok(mlt_cross_validate(f->results, &spec, f->data, splits, folds, NULL, &err), &err);
    } else {
        assert_ok(mlt_split_holdout(splits, f->data->n, &(mlt_split_options){.test_size = 0.2}, &err), &err);
        assert_ok(mlt_fit_and_measure(f->results, &spec, f->data, splits, NULL, &err), &err);
    }
    f->report = (mlt_fit_report){.file = "\x1b[1m.csv",
                                 .n = f->data->n,
                                 .schema = f->data->schema,
                                 .type = type,
                                 .params = &f->params,
                                 .division = {.test_size = folds ? 0 : 0.2,
                                              .random_state = 1,
                                              .folds = folds,
                                              .n_train = splits[0].n_train,
                                              .n_test = splits[0].n_test},
                                 .results = f->results,
                                 .seconds_load = 0.001,
                                 .seconds_fit = 0.25};
    for (size_t i = 0; i < 3; i++)
        mlt_split_clear(&splits[i]);
    f->recipe = (mlt_recipe){.command = made_copy("mltool fit 'a\nb'"),
                             .data_file = made_copy("\x1b[1m.csv"),
                             .data_sha256 = made_copy("00ff"),
                             .data_rows = f->data->n,
                             .delimiter = '\t',
                             .header = true};
    assert_ok(mlt_report_recipe(&f->recipe, &f->report, &err), &err);
}

static void fitted_clear(fitted *f) {
    for (size_t i = 0; i < 3; i++)
        mlt_fit_result_clear(&f->results[i]);
    mlt_recipe_clear(&f->recipe);
    mlt_dataset_free(f->data);
}

/* Predictions of the training data, two of whose columns are kept. */
static mlt_status write_predictions(FILE *out, const fitted *f, const mlt_report_options *options,
                                    mlt_error *err) {
    static double values[80 * 3];
    static uint32_t labels[80];
    static double numbers[80];
    static int32_t codes[80];
    static char *const kept_levels[] = {"k,1", "k\n2"};
    const mlt_model *model = f->results[0].model;
    bool classes = f->data->labels != NULL;
    for (size_t i = 0; i < 80; i++) {
        for (size_t c = 0; c < 3; c++)
            values[i * 3 + c] = (double)c + 1.0 / (double)(i + 1);
        labels[i] = (uint32_t)i % 3;
        numbers[i] = i % 5 == 0 ? NAN : (double)i / 3;
        codes[i] = (int32_t)(i % 3) - 1;
    }
    const mlt_column kept[] = {
        {.name = "number", .type = MLT_NUMERIC, .values = numbers},
        {.name = "\"text\"",
         .type = MLT_CATEGORICAL,
         .codes = codes,
         .levels = (char **)(uintptr_t)kept_levels,
         .n_levels = 2},
    };
    mlt_predictions predictions = {.model = model,
                                   .n = f->data->n,
                                   .out = values,
                                   .labels = classes ? labels : NULL,
                                   .proba = true,
                                   .kept = kept,
                                   .n_kept = 2};
    return mlt_report_predictions(out, &predictions, options, err);
}

typedef mlt_status (*writer)(FILE *out, const fitted *f, const mlt_report_options *options, mlt_error *err);

static mlt_status write_fit(FILE *out, const fitted *f, const mlt_report_options *options, mlt_error *err) {
    return mlt_report_fit(out, &f->report, options, err);
}
static mlt_status write_evaluation(FILE *out, const fitted *f, const mlt_report_options *options,
                                   mlt_error *err) {
    return mlt_report_evaluation(out, f->results[0].model, f->data, &f->results[0].test, options, err);
}
static mlt_status write_model(FILE *out, const fitted *f, const mlt_report_options *options, mlt_error *err) {
    return mlt_report_model(out, "\x1b.model", f->results[0].model, &f->recipe, 3, options, err);
}
static mlt_status write_types(FILE *out, const fitted *f, const mlt_report_options *options, mlt_error *err) {
    MLT_TRY(mlt_report_model_types(out, f->report.type, options, err));
    return options->format == MLT_FORMAT_JSON ? MLT_OK : mlt_report_model_types(out, NULL, options, err);
}
static mlt_status write_facts(FILE *out, const fitted *f, const mlt_report_options *options, mlt_error *err) {
    const mlt_fact facts[] = {{"name", "\x1b"}, {"file", f->report.file}};
    return mlt_report_facts(out, "version", facts, 2, options, err);
}

static const writer writers[] = {write_fit,         write_evaluation, write_model,
                                 write_predictions, write_types,      write_facts};
enum { N_WRITERS = sizeof writers / sizeof *writers };

/* Do all lines of a report for people hold printable text only? */
static void assert_harmless(const char *text) {
    for (; *text; text++)
        assert_true((unsigned char)*text >= ' ' || *text == '\n');
}

static void assert_strict_json(const char *text) {
    json_error_t error;
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s at %d in %.300s", error.text, error.position, text);
    assert_int_equal(json_integer_value(json_object_get(document, "schema")), 1);
    assert_true(json_is_string(json_object_get(document, "command")));
    json_decref(document);
}

/* mltool itself reads what it wrote. */
static void assert_csv(const char *text, char delimiter) {
    char path[] = "/tmp/mltool-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    mlt_frame *frame;
    mlt_error err;
    mlt_csv_options options = {.delimiter = delimiter};
    mlt_status status = mlt_csv_read(&frame, path, &options, NULL, &err);
    unlink(path);
    if (status != MLT_OK)
        fail_msg("%s in %.300s", err.message, text);
    assert_true(frame->p >= 2);
    mlt_frame_free(frame);
}

static void check_reports(const fitted *f) {
    for (size_t w = 0; w < N_WRITERS; w++)
        for (mlt_format format = MLT_FORMAT_TABLE; format <= MLT_FORMAT_MARKDOWN; format++) {
            bool rows_only = writers[w] == write_predictions;
            bool people = format == MLT_FORMAT_TABLE || format == MLT_FORMAT_MARKDOWN;
            bool delimited = format == MLT_FORMAT_CSV || format == MLT_FORMAT_TSV;
            bool two_tables = writers[w] == write_types;
            if (rows_only && people)
                continue;
            sheet s;
            mlt_error err;
            sheet_open(&s);
            assert_ok(writers[w](s.out, f, &(mlt_report_options){.format = format}, &err), &err);
            finished(&s);
            assert_true(s.size > 0);
            if (people)
                assert_harmless(s.text);
            else if (!delimited)
                assert_strict_json(s.text);
            else if (!two_tables && strchr(strchr(s.text, '\n') + 1, '\n'))
                assert_csv(s.text, format == MLT_FORMAT_CSV ? ',' : '\t');
            free(s.text);
        }
}

static void test_report__every_format_bears_hostile_names(void **state) {
    (void)state;
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    for (size_t t = 0; t < n; t++)
        for (int task = MLT_REGRESSION; task <= MLT_CLASSIFICATION; task++) {
            if (!(types[t]->tasks & (unsigned)task))
                continue;
            fitted f;
            fit(&f, types[t], (mlt_task)task, 0, true);
            check_reports(&f);
            fitted_clear(&f);
        }
}

static void test_report__folds_have_mean_and_deviation(void **state) {
    (void)state;
    fitted f;
    fit(&f, mlt_model_find("tree"), MLT_CLASSIFICATION, 3, false);
    check_reports(&f);
    sheet s;
    mlt_error err;
    sheet_open(&s);
    assert_ok(mlt_report_fit(s.out, &f.report, &(mlt_report_options){.format = MLT_FORMAT_JSON}, &err), &err);
    json_t *document = json_loads(finished(&s), JSON_REJECT_DUPLICATES, NULL);
    json_t *accuracy =
        json_object_get(json_object_get(json_object_get(document, "metrics"), "cv"), "accuracy");
    double sum = 0;
    assert_int_equal(json_array_size(json_object_get(accuracy, "folds")), 3);
    for (size_t i = 0; i < 3; i++) {
        double value = json_real_value(json_array_get(json_object_get(accuracy, "folds"), i));
        assert_true(value == mlt_metrics_value(&f.results[i].test, "accuracy"));
        sum += value;
    }
    assert_true(fabs(json_real_value(json_object_get(accuracy, "mean")) - sum / 3) < 1e-15);
    assert_true(json_real_value(json_object_get(accuracy, "sd")) > 0);
    json_decref(document);
    free(s.text);
    fitted_clear(&f);
}

static void test_report__the_recipe_is_what_the_report_says(void **state) {
    (void)state;
    fitted f;
    fit(&f, mlt_model_find("adaboost"), MLT_REGRESSION, 0, false);
    sheet s;
    mlt_error err;
    sheet_open(&s);
    assert_ok(mlt_report_fit(s.out, &f.report, &(mlt_report_options){.format = MLT_FORMAT_JSON}, &err), &err);
    finished(&s);
    assert_true(f.recipe.split && strstr(s.text, f.recipe.split));
    assert_true(f.recipe.metrics && strstr(s.text, f.recipe.metrics));
    assert_string_equal(
        f.recipe.split,
        "{\"test_size\":0.2,\"random_state\":1,\"stratify\":false,\"train_rows\":64,\"test_rows\":16}");
    free(s.text);
    fitted_clear(&f);
}

static void test_report__a_split_is_rows_and_parts(void **state) {
    (void)state;
    uint32_t train[] = {100000, 2}, test[] = {1};
    mlt_split split = {.train = train, .n_train = 2, .test = test, .n_test = 1};
    mlt_division division = {.train_size = 0.5, .no_shuffle = true, .n_train = 2, .n_test = 1};
    static const char *const wanted[] = {
        [MLT_FORMAT_CSV] = "row,part\n100000,train\n2,train\n1,test\n",
        [MLT_FORMAT_TSV] = "row\tpart\n100000\ttrain\n2\ttrain\n1\ttest\n",
        [MLT_FORMAT_JSON] =
            "{\"schema\":1,\"command\":\"split\",\"file\":\"-\",\"split\":{\"train_size\":0.5,"
            "\"random_state\":0,\"stratify\":false,\"shuffle\":false,\"train_rows\":2,\"test_rows\":1},"
            "\"train\":[100000,2],\"test\":[1]}\n",
    };
    for (mlt_format format = MLT_FORMAT_JSON; format <= MLT_FORMAT_TSV; format++) {
        sheet s;
        sheet_open(&s);
        mlt_report_split(s.out, "-", &split, &division, &(mlt_report_options){.format = format});
        assert_string_equal(finished(&s), wanted[format]);
        free(s.text);
    }
}

/* The stream needs no memory of the heap, so every failure is the report's own. */
static void test_report__any_allocation_may_fail(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    static char buffer[1 << 16];
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    setvbuf(out, buffer, _IOFBF, sizeof buffer);
    const struct {
        const char *model;
        mlt_task task;
        size_t folds;
    } fits[] = {
        {"linear", MLT_REGRESSION, 0}, {"tree", MLT_CLASSIFICATION, 0}, {"adaboost", MLT_CLASSIFICATION, 3}};
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        fitted f;
        fit(&f, mlt_model_find(fits[i].model), fits[i].task, fits[i].folds, false);
        for (size_t w = 0; w < N_WRITERS; w++)
            for (mlt_format format = MLT_FORMAT_TABLE; format <= MLT_FORMAT_MARKDOWN; format++) {
                mlt_status status = MLT_E_NOMEM;
                for (long n = 0; status != MLT_OK; n++) {
                    mlt_error err = {0};
                    allocations_left = n;
                    status = writers[w](out, &f, &(mlt_report_options){.format = format}, &err);
                    allocations_left = -1;
                    assert_true(status == MLT_OK || status == MLT_E_NOMEM);
                    assert_true(status == MLT_OK || err.message[0]);
                    assert_true(n < 100000);
                }
            }
        mlt_recipe recipe = {0};
        mlt_status status = MLT_E_NOMEM;
        for (long n = 0; status != MLT_OK; n++) {
            mlt_error err = {0};
            allocations_left = n;
            status = mlt_report_recipe(&recipe, &f.report, &err);
            allocations_left = -1;
            assert_true(status == MLT_OK || status == MLT_E_NOMEM);
            mlt_recipe_clear(&recipe);
            recipe = (mlt_recipe){0};
        }
        fitted_clear(&f);
    }
    fclose(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report__numbers_for_people_have_significant_digits),
        cmocka_unit_test(test_report__text_is_escaped_for_terminals),
        cmocka_unit_test(test_report__json_has_the_shortest_numbers),
        cmocka_unit_test(test_report__json_strings_survive_a_strict_parser),
        cmocka_unit_test(test_report__json_documents_are_written_again),
        cmocka_unit_test(test_report__csv_is_quoted_where_needed),
        cmocka_unit_test(test_report__a_table_has_four_forms),
        cmocka_unit_test(test_report__a_long_cell_is_cut),
        cmocka_unit_test(test_report__fields_wrap_at_the_page_width),
        cmocka_unit_test(test_report__every_format_bears_hostile_names),
        cmocka_unit_test(test_report__folds_have_mean_and_deviation),
        cmocka_unit_test(test_report__the_recipe_is_what_the_report_says),
        cmocka_unit_test(test_report__a_split_is_rows_and_parts),
        cmocka_unit_test(test_report__any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
