/** numpy's order of summation, where scikit-learn's last bit matters (core/sum.h: where accuracy does). */
#ifndef MLT_CORE_PAIRWISE_SUM_H
#define MLT_CORE_PAIRWISE_SUM_H

#include <stddef.h>

/** numpy's pairwise sum of n contiguous numbers, to the bit. */
double mlt__pairwise_sum(const double *values, size_t n);

enum { MLT__PAIRWISE_PARTS = 16 };

/** The same sum in parts that can be summed at the same time: each is mlt__pairwise_sum of its own range. */
typedef struct mlt__pairwise_parts {
    size_t starts[MLT__PAIRWISE_PARTS + 1]; /**< part t is [starts[t], starts[t + 1]); it may be empty */
    double sums[MLT__PAIRWISE_PARTS];       /**< for the caller to fill in */
} mlt__pairwise_parts;

/** Cut [0, n) into parts. */
void mlt__pairwise_cut(mlt__pairwise_parts *parts, size_t n);
/** The sum of all parts, to the bit. */
double mlt__pairwise_join(const mlt__pairwise_parts *parts);

#endif
