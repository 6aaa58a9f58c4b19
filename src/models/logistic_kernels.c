/* The inner loops of logistic regression. Each body is written once, inlined into a function for each
 * instruction set, and the set is chosen when the program runs. */
#include "models/logistic_kernels.h"

/* Four doubles; loads and stores need no alignment. */
typedef double lanes __attribute__((vector_size(32)));
typedef double lanes_memory __attribute__((vector_size(32), aligned(8), may_alias));
#define LOAD(p) (*(const lanes_memory *)(p))
#define STORE(p, v) (*(lanes_memory *)(p) = (v))
/* The same number in every lane, exactly. */
#define SPREAD(x) ((x) - (lanes){0})
#define SUM(v) (((v)[0] + (v)[1]) + ((v)[2] + (v)[3]))
#define BODY static inline __attribute__((always_inline))

BODY void scores_body(double *out, const double *block, size_t ld, size_t p, const double *x, size_t rows) {
    for (size_t i = 0; i < rows; i += MLT_LG_ROWS) {
        lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
        const double *column = block + i;
        for (size_t j = 0; j < p; j++, column += ld) {
            lanes factor = SPREAD(x[j]);
            s0 += LOAD(column) * factor;
            s1 += LOAD(column + 4) * factor;
            s2 += LOAD(column + 8) * factor;
            s3 += LOAD(column + 12) * factor;
        }
        STORE(out + i, s0);
        STORE(out + i + 4, s1);
        STORE(out + i + 8, s2);
        STORE(out + i + 12, s3);
    }
}

BODY void project_body(double *sums, const double *block, size_t ld, size_t p, const double *values,
                       size_t rows) {
    for (size_t j = 0; j < p; j++) {
        lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
        const double *column = block + j * ld;
        for (size_t i = 0; i < rows; i += MLT_LG_ROWS) {
            s0 += LOAD(column + i) * LOAD(values + i);
            s1 += LOAD(column + i + 4) * LOAD(values + i + 4);
            s2 += LOAD(column + i + 8) * LOAD(values + i + 8);
            s3 += LOAD(column + i + 12) * LOAD(values + i + 12);
        }
        s0 = (s0 + s1) + (s2 + s3);
        sums[j] += SUM(s0);
    }
}

BODY void weigh_body(double *out, const double *block, size_t ld, size_t p, const double *weights,
                     size_t rows) {
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < rows; i += 4)
            STORE(out + j * ld + i, LOAD(block + j * ld + i) * LOAD(weights + i));
}

/* Four weighed columns from `a` on by two others from `b` on: the sums stay in registers. */
BODY void gram_tile(double *sums, size_t p, const double *a, const double *b, size_t ld, size_t rows) {
    lanes s00 = {0}, s01 = {0}, s10 = {0}, s11 = {0}, s20 = {0}, s21 = {0}, s30 = {0}, s31 = {0};
    for (size_t i = 0; i < rows; i += 4) {
        lanes b0 = LOAD(b + i), b1 = LOAD(b + ld + i), x = LOAD(a + i);
        s00 += x * b0;
        s01 += x * b1;
        x = LOAD(a + ld + i);
        s10 += x * b0;
        s11 += x * b1;
        x = LOAD(a + 2 * ld + i);
        s20 += x * b0;
        s21 += x * b1;
        x = LOAD(a + 3 * ld + i);
        s30 += x * b0;
        s31 += x * b1;
    }
    sums[0] += SUM(s00);
    sums[1] += SUM(s01);
    sums[p] += SUM(s10);
    sums[p + 1] += SUM(s11);
    sums[2 * p] += SUM(s20);
    sums[2 * p + 1] += SUM(s21);
    sums[3 * p] += SUM(s30);
    sums[3 * p + 1] += SUM(s31);
}

BODY void gram_body(double *sums, const double *weighed, const double *block, size_t ld, size_t p,
                    size_t rows) {
    for (size_t i = 0; i < p; i += MLT_LG_COLUMNS)
        for (size_t j = 0; j < i + MLT_LG_COLUMNS; j += 2)
            gram_tile(sums + i * p + j, p, weighed + i * ld, block + j * ld, ld, rows);
}

/* The functions of one instruction set, and their table. */
#define KERNELS(set, target)                                                                                 \
    target static void scores_##set(double *out, const double *block, size_t ld, size_t p, const double *x,  \
                                    size_t rows) {                                                           \
        scores_body(out, block, ld, p, x, rows);                                                             \
    }                                                                                                        \
    target static void project_##set(double *sums, const double *block, size_t ld, size_t p,                 \
                                     const double *values, size_t rows) {                                    \
        project_body(sums, block, ld, p, values, rows);                                                      \
    }                                                                                                        \
    target static void weigh_##set(double *out, const double *block, size_t ld, size_t p,                    \
                                   const double *weights, size_t rows) {                                     \
        weigh_body(out, block, ld, p, weights, rows);                                                        \
    }                                                                                                        \
    target static void gram_##set(double *sums, const double *weighed, const double *block, size_t ld,       \
                                  size_t p, size_t rows) {                                                   \
        gram_body(sums, weighed, block, ld, p, rows);                                                        \
    }                                                                                                        \
    static const mlt_lg_kernels kernels_##set = {scores_##set, project_##set, weigh_##set, gram_##set};

KERNELS(portable, )

#ifdef __x86_64__
KERNELS(avx2, __attribute__((target("avx2"))))
#endif

const mlt_lg_kernels *mlt__lg_kernels_portable(void) { return &kernels_portable; }

const mlt_lg_kernels *mlt__lg_kernels(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        return &kernels_avx2;
#endif
    return &kernels_portable;
}
