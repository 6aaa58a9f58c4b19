/** Failures of the command line: raising them, and the exit code of each status. */
#ifndef MLT_CLI_FAILURE_H
#define MLT_CLI_FAILURE_H

#include "mltool/status.h"

/** Fill `err` and return `status`. */
mlt_status cli_fail(mlt_error *err, mlt_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
/** Raise MLT_E_NOMEM. */
mlt_status cli_fail_memory(mlt_error *err) __attribute__((cold));
/** Raise MLT_E_IO: "PATH: cannot be VERB: reason of errno `error`". */
mlt_status cli_fail_io(mlt_error *err, const char *path, const char *verb, int error) __attribute__((cold));

/** A text of the user's as messages show it: cut to a readable length (escaped when the message is printed).
 */
typedef struct cli_shown {
    char text[100];
} cli_shown;
const char *cli_show(cli_shown *shown, const char *text);

/** The exit code that tells a shell of `status`. */
int cli_exit_code(mlt_status status);

/** Return the status of `expression` from the calling function unless it is MLT_OK. */
#define CLI_TRY(expression)                                                                                  \
    do {                                                                                                     \
        mlt_status cli_try_status = (expression);                                                            \
        if (cli_try_status != MLT_OK)                                                                        \
            return cli_try_status;                                                                           \
    } while (0)

/** The same for functions that clean up at a label: needs a local `mlt_status status`. */
#define CLI_TRY_GOTO(expression, label)                                                                      \
    do {                                                                                                     \
        status = (expression);                                                                               \
        if (status != MLT_OK)                                                                                \
            goto label;                                                                                      \
    } while (0)

#endif
