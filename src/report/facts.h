/** What several reports say alike: the data, the parameters, the division of the rows. */
#ifndef MLT_REPORT_FACTS_H
#define MLT_REPORT_FACTS_H

#include "report/json_writer.h"
#include "report/page.h"

/** "target":...,"task":...,"classes":[...] in the open object. */
void mlt__target_json(mlt__json *json, const mlt_schema *schema);
/** {"file":...,"rows":...,"features":...,"target":...,"task":...,"classes":[...]} under "data". */
void mlt__data_json(mlt__json *json, const char *file, size_t n, const mlt_schema *schema);
/** The lines "Data" and "Task". */
void mlt__data_lines(mlt__page *page, const char *file, size_t n, const mlt_schema *schema);

/** Resolved parameters, those that the task has, as an object under "params": names with underscores,
 * effective values. */
void mlt__params_json(mlt__json *json, const mlt_params *params, mlt_task task);
/** "n-estimators 50, learning-rate 1.0": the ones that were given and the first few of the table, or `all`.
 */
void mlt__params_text(mlt__text *out, const mlt_params *params, mlt_task task, bool all);

/** The line "Model": its name and its parameters, as mlt__params_text. */
void mlt__model_line(mlt__page *page, const mlt_model_type *type, const mlt_params *params, mlt_task task);

/** The division of the rows as an object under `key`. */
void mlt__division_json(mlt__json *json, const char *key, const mlt_division *division);
/** The same as a text of its own: malloc'ed. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__division_text(char **out, const mlt_division *division, mlt_error *err);
/** The line "Split". */
void mlt__division_line(mlt__page *page, const mlt_division *division);

/** The texts joined by commas, at most `limit` of them and the number of the others. */
void mlt__join_names(mlt__text *out, const char *const *names, size_t n, size_t limit);

#endif
