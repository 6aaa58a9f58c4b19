/** Help, made from the tables. */
#ifndef MLT_CLI_HELP_H
#define MLT_CLI_HELP_H

#include "cli/command.h"

/** What a bare `mltool` prints: at most 20 lines. */
void cli_help_usage(void);
/** The usage, and what holds for all commands. */
void cli_help_overview(void);
void cli_help_command(const cli_command *command);

#endif
