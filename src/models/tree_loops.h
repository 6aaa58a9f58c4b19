/* The inner loops of the tree engine; included once an instruction set, with SET, TARGET and BITS defined.
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

TARGET static void NAME(pack_counts)(uint32_t *packed, const uint32_t *payloads, size_t n, uint32_t *weight,
                                     uint32_t *weight_second) {
    ucodes8 weights = {0}, seconds = {0};
    uint32_t w = 0, second = 0;
    for (size_t i = 0; i < n; i += 8) {
        ucodes8 payload = (ucodes8)(LOAD(payloads + i) & (index8 < (int32_t)(n - i)));
        ucodes8 one = payload >> 8, both = one & -(payload & 1);
        weights += one;
        seconds += both;
        STORE(packed + i, (codes8)(one | both << 16));
    }
    for (int lane = 0; lane < 8; lane++) {
        w += weights[lane];
        second += seconds[lane];
    }
    *weight = w;
    *weight_second = second;
}

TARGET static size_t NAME(divide)(uint32_t *samples, uint32_t *payloads, uint32_t *spare,
                                  const uint32_t *codes, size_t n, uint32_t cut, uint32_t *greatest_left,
                                  uint32_t *least_right) {
    uint32_t *right = spare, *right_payloads = spare + n, greatest = 0, least = UINT32_MAX;
    size_t n_left = 0, n_right = 0, i = 0;
#ifdef PERMUTE
    codes8 nearest_left = {0}, nearest_right = nearest_left + INT32_MAX;
    for (; i + 8 <= n; i += 8) {
        codes8 code = LOAD(codes + i), above = code > (int32_t)cut;
        codes8 nearer_left = ~above & (code > nearest_left), nearer_right = above & (code < nearest_right);
        nearest_left = SELECT(nearer_left, code, nearest_left);
        nearest_right = SELECT(nearer_right, code, nearest_right);
        uint32_t bits = BITS(above);
        codes8 to_left = PLACES(255 - bits), to_right = PLACES(bits), sample = LOAD(samples + i);
        STORE(samples + n_left, PERMUTE(sample, to_left));
        STORE(right + n_right, PERMUTE(sample, to_right));
        if (payloads) {
            codes8 payload = LOAD(payloads + i);
            STORE(payloads + n_left, PERMUTE(payload, to_left));
            STORE(right_payloads + n_right, PERMUTE(payload, to_right));
        }
        size_t count = (size_t)__builtin_popcount(bits);
        n_right += count;
        n_left += 8 - count;
    }
    for (int lane = 0; i > 0 && lane < 8; lane++) {
        greatest = (uint32_t)nearest_left[lane] > greatest ? (uint32_t)nearest_left[lane] : greatest;
        least = (uint32_t)nearest_right[lane] < least ? (uint32_t)nearest_right[lane] : least;
    }
    least = least == INT32_MAX ? UINT32_MAX : least;
#endif
    for (; i < n; i++) {
        uint32_t sample = samples[i], payload = payloads ? payloads[i] : 0, code = codes[i];
        bool left = code <= cut;
        greatest = left && code > greatest ? code : greatest;
        least = !left && code < least ? code : least;
        samples[n_left] = right[n_right] = sample;
        if (payloads)
            payloads[n_left] = right_payloads[n_right] = payload;
        n_left += left;
        n_right += !left;
    }
    memcpy(samples + n_left, right, n_right * sizeof *samples);
    if (payloads)
        memcpy(payloads + n_left, right_payloads, n_right * sizeof *payloads);
    *greatest_left = greatest;
    *least_right = least;
    return n_left;
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

TARGET static void NAME(count_small_pairs)(uint32_t *sums, const uint16_t *codes, const uint16_t *packed,
                                           size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        shorts16 a = LOAD_SHORTS(codes + i);
        ushorts16 sum = {0};
        for (size_t j = 0; j < n; j++)
            sum += ~(ushorts16)((int16_t)codes[j] > a) & packed[j];
        shorts16 weights = (shorts16)(sum & 0xff), seconds = (shorts16)(sum >> 8);
        halves both = {__builtin_convertvector(weights, codes16) | __builtin_convertvector(seconds, codes16)
                                                                       << 16};
        STORE(sums + i, both.half[0]);
        STORE(sums + i + 8, both.half[1]);
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

TARGET static void NAME(sum_cells)(uint32_t *sums, const uint32_t *cells, size_t count) {
    const codes8 none = {0};
    codes8 before = {0};
    for (size_t i = 0; i < count; i += 8) {
        codes8 within = LOAD(cells + i);
        within += SHUFFLE(none, within, 0, 8, 9, 10, 11, 12, 13, 14);
        within += SHUFFLE(none, within, 0, 1, 8, 9, 10, 11, 12, 13);
        within += SHUFFLE(none, within, 0, 1, 2, 3, 8, 9, 10, 11);
        STORE(sums + i, before + within);
        before += SHUFFLE(within, none, 7, 7, 7, 7, 7, 7, 7, 7);
    }
}

/* D² and L (W − L) of eight cuts; where a side is empty both are 0. */
TARGET static inline void NAME(measure_cuts)(floats8 *square, floats8 *sides, const codes8 *sums,
                                             float weight, float weight_second) {
    floats8 l = __builtin_convertvector(*sums & 0xffff, floats8);
    floats8 s = __builtin_convertvector((codes8)((ucodes8)*sums >> 16), floats8);
    floats8 d = weight * s - weight_second * l;
    *square = d * d;
    *sides = l * (weight - l);
}

TARGET static size_t NAME(best_cuts)(uint8_t *places, const uint32_t *sums, size_t count, float weight,
                                     float weight_second, float bar, float margin) {
    floats8 gains[MLT_KERNEL_CUTS / 8], best = {0};
    int32_t most_bits = 0;
    size_t passed = 0;
    for (size_t i = 0; i < count; i += 8) {
        codes8 both = LOAD(sums + i);
        floats8 square, sides;
        NAME(measure_cuts)(&square, &sides, &both, weight, weight_second);
        floats8 gain = square / sides; /* 0 / 0 is above nothing */
        codes8 better = gain > best;
        best = (floats8)(((codes8)gain & better) | ((codes8)best & ~better));
        gains[i / 8] = gain;
    }
    codes8 bits_of_best = (codes8)best; /* ordered as the gains */
    for (int lane = 0; lane < 8; lane++)
        most_bits = bits_of_best[lane] > most_bits ? bits_of_best[lane] : most_bits;
    float most;
    memcpy(&most, &most_bits, sizeof most);
    float least = most - margin > bar ? most - margin : bar;
    least -= FLOAT_ERROR * fabsf(least);
    for (size_t i = 0; i < count && most >= least; i += 8) {
        codes8 inside = index8 < (int32_t)(count - i);
        for (uint32_t bits = BITS((gains[i / 8] >= least) & inside); bits; bits &= bits - 1)
            places[passed++] = (uint8_t)(i + (size_t)__builtin_ctz(bits));
    }
    return passed;
}

TARGET static bool NAME(choose_bins)(uint8_t *chosen, const uint32_t *edges, size_t count, float weight,
                                     float weight_second, float bar) {
    codes8 any = {0};
    bar -= FLOAT_ERROR * fabsf(bar);
    for (size_t i = 0; i < count; i += 8) {
        codes8 from = LOAD(edges + i), to = LOAD(edges + i + 1),
               second = (codes8)((ucodes8)(to - from) >> 16);
        codes8 gained = second | second << 16, corners[] = {from, to, from + gained, to - gained},
               passed = {0};
        for (int corner = 0; corner < 4; corner++) {
            floats8 square, sides;
            NAME(measure_cuts)(&square, &sides, &corners[corner], weight, weight_second);
            passed |= square > bar * sides;
        }
        any |= passed;
        STORE_BYTES(chosen + i, __builtin_convertvector(passed & 1, bytes8));
    }
    return BITS(any) != 0;
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
                                               .count_small_pairs = NAME(count_small_pairs),
                                               .pack_counts = NAME(pack_counts),
                                               .divide = NAME(divide),
                                               .sum_cells = NAME(sum_cells),
                                               .best_cuts = NAME(best_cuts),
                                               .choose_bins = NAME(choose_bins),
                                               .best_gain = NAME(best_gain),
                                               .judge = NAME(judge),
                                               .sum_pairs = NAME(sum_pairs),
                                               .best_squares = NAME(best_squares)};

#undef PASTE_
#undef PASTE
#undef NAME
