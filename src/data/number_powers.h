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

/** digits × 10^exponent, correctly rounded (±inf and 0 beyond the range).
 *  @return false if 128 bits do not decide the rounding: then more work is needed */
bool mlt__scale_decimal(double *out, uint64_t digits, int64_t exponent);

#endif
