/** Keeping a fitted model in a file, with the recipe that made it. */
#ifndef MLT_CLI_KEEPING_H
#define MLT_CLI_KEEPING_H

#include "cli/training_data.h"

/** Complete the recipe and write the model.
 *  @param recipe  with split and metrics; cleared here, also on failure
 *  @return as mlt_model_file_save */
MLT_MUST_CHECK mlt_status cli_keep_model(const char *path, const mlt_model *model, mlt_recipe *recipe,
                                         const cli_training *training, const cli_reading *reading,
                                         const cli_call *call, mlt_error *err);

#endif
