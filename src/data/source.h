/** Where bytes come from: a file, stdin, a FIFO; gzip or plain. Whatever it is, it can be read again from the
 * start. */
#ifndef MLT_DATA_SOURCE_H
#define MLT_DATA_SOURCE_H

#include "mltool/status.h"

#include <signal.h>

typedef struct mlt__source mlt__source;

/** Open `path`; "-" is stdin. What cannot be read twice is copied to a nameless temporary file on the way.
 *  @param ctx  borrowed until the source is freed; asked whether to go on when a signal interrupts a read
 *  @return MLT_OK, MLT_E_IO, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__source_open(mlt__source **out, const char *path, const mlt_context *ctx,
                                           mlt_error *err);

/** The same, to be read once: nothing is copied, and there is no rewinding.
 *  @param stop  when this becomes other than 0 the bytes end, wherever they are; or NULL */
MLT_MUST_CHECK mlt_status mlt__source_open_once(mlt__source **out, const char *path,
                                                const volatile sig_atomic_t *stop, const mlt_context *ctx,
                                                mlt_error *err);
/** Whether `stop` ended it: its last row may be half a row. */
bool mlt__source_was_cut(const mlt__source *source);

/** Fill `buffer` with the next `size` bytes, decompressed; `*got` is less only at the end.
 *  @return MLT_OK, MLT_E_IO, MLT_E_DATA (damaged gzip), MLT_E_LIMIT (gzip that expands beyond reason),
 *          MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__source_read(mlt__source *source, char *buffer, size_t size, size_t *got,
                                           mlt_error *err);
/** Back to the first byte. */
MLT_MUST_CHECK mlt_status mlt__source_rewind(mlt__source *source, mlt_error *err);

/** The name for messages: the path, printable, or "stdin". Borrowed. */
const char *mlt__source_name(const mlt__source *source);
/** Stored bytes read so far, and all of them (0: not known). */
void mlt__source_progress(const mlt__source *source, size_t *done, size_t *total);
/** Bytes it will give, 0 if that cannot be known beforehand. */
size_t mlt__source_size(const mlt__source *source);
/** Accepts NULL. */
void mlt__source_free(mlt__source *source);

#endif
