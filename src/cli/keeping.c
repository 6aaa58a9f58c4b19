/* Keeping a fitted model in a file. */
#include "cli/keeping.h"

#include "cli/command_line.h"

#include <string.h>

mlt_status cli_keep_model(const char *path, const mlt_model *model, mlt_recipe *recipe,
                          const cli_training *training, const cli_reading *reading, const cli_call *call,
                          mlt_error *err) {
    size_t size = 0;
    recipe->data_rows = training->rows_read;
    recipe->delimiter = training->delimiter;
    recipe->header = !reading->no_header;
    recipe->command = cli_command_line(call->argv);
    recipe->data_file = strdup(training->file);
    recipe->data_sha256 = strdup(training->sha256);
    mlt_status status =
        recipe->command && recipe->data_file && recipe->data_sha256 ? MLT_OK : cli_fail_memory(err);
    if (status == MLT_OK)
        status = mlt_model_file_save(path, model, recipe, &size, err);
    if (status == MLT_OK)
        cli_console_say(call->console, "model saved in %s, %zu bytes", path, size);
    mlt_recipe_clear(recipe);
    return status;
}
