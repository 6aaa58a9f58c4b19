/** mltool fit --learning-curve: its shares, and its work. */
#ifndef MLT_CLI_FIT_CURVE_H
#define MLT_CLI_FIT_CURVE_H

#include "cli/fit_work.h"

enum { FIT_MAX_SHARES = 1000 };

/** Read the shares.
 *  @param[out] out  at least FIT_MAX_SHARES
 *  @return MLT_OK, MLT_E_USAGE (not a share, not ascending, too many) */
MLT_MUST_CHECK mlt_status fit_curve_shares(double *out, const cli_list *texts, mlt_error *err);
/** Divide the rows that were loaded, fit to each share of them, and write the report. */
MLT_MUST_CHECK mlt_status fit_curve_run(fit_work *w, mlt_error *err);

#endif
