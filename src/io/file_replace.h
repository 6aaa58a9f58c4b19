/** Writing a file so that its path names the old bytes or all of the new ones, whatever happens. */
#ifndef MLT_IO_FILE_REPLACE_H
#define MLT_IO_FILE_REPLACE_H

#include "mltool/status.h"

#include <sys/uio.h>

/** Write the parts, in order, to `path`.
 *  A new or regular file: to a temporary file beside it, flushed, then renamed. It keeps the old file's mode;
 * a symbolic link stays and the file it names is replaced; a file that may not be written is refused.
 * Anything else (a device, a pipe) is written directly. Several threads may call this; they take turns.
 *  @param parts  their descriptors are used up; the bytes they name stay
 *  @return MLT_OK, MLT_E_IO, MLT_E_NOMEM, MLT_E_CANCELLED (mlt__file_abandon was called meanwhile) */
MLT_MUST_CHECK mlt_status mlt__file_replace(const char *path, struct iovec *parts, size_t n_parts,
                                            mlt_error *err);

/** Remove the temporary file being written, if there is one. Async-signal-safe; from any thread. */
void mlt__file_abandon(void);

#endif
