/** A command line as text that a shell reads back. */
#ifndef MLT_CLI_COMMAND_LINE_H
#define MLT_CLI_COMMAND_LINE_H

#include "cli/failure.h"

/** "mltool" and the arguments, quoted where a POSIX shell needs it: malloc'ed; NULL when memory is short. */
char *cli_command_line(char *const *argv);

/** The words of such a text, ended by NULL, in one block of memory to be freed.
 *  @return MLT_OK, MLT_E_MODEL (a quote is not closed), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status cli_command_words(char ***words, const char *text, mlt_error *err);

#endif
