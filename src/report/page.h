/** A report for people on its way out, as plain text or Markdown: labelled lines, headings, remarks. */
#ifndef MLT_REPORT_PAGE_H
#define MLT_REPORT_PAGE_H

#include "report/text.h"

typedef struct mlt__page {
    FILE *out;
    const mlt_report_options *options;
    int digits; /**< significant digits of numbers */
    bool begun, failed;
} mlt__page;

void mlt__page_start(mlt__page *page, FILE *out, const mlt_report_options *options);
/** A heading, with a blank line before it. */
void mlt__page_heading(mlt__page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** "Label    value", wrapped at the page's width; `value` is escaped already and is freed. */
void mlt__page_field(mlt__page *page, const char *label, mlt__text *value);
/** A sentence of its own, after a blank line; `text` is freed. */
void mlt__page_remark(mlt__page *page, mlt__text *text);
/** MLT_OK, or MLT_E_NOMEM if composing failed. */
MLT_MUST_CHECK mlt_status mlt__page_finish(mlt__page *page, mlt_error *err);

#endif
