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

/* Codes and weights up to the greatest that count_small_pairs takes: it says what count_pairs does. */
static void test_tree_kernels__small_pairs(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 6);
    for (size_t n = 1; n <= 64; n++) {
        uint32_t codes[ROOM] = {0}, packed[ROOM] = {0}, sums[ROOM], small_sums[ROOM], weight = 0;
        uint16_t small_codes[ROOM] = {0}, small_packed[ROOM] = {0};
        for (size_t i = 0; i < n; i++) {
            uint32_t w = i + 1 < n ? (uint32_t)mlt_rng_randint(&rng, 1, 4) : MLT_KERNEL_SMALL - 1 - weight;
            uint32_t second = mlt_rng_uniform(&rng) < 0.8 ? w : 0;
            weight += w;
            codes[i] = (uint32_t)mlt_rng_randint(&rng, 0, 31) * 1092;
            packed[i] = w | second << 16;
            small_codes[i] = (uint16_t)codes[i];
            small_packed[i] = (uint16_t)(w | second << 8);
        }
        sets[0]->count_pairs(sums, codes, packed, n);
        for (int set = 0; set < 2; set++) {
            sets[set]->count_small_pairs(small_sums, small_codes, small_packed, n);
            assert_memory_equal(small_sums, sums, n * sizeof *sums);
        }
    }
}

static void test_tree_kernels__pack_counts(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 7);
    for (size_t n = 1; n <= MOST; n++) {
        uint32_t payloads[ROOM], packed[ROOM], total, second, sum = 0, sum_second = 0;
        for (size_t i = 0; i < ROOM; i++)
            payloads[i] =
                (uint32_t)mlt_rng_randint(&rng, 1, 1 << 16) << 8 | (uint32_t)mlt_rng_randint(&rng, 0, 2);
        for (size_t i = 0; i < n; i++) {
            sum += payloads[i] >> 8;
            sum_second += payloads[i] & 1 ? payloads[i] >> 8 : 0;
        }
        for (int set = 0; set < 2; set++) {
            sets[set]->pack_counts(packed, payloads, n, &total, &second);
            assert_int_equal(total, sum);
            assert_int_equal(second, sum_second);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(packed[i] & 0xffff, payloads[i] >> 8);
                assert_int_equal(packed[i] >> 16, payloads[i] & 1 ? payloads[i] >> 8 : 0);
            }
            for (size_t i = n; i < (n + 7) / 8 * 8; i++)
                assert_int_equal(packed[i], 0);
        }
    }
}

/* Both sides keep their order, payloads go along, and what stands behind the node stays. */
static void test_tree_kernels__divide(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 8);
    for (size_t n = 1; n <= MOST; n++)
        for (int round = 0; round < 4; round++) {
            uint32_t codes[ROOM], samples[ROOM], payloads[ROOM], spare[2 * MOST], expected[MOST];
            uint32_t cut = (uint32_t)mlt_rng_randint(&rng, 0, 256), greatest = 0, least = UINT32_MAX;
            size_t n_left = 0, at = 0;
            for (size_t i = 0; i < n; i++) {
                codes[i] = (uint32_t)mlt_rng_randint(&rng, 0, 256);
                if (codes[i] <= cut) {
                    greatest = codes[i] > greatest ? codes[i] : greatest;
                    expected[n_left++] = (uint32_t)i;
                } else {
                    least = codes[i] < least ? codes[i] : least;
                }
            }
            for (size_t i = 0; i < n; i++)
                if (codes[i] > cut)
                    expected[n_left + at++] = (uint32_t)i;
            for (int set = 0; set < 2; set++) {
                uint32_t greatest_left, least_right;
                for (size_t i = 0; i < ROOM; i++) {
                    samples[i] = (uint32_t)i;
                    payloads[i] = (uint32_t)i + 1000;
                }
                assert_int_equal(sets[set]->divide(samples, round > 0 ? payloads : NULL, spare, codes, n, cut,
                                                   &greatest_left, &least_right),
                                 n_left);
                assert_int_equal(greatest_left, greatest);
                assert_int_equal(least_right, least);
                for (size_t i = 0; i < ROOM; i++) {
                    assert_int_equal(samples[i], i < n ? expected[i] : i);
                    assert_int_equal(payloads[i], (round > 0 ? samples[i] : i) + 1000);
                }
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

static void test_tree_kernels__sum_cells(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 5);
    for (size_t n = 1; n <= MOST; n++) {
        uint32_t cells[ROOM] = {0}, sums[ROOM], sum = 0;
        for (size_t i = 0; i < n; i++)
            cells[i] = (uint32_t)mlt_rng_randint(&rng, 0, 31) | (uint32_t)mlt_rng_randint(&rng, 0, 31) << 16;
        for (int set = 0; set < 2; set++) {
            sets[set]->sum_cells(sums, cells, n);
            sum = 0;
            for (size_t i = 0; i < n; i++)
                assert_int_equal(sums[i], sum += cells[i]);
        }
    }
}

/* In places: exactly the best cuts, as whole numbers compare them; none below the bar; and with a margin
 * those within it. Small weights have equal cuts, great ones strain float32. */
static void test_tree_kernels__best_cuts(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 9);
    for (size_t n = 2; n <= MLT_KERNEL_CUTS; n++) {
        uint32_t sums[MLT_KERNEL_CUTS + MLT_KERNEL_PADDING] = {0},
                                        most = (MLT_KERNEL_WEIGHT - 1) / (uint32_t)n;
        for (size_t i = 0; i < n; i++) {
            uint32_t w = (uint32_t)mlt_rng_randint(&rng, 0, n % 2 > 0 ? most + 1 : 2);
            sums[i] = (i > 0 ? sums[i - 1] : 0) + (w | (mlt_rng_uniform(&rng) < 0.4 ? w << 16 : 0));
        }
        double weight = sums[n - 1] & 0xffff, second = sums[n - 1] >> 16, gains[MLT_KERNEL_CUTS], best = -1;
        for (size_t i = 0; i < n; i++) {
            double l = sums[i] & 0xffff, d = weight * (sums[i] >> 16) - second * l;
            gains[i] = l > 0 && l < weight ? d * d / (l * (weight - l)) : -2;
            best = fmax(best, gains[i]);
        }
        for (int set = 0; set < 2; set++)
            for (int way = 0; way < 4; way++) {
                uint8_t places[MLT_KERNEL_CUTS];
                double margin = way == 1 ? best / 2 : 0,
                       bar = (double[]){-INFINITY, 0, best * 0.9, best * 1.1 + 1}[way];
                size_t at = 0, found = sets[set]->best_cuts(places, sums, n, (float)weight, (float)second,
                                                            (float)bar, (float)margin);
                for (size_t i = 0; i < n; i++) {
                    double least = fmax(best - margin, bar);
                    bool inside = at < found && places[at] == i;
                    at += inside;
                    if (gains[i] >= least && !inside)
                        fail_msg("%zu cuts: %zu with %.17g was missed, the best %.17g", n, i, gains[i], best);
                    if (inside && gains[i] < least * (1 - 2e-6))
                        fail_msg("%zu cuts: %zu with %.17g was taken, the best %.17g", n, i, gains[i], best);
                }
                assert_int_equal(at, found);
            }
    }
}

/* A bin is chosen if a corner passes, with some grace for rounding. */
static void test_tree_kernels__choose_bins(void **state) {
    (void)state;
    mlt_rng rng;
    mlt_rng_seed(&rng, 10);
    for (size_t n = 2; n <= MLT_KERNEL_CUTS; n++) {
        uint32_t edges[1 + MLT_KERNEL_CUTS + MLT_KERNEL_PADDING] = {0};
        for (size_t b = 0; b < MLT_KERNEL_CUTS + MLT_KERNEL_PADDING; b++) {
            uint32_t w =
                b < n ? (uint32_t)mlt_rng_randint(&rng, 0, (MLT_KERNEL_WEIGHT - 1) / (int64_t)n + 1) : 0;
            edges[b + 1] = edges[b] + (w | (uint32_t)mlt_rng_randint(&rng, 0, w + 1) << 16);
        }
        double weight = edges[n] & 0xffff, second = edges[n] >> 16, corners[MLT_KERNEL_CUTS], best = 0;
        for (size_t b = 0; b < n; b++) {
            double l[2] = {edges[b] & 0xffff, edges[b + 1] & 0xffff};
            double s[2] = {edges[b] >> 16, edges[b + 1] >> 16};
            corners[b] = -1;
            for (int corner = 0; corner < 4; corner++) {
                int to = corner / 2, along = corner % 2; /* from an end, all of one class first */
                double gained = along ? (to ? s[0] - s[1] : s[1] - s[0]) : 0;
                double left = l[to] + gained, d = weight * (s[to] + gained) - second * left;
                if (left > 0 && left < weight)
                    corners[b] = fmax(corners[b], d * d / (left * (weight - left)));
            }
            best = fmax(best, corners[b]);
        }
        for (int set = 0; set < 2; set++)
            for (int way = 0; way < 4; way++) {
                uint8_t chosen[MLT_KERNEL_CUTS + MLT_KERNEL_PADDING];
                double bar = (double[]){-1e-3, best / 2, best * 0.99, best * 1.1 + 1}[way];
                bool any = sets[set]->choose_bins(chosen, edges, n, (float)weight, (float)second, (float)bar);
                bool expected = false;
                for (size_t b = 0; b < n; b++) {
                    expected |= chosen[b] == 1;
                    if (fabs(corners[b] - bar) > 2e-6 * fabs(bar))
                        assert_int_equal(chosen[b], corners[b] > bar);
                }
                assert_int_equal(any, expected);
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
        cmocka_unit_test(test_tree_kernels__small_pairs),
        cmocka_unit_test(test_tree_kernels__pack_counts),
        cmocka_unit_test(test_tree_kernels__divide),
        cmocka_unit_test(test_tree_kernels__cuts_of_two_classes),
        cmocka_unit_test(test_tree_kernels__sum_cells),
        cmocka_unit_test(test_tree_kernels__best_cuts),
        cmocka_unit_test(test_tree_kernels__choose_bins),
        cmocka_unit_test(test_tree_kernels__best_squares),
        cmocka_unit_test(test_tree_kernels__lanes),
    };
    return cmocka_run_group_tests_name("tree_kernels", tests, setup, NULL);
}
