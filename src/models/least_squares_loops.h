/* The loops behind least_squares_kernels.h, written once for every instruction set: least_squares_kernels.c
 * includes this file with SET (the suffix of every name), TARGET (the function attribute) and TWO_PRODUCT
 * defined. It has no include guard for that reason. */

#define JOIN_(name, set) name##_##set
#define JOIN(name, set) JOIN_(name, set)
#define LOOP(name) JOIN(name, SET)

/* The sums of the lanes of four vectors, each as (0 + 1) + (2 + 3). */
#define LANE_SUMS(out, a, b, c, d)                                                                           \
    do {                                                                                                     \
        lanes ab_ = __builtin_shufflevector(a, b, 0, 4, 2, 6) + __builtin_shufflevector(a, b, 1, 5, 3, 7);   \
        lanes cd_ = __builtin_shufflevector(c, d, 0, 4, 2, 6) + __builtin_shufflevector(c, d, 1, 5, 3, 7);   \
        (out) =                                                                                              \
            __builtin_shufflevector(ab_, cd_, 0, 1, 4, 5) + __builtin_shufflevector(ab_, cd_, 2, 3, 6, 7);   \
    } while (0)

/* Lane by lane: a where the mask is set, else b. */
#define CHOOSE(mask, a, b) ((lanes)(((mask) & (lanes_mask)(a)) | (~(mask) & (lanes_mask)(b))))

TARGET static double LOOP(range)(double *low, double *high, const double *values, size_t rows) {
    lanes sum = {0}, least = *low - (lanes){0}, most = *high - (lanes){0};
    size_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        lanes x = LOAD(values + i);
        sum += x;
        least = CHOOSE(x < least, x, least);
        most = CHOOSE(x > most, x, most);
    }
    double total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    for (; i < rows; i++) {
        total += values[i];
        *low = values[i] < *low ? values[i] : *low;
        *high = values[i] > *high ? values[i] : *high;
    }
    for (size_t l = 0; l < 4; l++) {
        *low = least[l] < *low ? least[l] : *low;
        *high = most[l] > *high ? most[l] : *high;
    }
    return total;
}

TARGET static double LOOP(dot)(const double *a, const double *b, size_t rows) {
    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    size_t i = 0;
    for (; i + 16 <= rows; i += 16) {
        s0 += LOAD(a + i) * LOAD(b + i);
        s1 += LOAD(a + i + 4) * LOAD(b + i + 4);
        s2 += LOAD(a + i + 8) * LOAD(b + i + 8);
        s3 += LOAD(a + i + 12) * LOAD(b + i + 12);
    }
    for (; i < rows; i += 4)
        s0 += LOAD(a + i) * LOAD(b + i);
    s0 = (s0 + s1) + (s2 + s3);
    return (s0[0] + s0[1]) + (s0[2] + s0[3]);
}

TARGET static double LOOP(reflector)(double *head, double *v, size_t rows) {
    double square = LOOP(dot)(v, v, rows);
    if (square == 0)
        return 0;
    double beta = -copysign(sqrt(*head * *head + square), *head), divisor = *head - beta;
    double tau = -divisor / beta, scale = 1 / divisor;
    for (size_t i = 0; i < rows; i += 4)
        STORE(v + i, LOAD(v + i) * scale);
    *head = beta;
    return tau;
}

TARGET static void LOOP(reflect)(double *head, size_t head_step, double *body, size_t ld, size_t columns,
                                 const double *v, double tau, size_t rows) {
    for (size_t k = 0; k < columns; k++) {
        double *c = body + k * ld, *h = head + k * head_step;
        double w = tau * (*h + LOOP(dot)(v, c, rows));
        *h -= w;
        for (size_t i = 0; i < rows; i += 4)
            STORE(c + i, LOAD(c + i) - LOAD(v + i) * w);
    }
}

/* Apply four reflectors at once, I − V·Tᵀ·Vᵀ, to an even number of columns, two at a time: the sums and the
 * update of a pair run while it is in the first-level cache. t is upper triangular, by rows. */
TARGET static void LOOP(reflect_four)(double *r, size_t ldr, double *body, size_t ld, size_t columns,
                                      const double *v, const double t[16], size_t rows) {
    const double *v0 = v, *v1 = v + ld, *v2 = v + 2 * ld, *v3 = v + 3 * ld;
    const lanes t0 = LOAD(t), t1 = LOAD(t + 4), t2 = LOAD(t + 8), t3 = LOAD(t + 12);
    for (size_t k = 0; k < columns; k += 2) {
        double *a = body + k * ld, *b = a + ld, *ra = r + k * ldr, *rb = ra + ldr;
        lanes a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, b0 = {0}, b1 = {0}, b2 = {0}, b3 = {0};
        for (size_t i = 0; i < rows; i += 4) {
            lanes x = LOAD(a + i), y = LOAD(b + i), u;
            u = LOAD(v0 + i), a0 += u * x, b0 += u * y;
            u = LOAD(v1 + i), a1 += u * x, b1 += u * y;
            u = LOAD(v2 + i), a2 += u * x, b2 += u * y;
            u = LOAD(v3 + i), a3 += u * x, b3 += u * y;
        }
        lanes sa, sb;
        LANE_SUMS(sa, a0, a1, a2, a3);
        LANE_SUMS(sb, b0, b1, b2, b3);
        sa += LOAD(ra), sb += LOAD(rb);
        lanes wa = ((t0 * sa[0] + t1 * sa[1]) + t2 * sa[2]) + t3 * sa[3];
        lanes wb = ((t0 * sb[0] + t1 * sb[1]) + t2 * sb[2]) + t3 * sb[3];
        STORE(ra, LOAD(ra) - wa);
        STORE(rb, LOAD(rb) - wb);
        for (size_t i = 0; i < rows; i += 4) {
            lanes x = LOAD(a + i), y = LOAD(b + i), u;
            u = LOAD(v0 + i), x -= u * wa[0], y -= u * wb[0];
            u = LOAD(v1 + i), x -= u * wa[1], y -= u * wb[1];
            u = LOAD(v2 + i), x -= u * wa[2], y -= u * wb[2];
            u = LOAD(v3 + i), x -= u * wa[3], y -= u * wb[3];
            STORE(a + i, x);
            STORE(b + i, y);
        }
    }
}

/* Panels of four columns; the compact WY form (Schreiber and Van Loan 1989) of each panel updates the rest.
 */
TARGET static void LOOP(fold)(double *r, size_t ldr, double *block, size_t ld, size_t p, size_t q,
                              size_t start, size_t rows) {
    size_t j = start;
    for (; j + 4 <= p; j += 4) {
        double *panel = block + j * ld, t[16] = {0};
        for (size_t m = 0; m < 4; m++) {
            double *v = panel + m * ld, *diagonal = r + (j + m) * ldr + j + m;
            double tau = LOOP(reflector)(diagonal, v, rows);
            LOOP(reflect)(diagonal + ldr, ldr, v + ld, ld, 3 - m, v, tau, rows);
            double overlap[4];
            for (size_t l = 0; l < m; l++)
                overlap[l] = LOOP(dot)(panel + l * ld, v, rows);
            for (size_t l = 0; l < m; l++) {
                double sum = 0;
                for (size_t u = l; u < m; u++)
                    sum += t[4 * l + u] * overlap[u];
                t[4 * l + m] = -tau * sum;
            }
            t[5 * m] = tau;
        }
        LOOP(reflect_four)(r + (j + 4) * ldr + j, ldr, panel + 4 * ld, ld, q - j - 4, panel, t, rows);
    }
    for (; j < p; j++) {
        double *v = block + j * ld, *diagonal = r + j * ldr + j;
        double tau = LOOP(reflector)(diagonal, v, rows);
        LOOP(reflect)(diagonal + ldr, ldr, v + ld, ld, q - j - 1, v, tau, rows);
    }
}

/* Compensated sums (Ogita, Rump and Oishi 2005): every product and every sum of high parts is exact, their
 * errors gather in the low part. Eight rows at a time. */
TARGET static void LOOP(subtract)(double *hi, double *lo, const double *block, size_t ld, size_t p,
                                  const double *x_hi, const double *x_lo, size_t rows) {
    for (size_t i = 0; i < rows; i += 4) {
        lanes h = LOAD(hi + i), l = LOAD(lo + i);
        for (size_t j = 0; j < p; j++) {
            lanes a = LOAD(block + j * ld + i), x = x_hi[j] - (lanes){0}, product, error;
            TWO_PRODUCT(product, error, a, x);
            lanes sum = h - product, part = sum - h;
            l += ((h - (sum - part)) - (product + part)) - (error + a * x_lo[j]);
            h = sum;
        }
        lanes sum = h + l;
        STORE(hi + i, sum);
        STORE(lo + i, l - (sum - h));
    }
}

TARGET static void LOOP(project)(double *sums, const double *block, size_t ld, size_t p, const double *hi,
                                 const double *lo, size_t rows) {
    for (size_t j = 0; j < p; j++, sums += 8) {
        const double *column = block + j * ld;
        lanes high = LOAD(sums), low = LOAD(sums + 4);
        for (size_t i = 0; i < rows; i += 4) {
            lanes a = LOAD(column + i), r = LOAD(hi + i), product, error;
            TWO_PRODUCT(product, error, a, r);
            lanes sum = high + product, part = sum - high;
            low += ((high - (sum - part)) + (product - part)) + (error + a * LOAD(lo + i));
            high = sum;
        }
        STORE(sums, high);
        STORE(sums + 4, low);
    }
}

TARGET static void LOOP(weigh)(double *out_hi, double *out_lo, const double *weights, const double *hi,
                               const double *lo, size_t rows) {
    for (size_t i = 0; i < rows; i += 4) {
        lanes w = LOAD(weights + i), h = LOAD(hi + i), product, error;
        TWO_PRODUCT(product, error, w, h);
        error += w * LOAD(lo + i);
        lanes sum = product + error;
        STORE(out_hi + i, sum);
        STORE(out_lo + i, error - (sum - product));
    }
}

static const mlt_ls_kernels LOOP(kernels) = {LOOP(range), LOOP(dot),      LOOP(reflector), LOOP(reflect),
                                             LOOP(fold),  LOOP(subtract), LOOP(project),   LOOP(weigh)};

#undef JOIN_
#undef JOIN
#undef LOOP
#undef LANE_SUMS
#undef CHOOSE
