/* Messages for failed system calls. */
#include "io/io_error.h"

#include <errno.h>
#include <string.h>

const char *mlt__show_path(mlt__shown_path *shown, const char *path) {
    return mlt__printable(shown->text, sizeof shown->text, path);
}

static const char *advice(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
        return "check the path";
    case EISDIR:
        return "give the path of a file";
    case EACCES:
    case EPERM:
    case EROFS:
        return "choose a path that you have permission for";
    case ENOSPC:
    case EDQUOT:
        return "free some space or choose another place";
    case EFBIG:
        return "raise the file size limit (ulimit -f)";
    case EMFILE:
    case ENFILE:
        return "raise the limit on open files (ulimit -n)";
    default:
        return "try again, or choose another place";
    }
}

mlt_status mlt__raise_io(mlt_error *err, const char *path, const char *verb, int error) {
    mlt__shown_path shown;
    return mlt__raise(err, error == ENOMEM ? MLT_E_NOMEM : MLT_E_IO, "%s: cannot be %s: %s; %s",
                      mlt__show_path(&shown, path), verb, strerror(error), advice(error));
}

mlt_status mlt__raise_in_file(mlt_error *err, const char *path, const mlt_error *inner) {
    mlt__shown_path shown;
    if (inner->status == MLT_E_MODEL)
        return mlt__raise(err, inner->status, "%s: %s", mlt__show_path(&shown, path), inner->message);
    return mlt__raise(err, inner->status, "%s", inner->message);
}
