/* Judging cuts of weighted rows, place by place. */
#include "models/stump_scan.h"

#include <math.h>
#include <string.h>

/* A cut far below the best is left out without a division. */
void mlt__stump_scan_two(mlt_stump_cut *best, const uint32_t *order, size_t from, size_t to,
                         const double *weights, const uint32_t *labels, double first, double second,
                         const mlt_stump_totals *totals) {
    double bar = best->score - totals->margin, total_second = totals->classes[1];
    for (size_t i = from; i < to; i++) {
        size_t position = order[i] & ~MLT_STUMP_LAST;
        first += labels[position] ? 0 : weights[position];
        second += labels[position] ? weights[position] : 0;
        if (!(order[i] & MLT_STUMP_LAST))
            continue;
        double left = first + second, right = totals->weight - left;
        double right_second = total_second - second, right_first = right - right_second;
        double squares_left = first * first + second * second;
        double squares_right = right_first * right_first + right_second * right_second;
        double scaled = squares_left * right + squares_right * left;
        if (!(scaled > bar * (left * right)))
            continue;
        mlt__stump_enter(best, scaled / (left * right), i);
        bar = best->score - totals->margin;
    }
}

void mlt__stump_scan_many(mlt_stump_cut *best, const uint32_t *order, size_t n, const double *weights,
                          const uint32_t *labels, double *sums, const mlt_stump_totals *totals) {
    size_t k = totals->k;
    double left = 0;
    memset(sums, 0, k * sizeof *sums);
    for (size_t i = 0; i < n; i++) {
        size_t position = order[i] & ~MLT_STUMP_LAST;
        left += weights[position];
        sums[labels[position]] += weights[position];
        if (!(order[i] & MLT_STUMP_LAST))
            continue;
        double squares_left = 0, squares_right = 0;
        for (size_t c = 0; c < k; c++) {
            squares_left += sums[c] * sums[c];
            squares_right += (totals->classes[c] - sums[c]) * (totals->classes[c] - sums[c]);
        }
        mlt__stump_enter(best, squares_left / left + squares_right / (totals->weight - left), i);
    }
}
