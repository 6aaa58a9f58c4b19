/** Reading with the inner settings open, for tests: the result does not depend on them; and what reading a
 * file whole and in blocks have in common. */
#ifndef MLT_DATA_CSV_READ_H
#define MLT_DATA_CSV_READ_H

#include "data/csv_head.h"
#include "data/csv_table.h"
#include "mltool/csv_stream.h"

/** Zero means the default. */
typedef struct mlt_csv__settings {
    size_t block_bytes; /**< of a batch */
    size_t piece_bytes; /**< of a piece, the unit of parallel work */
    bool careful;       /**< libcsv reads every row */
} mlt_csv__settings;

/** A piece and its rows fit a core's cache; a batch has several for each of a few threads. */
enum { MLT_CSV__PIECE_BYTES = 1 << 18, MLT_CSV__BLOCK_BYTES = 1 << 22, MLT_CSV__MAX_THREADS = 32 };

/** The table's columns, before the first row; `head` gives its names away.
 *  @param table  has file, options, n_workers
 *  @return MLT_OK, MLT_E_USAGE (a column named in the options does not exist), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_csv__set_up(mlt_csv__table *table, mlt_csv__head *head, mlt_error *err);

/** As mlt_csv_stream_open; `careful` is not looked at. */
MLT_MUST_CHECK mlt_status mlt_csv__stream_open(mlt_csv_stream **out, const char *path,
                                               const mlt_csv_options *options,
                                               const mlt_csv__settings *settings,
                                               const volatile sig_atomic_t *stop, const mlt_context *ctx,
                                               mlt_error *err);

/** As mlt_csv_read. */
MLT_MUST_CHECK mlt_status mlt_csv__read(mlt_frame **out, const char *path, const mlt_csv_options *options,
                                        const mlt_csv__settings *settings, const mlt_context *ctx,
                                        mlt_error *err);

#endif
