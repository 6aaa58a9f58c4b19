/* Powers of ten to 128 bits, made once by exact arithmetic on first use, and the rounding of decimal numbers
 * with them (Lemire, "Number parsing at a gigabyte per second", 2021). */
#include "core/number_powers.h"

#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* 5^324 has 753 bits; 2^1024 / 5^342 still has 230. */
enum { LIMBS = 17, LIMB_BITS = 64 };

static mlt__u128 powers[MLT__MAX_POWER - MLT__MIN_POWER + 1];
static pthread_once_t powers_made = PTHREAD_ONCE_INIT;

/* The 128 leading bits of a number of `LIMBS` limbs, lowest first. */
static mlt__u128 leading_bits(const uint64_t *limbs) {
    size_t top = LIMBS - 1;
    while (limbs[top] == 0)
        top--;
    uint64_t next = top > 0 ? limbs[top - 1] : 0, last = top > 1 ? limbs[top - 2] : 0;
    mlt__u128 bits = (mlt__u128)limbs[top] << LIMB_BITS | next;
    int shift = __builtin_clzll(limbs[top]);
    return shift == 0 ? bits : bits << shift | last >> (LIMB_BITS - shift);
}

static void make_powers(void) {
    uint64_t limbs[LIMBS] = {1};
    for (int power = 0; power <= MLT__MAX_POWER; power++) {
        powers[power - MLT__MIN_POWER] = leading_bits(limbs);
        mlt__u128 carry = 0;
        for (size_t i = 0; i < LIMBS; i++) {
            carry += (mlt__u128)limbs[i] * 5;
            limbs[i] = (uint64_t)carry;
            carry >>= LIMB_BITS;
        }
    }
    /* Dividing the whole part of 2^1024 / 5^n by 5 again and again cuts nothing off that would matter. */
    memset(limbs, 0, sizeof limbs);
    limbs[LIMBS - 1] = 1;
    for (int power = -1; power >= MLT__MIN_POWER; power--) {
        mlt__u128 rest = 0;
        for (size_t i = LIMBS; i-- > 0;) {
            rest = rest << LIMB_BITS | limbs[i];
            limbs[i] = (uint64_t)(rest / 5);
            rest %= 5;
        }
        powers[power - MLT__MIN_POWER] = leading_bits(limbs);
    }
}

mlt__u128 mlt__power_of_ten(int power) {
    pthread_once(&powers_made, make_powers);
    return powers[power - MLT__MIN_POWER];
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

bool mlt__scale_decimal_wide(double *out, uint64_t digits, int64_t exponent) {
    if (digits == 0 || exponent < MLT__MIN_POWER) {
        *out = 0;
        return true;
    }
    if (exponent > 308) {
        *out = INFINITY;
        return true;
    }
    int power = (int)exponent, shift = __builtin_clzll(digits);
    digits <<= shift;
    mlt__u128 ten = mlt__power_of_ten(power);
    if (power < 0 && power >= -27)
        ten++; /* here the method wants the reciprocal rounded up */
    mlt__u128 product = (mlt__u128)digits * (uint64_t)(ten >> 64);
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & 0x1FF) == 0x1FF) {
        uint64_t more = (uint64_t)((mlt__u128)digits * (uint64_t)ten >> 64);
        low += more;
        high += low < more;
    }
    if (low == UINT64_MAX && (power < -27 || power > 55))
        return false;
    int upper = (int)(high >> 63);
    uint64_t mantissa = high >> (upper + 9); /* 53 bits and one to round by */
    /* 217706 / 2^16 is log2(10) near enough for this range. */
    int64_t binary = ((217706 * (int64_t)power) >> 16) + 63 + upper - shift + 1023;
    if (binary <= 0) {
        /* A denormal number: it has fewer bits. */
        if (1 - binary >= 64) {
            *out = 0;
            return true;
        }
        mantissa >>= 1 - binary;
        mantissa = (mantissa + (mantissa & 1)) >> 1;
        *out = from_bits(mantissa); /* 2^52 is the bit pattern of the smallest normal number, too */
        return true;
    }
    /* A tie: half way between two doubles, the even one is right. */
    bool tie =
        low <= 1 && power >= -4 && power <= 23 && (mantissa & 3) == 1 && mantissa << (upper + 9) == high;
    if (!tie)
        mantissa += mantissa & 1;
    mantissa >>= 1;
    if (mantissa >= (uint64_t)1 << 53) {
        mantissa = (uint64_t)1 << 52;
        binary++;
    }
    *out = binary >= 0x7FF ? INFINITY : from_bits((mantissa & ~((uint64_t)1 << 52)) | (uint64_t)binary << 52);
    return true;
}
