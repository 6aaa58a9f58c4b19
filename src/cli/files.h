/** Files named on the command line: checks before anything is read, and reading. */
#ifndef MLT_CLI_FILES_H
#define MLT_CLI_FILES_H

#include "cli/groups.h"

/** Refuse an output file that is one of the inputs, or that cannot be made.
 *  @param option  the option that names it
 *  @param inputs  ended by NULL; those not there, and "-", are passed over
 *  @return MLT_OK, MLT_E_USAGE (the same file), MLT_E_IO (its directory is not there or not writable) */
MLT_MUST_CHECK mlt_status cli_check_output(const char *path, const char *option, const char *const *inputs,
                                           mlt_error *err);
/** Refuse stdout that is `input`: a shell's > has emptied it, a >> would feed it to itself. */
MLT_MUST_CHECK mlt_status cli_check_stdout(const char *input, mlt_error *err);
/** Do two paths name the same file, or would they if it were made? */
bool cli_same_file(const char *a, const char *b);

/** The options for mlt_csv_read. */
mlt_csv_options cli_csv_options(const cli_reading *reading);

/** Read a CSV file for a model that exists: the model's categorical columns as text, its target as label.
 *  @param text    further columns to read as text if they are no part of the model
 *  @return as mlt_csv_read */
MLT_MUST_CHECK mlt_status cli_read_for_model(mlt_frame **out, const char *path, const cli_reading *reading,
                                             const mlt_schema *schema, const cli_list *text,
                                             const mlt_context *ctx, mlt_error *err);

/** Raise "--OPTION: FILE has no column 'NAME'", with the nearest. @return MLT_E_USAGE */
mlt_status cli_no_column(const mlt_frame *frame, const char *option, const char *name, mlt_error *err);

#endif
