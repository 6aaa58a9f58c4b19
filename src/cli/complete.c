/* Completion: how an unfinished command line may go on. */
#include "cli/complete.h"

#include <stdio.h>
#include <string.h>

/* What the words before the last one have settled. */
typedef struct line_state {
    const cli_grammar *grammar;
    const mlt_model_type *type;  /* of --model; NULL: none, or none yet */
    const cli_option *option;    /* whose value is being typed */
    const mlt_param_spec *param; /* the same of a model's parameter */
    size_t n_operands;
    bool options_over;
} line_state;

/* `text`, of `length` bytes, if it goes on from `typed`. */
static void offer_part(const char *before, const char *text, size_t length, const char *typed,
                       const char *says) {
    size_t n = strlen(typed);
    if (n > length || strncmp(text, typed, n) != 0)
        return;
    printf("%s%.*s\t%s\n", before, (int)length, text, says);
}

static void offer(const char *before, const char *text, const char *typed, const char *says) {
    offer_part(before, text, strlen(text), typed, says);
}

static void offer_choices(const char *before, const char *choices, const char *typed) {
    for (size_t length; *choices; choices += length + (choices[length] == '|')) {
        length = strcspn(choices, "|");
        offer_part(before, choices, length, typed, "");
    }
}

static void offer_models(const char *before, const char *typed) {
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    for (size_t i = 0; i < n; i++)
        offer(before, types[i]->name, typed, types[i]->summary);
}

static void offer_commands(const char *typed) {
    for (size_t i = 0; i < cli_n_commands; i++)
        offer("", cli_commands[i]->grammar.command, typed, cli_commands[i]->summary);
}

static void offer_option_values(const cli_option *option, const char *before, const char *typed) {
    if (option->choices)
        offer_choices(before, option->choices, typed);
    else if (option->argument && strcmp(option->argument, "FILE") == 0)
        puts(":file");
    else if (option->argument && strncmp(option->argument, "NAME", 4) == 0)
        offer_models(before, typed);
}

static bool has_choice(const char *choices, const char *word, size_t length) {
    for (size_t n; choices && *choices; choices += n + (choices[n] == '|')) {
        n = strcspn(choices, "|");
        if (n == length && strncmp(choices, word, n) == 0)
            return true;
    }
    return false;
}

static void offer_param_values(const mlt_param_spec *spec, const char *before, const char *typed) {
    if (spec->choices)
        offer_choices(before, spec->choices, typed);
    for (const char *c = spec->choices_regression; c && *c; c += *c == '|') {
        size_t length = strcspn(c, "|");
        if (!has_choice(spec->choices, c, length))
            offer_part(before, c, length, typed, "");
        c += length;
    }
    if (strcmp(spec->default_text, "none") == 0)
        offer(before, "none", typed, "");
}

static void offer_params(const mlt_model_type *type, const char *typed) {
    for (size_t i = 0; i < type->n_params; i++) {
        const mlt_param_spec *spec = &type->params[i];
        bool typed_no = strncmp(typed, "no-", 3) == 0;
        offer("--", spec->name, typed, spec->help);
        if (spec->kind == MLT_PARAM_BOOL && (typed_no || strncmp("no-", typed, strlen(typed)) == 0))
            offer("--no-", spec->name, typed_no ? typed + 3 : "", spec->help);
    }
}

/* Parameters are offered once the model is known. */
static void offer_options(const line_state *state, const char *typed) {
    for (size_t g = 0; g < state->grammar->n_groups; g++)
        for (const cli_option *option = state->grammar->groups[g].options; option->name; option++) {
            offer("--", option->name, typed, option->help);
            if (option->synonym)
                offer("--", option->synonym, typed, option->help);
        }
    if (state->grammar->model_params && state->type)
        offer_params(state->type, typed);
}

static void offer_operands(const line_state *state, const char *typed) {
    const cli_grammar *grammar = state->grammar;
    if (state->n_operands >= grammar->n_operands)
        return;
    char operand[64];
    const char *shown = grammar->operands[state->n_operands];
    snprintf(operand, sizeof operand, "%s", shown + (*shown == '['));
    operand[strcspn(operand, "]")] = '\0';
    if (strchr(operand, '|'))
        offer_choices("", operand, typed);
    else if (strcmp(operand, "COMMAND") == 0)
        offer_commands(typed);
    else if (strcmp(operand, "NAME") == 0)
        offer_models("", typed);
    else
        puts(":file");
}

/* The option or parameter of this name (`length` bytes) whose value the next word is. */
static void find_taker(line_state *state, const char *name, size_t length) {
    char word[64];
    snprintf(word, sizeof word, "%.*s", length < sizeof word ? (int)length : 0, name);
    const cli_option *option = cli_option_find(state->grammar, word, NULL);
    if (option && option->kind != CLI_FLAG)
        state->option = option;
    const mlt_param_spec *spec = state->grammar->model_params && !option ? cli_any_param(word) : NULL;
    for (size_t i = 0; spec && state->type && i < state->type->n_params; i++)
        if (strcmp(state->type->params[i].name, word) == 0)
            spec = &state->type->params[i]; /* the model's own choices */
    if (spec && spec->kind != MLT_PARAM_BOOL)
        state->param = spec;
}

/* A finished value of the option at hand. */
static void take_value(line_state *state, const char *value) {
    if (state->option && strcmp(state->option->name, "model") == 0)
        state->type = mlt_model_find(value);
    state->option = NULL;
    state->param = NULL;
}

static void take_word(line_state *state, const char *word) {
    const char *equals = strchr(word, '=');
    if (state->option || state->param) {
        if (strcmp(word, "=") != 0) /* a shell's "--model" "=" "x" */
            take_value(state, word);
    } else if (state->options_over || word[0] != '-' || !word[1]) {
        state->n_operands++;
    } else if (strcmp(word, "--") == 0) {
        state->options_over = true;
    } else if (word[1] == '-') {
        find_taker(state, word + 2, equals ? (size_t)(equals - word - 2) : strlen(word + 2));
        if (equals)
            take_value(state, equals + 1);
    }
}

void cli_complete(const char *const *words, size_t n) {
    const char *typed = words[n - 1];
    if (n == 1) {
        offer_commands(typed);
        return;
    }
    const cli_command *command = cli_command_find(words[0]);
    if (!command)
        return;
    line_state state = {.grammar = &command->grammar};
    for (size_t i = 1; i + 1 < n; i++)
        take_word(&state, words[i]);
    const char *equals = strchr(typed, '=');
    char before[80] = "";
    if (state.option || state.param) {
        typed += strcmp(typed, "=") == 0;
    } else if (!state.options_over && strncmp(typed, "--", 2) == 0 && equals) {
        find_taker(&state, typed + 2, (size_t)(equals - typed - 2));
        snprintf(before, sizeof before, "%.*s", (int)(equals - typed + 1), typed);
        typed = equals + 1;
    }
    if (state.option)
        offer_option_values(state.option, before, typed);
    else if (state.param)
        offer_param_values(state.param, before, typed);
    else if (!state.options_over && typed[0] == '-')
        offer_options(&state, typed + (typed[1] == '-' ? 2 : 1));
    else if (!*before)
        offer_operands(&state, typed);
}
