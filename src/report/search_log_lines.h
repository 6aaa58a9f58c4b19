/** The lines of a search's log as JSON. */
#ifndef MLT_REPORT_SEARCH_LOG_LINES_H
#define MLT_REPORT_SEARCH_LOG_LINES_H

#include "mltool/search_log.h"

#include <jansson.h>

/** The first line: what search this is. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__log_header(json_t **out, const mlt_search_identity *identity, mlt_error *err);
/** In what way `found` is not `wanted`, as a phrase for a message; NULL: it is the same search. */
const char *mlt__log_difference(const json_t *found, const json_t *wanted);

/** The text by which a trial is found again: malloc'ed, NULL when memory is short. */
char *mlt__log_key(const mlt_params *params, mlt_task task, size_t rows);
/** The same of a line that was read and checked (mlt__log_scores). */
char *mlt__log_key_of(const json_t *line);
/** A trial's line; NULL when memory is short. */
json_t *mlt__log_line(const mlt_score *scores, size_t n_splits, const mlt_params *params, mlt_task task,
                      size_t rows);
/** The scores of a line. `scores` NULL: only check the line.
 *  @return false if something is not there, or when memory is short */
bool mlt__log_scores(mlt_score *scores, size_t n_splits, const json_t *line, mlt_task task);

#endif
