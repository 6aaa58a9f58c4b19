/** Sorting by numbers in linear time: comparing sorts cost more than fitting some models does. */
#ifndef MLT_CORE_RADIX_SORT_H
#define MLT_CORE_RADIX_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Keys are taken apart into 6 digits of 11 bits. */
enum { MLT__DIGIT_BITS = 11, MLT__DIGITS = 1 << MLT__DIGIT_BITS };

/** A whole number that ascends as `value` does; −0 is 0. Not for NaN. */
static inline uint64_t mlt__ascending_key(double value) {
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/** The value whose key this is. */
static inline double mlt__key_value(uint64_t key) {
    double value;
    uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/** Define `type *name(type *items, type *spare, size_t n)`: a stable sort by the uint64_t `key_of(item)`. It
 * returns the one of the two arrays of n that holds the result. */
#define MLT__RADIX_SORT(name, type, key_of)                                                                  \
    static type *name(type *items, type *spare, size_t n) {                                                  \
        for (unsigned shift = 0; n > 0 && shift < 64; shift += MLT__DIGIT_BITS) {                            \
            size_t starts[MLT__DIGITS] = {0};                                                                \
            for (size_t i = 0; i < n; i++)                                                                   \
                starts[key_of(items[i]) >> shift & (MLT__DIGITS - 1)]++;                                     \
            if (starts[key_of(items[0]) >> shift & (MLT__DIGITS - 1)] == n)                                  \
                continue; /* all have the same digit */                                                      \
            size_t start = 0;                                                                                \
            for (size_t digit = 0; digit < MLT__DIGITS; digit++) {                                           \
                size_t count = starts[digit];                                                                \
                starts[digit] = start;                                                                       \
                start += count;                                                                              \
            }                                                                                                \
            for (size_t i = 0; i < n; i++)                                                                   \
                spare[starts[key_of(items[i]) >> shift & (MLT__DIGITS - 1)]++] = items[i];                   \
            type *kept = items;                                                                              \
            items = spare;                                                                                   \
            spare = kept;                                                                                    \
        }                                                                                                    \
        return items;                                                                                        \
    }

#endif
