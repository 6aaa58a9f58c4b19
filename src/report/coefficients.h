/** A linear model's coefficient table, for people and as JSON. */
#ifndef MLT_REPORT_COEFFICIENTS_H
#define MLT_REPORT_COEFFICIENTS_H

#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

/** Seven cells each: term, estimate, std. error, t, p, confidence interval. */
void mlt__coefficients_rows(mlt__table *table, const mlt_coefficient *coefficients, size_t n);
/** Under a heading; at most `limit` rows. */
MLT_MUST_CHECK mlt_status mlt__coefficients_write(mlt__page *page, const mlt_coefficient *coefficients,
                                                  size_t n, const char *target, size_t limit, mlt_error *err);
void mlt__coefficients_json(mlt__json *json, const mlt_coefficient *coefficients, size_t n);

#endif
