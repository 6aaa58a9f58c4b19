/* Parameter sets to try: every combination, or some at random. */
#include "mltool/tune.h"

#include "core/error.h"
#include "core/memory.h"
#include "mltool/number.h"
#include "mltool/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_AXES = MLT_MAX_PARAMS, TRIES_PER_CANDIDATE = 100 };

/* How many values a list or a range of whole numbers has; SIZE_MAX if there is no counting them. */
static size_t count_values(const mlt_axis *axis) {
    if (axis->values)
        return axis->n;
    return axis->whole ? (size_t)(axis->high - axis->low) + 1 : SIZE_MAX;
}

/* The number of combinations; SIZE_MAX if it is larger than can be listed. */
static size_t count_combinations(const mlt_axis *axes, size_t n_axes) {
    size_t product = 1;
    for (size_t a = 0; a < n_axes; a++) {
        size_t n = count_values(&axes[a]);
        if (n > MLT_MAX_CANDIDATES || product * n > MLT_MAX_CANDIDATES)
            return SIZE_MAX;
        product *= n;
    }
    return product;
}

/* Value `index` of a list or of a range of whole numbers. */
static const char *nth_value(char buffer[32], const mlt_axis *axis, size_t index) {
    if (axis->values)
        return axis->values[index];
    snprintf(buffer, 32, "%.0f", axis->low + (double)index);
    return buffer;
}

static const char *random_value(char buffer[32], const mlt_axis *axis, mlt_rng *rng) {
    if (axis->values || (axis->whole && !axis->log))
        return nth_value(buffer, axis, (size_t)mlt_rng_randint(rng, 0, (int64_t)count_values(axis)));
    double low = axis->low, high = axis->high, u = mlt_rng_uniform(rng);
    if (axis->log && axis->whole) /* each whole number stands for what rounds to it */
        low -= 0.5, high += 0.5;
    double value = axis->log ? exp(log(low) + u * (log(high) - log(low))) : low + u * (high - low);
    if (axis->whole)
        value = rint(value);
    return mlt_format_double(buffer, fmin(axis->high, fmax(axis->low, value)));
}

static bool same_params(const mlt_params *a, const mlt_params *b) {
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->values[i].text, b->values[i].text) != 0)
            return false;
    return true;
}

static mlt_status set_values(mlt_params *out, const mlt_params *base, const mlt_axis *axes, size_t n_axes,
                             const char *const *values, mlt_task task, mlt_error *err) {
    *out = *base;
    for (size_t a = 0; a < n_axes; a++)
        MLT_TRY(mlt_params_set(out, axes[a].name, values[a], err));
    return mlt_params_resolve(out, task, err);
}

mlt_status mlt_candidates_grid(mlt_candidates *out, const mlt_params *base, const mlt_axis *axes,
                               size_t n_axes, mlt_task task, mlt_error *err) {
    size_t n = count_combinations(axes, n_axes);
    *out = (mlt_candidates){0};
    if (n == SIZE_MAX)
        return mlt__raise(err, MLT_E_LIMIT,
                          "--grid: the values have more than %d combinations; give fewer, or --random N",
                          MLT_MAX_CANDIDATES);
    mlt_status status = MLT_OK;
    MLT_ALLOC(out->items, n, err);
    for (; out->n < n && status == MLT_OK; out->n++) {
        const char *values[MAX_AXES];
        char buffers[MAX_AXES][32];
        size_t rest = out->n;
        for (size_t a = n_axes; a-- > 0;) {
            size_t count = count_values(&axes[a]);
            values[a] = nth_value(buffers[a], &axes[a], rest % count);
            rest /= count;
        }
        status = set_values(&out->items[out->n], base, axes, n_axes, values, task, err);
    }
    if (status != MLT_OK)
        mlt_candidates_clear(out);
    return status;
}

mlt_status mlt_candidates_random(mlt_candidates *out, size_t wanted, const mlt_params *base,
                                 const mlt_axis *axes, size_t n_axes, mlt_task task, uint32_t seed,
                                 mlt_error *err) {
    if (count_combinations(axes, n_axes) <= wanted)
        return mlt_candidates_grid(out, base, axes, n_axes, task, err);
    *out = (mlt_candidates){0};
    if (wanted > MLT_MAX_CANDIDATES)
        return mlt__raise(err, MLT_E_LIMIT, "--random: %zu candidates are more than %d; give fewer", wanted,
                          MLT_MAX_CANDIDATES);
    mlt_rng rng;
    mlt_status status = MLT_OK;
    mlt_rng_seed(&rng, seed);
    MLT_ALLOC(out->items, wanted, err);
    for (size_t tries = 0; out->n < wanted && tries < TRIES_PER_CANDIDATE * wanted; tries++) {
        const char *values[MAX_AXES];
        char buffers[MAX_AXES][32];
        for (size_t a = 0; a < n_axes; a++)
            values[a] = random_value(buffers[a], &axes[a], &rng);
        status = set_values(&out->items[out->n], base, axes, n_axes, values, task, err);
        if (status != MLT_OK)
            break;
        size_t same = 0;
        while (same < out->n && !same_params(&out->items[same], &out->items[out->n]))
            same++;
        out->n += same == out->n;
    }
    if (status != MLT_OK)
        mlt_candidates_clear(out);
    return status;
}

void mlt_candidates_clear(mlt_candidates *candidates) {
    free(candidates->items);
    *candidates = (mlt_candidates){0};
}
