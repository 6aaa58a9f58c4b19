/** One option's text as a value. */
#ifndef MLT_CLI_OPTION_VALUES_H
#define MLT_CLI_OPTION_VALUES_H

#include "cli/options.h"

/** Check `text` and store what it says at `value`, which has the type of the option's kind.
 *  @param blocks  two entries that take what a list has to free; NULL for other kinds
 *  @return MLT_OK, MLT_E_USAGE, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status cli_option_value(void *value, const cli_option *option, const char *text,
                                           void **blocks, mlt_error *err);

/** The index of `text` among "a|b|c"; `place` is what the message begins with.
 *  @return MLT_OK, MLT_E_USAGE (none of them: the nearest, or all) */
MLT_MUST_CHECK mlt_status cli_choice(int *value, const char *choices, const char *text, const char *place,
                                     mlt_error *err);

/** "a, b or c" from "a|b|c". */
typedef struct cli_choices_text {
    char text[200];
} cli_choices_text;
const char *cli_choices(cli_choices_text *out, const char *choices);

#endif
