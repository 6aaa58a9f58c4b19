/** A table described: the parts of mlt_report_description. */
#ifndef MLT_REPORT_DESCRIPTION_H
#define MLT_REPORT_DESCRIPTION_H

#include "report/page.h"

MLT_MUST_CHECK mlt_status mlt__description_page(FILE *out, const mlt_description *d, size_t head,
                                                const mlt_report_options *options, mlt_error *err);
void mlt__description_json(FILE *out, const mlt_description *d, size_t head);

/** What a warning says, of all columns that have it; `out` is empty if none has. Names are escaped. */
void mlt__warning_text(mlt__text *out, const mlt_description *d, mlt_warning warning);
/** "number" or "text", as tables say it. */
const char *mlt__column_type_name(const mlt_column *column);

#endif
