/** Dividing the rows as the options say. */
#ifndef MLT_CLI_DIVIDING_H
#define MLT_CLI_DIVIDING_H

#include "cli/groups.h"

/** Splits of one dataset. */
typedef struct cli_splits {
    mlt_split *items; /**< n, owned (cli_splits_clear) */
    size_t n;
} cli_splits;

/** What the options for a share of the rows say; the rest of a division is the command's.
 *  @param holdout  a share is set aside; else nothing says how large */
mlt_division cli_division(const cli_splitting *splitting, const cli_parsed *parsed, bool holdout);

/** Divide: all rows to train, one holdout, or folds, whose repeats go on with one generator.
 *  @return MLT_OK, MLT_E_USAGE (there are no classes to stratify by), MLT_E_DATA (too few rows), MLT_E_NOMEM
 */
MLT_MUST_CHECK mlt_status cli_divide(cli_splits *out, const mlt_dataset *data, const mlt_division *division,
                                     mlt_error *err);
/** Accepts what cli_divide left behind on failure. */
void cli_splits_clear(cli_splits *splits);

#endif
