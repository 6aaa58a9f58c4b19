/** The dataset: features, target and weights, encoded for fitting; const once built, shared by all folds and
 * trees through index arrays. */
#ifndef MLTOOL_DATASET_H
#define MLTOOL_DATASET_H

#include "mltool/schema.h"

/** One feature's cells. */
typedef struct mlt_cells {
    const double *values; /**< numeric: n, NaN = missing */
    const int32_t *codes; /**< categorical: n, -1 = missing */
} mlt_cells;

typedef struct mlt_dataset {
    size_t n, p;
    const mlt_schema *schema;
    const mlt_cells *x; /**< p */
    const double *y;    /**< regression: n; else NULL */
    const uint32_t
        *labels; /**< classification: n class indices below k; else NULL. Both NULL: no target given */
    const double *weights;  /**< n, finite, ≥ 0, not all 0; NULL = all 1 */
    const uint32_t *origin; /**< n: each row's 0-based data row in the file; NULL = the same */
    const char *source;     /**< the file as named */
} mlt_dataset;

typedef enum mlt_impute {
    MLT_IMPUTE_NONE,
    MLT_IMPUTE_MEAN,
    MLT_IMPUTE_MEDIAN,
    MLT_IMPUTE_MOST_FREQUENT,
    MLT_IMPUTE_DROP
} mlt_impute;

typedef struct mlt_dataset_options {
    const char *target;          /**< NULL: the last column that has no other part */
    const char *const *features; /**< NULL: all but target and weights */
    size_t n_features;
    const char *const *drop;
    size_t n_drop;
    const char *weights; /**< NULL: none */
    mlt_task task;       /**< 0: inferred */
    bool drop_missing;   /**< leave out rows with a missing feature (--impute drop) */
    bool beginning;      /**< more rows will come: nothing is said or refused that only all rows could tell */
} mlt_dataset_options;

/** Build a dataset from a frame. Rows whose target is missing are left out, with a note.
 *  @param[out] out    owned by the caller (mlt_dataset_free)
 *  @param      frame  consumed, also on failure: its columns become the dataset's
 *  Notes: target and task where inferred, categorical columns, rows dropped, constant and id-like columns.
 *  Messages number data rows from 1.
 *  @return MLT_OK, MLT_E_USAGE (unknown column: nearest names; a column with two parts), MLT_E_DATA,
 * MLT_E_LIMIT (more than 1000 classes), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_dataset_new(mlt_dataset **out, mlt_frame *frame,
                                          const mlt_dataset_options *options, const mlt_context *ctx,
                                          mlt_error *err);

/** How to encode data for a model that exists. */
typedef struct mlt_encode_options {
    bool unknown_as_missing; /**< a category the model does not know is missing, with a count in a note; else
                                an error */
    bool need_target;        /**< the target must be there (evaluate); else it is read if there */
} mlt_encode_options;

/** Encode a frame by a model's schema: columns by name, levels by text, missing cells imputed as the schema
 * says. Every row is kept, in order (with need_target: rows without target are left out, with a note).
 *  @param frame   consumed, also on failure
 *  @param schema  borrowed; must outlive the dataset
 *  Notes: columns the model does not use, rows left out, unknown categories. Without need_target a target or
 * weights that cannot be read are as absent.
 *  @return MLT_OK, MLT_E_SCHEMA (a column lacks or has another type; an unknown category or class),
 * MLT_E_DATA (with need_target: no row has a target; bad weights), MLT_E_MODEL (a schema that names a column
 * twice), MLT_E_LIMIT, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_dataset_encode(mlt_dataset **out, mlt_frame *frame, const mlt_schema *schema,
                                             const mlt_encode_options *options, const mlt_context *ctx,
                                             mlt_error *err);

/** A dataset whose missing cells are filled with values learned from `rows` only; its schema records them.
 *  Columns without missing cells are shared with `data`, which must outlive `out`.
 *  @param strategy  MEAN, MEDIAN (numeric; categorical columns take the most frequent) or MOST_FREQUENT
 *  @return MLT_OK, MLT_E_DATA (a column with no value in `rows`), MLT_E_USAGE (another strategy), MLT_E_NOMEM
 */
MLT_MUST_CHECK mlt_status mlt_dataset_impute(mlt_dataset **out, const mlt_dataset *data, const uint32_t *rows,
                                             size_t n_rows, mlt_impute strategy, mlt_error *err);
/** Accepts NULL. */
void mlt_dataset_free(mlt_dataset *data);

#endif
