/* numpy's pairwise summation: eight running sums in blocks of up to 128, halves above that. */
#include "core/pairwise_sum.h"

double mlt__pairwise_sum(const double *values, size_t n) {
    if (n < 8) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += values[i];
        return sum;
    }
    if (n <= 128) {
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
    size_t half = n / 2;
    half -= half % 8;
    return mlt__pairwise_sum(values, half) + mlt__pairwise_sum(values + half, n - half);
}
