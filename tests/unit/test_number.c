/* Numbers from and to text. */
#include "mltool/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number_powers.h"

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* As numbers are, 0 and -0 are equal and NaN is not. */
static bool same_bits(double a, double b) { return bits_of(a) == bits_of(b); }

/* xorshift64: a fixed sequence of bit patterns. */
static uint64_t next_bits(void) {
    static uint64_t state = UINT64_C(88172645463325252);
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double next_double(void) {
    double value;
    do {
        uint64_t bits = next_bits();
        memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    return value;
}

static void test_number__what_is_one_and_what_is_not(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value; /* NaN: it is not a number */
    } cases[] = {
        {"0", 0},
        {"-0", -0.0},
        {"+1", 1},
        {".5", 0.5},
        {"5.", 5},
        {"-.25", -0.25},
        {"1e5", 1e5},
        {"1E+5", 1e5},
        {"1e-5", 1e-5},
        {"00012.50", 12.5},
        {"0e999999999999999999", 0},
        {"1e999", INFINITY},
        {"-1e999", -INFINITY},
        {"1e99999999999999999999", INFINITY},
        {"1e-400", 0},
        {"-1e-400", -0.0},
        {"1e-99999999999999999999", 0},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"9007199254740993", 9007199254740992.0}, /* half way: to even */
        {"9007199254740995", 9007199254740996.0},
        {"9007199254740993.0000000000000000000000000000001", 9007199254740994.0},
        {"1.00000000000000011102230246251565404", 1}, /* 1 + 2^-53, just below half way */
        {"1.00000000000000011102230246251565405", 1.0000000000000002},
        {"4.9406564584124654e-324", 5e-324},
        {"2.4703282292062327208e-324", 0}, /* just below half of the smallest denormal number */
        {"2.4703282292062327209e-324", 5e-324},
        {"2.2250738585072011e-308", 2.2250738585072011e-308}, /* the largest denormal numbers */
        {"2.2250738585072014e-308", 0x1p-1022},
        {"1.7976931348623157e308", 0x1.fffffffffffffp1023},
        {"1.7976931348623158079e308", 0x1.fffffffffffffp1023},
        {"1.797693134862315808e308", INFINITY},
        {"", NAN},
        {"+", NAN},
        {"-", NAN},
        {".", NAN},
        {"e5", NAN},
        {".e5", NAN},
        {"1e", NAN},
        {"1e+", NAN},
        {"1e5.5", NAN},
        {"1.2.3", NAN},
        {"--1", NAN},
        {"+-1", NAN},
        {" 1", NAN},
        {"1 ", NAN},
        {"0x1F", NAN},
        {"1_000", NAN},
        {"1,5", NAN},
        {"1e5f", NAN},
        {"1d5", NAN},
        {"inf", NAN},
        {"nan", NAN},
        {"Infinity", NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = NAN;
        bool is_number = mlt_parse_double(&value, cases[i].text, strlen(cases[i].text));
        if (is_number != !isnan(cases[i].value) || (is_number && !same_bits(value, cases[i].value)))
            fail_msg("\"%s\" gave %d %.17g", cases[i].text, is_number, value);
    }
}

static void test_number__reads_no_further_than_told(void **state) {
    (void)state;
    double value;
    assert_true(mlt_parse_double(&value, "12345", 3));
    assert_true(value == 123);
    assert_false(mlt_parse_double(&value, "12e5", 3));
    assert_false(mlt_parse_double(&value, "1", 0));
    assert_false(mlt_parse_double(&value, "1\0002", 3));
}

/* Parsed by us and by the C library: the same bits. */
static void check_against_strtod(const char *text) {
    double value = NAN, expected = strtod(text, NULL);
    if (!mlt_parse_double(&value, text, strlen(text)) || !same_bits(value, expected))
        fail_msg("\"%s\" gave %.17g, not %.17g", text, value, expected);
}

static void test_number__million_random_doubles_come_back(void **state) {
    (void)state;
    for (int i = 0; i < 1000000; i++) {
        double value = next_double(), back = NAN;
        /* Every other one of everyday size. */
        if (i & 1)
            value = ldexp(frexp(value, &(int){0}), (int)(next_bits() % 40) - 20);
        char text[64], shortest[32];
        snprintf(text, sizeof text, "%.17g", value);
        assert_true(mlt_parse_double(&back, text, strlen(text)) && same_bits(value, back));
        mlt_format_double(shortest, value);
        assert_true(mlt_parse_double(&back, shortest, strlen(shortest)) && same_bits(value, back));
    }
}

static void test_number__agrees_with_strtod(void **state) {
    (void)state;
    char text[1200];
    for (int i = 0; i < 200000; i++) {
        /* Any digits, any exponent. */
        snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)(next_bits() >> (i % 60)),
                 (unsigned long long)(next_bits() >> (next_bits() % 60)), (int)(next_bits() % 700) - 360);
        check_against_strtod(text);
        /* Half way between two doubles of everyday size, exactly (at most 54 bits and a few places), then a
         * little more and a little less. */
        uint64_t mantissa = (next_bits() >> 12 | (uint64_t)1 << 52) * 2 + 1;
        int places = (int)(next_bits() % 11);
        snprintf(text, sizeof text, "%.*f", places + 1, (double)(mantissa >> 1) / (double)(1 << places));
        check_against_strtod(text);
        int length = snprintf(text, sizeof text, "%llu", (unsigned long long)mantissa << (next_bits() % 10));
        check_against_strtod(text);
        strcpy(text + length, ".000000000000000000000000000001");
        check_against_strtod(text);
        snprintf(text, sizeof text, "%llu.999999999999999999999999999", (unsigned long long)mantissa - 1);
        check_against_strtod(text);
    }
}

static void test_number__half_way_between_denormal_numbers(void **state) {
    (void)state;
    for (int i = 0; i < 300; i++) {
        /* The exact decimal text of (2k + 1) × 2^-1075 has up to 770 digits: k × 2^-1074 and a half. */
        uint64_t k = next_bits() >> (12 + i % 50);
        char text[1200];
        long double exact = ldexpl((long double)(2 * k + 1), -1075);
        int length = snprintf(text, sizeof text, "%.1080Lf", exact);
        assert_true(length > 1000);
        check_against_strtod(text);
        strcpy(text + length, "1");
        check_against_strtod(text);
        text[length] = '\0';
        char *last = strrchr(text, '5');
        assert_non_null(last);
        *last = '4';
        check_against_strtod(text);
    }
}

static void test_number__powers_are_those_of_exact_arithmetic(void **state) {
    (void)state;
    /* Python: n = 10**q << 2000 if q >= 0 else 2**3000 // 10**-q; n >> (n.bit_length() - 128). */
    static const struct {
        int power;
        uint64_t high, low;
    } cases[] = {
        {0, UINT64_C(0x8000000000000000), 0},
        {1, UINT64_C(0xA000000000000000), 0},
        {27, UINT64_C(0xCECB8F27F4200F3A), UINT64_C(0x0000000000000000)},
        {28, UINT64_C(0x813F3978F8940984), UINT64_C(0x4000000000000000)},
        {55, UINT64_C(0xD0CF4B50CFE20765), UINT64_C(0xFFF4B4E3F741CF6D)},
        {56, UINT64_C(0x82818F1281ED449F), UINT64_C(0xBFF8F10E7A8921A4)},
        {100, UINT64_C(0x924D692CA61BE758), UINT64_C(0x593C2626705F9C56)},
        {308, UINT64_C(0x8E679C2F5E44FF8F), UINT64_C(0x570F09EAA7EA7648)},
        {324, UINT64_C(0x9E19DB92B4E31BA9), UINT64_C(0x6C07A2C26A8346D1)},
        {-1, UINT64_C(0xCCCCCCCCCCCCCCCC), UINT64_C(0xCCCCCCCCCCCCCCCC)},
        {-5, UINT64_C(0xA7C5AC471B478423), UINT64_C(0x0FCF80DC33721D53)},
        {-27, UINT64_C(0x9E74D1B791E07E48), UINT64_C(0x775EA264CF55347D)},
        {-28, UINT64_C(0xFD87B5F28300CA0D), UINT64_C(0x8BCA9D6E188853FC)},
        {-55, UINT64_C(0x9CED737BB6C4183D), UINT64_C(0x55464DD69685606B)},
        {-150, UINT64_C(0xD17F3B51FCA3A7A0), UINT64_C(0xF75A15862CA504C5)},
        {-307, UINT64_C(0x8FD0C16206306BAB), UINT64_C(0xA5D3B6D479F8E056)},
        {-324, UINT64_C(0xCF42894A5DCE35EA), UINT64_C(0x52064CAC828675B9)},
        {-342, UINT64_C(0xEEF453D6923BD65A), UINT64_C(0x113FAA2906A13B3F)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlt__u128 power = mlt__power_of_ten(cases[i].power);
        assert_int_equal((uint64_t)(power >> 64), cases[i].high);
        assert_int_equal((uint64_t)power, cases[i].low);
    }
}

static void test_number__texts(void **state) {
    (void)state;
    /* Python's repr(), but whole numbers without ".0". */
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-200, "-200"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {100, "100"},
        {123456.789, "123456.789"},
        {1e15, "1000000000000000"},
        {9007199254740992, "9007199254740992"},
        {9999999999999998, "9999999999999998"},
        {1e16, "1e+16"},
        {1e21, "1e+21"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {123456789012345678.0, "1.2345678901234568e+17"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {0.00001, "1e-05"},
        {1e300, "1e+300"},
        {-1e-300, "-1e-300"},
        {5e-324, "5e-324"},
        {0x1p-1022, "2.2250738585072014e-308"},
        {2.225073858507201e-308, "2.225073858507201e-308"},
        {0x1.fffffffffffffp1023, "1.7976931348623157e+308"},
        {0x1p-44, "5.684341886080802e-14"}, /* a power of two: its lower neighbour is nearer */
        {0x1p122, "5.316911983139664e+36"},
        {9.5e-3, "0.0095"},
        {NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
    };
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mlt_format_double(text, cases[i].value), cases[i].text);
}

static size_t count_digits(const char *text) {
    size_t digits = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (digits == 0 && *text == '0'))
            continue;
        digits++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return digits - zeros;
}

static void test_number__texts_are_shortest_and_closest(void **state) {
    (void)state;
    for (int i = 0; i < 100000; i++) {
        double value = i < 1000 ? ldexp(1, i - 500) : next_double();
        char text[32], other[64];
        size_t digits = count_digits(mlt_format_double(text, value));
        assert_in_range(digits, 1, 17);
        /* With a digit less no decimal number reads back; with as many, the nearest is ours if it does. */
        if (digits > 1) {
            snprintf(other, sizeof other, "%.*e", (int)digits - 2, value);
            assert_false(same_bits(strtod(other, NULL), value));
        }
        snprintf(other, sizeof other, "%.*e", (int)digits - 1, value);
        if (same_bits(strtod(other, NULL), value))
            assert_int_equal(strtold(other, NULL) == strtold(text, NULL), 1);
    }
}

static void test_number__no_locale_matters(void **state) {
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
    size_t i = 0;
    while (i < 3 && !setlocale(LC_ALL, locales[i]))
        i++;
    if (i == 3)
        skip();
    double value;
    assert_true(mlt_parse_double(&value, "1.5", 3) && value == 1.5);
    assert_false(mlt_parse_double(&value, "1,5", 3));
    /* Many digits: these go through strtod. */
    const char *hard = "9007199254740993.0000000000000000000000000000001";
    assert_true(mlt_parse_double(&value, hard, strlen(hard)) && value == 9007199254740994.0);
    char text[32];
    assert_string_equal(mlt_format_double(text, 0.1), "0.1");
    assert_string_equal(mlt_format_double(text, 1.5e300), "1.5e+300");
    setlocale(LC_ALL, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number__what_is_one_and_what_is_not),
        cmocka_unit_test(test_number__reads_no_further_than_told),
        cmocka_unit_test(test_number__million_random_doubles_come_back),
        cmocka_unit_test(test_number__agrees_with_strtod),
        cmocka_unit_test(test_number__half_way_between_denormal_numbers),
        cmocka_unit_test(test_number__powers_are_those_of_exact_arithmetic),
        cmocka_unit_test(test_number__texts),
        cmocka_unit_test(test_number__texts_are_shortest_and_closest),
        cmocka_unit_test(test_number__no_locale_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
