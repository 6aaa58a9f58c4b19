/* The tree engine's sorts: any order of equal codes, and scikit-learn's. */
#include "models/tree_sort.h"
#include "support.h"

#include "mltool/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t code_of(uint64_t key) { return (uint32_t)(key >> 32); }

static void swap(uint64_t *keys, size_t i, size_t j) {
    uint64_t kept = keys[i];
    keys[i] = keys[j];
    keys[j] = kept;
}

static void sift_down(uint64_t *keys, size_t root, size_t end) {
    for (;;) {
        size_t child = 2 * root + 1, greatest = root;
        if (child < end && code_of(keys[greatest]) < code_of(keys[child]))
            greatest = child;
        if (child + 1 < end && code_of(keys[greatest]) < code_of(keys[child + 1]))
            greatest = child + 1;
        if (greatest == root)
            return;
        swap(keys, root, greatest);
        root = greatest;
    }
}

/* The rules as EXACTNESS has them, without any short cut: median of three, three-way partition, the left part
 * by recursion, heapsort when the depth is used up. */
static void reference_sort(uint64_t *keys, size_t n, int depth) {
    while (n > 1) {
        if (depth-- <= 0) {
            for (size_t start = (n - 2) / 2 + 1; start-- > 0;)
                sift_down(keys, start, n);
            for (size_t end = n - 1; end > 0; end--) {
                swap(keys, 0, end);
                sift_down(keys, 0, end);
            }
            return;
        }
        uint32_t a = code_of(keys[0]), b = code_of(keys[n / 2]), c = code_of(keys[n - 1]), pivot;
        if (a < b)
            pivot = b < c ? b : a < c ? c : a;
        else
            pivot = b >= c ? b : a < c ? a : c;
        size_t i = 0, l = 0, r = n;
        while (i < r) {
            if (code_of(keys[i]) < pivot)
                swap(keys, i++, l++);
            else if (code_of(keys[i]) > pivot)
                swap(keys, i, --r);
            else
                i++;
        }
        reference_sort(keys, l, depth);
        keys += r;
        n -= r;
    }
}

/* Codes of several kinds: distinct, few, crowded in a corner of a wide range, ascending, and such that the
 * median of three is a poor one. */
static void fill(uint64_t *keys, size_t n, int kind, mlt_rng *rng) {
    for (size_t i = 0; i < n; i++) {
        uint32_t code = mlt_rng_u32(rng) >> 1;
        if (kind == 1)
            code %= 7;
        else if (kind == 2)
            code = i % 50 == 0 ? code : code % (uint32_t)(n / 4 + 1);
        else if (kind == 3)
            code = (uint32_t)i;
        else if (kind == 4)
            code = (uint32_t)(i < n / 2 ? 2 * i : 2 * (n - i) + 1);
        else if (kind == 5)
            code %= (uint32_t)(20 * n + 1);
        keys[i] = (uint64_t)code << 32 | i;
    }
}

static int compare(const void *a, const void *b) {
    uint32_t left = code_of(*(const uint64_t *)a), right = code_of(*(const uint64_t *)b);
    return left < right ? -1 : left > right;
}

static const size_t SIZES[] = {0, 1, 2, 3, 16, 23, 24, 25, 100, 1000, 20000, 70000};

static void test_tree_sort__prescribed_is_scikit_learns_order(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 1);
    for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++)
        for (int kind = 0; kind < 6; kind++) {
            size_t n = SIZES[s];
            uint64_t *keys = calloc(n + 1, sizeof *keys), *expected = calloc(n + 1, sizeof *keys);
            uint64_t *spare = calloc(2 * n + 1, sizeof *keys);
            fill(keys, n, kind, &rng);
            memcpy(expected, keys, n * sizeof *keys);
            if (n > 1)
                reference_sort(expected, n, 2 * (int)(log((double)n) / log(2.0)));
            mlt__sort_prescribed(keys, spare, n);
            for (size_t i = 0; i < n; i++)
                if (keys[i] != expected[i])
                    fail_msg("%zu keys of kind %d: place %zu", n, kind, i);
            free(keys);
            free(expected);
            free(spare);
        }
}

static void test_tree_sort__free_sorts_and_keeps_every_key(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 2);
    for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++)
        for (int kind = 0; kind < 6; kind++) {
            size_t n = SIZES[s], sum = 0;
            uint64_t *keys = calloc(n + 1, sizeof *keys), *expected = calloc(n + 1, sizeof *keys);
            uint64_t *spare = calloc(n + 1, sizeof *keys);
            bool *seen = calloc(n + 1, sizeof *seen);
            fill(keys, n, kind, &rng);
            memcpy(expected, keys, n * sizeof *keys);
            qsort(expected, n, sizeof *expected, compare);
            mlt__sort_free(keys, spare, n);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(code_of(keys[i]), code_of(expected[i]));
                sum += !seen[(uint32_t)keys[i]];
                seen[(uint32_t)keys[i]] = true;
            }
            assert_int_equal(sum, n);
            free(keys);
            free(expected);
            free(spare);
            free(seen);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_sort__prescribed_is_scikit_learns_order),
        cmocka_unit_test(test_tree_sort__free_sorts_and_keeps_every_key),
    };
    return cmocka_run_group_tests_name("tree_sort", tests, NULL, NULL);
}
