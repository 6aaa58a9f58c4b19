/* One column by itself: quantiles, mean, outliers; levels. */
#include "core/radix_sort.h"
#include "eval/describe_parts.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

#define KEY_ITSELF(key) (key)
MLT__RADIX_SORT(sort_keys, uint64_t, KEY_ITSELF)

int mlt__tame(double *values, size_t n) {
    enum { FINE = 400 }; /* squares, and sums of 2^32 of them, stay within 2^±1022 */
    double most = 0;
    int e;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(values[i]));
    frexp(most, &e);
    if (most == 0 || (e > -FINE && e < FINE))
        return 0;
    for (size_t i = 0; i < n; i++)
        values[i] = ldexp(values[i], -e);
    return e;
}

/* Of n ascending keys: numpy's linear definition, to the bit. */
static double quantile(const uint64_t *keys, size_t n, double share) {
    double place = share * (double)(n - 1), below = floor(place), t = place - below;
    size_t i = (size_t)below, next = i + 1 < n ? i + 1 : n - 1;
    double a = mlt__key_value(keys[i]), b = mlt__key_value(keys[next]), gap = b - a;
    if (isinf(gap)) /* beyond what a number can hold; the quantile is not */
        return a * (1 - t) + b * t;
    return t >= 0.5 ? b - gap * (1 - t) : a + gap * t;
}

/* Values beyond the outer fences. */
static void count_outliers(mlt_column_summary *out, const uint64_t *keys, size_t n) {
    double low = out->quantiles[1], high = out->quantiles[3], range = high - low;
    out->farthest = NAN;
    if (!(range > 0))
        return;
    double least = low - 3 * range, most = high + 3 * range;
    size_t below = 0, above = 0;
    while (mlt__key_value(keys[below]) < least)
        below++;
    while (mlt__key_value(keys[n - 1 - above]) > most)
        above++;
    out->n_outliers = below + above;
    double first = mlt__key_value(keys[0]), last = mlt__key_value(keys[n - 1]);
    if (out->n_outliers > 0)
        out->farthest = low - first > last - high ? first : last;
}

void mlt__summarise_numbers(mlt_column_summary *out, size_t n, mlt__describe_room *room) {
    static const double shares[] = {0, 0.25, 0.5, 0.75, 1};
    const double *values = out->column->values;
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) {
            room->x[known] = values[i];
            room->keys[known++] = mlt__ascending_key(values[i]);
        }
    int e = mlt__tame(room->x, known);
    double mean = known ? gsl_stats_mean(room->x, 1, known) : NAN;
    out->mean = ldexp(mean, e);
    out->sd = known > 1 ? ldexp(gsl_stats_sd_m(room->x, 1, known, mean), e) : NAN;
    const uint64_t *sorted = sort_keys(room->keys, room->spare, known);
    for (size_t i = 0; i < known; i++)
        out->distinct += i == 0 || sorted[i] != sorted[i - 1];
    for (size_t q = 0; q < 5; q++)
        out->quantiles[q] = known ? quantile(sorted, known, shares[q]) : NAN;
    count_outliers(out, sorted, known);
}

void mlt__summarise_levels(mlt_column_summary *out, size_t n, mlt__describe_room *room) {
    const mlt_column *column = out->column;
    for (size_t c = 0; c < column->n_levels; c++)
        room->counts[c] = 0;
    for (size_t i = 0; i < n; i++)
        if (column->codes[i] >= 0)
            room->counts[column->codes[i]]++;
    for (size_t c = 0; c < column->n_levels; c++) {
        size_t count = room->counts[c], at = out->n_top;
        out->distinct += count > 0;
        while (at > 0 && out->top_count[at - 1] < count)
            at--;
        if (count == 0 || at == MLT_TOP_LEVELS)
            continue;
        out->n_top += out->n_top < MLT_TOP_LEVELS;
        for (size_t t = out->n_top - 1; t > at; t--) {
            out->top[t] = out->top[t - 1];
            out->top_count[t] = out->top_count[t - 1];
        }
        out->top[at] = (int32_t)c;
        out->top_count[at] = count;
    }
}
