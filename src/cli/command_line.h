/** A command line as text that a shell reads back. */
#ifndef MLT_CLI_COMMAND_LINE_H
#define MLT_CLI_COMMAND_LINE_H

/** "mltool" and the arguments, quoted where a POSIX shell needs it: malloc'ed; NULL when memory is short. */
char *cli_command_line(char *const *argv);

#endif
