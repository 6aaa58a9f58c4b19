/** The rows of a CSV file as text: chosen rows copied byte for byte. */
#ifndef MLTOOL_ROWS_H
#define MLTOOL_ROWS_H

#include "mltool/frame.h"

typedef struct mlt_rows mlt_rows;

/** Load a CSV file's text, decompressed, and find its rows.
 *  @param[out] out      owned by the caller (mlt_rows_free)
 *  @param      options  as `frame` was read with
 *  @param      frame    of the same file: its delimiter, and as many rows as are to be found
 *  @return MLT_OK, MLT_E_IO (the file changed meanwhile), MLT_E_DATA (damaged gzip), MLT_E_NOMEM,
 * MLT_E_LIMIT, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_rows_load(mlt_rows **out, const char *path, const mlt_csv_options *options,
                                        const mlt_frame *frame, const mlt_context *ctx, mlt_error *err);
/** Write the header, if there is one, and the chosen rows in this order to `path`, which is the old file or
 * the whole new one at any time. A last line without end gets one.
 *  @param chosen  n 0-based data rows
 *  @return MLT_OK, MLT_E_IO, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_rows_write(const char *path, const mlt_rows *rows, const uint32_t *chosen,
                                         size_t n, mlt_error *err);
/** Accepts NULL. */
void mlt_rows_free(mlt_rows *rows);

#endif
