/** numpy's legacy RandomState (MT19937), bit for bit: the same seed gives the numbers scikit-learn draws.
 *  Source: Matsumoto and Nishimura 1998; the draws follow numpy 1.24's legacy generator. */
#ifndef MLTOOL_RANDOM_H
#define MLTOOL_RANDOM_H

#include "mltool/status.h"

typedef struct mlt_rng {
    uint32_t key[624];
    uint32_t position;
    bool has_gauss; /**< a second normal deviate is kept for the next call */
    double gauss;
} mlt_rng;

/** RandomState(seed). */
void mlt_rng_seed(mlt_rng *rng, uint32_t seed);
uint32_t mlt_rng_u32(mlt_rng *rng);
/** Uniform in [0, 1), 53 bits. */
double mlt_rng_uniform(mlt_rng *rng);
/** randint(low, high): a whole number in [low, high); high > low. */
int64_t mlt_rng_randint(mlt_rng *rng, int64_t low, int64_t high);
/** A whole number in [0, max]; max = 0 draws nothing. */
uint64_t mlt_rng_below(mlt_rng *rng, uint64_t max);
/** Standard normal deviate (polar method). */
double mlt_rng_gauss(mlt_rng *rng);
/** shuffle(items), in place. */
void mlt_rng_shuffle(mlt_rng *rng, uint32_t *items, size_t n);
/** permutation(n) into `items` (n, caller-allocated). */
void mlt_rng_permutation(mlt_rng *rng, uint32_t *items, size_t n);
/** A bootstrap sample, randint(0, n, n_draws): add to counts[i] (n) how often i was drawn. */
void mlt_rng_bootstrap(mlt_rng *rng, double *counts, uint32_t n, size_t n_draws);
/** Seed of a scikit-learn tree or of a member of an ensemble: randint(0, 2^31 − 1). */
uint32_t mlt_rng_member_seed(mlt_rng *rng);

#endif
