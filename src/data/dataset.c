/* What a dataset owns, and leaving rows out of a frame. */
#include "data/dataset_internal.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beside the features' arrays: y or labels, weights, origin. */
enum { OTHER_BLOCKS = 3 };

mlt_status mlt_dataset__create(mlt__dataset **out, size_t n, size_t p, const char *source, mlt_error *err) {
    *out = NULL;
    mlt__dataset *data;
    MLT_ALLOC(data, 1, err);
    *data = (mlt__dataset){.cells = mlt__calloc(p, sizeof *data->cells),
                           .blocks = mlt__calloc(p + OTHER_BLOCKS, sizeof *data->blocks),
                           .source = mlt__strdup(source)};
    data->open = (mlt_dataset){.n = n, .p = p, .x = data->cells, .source = data->source};
    if (!data->cells || !data->blocks || !data->source) {
        mlt_dataset_free(&data->open);
        return mlt__raise_nomem(err, p * sizeof *data->cells);
    }
    *out = data;
    return MLT_OK;
}

void *mlt_dataset__take(mlt__dataset *data, void *array) {
    data->blocks[data->n_blocks++] = array;
    return array;
}

void mlt_dataset_free(mlt_dataset *data) {
    if (!data)
        return;
    mlt__dataset *whole = (mlt__dataset *)data;
    for (size_t i = 0; i < whole->n_blocks; i++)
        free(whole->blocks[i]);
    free(whole->blocks);
    free(whole->cells);
    free(whole->source);
    mlt_schema_free(whole->schema);
    free(whole);
}

bool mlt_dataset__is_missing(const mlt_column *column, size_t row) {
    return column->type == MLT_NUMERIC ? isnan(column->values[row]) : column->codes[row] < 0;
}

size_t mlt_dataset__row_number(const uint32_t *origin, size_t row) {
    return (origin ? origin[row] : row) + 1;
}

/* Close up to the n rows named, ascending; how many of them are missing. */
static size_t keep_values(double *values, const uint32_t *rows, size_t n) {
    size_t missing = 0;
    for (size_t i = 0; i < n; i++) {
        values[i] = values[rows[i]];
        missing += isnan(values[i]);
    }
    return missing;
}

static size_t keep_codes(int32_t *codes, const uint32_t *rows, size_t n) {
    size_t missing = 0;
    for (size_t i = 0; i < n; i++) {
        codes[i] = codes[rows[i]];
        missing += codes[i] < 0;
    }
    return missing;
}

mlt_status mlt_dataset__keep_rows(mlt_frame *frame, const bool *keep, uint32_t **origin, mlt_error *err) {
    uint32_t *rows;
    size_t n = 0;
    MLT_ALLOC(rows, frame->n, err);
    for (size_t i = 0; i < frame->n; i++)
        if (keep[i])
            rows[n++] = (uint32_t)i;
    for (size_t j = 0; j < frame->p; j++) {
        mlt_column *column = &frame->columns[j];
        if (column->values)
            column->n_missing = keep_values(column->values, rows, n);
        if (column->codes)
            column->n_missing = keep_codes(column->codes, rows, n);
    }
    frame->n = n;
    *origin = rows;
    return MLT_OK;
}

mlt_status mlt_dataset__prune_levels(mlt_column *column, size_t n, mlt_error *err) {
    int32_t *code; /* each level's new code, -1 where it does not occur */
    MLT_ALLOC(code, column->n_levels, err);
    memset(code, -1, column->n_levels * sizeof *code);
    for (size_t i = 0; i < n; i++)
        if (column->codes[i] >= 0)
            code[column->codes[i]] = 0;
    size_t kept = 0;
    for (size_t c = 0; c < column->n_levels; c++) {
        if (code[c] < 0) {
            free(column->levels[c]);
        } else {
            code[c] = (int32_t)kept;
            column->levels[kept++] = column->levels[c];
        }
    }
    for (size_t i = 0; i < n; i++)
        if (column->codes[i] >= 0)
            column->codes[i] = code[column->codes[i]];
    column->n_levels = kept;
    free(code);
    return MLT_OK;
}

/* The first of n ascending numbers that is not below `value`. */
static size_t lower_bound(const double *ascending, size_t n, double value) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ascending[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t mlt_dataset__search(const double *ascending, size_t n, double value) {
    size_t at = lower_bound(ascending, n, value);
    return at < n && ascending[at] == value ? at : n;
}

size_t mlt_dataset__distinct(double *distinct, size_t limit, const double *values, size_t n) {
    size_t found = 0;
    for (size_t i = 0; i < n && found <= limit; i++) {
        if (isnan(values[i]))
            continue;
        size_t at = lower_bound(distinct, found, values[i]);
        if (at < found && distinct[at] == values[i])
            continue;
        memmove(distinct + at + 1, distinct + at, (found - at) * sizeof *distinct);
        distinct[at] = values[i];
        found++;
    }
    return found;
}
