/* Successive halving's plan, and its splits. */
#include "eval/halving.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>

/* A test part should hold two rows of each class. */
enum { ROWS_A_CLASS = 2 };

/* The largest power of `factor` that is at most `value` ≥ 1, as its exponent. */
static size_t whole_log(size_t value, size_t factor) {
    size_t exponent = 0;
    for (; value >= factor; value /= factor)
        exponent++;
    return exponent;
}

mlt_status mlt__halving_plan(mlt__halving *out, size_t n_candidates, size_t factor, size_t n, size_t k,
                             size_t n_splits, mlt_error *err) {
    size_t least = n_splits * ROWS_A_CLASS * (k ? k : 1), required = 1 + whole_log(n_candidates, factor);
    if (least > n)
        return mlt__raise(err, MLT_E_DATA,
                          "--halving: the first round needs at least %zu rows for its %zu splits, but there "
                          "are %zu; give fewer folds, or leave it out",
                          least, n_splits, n);
    size_t divisor = 1;
    for (size_t i = 1; i < required; i++)
        divisor *= factor;
    *out = (mlt__halving){.factor = factor, .n = n};
    out->first_rows = n / divisor > least ? n / divisor : least;
    size_t possible = 1 + whole_log(n / out->first_rows, factor);
    out->n_rounds = possible < required ? possible : required;
    return MLT_OK;
}

size_t mlt__halving_rows(const mlt__halving *plan, size_t round) {
    size_t rows = plan->first_rows;
    for (size_t i = 0; i < round; i++)
        rows *= plan->factor;
    return rows < plan->n ? rows : plan->n;
}

size_t mlt__halving_survivors(const mlt__halving *plan, size_t n) {
    return (n + plan->factor - 1) / plan->factor;
}

/* `share` of the rows, at least one of them if there is any, in shuffled order. */
static mlt_status cut(uint32_t **out, size_t *n_out, const uint32_t *rows, size_t n, double share,
                      uint32_t seed, mlt_error *err) {
    mlt_rng rng;
    MLT_ALLOC(*out, n, err);
    mlt_rng_seed(&rng, seed);
    mlt_rng_permutation(&rng, *out, n);
    for (size_t i = 0; i < n; i++)
        (*out)[i] = rows[(*out)[i]];
    *n_out = (size_t)(share * (double)n);
    if (*n_out == 0 && n > 0)
        *n_out = 1;
    return MLT_OK;
}

mlt_status mlt__halving_cut(mlt_split *out, const mlt_split *split, size_t rows, size_t n, uint32_t seed,
                            mlt_error *err) {
    double share = (double)rows / (double)n;
    *out = (mlt_split){0};
    MLT_TRY(cut(&out->train, &out->n_train, split->train, split->n_train, share, seed, err));
    return cut(&out->test, &out->n_test, split->test, split->n_test, share, seed, err);
}
