/** The fast lane: rows of plain fields, read without libcsv. */
#ifndef MLT_DATA_CSV_LANE_H
#define MLT_DATA_CSV_LANE_H

#include "data/csv_table.h"

/** Read the row at `*start` into row `row`, if it is plain: no quotes, no NUL, as many fields as columns,
 * nothing in it that has to be reported. Readable memory and a NUL must follow the text.
 *  @param[in,out] start  moved behind the row if it was read
 *  @return false if libcsv is to read it: then nothing has changed but cells of that row */
bool mlt_csv__lane_read(const mlt_csv__table *table, mlt_csv__worker *worker, const char **start, size_t row);

#endif
