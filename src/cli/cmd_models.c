/* mltool models: the registry, and each model's parameters. */
#include "cli/groups.h"
#include "cli/model_choice.h"

typedef struct models_options {
    cli_output output;
    cli_common common;
} models_options;

static mlt_status run(const cli_call *call, mlt_error *err) {
    const models_options *options = call->options;
    const mlt_model_type *type = NULL;
    if (call->parsed->n_operands > 0)
        CLI_TRY(cli_model_choose(&type, call->parsed->operands[0], "models", err));
    mlt_report_options report = cli_report_options(&options->output);
    return mlt_report_model_types(stdout, type, &report, err);
}

static const cli_group groups[] = {CLI_OUTPUT(models_options), CLI_COMMON(models_options)};

static const char *const operands[] = {"[NAME]"};

static const cli_example examples[] = {
    {"mltool models", "all models"},
    {"mltool models adaboost", "the parameters of one"},
};

const cli_command cli_command_models = {
    .grammar = {.command = "models",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "list the models, or one model's parameters",
    .synopsis = "[options] [NAME]",
    .text = "List the models, or the parameters of one, with their defaults and ranges.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(models_options),
    .common_offset = offsetof(models_options, common),
    .run = run,
};
