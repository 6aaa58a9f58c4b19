/** The measures of an ensemble after each of its members: parts of what `fit --staged` writes. */
#ifndef MLT_REPORT_STAGES_H
#define MLT_REPORT_STAGES_H

#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

/** Is this a staged fit? */
bool mlt__is_staged(const mlt_fit_report *report);
/** The report's metric of some twenty stages, and where it is best. */
MLT_MUST_CHECK mlt_status mlt__stages_write(mlt__page *page, const mlt_fit_report *report, mlt_error *err);
/** Rows MODEL,STAGE,PART,METRIC,VALUE: all metrics of all stages. */
void mlt__stages_rows(mlt__table *table, const mlt_fit_report *report);
/** "stages":[{"members":1,"train":{...},"test":{...}},...] in the open object. */
void mlt__stages_json(mlt__json *json, const mlt_fit_report *report);

#endif
