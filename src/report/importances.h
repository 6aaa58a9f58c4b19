/** Features in order of importance, and the out-of-bag score. */
#ifndef MLT_REPORT_IMPORTANCES_H
#define MLT_REPORT_IMPORTANCES_H

#include "report/page.h"

/** Places 0 to p − 1 by descending value, NaN last; equal ones by descending `ties` (NULL: none), then in
 * their order: malloc'ed. */
MLT_MUST_CHECK mlt_status mlt__descending_order(size_t **out, const double *values, const double *ties,
                                                size_t p, mlt_error *err);

/** The line "Out of bag"; nothing if `score` is NaN. */
void mlt__oob_line(mlt__page *page, double score, mlt_task task);

#endif
