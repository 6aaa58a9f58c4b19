/* The registry of models, and one model's parameters. */
#include "core/error.h"
#include "report/facts.h"
#include "report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A maximum from here on is there to keep arithmetic safe; people need not know it. */
#define NO_MAXIMUM 1e6

static const char *tasks_text(unsigned tasks) {
    switch (tasks) {
    case MLT_REGRESSION:
        return "regression";
    case MLT_CLASSIFICATION:
        return "classification";
    default:
        return "both";
    }
}

static const char *kind_text(mlt_param_kind kind) {
    static const char *const names[] = {
        [MLT_PARAM_INT] = "int",       [MLT_PARAM_REAL] = "real",     [MLT_PARAM_BOOL] = "bool",
        [MLT_PARAM_CHOICE] = "choice", [MLT_PARAM_AMOUNT] = "amount", [MLT_PARAM_DEGREES] = "degrees",
    };
    return names[kind];
}

/* "gini|entropy|x" as "gini, entropy or x". */
static void add_choices(mlt__text *text, const char *choices) {
    for (const char *c = choices; *c; c++)
        if (*c == '|')
            mlt__text_add(text, strchr(c + 1, '|') ? ", " : " or ");
        else
            mlt__text_add(text, "%c", *c);
}

/* The values that a parameter takes. */
static void add_values(mlt__text *text, const mlt_param_spec *spec) {
    switch (spec->kind) {
    case MLT_PARAM_INT:
    case MLT_PARAM_REAL:
        mlt__text_add(text, spec->kind == MLT_PARAM_INT ? "a whole number " : "a number ");
        if (spec->max >= NO_MAXIMUM)
            mlt__text_add(text, "%s %.10g", spec->open_min ? "above" : "of at least", spec->min);
        else if (spec->open_min)
            mlt__text_add(text, "above %.10g, at most %.10g", spec->min, spec->max);
        else
            mlt__text_add(text, "from %.10g to %.10g", spec->min, spec->max);
        if (spec->choices)
            mlt__text_add(text, ", or %s", spec->choices);
        break;
    case MLT_PARAM_BOOL:
        mlt__text_add(text, "--%s or --no-%s", spec->name, spec->name);
        break;
    case MLT_PARAM_CHOICE:
        add_choices(text, spec->choices);
        if (spec->choices_regression) {
            mlt__text_add(text, "; in regression ");
            add_choices(text, spec->choices_regression);
        }
        break;
    case MLT_PARAM_DEGREES:
        mlt__text_add(text,
                      "a degree from 1 to %d for every numeric column, COL:DEGREE for one, several with "
                      "commas between",
                      MLT_MAX_DEGREE);
        break;
    case MLT_PARAM_AMOUNT:
        mlt__text_add(text, spec->choices ? "a count (3), a share (0.5)" : "a count (3) or a share (0.5)");
        if (spec->choices) {
            mlt__text_add(text, ", ");
            add_choices(text, spec->choices);
        }
        break;
    }
    const char *regression = spec->default_regression_text;
    if (strcmp(spec->default_text, "none") == 0 || (regression && strcmp(regression, "none") == 0))
        mlt__text_add(text, ", or none");
}

/* The default, of both tasks where they differ. */
static void add_default(mlt__text *text, const mlt_param_spec *spec) {
    mlt__text_add(text, "%s", spec->default_text);
    if (spec->default_regression_text)
        mlt__text_add(text, ", in regression %s", spec->default_regression_text);
}

/* What a parameter does, and the values it takes. */
static void add_meaning(mlt__text *text, const mlt_param_spec *spec) {
    mlt__text_add(text, "%s: ", spec->help);
    if (spec->tasks)
        mlt__text_add(text, "for %s; ", mlt_task_name((mlt_task)spec->tasks));
    add_values(text, spec);
}

mlt_status mlt_report_param(FILE *out, const mlt_param_spec *spec, mlt_error *err) {
    mlt__text text = {0};
    add_meaning(&text, spec);
    mlt__text_add(&text, " (default: ");
    add_default(&text, spec);
    mlt__text_add(&text, ")");
    bool failed = text.failed;
    fputs(text.s ? text.s : "", out);
    free(text.s);
    return failed ? mlt__raise_nomem(err, text.n) : MLT_OK;
}

/* For people the default stands behind the meaning. */
static mlt_status write_params(FILE *out, const mlt_model_type *type, const mlt_report_options *options,
                               mlt_error *err) {
    static const char *const for_people[] = {"option", "meaning"};
    static const char *const for_programs[] = {"parameter", "default", "meaning"};
    bool people = options->format == MLT_FORMAT_TABLE || options->format == MLT_FORMAT_MARKDOWN;
    mlt__table table;
    mlt__table_start(&table, options, people ? for_people : for_programs, people ? 2 : 3);
    for (size_t i = 0; i < type->n_params; i++) {
        const mlt_param_spec *spec = &type->params[i];
        mlt__text name = {0}, initial = {0}, meaning = {0};
        mlt__text_add(&name, "%s%s", people ? "--" : "", spec->name);
        add_default(&initial, spec);
        add_meaning(&meaning, spec);
        if (people)
            mlt__text_add(&meaning, " (default: %s)", initial.s ? initial.s : "");
        table.text.failed = table.text.failed || name.failed || initial.failed || meaning.failed;
        mlt__table_name(&table, name.s ? name.s : "");
        if (!people)
            mlt__table_name(&table, initial.s ? initial.s : "");
        mlt__table_name(&table, meaning.s ? meaning.s : "");
        free(name.s);
        free(initial.s);
        free(meaning.s);
    }
    return mlt__table_finish(&table, out, err);
}

static mlt_status write_models(FILE *out, const mlt_report_options *options, mlt_error *err) {
    static const char *const headers[] = {"model", "task", "summary"};
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    mlt__table table;
    mlt__table_start(&table, options, headers, 3);
    for (size_t i = 0; i < n; i++) {
        mlt__table_name(&table, types[i]->name);
        mlt__table_name(&table, tasks_text(types[i]->tasks));
        mlt__table_name(&table, types[i]->summary);
    }
    return mlt__table_finish(&table, out, err);
}

static void param_json(mlt__json *json, const mlt_param_spec *spec) {
    mlt__put_open(json, NULL, '{');
    mlt__put_text(json, "name", spec->name);
    mlt__put_text(json, "kind", kind_text(spec->kind));
    mlt__put_text(json, "default", spec->default_text);
    if (spec->default_regression_text)
        mlt__put_text(json, "default_regression", spec->default_regression_text);
    if (spec->kind == MLT_PARAM_INT || spec->kind == MLT_PARAM_REAL) {
        mlt__put_real(json, "min", spec->min);
        mlt__put_bool(json, "min_excluded", spec->open_min);
        mlt__put_real(json, "max", spec->max);
    }
    if (spec->choices)
        mlt__put_text(json, "choices", spec->choices);
    if (spec->choices_regression)
        mlt__put_text(json, "choices_regression", spec->choices_regression);
    if (spec->tasks)
        mlt__put_text(json, "task", mlt_task_name((mlt_task)spec->tasks));
    mlt__put_text(json, "help", spec->help);
    mlt__put_close(json, '}');
}

static void model_json(mlt__json *json, const mlt_model_type *type) {
    mlt__put_open(json, NULL, '{');
    mlt__put_text(json, "name", type->name);
    mlt__put_text(json, "summary", type->summary);
    mlt__put_open(json, "tasks", '[');
    if (type->tasks & MLT_REGRESSION)
        mlt__put_text(json, NULL, "regression");
    if (type->tasks & MLT_CLASSIFICATION)
        mlt__put_text(json, NULL, "classification");
    mlt__put_close(json, ']');
    mlt__put_open(json, "params", '[');
    for (size_t i = 0; i < type->n_params; i++)
        param_json(json, &type->params[i]);
    mlt__put_close(json, ']');
    mlt__put_close(json, '}');
}

static void write_json(FILE *out, const mlt_model_type *only) {
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "models");
    mlt__put_open(&json, "models", '[');
    for (size_t i = 0; i < n; i++)
        if (!only || types[i] == only)
            model_json(&json, types[i]);
    mlt__put_close(&json, ']');
    mlt__put_close(&json, '}');
    fputc('\n', out);
}

mlt_status mlt_report_model_types(FILE *out, const mlt_model_type *type, const mlt_report_options *options,
                                  mlt_error *err) {
    if (options->format == MLT_FORMAT_JSON) {
        write_json(out, type);
        return MLT_OK;
    }
    if (!type)
        return write_models(out, options, err);
    if (options->format != MLT_FORMAT_TABLE && options->format != MLT_FORMAT_MARKDOWN)
        return write_params(out, type, options, err);
    mlt__page page;
    mlt__page_start(&page, out, options);
    mlt__text text = {0};
    mlt__text_add(&text, "%s", type->summary);
    mlt__page_field(&page, "Model", &text);
    mlt__text_add(&text, "%s",
                  type->tasks == (MLT_REGRESSION | MLT_CLASSIFICATION) ? "regression and classification"
                                                                       : tasks_text(type->tasks));
    mlt__page_field(&page, "Task", &text);
    mlt__page_heading(&page, "Parameters");
    MLT_TRY(write_params(out, type, options, err));
    return mlt__page_finish(&page, err);
}
