/** The values that tune tries: "max-depth=1,2,3", "n-estimators=10..100", "learning-rate=0.01..1:log". */
#ifndef MLT_CLI_SEARCH_SPACE_H
#define MLT_CLI_SEARCH_SPACE_H

#include "cli/options.h"
#include "mltool/tune.h"

typedef struct cli_space {
    mlt_axis *axes; /**< n, owned (cli_space_clear) */
    char **texts;   /**< n: memory behind names and values */
    void **lists;   /**< n: memory behind the arrays of values */
    size_t n;
} cli_space;

/** Read the texts of --grid.
 *  @param[out] out     to be cleared, also on failure
 *  @param      fixed   the parameters given beside the grid, not resolved
 *  @param      random  ranges of numbers may be drawn from; else whole ones are listed and others refused
 *  @return MLT_OK, MLT_E_USAGE (no such parameter, with the nearest; a bad value or range; one there twice),
 *          MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status cli_space_parse(cli_space *out, const cli_list *texts, const mlt_params *fixed,
                                          bool random, mlt_error *err);
void cli_space_clear(cli_space *space);

#endif
