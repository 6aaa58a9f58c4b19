/* Reports of a few lines: the rows of a split, facts about the program. */
#include "report/delimited.h"
#include "report/facts.h"
#include "report/table.h"

static void indices_json(mlt__json *json, const char *key, const uint32_t *rows, size_t n) {
    mlt__put_open(json, key, '[');
    for (size_t i = 0; i < n; i++)
        mlt__put_count(json, NULL, rows[i]);
    mlt__put_close(json, ']');
}

static void write_part(mlt__delimited *rows, const char *part, const uint32_t *indices, size_t n) {
    for (size_t i = 0; i < n; i++) {
        mlt__delimited_count(rows, indices[i]);
        mlt__delimited_text(rows, part);
        mlt__delimited_end_row(rows);
    }
}

void mlt_report_split(FILE *out, const char *file, const mlt_split *split, const mlt_division *division,
                      const mlt_report_options *options) {
    if (options->format == MLT_FORMAT_JSON) {
        mlt__json json = {.out = out};
        mlt__put_open(&json, NULL, '{');
        mlt__put_count(&json, "schema", 1);
        mlt__put_text(&json, "command", "split");
        mlt__put_text(&json, "file", file);
        mlt__division_json(&json, "split", division);
        indices_json(&json, "train", split->train, split->n_train);
        indices_json(&json, "test", split->test, split->n_test);
        mlt__put_close(&json, '}');
        fputc('\n', out);
        return;
    }
    mlt__delimited rows;
    mlt__delimited_start(&rows, out, options);
    mlt__delimited_text(&rows, "row");
    mlt__delimited_text(&rows, "part");
    mlt__delimited_end_row(&rows);
    write_part(&rows, "train", split->train, split->n_train);
    write_part(&rows, "test", split->test, split->n_test);
}

mlt_status mlt_report_facts(FILE *out, const char *command, const mlt_fact *facts, size_t n,
                            const mlt_report_options *options, mlt_error *err) {
    static const char *const headers[] = {"name", "value"};
    if (options->format == MLT_FORMAT_TABLE || options->format == MLT_FORMAT_MARKDOWN) {
        mlt__page page;
        mlt__page_start(&page, out, options);
        for (size_t i = 0; i < n; i++) {
            mlt__text value = {0};
            mlt__text_add_name(&value, facts[i].value);
            mlt__page_field(&page, facts[i].name, &value);
        }
        return mlt__page_finish(&page, err);
    }
    if (options->format == MLT_FORMAT_JSON) {
        mlt__json json = {.out = out};
        mlt__put_open(&json, NULL, '{');
        mlt__put_count(&json, "schema", 1);
        mlt__put_text(&json, "command", command);
        for (size_t i = 0; i < n; i++)
            mlt__put_text(&json, facts[i].name, facts[i].value);
        mlt__put_close(&json, '}');
        fputc('\n', out);
        return MLT_OK;
    }
    mlt__table table;
    mlt__table_start(&table, options, headers, 2);
    for (size_t i = 0; i < n; i++) {
        mlt__table_name(&table, facts[i].name);
        mlt__table_name(&table, facts[i].value);
    }
    return mlt__table_finish(&table, out, err);
}
