/* Ranking the columns: float32 cells become codes by one radix sort a column. */
#include "models/tree_data.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/sorted_column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOGETHER = 8,   /* columns in bins that are laid out before they are written row by row */
    ROW_BLOCK = 64, /* rows whose lines stay in the cache while the columns pass by */
};

/* Where a column's cells go: n codes, or n bytes in bins; the other is NULL. */
typedef struct column_cells {
    uint32_t *codes;
    uint8_t *bins;
} column_cells;

/* Is code c listed? Else it is the place where it would be. */
static size_t place_of(const mlt_close_codes *close, uint32_t code) {
    size_t low = 0, high = close->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (close->codes[middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool mlt__close_separable(const mlt_tree_feature *feature, uint32_t a, uint32_t b) {
    const mlt_close_codes *close = &feature->close;
    size_t at_a = place_of(close, a), at_b = place_of(close, b);
    /* A code that is not listed is far from its neighbours, and so from all that lie beyond these. */
    if (at_b == close->n || close->codes[at_b] != b)
        return true;
    return !(close->values[at_b] <= close->values[at_a] + MLT_CLOSE_VALUES);
}

/* List the codes with close neighbours, of which there are `pairs`. */
static mlt_status list_close(mlt_tree_feature *out, const mlt_sorted_column *sorted, size_t pairs,
                             mlt_error *err) {
    mlt_close_codes *close = &out->close;
    size_t words = (out->n_codes + 63) / 64;
    uint32_t code = 0;
    MLT_ALLOC(close->next, words, err);
    MLT_ALLOC(close->codes, 2 * pairs, err);
    MLT_ALLOC(close->values, 2 * pairs, err);
    memset(close->next, 0, words * sizeof *close->next);
    for (size_t i = 1; i < sorted->known; i++) {
        if (!mlt__new_value_at(sorted, i))
            continue;
        code++;
        if (!mlt__close_at(sorted, i))
            continue;
        close->next[(code - 1) / 64] |= (uint64_t)1 << (code - 1) % 64;
        if (close->n == 0 || close->codes[close->n - 1] != code - 1) {
            close->values[close->n] = mlt__value_at(sorted, i - 1);
            close->codes[close->n++] = code - 1;
        }
        close->values[close->n] = mlt__value_at(sorted, i);
        close->codes[close->n++] = code;
    }
    return MLT_OK;
}

/* Codes from ranks. */
static mlt_status rank_values(mlt_tree_feature *out, uint32_t *codes, const mlt_sorted_column *sorted,
                              const uint32_t *rows, size_t n, mlt_error *err) {
    uint32_t code = 0;
    size_t close = 0;
    for (size_t i = 0; i < sorted->known; i++) {
        if (mlt__new_value_at(sorted, i)) {
            code++;
            close += mlt__close_at(sorted, i);
        }
        codes[mlt__position_at(sorted, i)] = code;
    }
    out->n_codes = sorted->known > 0 ? code + 1 : 0;
    for (size_t i = 0; out->has_missing && i < n; i++)
        if (isnan(out->cells[rows[i]]))
            codes[i] = out->n_codes;
    return close > 0 ? list_close(out, sorted, close, err) : MLT_OK;
}

/* Bins of about equally many rows, a value never being divided; few values get one each. */
static mlt_status bin_values(mlt_tree_feature *out, uint8_t *bins, const mlt_sorted_column *sorted, size_t n,
                             size_t max_bins, mlt_error *err) {
    size_t known = sorted->known, distinct = known > 0, in_bin = 0;
    for (size_t i = 1; i < known; i++)
        distinct += mlt__new_value_at(sorted, i);
    MLT_ALLOC(out->values, max_bins, err);
    MLT_ALLOC(out->lowest, max_bins, err);
    size_t bin = 0, rows_left = known;
    for (size_t i = 0; i < known; i++) {
        bool full = distinct <= max_bins || in_bin * (max_bins - bin) >= rows_left;
        if (i > 0 && full && bin + 1 < max_bins && mlt__new_value_at(sorted, i)) {
            bin++;
            rows_left -= in_bin;
            in_bin = 0;
        }
        if (in_bin++ == 0)
            out->lowest[bin] = mlt__value_at(sorted, i);
        out->values[bin] = mlt__value_at(sorted, i);
        bins[mlt__position_at(sorted, i)] = (uint8_t)bin;
    }
    out->n_codes = known > 0 ? (uint32_t)bin + 1 : 0;
    if (known < n) {
        uint64_t *is_known = sorted->spare;
        memset(is_known, 0, (n + 7) / 8);
        for (size_t i = 0; i < known; i++) {
            uint32_t position = mlt__position_at(sorted, i);
            is_known[position / 64] |= (uint64_t)1 << position % 64;
        }
        for (size_t i = 0; i < n; i++)
            if (!(is_known[i / 64] >> i % 64 & 1))
                bins[i] = (uint8_t)out->n_codes;
    }
    return MLT_OK;
}

static void copy_levels(mlt_tree_feature *out, uint32_t *codes, const int32_t *levels,
                        const mlt_tree_data *data) {
    out->n_codes = (uint32_t)out->n_levels;
    for (size_t i = 0; i < data->n; i++) {
        int32_t level = levels[data->rows[i]];
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
                             const mlt_tree_data *data, size_t max_bins, mlt_error *err) {
    level_count *counts;
    MLT_ALLOC(out->level_bins, out->n_levels, err);
    MLT_ALLOC(counts, out->n_levels, err);
    for (size_t level = 0; level < out->n_levels; level++)
        counts[level] = (level_count){.level = (uint32_t)level};
    for (size_t i = 0; i < data->n; i++)
        if (codes[data->rows[i]] >= 0)
            counts[codes[data->rows[i]]].n++;
    if (out->n_levels > max_bins)
        qsort(counts, out->n_levels, sizeof *counts, compare_counts);
    for (size_t place = 0; place < out->n_levels; place++)
        out->level_bins[counts[place].level] = (uint8_t)(place < max_bins ? place : max_bins - 1);
    free(counts);
    out->n_codes = (uint32_t)(out->n_levels < max_bins ? out->n_levels : max_bins);
    for (size_t i = 0; i < data->n; i++) {
        int32_t code = codes[data->rows[i]];
        bins[i] = code < 0 ? (uint8_t)out->n_codes : out->level_bins[code];
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
        if (data->weights && in->data->weights)
            data->weights[i] = in->data->weights[row];
    }
    return MLT_OK;
}

/* What the threads share while they lay out columns [first, first + count), which stand in `cells` one after
 * another. */
typedef struct layout_job {
    mlt_tree_data *data;
    const uint64_t *rows; /* as mlt__rows_in_order made them */
    size_t max_bins;
    const mlt_context *ctx;
    column_cells cells;
    size_t first, count;
} layout_job;

static mlt_status lay_out_values(const layout_job *job, size_t column, column_cells cells,
                                 mlt_sorted_column *sorted, mlt_error *err) {
    const mlt_tree_data *data = job->data;
    mlt_tree_feature *out = &data->features[column];
    MLT_TRY(mlt__sort_column(sorted, data, column, job->rows, err));
    out->has_missing = sorted->known < data->n;
    return cells.bins ? bin_values(out, cells.bins, sorted, data->n, job->max_bins, err)
                      : rank_values(out, cells.codes, sorted, data->rows, data->n, err);
}

static mlt_status lay_out(void *user, size_t column, mlt_sorted_column *room, mlt_error *err) {
    const layout_job *job = user;
    const mlt_tree_data *data = job->data;
    mlt_tree_feature *out = &data->features[column];
    const int32_t *levels = data->source->x[column].codes;
    size_t before = (column - job->first) * data->n;
    column_cells cells = job->cells;
    if (cells.bins)
        cells.bins += before;
    else
        cells.codes += before;
    if (out->cells)
        return lay_out_values(job, column, cells, room, err);
    if (cells.bins)
        return bin_levels(out, cells.bins, levels, data, job->max_bins, err);
    copy_levels(out, cells.codes, levels, data);
    return MLT_OK;
}

static mlt_status lay_out_columns(layout_job *job, mlt_error *err) {
    size_t n = job->data->n;
    int threads = mlt__threads(job->ctx, job->count * n / 20000);
    return mlt__each_column(lay_out, job, job->first, job->count, n, threads, err);
}

/* Write the columns' bytes row by row. */
static void write_rows(const layout_job *job) {
    const mlt_tree_data *data = job->data;
    size_t n_blocks = (data->n + ROW_BLOCK - 1) / ROW_BLOCK;
    int threads = mlt__threads(job->ctx, data->n * job->count / 100000 + 1);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t block = 0; block < n_blocks; block++) {
        size_t end = (block + 1) * ROW_BLOCK < data->n ? (block + 1) * ROW_BLOCK : data->n;
        for (size_t b = 0; b < job->count; b++)
            for (size_t i = block * ROW_BLOCK; i < end; i++)
                data->row_bins[i * data->p + job->first + b] = job->cells.bins[b * data->n + i];
    }
}

/* Bins: some columns at a time, then row by row. */
static mlt_status lay_out_bins(layout_job *job, mlt_error *err) {
    mlt_tree_data *data = job->data;
    mlt_status status = MLT_OK;
    size_t together = data->p < TOGETHER ? data->p : TOGETHER;
    MLT_ALLOC(data->row_bins, data->n * data->p + MLT_ROW_BINS_PADDING, err);
    memset(data->row_bins + data->n * data->p, 0, MLT_ROW_BINS_PADDING);
    MLT_ALLOC(job->cells.bins, together * data->n, err);
    for (; status == MLT_OK && job->first < data->p; job->first += together) {
        job->count = data->p - job->first < together ? data->p - job->first : together;
        status = lay_out_columns(job, err);
        if (status == MLT_OK)
            write_rows(job);
    }
    free(job->cells.bins);
    return status;
}

static mlt_status lay_out_codes(layout_job *job, mlt_error *err) {
    mlt_tree_data *data = job->data;
    MLT_ALLOC(data->codes, data->n * data->p, err);
    for (size_t j = 0; j < data->p; j++)
        data->features[j].codes = data->codes + j * data->n;
    job->cells.codes = data->codes;
    job->count = data->p;
    return lay_out_columns(job, err);
}

mlt_status mlt__tree_data_rank(mlt_tree_data *data, const mlt_tree_layout *layout, const mlt_context *ctx,
                               mlt_error *err) {
    uint64_t *rows;
    MLT_TRY(mlt__rows_in_order(&rows, data, err));
    layout_job job = {.data = data, .rows = rows, .max_bins = layout->max_bins, .ctx = ctx};
    data->ranking = layout->ranking;
    bool bins = layout->ranking == MLT_RANK_BINS;
    mlt_status status = bins ? lay_out_bins(&job, err) : lay_out_codes(&job, err);
    free(rows);
    return status;
}

mlt_status mlt__tree_data_new(mlt_tree_data **out, const mlt_fit_input *in, mlt_error *err) {
    mlt_status status = MLT_OK;
    mlt_tree_data *data = mlt__calloc(1, sizeof *data);
    if (!data)
        return mlt__raise_nomem(err, sizeof *data);
    *data = (mlt_tree_data){.source = in->data, .rows = in->rows, .n = in->n_rows, .p = in->data->p};
    data->task = in->data->schema->task;
    data->width = data->task == MLT_CLASSIFICATION ? in->data->schema->k : 1;
    data->features = mlt__calloc(data->p, sizeof *data->features);
    if (!data->features) {
        status = mlt__raise_nomem(err, data->p * sizeof *data->features);
        goto done;
    }
    for (size_t j = 0; j < data->p; j++) {
        data->features[j].cells = in->data->x[j].values;
        data->features[j].n_levels = in->data->x[j].values ? 0 : in->data->schema->features[j].n_levels;
    }
    status = take_target(data, in, err);
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
        free(data->features[j].close.next);
        free(data->features[j].close.codes);
        free(data->features[j].close.values);
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
