/* Parsing a command line by its grammar. */
#include "cli/options.h"

#include "cli/option_values.h"
#include "mltool/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 200 };

typedef struct parser {
    cli_parsed *parsed;
    char *values;
    const cli_grammar *grammar;
    char *const *next; /**< the next argument */
    mlt_error *err;
} parser;

static void *place(const parser *p, const cli_group *group, const cli_option *option) {
    return p->values + group->offset + option->offset;
}

/* Choices and numbers begin as their default texts say; the tests run every command's --help, so a default
 * that is none is found there. */
static mlt_status set_defaults(parser *p) {
    for (size_t g = 0; g < p->grammar->n_groups; g++) {
        const cli_group *group = &p->grammar->groups[g];
        for (const cli_option *option = group->options; option->name; option++) {
            bool has_value =
                option->kind == CLI_WHOLE || option->kind == CLI_SHARE || option->kind == CLI_CHOICE;
            if (has_value && option->default_text)
                CLI_TRY(
                    cli_option_value(place(p, group, option), option, option->default_text, NULL, p->err));
        }
    }
    return MLT_OK;
}

const cli_option *cli_option_find(const cli_grammar *grammar, const char *name, const cli_group **group) {
    for (size_t g = 0; g < grammar->n_groups; g++)
        for (const cli_option *option = grammar->groups[g].options; option->name; option++)
            if (strcmp(option->name, name) == 0 || (option->synonym && strcmp(option->synonym, name) == 0)) {
                if (group)
                    *group = &grammar->groups[g];
                return option;
            }
    return NULL;
}

const mlt_param_spec *cli_any_param(const char *name) {
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    for (size_t t = 0; t < n; t++)
        for (size_t i = 0; i < types[t]->n_params; i++)
            if (strcmp(types[t]->params[i].name, name) == 0)
                return &types[t]->params[i];
    return NULL;
}

static mlt_status unknown_option(const parser *p, const char *name) {
    const char *names[MAX_NAMES];
    size_t n = 0, n_types = 0;
    for (size_t g = 0; g < p->grammar->n_groups; g++)
        for (const cli_option *option = p->grammar->groups[g].options; option->name && n < MAX_NAMES;
             option++)
            names[n++] = option->name;
    const mlt_model_type *const *types = p->grammar->model_params ? mlt_model_types(&n_types) : NULL;
    for (size_t t = 0; t < n_types; t++)
        for (size_t i = 0; i < types[t]->n_params && n < MAX_NAMES; i++)
            names[n++] = types[t]->params[i].name;
    const char *nearest = mlt_nearest(name, names, n);
    cli_shown shown;
    if (nearest)
        return cli_fail(p->err, MLT_E_USAGE, "--%s: %s has no such option; did you mean --%s?",
                        cli_show(&shown, name), p->grammar->command, nearest);
    return cli_fail(p->err, MLT_E_USAGE, "--%s: %s has no such option; see 'mltool help %s'",
                    cli_show(&shown, name), p->grammar->command, p->grammar->command);
}

static mlt_status given_twice(const parser *p, const char *name) {
    return cli_fail(p->err, MLT_E_USAGE, "--%s: given twice; give it once", name);
}

/* The value of an option: behind "=", or the next argument. */
static mlt_status take_value(parser *p, const char *name, const char *behind, const char *argument,
                             const char **value) {
    *value = behind;
    if (behind)
        return MLT_OK;
    if (!*p->next)
        return cli_fail(p->err, MLT_E_USAGE, "--%s: its value is missing; write --%s %s", name, name,
                        argument);
    if (strncmp(*p->next, "--", 2) == 0) {
        cli_shown shown;
        return cli_fail(
            p->err, MLT_E_USAGE,
            "--%s: its value is missing, '%s' follows; write --%s %s, or --%s=%s if that is the value", name,
            cli_show(&shown, *p->next), name, argument, name, cli_show(&(cli_shown){0}, *p->next));
    }
    *value = *p->next++;
    return MLT_OK;
}

static mlt_status take_option(parser *p, const cli_option *option, const cli_group *group,
                              const char *behind) {
    cli_parsed *parsed = p->parsed;
    if (cli_given(parsed, option->name) && option->kind != CLI_TEXTS)
        return given_twice(p, option->name);
    const char *value = "true";
    if (option->kind != CLI_FLAG)
        CLI_TRY(take_value(p, option->name, behind, option->argument, &value));
    else if (behind)
        return cli_fail(p->err, MLT_E_USAGE, "--%s: takes no value; write --%s alone", option->name,
                        option->name);
    parsed->given[parsed->n_given++] = option;
    void **blocks = parsed->blocks + parsed->n_blocks;
    parsed->n_blocks += 2;
    return cli_option_value(place(p, group, option), option, value, blocks, p->err);
}

/* A model parameter; `*found` is false if no model has it. */
static mlt_status take_setting(parser *p, const char *name, const char *behind, bool *found) {
    cli_parsed *parsed = p->parsed;
    bool negated = strncmp(name, "no-", 3) == 0;
    const mlt_param_spec *spec = cli_any_param(name);
    if (!spec && negated) {
        spec = cli_any_param(name + 3);
        spec = spec && spec->kind == MLT_PARAM_BOOL ? spec : NULL;
    } else {
        negated = false;
    }
    *found = spec != NULL;
    if (!spec)
        return MLT_OK;
    for (size_t i = 0; i < parsed->n_settings; i++)
        if (strcmp(parsed->settings[i].name, spec->name) == 0)
            return given_twice(p, spec->name);
    const char *value = negated ? "false" : "true";
    if (spec->kind != MLT_PARAM_BOOL)
        CLI_TRY(take_value(p, spec->name, behind, "VALUE", &value));
    else if (behind)
        return cli_fail(p->err, MLT_E_USAGE, "--%s: takes no value; write --%s or --no-%s", spec->name,
                        spec->name, spec->name);
    parsed->settings[parsed->n_settings++] = (cli_setting){spec->name, value};
    return MLT_OK;
}

/* "--name", "--name value" or "--name=value". */
static mlt_status take_long(parser *p, const char *argument) {
    char name[64];
    const char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    if (length >= sizeof name)
        return unknown_option(p, argument);
    memcpy(name, argument, length);
    name[length] = '\0';
    const cli_group *group;
    const cli_option *option = cli_option_find(p->grammar, name, &group);
    if (option)
        return take_option(p, option, group, equals ? equals + 1 : NULL);
    bool found = false;
    if (p->grammar->model_params)
        CLI_TRY(take_setting(p, name, equals ? equals + 1 : NULL, &found));
    return found ? MLT_OK : unknown_option(p, name);
}

static mlt_status check_operand(const parser *p, const char *operand, const char *text) {
    char place[64];
    if (!*text)
        return cli_fail(p->err, MLT_E_USAGE, "%s: %s is empty; give a name", p->grammar->command, operand);
    snprintf(place, sizeof place, "%s", p->grammar->command);
    int index;
    return strchr(operand, '|') ? cli_choice(&index, operand, text, place, p->err) : MLT_OK;
}

static mlt_status check_operands(const parser *p) {
    const cli_grammar *grammar = p->grammar;
    size_t n = p->parsed->n_operands, needed = 0;
    while (needed < grammar->n_operands && grammar->operands[needed][0] != '[')
        needed++;
    cli_shown shown;
    cli_choices_text choices;
    if (n < needed && strchr(grammar->operands[n], '|'))
        return cli_fail(p->err, MLT_E_USAGE, "%s: one word is missing; give %s", grammar->command,
                        cli_choices(&choices, grammar->operands[n]));
    if (n < needed)
        return cli_fail(p->err, MLT_E_USAGE, "%s: %s is missing; see 'mltool help %s'", grammar->command,
                        grammar->operands[n], grammar->command);
    bool repeated = grammar->n_operands && strstr(grammar->operands[grammar->n_operands - 1], "...");
    if (n > grammar->n_operands && !repeated)
        return cli_fail(p->err, MLT_E_USAGE, "%s: '%s' is one argument too many; see 'mltool help %s'",
                        grammar->command, cli_show(&shown, p->parsed->operands[grammar->n_operands]),
                        grammar->command);
    for (size_t i = 0; i < n && i < grammar->n_operands; i++)
        if (!strstr(grammar->operands[i], "..."))
            CLI_TRY(check_operand(p, grammar->operands[i], p->parsed->operands[i]));
    return MLT_OK;
}

static mlt_status check_conflicts(const parser *p) {
    for (size_t i = 0; i < p->grammar->n_conflicts; i++) {
        const cli_conflict *conflict = &p->grammar->conflicts[i];
        if (cli_given(p->parsed, conflict->a) && cli_given(p->parsed, conflict->b))
            return cli_fail(p->err, MLT_E_USAGE, "--%s: contradicts --%s; give one of them", conflict->a,
                            conflict->b);
    }
    return MLT_OK;
}

static mlt_status allocate(parser *p, char *const *args) {
    cli_parsed *parsed = p->parsed;
    size_t n = 1;
    while (args[n - 1])
        n++;
    parsed->given = calloc(n, sizeof *parsed->given);
    parsed->settings = calloc(n, sizeof *parsed->settings);
    parsed->operands = calloc(n, sizeof *parsed->operands);
    parsed->blocks = calloc(2 * n, sizeof *parsed->blocks);
    if (!parsed->given || !parsed->settings || !parsed->operands || !parsed->blocks)
        return cli_fail_memory(p->err);
    return MLT_OK;
}

mlt_status cli_parse(cli_parsed *parsed, void *values, const cli_grammar *grammar, char *const *args,
                     mlt_error *err) {
    parser p = {.parsed = parsed, .values = values, .grammar = grammar, .next = args, .err = err};
    *parsed = (cli_parsed){0};
    for (char *const *arg = args; *arg && strcmp(*arg, "--") != 0; arg++)
        parsed->help = parsed->help || strcmp(*arg, "--help") == 0 || strcmp(*arg, "-h") == 0;
    CLI_TRY(allocate(&p, args));
    CLI_TRY(set_defaults(&p));
    if (parsed->help)
        return MLT_OK;
    for (bool options = true; *p.next;) {
        const char *argument = *p.next++;
        cli_shown shown;
        if (!options || argument[0] != '-' || !argument[1])
            parsed->operands[parsed->n_operands++] = argument;
        else if (strcmp(argument, "--") == 0)
            options = false;
        else if (argument[1] == '-')
            CLI_TRY(take_long(&p, argument + 2));
        else
            return cli_fail(err, MLT_E_USAGE,
                            "%s: no such option, options begin with two dashes; a file of that name is ./%s",
                            cli_show(&shown, argument), cli_show(&(cli_shown){0}, argument));
    }
    CLI_TRY(check_operands(&p));
    return check_conflicts(&p);
}

void cli_parsed_clear(cli_parsed *parsed) {
    for (size_t i = 0; i < parsed->n_blocks; i++)
        free(parsed->blocks[i]);
    free(parsed->blocks);
    free(parsed->given);
    free(parsed->settings);
    free(parsed->operands);
    *parsed = (cli_parsed){0};
}

bool cli_given(const cli_parsed *parsed, const char *name) {
    for (size_t i = 0; i < parsed->n_given; i++)
        if (strcmp(parsed->given[i]->name, name) == 0)
            return true;
    return false;
}

/* "linear has no such parameter; adaboost and random-forest have it" */
static mlt_status foreign_param(const mlt_model_type *type, const char *name, mlt_error *err) {
    char owners[300] = "";
    size_t n, used = 0;
    const mlt_model_type *const *types = mlt_model_types(&n);
    for (size_t t = 0; t < n; t++)
        for (size_t i = 0; i < types[t]->n_params; i++)
            if (strcmp(types[t]->params[i].name, name) == 0 && used < sizeof owners)
                used += (size_t)snprintf(owners + used, sizeof owners - used, "%s%s", used ? ", " : "",
                                         types[t]->name);
    return cli_fail(err, MLT_E_USAGE, "--%s: %s has no such parameter, only: %s; see 'mltool models %s'",
                    name, type->name, owners, type->name);
}

mlt_status cli_model_params(mlt_params *params, const mlt_model_type *type, const cli_parsed *parsed,
                            mlt_error *err) {
    mlt_params_init(params, type->params, type->n_params);
    for (size_t i = 0; i < parsed->n_settings; i++) {
        const cli_setting *setting = &parsed->settings[i];
        if (!mlt_params_spec(params, setting->name))
            return foreign_param(type, setting->name, err);
        CLI_TRY(mlt_params_set(params, setting->name, setting->text, err));
    }
    return MLT_OK;
}
