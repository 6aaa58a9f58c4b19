/* numpy's legacy RandomState; expected numbers are numpy 1.24.2's. */
#include "support.h"

#include "mltool/random.h"

static void test_random__known_integers(void **state) {
    (void)state;
    const int64_t expected[] = {31, 3, -52, 41, -48, -66};
    mlt_rng rng;
    mlt_rng_seed(&rng, 1234567890);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(mlt_rng_randint(&rng, -99, 99), expected[i]);
}

static void test_random__known_uniforms(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 1234567890);
    assert_float_equal(mlt_rng_uniform(&rng), 0.61879477158568, 1e-14);
    assert_float_equal(mlt_rng_uniform(&rng), 0.59162362775975, 1e-14);
}

static void test_random__known_permutation(void **state) {
    (void)state;
    const uint32_t expected[] = {8, 1, 5, 0, 7, 2, 9, 4, 3, 6};
    uint32_t items[10];
    mlt_rng rng;
    mlt_rng_seed(&rng, 42);
    mlt_rng_permutation(&rng, items, 10);
    assert_memory_equal(items, expected, sizeof items);
}

/* RandomState(0).standard_normal(3) */
static void test_random__known_normals(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 0);
    assert_true(mlt_rng_gauss(&rng) == 1.764052345967664);
    assert_true(mlt_rng_gauss(&rng) == 0.4001572083672233);
    assert_true(mlt_rng_gauss(&rng) == 0.9787379841057392);
}

/* RandomState(7).randint(0, 2**40, 2): draws beyond 32 bits take two words. */
static void test_random__wide_ranges_take_two_words(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 7);
    assert_int_equal(mlt_rng_randint(&rng, 0, (int64_t)1 << 40), 752595690692);
    assert_int_equal(mlt_rng_randint(&rng, 0, (int64_t)1 << 40), 108744157686);
}

static void test_random__range_of_one_draws_nothing(void **state) {
    (void)state;
    mlt_rng a, b;
    mlt_rng_seed(&a, 5);
    mlt_rng_seed(&b, 5);
    assert_int_equal(mlt_rng_randint(&a, 3, 4), 3);
    assert_int_equal(mlt_rng_u32(&a), mlt_rng_u32(&b));
}

/* RandomState(42).randint(0, 2**31 - 1), the seed of a first tree. */
static void test_random__member_seed(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 42);
    assert_int_equal(mlt_rng_member_seed(&rng), 1608637542);
}

/* Draw by draw the same, over several refills and from any state; a range of one draws nothing. */
static void test_random__bootstrap(void **state) {
    (void)state;
    const uint32_t sizes[] = {1, 2, 3, 1000, 1024, 1025};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double counts[1025] = {0}, expected[1025] = {0};
        mlt_rng a, b;
        mlt_rng_seed(&a, 5);
        for (size_t i = 0; i < 7; i++)
            mlt_rng_u32(&a);
        b = a;
        for (size_t n_draws = 1; n_draws < 4000; n_draws += 999) {
            for (size_t i = 0; i < n_draws; i++)
                expected[mlt_rng_randint(&a, 0, sizes[s])]++;
            mlt_rng_bootstrap(&b, counts, sizes[s], n_draws);
        }
        assert_memory_equal(counts, expected, sizeof counts);
        assert_int_equal(mlt_rng_u32(&a), mlt_rng_u32(&b));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random__known_integers),
        cmocka_unit_test(test_random__known_uniforms),
        cmocka_unit_test(test_random__known_permutation),
        cmocka_unit_test(test_random__known_normals),
        cmocka_unit_test(test_random__wide_ranges_take_two_words),
        cmocka_unit_test(test_random__range_of_one_draws_nothing),
        cmocka_unit_test(test_random__member_seed),
        cmocka_unit_test(test_random__bootstrap),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
