/** Linear regression: the model, and what bagging needs to use it as a base. */
#ifndef MLT_MODELS_LINEAR_H
#define MLT_MODELS_LINEAR_H

#include "models/design.h"
#include "models/least_squares.h"

/** What to fit. Borrowed. */
typedef struct mlt_linear_options {
    mlt_form form;
    double alpha; /**< ridge's penalty; 0: none */
    bool gcv;     /**< choose it */
    bool infer;   /**< keep what inference needs, beside the standard errors */
} mlt_linear_options;

typedef struct mlt_linear {
    size_t n_rows, rank; /**< rows of positive weight that were fitted; rank of their design */
    bool intercept, infer;
    size_t n_features;
    uint32_t *features; /**< n_features indices into the schema, or NULL = all in order */
    size_t n_terms;
    mlt_term *terms;               /**< n_terms, the intercept first */
    mlt_coefficient *coefficients; /**< n_terms */
    double *low; /**< n_terms: what the estimates lack of about 31 digits; NULL: nothing, without powers */
    /* All that follows only with `infer`. */
    mlt_linear_summary summary; /**< its vif is owned */
    double log_weights;         /**< Σ ln w */
    mlt_ls_basis basis;         /**< rank 0: too large to keep, or ridge */
} mlt_linear;

/** Fit to some rows and features of a dataset with a y.
 *  @param[out] out         owned by the caller (mlt__linear_free)
 *  @param      rows        n_rows dataset rows; NULL = all
 *  @param      row_weights by position in `rows`: weights times how often the row counts; NULL = all 1 (the
 * dataset's own weights are not looked at)
 *  @return MLT_OK, MLT_E_DATA (a missing cell), MLT_E_NUMERIC (a result that no double holds), MLT_E_LIMIT,
 * MLT_E_NOMEM, MLT_E_CANCELLED. Collinear and constant columns are noted, and a penalty that was chosen. */
MLT_MUST_CHECK mlt_status mlt__linear_fit(mlt_linear **out, const mlt_dataset *data, const uint32_t *rows,
                                          size_t n_rows, const double *row_weights,
                                          const mlt_linear_options *options, const mlt_context *ctx,
                                          mlt_error *err);

/** @param[out] out  in->n_rows predictions
 *  @return MLT_OK, MLT_E_DATA (a missing cell), MLT_E_NUMERIC (a prediction that no double holds),
 * MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__linear_predict(double *out, const mlt_linear *linear, const mlt_schema *schema,
                                              const mlt_predict_input *in, mlt_error *err);

/** As mlt_model_interval and mlt_model_diagnose. */
MLT_MUST_CHECK mlt_status mlt__linear_interval(double *low, double *high, const double *prediction,
                                               const mlt_linear *linear, const mlt_predict_input *in,
                                               mlt_interval kind, double level, mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__linear_diagnose(mlt_diagnostics *out, const mlt_linear *linear,
                                               const mlt_schema *schema, const mlt_predict_input *in,
                                               mlt_error *err);

/** Write to, and read from, tensors whose names begin with `prefix` ("" or "member3.").
 *  @param options  what was fitted; form.features is not looked at
 *  @return MLT_OK, MLT_E_MODEL (load: any value that a fit would not give), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__linear_save(const mlt_linear *linear, const char *prefix, mlt_tensors *out,
                                           mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__linear_load(mlt_linear **out, const char *prefix, const mlt_tensors *in,
                                           const mlt_schema *schema, const mlt_linear_options *options,
                                           mlt_error *err);

/** The table of coefficients, and the summary: borrowed from the model. */
void mlt__linear_view(const mlt_linear *linear, mlt_model_view *view);
/** Accepts NULL. */
void mlt__linear_free(mlt_linear *linear);

/** A model without coefficients yet: terms from the schema. Private to linear*.c. */
MLT_MUST_CHECK mlt_status mlt__linear_new(mlt_linear **out, const mlt_schema *schema,
                                          const mlt_linear_options *options, mlt_error *err);
/** Name the terms and fill in the coefficient table from estimates and standard errors (n_terms each; NaN =
 * none), and the summary from what is stored of it. Needs n_rows and rank. Private to linear*.c. */
MLT_MUST_CHECK mlt_status mlt__linear_fill(mlt_linear *linear, const mlt_schema *schema,
                                           const double *estimates, const double *std_errors, mlt_error *err);
/** Confidence intervals at another level than 0.95. */
void mlt__linear_set_level(mlt_linear *linear, double level);

#endif
