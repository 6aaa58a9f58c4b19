/** Judging cuts of weighted rows that stand in order of one column. */
#ifndef MLT_MODELS_STUMP_SCAN_H
#define MLT_MODELS_STUMP_SCAN_H

#include <stddef.h>
#include <stdint.h>

/** Marks a place with a cut behind it. Positions are below 2^31. */
#define MLT_STUMP_LAST 0x80000000U

/** The best cut, behind place `at` of a column's order, and the runner-up's score.
 *
 *  A cut is judged by Σ over both sides of (sum of squared class weights) / weight, which orders cuts as the
 *  Gini proxy does. Sums are taken in whatever order is fastest, so that scores are off by rounding. */
typedef struct mlt_stump_cut {
    double score, second; /**< −inf: none. `second` may be left lower where it is below score − margin */
    size_t at;
} mlt_stump_cut;

/** Class weights of all rows. */
typedef struct mlt_stump_totals {
    double weight;
    const double *classes; /**< k */
    size_t k;
    double margin; /**< scores closer than this cannot be told apart */
} mlt_stump_totals;

/** The score of a cut of two classes with (first, second) on its left. */
static inline double mlt__stump_score(const mlt_stump_totals *totals, double first, double second) {
    double left = first + second, right = totals->weight - left;
    double right_second = totals->classes[1] - second, right_first = right - right_second;
    double squares_left = first * first + second * second;
    double squares_right = right_first * right_first + right_second * right_second;
    return (squares_left * right + squares_right * left) / (left * right);
}

/** Enter a cut's score. */
static inline void mlt__stump_enter(mlt_stump_cut *best, double score, size_t at) {
    if (score > best->score) {
        best->second = best->score;
        best->score = score;
        best->at = at;
    } else if (score > best->second) {
        best->second = score;
    }
}

/** Two classes: the cuts behind places [from, to).
 *  @param order          places in order of the column, MLT_STUMP_LAST set where a cut is allowed
 *  @param first, second  class weights before place `from` */
void mlt__stump_scan_two(mlt_stump_cut *best, const uint32_t *order, size_t from, size_t to,
                         const double *weights, const uint32_t *labels, double first, double second,
                         const mlt_stump_totals *totals);
/** Any number of classes: all n places.
 *  @param sums  k numbers of room */
void mlt__stump_scan_many(mlt_stump_cut *best, const uint32_t *order, size_t n, const double *weights,
                          const uint32_t *labels, double *sums, const mlt_stump_totals *totals);

#endif
