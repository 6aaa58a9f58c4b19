/* numpy's legacy RandomState, bit for bit. */
#include "mltool/random.h"

#include <math.h>

enum { N = 624, M = 397 };

void mlt_rng_seed(mlt_rng *rng, uint32_t seed) {
    rng->key[0] = seed;
    for (uint32_t i = 1; i < N; i++)
        rng->key[i] = 1812433253U * (rng->key[i - 1] ^ (rng->key[i - 1] >> 30)) + i;
    rng->position = N;
    rng->has_gauss = false;
    rng->gauss = 0;
}

static uint32_t twist(uint32_t high, uint32_t low) {
    uint32_t y = (high & 0x80000000U) | (low & 0x7fffffffU);
    return (y >> 1) ^ ((0U - (y & 1)) & 0x9908b0dfU);
}

static void refill(mlt_rng *rng) {
    uint32_t *key = rng->key;
    int i = 0;
    for (; i < N - M; i++)
        key[i] = key[i + M] ^ twist(key[i], key[i + 1]);
    for (; i < N - 1; i++)
        key[i] = key[i + M - N] ^ twist(key[i], key[i + 1]);
    key[N - 1] = key[M - 1] ^ twist(key[N - 1], key[0]);
    rng->position = 0;
}

static inline uint32_t temper(uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680U;
    y ^= (y << 15) & 0xefc60000U;
    return y ^ (y >> 18);
}

uint32_t mlt_rng_u32(mlt_rng *rng) {
    if (rng->position >= N)
        refill(rng);
    return temper(rng->key[rng->position++]);
}

static uint64_t next_u64(mlt_rng *rng) {
    uint64_t high = mlt_rng_u32(rng);
    return high << 32 | mlt_rng_u32(rng);
}

double mlt_rng_uniform(mlt_rng *rng) {
    double a = mlt_rng_u32(rng) >> 5, b = mlt_rng_u32(rng) >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

uint64_t mlt_rng_below(mlt_rng *rng, uint64_t max) {
    if (max == 0)
        return 0;
    uint64_t mask = UINT64_MAX >> __builtin_clzll(max), value;
    do
        value = (max <= UINT32_MAX ? mlt_rng_u32(rng) : next_u64(rng)) & mask;
    while (value > max);
    return value;
}

/* n successive numbers from [0, max], max > 0. */
static void fill_below(mlt_rng *rng, uint32_t *out, size_t n, uint32_t max) {
    uint32_t mask = UINT32_MAX >> __builtin_clz(max);
    for (size_t filled = 0; filled < n;) {
        if (rng->position >= N)
            refill(rng);
        uint32_t i = rng->position;
        for (; i < N && filled < n; i++) {
            uint32_t value = temper(rng->key[i]) & mask;
            out[filled] = value;
            filled += value <= max; /* no branch: nobody could guess it */
        }
        rng->position = i;
    }
}

void mlt_rng_bootstrap(mlt_rng *rng, double *counts, uint32_t n, size_t n_draws) {
    uint32_t drawn[1024] = {0};
    size_t most = sizeof drawn / sizeof *drawn;
    for (size_t left = n_draws, now; left > 0; left -= now) {
        now = left < most ? left : most;
        if (n > 1)
            fill_below(rng, drawn, now, n - 1);
        for (size_t i = 0; i < now; i++)
            counts[drawn[i]]++;
    }
}

int64_t mlt_rng_randint(mlt_rng *rng, int64_t low, int64_t high) {
    return low + (int64_t)mlt_rng_below(rng, (uint64_t)(high - 1 - low));
}

double mlt_rng_gauss(mlt_rng *rng) {
    if (rng->has_gauss) {
        rng->has_gauss = false;
        return rng->gauss;
    }
    double x1, x2, r2;
    do {
        x1 = 2.0 * mlt_rng_uniform(rng) - 1.0;
        x2 = 2.0 * mlt_rng_uniform(rng) - 1.0;
        r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1.0 || r2 == 0.0);
    double f = sqrt(-2.0 * log(r2) / r2);
    rng->gauss = f * x1;
    rng->has_gauss = true;
    return f * x2;
}

void mlt_rng_shuffle(mlt_rng *rng, uint32_t *items, size_t n) {
    for (size_t i = n; i-- > 1;) {
        size_t j = (size_t)mlt_rng_below(rng, i);
        uint32_t kept = items[i];
        items[i] = items[j];
        items[j] = kept;
    }
}

void mlt_rng_permutation(mlt_rng *rng, uint32_t *items, size_t n) {
    for (size_t i = 0; i < n; i++)
        items[i] = (uint32_t)i;
    mlt_rng_shuffle(rng, items, n);
}

uint32_t mlt_rng_member_seed(mlt_rng *rng) { return (uint32_t)mlt_rng_randint(rng, 0, INT32_MAX); }
