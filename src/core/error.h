/** Raising and forwarding errors: the only way a status and a message are made. */
#ifndef MLT_CORE_ERROR_H
#define MLT_CORE_ERROR_H

#include "mltool/status.h"

/** Fill `err` (if not NULL) with the formatted message and return `status`. */
mlt_status mlt__raise(mlt_error *err, mlt_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/** Raise MLT_E_NOMEM: "out of memory"; `bytes` is what was asked for. */
mlt_status mlt__raise_nomem(mlt_error *err, size_t bytes) __attribute__((cold));

/** Tell the caller's note callback, if there is one. */
void mlt__note(const mlt_context *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Report progress; false if the caller asked to stop. */
bool mlt__progress(const mlt_context *ctx, const char *what, size_t done, size_t total);

/** Bytes of the valid UTF-8 sequence that `text` begins with; 0 if it is not one (overlong forms and
 * surrogates are not). The terminating NUL counts as a sequence of 1. */
size_t mlt__utf8_length(const char *text);

/** Escape `text` for a message on a terminal: control characters and invalid UTF-8 as \xNN, cut to `size`.
 *  Returns `buffer`. */
const char *mlt__printable(char *buffer, size_t size, const char *text);

/** Return the status of `expression` from the calling function unless it is MLT_OK. */
#define MLT_TRY(expression)                                                                                  \
    do {                                                                                                     \
        mlt_status mlt_try_status = (expression);                                                            \
        if (mlt_try_status != MLT_OK)                                                                        \
            return mlt_try_status;                                                                           \
    } while (0)

/** The same for functions that clean up at a label: needs a local `mlt_status status`. */
#define MLT_TRY_GOTO(expression, label)                                                                      \
    do {                                                                                                     \
        status = (expression);                                                                               \
        if (status != MLT_OK)                                                                                \
            goto label;                                                                                      \
    } while (0)

#endif
