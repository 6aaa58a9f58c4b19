/** A linear model's coefficient table and what its fit says as a whole, for people and as JSON. */
#ifndef MLT_REPORT_COEFFICIENTS_H
#define MLT_REPORT_COEFFICIENTS_H

#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

/** The table for programs: term, estimate, std_error, t, p, ci_low, ci_high, and vif if there is a summary.
 */
MLT_MUST_CHECK mlt_status mlt__coefficients_rows(FILE *out, const mlt_model_view *view,
                                                 const mlt_report_options *options, mlt_error *err);
/** Under headings: at most `limit` coefficients, then the summary.
 *  @param all  a table of all variance inflation factors too, not only the largest */
MLT_MUST_CHECK mlt_status mlt__coefficients_write(mlt__page *page, const mlt_model_view *view,
                                                  const char *target, size_t limit, bool all, mlt_error *err);
/** The cells behind an estimate: std_error, t or z, p (few digits for people), ci_low, ci_high. */
void mlt__coefficient_cells(mlt__table *table, const mlt_coefficient *c);
/** The same in an object that is open: term, estimate, std_error, `statistic` ("t" or "z"), p, ci_low,
 * ci_high. */
void mlt__coefficient_json(mlt__json *json, const mlt_coefficient *c, const char *statistic);
/** "coefficients" and, if there is one, "summary". */
void mlt__coefficients_json(mlt__json *json, const mlt_model_view *view);

#endif
