/** Manual pages, made from the tables. */
#ifndef MLT_CLI_MAN_PAGE_H
#define MLT_CLI_MAN_PAGE_H

#include "cli/command.h"

/** mltool(1), in man(7)'s macros, to stdout. */
void cli_man_overview(void);
/** mltool-COMMAND(1). @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status cli_man_command(const cli_command *command, mlt_error *err);

#endif
