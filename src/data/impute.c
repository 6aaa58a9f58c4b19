/* Filling missing cells: the mean, the median or the most frequent value of the training rows, as
 * scikit-learn's SimpleImputer. */
#include "data/dataset_internal.h"

#include "core/memory.h"
#include "core/sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mean(const double *values, size_t n) {
    mlt__sum sum = {0};
    for (size_t i = 0; i < n; i++)
        mlt__sum_add(&sum, values[i]);
    double total = mlt__sum_value(&sum);
    if (isfinite(total))
        return total / (double)n;
    sum = (mlt__sum){0}; /* the sum is beyond the largest number; the mean is not */
    for (size_t i = 0; i < n; i++)
        mlt__sum_add(&sum, values[i] / (double)n);
    return mlt__sum_value(&sum);
}

/* Of n ascending values. */
static double median(const double *values, size_t n) {
    double low = values[(n - 1) / 2], high = values[n / 2];
    double sum = low + high;
    return isfinite(sum) ? sum / 2 : low / 2 + high / 2;
}

/* Of n ascending values; the smallest among equals. */
static double most_frequent_value(const double *values, size_t n) {
    double best = values[0];
    size_t most = 0;
    for (size_t i = 0, start = 0; i < n; i++) {
        if (values[i] != values[start])
            start = i;
        if (i - start + 1 > most) {
            most = i - start + 1;
            best = values[i];
        }
    }
    return best;
}

static mlt_status raise_empty(const mlt_dataset *data, const mlt_feature *feature, mlt_error *err) {
    char shown[80];
    return mlt__raise(
        err, MLT_E_DATA,
        "%s: column '%s' has no value in the training rows to fill its missing cells from; leave it out with "
        "--drop",
        data->source, mlt__printable(shown, sizeof shown, feature->name));
}

static mlt_status learn_value(mlt_feature *feature, const mlt_dataset *data, const double *cells,
                              const uint32_t *rows, size_t n_rows, mlt_impute strategy, mlt_error *err) {
    double *values;
    size_t n = 0;
    MLT_ALLOC(values, n_rows, err);
    for (size_t i = 0; i < n_rows; i++)
        if (!isnan(cells[rows[i]]))
            values[n++] = cells[rows[i]];
    if (strategy != MLT_IMPUTE_MEAN)
        qsort(values, n, sizeof *values, ascending);
    if (n > 0)
        feature->fill_value = strategy == MLT_IMPUTE_MEAN     ? mean(values, n)
                              : strategy == MLT_IMPUTE_MEDIAN ? median(values, n)
                                                              : most_frequent_value(values, n);
    free(values);
    return n > 0 ? MLT_OK : raise_empty(data, feature, err);
}

/* The most frequent level; the first among equals. */
static mlt_status learn_code(mlt_feature *feature, const mlt_dataset *data, const int32_t *cells,
                             const uint32_t *rows, size_t n_rows, mlt_error *err) {
    size_t *counts = mlt__calloc(feature->n_levels, sizeof *counts), most = 0;
    if (!counts)
        return mlt__raise_nomem(err, feature->n_levels * sizeof *counts);
    for (size_t i = 0; i < n_rows; i++)
        if (cells[rows[i]] >= 0)
            counts[cells[rows[i]]]++;
    for (size_t c = 0; c < feature->n_levels; c++)
        if (counts[c] > most) {
            most = counts[c];
            feature->fill_code = (int32_t)c;
        }
    free(counts);
    return most > 0 ? MLT_OK : raise_empty(data, feature, err);
}

/* Learn one column's fill, and fill its missing cells in a copy; a column without is shared. */
static mlt_status impute_feature(mlt__dataset *out, size_t j, const mlt_dataset *data, const uint32_t *rows,
                                 size_t n_rows, mlt_impute strategy, mlt_error *err) {
    mlt_feature *feature = &out->schema->features[j];
    const mlt_cells *from = &data->x[j];
    size_t n = data->n, i = 0;
    bool numeric = feature->type == MLT_NUMERIC;
    if (numeric)
        MLT_TRY(learn_value(feature, data, from->values, rows, n_rows, strategy, err));
    else
        MLT_TRY(learn_code(feature, data, from->codes, rows, n_rows, err));
    feature->has_fill = true;
    out->cells[j] = *from;
    while (i < n && !(numeric ? isnan(from->values[i]) : from->codes[i] < 0))
        i++;
    if (i == n)
        return MLT_OK;
    if (numeric) {
        double *values;
        MLT_ALLOC(values, n, err);
        out->cells[j].values = mlt_dataset__take(out, values);
        for (i = 0; i < n; i++)
            values[i] = isnan(from->values[i]) ? feature->fill_value : from->values[i];
    } else {
        int32_t *codes;
        MLT_ALLOC(codes, n, err);
        out->cells[j].codes = mlt_dataset__take(out, codes);
        for (i = 0; i < n; i++)
            codes[i] = from->codes[i] < 0 ? feature->fill_code : from->codes[i];
    }
    return MLT_OK;
}

mlt_status mlt_dataset_impute(mlt_dataset **out, const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                              mlt_impute strategy, mlt_error *err) {
    *out = NULL;
    if (strategy != MLT_IMPUTE_MEAN && strategy != MLT_IMPUTE_MEDIAN && strategy != MLT_IMPUTE_MOST_FREQUENT)
        return mlt__raise(err, MLT_E_USAGE,
                          "--impute: this strategy fills nothing; give mean, median or most-frequent");
    mlt__dataset *filled;
    MLT_TRY(mlt_dataset__create(&filled, data->n, data->p, data->source, err));
    mlt_status status = mlt_schema_clone(&filled->schema, data->schema, err);
    filled->open.schema = filled->schema;
    filled->open.y = data->y;
    filled->open.labels = data->labels;
    filled->open.weights = data->weights;
    filled->open.origin = data->origin;
    for (size_t j = 0; j < data->p && status == MLT_OK; j++)
        status = impute_feature(filled, j, data, rows, n_rows, strategy, err);
    if (status == MLT_OK)
        *out = &filled->open;
    else
        mlt_dataset_free(&filled->open);
    return status;
}
