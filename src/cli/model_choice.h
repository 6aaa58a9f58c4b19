/** The model named on the command line. */
#ifndef MLT_CLI_MODEL_CHOICE_H
#define MLT_CLI_MODEL_CHOICE_H

#include "cli/options.h"

/** The model named `name`; `place` is what the message begins with.
 *  @return MLT_OK, MLT_E_USAGE (none of that name: the nearest, or all) */
MLT_MUST_CHECK mlt_status cli_model_choose(const mlt_model_type **out, const char *name, const char *place,
                                           mlt_error *err);
/** The task if it is known before the data are: the one asked for, or the only one that the model does; else
 * 0.
 *  @param asked  an mlt_task, or 0
 *  @return MLT_OK, MLT_E_USAGE (the model does not do it) */
MLT_MUST_CHECK mlt_status cli_task_choose(mlt_task *out, const mlt_model_type *type, int asked,
                                          mlt_error *err);
/** "linear, tree, ..." */
typedef struct cli_model_names {
    char text[300];
} cli_model_names;
const char *cli_model_list(cli_model_names *out);

#endif
