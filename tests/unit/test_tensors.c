/* Named arrays: narrowest exact types, and checked reading. */
#include "mltool/tensors.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SHIFT(bits) ((int64_t)1 << (bits))

/* The type that add_doubles chooses for `values`, after checking that all come back bit for bit if finite. */
static mlt_dtype dtype_of_doubles(const double *values, size_t count) {
    mlt_tensors t = {0};
    assert_int_equal(mlt_tensors_add_doubles(&t, "x", values, count, NULL), MLT_OK);
    const mlt_tensor *x = mlt_tensors_find(&t, "x");
    assert_non_null(x);
    assert_int_equal(x->count, count);
    bool finite = true;
    for (size_t i = 0; i < count; i++)
        finite = finite && isfinite(values[i]);
    double *back = NULL;
    size_t n = 0;
    mlt_status status = mlt_tensors_doubles(&t, "x", &back, &n, count, NULL);
    assert_int_equal(status, finite ? MLT_OK : MLT_E_MODEL);
    if (finite) {
        assert_int_equal(n, count);
        assert_memory_equal(back, values, count * sizeof *values);
    }
    mlt_dtype dtype = x->dtype;
    free(back);
    mlt_tensors_clear(&t);
    return dtype;
}

static void test_tensors__doubles_take_the_narrowest_exact_type(void **state) {
    (void)state;
    static const struct {
        double value;
        mlt_dtype dtype;
    } cases[] = {
        {0, MLT_U8},
        {1, MLT_U8},
        {255, MLT_U8},
        {256, MLT_U16},
        {65535, MLT_U16},
        {65536, MLT_U32},
        {4294967295.0, MLT_U32},
        {4294967296.0, MLT_F32},
        {4294967297.0, MLT_F64},
        {-1, MLT_F32},
        {-0.0, MLT_F32},
        {0.5, MLT_F32},
        {0.1, MLT_F64},
        {16777217.5, MLT_F64},
        {2.385, MLT_F64},
        {(double)2.385f, MLT_F32},
        {1e300, MLT_F64},
        {-1e300, MLT_F64},
        {5e-324, MLT_F64},
        {1.401298464324817e-45, MLT_F32},
        {INFINITY, MLT_F32},
        {-INFINITY, MLT_F32},
        {NAN, MLT_F32},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(dtype_of_doubles(&cases[i].value, 1), cases[i].dtype);
}

static void test_tensors__one_value_decides_for_all_doubles(void **state) {
    (void)state;
    assert_int_equal(dtype_of_doubles((const double[]){3, 7, 255, 0}, 4), MLT_U8);
    assert_int_equal(dtype_of_doubles((const double[]){3, 7, 256, 0}, 4), MLT_U16);
    assert_int_equal(dtype_of_doubles((const double[]){3, 7, 70000, 0}, 4), MLT_U32);
    assert_int_equal(dtype_of_doubles((const double[]){3, 7, 70000, 0.25}, 4), MLT_F32);
    assert_int_equal(dtype_of_doubles((const double[]){3, -0.0, 70000, 1}, 4), MLT_F32);
    assert_int_equal(dtype_of_doubles((const double[]){16777217, 0.5}, 2), MLT_F64);
    assert_int_equal(dtype_of_doubles(NULL, 0), MLT_U8);
}

static void test_tensors__a_nan_keeps_its_payload(void **state) {
    (void)state;
    uint64_t bits = 0x7FF8000000000123u;
    double value;
    memcpy(&value, &bits, sizeof value);
    mlt_tensors t = {0};
    assert_int_equal(mlt_tensors_add_doubles(&t, "x", &value, 1, NULL), MLT_OK);
    assert_int_equal(t.items[0].dtype, MLT_F64);
    assert_memory_equal(t.items[0].data, &bits, sizeof bits);
    mlt_tensors_clear(&t);
}

static void test_tensors__ints_take_the_narrowest_type(void **state) {
    (void)state;
    static const struct {
        int64_t low, high;
        mlt_dtype dtype;
    } cases[] = {
        {0, 0, MLT_U8},          {0, 255, MLT_U8},
        {0, 256, MLT_U16},       {0, 65535, MLT_U16},
        {0, 65536, MLT_U32},     {0, UINT32_MAX, MLT_U32},
        {-1, 5, MLT_I32},        {-1, INT32_MAX, MLT_I32},
        {INT32_MIN, 0, MLT_I32}, {0, (int64_t)1 << 32, MLT_U64},
        {7, INT64_MAX, MLT_U64},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        mlt_tensors t = {0};
        const int64_t values[2] = {cases[i].low, cases[i].high};
        assert_int_equal(mlt_tensors_add_ints(&t, "k", values, 2, NULL), MLT_OK);
        assert_int_equal(t.items[0].dtype, cases[i].dtype);
        int64_t *back;
        size_t n;
        assert_int_equal(mlt_tensors_ints(&t, "k", INT64_MIN, INT64_MAX, &back, &n, 2, NULL), MLT_OK);
        assert_memory_equal(back, values, sizeof values);
        free(back);
        mlt_tensors_clear(&t);
    }
}

static void test_tensors__ints_that_fit_no_type_are_refused(void **state) {
    (void)state;
    mlt_tensors t = {0};
    mlt_error err;
    assert_int_equal(mlt_tensors_add_ints(&t, "k", (const int64_t[]){-1, SHIFT(31)}, 2, &err), MLT_E_LIMIT);
    assert_non_null(strstr(err.message, "-1 to 2147483648"));
    assert_int_equal(mlt_tensors_add_ints(&t, "k", (const int64_t[]){INT64_C(-2147483649)}, 1, &err),
                     MLT_E_LIMIT);
    assert_int_equal(t.n, 0);
    mlt_tensors_clear(&t);
}

/* A tensor of 64-bit numbers, as only a file can hold beyond INT64_MAX. */
static mlt_tensors one_u64(const uint64_t *value) {
    static mlt_tensor item;
    item = (mlt_tensor){.name = (char *)"w", .dtype = MLT_U64, .count = 1, .data = (void *)(uintptr_t)value};
    return (mlt_tensors){.items = &item, .n = 1, .capacity = 1};
}

static void test_tensors__whole_numbers_of_64_bits_are_read_exactly_or_refused(void **state) {
    (void)state;
    static const struct {
        uint64_t value;
        mlt_status as_double, as_int;
    } cases[] = {{0, MLT_OK, MLT_OK},
                 {(UINT64_C(1) << 53) - 1, MLT_OK, MLT_OK},
                 {(UINT64_C(1) << 53) + 1, MLT_E_MODEL, MLT_OK},
                 {INT64_MAX, MLT_E_MODEL, MLT_OK},
                 {UINT64_C(1) << 63, MLT_E_MODEL, MLT_E_MODEL},
                 {UINT64_MAX, MLT_E_MODEL, MLT_E_MODEL}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = cases[i].value;
        mlt_tensors t = one_u64(&value);
        double *reals = NULL;
        int64_t *whole = NULL;
        size_t n;
        assert_int_equal(mlt_tensors_doubles(&t, "w", &reals, &n, 1, NULL), cases[i].as_double);
        if (cases[i].as_double == MLT_OK)
            assert_true(reals[0] == (double)value);
        assert_int_equal(mlt_tensors_ints(&t, "w", 0, INT64_MAX, &whole, &n, 1, NULL), cases[i].as_int);
        if (cases[i].as_int == MLT_OK)
            assert_true((uint64_t)whole[0] == value);
        free(reals);
        free(whole);
    }
}

static void test_tensors__reading_names_what_is_wrong(void **state) {
    (void)state;
    mlt_tensors t = {0};
    assert_int_equal(mlt_tensors_add_doubles(&t, "reals", (const double[]){2.385, 1}, 2, NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_doubles(&t, "holes", (const double[]){2.385, 1, NAN}, 3, NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_ints(&t, "whole", (const int64_t[]){4, 9, -3}, 3, NULL), MLT_OK);
    double *reals = NULL;
    int64_t *whole = NULL;
    size_t n = 77;
    mlt_error err;
    assert_int_equal(mlt_tensors_doubles(&t, "absent", &reals, &n, SIZE_MAX, &err), MLT_E_MODEL);
    assert_string_equal(err.message, "tensor absent is missing; fit the model again");
    assert_int_equal(mlt_tensors_doubles(&t, "reals", &reals, &n, 3, &err), MLT_E_MODEL);
    assert_string_equal(err.message, "tensor reals holds 2 values instead of 3; fit the model again");
    assert_int_equal(mlt_tensors_doubles(&t, "holes", &reals, &n, SIZE_MAX, &err), MLT_E_MODEL);
    assert_string_equal(err.message, "tensor holes: value 2 is not finite; fit the model again");
    assert_int_equal(mlt_tensors_ints(&t, "reals", 0, 9, &whole, &n, SIZE_MAX, &err), MLT_E_MODEL);
    assert_string_equal(err.message,
                        "tensor reals has type F64 where whole numbers belong; fit the model again");
    assert_int_equal(mlt_tensors_ints(&t, "whole", 0, 9, &whole, &n, SIZE_MAX, &err), MLT_E_MODEL);
    assert_string_equal(err.message, "tensor whole: value 2 is -3, not in 0 to 9; fit the model again");
    assert_int_equal(mlt_tensors_ints(&t, "whole", -3, 8, &whole, &n, SIZE_MAX, &err), MLT_E_MODEL);
    assert_string_equal(err.message, "tensor whole: value 1 is 9, not in -3 to 8; fit the model again");
    assert_null(reals);
    assert_null(whole);
    assert_int_equal(n, 77);
    assert_int_equal(mlt_tensors_ints(&t, "whole", -3, 9, &whole, &n, SIZE_MAX, &err), MLT_OK);
    assert_int_equal(n, 3);
    free(whole);
    mlt_tensors_clear(&t);
}

static void test_tensors__many_are_kept_in_order(void **state) {
    (void)state;
    mlt_tensors t = {0};
    for (int64_t i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", (int)i);
        assert_int_equal(mlt_tensors_add_ints(&t, name, &i, 1, NULL), MLT_OK);
    }
    assert_int_equal(t.n, 100);
    assert_string_equal(t.items[63].name, "t63");
    assert_ptr_equal(mlt_tensors_find(&t, "t99"), &t.items[99]);
    assert_null(mlt_tensors_find(&t, "t100"));
    mlt_tensors_clear(&t);
    assert_int_equal(t.n, 0);
    mlt_tensors_clear(&t);
}

static void test_tensors__a_count_that_overflows_is_out_of_memory(void **state) {
    (void)state;
    uint64_t value = 1;
    mlt_tensors t = one_u64(&value);
    t.items[0].count = SIZE_MAX / 4;
    t.items[0].dtype = MLT_U8;
    double *reals = NULL;
    size_t n;
    assert_int_equal(mlt_tensors_doubles(&t, "w", &reals, &n, SIZE_MAX, NULL), MLT_E_NOMEM);
    assert_null(reals);
}

static void test_tensors__types_have_safetensors_names_and_sizes(void **state) {
    (void)state;
    static const struct {
        mlt_dtype dtype;
        const char *name;
        size_t size;
    } cases[] = {{MLT_U8, "U8", 1},   {MLT_U16, "U16", 2}, {MLT_U32, "U32", 4}, {MLT_I32, "I32", 4},
                 {MLT_U64, "U64", 8}, {MLT_F32, "F32", 4}, {MLT_F64, "F64", 8}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(mlt_dtype_name(cases[i].dtype), cases[i].name);
        assert_int_equal(mlt_dtype_size(cases[i].dtype), cases[i].size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensors__doubles_take_the_narrowest_exact_type),
        cmocka_unit_test(test_tensors__one_value_decides_for_all_doubles),
        cmocka_unit_test(test_tensors__a_nan_keeps_its_payload),
        cmocka_unit_test(test_tensors__ints_take_the_narrowest_type),
        cmocka_unit_test(test_tensors__ints_that_fit_no_type_are_refused),
        cmocka_unit_test(test_tensors__whole_numbers_of_64_bits_are_read_exactly_or_refused),
        cmocka_unit_test(test_tensors__reading_names_what_is_wrong),
        cmocka_unit_test(test_tensors__many_are_kept_in_order),
        cmocka_unit_test(test_tensors__a_count_that_overflows_is_out_of_memory),
        cmocka_unit_test(test_tensors__types_have_safetensors_names_and_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
