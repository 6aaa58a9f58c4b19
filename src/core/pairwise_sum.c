/* numpy's pairwise summation: eight running sums in blocks of up to 128, halves above that. */
#include "core/pairwise_sum.h"

#include <string.h>

enum { BLOCK = 128 };

/* Where the halves of n > BLOCK numbers meet. */
static size_t half_of(size_t n) { return n / 2 - n / 2 % 8; }

double mlt__pairwise_sum(const double *values, size_t n) {
    if (n < 8) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += values[i];
        return sum;
    }
    if (n <= BLOCK) {
        double r[8];
        size_t i = 8;
        for (size_t k = 0; k < 8; k++)
            r[k] = values[k];
        for (; i < n - n % 8; i += 8)
            for (size_t k = 0; k < 8; k++)
                r[k] += values[i + k];
        double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
        for (; i < n; i++)
            sum += values[i];
        return sum;
    }
    size_t half = half_of(n);
    return mlt__pairwise_sum(values, half) + mlt__pairwise_sum(values + half, n - half);
}

/* What is not halved is a part, and empty ones behind it, whose sum of 0 changes nothing. */
void mlt__pairwise_cut(mlt__pairwise_parts *parts, size_t n) {
    parts->starts[0] = 0;
    parts->starts[MLT__PAIRWISE_PARTS] = n;
    for (size_t width = MLT__PAIRWISE_PARTS; width > 1; width /= 2)
        for (size_t t = 0; t < MLT__PAIRWISE_PARTS; t += width) {
            size_t start = parts->starts[t], count = parts->starts[t + width] - start;
            parts->starts[t + width / 2] = start + (count > BLOCK ? half_of(count) : count);
        }
}

double mlt__pairwise_join(const mlt__pairwise_parts *parts) {
    double sums[MLT__PAIRWISE_PARTS];
    memcpy(sums, parts->sums, sizeof sums);
    for (size_t width = 1; width < MLT__PAIRWISE_PARTS; width *= 2)
        for (size_t t = 0; t < MLT__PAIRWISE_PARTS; t += 2 * width)
            sums[t] += sums[t + width];
    return sums[0];
}
