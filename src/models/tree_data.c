/* Ranking the columns: float32 cells become codes by one radix sort a column. */
#include "models/tree_data.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

enum {
    TOGETHER = 8,   /* columns in bins that are laid out before they are written row by row */
    ROW_BLOCK = 64, /* rows whose lines stay in the cache while the columns pass by */
};

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

/* Where a column's cells go: n codes, or n bytes in bins; the other is NULL. */
typedef struct column_cells {
    uint32_t *codes;
    uint8_t *bins;
} column_cells;

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

/* Does the value change behind sorted pair i − 1? */
static inline bool new_value(const uint64_t *pairs, size_t i) {
    return i > 0 && pairs[i] >> 32 != pairs[i - 1] >> 32;
}

/* One column's known cells in ascending order: sortable(value) << 32 | position. */
typedef struct sorted_column {
    uint64_t *pairs; /* n, and n more for sorting; owned */
    size_t known;
} sorted_column;

static mlt_status sort_column(sorted_column *out, const mlt_fit_input *in, size_t column, mlt_error *err) {
    const double *values = in->data->x[column].values;
    size_t n = in->n_rows;
    *out = (sorted_column){0};
    MLT_ALLOC(out->pairs, 2 * n, err);
    for (size_t i = 0; i < n; i++) {
        float value = (float)values[in->rows[i]];
        if (isinf(value))
            return mlt__raise(
                err, MLT_E_NUMERIC,
                "%s: column '%s' has a value beyond 3.4e38, which trees cannot hold; rescale the column",
                in->data->source, in->data->schema->features[column].name);
        if (!isnan(value))
            out->pairs[out->known++] = (uint64_t)sortable(value) << 32 | i;
    }
    sort_pairs(out->pairs, out->pairs + n, out->known);
    return MLT_OK;
}

static float value_at(const sorted_column *sorted, size_t i) {
    return from_sortable((uint32_t)(sorted->pairs[i] >> 32));
}

/* Codes from ranks. */
static mlt_status rank_values(mlt_tree_feature *out, uint32_t *codes, const sorted_column *sorted, size_t n,
                              mlt_error *err) {
    size_t known = sorted->known;
    out->n_codes = known > 0;
    for (size_t i = 1; i < known; i++)
        out->n_codes += new_value(sorted->pairs, i);
    MLT_ALLOC(out->values, out->n_codes, err);
    for (size_t i = 0; known < n && i < n; i++)
        codes[i] = out->n_codes;
    uint32_t code = 0;
    for (size_t i = 0; i < known; i++) {
        code += new_value(sorted->pairs, i);
        out->values[code] = value_at(sorted, i);
        codes[(uint32_t)sorted->pairs[i]] = code;
    }
    for (uint32_t c = 1; c < out->n_codes; c++)
        out->has_close |= out->values[c] <= out->values[c - 1] + MLT_CLOSE_VALUES;
    return MLT_OK;
}

/* Bins of about equally many rows, a value never being divided; few values get one each. */
static mlt_status bin_values(mlt_tree_feature *out, uint8_t *bins, const sorted_column *sorted, size_t n,
                             size_t max_bins, mlt_error *err) {
    size_t known = sorted->known, distinct = known > 0, in_bin = 0;
    for (size_t i = 1; i < known; i++)
        distinct += new_value(sorted->pairs, i);
    MLT_ALLOC(out->values, max_bins, err);
    MLT_ALLOC(out->lowest, max_bins, err);
    size_t bin = 0, rows_left = known;
    for (size_t i = 0; i < known; i++) {
        bool full = distinct <= max_bins || in_bin * (max_bins - bin) >= rows_left;
        if (i > 0 && full && bin + 1 < max_bins && new_value(sorted->pairs, i)) {
            bin++;
            rows_left -= in_bin;
            in_bin = 0;
        }
        if (in_bin++ == 0)
            out->lowest[bin] = value_at(sorted, i);
        out->values[bin] = value_at(sorted, i);
        bins[(uint32_t)sorted->pairs[i]] = (uint8_t)bin;
    }
    out->n_codes = known > 0 ? (uint32_t)bin + 1 : 0;
    if (known < n) {
        uint64_t *is_known = sorted->pairs + n;
        memset(is_known, 0, (n + 7) / 8);
        for (size_t i = 0; i < known; i++) {
            uint32_t position = (uint32_t)sorted->pairs[i];
            is_known[position / 64] |= (uint64_t)1 << position % 64;
        }
        for (size_t i = 0; i < n; i++)
            if (!(is_known[i / 64] >> i % 64 & 1))
                bins[i] = (uint8_t)out->n_codes;
    }
    return MLT_OK;
}

static mlt_status lay_out_values(mlt_tree_feature *out, column_cells cells, const mlt_fit_input *in,
                                 size_t column, size_t max_bins, mlt_error *err) {
    sorted_column sorted;
    mlt_status status = sort_column(&sorted, in, column, err);
    if (status == MLT_OK) {
        out->has_missing = sorted.known < in->n_rows;
        status = cells.bins ? bin_values(out, cells.bins, &sorted, in->n_rows, max_bins, err)
                            : rank_values(out, cells.codes, &sorted, in->n_rows, err);
    }
    free(sorted.pairs);
    return status;
}

static void copy_levels(mlt_tree_feature *out, uint32_t *codes, const int32_t *levels,
                        const mlt_fit_input *in) {
    out->n_codes = (uint32_t)out->n_levels;
    for (size_t i = 0; i < in->n_rows; i++) {
        int32_t level = levels[in->rows[i]];
        codes[i] = level < 0 ? out->n_codes : (uint32_t)level;
        out->has_missing |= level < 0;
    }
}

/* A level and how many rows have it. */
typedef struct level_count {
    uint32_t level;
    size_t n;
} level_count;

static int compare_counts(const void *a, const void *b) {
    const level_count *left = a, *right = b;
    return left->n > right->n ? -1 : left->n < right->n ? 1 : left->level < right->level ? -1 : 1;
}

/* Levels get a bin each; where there are too many, the rarest share the last. */
static mlt_status bin_levels(mlt_tree_feature *out, uint8_t *bins, const int32_t *codes,
                             const mlt_fit_input *in, size_t max_bins, mlt_error *err) {
    level_count *counts;
    MLT_ALLOC(out->level_bins, out->n_levels, err);
    MLT_ALLOC(counts, out->n_levels, err);
    for (size_t level = 0; level < out->n_levels; level++)
        counts[level] = (level_count){.level = (uint32_t)level};
    for (size_t i = 0; i < in->n_rows; i++)
        if (codes[in->rows[i]] >= 0)
            counts[codes[in->rows[i]]].n++;
    if (out->n_levels > max_bins)
        qsort(counts, out->n_levels, sizeof *counts, compare_counts);
    for (size_t place = 0; place < out->n_levels; place++)
        out->level_bins[counts[place].level] = (uint8_t)(place < max_bins ? place : max_bins - 1);
    free(counts);
    out->n_codes = (uint32_t)(out->n_levels < max_bins ? out->n_levels : max_bins);
    for (size_t i = 0; i < in->n_rows; i++) {
        int32_t code = codes[in->rows[i]];
        bins[i] = code < 0 ? (uint8_t)out->n_codes : out->level_bins[code];
        out->has_missing |= code < 0;
    }
    return MLT_OK;
}

static mlt_status lay_out(mlt_tree_feature *out, column_cells cells, const mlt_fit_input *in, size_t column,
                          size_t max_bins, mlt_error *err) {
    const int32_t *levels = in->data->x[column].codes;
    if (in->data->x[column].values)
        return lay_out_values(out, cells, in, column, max_bins, err);
    out->n_levels = in->data->schema->features[column].n_levels;
    if (cells.bins)
        return bin_levels(out, cells.bins, levels, in, max_bins, err);
    copy_levels(out, cells.codes, levels, in);
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
        if (data->weights && in->data->weights)
            data->weights[i] = in->data->weights[row];
    }
    return MLT_OK;
}

/* Columns [first, first + count), which stand in `cells` one after another. */
typedef struct column_batch {
    column_cells cells;
    size_t first, count;
} column_batch;

/* Lay out the batch's columns, in parallel; of several failures the first column's is told. */
static mlt_status lay_out_batch(mlt_tree_data *data, const column_batch *batch, const mlt_fit_input *in,
                                size_t max_bins, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t failed = SIZE_MAX;
    int threads = mlt__threads(in->ctx, batch->count * data->n / 20000);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t b = 0; b < batch->count; b++) {
        mlt_error own = {0};
        column_cells cells = batch->cells;
        if (cells.bins)
            cells.bins += b * data->n;
        else
            cells.codes += b * data->n;
        mlt_status done =
            lay_out(&data->features[batch->first + b], cells, in, batch->first + b, max_bins, &own);
        if (done != MLT_OK) {
#pragma omp critical(mlt_tree_data_failed)
            if (b < failed) {
                failed = b;
                status = done;
                if (err)
                    *err = own;
            }
        }
    }
    return status;
}

/* Write the batch's bytes row by row. */
static void write_rows(mlt_tree_data *data, const column_batch *batch, const mlt_context *ctx) {
    size_t n_blocks = (data->n + ROW_BLOCK - 1) / ROW_BLOCK;
    int threads = mlt__threads(ctx, data->n * batch->count / 100000 + 1);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t block = 0; block < n_blocks; block++) {
        size_t end = (block + 1) * ROW_BLOCK < data->n ? (block + 1) * ROW_BLOCK : data->n;
        for (size_t b = 0; b < batch->count; b++)
            for (size_t i = block * ROW_BLOCK; i < end; i++)
                data->row_bins[i * data->p + batch->first + b] = batch->cells.bins[b * data->n + i];
    }
}

/* Bins: some columns at a time, then row by row. */
static mlt_status lay_out_bins(mlt_tree_data *data, const mlt_fit_input *in, size_t max_bins,
                               mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t together = data->p < TOGETHER ? data->p : TOGETHER;
    column_batch batch = {0};
    MLT_ALLOC(data->row_bins, data->n * data->p + MLT_ROW_BINS_PADDING, err);
    memset(data->row_bins + data->n * data->p, 0, MLT_ROW_BINS_PADDING);
    MLT_ALLOC(batch.cells.bins, together * data->n, err);
    for (; status == MLT_OK && batch.first < data->p; batch.first += together) {
        batch.count = data->p - batch.first < together ? data->p - batch.first : together;
        status = lay_out_batch(data, &batch, in, max_bins, err);
        if (status == MLT_OK)
            write_rows(data, &batch, in->ctx);
    }
    free(batch.cells.bins);
    return status;
}

static mlt_status lay_out_codes(mlt_tree_data *data, const mlt_fit_input *in, mlt_error *err) {
    MLT_ALLOC(data->codes, data->n * data->p, err);
    for (size_t j = 0; j < data->p; j++)
        data->features[j].codes = data->codes + j * data->n;
    column_batch batch = {.cells = {.codes = data->codes}, .count = data->p};
    return lay_out_batch(data, &batch, in, 0, err);
}

mlt_status mlt__tree_data_new(mlt_tree_data **out, const mlt_fit_input *in, const mlt_tree_layout *layout,
                              mlt_error *err) {
    mlt_status status = MLT_OK;
    mlt_tree_data *data = mlt__calloc(1, sizeof *data);
    if (!data)
        return mlt__raise_nomem(err, sizeof *data);
    data->n = in->n_rows;
    data->p = in->data->p;
    data->task = in->data->schema->task;
    data->ranking = layout->ranking;
    data->width = data->task == MLT_CLASSIFICATION ? in->data->schema->k : 1;
    data->features = mlt__calloc(data->p, sizeof *data->features);
    if (!data->features) {
        status = mlt__raise_nomem(err, data->p * sizeof *data->features);
        goto done;
    }
    MLT_TRY_GOTO(take_target(data, in, err), done);
    status = layout->ranking == MLT_RANK_BINS ? lay_out_bins(data, in, layout->max_bins, err)
                                              : lay_out_codes(data, in, err);
done:
    if (status == MLT_OK)
        *out = data;
    else
        mlt__tree_data_free(data);
    return status;
}

void mlt__tree_data_free(mlt_tree_data *data) {
    if (!data)
        return;
    for (size_t j = 0; data->features && j < data->p; j++) {
        free(data->features[j].values);
        free(data->features[j].lowest);
        free(data->features[j].level_bins);
    }
    free(data->features);
    free(data->row_bins);
    free(data->codes);
    free(data->y);
    free(data->labels);
    free(data->weights);
    free(data);
}
