/* What several reports say alike. */
#include "report/facts.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_NAMES = 10, DEFINING_PARAMS = 3 };

void mlt__target_json(mlt__json *json, const mlt_schema *schema) {
    mlt__put_text(json, "target", schema->target);
    mlt__put_text(json, "task", mlt_task_name(schema->task));
    if (schema->task != MLT_CLASSIFICATION)
        return;
    mlt__put_open(json, "classes", '[');
    for (size_t c = 0; c < schema->k; c++)
        mlt__put_text(json, NULL, schema->classes[c]);
    mlt__put_close(json, ']');
}

void mlt__data_json(mlt__json *json, const char *file, size_t n, const mlt_schema *schema) {
    mlt__put_open(json, "data", '{');
    mlt__put_text(json, "file", file);
    mlt__put_count(json, "rows", n);
    mlt__put_count(json, "features", schema->p);
    mlt__target_json(json, schema);
    mlt__put_close(json, '}');
}

void mlt__join_names(mlt__text *out, const char *const *names, size_t n, size_t limit) {
    for (size_t i = 0; i < n && i < limit; i++) {
        mlt__text_add(out, i ? ", " : "");
        mlt__text_add_name(out, names[i]);
    }
    if (n > limit)
        mlt__text_add(out, " and %zu more", n - limit);
}

void mlt__data_lines(mlt__page *page, const char *file, size_t n, const mlt_schema *schema) {
    mlt__text text = {0};
    mlt__text_add_name(&text, strcmp(file, "-") == 0 ? "standard input" : file);
    mlt__text_add(&text, ": ");
    mlt__text_add_count(&text, n, "row");
    mlt__text_add(&text, " × ");
    mlt__text_add_count(&text, schema->p, "feature");
    mlt__text_add(&text, " → ");
    mlt__text_add_name(&text, schema->target);
    mlt__page_field(page, "Data", &text);
    mlt__text_add(&text, "%s", mlt_task_name(schema->task));
    if (schema->task == MLT_CLASSIFICATION) {
        mlt__text_add(&text, ": ");
        mlt__join_names(&text, (const char *const *)schema->classes, schema->k, MAX_NAMES);
    }
    mlt__page_field(page, "Task", &text);
}

/* scikit-learn's spelling. */
static const char *underscored(char buffer[64], const char *name) {
    size_t i = 0;
    for (; name[i] && i < 63; i++)
        buffer[i] = name[i] == '-' ? '_' : name[i];
    buffer[i] = '\0';
    return buffer;
}

static void param_json(mlt__json *json, const mlt_param_spec *spec, const mlt_param_value *value) {
    char key[64];
    underscored(key, spec->name);
    if (value->none) {
        mlt__put_null(json, key);
        return;
    }
    switch (spec->kind) {
    case MLT_PARAM_INT:
        mlt__put_int(json, key, value->integer);
        break;
    case MLT_PARAM_REAL:
        if (value->is_word)
            mlt__put_text(json, key, value->text);
        else
            mlt__put_real(json, key, value->real);
        break;
    case MLT_PARAM_BOOL:
        mlt__put_bool(json, key, value->integer != 0);
        break;
    case MLT_PARAM_CHOICE:
        mlt__put_text(json, key, value->text);
        break;
    case MLT_PARAM_AMOUNT:
        if (value->is_share)
            mlt__put_real(json, key, value->real);
        else if (value->integer > 0)
            mlt__put_int(json, key, value->integer);
        else
            mlt__put_text(json, key, value->text);
        break;
    case MLT_PARAM_DEGREES:
        if (value->integer > 0)
            mlt__put_int(json, key, value->integer);
        else
            mlt__put_text(json, key, value->text);
        break;
    }
}

/* A parameter of the other task says nothing here. */
static bool applies(const mlt_param_spec *spec, mlt_task task) {
    return !spec->tasks || (spec->tasks & task);
}

void mlt__params_json(mlt__json *json, const mlt_params *params, mlt_task task) {
    mlt__put_open(json, "params", '{');
    for (size_t i = 0; i < params->n; i++)
        if (applies(&params->specs[i], task))
            param_json(json, &params->specs[i], &params->values[i]);
    mlt__put_close(json, '}');
}

void mlt__params_text(mlt__text *out, const mlt_params *params, mlt_task task, bool all) {
    bool first = true;
    for (size_t i = 0; i < params->n; i++) {
        const mlt_param_value *value = &params->values[i];
        bool defining = i < DEFINING_PARAMS && !value->none && params->specs[i].kind != MLT_PARAM_BOOL;
        bool shown = all || value->set || defining;
        if (!shown || !applies(&params->specs[i], task))
            continue;
        mlt__text_add(out, "%s%s ", first ? "" : ", ", params->specs[i].name);
        mlt__text_add_name(out, value->text);
        first = false;
    }
}

void mlt__division_json(mlt__json *json, const char *key, const mlt_division *division) {
    mlt__put_open(json, key, '{');
    if (division->folds)
        mlt__put_count(json, "cv", division->folds);
    if (division->test_file)
        mlt__put_text(json, "test_file", division->test_file);
    if (division->test_size > 0)
        mlt__put_real(json, "test_size", division->test_size);
    if (division->train_size > 0)
        mlt__put_real(json, "train_size", division->train_size);
    mlt__put_count(json, "random_state", division->random_state);
    mlt__put_bool(json, "stratify", division->stratify);
    if (division->no_shuffle)
        mlt__put_bool(json, "shuffle", false);
    if (division->stream) {
        mlt__put_bool(json, "stream", true);
        mlt__put_bool(json, "stopped", division->stopped);
    }
    if (!division->folds) {
        mlt__put_count(json, "train_rows", division->n_train);
        mlt__put_count(json, "test_rows", division->n_test);
    }
    mlt__put_close(json, '}');
}

/* "(stratified, test size 0.2, random state 42)" */
static void division_details(mlt__text *out, const mlt_division *division) {
    char buffer[32];
    mlt__text_add(out, " (%s", division->stratify ? "stratified, " : division->stream ? "hashed, " : "");
    if (division->test_size > 0)
        mlt__text_add(out, "test size %s, ", mlt_format_double(buffer, division->test_size));
    if (division->train_size > 0)
        mlt__text_add(out, "train size %s, ", mlt_format_double(buffer, division->train_size));
    if (division->no_shuffle)
        mlt__text_add(out, "not shuffled)");
    else
        mlt__text_add(out, "random state %" PRIu32 ")", division->random_state);
}

void mlt__division_line(mlt__page *page, const mlt_division *division) {
    mlt__text text = {0};
    if (division->folds) {
        mlt__text_add(&text, "%zu folds: each in turn tests what the others train", division->folds);
        division_details(&text, division);
    } else if (division->no_split) {
        mlt__text_add(&text, "none: all ");
        mlt__text_add_count(&text, division->n_train, "row");
        mlt__text_add(&text, " train (random state %" PRIu32 ")", division->random_state);
    } else {
        mlt__text_add_count(&text, division->n_train, "row");
        mlt__text_add(&text, " to train, %zu to test", division->n_test);
        if (division->test_file) {
            mlt__text_add(&text, " from ");
            mlt__text_add_name(&text, division->test_file);
        } else {
            division_details(&text, division);
        }
    }
    mlt__page_field(page, "Split", &text);
}
