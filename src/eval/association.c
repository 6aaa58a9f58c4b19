/* How closely a column and the target go together: Pearson's r, the correlation ratio, Cramér's V. Sources:
 * Fisher, Statistical Methods for Research Workers, 1925 (η); Cramér, Mathematical Methods of Statistics,
 * 1946.
 */
#include "eval/describe_parts.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

const char *mlt_association_name(mlt_association kind) {
    static const char *const names[] = {[MLT_ASSOCIATION_PEARSON] = "pearson",
                                        [MLT_ASSOCIATION_ETA] = "eta",
                                        [MLT_ASSOCIATION_CRAMER] = "cramers_v"};
    return names[kind];
}

/* The quantities of the rows that have both, into room->x and ->y. With `codes`, y is 1 for `one`, else 0. */
static size_t gather_pairs(mlt__describe_room *room, const double *x, const double *y, const int32_t *codes,
                           int32_t one, size_t n) {
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]) && (codes ? codes[i] >= 0 : !isnan(y[i]))) {
            room->x[known] = x[i];
            room->y[known++] = codes ? codes[i] == one : y[i];
        }
    return known;
}

static double pearson(const mlt__describe_room *room, size_t known) {
    if (known < 2)
        return NAN;
    mlt__tame(room->x, known);
    mlt__tame(room->y, known);
    double r = gsl_stats_correlation(room->x, 1, room->y, 1, known);
    return isfinite(r) ? fmax(-1, fmin(1, r)) : NAN;
}

/* η: the root of the sum of squares between the groups over the whole. Values are taken from their mean. */
static double correlation_ratio(const double *values, const int32_t *codes, size_t k, size_t n,
                                mlt__describe_room *room) {
    size_t known = 0;
    for (size_t c = 0; c < k; c++) {
        room->counts[c] = 0;
        room->sums[c] = 0;
    }
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]) && codes[i] >= 0) {
            room->x[known] = values[i];
            room->keys[known++] = (uint64_t)codes[i];
        }
    if (known < 2)
        return NAN;
    mlt__tame(room->x, known);
    double mean = gsl_stats_mean(room->x, 1, known), whole = gsl_stats_tss_m(room->x, 1, known, mean);
    for (size_t i = 0; i < known; i++) {
        room->counts[room->keys[i]]++;
        room->sums[room->keys[i]] += room->x[i] - mean;
    }
    double between = 0;
    for (size_t c = 0; c < k; c++)
        if (room->counts[c] > 0)
            between += room->sums[c] * room->sums[c] / (double)room->counts[c];
    double ratio = sqrt(between / whole);
    return isfinite(ratio) ? fmin(1, ratio) : NAN;
}

/* V: χ² = N (Σ n_ij² / (n_i n_j) − 1). Rows are put in order of the column's level, in room->keys, so that
 * only the pairs that occur are looked at. */
static double cramers_v(const mlt_column *column, const mlt_column *target, size_t n,
                        mlt__describe_room *room) {
    size_t levels = column->n_levels, k = target->n_levels, known = 0, rows = 0, columns = 0;
    size_t *starts = room->counts;
    double *of_class = room->sums, sum = 0;
    for (size_t c = 0; c <= levels; c++)
        starts[c] = 0;
    for (size_t c = 0; c < k; c++)
        of_class[c] = 0;
    for (size_t i = 0; i < n; i++)
        if (column->codes[i] >= 0 && target->codes[i] >= 0) {
            starts[column->codes[i]]++;
            of_class[target->codes[i]]++;
            known++;
        }
    for (size_t c = 0, start = 0; c <= levels; c++) {
        size_t count = starts[c];
        rows += count > 0;
        starts[c] = start;
        start += count;
    }
    for (size_t c = 0; c < k; c++)
        columns += of_class[c] > 0;
    for (size_t i = 0; i < n; i++)
        if (column->codes[i] >= 0 && target->codes[i] >= 0)
            room->keys[starts[column->codes[i]]++] = (uint64_t)target->codes[i];
    /* starts[c] is where level c ends now; room->y counts its classes, and is cleared behind it */
    double *here = room->y;
    for (size_t c = 0; c < k && c < n; c++)
        here[c] = 0;
    for (size_t c = 0, i = 0; c < levels; c++) {
        size_t first = i, count = starts[c] - first;
        for (; i < starts[c]; i++)
            here[room->keys[i]]++;
        for (i = first; i < starts[c]; i++) {
            uint64_t label = room->keys[i];
            sum += here[label] * here[label] / ((double)count * of_class[label]);
            here[label] = 0;
        }
    }
    size_t least = rows < columns ? rows : columns;
    if (known == 0 || least < 2)
        return NAN;
    double v = sqrt(fmax(0, sum - 1) / (double)(least - 1));
    return fmin(1, v);
}

void mlt__associate(mlt_column_summary *out, const mlt_column *target, mlt_task task, size_t n,
                    mlt__describe_room *room) {
    const mlt_column *column = out->column;
    bool classes = task == MLT_CLASSIFICATION, quantity = column->type == MLT_NUMERIC;
    if (quantity && (!classes || target->n_levels == 2)) {
        out->association = MLT_ASSOCIATION_PEARSON;
        size_t known =
            gather_pairs(room, column->values, target->values, classes ? target->codes : NULL, 1, n);
        out->correlation = pearson(room, known);
    } else if (quantity) {
        out->association = MLT_ASSOCIATION_ETA;
        out->correlation = correlation_ratio(column->values, target->codes, target->n_levels, n, room);
    } else if (!classes) {
        out->association = MLT_ASSOCIATION_ETA;
        out->correlation = correlation_ratio(target->values, column->codes, column->n_levels, n, room);
    } else {
        out->association = MLT_ASSOCIATION_CRAMER;
        out->correlation = cramers_v(column, target, n, room);
    }
}
