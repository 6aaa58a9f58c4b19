/* A pairwise sum in parts is that of the whole, to the bit. */
#include "core/pairwise_sum.h"
#include "support.h"

#include "mltool/random.h"

#include <math.h>
#include <stdlib.h>

/* Numbers of many sizes, so that the order of adding shows in the last bits. */
static double *made_numbers(size_t n) {
    double *values = calloc(n + 1, sizeof *values);
    mlt_rng rng;
    mlt_rng_seed(&rng, 7);
    for (size_t i = 0; i < n; i++)
        values[i] = exp(3 * mlt_rng_gauss(&rng));
    return values;
}

static void test_pairwise_sum__parts_make_the_whole(void **state) {
    (void)state;
    const size_t sizes[] = {0,    1,    7,    8,    100,  128,  129,   136,   250,
                            1000, 2047, 2048, 2049, 2300, 4096, 40000, 160003};
    double *values = made_numbers(160003);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        mlt__pairwise_parts parts;
        size_t longest = 0;
        mlt__pairwise_cut(&parts, sizes[s]);
        assert_int_equal(parts.starts[0], 0);
        assert_int_equal(parts.starts[MLT__PAIRWISE_PARTS], sizes[s]);
        for (size_t t = 0; t < MLT__PAIRWISE_PARTS; t++) {
            assert_true(parts.starts[t] <= parts.starts[t + 1]);
            size_t count = parts.starts[t + 1] - parts.starts[t];
            longest = count > longest ? count : longest;
            parts.sums[t] = mlt__pairwise_sum(values + parts.starts[t], count);
        }
        assert_true(mlt__pairwise_join(&parts) == mlt__pairwise_sum(values, sizes[s]));
        assert_true(longest <= sizes[s] / MLT__PAIRWISE_PARTS + 128);
    }
    free(values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairwise_sum__parts_make_the_whole),
    };
    return cmocka_run_group_tests_name("pairwise_sum", tests, NULL, NULL);
}
