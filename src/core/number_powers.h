/** Powers of ten to 128 bits, and decimal numbers rounded with them. */
#ifndef MLT_DATA_NUMBER_POWERS_H
#define MLT_DATA_NUMBER_POWERS_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 mlt__u128;

enum { MLT__MIN_POWER = -342, MLT__MAX_POWER = 324 };

/** The 128 leading bits of 10^power (of 5^power, which are the same), cut off, the highest bit set.
 *  @param power  MLT__MIN_POWER to MLT__MAX_POWER */
mlt__u128 mlt__power_of_ten(int power);

/** The general case of mlt__scale_decimal. */
bool mlt__scale_decimal_wide(double *out, uint64_t digits, int64_t exponent);

/** digits × 10^exponent, correctly rounded (+inf and 0 beyond the range).
 *  @return false if 128 bits do not decide the rounding: then more work is needed */
static inline bool mlt__scale_decimal(double *out, uint64_t digits, int64_t exponent) {
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (digits > (uint64_t)1 << 53 || exponent < -22 || exponent > 22)
        return mlt__scale_decimal_wide(out, digits, exponent);
    /* Both are exact as doubles, so one operation rounds once (Clinger 1990). */
    *out = exponent < 0 ? (double)digits / exact[-exponent] : (double)digits * exact[exponent];
    return true;
}

#endif
