/** Sums with a prescribed order. */
#ifndef MLT_CORE_SUMS_H
#define MLT_CORE_SUMS_H

#include <stddef.h>

/** numpy's pairwise sum of n contiguous numbers, to the bit. */
double mlt__pairwise_sum(const double *values, size_t n);

#endif
