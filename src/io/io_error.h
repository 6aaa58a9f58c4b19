/** One wording for everything that the operating system refuses. */
#ifndef MLT_IO_IO_ERROR_H
#define MLT_IO_IO_ERROR_H

#include "core/error.h"

/** A path as messages show it. */
typedef struct mlt__shown_path {
    char text[400];
} mlt__shown_path;

/** Escape `path` for a message. Returns what to print, kept in `shown`. */
const char *mlt__show_path(mlt__shown_path *shown, const char *path);

/** Raise "PATH: cannot be VERB: reason; what to do".
 *  @param verb   "read" or "written"
 *  @param error  an errno
 *  @return MLT_E_IO; MLT_E_NOMEM if `error` is ENOMEM */
mlt_status mlt__raise_io(mlt_error *err, const char *path, const char *verb, int error) __attribute__((cold));

/** Raise `inner` again: a wrong file is named, "PATH: ...", and what is not the file's fault stays as it is.
 */
mlt_status mlt__raise_in_file(mlt_error *err, const char *path, const mlt_error *inner) __attribute__((cold));

#endif
