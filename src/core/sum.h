/** Compensated summation (Neumaier 1974): sums that keep nearly every digit, whatever their order. Needs a
 * compiler that does not reorder floating-point operations. */
#ifndef MLT_CORE_SUM_H
#define MLT_CORE_SUM_H

#include <math.h>

/** All zero is the empty sum. */
typedef struct mlt__sum {
    double total, lost;
} mlt__sum;

static inline void mlt__sum_add(mlt__sum *sum, double value) {
    double total = sum->total + value;
    sum->lost +=
        fabs(sum->total) >= fabs(value) ? (sum->total - total) + value : (value - total) + sum->total;
    sum->total = total;
}

/** Infinite if the sum overflowed. */
static inline double mlt__sum_value(const mlt__sum *sum) {
    return isfinite(sum->total) ? sum->total + sum->lost : sum->total;
}

#endif
