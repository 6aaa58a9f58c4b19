/** The schema: what the features and the target are. A model keeps the schema it was trained with. */
#ifndef MLTOOL_SCHEMA_H
#define MLTOOL_SCHEMA_H

#include "mltool/frame.h"
#include "mltool/params.h"

typedef struct mlt_feature {
    char *name;
    mlt_column_type type;
    char **levels; /**< categorical: ascending bytewise; a code is an index into it */
    size_t n_levels;
    bool has_fill;     /**< missing cells are imputed with: */
    double fill_value; /**< numeric */
    int32_t fill_code; /**< categorical */
} mlt_feature;

typedef struct mlt_schema {
    mlt_task task;
    size_t p;
    mlt_feature *features; /**< p */
    char *target;          /**< the target's name */
    char **classes; /**< k labels as text: ascending by value if all are numbers, else bytewise; NULL in
                       regression */
    size_t k;       /**< 0 in regression */
    char *weights;  /**< the row weights' column, or NULL */
} mlt_schema;

/** A deep copy. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_schema_clone(mlt_schema **out, const mlt_schema *schema, mlt_error *err);
void mlt_schema_free(mlt_schema *schema);

#endif
