/** The design matrix of linear models: which columns it has and where their cells come from. Nothing is
 * copied: blocks of rows are gathered from the dataset's columns when they are worked on. */
#ifndef MLT_MODELS_DESIGN_H
#define MLT_MODELS_DESIGN_H

#include "models/model_ops.h"

/** One column of the design matrix: the intercept, a numeric feature, or the indicator of one level. */
typedef struct mlt_term {
    uint32_t feature; /**< index in the schema; MLT_TERM_INTERCEPT */
    int32_t level;    /**< the code indicated; MLT_TERM_NUMERIC: the feature's values as they are */
} mlt_term;

#define MLT_TERM_INTERCEPT UINT32_MAX
enum { MLT_TERM_NUMERIC = -1 };

/** The terms of a model: the intercept first, then the features in order; a categorical one gives an
 * indicator a level, the first level left out.
 *  @param[out] terms       malloc'ed
 *  @param      features    n_features indices into the schema; NULL = all
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT (more than 2^31 terms) */
MLT_MUST_CHECK mlt_status mlt__design_terms(mlt_term **terms, size_t *n_terms, const mlt_schema *schema,
                                            const uint32_t *features, size_t n_features, bool intercept,
                                            mlt_error *err);
/** "(Intercept)", "column" or "column=level": malloc'ed, or NULL when memory is short. */
char *mlt__design_term_name(const mlt_schema *schema, mlt_term term);

/** Cells of one term: out[i] = (cell − shift) · scale for the `count` rows from position `first` on; NaN
 * where the cell is missing.
 *  @param rows  the dataset row of each position; NULL = the positions themselves are dataset rows */
void mlt__design_gather(double *out, const mlt_dataset *data, mlt_term term, const uint32_t *rows,
                        size_t first, size_t count, double shift, double scale);
/** The same for any array over the dataset's rows. */
void mlt__design_gather_values(double *out, const double *values, const uint32_t *rows, size_t first,
                               size_t count, double shift, double scale);

/** Raise MLT_E_DATA for the first missing cell of these rows and features, if there is one.
 *  @param termless  look only at features without a term (categorical, one level), whose missing cells do not
 * show when terms are gathered
 *  @param rows      NULL = the dataset rows from `first` on */
MLT_MUST_CHECK mlt_status mlt__design_refuse_missing(const mlt_dataset *data, const uint32_t *features,
                                                     size_t n_features, bool termless, const uint32_t *rows,
                                                     size_t first, size_t n, mlt_error *err);

/** Rows to fit: in the dataset's order, so that columns are read from front to back; rows of weight 0 left
 * out. */
typedef struct mlt_design {
    const mlt_dataset *data;  /**< borrowed */
    mlt_term *terms;          /**< p, owned */
    const uint32_t *features; /**< n_features, borrowed; NULL = all */
    size_t n_features, p;
    bool intercept; /**< the first term is the intercept */
    uint32_t *rows; /**< n dataset rows, ascending, owned; NULL = `first`, `first` + 1, ... */
    size_t first, n;
    double *weights; /**< n, positive, owned; NULL = all 1 */
} mlt_design;

/** @param rows         n_rows dataset rows; NULL = all
 *  @param row_weights  by position in `rows`, finite and ≥ 0; NULL = all 1
 *  Missing cells are looked for in features without a term only.
 *  @return MLT_OK, MLT_E_DATA (a missing cell; no row of positive weight), MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt__design_init(mlt_design *out, const mlt_dataset *data, const uint32_t *rows,
                                           size_t n_rows, const double *row_weights, const uint32_t *features,
                                           size_t n_features, bool intercept, mlt_error *err);
void mlt__design_clear(mlt_design *design);

#endif
