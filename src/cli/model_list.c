/* Models named in one option, each with parameters of its own. */
#include "cli/model_list.h"

#include "cli/model_choice.h"
#include "mltool/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char OPTION[] = "--models";

/* Say which model of the list a message about a parameter is about. */
static mlt_status about_model(mlt_status status, const char *label, mlt_error *err) {
    if (status != MLT_E_USAGE || !err)
        return status;
    char message[sizeof err->message];
    cli_shown shown;
    memcpy(message, err->message, sizeof message);
    return cli_fail(err, status, "%s: %s: %.800s", OPTION, cli_show(&shown, label), message);
}

static mlt_status no_parameter(const mlt_model_type *type, const char *name, mlt_error *err) {
    const char *names[MLT_MAX_PARAMS];
    cli_shown shown;
    for (size_t i = 0; i < type->n_params; i++)
        names[i] = type->params[i].name;
    const char *nearest = mlt_nearest(name, names, type->n_params);
    if (nearest)
        return cli_fail(err, MLT_E_USAGE, "%s: %s has no parameter '%s'; did you mean '%s'?", OPTION,
                        type->name, cli_show(&shown, name), nearest);
    return cli_fail(err, MLT_E_USAGE, "%s: %s has no parameter '%s'; see 'mltool models %s'", OPTION,
                    type->name, cli_show(&shown, name), type->name);
}

/* "name=value" of a model. */
static mlt_status set_parameter(cli_listed_model *model, char *setting, mlt_error *err) {
    char *equals = strchr(setting, '=');
    cli_shown shown;
    if (!equals)
        return cli_fail(err, MLT_E_USAGE,
                        "%s: '%s' has no value; write %s:PARAMETER=VALUE, and a comma before the next model",
                        OPTION, cli_show(&shown, setting), model->type->name);
    *equals = '\0';
    const mlt_param_spec *spec = mlt_params_spec(&model->params, setting);
    if (!spec)
        return no_parameter(model->type, setting, err);
    if (model->params.values[spec - model->params.specs].set)
        return cli_fail(err, MLT_E_USAGE, "%s: %s: '%s' is given twice; give it once", OPTION,
                        model->type->name, spec->name);
    return about_model(mlt_params_set(&model->params, spec->name, equals + 1, err), model->label, err);
}

/* Cut the next "name=value" out of `*rest`, in place. It ends at a colon behind which another one begins,
 * since a value may hold colons itself (poly=mileage:2). */
static char *next_setting(char **rest) {
    char *setting = *rest;
    for (char *colon = strchr(setting, ':'); colon; colon = strchr(colon + 1, ':'))
        if (memchr(colon + 1, '=', strcspn(colon + 1, ":"))) {
            *colon = '\0';
            *rest = colon + 1;
            return setting;
        }
    *rest = NULL;
    return setting;
}

static mlt_status parse_model(cli_listed_model *model, const char *text, mlt_error *err) {
    char *copy = strdup(text), *rest = copy;
    model->label = strdup(text);
    if (!copy || !model->label) {
        free(copy);
        return cli_fail_memory(err);
    }
    mlt_status status = cli_model_choose(&model->type, strsep(&rest, ":"), OPTION, err);
    if (status == MLT_OK)
        mlt_params_init(&model->params, model->type->params, model->type->n_params);
    while (status == MLT_OK && rest)
        status = set_parameter(model, next_setting(&rest), err);
    free(copy);
    return status;
}

mlt_status cli_listed_parse(cli_listed *out, const cli_list *texts, mlt_error *err) {
    *out = (cli_listed){.items = calloc(texts->n + 1, sizeof *out->items)};
    if (!out->items)
        return cli_fail_memory(err);
    for (size_t i = 0; i < texts->n; i++) {
        cli_shown shown;
        out->n++;
        CLI_TRY(parse_model(&out->items[i], texts->items[i], err));
        for (size_t j = 0; j < i; j++)
            if (strcmp(out->items[j].label, out->items[i].label) == 0)
                return cli_fail(err, MLT_E_USAGE,
                                "%s: '%s' is there twice; give it once, or with other parameters", OPTION,
                                cli_show(&shown, texts->items[i]));
    }
    return MLT_OK;
}

mlt_status cli_listed_add(cli_listed *list, const mlt_model_type *type, mlt_error *err) {
    cli_listed_model model = {.type = type, .label = strdup(type->name)};
    cli_listed_model *items = realloc(list->items, (list->n + 1) * sizeof *items);
    if (items)
        list->items = items;
    if (!items || !model.label) {
        free(model.label);
        return cli_fail_memory(err);
    }
    mlt_params_init(&model.params, type->params, type->n_params);
    list->items[list->n++] = model;
    return MLT_OK;
}

unsigned cli_listed_tasks(const cli_listed *list) {
    unsigned tasks = MLT_REGRESSION | MLT_CLASSIFICATION;
    for (size_t i = 0; i < list->n; i++)
        tasks &= list->items[i].type->tasks;
    return tasks;
}

mlt_status cli_listed_resolve(cli_listed *list, mlt_task task, mlt_error *err) {
    for (size_t i = 0; i < list->n; i++) {
        cli_listed_model *model = &list->items[i];
        if (!(model->type->tasks & (unsigned)task))
            return cli_fail(err, MLT_E_USAGE, "%s: %s does no %s; leave it out", OPTION, model->type->name,
                            mlt_task_name(task));
        CLI_TRY(about_model(mlt_params_resolve(&model->params, task, err), model->label, err));
    }
    return MLT_OK;
}

void cli_listed_clear(cli_listed *list) {
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i].label);
    free(list->items);
    *list = (cli_listed){0};
}
