/** How a model came about: what `fit --trace` adds to its report. */
#ifndef MLT_REPORT_TRACE_REPORT_H
#define MLT_REPORT_TRACE_REPORT_H

#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

MLT_MUST_CHECK mlt_status mlt__trace_page(mlt__page *page, const mlt_trace *trace, mlt_error *err);
/** Rows MODEL,PART,METRIC,VALUE: parts "node 0", "round 1", "tree 1". */
void mlt__trace_rows(mlt__table *table, const mlt_trace *trace);
/** {"splits":[...],"rounds":[...],"left_out":[...]} under `key`, those that apply. */
void mlt__trace_json(mlt__json *json, const char *key, const mlt_trace *trace);

#endif
