/** The parts of mlt_describe. */
#ifndef MLT_EVAL_DESCRIBE_PARTS_H
#define MLT_EVAL_DESCRIBE_PARTS_H

#include "mltool/describe.h"
#include "mltool/split.h"

/** Room for one thread's work on a column of n cells. */
typedef struct mlt__describe_room {
    uint64_t *keys, *spare; /**< n */
    double *x, *y;          /**< n */
    size_t *counts;         /**< for levels: as many as any column has, at least 2 */
    double *sums;           /**< the same */
} mlt__describe_room;

/** Where squares of the numbers would leave a double's range, multiply all by a power of two, so that the
 * largest is about 1. @return the power: what was multiplied by 2^−e; 0 if nothing was */
int mlt__tame(double *values, size_t n);

/** Quantiles, mean, deviation and outliers of a numeric column; the values are in `room->x` then, n of them.
 */
void mlt__summarise_numbers(mlt_column_summary *out, size_t n, mlt__describe_room *room);
/** Levels and the most frequent of them. */
void mlt__summarise_levels(mlt_column_summary *out, size_t n, mlt__describe_room *room);

/** out->association and ->correlation, between two columns.
 *  @param task  how the target is taken */
void mlt__associate(mlt_column_summary *out, const mlt_column *target, mlt_task task, size_t n,
                    mlt__describe_room *room);

/** The rows and folds on which columns are tried alone. */
typedef struct mlt__alone_trial {
    mlt_task task;
    uint32_t *rows; /**< n, of the frame */
    size_t n, k;
    double *y;
    uint32_t *labels;
    mlt_split folds[5];
    bool possible; /**< false: too few rows, or classes */
} mlt__alone_trial;

MLT_MUST_CHECK mlt_status mlt__alone_prepare(mlt__alone_trial *trial, const mlt_column *target, mlt_task task,
                                             size_t n, size_t n_columns, mlt_error *err);
/** mlt_column_summary.alone of one column.
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__alone_score(double *score, const mlt__alone_trial *trial,
                                           const mlt_column *column, mlt_error *err);
void mlt__alone_clear(mlt__alone_trial *trial);

/** Rows that are the same in all of `columns`. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__find_duplicates(mlt_description *out, const mlt_context *ctx, mlt_error *err);

#endif
