/** Commands: each is one file that ends in one const descriptor, plus one line in cmds.def. */
#ifndef MLT_CLI_COMMAND_H
#define MLT_CLI_COMMAND_H

#include "cli/console.h"
#include "cli/options.h"

/** A command line that runs in a copy of this project's directory, shown by help and executed by the tests.
 */
typedef struct cli_example {
    const char *line, *says;
} cli_example;

/** What a command is given. Borrowed. */
typedef struct cli_call {
    cli_console *console;
    const mlt_context *ctx;
    const void *options; /**< the command's struct */
    const cli_parsed *parsed;
    char *const *argv; /**< the whole command line */
    bool
        *negative; /**< to be set if the command was to answer yes or no, and the answer is no: exit code 1 */
} cli_call;

typedef struct cli_command {
    cli_grammar grammar;
    const char *summary;  /**< one phrase, lower case */
    const char *synopsis; /**< behind "mltool NAME" */
    const char *text;     /**< a paragraph or two */
    const cli_example *examples;
    size_t n_examples;
    size_t options_size;  /**< of the command's struct */
    size_t common_offset; /**< of its cli_common */
    mlt_status (*run)(const cli_call *call, mlt_error *err);
} cli_command;

/** All commands, in the order in which they are listed. */
extern const cli_command *const cli_commands[];
extern const size_t cli_n_commands;
/** The command named `name`, or NULL. */
const cli_command *cli_command_find(const char *name);
/** Raise "no such command", with the nearest one. */
mlt_status cli_command_unknown(const char *name, mlt_error *err);

#define CLI_COUNT(array) (sizeof(array) / sizeof *(array))

#endif
