/* The inner loops of the tree engine; included once an instruction set, with SET, TARGET and GATHER defined.
 */
#define PASTE_(name, set) name##_##set
#define PASTE(name, set) PASTE_(name, set)
#define NAME(name) PASTE(name, SET)

TARGET static void NAME(gather)(uint32_t *to, const uint32_t *codes, const uint32_t *samples, size_t n,
                                uint32_t *low, uint32_t *high) {
    codes8 least, greatest;
    uint32_t lowest = UINT32_MAX, highest = 0;
    size_t i = 0;
    if (n >= 8) {
        least = greatest = GATHER(codes, samples);
        for (; i + 8 <= n; i += 8) {
            codes8 v = GATHER(codes, samples + i);
            STORE(to + i, v);
            codes8 less = v<least, more = v> greatest;
            least = (v & less) | (least & ~less);
            greatest = (v & more) | (greatest & ~more);
        }
        for (int lane = 0; lane < 8; lane++) {
            lowest = (uint32_t)least[lane] < lowest ? (uint32_t)least[lane] : lowest;
            highest = (uint32_t)greatest[lane] > highest ? (uint32_t)greatest[lane] : highest;
        }
    }
    for (; i < n; i++) {
        uint32_t code = codes[samples[i]];
        to[i] = code;
        lowest = code < lowest ? code : lowest;
        highest = code > highest ? code : highest;
    }
    *low = lowest;
    *high = highest;
}

TARGET static void NAME(count_pairs)(uint32_t *sums, const uint32_t *codes, const uint32_t *packed,
                                     size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        codes8 a = LOAD(codes + i), b = LOAD(codes + i + 8), sum_a = {0}, sum_b = {0};
        for (size_t j = 0; j < n; j++) {
            int32_t code = (int32_t)codes[j], counts = (int32_t)packed[j];
            sum_a += (a >= code) & counts;
            sum_b += (b >= code) & counts;
        }
        STORE(sums + i, sum_a);
        STORE(sums + i + 8, sum_b);
    }
}

TARGET static double NAME(best_gain)(const double *left, const double *second, size_t count, double weight,
                                     double weight_second) {
    reals4 best = {0};
    double weight_first = weight - weight_second, most = 0;
    for (size_t i = 0; i < count; i += 4) {
        reals4 l = LOAD_REALS(left + i), s = LOAD_REALS(second + i);
        reals4 d = weight_first * s - weight_second * (l - s), gain = d * d / (l * (weight - l));
        mask4 better = (gain > best) & (l > 0) & (l < weight) & (index4 < (long long)(count - i));
        best = (reals4)(((mask4)gain & better) | ((mask4)best & ~better));
    }
    for (int lane = 0; lane < 4; lane++)
        most = best[lane] > most ? best[lane] : most;
    return most;
}

/* Four cuts more: their gains are compared without a division. */
TARGET static inline void NAME(enter_four)(reals4 *best, reals4 *best_sides, codes4 left, codes4 second,
                                           double weight, double weight_second) {
    reals4 l = __builtin_convertvector(left, reals4), s = __builtin_convertvector(second, reals4);
    reals4 d = (weight - weight_second) * s - weight_second * (l - s), sides = l * (weight - l);
    reals4 square = d * d;
    mask4 better = square * *best_sides > *best * sides;
    *best = (reals4)(((mask4)square & better) | ((mask4)*best & ~better));
    *best_sides = (reals4)(((mask4)sides & better) | ((mask4)*best_sides & ~better));
}

TARGET static double NAME(best_cells)(const uint32_t *cells, size_t count, double weight,
                                      double weight_second) {
    const codes8 none = {0};
    reals4 best = {0}, best_sides = {1, 1, 1, 1};
    int32_t before = 0;
    double most = 0;
    for (size_t i = 0; i < count; i += 8) {
        codes8 sums = LOAD(cells + i);
        sums += SHUFFLE(none, sums, 0, 8, 9, 10, 11, 12, 13, 14);
        sums += SHUFFLE(none, sums, 0, 1, 8, 9, 10, 11, 12, 13);
        sums += SHUFFLE(none, sums, 0, 1, 2, 3, 8, 9, 10, 11);
        sums += before;
        before = sums[7];
        halves left = {sums & 0xffff}, second = {(codes8)((ucodes8)sums >> 16)};
        for (int half = 0; half < 2; half++)
            NAME(enter_four)(&best, &best_sides, left.half[half], second.half[half], weight, weight_second);
    }
    for (int lane = 0; lane < 4; lane++)
        most = best[lane] / best_sides[lane] > most ? best[lane] / best_sides[lane] : most;
    return most;
}

TARGET static uint64_t NAME(judge)(const double *left, const double *second, size_t count, double weight,
                                   double weight_second, double bar) {
    mask4 passed = {0}, bits = {1, 2, 4, 8};
    double weight_first = weight - weight_second;
    for (size_t i = 0; i < count; i += 4) {
        reals4 l = LOAD_REALS(left + i), s = LOAD_REALS(second + i);
        reals4 d = weight_first * s - weight_second * (l - s);
        passed |= (d * d > bar * (l * (weight - l))) & bits;
        bits <<= 4;
    }
    uint64_t all = (uint64_t)(passed[0] | passed[1] | passed[2] | passed[3]);
    return count < 64 ? all & (((uint64_t)1 << count) - 1) : all;
}

TARGET static void NAME(sum_pairs)(double *sums, double *weights, const double *codes, const double *pairs,
                                   size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        reals4 a = LOAD_REALS(codes + i), b = LOAD_REALS(codes + i + 4);
        reals4 sum_a = {0}, sum_b = {0}, weight_a = {0}, weight_b = {0};
        for (size_t j = 0; j < n; j++) {
            reals4 code = {codes[j], codes[j], codes[j], codes[j]};
            double w = pairs[2 * j], wy = pairs[2 * j + 1];
            mask4 w4 = (mask4)(reals4){w, w, w, w}, wy4 = (mask4)(reals4){wy, wy, wy, wy};
            mask4 below_a = a >= code, below_b = b >= code;
            sum_a += (reals4)(below_a & wy4);
            sum_b += (reals4)(below_b & wy4);
            weight_a += (reals4)(below_a & w4);
            weight_b += (reals4)(below_b & w4);
        }
        STORE_REALS(sums + i, sum_a);
        STORE_REALS(sums + i + 4, sum_b);
        STORE_REALS(weights + i, weight_a);
        STORE_REALS(weights + i + 4, weight_b);
    }
}

/* May any cut be above the bar? Told without a division, a rounding error below it. */
TARGET static bool NAME(may_pass)(const double *sums, const double *weights, size_t count, double sum,
                                  double weight, double bar) {
    mask4 any = {0};
    bool passed = !(bar > 0);
    double low_bar = bar - 1e-12 * bar;
    for (size_t i = 0; i + 4 <= count && !passed; i += 4) {
        reals4 s = LOAD_REALS(sums + i), w = LOAD_REALS(weights + i), r = sum - s, rest = weight - w;
        any |= s * s * rest + r * r * w > low_bar * (w * rest);
    }
    for (size_t i = count / 4 * 4; i < count; i++) {
        double r = sum - sums[i], rest = weight - weights[i];
        passed |= sums[i] * sums[i] * rest + r * r * weights[i] > low_bar * (weights[i] * rest);
    }
    return passed || any[0] || any[1] || any[2] || any[3];
}

TARGET static double NAME(best_squares)(const double *sums, const double *weights, size_t count, double sum,
                                        double weight, double bar, size_t *at) {
    size_t whole = count / 4 * 4;
    reals4 best = {bar, bar, bar, bar};
    double most = bar;
    *at = 0;
    if (!NAME(may_pass)(sums, weights, count, sum, weight, bar))
        return -INFINITY;
    for (size_t i = 0; i < whole; i += 4) {
        reals4 s = LOAD_REALS(sums + i), w = LOAD_REALS(weights + i), r = sum - s;
        reals4 squares = s * s / w + r * r / (weight - w);
        mask4 better = squares > best;
        best = (reals4)(((mask4)squares & better) | ((mask4)best & ~better));
    }
    for (int lane = 0; lane < 4; lane++)
        most = best[lane] > most ? best[lane] : most;
    for (size_t i = whole; i < count; i++) {
        double r = sum - sums[i], squares = sums[i] * sums[i] / weights[i] + r * r / (weight - weights[i]);
        most = squares > most ? squares : most;
    }
    if (!(most > bar))
        return -INFINITY;
    for (size_t i = 0; i < count; i++) {
        double r = sum - sums[i];
        if (sums[i] * sums[i] / weights[i] + r * r / (weight - weights[i]) == most) {
            *at = i;
            break;
        }
    }
    return most;
}

static const mlt_tree_kernels NAME(kernels) = {.gather = NAME(gather),
                                               .count_pairs = NAME(count_pairs),
                                               .best_gain = NAME(best_gain),
                                               .best_cells = NAME(best_cells),
                                               .judge = NAME(judge),
                                               .sum_pairs = NAME(sum_pairs),
                                               .best_squares = NAME(best_squares)};

#undef PASTE_
#undef PASTE
#undef NAME
