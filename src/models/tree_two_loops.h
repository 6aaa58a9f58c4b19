/* The inner loops of tree_two.c; included once an instruction set, with NAME and TARGET defined. Eight lanes
 * of 32 bits, which the compiler splits where registers are shorter: the same bits everywhere. */

/* Each sample's counts of the samples whose code is not above its own. n is at most MLT_TWO_PAIRS; `codes`
 * and `packed` are padded with zeros to a multiple of 16. */
TARGET static void NAME(count_pairs)(uint32_t *sums, const uint32_t *codes, const uint32_t *packed,
                                     size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        lanes a = LOAD(codes + i), b = LOAD(codes + i + 8), sum_a = {0}, sum_b = {0};
        for (size_t j = 0; j < n; j++) {
            int32_t code = (int32_t)codes[j], counts = (int32_t)packed[j];
            sum_a += (a >= code) & counts;
            sum_b += (b >= code) & counts;
        }
        STORE(sums + i, sum_a);
        STORE(sums + i + 8, sum_b);
    }
}

/* Which of the cuts with weights left[i], of which second[i] are of the second class, pass the bar? A bit
 * each, 64 cuts at most. The arrays are readable up to the next multiple of 4. */
TARGET static uint64_t NAME(judge)(const double *left, const double *second, size_t count, double weight,
                                   double weight_second, double bar) {
    mask_lanes passed = {0}, bits = {1, 2, 4, 8};
    double weight_first = weight - weight_second;
    for (size_t i = 0; i < count; i += 4) {
        real_lanes l = LOAD_REALS(left + i), s = LOAD_REALS(second + i);
        real_lanes d = weight_first * s - weight_second * (l - s);
        passed |= (d * d > bar * (l * (weight - l))) & bits;
        bits <<= 4;
    }
    uint64_t all = (uint64_t)(passed[0] | passed[1] | passed[2] | passed[3]);
    return count < 64 ? all & (((uint64_t)1 << count) - 1) : all;
}
