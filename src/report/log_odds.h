/** A logistic model's coefficients, for people, as rows and as JSON. */
#ifndef MLT_REPORT_LOG_ODDS_H
#define MLT_REPORT_LOG_ODDS_H

#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

/** A table under a heading for each class whose log odds the coefficients add to; at most `limit` rows in
 * all.
 *  @param view  has coefficient_classes */
MLT_MUST_CHECK mlt_status mlt__log_odds_write(mlt__page *page, const mlt_model_view *view,
                                              const mlt_schema *schema, size_t limit, mlt_error *err);
/** As rows, for programs: class, term, estimate, std_error, z, p, ci_low, ci_high. */
MLT_MUST_CHECK mlt_status mlt__log_odds_rows(FILE *out, const mlt_model_view *view, const mlt_schema *schema,
                                             const mlt_report_options *options, mlt_error *err);
void mlt__log_odds_json(mlt__json *json, const mlt_model_view *view, const mlt_schema *schema);

#endif
