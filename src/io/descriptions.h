/** What a model file says beside the arrays, as JSON: schema, parameters, recipe. Builders return a new
 * value, NULL when memory is short; readers check everything. */
#ifndef MLT_IO_DESCRIPTIONS_H
#define MLT_IO_DESCRIPTIONS_H

#include "mltool/model_file.h"

#include <jansson.h>

json_t *mlt__schema_to_json(const mlt_schema *schema);
/** @param[out] out  owned by the caller (mlt_schema_free)
 *  @return MLT_OK, MLT_E_MODEL, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__schema_from_json(mlt_schema **out, const json_t *json, mlt_error *err);

/** Those that `task` has; names with underscores, as scikit-learn's. */
json_t *mlt__params_to_json(const mlt_params *params, mlt_task task);
/** @param[out] out  initialised and resolved here
 *  @return MLT_OK, MLT_E_MODEL */
MLT_MUST_CHECK mlt_status mlt__params_from_json(mlt_params *out, const json_t *json,
                                                const mlt_model_type *type, mlt_task task, mlt_error *err);

/** @param[out] out  owned by the caller (json_decref)
 *  @return MLT_OK, MLT_E_USAGE (split or metrics is not a JSON object), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__recipe_to_json(json_t **out, const mlt_recipe *recipe, mlt_error *err);
/** @param[out] out  to be cleared (mlt_recipe_clear), also on failure
 *  @return MLT_OK, MLT_E_MODEL, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__recipe_from_json(mlt_recipe *out, const json_t *json, mlt_error *err);

#endif
