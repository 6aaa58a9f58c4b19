/** From the finished table to the frame. */
#ifndef MLT_DATA_CSV_FINISH_H
#define MLT_DATA_CSV_FINISH_H

#include "data/csv_head.h"
#include "data/csv_table.h"

/** Move the table's columns into a frame, after the checks that need all rows, and tell the notes.
 *  @param[out] out  a zeroed frame; to be freed by the caller also on failure
 *  @return MLT_OK, MLT_E_DATA, MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt_csv__finish(mlt_frame *out, mlt_csv__table *table, const mlt_csv__head *head,
                                          const mlt_context *ctx, mlt_error *err);

#endif
