/** numpy's order of summation, where scikit-learn's last bit matters (core/sum.h: where accuracy does). */
#ifndef MLT_CORE_PAIRWISE_SUM_H
#define MLT_CORE_PAIRWISE_SUM_H

#include <stddef.h>

/** numpy's pairwise sum of n contiguous numbers, to the bit. */
double mlt__pairwise_sum(const double *values, size_t n);

#endif
