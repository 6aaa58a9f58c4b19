/** Models: the registry, fitting, predicting, and views of what was learned. */
#ifndef MLTOOL_MODEL_H
#define MLTOOL_MODEL_H

#include "mltool/dataset.h"
#include "mltool/params.h"
#include "mltool/tensors.h"
#include "mltool/tree.h"

typedef struct mlt_model mlt_model;

/** What a model is: one const descriptor at the end of its file. */
typedef struct mlt_model_type {
    const char *name;    /**< "random-forest" */
    const char *summary; /**< one phrase */
    unsigned tasks;      /**< set of mlt_task bits */
    const mlt_param_spec *params;
    size_t n_params;
    const struct mlt_model_ops *ops; /**< private */
    const struct mlt_inference_ops
        *inference;                      /**< private; NULL: no standard errors and what follows from them */
    const struct mlt_stream_ops *stream; /**< private; NULL: it cannot be fitted from a stream */
} mlt_model_type;

/** All models, in the order of the registry. */
const mlt_model_type *const *mlt_model_types(size_t *n);
/** The model named `name`, or NULL. */
const mlt_model_type *mlt_model_find(const char *name);

/** Fit a model.
 *  @param[out] out     owned by the caller (mlt_model_free)
 *  @param      params  resolved for the data's task; copied
 *  @param      rows    n_rows row indices into `data`, in order; NULL = all rows. A row may occur once only.
 *  @param      seed    random_state
 *  @return MLT_OK, MLT_E_USAGE (a parameter that does not fit the data), MLT_E_DATA (what the model cannot
 * take: missing cells in linear), MLT_E_NUMERIC, MLT_E_NOMEM, MLT_E_LIMIT, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_model_fit(mlt_model **out, const mlt_model_type *type, const mlt_params *params,
                                        const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                                        uint32_t seed, const mlt_context *ctx, mlt_error *err);

/** Predict rows of `data`, which is encoded by the model's schema.
 *  @param[out] out     n_rows × mlt_model_width(model), row-major, caller-allocated: the target's units, or
 * class probabilities
 *  @param[out] labels  classification: n_rows predicted class indices, caller-allocated; NULL in regression
 *  @param      rows    NULL = all rows in order
 *  @return MLT_OK, MLT_E_SCHEMA, MLT_E_DATA, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_model_predict(double *out, uint32_t *labels, const mlt_model *model,
                                            const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                                            const mlt_context *ctx, mlt_error *err);

const mlt_model_type *mlt_model_type_of(const mlt_model *model);
const mlt_params *mlt_model_params(const mlt_model *model);
const mlt_schema *mlt_model_schema(const mlt_model *model);
uint32_t mlt_model_seed(const mlt_model *model);
/** 1 for regression, else the number of classes. */
size_t mlt_model_width(const mlt_model *model);
void mlt_model_free(mlt_model *model);

/** One row of a linear model's coefficient table. */
typedef struct mlt_coefficient {
    char *term;                              /**< "(Intercept)", a column, or "column=level" */
    double estimate;                         /**< target's units per unit of the term */
    double std_error, t, p, ci_low, ci_high; /**< NaN where there are no degrees of freedom */
} mlt_coefficient;

/** What a linear fit says as a whole. NaN: not defined, such as all that rests on the residual standard
 * deviation of ridge regression, or of as many coefficients as rows. */
typedef struct mlt_linear_summary {
    size_t n, rank;           /**< rows of positive weight; independent terms */
    double alpha;             /**< ridge's penalty; 0: least squares */
    double effective;         /**< degrees of freedom the fit uses: the rank, or less with ridge */
    double freedom;           /**< n − rank; 0 with ridge */
    double residual_sd;       /**< √(Σ w r² / freedom) */
    double r2, adjusted_r2;   /**< of the training rows */
    double f, f_freedom, f_p; /**< F test of all terms but the intercept, on f_freedom and freedom */
    double log_likelihood;    /**< as R's logLik, and so are: */
    double aic, bic;          /**< with rank + 1 parameters */
    double condition;         /**< of the columns brought to length 1, the intercept among them */
    double level;             /**< of the coefficients' confidence intervals */
    double *vif;              /**< a coefficient: variance inflation factors; NaN for the intercept */
} mlt_linear_summary;

/** What a model learned, borrowed from it. Members that do not apply are NULL or 0. */
typedef struct mlt_model_view {
    const mlt_tree *trees; /**< n_trees; of a loaded model, only after mlt_model_unpack */
    size_t n_trees;
    const double *tree_weights; /**< n_trees: boosting's α */
    const double *tree_errors;  /**< n_trees: boosting's weighted errors */
    const double *importances;  /**< p: mean decrease in impurity, normalised */
    double oob_score;           /**< NaN if not computed: accuracy or R² on out-of-bag rows */
    const mlt_coefficient *coefficients;
    size_t n_coefficients;
    const mlt_linear_summary *summary;
    const uint32_t *coefficient_classes; /**< n_coefficients: the class whose log odds each adds to, class by
                                            class; NULL in regression. Then `t` is z, from the normal
                                            distribution, and a penalised fit has only estimates */
    size_t n_members;                    /**< bagging of linear models: how many */
} mlt_model_view;

mlt_model_view mlt_model_view_of(const mlt_model *model);
/** Make the trees of a loaded model, for mlt_model_view. Predicting does not need them, so loading does not
 * take the time. Does nothing where they are there. @return MLT_OK, MLT_E_MODEL (an array of theirs is
 * wrong), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_model_unpack(mlt_model *model, mlt_error *err);

/** Does a fit with these parameters (resolved) have standard errors, and so intervals and diagnostics? */
bool mlt_model_infers(const mlt_model_type *type, const mlt_params *params);
/** Set the level of the confidence intervals in the model's views: 0.95 until then.
 *  @param level  between 0 and 1
 *  @return MLT_OK, MLT_E_USAGE (the model has none) */
MLT_MUST_CHECK mlt_status mlt_model_set_level(mlt_model *model, double level, mlt_error *err);

typedef enum mlt_interval {
    MLT_INTERVAL_CONFIDENCE, /**< of the mean of rows like this one */
    MLT_INTERVAL_PREDICTION, /**< of one new row of weight 1 */
} mlt_interval;

/** Intervals about predictions.
 *  @param[out] low, high   n_rows each, caller-allocated; NaN where the training rows do not tell: columns
 * that were collinear or constant there are not so here
 *  @param      prediction  n_rows, of mlt_model_predict
 *  @param      rows        NULL = all rows in order
 *  @return MLT_OK, MLT_E_USAGE (the model has none), MLT_E_SCHEMA, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_model_interval(double *low, double *high, const double *prediction,
                                             const mlt_model *model, const mlt_dataset *data,
                                             const uint32_t *rows, size_t n_rows, mlt_interval kind,
                                             double level, const mlt_context *ctx, mlt_error *err);

/** What each training row has to do with the fit: R's rstudent, hatvalues and cooks.distance. NaN: not
 * defined. */
typedef struct mlt_diagnostics {
    size_t n;
    uint32_t *rows; /**< n dataset rows of positive weight, ascending */
    double *fitted, *residual, *studentised, *leverage, *cook; /**< n each */
} mlt_diagnostics;

/** @param[out] out   to be cleared
 *  @param      rows  the rows that the model was fitted to; NULL = all
 *  @return MLT_OK, MLT_E_USAGE (the model has none), MLT_E_SCHEMA, MLT_E_LIMIT (too many columns),
 * MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_model_diagnose(mlt_diagnostics *out, const mlt_model *model,
                                             const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                                             const mlt_context *ctx, mlt_error *err);
void mlt_diagnostics_clear(mlt_diagnostics *diagnostics);

/** Write the model's arrays (not its schema or parameters, which the model file keeps itself). */
MLT_MUST_CHECK mlt_status mlt_model_save_tensors(const mlt_model *model, mlt_tensors *out, mlt_error *err);
/** Make a model again; every array is checked before use.
 *  @param schema   borrowed, copied
 *  @param tensors  borrowed; must outlive the model, which uses large arrays where they lie
 *  @return MLT_OK, MLT_E_MODEL, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_model_load_tensors(mlt_model **out, const mlt_model_type *type,
                                                 const mlt_params *params, const mlt_schema *schema,
                                                 uint32_t seed, const mlt_tensors *tensors,
                                                 const mlt_context *ctx, mlt_error *err);
/** Let the model free, with itself, the tensors it was loaded from: malloc'ed, as their contents. */
void mlt_model_own_tensors(mlt_model *model, mlt_tensors *tensors);

#endif
