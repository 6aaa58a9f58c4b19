/** Reading a file step by step, into one block: never more bytes than were asked for, never much more memory
 * than there are bytes. The file is read, not mapped: a file that shrinks meanwhile is a short file, not a
 * signal, and whoever writes into it afterwards does not change a model. */
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
/** What is done with each piece as soon as it has been read, by several threads at a time. */
typedef void (*mlt__bytes_work)(size_t piece, const unsigned char *bytes, size_t size, void *user);
/** Have the bytes [filled, end) as well, handing those from `begin` on to `work` in pieces of `piece_size`
 * bytes (the last may be shorter); a regular file is read by several threads. Where the file ends before,
 * `filled` is less than `end` afterwards, and not all pieces have been handed on.
 *  @param begin  at most `filled`
 *  @return MLT_OK, MLT_E_IO, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__bytes_fill_pieces(mlt__bytes *source, size_t begin, size_t end,
                                                 size_t piece_size, mlt__bytes_work work, void *user,
                                                 const mlt_context *ctx, mlt_error *err);
/** Close it and free its bytes. */
void mlt__bytes_close(mlt__bytes *source);

#endif
