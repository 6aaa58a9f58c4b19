/** The design matrix of linear models: which columns it has and where their cells come from. Nothing is
 * copied: blocks of rows are gathered from the dataset's columns when they are worked on. */
#ifndef MLT_MODELS_DESIGN_H
#define MLT_MODELS_DESIGN_H

#include "models/model_ops.h"

/** One column of the design matrix: the intercept, a power of a numeric feature, or the indicator of one
 * level.
 */
typedef struct mlt_term {
    uint32_t feature; /**< index in the schema; MLT_TERM_INTERCEPT */
    int32_t level;    /**< the code indicated; MLT_TERM_NUMERIC: a power of the feature's values */
    uint32_t power;   /**< 1: the values as they are; 0 for the intercept and for levels */
} mlt_term;

#define MLT_TERM_INTERCEPT UINT32_MAX
enum { MLT_TERM_NUMERIC = -1, MLT_DESIGN_BLOCK = 256 /* rows gathered at a time */ };

/** Which columns a design has. Borrowed. */
typedef struct mlt_form {
    const uint32_t *features; /**< n_features indices into the schema; NULL = all */
    size_t n_features;
    bool intercept;
    const uint8_t
        *degrees; /**< a feature of the schema: numeric ones give their powers up to this; NULL = 1 */
} mlt_form;

/** An intercept, and all features as they are. */
extern const mlt_form mlt__form_plain;

/** The terms of a model: the intercept first, then the features in order; a numeric one gives a power after
 * the other, a categorical one an indicator a level, the first level left out.
 *  @param[out] terms  malloc'ed
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT (more than 2^31 terms) */
MLT_MUST_CHECK mlt_status mlt__design_terms(mlt_term **terms, size_t *n_terms, const mlt_schema *schema,
                                            const mlt_form *form, mlt_error *err);
/** "(Intercept)", "column", "column^2" or "column=level": malloc'ed, or NULL when memory is short. */
char *mlt__design_term_name(const mlt_schema *schema, mlt_term term);

/** Read --poly's text: the degree of every feature.
 *  @param[out] degrees  p of the schema, malloc'ed; NULL if all are 1
 *  @param      value    of kind DEGREES
 *  @return MLT_OK, MLT_E_USAGE (no such feature: the nearest; it has no numbers; named twice), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__design_degrees(uint8_t **degrees, const mlt_param_value *value,
                                              const mlt_schema *schema, mlt_error *err);

/** Cells of one term: out[i] = (cell − shift) · scale for the `count` rows from position `first` on; NaN
 * where the cell is missing. A power k is (cell − shift)^k · scale, rounded once.
 *  @param rows  the dataset row of each position; NULL = the positions themselves are dataset rows */
void mlt__design_gather(double *out, const mlt_dataset *data, mlt_term term, const uint32_t *rows,
                        size_t first, size_t count, double shift, double scale);
/** The same for a power, to about 31 digits: hi + lo. Both are in the range of doubles if scale is a power of
 * two that brings the column near 1. */
void mlt__design_gather_power(double *hi, double *lo, const mlt_dataset *data, mlt_term term,
                              const uint32_t *rows, size_t first, size_t count, double shift, double scale);
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
    const mlt_dataset *data; /**< borrowed */
    mlt_form form;           /**< borrowed; the first term is the intercept if there is one */
    mlt_term *terms;         /**< p, owned */
    size_t p;
    uint32_t *rows; /**< n dataset rows, ascending, owned; NULL = `first`, `first` + 1, ... */
    size_t first, n;
    double *weights; /**< n, positive, owned; NULL = all 1 */
} mlt_design;

/** @param rows         n_rows dataset rows; NULL = all
 *  @param row_weights  by position in `rows`, finite and ≥ 0; NULL = all 1
 *  Missing cells are looked for in features without a term only.
 *  @return MLT_OK, MLT_E_DATA (a missing cell; no row of positive weight), MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt__design_init(mlt_design *out, const mlt_dataset *data, const uint32_t *rows,
                                           size_t n_rows, const double *row_weights, const mlt_form *form,
                                           mlt_error *err);
void mlt__design_clear(mlt_design *design);

#endif
