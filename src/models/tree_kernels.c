/* The inner loops of the tree engine: tree_loops.h compiled once an instruction set, and the choice. */
#include "models/tree_kernels.h"

#include <math.h>
#include <string.h>

/* Eight codes or four doubles; loads and stores need no alignment. The compiler splits them where registers
 * are shorter. */
typedef int32_t codes8 __attribute__((vector_size(32)));
typedef int32_t codes8_memory __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint32_t ucodes8 __attribute__((vector_size(32)));
typedef float floats8 __attribute__((vector_size(32)));
typedef int32_t codes16 __attribute__((vector_size(64)));
typedef union halves {
    codes16 whole;
    codes8 half[2];
} halves;
typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint8_t bytes8_memory __attribute__((vector_size(8), aligned(1), may_alias));
typedef int16_t shorts16 __attribute__((vector_size(32)));
typedef uint16_t ushorts16 __attribute__((vector_size(32)));
typedef int16_t shorts16_memory __attribute__((vector_size(32), aligned(2), may_alias));
static const codes8 index8 = {0, 1, 2, 3, 4, 5, 6, 7};
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
#define STORE_BYTES(p, v) (*(bytes8_memory *)(p) = (v))
#define LOAD_SHORTS(p) (*(const shorts16_memory *)(p))
#define SELECT(mask, a, b) (((a) & (mask)) | ((b) & ~(mask)))
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

/* D is exact in float32; what is made of it has few roundings of 6e-8 each. */
#define FLOAT_ERROR 1e-6F
/* Eight loads: quicker than a gather instruction where that is microcode. */
#define GATHER(base, at)                                                                                     \
    (codes8) {                                                                                               \
        (int32_t)(base)[(at)[0]], (int32_t)(base)[(at)[1]], (int32_t)(base)[(at)[2]],                        \
            (int32_t)(base)[(at)[3]], (int32_t)(base)[(at)[4]], (int32_t)(base)[(at)[5]],                    \
            (int32_t)(base)[(at)[6]], (int32_t)(base)[(at)[7]]                                               \
    }

#define SET portable
#define TARGET
static uint32_t bits_of(const codes8 *mask) {
    uint32_t bits = 0;
    for (int lane = 0; lane < 8; lane++)
        bits |= (uint32_t)(*mask)[lane] & 1U << lane;
    return bits;
}
#define LEAST(a, b) SELECT((a) < (b), a, b)
#define GREATEST(a, b) SELECT((a) < (b), b, a)
#define ALL_OF(mask) ((mask)[0] & (mask)[1] & (mask)[2] & (mask)[3])
#define BITS(mask) bits_of((const codes8[]){mask})
#include "models/tree_loops.h"
#undef SET
#undef TARGET
#undef BITS
#undef LEAST
#undef GREATEST
#undef ALL_OF

#ifdef __x86_64__
#include <immintrin.h>
/* For each set of eight bits their numbers in order, four bits each: from the highest bit on, what has been
 * listed moves up. */
#define LIST_1(list) (list), (list) << 4
#define LIST_2(list) LIST_1(list), LIST_1((list) << 4 | 1)
#define LIST_3(list) LIST_2(list), LIST_2((list) << 4 | 2)
#define LIST_4(list) LIST_3(list), LIST_3((list) << 4 | 3)
#define LIST_5(list) LIST_4(list), LIST_4((list) << 4 | 4)
#define LIST_6(list) LIST_5(list), LIST_5((list) << 4 | 5)
#define LIST_7(list) LIST_6(list), LIST_6((list) << 4 | 6)
static const uint32_t set_bits[256] = {LIST_7(0U), LIST_7(7U)};
static const ucodes8 shifts8 = {0, 4, 8, 12, 16, 20, 24, 28};
#define SET avx2
#define TARGET __attribute__((target("avx2")))
#define LEAST(a, b) (keys16) _mm256_min_epi16((__m256i)(a), (__m256i)(b))
#define GREATEST(a, b) (keys16) _mm256_max_epi16((__m256i)(a), (__m256i)(b))
#define ALL_OF(mask) (_mm256_movemask_pd((__m256d)(mask)) == 15)
#define BITS(mask) (uint32_t) _mm256_movemask_ps((__m256)(mask))
#define PERMUTE(v, at) (codes8) _mm256_permutevar8x32_epi32((__m256i)(v), (__m256i)(at))
/* Each lane's lowest three bits say which of the lanes whose bit is set comes here. */
#define PLACES(bits) (codes8)(set_bits[bits] >> shifts8)
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
