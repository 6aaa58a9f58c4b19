/* Ranking the columns: float32 cells become codes by one radix sort a column. */
#include "models/tree_data.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* scikit-learn's FEATURE_THRESHOLD, a float32. */
static const float CLOSE = 1e-7F;

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* Copying subtrees' rows pays where a node tries at least one in so many features. */
enum { ROWS_PAY = 12 };

/* Bits of a float whose unsigned order is the numbers' order; −0 becomes +0. */
static uint32_t sortable(float value) {
    uint32_t bits;
    value += 0.0F;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000U ? ~bits : bits | 0x80000000U;
}

static float from_sortable(uint32_t bits) {
    float value;
    bits = bits & 0x80000000U ? bits & 0x7fffffffU : ~bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Sort (value, position) pairs by value: least significant digit first, digits that are all equal left out.
 */
static void sort_pairs(uint64_t *pairs, uint64_t *spare, size_t n) {
    uint64_t *from = pairs, *to = spare;
    for (int shift = 32; shift < 64; shift += DIGIT_BITS) {
        size_t count[DIGITS] = {0};
        for (size_t i = 0; i < n; i++)
            count[from[i] >> shift & (DIGITS - 1)]++;
        if (n > 0 && count[from[0] >> shift & (DIGITS - 1)] == n)
            continue;
        size_t start = 0;
        for (size_t d = 0; d < DIGITS; d++) {
            size_t here = count[d];
            count[d] = start;
            start += here;
        }
        for (size_t i = 0; i < n; i++)
            to[count[from[i] >> shift & (DIGITS - 1)]++] = from[i];
        uint64_t *kept = from;
        from = to;
        to = kept;
    }
    if (from != pairs)
        memcpy(pairs, from, n * sizeof *pairs);
}

/* Does the code change behind sorted pair i − 1? */
static inline bool new_code(const uint64_t *pairs, size_t i, mlt_ranking ranking) {
    return i > 0 && (ranking == MLT_RANK_ROWS || pairs[i] >> 32 != pairs[i - 1] >> 32);
}

/* Rank one numeric column. */
static mlt_status rank_values(mlt_tree_feature *out, const mlt_fit_input *in, size_t column,
                              mlt_ranking ranking, mlt_error *err) {
    const double *values = in->data->x[column].values;
    size_t n = in->n_rows, known = 0;
    mlt_status status = MLT_OK;
    uint64_t *pairs = mlt__alloc(n, 2 * sizeof *pairs);
    if (!pairs)
        return mlt__raise_nomem(err, 2 * n * sizeof *pairs);
    for (size_t i = 0; i < n; i++) {
        float value = (float)values[in->rows[i]];
        if (isnan(value)) {
            out->has_missing = true;
        } else if (isinf(value)) {
            status = mlt__raise(
                err, MLT_E_NUMERIC,
                "%s: column '%s' has a value beyond 3.4e38, which trees cannot hold; rescale the column",
                in->data->source, in->data->schema->features[column].name);
            goto done;
        } else {
            pairs[known++] = (uint64_t)sortable(value) << 32 | i;
        }
    }
    sort_pairs(pairs, pairs + n, known);
    uint32_t n_codes = known > 0;
    for (size_t i = 1; i < known; i++)
        n_codes += new_code(pairs, i, ranking);
    out->n_codes = n_codes;
    MLT_ALLOC_GOTO(out->values, n_codes, err, done);
    MLT_ALLOC_GOTO(out->codes, n, err, done);
    if (known < n)
        for (size_t i = 0; i < n; i++)
            out->codes[i] = n_codes;
    uint32_t code = 0;
    for (size_t i = 0; i < known; i++) {
        code += new_code(pairs, i, ranking);
        out->values[code] = from_sortable((uint32_t)(pairs[i] >> 32));
        out->codes[(uint32_t)pairs[i]] = code;
    }
    for (uint32_t c = 1; c < n_codes; c++)
        out->has_close |= out->values[c] <= out->values[c - 1] + CLOSE;
done:
    free(pairs);
    return status;
}

static mlt_status copy_levels(mlt_tree_feature *out, const mlt_fit_input *in, size_t column, mlt_error *err) {
    const int32_t *codes = in->data->x[column].codes;
    out->n_codes = (uint32_t)in->data->schema->features[column].n_levels;
    MLT_ALLOC(out->codes, in->n_rows, err);
    for (size_t i = 0; i < in->n_rows; i++) {
        int32_t code = codes[in->rows[i]];
        out->codes[i] = code < 0 ? out->n_codes : (uint32_t)code;
        out->has_missing |= code < 0;
    }
    return MLT_OK;
}

static mlt_status take_target(mlt_tree_data *data, const mlt_fit_input *in, mlt_error *err) {
    if (data->task == MLT_CLASSIFICATION)
        MLT_ALLOC(data->labels, data->n, err);
    else
        MLT_ALLOC(data->y, data->n, err);
    if (in->data->weights)
        MLT_ALLOC(data->weights, data->n, err);
    for (size_t i = 0; i < data->n; i++) {
        size_t row = in->rows[i];
        if (data->labels)
            data->labels[i] = in->data->labels[row];
        else
            data->y[i] = in->data->y[row];
        if (data->weights)
            data->weights[i] = in->data->weights[row];
    }
    return MLT_OK;
}

mlt_ranking mlt__tree_data_ranking(const mlt_fit_input *in) {
    if (in->data->schema->task != MLT_CLASSIFICATION)
        return MLT_RANK_VALUES;
    for (size_t i = 0; in->data->weights && i < in->n_rows; i++)
        if (in->data->weights[in->rows[i]] != floor(in->data->weights[in->rows[i]]))
            return MLT_RANK_VALUES;
    return MLT_RANK_ROWS;
}

/* Write the codes again, row by row. */
static mlt_status copy_by_rows(mlt_tree_data *data, const mlt_context *ctx, mlt_error *err) {
    enum { BLOCK = 64 }; /* rows whose lines stay in the cache while the columns pass by */
    MLT_ALLOC(data->row_codes, data->n * data->p, err);
    size_t n_blocks = (data->n + BLOCK - 1) / BLOCK;
    int threads = mlt__threads(ctx, data->n * data->p / 100000 + 1);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t b = 0; b < n_blocks; b++) {
        size_t end = (b + 1) * BLOCK < data->n ? (b + 1) * BLOCK : data->n;
        for (size_t j = 0; j < data->p; j++)
            for (size_t i = b * BLOCK; i < end; i++)
                data->row_codes[i * data->p + j] = data->features[j].codes[i];
    }
    return MLT_OK;
}

mlt_status mlt__tree_data_new(mlt_tree_data **out, const mlt_fit_input *in, mlt_ranking ranking,
                              size_t features_tried, mlt_error *err) {
    mlt_tree_data *data = mlt__calloc(1, sizeof *data);
    if (!data)
        return mlt__raise_nomem(err, sizeof *data);
    mlt_status status = MLT_OK;
    data->n = in->n_rows;
    data->p = in->data->p;
    data->task = in->data->schema->task;
    data->ranking = ranking;
    data->width = data->task == MLT_CLASSIFICATION ? in->data->schema->k : 1;
    data->features = mlt__calloc(data->p, sizeof *data->features);
    if (!data->features) {
        status = mlt__raise_nomem(err, data->p * sizeof *data->features);
        goto failed;
    }
    MLT_TRY_GOTO(take_target(data, in, err), failed);
    size_t failed = SIZE_MAX; /* the first column that failed, whatever the threads' order */
    int threads = mlt__threads(in->ctx, data->p * data->n / 20000);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t j = 0; j < data->p; j++) {
        mlt_error own = {0};
        mlt_status done = in->data->x[j].values ? rank_values(&data->features[j], in, j, ranking, &own)
                                                : copy_levels(&data->features[j], in, j, &own);
        if (done != MLT_OK) {
#pragma omp critical(mlt_tree_data_failed)
            if (j < failed) {
                failed = j;
                status = done;
                if (err)
                    *err = own;
            }
        }
    }
    if (status == MLT_OK && ranking == MLT_RANK_ROWS && features_tried >= data->p / ROWS_PAY)
        status = copy_by_rows(data, in->ctx, err);
    if (status == MLT_OK) {
        *out = data;
        return MLT_OK;
    }
failed:
    mlt__tree_data_free(data);
    return status;
}

void mlt__tree_data_free(mlt_tree_data *data) {
    if (!data)
        return;
    for (size_t j = 0; data->features && j < data->p; j++) {
        free(data->features[j].codes);
        free(data->features[j].values);
    }
    free(data->features);
    free(data->row_codes);
    free(data->y);
    free(data->labels);
    free(data->weights);
    free(data);
}
