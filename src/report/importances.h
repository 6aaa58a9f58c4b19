/** Features in order of importance. */
#ifndef MLT_REPORT_IMPORTANCES_H
#define MLT_REPORT_IMPORTANCES_H

#include "mltool/status.h"

/** Places 0 to p − 1 by descending value, NaN last; equal ones by descending `ties` (NULL: none), then in
 * their order: malloc'ed. */
MLT_MUST_CHECK mlt_status mlt__descending_order(size_t **out, const double *values, const double *ties,
                                                size_t p, mlt_error *err);

#endif
