/** Help, made from the tables. */
#ifndef MLT_CLI_HELP_H
#define MLT_CLI_HELP_H

#include "cli/command.h"

/** What a bare `mltool` prints: at most 20 lines. */
void cli_help_usage(void);
/** The usage, and what holds for all commands. */
void cli_help_overview(void);
void cli_help_command(const cli_command *command);

/** What an exit code means. */
typedef struct cli_exit_code_meaning {
    const char *code, *meaning;
} cli_exit_code_meaning;
extern const cli_exit_code_meaning cli_exit_codes[];
extern const size_t cli_n_exit_codes;

/** What an option does: its help, choices, synonym and default. */
typedef struct cli_option_text {
    char text[600];
} cli_option_text;
char *cli_option_help(cli_option_text *out, const cli_option *option);

#endif
