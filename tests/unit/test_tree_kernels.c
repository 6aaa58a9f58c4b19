/* The tree engine's inner loops: this processor's give the same bits as plain C, and both what they say. */
#include "models/tree_kernels.h"
#include "support.h"

#include "mltool/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 130, ROOM = MOST + MLT_KERNEL_PADDING };

static const mlt_tree_kernels *sets[2];

static int setup(void **state) {
    (void)state;
    sets[0] = mlt__tree_kernels_portable();
    sets[1] = mlt__tree_kernels();
    return 0;
}

static void test_tree_kernels__gather(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 1);
    uint32_t codes[1000], samples[ROOM], to[ROOM];
    for (size_t i = 0; i < 1000; i++)
        codes[i] = mlt_rng_u32(&rng) >> 1;
    for (size_t n = 1; n <= MOST; n++)
        for (int set = 0; set < 2; set++) {
            uint32_t low, high, least = UINT32_MAX, greatest = 0;
            for (size_t i = 0; i < n; i++) {
                samples[i] = (uint32_t)mlt_rng_randint(&rng, 0, 1000);
                least = codes[samples[i]] < least ? codes[samples[i]] : least;
                greatest = codes[samples[i]] > greatest ? codes[samples[i]] : greatest;
            }
            sets[set]->gather(to, codes, samples, n, &low, &high);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(to[i], codes[samples[i]]);
            assert_int_equal(low, least);
            assert_int_equal(high, greatest);
        }
}

static void test_tree_kernels__pairs(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 2);
    for (size_t n = 1; n <= 64; n++) {
        uint32_t codes[ROOM] = {0}, packed[ROOM] = {0}, counts[2][ROOM];
        for (size_t i = 0; i < n; i++) {
            codes[i] = (uint32_t)mlt_rng_randint(&rng, 0, 30);
            packed[i] = (uint32_t)mlt_rng_randint(&rng, 0, 1 << 20);
        }
        for (int set = 0; set < 2; set++)
            sets[set]->count_pairs(counts[set], codes, packed, n);
        for (size_t i = 0; i < n; i++) {
            uint32_t count = 0;
            for (size_t j = 0; j < n; j++)
                count += codes[j] <= codes[i] ? packed[j] : 0;
            for (int set = 0; set < 2; set++)
                assert_int_equal(counts[set][i], count);
        }
    }
}

/* Cuts of random weights, the first and last of which have an empty side. */
static void test_tree_kernels__cuts_of_two_classes(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 3);
    for (size_t n = 2; n <= MOST; n++) {
        double left[ROOM] = {0}, second[ROOM] = {0}, best = 0, gains[MOST];
        for (size_t i = 1; i < n; i++) {
            double w = (double)mlt_rng_randint(&rng, 0, 4);
            left[i] = left[i - 1] + w;
            second[i] = second[i - 1] + (mlt_rng_uniform(&rng) < 0.4 ? w : 0);
        }
        double weight = left[n - 1], weight_second = second[n - 1];
        for (size_t i = 0; i < n; i++) {
            double d = (weight - weight_second) * second[i] - weight_second * (left[i] - second[i]);
            double sides = left[i] * (weight - left[i]);
            gains[i] = sides > 0 ? d * d / sides : 0;
            best = fmax(best, gains[i]);
        }
        for (int set = 0; set < 2; set++) {
            assert_true(sets[set]->best_gain(left, second, n, weight, weight_second) == best);
            size_t count = n < 64 ? n : 64;
            double bar = best * 0.7;
            uint64_t passed = sets[set]->judge(left, second, count, weight, weight_second, bar);
            for (size_t i = 0; i < count; i++)
                if (fabs(gains[i] - bar) > 1e-9)
                    assert_int_equal(passed >> i & 1, gains[i] > bar);
            assert_true(count == 64 || passed >> count == 0);
        }
    }
}

/* The same cuts by cells. */
static void test_tree_kernels__cells(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 5);
    for (size_t n = 2; n <= MOST; n++) {
        uint32_t cells[ROOM] = {0};
        double left[ROOM] = {0}, second[ROOM] = {0};
        for (size_t i = 0; i < n; i++) {
            uint32_t w = (uint32_t)mlt_rng_randint(&rng, 0, 300),
                     s = (uint32_t)mlt_rng_randint(&rng, 0, w + 1);
            cells[i] = w | s << 16;
            left[i] = (i > 0 ? left[i - 1] : 0) + w;
            second[i] = (i > 0 ? second[i - 1] : 0) + s;
        }
        double best = sets[0]->best_gain(left, second, n, left[n - 1], second[n - 1]);
        for (int set = 0; set < 2; set++) {
            double gain = sets[set]->best_cells(cells, n, left[n - 1], second[n - 1]);
            if (fabs(gain - best) > 1e-12 * best)
                fail_msg("%zu cells: %.17g, not %.17g", n, gain, best);
        }
    }
}

static void test_tree_kernels__best_squares(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 4);
    for (size_t n = 1; n <= MOST; n++) {
        double sums[ROOM], weights[ROOM], sum = 0, weight = 0, best = -INFINITY;
        size_t first = 0;
        for (size_t i = 0; i < n; i++) {
            double w = (double)mlt_rng_randint(&rng, 1, 4);
            weight += w;
            sum += w * mlt_rng_gauss(&rng);
            weights[i] = weight;
            sums[i] = i > 0 && mlt_rng_uniform(&rng) < 0.2 ? NAN : sum;
        }
        double total = sum + mlt_rng_gauss(&rng), total_weight = weight + 2;
        for (size_t i = 0; i < n; i++) {
            double r = total - sums[i];
            double squares = sums[i] * sums[i] / weights[i] + r * r / (total_weight - weights[i]);
            if (squares > best) {
                best = squares;
                first = i;
            }
        }
        for (int set = 0; set < 2; set++) {
            size_t at;
            const double bars[] = {-INFINITY, 0.5 * best};
            for (int b = 0; b < 2; b++) {
                assert_true(sets[set]->best_squares(sums, weights, n, total, total_weight, bars[b], &at) ==
                            best);
                assert_int_equal(at, first);
            }
            assert_true(isinf(sets[set]->best_squares(sums, weights, n, total, total_weight, best, &at)));
        }
    }
}

/* A node of random bytes, all lanes in one row of memory, rows in any order. */
typedef struct lane_node {
    uint8_t bytes[MLT_LANE_ROWS * MLT_LANES];
    uint32_t places[MLT_LANE_ROWS];
    double pairs[2 * MLT_LANE_ROWS], sum, weight;
} lane_node;

static void make_lanes(lane_node *node, mlt_rng *rng, size_t n) {
    node->sum = node->weight = 0;
    for (size_t i = 0; i < n; i++) {
        size_t other = (size_t)mlt_rng_randint(rng, 0, (int64_t)i + 1);
        node->places[i] = node->places[other];
        node->places[other] = (uint32_t)i;
        for (size_t lane = 0; lane < MLT_LANES; lane++)
            node->bytes[i * MLT_LANES + lane] = (uint8_t)mlt_rng_randint(rng, 0, 1 + (int64_t)(9 * lane));
        node->pairs[2 * i] = (double)mlt_rng_randint(rng, 1, 4);
        node->pairs[2 * i + 1] = node->pairs[2 * i] * (3 + mlt_rng_gauss(rng));
        node->weight += node->pairs[2 * i];
        node->sum += node->pairs[2 * i + 1];
    }
}

/* Check a lane's order, and find its best cut one after another. */
static double best_of_lane(size_t *n_left, const lane_node *node, const mlt_lane_block *block, size_t lane) {
    double w = 0, s = 0, best = -INFINITY;
    bool seen[MLT_LANE_ROWS] = {false}, ties = false;
    for (size_t i = 0; i < block->n; i++) {
        size_t row = (uint8_t)block->keys[i * MLT_LANES + lane];
        uint8_t byte = node->bytes[node->places[row] * MLT_LANES + lane];
        assert_int_equal(block->keys[i * MLT_LANES + lane] >> 8, byte - 128);
        assert_false(seen[row]);
        seen[row] = true;
        w += node->pairs[2 * row];
        s += node->pairs[2 * row + 1];
        if (i + 1 == block->n)
            break;
        int step = block->keys[(i + 1) * MLT_LANES + lane] - block->keys[i * MLT_LANES + lane];
        assert_true(step > 0);
        uint8_t next = (uint8_t)((block->keys[(i + 1) * MLT_LANES + lane] >> 8) + 128);
        double r = node->sum - s, proxy = s * s / w + r * r / (node->weight - w);
        ties |= next == byte;
        if (next != byte && proxy > best) {
            best = proxy;
            *n_left = i + 1;
        }
    }
    assert_int_equal(block->ties[lane] != 0, ties);
    return best;
}

static void test_tree_kernels__lanes(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 6);
    lane_node node;
    mlt_lane_block block;
    for (size_t n = 2; n <= MLT_LANE_ROWS; n += n < 40 ? 1 : 27)
        for (size_t n_lanes = 1; n_lanes <= MLT_LANES; n_lanes += 5) {
            make_lanes(&node, &rng, n);
            for (int set = 0; set < 2; set++) {
                size_t lefts[MLT_LANES] = {0};
                double bests[MLT_LANES], best = -INFINITY;
                block.pairs = node.pairs;
                block.n = n;
                block.n_lanes = n_lanes;
                block.sum = node.sum;
                block.weight = node.weight;
                sets[set]->sort_lanes(block.keys, node.bytes, MLT_LANES, node.places, n);
                double bar = sets[set]->scan_lanes(&block, -INFINITY);
                for (size_t lane = 0; lane < n_lanes; lane++) {
                    bests[lane] = best_of_lane(&lefts[lane], &node, &block, lane);
                    best = fmax(best, bests[lane]);
                }
                for (size_t lane = 0; lane < n_lanes; lane++) {
                    assert_true(block.proxies[lane] <= bests[lane]);
                    if (bests[lane] == best && best > -INFINITY) {
                        assert_true(block.proxies[lane] == best);
                        assert_int_equal(block.n_left[lane], lefts[lane]);
                    }
                }
                assert_true(best == -INFINITY || bar == best);
                sets[set]->scan_lanes(&block, 1.01 * bar);
                for (size_t lane = 0; lane < n_lanes; lane++)
                    assert_true(block.proxies[lane] <= bar);
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_kernels__gather),
        cmocka_unit_test(test_tree_kernels__pairs),
        cmocka_unit_test(test_tree_kernels__cuts_of_two_classes),
        cmocka_unit_test(test_tree_kernels__cells),
        cmocka_unit_test(test_tree_kernels__best_squares),
        cmocka_unit_test(test_tree_kernels__lanes),
    };
    return cmocka_run_group_tests_name("tree_kernels", tests, setup, NULL);
}
