/* Failures of the command line. */
#include "cli/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

mlt_status cli_fail(mlt_error *err, mlt_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    err->status = status;
    return status;
}

mlt_status cli_fail_memory(mlt_error *err) {
    return cli_fail(err, MLT_E_NOMEM, "out of memory: free some, or use fewer rows or columns");
}

mlt_status cli_fail_io(mlt_error *err, const char *path, const char *verb, int error) {
    cli_shown shown;
    return cli_fail(err, MLT_E_IO, "%s: cannot be %s: %s; check the path, its permissions and the space left",
                    cli_show(&shown, path), verb, strerror(error));
}

const char *cli_show(cli_shown *shown, const char *text) {
    size_t length = strlen(text), limit = sizeof shown->text - sizeof "...";
    if (length > limit) {
        length = limit;
        /* Not in the middle of a UTF-8 character. */
        while (length && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
        snprintf(shown->text, sizeof shown->text, "%.*s...", (int)length, text);
    } else {
        memcpy(shown->text, text, length + 1);
    }
    return shown->text;
}

int cli_exit_code(mlt_status status) {
    switch (status) {
    case MLT_OK:
        return 0;
    case MLT_E_USAGE:
        return 2;
    case MLT_E_DATA:
    case MLT_E_SCHEMA:
        return 3;
    case MLT_E_MODEL:
        return 4;
    case MLT_E_IO:
        return 5;
    case MLT_E_NOMEM:
    case MLT_E_LIMIT:
    case MLT_E_CANCELLED: /* nothing cancels but a signal, which ends the program by itself */
        return 6;
    case MLT_E_NUMERIC:
        return 7;
    }
    return 6;
}
