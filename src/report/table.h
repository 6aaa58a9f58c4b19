/** One table for every format: filled cell by cell, then written as aligned text, Markdown, CSV or TSV. */
#ifndef MLT_REPORT_TABLE_H
#define MLT_REPORT_TABLE_H

#include "report/text.h"

typedef struct mlt__cell {
    size_t offset, length; /**< in the table's text */
    bool number;
} mlt__cell;

typedef struct mlt__table {
    const mlt_report_options *options;
    int digits;
    size_t columns;
    mlt__text text;   /**< the cells' texts, each ended by NUL */
    mlt__cell *cells; /**< row by row, the header first */
    size_t n, capacity;
} mlt__table;

/** Begin a table with these headers. Failures stick and come out of mlt__table_finish. */
void mlt__table_start(mlt__table *table, const mlt_report_options *options, const char *const *headers,
                      size_t columns);
/** The next cell, from left to right, row after row. */
void mlt__table_name(mlt__table *table, const char *text);
void mlt__table_real(mlt__table *table, double value);
/** The same, but as short as the number can be written, where that is short. */
void mlt__table_value(mlt__table *table, double value);
void mlt__table_count(mlt__table *table, uint64_t value);
/** A bar as long as `value` is a part of `whole`; none if that is not positive. */
void mlt__table_bar(mlt__table *table, double value, double whole);
/** An empty cell, in a column of numbers. */
void mlt__table_blank(mlt__table *table);
/** Write the table in the options' format and free it. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__table_finish(mlt__table *table, FILE *out, mlt_error *err);

#endif
