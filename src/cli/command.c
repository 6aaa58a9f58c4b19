/* The table of commands. */
#include "cli/command.h"

#include "mltool/model.h"
#include "mltool/nearest.h"

#include <string.h>

#define CLI_COMMAND(name) extern const cli_command cli_command_##name;
#include "cli/cmds.def"
#undef CLI_COMMAND

#define CLI_COMMAND(name) &cli_command_##name,
const cli_command *const cli_commands[] = {
#include "cli/cmds.def"
};
#undef CLI_COMMAND
const size_t cli_n_commands = CLI_COUNT(cli_commands);

const cli_command *cli_command_find(const char *name) {
    for (size_t i = 0; i < cli_n_commands; i++)
        if (strcmp(cli_commands[i]->grammar.command, name) == 0)
            return cli_commands[i];
    return NULL;
}

mlt_status cli_command_unknown(const char *name, mlt_error *err) {
    const char *names[CLI_COUNT(cli_commands)];
    for (size_t i = 0; i < cli_n_commands; i++)
        names[i] = cli_commands[i]->grammar.command;
    const char *nearest = mlt_nearest(name, names, cli_n_commands);
    cli_shown shown;
    if (mlt_model_find(name))
        return cli_fail(err, MLT_E_USAGE,
                        "%s: is a model, not a command; give mltool fit --model %s DATA.csv", name, name);
    if (nearest)
        return cli_fail(err, MLT_E_USAGE, "%s: no such command; did you mean '%s'?", cli_show(&shown, name),
                        nearest);
    return cli_fail(err, MLT_E_USAGE, "%s: no such command; see 'mltool help'", cli_show(&shown, name));
}
