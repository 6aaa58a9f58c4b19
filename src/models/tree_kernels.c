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
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (codes8){__VA_ARGS__})
#endif
typedef double reals4 __attribute__((vector_size(32)));
typedef double reals4_memory __attribute__((vector_size(32), aligned(8), may_alias));
typedef long long mask4 __attribute__((vector_size(32)));
static const mask4 index4 = {0, 1, 2, 3};
#define LOAD(p) (*(const codes8_memory *)(p))
#define STORE(p, v) (*(codes8_memory *)(p) = (v))
#define LOAD_REALS(p) (*(const reals4_memory *)(p))

#define STORE_REALS(p, v) (*(reals4_memory *)(p) = (v))

#define SET portable
#define TARGET
#define GATHER(base, at)                                                                                     \
    (codes8) {                                                                                               \
        (int32_t)(base)[(at)[0]], (int32_t)(base)[(at)[1]], (int32_t)(base)[(at)[2]],                        \
            (int32_t)(base)[(at)[3]], (int32_t)(base)[(at)[4]], (int32_t)(base)[(at)[5]],                    \
            (int32_t)(base)[(at)[6]], (int32_t)(base)[(at)[7]]                                               \
    }
#include "models/tree_loops.h"
#undef SET
#undef TARGET
#undef GATHER

#ifdef __x86_64__
#include <immintrin.h>
#define SET avx2
#define TARGET __attribute__((target("avx2")))
#define GATHER(base, at) (codes8) _mm256_i32gather_epi32((const int *)(base), (__m256i)LOAD(at), 4)
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
