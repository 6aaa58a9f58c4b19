/* The inner loops of the tree engine; included once an instruction set, with SET, TARGET, BITS,
 * LEAST, GREATEST and ALL_OF defined, and PERMUTE and PLACES where there are such. */
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

/* Exchange rows i and i + distance wherever a lane's keys stand the wrong way round. */
TARGET static inline void NAME(exchange)(int16_t *keys, size_t i, size_t distance) {
    int16_t *upper = keys + i * MLT_LANES, *lower = upper + distance * MLT_LANES;
    for (size_t half = 0; half < MLT_LANES; half += 16) {
        keys16 a = LOAD_KEYS(upper + half), b = LOAD_KEYS(lower + half);
        STORE_KEYS(upper + half, LEAST(a, b));
        STORE_KEYS(lower + half, GREATEST(a, b));
    }
}

/* Merge exchange (Batcher 1968; Knuth, The Art of Computer Programming, 5.2.2M). */
TARGET static void NAME(sort_lanes)(int16_t *keys, const uint8_t *bytes, size_t stride,
                                    const uint32_t *places, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = bytes + places[i] * stride;
        for (size_t half = 0; half < MLT_LANES; half += 16) {
            keys16 wide = __builtin_convertvector(LOAD_BYTES(row + half), keys16);
            STORE_KEYS(keys + i * MLT_LANES + half, (wide - 128) << 8 | (int16_t)i);
        }
    }
    size_t top = 1;
    while (2 * top < n)
        top *= 2;
    for (size_t p = top; p > 0; p /= 2)
        for (size_t q = top, r = 0, d = p;; d = q - p, q /= 2, r = p) {
            for (size_t run = r; run + d < n; run += 2 * p)
                for (size_t i = run; i < run + p && i + d < n; i++)
                    NAME(exchange)(keys, i, d);
            if (q == p)
                break;
        }
}

/* Four lanes whose left sides are (w, s): take the cuts behind row i that beat theirs. Returns the bar. */
TARGET static inline double NAME(take_lanes)(mlt_lane_block *block, size_t i, size_t first,
                                             const reals4 *sides, double bar) {
    const int16_t *keys = block->keys + i * MLT_LANES + first;
    reals4 w = sides[0], s = sides[1], r = block->sum - s, best = LOAD_REALS(block->proxies + first);
    reals4 proxies = s * s / w + r * r / (block->weight - w);
    keys4 step = (LOAD_KEYS4(keys) ^ LOAD_KEYS4(keys + MLT_LANES)) >> 8;
    mask4 better = (proxies > best) & (__builtin_convertvector(step, mask4) != 0);
    mask4 n_left = LOAD_MASK(block->n_left + first), here = {0};
    here += (long long)i + 1;
    best = (reals4)(((mask4)proxies & better) | ((mask4)best & ~better));
    STORE_REALS(block->proxies + first, best);
    STORE_MASK(block->n_left + first, (here & better) | (n_left & ~better));
    best = (reals4)((mask4)best & (index4 < (long long)(block->n_lanes - first)));
    double even = best[0] > best[2] ? best[0] : best[2], odd = best[1] > best[3] ? best[1] : best[3];
    double most = even > odd ? even : odd;
    return most > bar ? most : bar;
}

/* Add the key's row to a lane's left side. */
TARGET static inline void NAME(add_pair)(double *left, const double *pairs, int16_t key) {
    STORE_PAIR(left, LOAD_PAIR(left) + LOAD_PAIR(pairs + 2 * (size_t)(uint8_t)key));
}

/* Proxies are compared with the bar without a division, a rounding error below it; a NaN passes. */
TARGET static double NAME(scan_lanes)(mlt_lane_block *block, double bar) {
    double left[2 * MLT_LANES]; /* of four lanes, the first, third, second and fourth */
    keys16 ties[2] = {{0}, {0}};
    const double *pairs = block->pairs, sum = block->sum, weight = block->weight;
    double uncut = sum * sum / weight;
    size_t n = block->n, n_lanes = (block->n_lanes + 3) / 4 * 4;
    bar = uncut > bar ? uncut : bar;
    for (size_t lane = 0; lane < n_lanes; lane += 4) {
        reals4 none = {-INFINITY, -INFINITY, -INFINITY, -INFINITY}, zero = {0};
        STORE_REALS(block->proxies + lane, none);
        STORE_REALS(left + 2 * lane, zero);
        STORE_REALS(left + 2 * lane + 4, zero);
    }
    for (size_t i = 0; i + 1 < n; i++) {
        const int16_t *keys = block->keys + i * MLT_LANES;
        for (size_t half = 0; half < 2; half++) {
            keys16 here = LOAD_KEYS(keys + 16 * half), next = LOAD_KEYS(keys + MLT_LANES + 16 * half);
            ties[half] |= (here ^ next) >> 8 == 0;
        }
        for (size_t lane = 0; lane < n_lanes; lane += 4) {
            double *four = left + 2 * lane;
            NAME(add_pair)(four, pairs, keys[lane]);
            NAME(add_pair)(four + 4, pairs, keys[lane + 1]);
            NAME(add_pair)(four + 2, pairs, keys[lane + 2]);
            NAME(add_pair)(four + 6, pairs, keys[lane + 3]);
        }
        double low_bar = bar - 1e-12 * bar;
        for (size_t lane = 0; lane < n_lanes; lane += 4) {
            reals4 a = LOAD_REALS(left + 2 * lane), b = LOAD_REALS(left + 2 * lane + 4);
            reals4 w = SHUFFLE_REALS(a, b, 0, 4, 2, 6), s = SHUFFLE_REALS(a, b, 1, 5, 3, 7);
            reals4 r = sum - s, rest = weight - w;
            mask4 below = s * s * rest + r * r * w < low_bar * (w * rest);
            if (!ALL_OF(below)) {
                const reals4 sides[2] = {w, s};
                bar = NAME(take_lanes)(block, i, lane, sides, bar);
                low_bar = bar - 1e-12 * bar;
            }
        }
    }
    STORE_KEYS(block->ties, ties[0]);
    STORE_KEYS(block->ties + 16, ties[1]);
    return bar;
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
                                               .best_squares = NAME(best_squares),
                                               .sort_lanes = NAME(sort_lanes),
                                               .scan_lanes = NAME(scan_lanes)};

#undef PASTE_
#undef PASTE
#undef NAME
