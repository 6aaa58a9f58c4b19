/** Is a difference more than chance? */
#ifndef MLT_EVAL_SIGNIFICANCE_H
#define MLT_EVAL_SIGNIFICANCE_H

#include "mltool/status.h"

/** The corrected resampled t-test (mltool/compare.h) of n differences, n ≥ 2.
 *  @param[out] t      ±infinity where all differences are equal and not 0
 *  @param      ratio  test rows a training row
 *  @return p, two-sided; NaN if a difference is NaN */
double mlt__corrected_t_test(double *t, const double *differences, size_t n, double ratio);

/** Holm's adjustment: each p times the number of tests whose p is not smaller than it, never less than what a
 * smaller p became, at most 1. NaN is no test, and stays.
 *  @param[out] out  n
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__holm(double *out, const double *p, size_t n, mlt_error *err);

#endif
