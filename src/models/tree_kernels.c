/* The inner loops of the tree engine: tree_loops.h compiled once an instruction set, and the choice. */
#include "models/tree_kernels.h"

#include <math.h>
#include <stdbool.h>

/* Eight codes or four doubles; loads and stores need no alignment. The compiler splits them where registers
 * are shorter. */
typedef int32_t codes8 __attribute__((vector_size(32)));
typedef int32_t codes8_memory __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint32_t ucodes8 __attribute__((vector_size(32)));
typedef int32_t codes4 __attribute__((vector_size(16)));
typedef union halves {
    codes8 whole;
    codes4 half[2];
} halves;
/* Lanes 0 to 7 are a's, 8 to 15 b's. */
#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define SHUFFLE_REALS(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (codes8){__VA_ARGS__})
#define SHUFFLE_REALS(a, b, ...) __builtin_shuffle(a, b, (mask4){__VA_ARGS__})
#endif
typedef double reals4 __attribute__((vector_size(32)));
typedef long long mask4 __attribute__((vector_size(32)));
typedef double reals4_memory __attribute__((vector_size(32), aligned(8), may_alias));

typedef int16_t keys16 __attribute__((vector_size(32)));
typedef int16_t keys16_memory __attribute__((vector_size(32), aligned(2), may_alias));
typedef int16_t keys4 __attribute__((vector_size(8)));
typedef int16_t keys4_memory __attribute__((vector_size(8), aligned(2), may_alias));
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint8_t bytes16_memory __attribute__((vector_size(16), aligned(1), may_alias));
typedef double pair2 __attribute__((vector_size(16)));
typedef double pair2_memory __attribute__((vector_size(16), aligned(8), may_alias));
typedef long long mask4_memory __attribute__((vector_size(32), aligned(8), may_alias));
static const mask4 index4 = {0, 1, 2, 3};
#define LOAD(p) (*(const codes8_memory *)(p))
#define STORE(p, v) (*(codes8_memory *)(p) = (v))
#define LOAD_REALS(p) (*(const reals4_memory *)(p))
#define STORE_REALS(p, v) (*(reals4_memory *)(p) = (v))
#define LOAD_KEYS(p) (*(const keys16_memory *)(p))
#define STORE_KEYS(p, v) (*(keys16_memory *)(p) = (v))
#define LOAD_KEYS4(p) (*(const keys4_memory *)(p))
#define LOAD_MASK(p) (*(const mask4_memory *)(p))
#define STORE_MASK(p, v) (*(mask4_memory *)(p) = (v))
#define LOAD_BYTES(p) (*(const bytes16_memory *)(p))
#define LOAD_PAIR(p) (*(const pair2_memory *)(p))
#define STORE_PAIR(p, v) (*(pair2_memory *)(p) = (v))

#define SET portable
#define TARGET
#define GATHER(base, at)                                                                                     \
    (codes8) {                                                                                               \
        (int32_t)(base)[(at)[0]], (int32_t)(base)[(at)[1]], (int32_t)(base)[(at)[2]],                        \
            (int32_t)(base)[(at)[3]], (int32_t)(base)[(at)[4]], (int32_t)(base)[(at)[5]],                    \
            (int32_t)(base)[(at)[6]], (int32_t)(base)[(at)[7]]                                               \
    }
#define LEAST(a, b) (((a) & ((a) < (b))) | ((b) & ~((a) < (b))))
#define GREATEST(a, b) (((b) & ((a) < (b))) | ((a) & ~((a) < (b))))
#define ALL_OF(mask) ((mask)[0] & (mask)[1] & (mask)[2] & (mask)[3])
#include "models/tree_loops.h"
#undef SET
#undef TARGET
#undef GATHER
#undef LEAST
#undef GREATEST
#undef ALL_OF

#ifdef __x86_64__
#include <immintrin.h>
#define SET avx2
#define TARGET __attribute__((target("avx2")))
#define GATHER(base, at) (codes8) _mm256_i32gather_epi32((const int *)(base), (__m256i)LOAD(at), 4)
#define LEAST(a, b) (keys16) _mm256_min_epi16((__m256i)(a), (__m256i)(b))
#define GREATEST(a, b) (keys16) _mm256_max_epi16((__m256i)(a), (__m256i)(b))
#define ALL_OF(mask) (_mm256_movemask_pd((__m256d)(mask)) == 15)
#include "models/tree_loops.h"
#endif

const mlt_tree_kernels *mlt__tree_kernels_portable(void) { return &kernels_portable; }

const mlt_tree_kernels *mlt__tree_kernels(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        return &kernels_avx2;
#endif
    return &kernels_portable;
}
