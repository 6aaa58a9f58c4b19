/* Numbers from and to text, without the locale. */
#include "mltool/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number_powers.h"

/* 19 digits always fit 64 bits. 767 significant digits decide any rounding; beyond them only "is there
 * anything". */
enum { WORD_DIGITS = 19, ENOUGH_DIGITS = 770 };

/* A decimal number in text. */
typedef struct decimal {
    bool negative;
    uint64_t digits;          /* the first WORD_DIGITS significant ones */
    int64_t exponent;         /* value = digits × 10^exponent, if nothing was cut off */
    bool cut;                 /* there were more */
    const char *first, *last; /* the mantissa's text, point included */
} decimal;

static bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

static bool scan_decimal(decimal *out, const char *text, size_t length) {
    const char *s = text, *end = text + length;
    *out = (decimal){0};
    if (s < end && (*s == '-' || *s == '+'))
        out->negative = *s++ == '-';
    out->first = s;
    bool point = false;
    int64_t seen = 0, significant = 0, scale = 0;
    for (; s < end; s++) {
        if (*s == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(*s))
            break;
        seen++;
        if (significant > 0 || *s != '0')
            significant++;
        if (significant <= WORD_DIGITS) {
            out->digits = out->digits * 10 + (uint64_t)(*s - '0');
            scale -= point;
        } else {
            out->cut = true;
            scale += !point;
        }
    }
    out->last = s;
    if (seen == 0)
        return false;
    int64_t exponent = 0;
    if (s < end && (*s == 'e' || *s == 'E')) {
        s++;
        bool minus = s < end && *s == '-';
        if (s < end && (*s == '-' || *s == '+'))
            s++;
        if (s == end)
            return false;
        for (; s < end && is_digit(*s); s++)
            if (exponent < INT64_C(1000000000000))
                exponent = exponent * 10 + (*s - '0');
        if (minus)
            exponent = -exponent;
    }
    out->exponent = scale + exponent;
    return s == end;
}

/* The hard cases, by strtod: the number is written anew without a point, so that no locale matters. */
static double convert_slowly(const decimal *number) {
    char buffer[ENOUGH_DIGITS + 32];
    size_t n = 0;
    int64_t exponent = number->exponent;
    bool rest = false;
    for (const char *s = number->first; s < number->last; s++) {
        if (*s == '.' || (n == 0 && *s == '0'))
            continue;
        /* The exponent belongs to the first WORD_DIGITS digits. */
        if (n >= WORD_DIGITS && n < ENOUGH_DIGITS)
            exponent--;
        if (n < ENOUGH_DIGITS)
            buffer[n++] = *s;
        else
            rest |= *s != '0';
    }
    if (rest) {
        buffer[n++] = '1';
        exponent--;
    }
    /* The bound keeps the text short and changes no result. */
    if (exponent > 100000)
        exponent = 100000;
    if (exponent < -100000)
        exponent = -100000;
    snprintf(buffer + n, sizeof buffer - n, "e%d", (int)exponent);
    return strtod(buffer, NULL);
}

bool mlt_parse_double(double *out, const char *text, size_t length) {
    decimal number;
    if (!scan_decimal(&number, text, length))
        return false;
    double value, above;
    bool sure = mlt__scale_decimal(&value, number.digits, number.exponent);
    if (sure && number.cut)
        sure = mlt__scale_decimal(&above, number.digits + 1, number.exponent) && above == value;
    if (!sure)
        value = convert_slowly(&number);
    *out = number.negative ? -value : value;
    return true;
}

/* ⌊g × c / 2^128⌋ with its lowest bit set if anything was cut off. */
static uint64_t round_to_odd(mlt__u128 g, uint64_t c) {
    mlt__u128 low = (mlt__u128)(uint64_t)g * c;
    mlt__u128 high = (mlt__u128)(uint64_t)(g >> 64) * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The shortest digits × 10^exponent that reads back as the positive finite `value`; the closest of these.
 * Method: Giulietti, "The Schubfach way to render doubles", 2020. */
static uint64_t shortest_decimal(int *exponent, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52);
    uint64_t c = biased ? fraction | (uint64_t)1 << 52 : fraction;
    int q = (biased ? biased : 1) - 1075;
    /* Just above a power of two the next lower double is only half as far away. */
    bool closer_below = fraction == 0 && biased > 1;
    bool odd = c & 1;
    int k = (q * 1262611 - (closer_below ? 524031 : 0)) >> 22; /* ⌊log10 of the interval's width⌋ */
    int h = q + ((-k * 1741647) >> 19) + 1;
    mlt__u128 g = mlt__power_of_ten(-k);
    if (-k < 0 || -k > 55)
        g++; /* not exact: rounded up */
    uint64_t lower = round_to_odd(g, (4 * c - 2 + closer_below) << h) + odd;
    uint64_t middle = round_to_odd(g, (4 * c) << h);
    uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - odd;
    uint64_t s = middle / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool below = lower <= 40 * tens, above = 40 * tens + 40 <= upper;
        if (below != above) {
            *exponent = k + 1;
            return tens + above;
        }
    }
    *exponent = k;
    bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    if (below != above)
        return s + above;
    uint64_t half = 4 * s + 2;
    return s + (middle > half || (middle == half && (s & 1)));
}

/* Below 10^16 and from 10^-4 on numbers are written out, else with an exponent of at least two digits. */
enum { FIXED_FROM = -4, FIXED_BELOW = 16 };

char *mlt_format_double(char buffer[32], double value) {
    if (isnan(value))
        return strcpy(buffer, "nan");
    char *out = buffer;
    if (signbit(value)) {
        *out++ = '-';
        value = -value;
    }
    if (isinf(value) || value == 0) {
        strcpy(out, value == 0 ? "0" : "inf");
        return buffer;
    }
    int exponent;
    uint64_t decimal_digits = shortest_decimal(&exponent, value);
    while (decimal_digits % 10 == 0) {
        decimal_digits /= 10;
        exponent++;
    }
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)decimal_digits);
    int leading = n + exponent - 1; /* the first digit's power of ten */
    if (leading < FIXED_FROM || leading >= FIXED_BELOW) {
        *out++ = digits[0];
        if (n > 1)
            *out++ = '.';
        memcpy(out, digits + 1, (size_t)n - 1);
        out += n - 1;
        snprintf(out, (size_t)(buffer + 32 - out), "e%+03d", leading);
        return buffer;
    }
    int whole = leading + 1; /* digits before the point */
    if (whole <= 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = whole; i < 0; i++)
            *out++ = '0';
    }
    for (int i = 0; i < n || i < whole; i++) {
        if (i == whole && i > 0)
            *out++ = '.';
        *out++ = i < n ? digits[i] : '0';
    }
    *out = '\0';
    return buffer;
}
