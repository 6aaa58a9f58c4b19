/** Input that is to be read twice, though it may be a pipe. */
#ifndef MLT_CLI_SPOOL_H
#define MLT_CLI_SPOOL_H

#include "cli/failure.h"

#include <sys/types.h>

typedef struct cli_spool {
    const char *path; /**< to be read instead: the file itself, or "-" */
    off_t start;      /**< where stdin begins */
} cli_spool;

/** A file is left as it is. What cannot be read twice is copied to a nameless temporary file, which becomes
 * stdin.
 *  @return MLT_OK, MLT_E_IO, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status cli_spool_open(cli_spool *spool, const char *path, mlt_error *err);
/** Before the second reading. @return MLT_OK, MLT_E_IO */
MLT_MUST_CHECK mlt_status cli_spool_rewind(const cli_spool *spool, mlt_error *err);

#endif
