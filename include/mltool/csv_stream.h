/** Reading a CSV file in blocks: any length, once, in constant memory. */
#ifndef MLTOOL_CSV_STREAM_H
#define MLTOOL_CSV_STREAM_H

#include "mltool/frame.h"

#include <signal.h>

typedef struct mlt_csv_stream mlt_csv_stream;

/** Begin to read. Nothing is copied to a temporary file.
 *  @param[out] out      owned by the caller (mlt_csv_stream_free)
 *  @param      path     "-" is stdin; gzip is recognised by its content; borrowed, as `options`
 * and `ctx` are, until the stream is freed
 *  @param      stop     when this becomes other than 0, as a signal's handler may set it, the rows end with
 * the last whole one that was read; or NULL
 *  @return MLT_OK, MLT_E_IO, MLT_E_DATA, MLT_E_NOMEM, MLT_E_LIMIT, MLT_E_USAGE, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_csv_stream_open(mlt_csv_stream **out, const char *path,
                                              const mlt_csv_options *options,
                                              const volatile sig_atomic_t *stop, const mlt_context *ctx,
                                              mlt_error *err);
/** The next rows, about 4 MiB of text. The first block decides which columns are numeric: a text in one of
 * them later is an error. Levels are those of the block. Columns of numbers keep no texts.
 *  @param[out] frame  owned by the caller; NULL after the last row
 *  Notes, of the first block: the delimiter found, columns dropped because empty, missing cells.
 *  @return MLT_OK, MLT_E_DATA ("FILE:LINE:COLUMN: ..."), MLT_E_IO, MLT_E_NOMEM, MLT_E_LIMIT, MLT_E_CANCELLED
 */
MLT_MUST_CHECK mlt_status mlt_csv_stream_next(mlt_frame **frame, mlt_csv_stream *stream, mlt_error *err);
/** The line, from 1, where a row of the last frame begins. */
size_t mlt_csv_stream_line(const mlt_csv_stream *stream, size_t row);
/** Rows left out as bad so far. */
size_t mlt_csv_stream_skipped(const mlt_csv_stream *stream);
/** Whether `stop` ended the rows: there may have been more. */
bool mlt_csv_stream_stopped(const mlt_csv_stream *stream);
/** SHA-256 of the bytes read, hexadecimal; "" unless options->digest; after the last row. */
void mlt_csv_stream_digest(mlt_csv_stream *stream, char out[65]);
/** Accepts NULL. */
void mlt_csv_stream_free(mlt_csv_stream *stream);

#endif
