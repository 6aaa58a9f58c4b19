/* Ranking the columns: float32 cells become codes by one radix sort a column. */
#include "models/tree_data.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
static mlt_status rank_values(mlt_tree_feature *out, const sorted_column *sorted, size_t n,
                              mlt_ranking ranking, mlt_error *err) {
    size_t known = sorted->known;
    out->n_codes = known > 0;
    for (size_t i = 1; i < known; i++)
        out->n_codes += new_code(sorted->pairs, i, ranking);
    MLT_ALLOC(out->values, out->n_codes, err);
    MLT_ALLOC(out->codes, n, err);
    for (size_t i = 0; known < n && i < n; i++)
        out->codes[i] = out->n_codes;
    uint32_t code = 0;
    for (size_t i = 0; i < known; i++) {
        code += new_code(sorted->pairs, i, ranking);
        out->values[code] = value_at(sorted, i);
        out->codes[(uint32_t)sorted->pairs[i]] = code;
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
        distinct += new_code(sorted->pairs, i, MLT_RANK_VALUES);
    MLT_ALLOC(out->values, max_bins, err);
    MLT_ALLOC(out->lowest, max_bins, err);
    size_t bin = 0, rows_left = known;
    for (size_t i = 0; i < known; i++) {
        bool full = distinct <= max_bins || in_bin * (max_bins - bin) >= rows_left;
        if (i > 0 && full && bin + 1 < max_bins && new_code(sorted->pairs, i, MLT_RANK_VALUES)) {
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

static mlt_status lay_out_values(mlt_tree_feature *out, uint8_t *bins, const mlt_fit_input *in, size_t column,
                                 const mlt_tree_layout *layout, mlt_error *err) {
    sorted_column sorted;
    mlt_status status = sort_column(&sorted, in, column, err);
    if (status == MLT_OK) {
        out->has_missing = sorted.known < in->n_rows;
        status = bins ? bin_values(out, bins, &sorted, in->n_rows, layout->max_bins, err)
                      : rank_values(out, &sorted, in->n_rows, layout->ranking, err);
    }
    free(sorted.pairs);
    return status;
}

static mlt_status copy_levels(mlt_tree_feature *out, const int32_t *codes, const mlt_fit_input *in,
                              mlt_error *err) {
    out->n_codes = (uint32_t)out->n_levels;
    MLT_ALLOC(out->codes, in->n_rows, err);
    for (size_t i = 0; i < in->n_rows; i++) {
        int32_t code = codes[in->rows[i]];
        out->codes[i] = code < 0 ? out->n_codes : (uint32_t)code;
        out->has_missing |= code < 0;
    }
    return MLT_OK;
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

/* Lay out one column; `bins` (n) is where its bytes go, NULL without bins. */
static mlt_status lay_out(mlt_tree_feature *out, uint8_t *bins, const mlt_fit_input *in, size_t column,
                          const mlt_tree_layout *layout, mlt_error *err) {
    const int32_t *codes = in->data->x[column].codes;
    if (in->data->x[column].values)
        return lay_out_values(out, bins, in, column, layout, err);
    out->n_levels = in->data->schema->features[column].n_levels;
    return bins ? bin_levels(out, bins, codes, in, layout->max_bins, err) : copy_levels(out, codes, in, err);
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

mlt_tree_layout mlt__tree_layout_exact(const mlt_fit_input *in, size_t features_tried) {
    mlt_tree_layout layout = {.ranking = MLT_RANK_VALUES, .features_tried = features_tried};
    if (in->data->schema->task != MLT_CLASSIFICATION)
        return layout;
    for (size_t i = 0; in->data->weights && i < in->n_rows; i++)
        if (in->data->weights[in->rows[i]] != floor(in->data->weights[in->rows[i]]))
            return layout;
    layout.ranking = MLT_RANK_ROWS;
    return layout;
}

enum { ROW_BLOCK = 64 }; /* rows whose lines stay in the cache while the columns pass by */

/* Write the codes again, row by row; or the bytes of `columns`, p × n. */
static mlt_status copy_by_rows(mlt_tree_data *data, const uint8_t *columns, const mlt_context *ctx,
                               mlt_error *err) {
    if (columns)
        MLT_ALLOC(data->row_bins, data->n * data->p, err);
    else
        MLT_ALLOC(data->row_codes, data->n * data->p, err);
    size_t n_blocks = (data->n + ROW_BLOCK - 1) / ROW_BLOCK;
    int threads = mlt__threads(ctx, data->n * data->p / 100000 + 1);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t b = 0; b < n_blocks; b++) {
        size_t end = (b + 1) * ROW_BLOCK < data->n ? (b + 1) * ROW_BLOCK : data->n;
        for (size_t j = 0; j < data->p; j++)
            for (size_t i = b * ROW_BLOCK; i < end; i++)
                if (columns)
                    data->row_bins[i * data->p + j] = columns[j * data->n + i];
                else
                    data->row_codes[i * data->p + j] = data->features[j].codes[i];
    }
    return MLT_OK;
}

/* Lay out all columns, in parallel; of several failures the first column's is told. */
static mlt_status lay_out_columns(mlt_tree_data *data, uint8_t *columns, const mlt_fit_input *in,
                                  const mlt_tree_layout *layout, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t failed = SIZE_MAX;
    int threads = mlt__threads(in->ctx, data->p * data->n / 20000);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t j = 0; j < data->p; j++) {
        mlt_error own = {0};
        uint8_t *bins = columns ? columns + j * data->n : NULL;
        mlt_status done = lay_out(&data->features[j], bins, in, j, layout, &own);
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
    return status;
}

mlt_status mlt__tree_data_new(mlt_tree_data **out, const mlt_fit_input *in, const mlt_tree_layout *layout,
                              mlt_error *err) {
    mlt_status status = MLT_OK;
    uint8_t *columns = NULL;
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
    if (layout->ranking == MLT_RANK_BINS)
        MLT_ALLOC_GOTO(columns, data->n * data->p, err, done);
    MLT_TRY_GOTO(take_target(data, in, err), done);
    MLT_TRY_GOTO(lay_out_columns(data, columns, in, layout, err), done);
    if (columns || (layout->ranking == MLT_RANK_ROWS && layout->features_tried >= data->p / ROWS_PAY))
        status = copy_by_rows(data, columns, in->ctx, err);
done:
    free(columns);
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
        free(data->features[j].codes);
        free(data->features[j].values);
        free(data->features[j].lowest);
        free(data->features[j].level_bins);
    }
    free(data->features);
    free(data->row_bins);
    free(data->row_codes);
    free(data->y);
    free(data->labels);
    free(data->weights);
    free(data);
}
