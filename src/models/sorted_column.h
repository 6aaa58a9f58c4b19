/** A column's cells sorted as float32: where ranks, bins and orders come from. */
#ifndef MLT_MODELS_SORTED_COLUMN_H
#define MLT_MODELS_SORTED_COLUMN_H

#include "models/tree_data.h"

#include <string.h>

/** The known cells of a column in ascending order, equal ones by row. */
typedef struct mlt_sorted_column {
    uint64_t *pairs; /**< `known`: sortable value << 32 | position */
    uint64_t *spare; /**< n: free to use */
    size_t known;
    uint64_t *room; /**< 2 n: both; owned */
} mlt_sorted_column;

/** The training rows in the dataset's order, so that its columns are read from front to back.
 *  @param[out] out  n, row << 32 | position; owned by the caller (free) */
MLT_MUST_CHECK mlt_status mlt__rows_in_order(uint64_t **out, const mlt_tree_data *data, mlt_error *err);

/** Sort a numeric column.
 *  @param rows  as mlt__rows_in_order made them
 *  @return MLT_OK, MLT_E_NUMERIC (a value beyond float32) */
MLT_MUST_CHECK mlt_status mlt__sort_column(mlt_sorted_column *sorted, const mlt_tree_data *data,
                                           size_t column, const uint64_t *rows, mlt_error *err);

/** What is done to each column; `room` is for mlt__sort_column. */
typedef mlt_status (*mlt_column_task)(void *user, size_t column, mlt_sorted_column *room, mlt_error *err);
/** Do it to columns [first, first + count), in parallel; of several failures the first column's is told.
 *  @param n  cells in a column
 *  @return MLT_OK, MLT_E_NOMEM, what the task returns */
MLT_MUST_CHECK mlt_status mlt__each_column(mlt_column_task task, void *user, size_t first, size_t count,
                                           size_t n, int threads, mlt_error *err);

static inline uint32_t mlt__position_at(const mlt_sorted_column *sorted, size_t i) {
    return (uint32_t)sorted->pairs[i];
}

/** The value at place i; −0 is 0. */
static inline float mlt__value_at(const mlt_sorted_column *sorted, size_t i) {
    float value;
    uint32_t bits = (uint32_t)(sorted->pairs[i] >> 32);
    bits = bits & 0x80000000U ? bits & 0x7fffffffU : ~bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/** Does the value change at place i? */
static inline bool mlt__new_value_at(const mlt_sorted_column *sorted, size_t i) {
    return i > 0 && sorted->pairs[i] >> 32 != sorted->pairs[i - 1] >> 32;
}

/** Is the value at place i > 0 too close to the one before to be parted from it? */
static inline bool mlt__close_at(const mlt_sorted_column *sorted, size_t i) {
    return mlt__value_at(sorted, i) <= mlt__value_at(sorted, i - 1) + MLT_CLOSE_VALUES;
}

#endif
