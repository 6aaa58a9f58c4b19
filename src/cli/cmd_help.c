/* mltool help: of the program, or of one command; on the terminal, or as a manual page. */
#include "cli/groups.h"
#include "cli/help.h"
#include "cli/man_page.h"

typedef struct help_form {
    bool man;
} help_form;

static const cli_option form_options[] = {
    {.name = "man",
     .kind = CLI_FLAG,
     .offset = offsetof(help_form, man),
     .help = "write the manual page, for man and mandoc"},
    {0},
};

typedef struct help_options {
    help_form form;
    cli_common common;
} help_options;

static mlt_status run(const cli_call *call, mlt_error *err) {
    const help_options *options = call->options;
    if (call->parsed->n_operands == 0) {
        if (options->form.man)
            cli_man_overview();
        else
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
    if (options->form.man)
        return cli_man_command(command, err);
    cli_help_command(command);
    return MLT_OK;
}

static const cli_group groups[] = {{"Form", form_options, offsetof(help_options, form)},
                                   CLI_COMMON(help_options)};

static const char *const operands[] = {"[COMMAND]"};

static const cli_example examples[] = {
    {"mltool help", "the commands"},
    {"mltool help fit", "one command's options"},
    {"mltool help --man fit > mltool-fit.1", "its manual page"},
};

const cli_command cli_command_help = {
    .grammar = {.command = "help",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "explain the program or a command",
    .synopsis = "[options] [COMMAND]",
    .text = "Explain the program, or a command: 'mltool COMMAND --help' does the same. Where mltool is "
            "installed, "
            "'man mltool' and 'man mltool-COMMAND' show the manual pages.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(help_options),
    .common_offset = offsetof(help_options, common),
    .run = run,
};
