/** What the files that build datasets share. A dataset is built in a frame: rows are left out in place, then
 * the columns' arrays change hands. */
#ifndef MLT_DATASET_INTERNAL_H
#define MLT_DATASET_INTERNAL_H

#include "mltool/dataset.h"

#include "core/error.h"

/** With fewer rows a quantity differs in every row by chance, and is no id. */
enum { MLT__ID_ROWS = 20 };

/** More classes than this are refused: probabilities are n × k, trees hold k numbers a node. */
enum { MLT__MAX_CLASSES = 1000 };

/** A dataset and what it owns. */
typedef struct mlt__dataset {
    mlt_dataset open;   /**< what the caller sees; first, so that its address is the whole's */
    mlt_schema *schema; /**< owned, or NULL if the schema is borrowed */
    mlt_cells *cells;   /**< p */
    char *source;
    void **blocks; /**< arrays to free */
    size_t n_blocks;
} mlt__dataset;

/** An empty dataset for n rows and p features.
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_dataset__create(mlt__dataset **out, size_t n, size_t p, const char *source,
                                              mlt_error *err);
/** Take over an array that was allocated; at most one a feature and three more. @return the array */
void *mlt_dataset__take(mlt__dataset *data, void *array);

/** Names for a message: the first five, the rest counted. All zero = none. */
typedef struct mlt__names {
    size_t n;
    size_t used;
    char text[500];
} mlt__names;

void mlt__names_add(mlt__names *names, const char *name);
/** "'a', 'b' and 3 more". */
const char *mlt__names_text(mlt__names *names);

/** A frame's columns by name. */
typedef struct mlt__column_index {
    const mlt_frame *frame;
    mlt_column **sorted; /**< p, by name */
} mlt__column_index;

MLT_MUST_CHECK mlt_status mlt_dataset__index(mlt__column_index *index, mlt_frame *frame, mlt_error *err);
/** The column, or NULL. */
mlt_column *mlt_dataset__find(const mlt__column_index *index, const char *name);
/** Text for a message on a name that is not there: "did you mean 'a', 'b'?" or "the columns are 'a', 'b',
 * ...". */
void mlt_dataset__suggest(char *buffer, size_t size, const mlt__column_index *index, const char *name);

bool mlt_dataset__is_missing(const mlt_column *column, size_t row);
/** Leave out the rows that `keep` says false for, in place; *origin becomes each remaining row's old number.
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_dataset__keep_rows(mlt_frame *frame, const bool *keep, uint32_t **origin,
                                                 mlt_error *err);
/** Forget the levels no row has. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_dataset__prune_levels(mlt_column *column, size_t n, mlt_error *err);
/** The row's number for people: data rows from 1. `origin` may be NULL. */
size_t mlt_dataset__row_number(const uint32_t *origin, size_t row);

/** The distinct values among those that are not missing, ascending, into `distinct` (limit + 1 of them).
 *  @return how many; limit + 1 if more than `limit` */
size_t mlt_dataset__distinct(double *distinct, size_t limit, const double *values, size_t n);
/** The place of `value` among n ascending numbers; n if it is not there. */
size_t mlt_dataset__search(const double *ascending, size_t n, double value);

/** Are the n values of a target classes rather than a quantity: texts, or few different whole numbers, each
 * with a few rows? */
bool mlt_dataset__like_classes(const mlt_column *target, size_t n);
/** Is this column text because of a few cells only, the others being numbers? Its `first_text` names one.
 * False, too, when memory is short. */
bool mlt_dataset__is_slip(const mlt_column *column, size_t n);

/** Raise `status`: a cell of the column is text, where numbers are wanted ("row weights are numbers"). */
mlt_status mlt_dataset__raise_text(const mlt_frame *frame, const mlt_column *column, mlt_status status,
                                   const char *wanted, mlt_error *err);

/** The target of a regression into data->open.y. @return MLT_OK, `failure` (not numbers) */
MLT_MUST_CHECK mlt_status mlt_dataset__regression_target(mlt__dataset *data, const mlt_frame *frame,
                                                         mlt_column *target, mlt_status failure,
                                                         mlt_error *err);
/** Labels into data->open.labels, and the classes found into the schema, which is data's own. No row's target
 * is missing. @return MLT_OK, MLT_E_DATA, MLT_E_LIMIT, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_dataset__learn_classes(mlt__dataset *data, const mlt_frame *frame,
                                                     mlt_column *target, mlt_error *err);
/** Labels into data->open.labels by the classes of `schema`: equal as texts, or as numbers where the classes
 * are numbers. @return MLT_OK, MLT_E_SCHEMA, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_dataset__match_classes(mlt__dataset *data, const mlt_frame *frame,
                                                     mlt_column *target, const mlt_schema *schema,
                                                     mlt_error *err);
/** The row weights into data->open.weights. @return MLT_OK, MLT_E_DATA */
MLT_MUST_CHECK mlt_status mlt_dataset__weights(mlt__dataset *data, const mlt_frame *frame,
                                               mlt_column *weights, const uint32_t *origin, mlt_error *err);

/** Tell of categorical columns, of constant ones, and of those that look like ids; only of the former if the
 * rows are but the `beginning`.
 *  @return MLT_OK, MLT_E_DATA (no feature has two values), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_dataset__note_features(const mlt_frame *frame, mlt_column *const *features,
                                                     size_t p, bool beginning, const mlt_context *ctx,
                                                     mlt_error *err);

#endif
