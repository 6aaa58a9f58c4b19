/** Test rows of a stream: a bounded sample, kept by hash. */
#ifndef MLT_EVAL_HOLDOUT_H
#define MLT_EVAL_HOLDOUT_H

#include "mltool/dataset.h"

/** Rows copied out of blocks, as a dataset of their own. */
typedef struct mlt_row_store {
    mlt_dataset data; /**< its n rows so far */
    size_t capacity;
    mlt_cells *cells;    /**< p; their arrays are the store's */
    double *y, *weights; /**< weights: NULL if the schema has none */
} mlt_row_store;

/** The sample: of all rows offered, those whose hashes are least. */
typedef struct mlt_holdout {
    mlt_row_store kept;
    uint64_t *hash; /**< of each kept row */
    uint32_t *heap; /**< kept rows, the greatest hash on top */
} mlt_holdout;

/** @param schema  borrowed; a regression's */
MLT_MUST_CHECK mlt_status mlt__row_store_init(mlt_row_store *out, const mlt_schema *schema, size_t capacity,
                                              const char *source, mlt_error *err);
void mlt__row_store_clear(mlt_row_store *store);

MLT_MUST_CHECK mlt_status mlt__holdout_init(mlt_holdout *out, const mlt_schema *schema, size_t capacity,
                                            const char *source, mlt_error *err);
/** Offer a row. The row that is not kept for it, itself or another, is appended to `left`, which must have
 * room.
 */
void mlt__holdout_offer(mlt_holdout *holdout, mlt_row_store *left, const mlt_dataset *data, size_t row,
                        uint64_t hash);
void mlt__holdout_clear(mlt_holdout *holdout);

#endif
