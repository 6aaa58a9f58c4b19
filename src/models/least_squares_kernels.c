/* The inner loops of least squares: least_squares_loops.h compiled once an instruction set, and the choice.
 */
#include "models/least_squares_kernels.h"

#include <math.h>

/* Four doubles; loads and stores need no alignment. */
typedef double lanes __attribute__((vector_size(32)));
typedef double lanes_memory __attribute__((vector_size(32), aligned(8), may_alias));
typedef long long lanes_mask __attribute__((vector_size(32)));
#define LOAD(p) (*(const lanes_memory *)(p))
#define STORE(p, v) (*(lanes_memory *)(p) = (v))

#define SET portable
#define TARGET
/* product + error = a · b exactly, by Dekker's splitting. */
#define TWO_PRODUCT(product, error, a, b)                                                                    \
    do {                                                                                                     \
        lanes ta_ = (a)*134217729.0, tb_ = (b)*134217729.0;                                                  \
        lanes ah_ = ta_ - (ta_ - (a)), al_ = (a)-ah_, bh_ = tb_ - (tb_ - (b)), bl_ = (b)-bh_;                \
        (product) = (a) * (b);                                                                               \
        (error) = ((ah_ * bh_ - (product)) + ah_ * bl_ + al_ * bh_) + al_ * bl_;                             \
    } while (0)
#include "models/least_squares_loops.h"
#undef SET
#undef TARGET
#undef TWO_PRODUCT

#ifdef __x86_64__
#include <immintrin.h>
#define SET avx2
#define TARGET __attribute__((target("avx2,fma")))
/* A fused multiply-add gives the same exact error in one step. */
#define TWO_PRODUCT(product, error, a, b)                                                                    \
    do {                                                                                                     \
        (product) = (a) * (b);                                                                               \
        (error) = (lanes)_mm256_fmsub_pd((__m256d)(a), (__m256d)(b), (__m256d)(product));                    \
    } while (0)
#include "models/least_squares_loops.h"
#endif

const mlt_ls_kernels *mlt__ls_kernels_portable(void) { return &kernels_portable; }

const mlt_ls_kernels *mlt__ls_kernels(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &kernels_avx2;
#endif
    return &kernels_portable;
}
