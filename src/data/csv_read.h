/** Reading with the inner settings open, for tests: the result does not depend on them. */
#ifndef MLT_DATA_CSV_READ_H
#define MLT_DATA_CSV_READ_H

#include "mltool/frame.h"

/** Zero means the default. */
typedef struct mlt_csv__settings {
    size_t block_bytes; /**< of a batch */
    size_t piece_bytes; /**< of a piece, the unit of parallel work */
    bool careful;       /**< libcsv reads every row */
} mlt_csv__settings;

/** As mlt_csv_read. */
MLT_MUST_CHECK mlt_status mlt_csv__read(mlt_frame **out, const char *path, const mlt_csv_options *options,
                                        const mlt_csv__settings *settings, const mlt_context *ctx,
                                        mlt_error *err);

#endif
