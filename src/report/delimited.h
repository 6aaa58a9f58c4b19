/** CSV and TSV (RFC 4180's quoting, lines end in LF), cell by cell. */
#ifndef MLT_REPORT_DELIMITED_H
#define MLT_REPORT_DELIMITED_H

#include "mltool/report.h"

typedef struct mlt__delimited {
    FILE *out;
    char delimiter;
    bool terminal; /**< escape what could drive a terminal */
    bool comma;    /**< a cell precedes on this line */
} mlt__delimited;

void mlt__delimited_start(mlt__delimited *rows, FILE *out, const mlt_report_options *options);
/** A cell, quoted where needed; NULL is an empty one. */
void mlt__delimited_text(mlt__delimited *rows, const char *text);
/** The shortest text that reads back as `value`; NaN is empty. */
void mlt__delimited_real(mlt__delimited *rows, double value);
void mlt__delimited_count(mlt__delimited *rows, uint64_t value);
void mlt__delimited_end_row(mlt__delimited *rows);

#endif
