/** Double-double arithmetic: numbers of about 32 digits as the unevaluated sum of two doubles. Needs a
 * compiler that neither reorders nor contracts floating-point operations, and magnitudes below 1e299.
 *  Sources: Dekker 1971; Knuth, TAOCP 2, 4.2.2; Joldes, Muller and Popescu 2017 (error bounds). */
#ifndef MLT_CORE_DOUBLE_DOUBLE_H
#define MLT_CORE_DOUBLE_DOUBLE_H

#include <math.h>

/** hi + lo, with hi the nearest double to the sum. */
typedef struct mlt_dd {
    double hi, lo;
} mlt_dd;

/** a + b exactly. */
static inline mlt_dd mlt__two_sum(double a, double b) {
    double sum = a + b, part = sum - a;
    return (mlt_dd){sum, (a - (sum - part)) + (b - part)};
}

/** a + b exactly, for |a| ≥ |b| or a = 0. */
static inline mlt_dd mlt__quick_two_sum(double a, double b) {
    double sum = a + b;
    return (mlt_dd){sum, b - (sum - a)};
}

/** a · b exactly (Dekker's splitting: no fused multiply-add is assumed). */
static inline mlt_dd mlt__two_product(double a, double b) {
    const double split = 134217729.0; /* 2^27 + 1 */
    double product = a * b, ta = split * a, tb = split * b;
    double a_hi = ta - (ta - a), a_lo = a - a_hi, b_hi = tb - (tb - b), b_lo = b - b_hi;
    return (mlt_dd){product, ((a_hi * b_hi - product) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo};
}

static inline mlt_dd mlt__dd_add(mlt_dd a, mlt_dd b) {
    mlt_dd high = mlt__two_sum(a.hi, b.hi), low = mlt__two_sum(a.lo, b.lo);
    high = mlt__quick_two_sum(high.hi, high.lo + low.hi);
    return mlt__quick_two_sum(high.hi, high.lo + low.lo);
}

static inline mlt_dd mlt__dd_subtract(mlt_dd a, mlt_dd b) { return mlt__dd_add(a, (mlt_dd){-b.hi, -b.lo}); }

static inline mlt_dd mlt__dd_multiply(mlt_dd a, mlt_dd b) {
    mlt_dd product = mlt__two_product(a.hi, b.hi);
    return mlt__quick_two_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline mlt_dd mlt__dd_divide(mlt_dd a, mlt_dd b) {
    double first = a.hi / b.hi;
    mlt_dd rest = mlt__dd_subtract(a, mlt__dd_multiply((mlt_dd){first, 0}, b));
    double second = rest.hi / b.hi;
    rest = mlt__dd_subtract(rest, mlt__dd_multiply((mlt_dd){second, 0}, b));
    mlt_dd quotient = mlt__quick_two_sum(first, second);
    return mlt__dd_add(quotient, (mlt_dd){rest.hi / b.hi, 0});
}

/** For a ≥ 0. */
static inline mlt_dd mlt__dd_sqrt(mlt_dd a) {
    if (!(a.hi > 0))
        return (mlt_dd){0, 0};
    double root = sqrt(a.hi);
    mlt_dd rest = mlt__dd_subtract(a, mlt__two_product(root, root));
    return mlt__quick_two_sum(root, rest.hi / (2 * root));
}

#endif
