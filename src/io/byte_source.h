/** Reading a file step by step, into one block: never more bytes than were asked for, never much more memory
 * than there are bytes. The file is read, not mapped: a file that shrinks meanwhile is a short file, not a
 * signal. */
#ifndef MLT_IO_BYTE_SOURCE_H
#define MLT_IO_BYTE_SOURCE_H

#include "mltool/status.h"

typedef struct mlt__bytes {
    const char *path;     /**< borrowed, for messages */
    int fd;               /**< −1: everything there is stands in `bytes` */
    unsigned char *bytes; /**< malloc'ed (so aligned for every type); NULL before the first fill */
    size_t filled, capacity;
    size_t file_size; /**< of a regular file when it was opened, else 0 */
} mlt__bytes;

/** Open a file, a device or a pipe. Nothing is read yet. @return MLT_OK, MLT_E_IO */
MLT_MUST_CHECK mlt_status mlt__bytes_open(mlt__bytes *source, const char *path, mlt_error *err);
/** Have the file's first `want` bytes in `bytes`, or all of it if it is shorter. @return MLT_OK, MLT_E_IO,
 * MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__bytes_fill(mlt__bytes *source, size_t want, mlt_error *err);
/** Close it and free its bytes. */
void mlt__bytes_close(mlt__bytes *source);

#endif
