/* mltool help: of the program, or of one command. */
#include "cli/groups.h"
#include "cli/help.h"

typedef struct help_options {
    cli_common common;
} help_options;

static mlt_status run(const cli_call *call, mlt_error *err) {
    if (call->parsed->n_operands == 0) {
        cli_help_overview();
        return MLT_OK;
    }
    const char *name = call->parsed->operands[0];
    const cli_command *command = cli_command_find(name);
    if (!command && mlt_model_find(name))
        return cli_fail(err, MLT_E_USAGE, "%s: is a model, not a command; see 'mltool models %s'", name,
                        name);
    if (!command)
        return cli_command_unknown(name, err);
    cli_help_command(command);
    return MLT_OK;
}

static const cli_group groups[] = {CLI_COMMON(help_options)};

static const char *const operands[] = {"[COMMAND]"};

static const cli_example examples[] = {
    {"mltool help", "the commands"},
    {"mltool help fit", "one command's options"},
};

const cli_command cli_command_help = {
    .grammar = {.command = "help",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "explain the program or a command",
    .synopsis = "[COMMAND]",
    .text = "Explain the program, or a command: 'mltool COMMAND --help' does the same.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(help_options),
    .common_offset = offsetof(help_options, common),
    .run = run,
};
