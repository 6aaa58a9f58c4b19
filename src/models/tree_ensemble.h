/** A set of trees and what goes with them: the learned state of every tree model. */
#ifndef MLT_MODELS_TREE_ENSEMBLE_H
#define MLT_MODELS_TREE_ENSEMBLE_H

#include "models/tree_engine.h"
#include "models/tree_forest.h"

typedef struct mlt_ensemble {
    mlt_tree *trees; /**< n_trees, owned; of a loaded ensemble, empty until it is unpacked */
    size_t n_trees;
    size_t p, width;
    double *importances;                /**< p */
    double *tree_weights, *tree_errors; /**< n_trees; boosting only, else NULL */
    double oob_score;                   /**< NaN if not computed */
    mlt_forest forest;                  /**< the trees as rows go down them */
    const mlt_tensors *file;            /**< what it was loaded from, borrowed; else NULL */
} mlt_ensemble;

/** An ensemble of `n_trees` empty trees. `boosted`: with weights and errors. */
MLT_MUST_CHECK mlt_status mlt__ensemble_new(mlt_ensemble **out, size_t n_trees, size_t p, size_t width,
                                            bool boosted, mlt_error *err);
/** Accepts NULL. */
void mlt__ensemble_free(void *state);
void mlt__ensemble_view(const void *state, mlt_model_view *out);
/** Make `forest` of grown trees, if that has not been done.
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt__ensemble_pack(mlt_ensemble *ensemble, const mlt_context *ctx, mlt_error *err);
/** Forget all trees from `n_trees` on. */
void mlt__ensemble_truncate(mlt_ensemble *ensemble, size_t n_trees);
MLT_MUST_CHECK mlt_status mlt__ensemble_save(const void *state, mlt_tensors *out, mlt_error *err);
/** Every array that predicting needs is checked: structure, ranges, finiteness. */
MLT_MUST_CHECK mlt_status mlt__ensemble_load(mlt_ensemble **out, const mlt_load_input *in, bool boosted,
                                             mlt_error *err);
/** The same for a model that is nothing but trees: an mlt_model_ops.load. */
MLT_MUST_CHECK mlt_status mlt__ensemble_load_plain(void **state, const mlt_load_input *in, mlt_error *err);
/** Make `trees` of a loaded ensemble; the arrays they need are checked. @return MLT_OK, MLT_E_MODEL,
 * MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__ensemble_unpack(mlt_ensemble *ensemble, const mlt_schema *schema,
                                               mlt_error *err);
/** The same as an mlt_model_ops.unpack. */
MLT_MUST_CHECK mlt_status mlt__ensemble_unpack_plain(void *state, const mlt_schema *schema, mlt_error *err);

/** The mean of the trees' predictions: values, or class probabilities and the first most probable class. An
 *  mlt_model_ops.predict. */
MLT_MUST_CHECK mlt_status mlt__ensemble_predict_mean(double *out, uint32_t *labels, const void *state,
                                                     const mlt_schema *schema, const mlt_predict_input *in,
                                                     mlt_error *err);

/** The same after each tree. An mlt_model_ops.predict_stages. */
MLT_MUST_CHECK mlt_status mlt__ensemble_stages_mean(const mlt_stage_listener *listener, const void *state,
                                                    const mlt_schema *schema, const mlt_predict_input *in,
                                                    mlt_error *err);

/** How one member of an ensemble is grown: fills in the sample for member `index`, whose `n` is data->n.
 * `counts` (data->n, zeroed) is the thread's own; where rows are drawn it takes how often each was, and
 * becomes the sample's weights. The rows' own weights are multiplied in behind it. */
typedef mlt_status (*mlt_member_sample)(mlt_tree_sample *sample, size_t index, double *counts, void *user,
                                        mlt_error *err);

/** What fills an ensemble with trees. `params` are those given to mlt__ensemble_fit. */
typedef mlt_status (*mlt_ensemble_filler)(mlt_ensemble *ensemble, const mlt_tree_data *data,
                                          const mlt_fit_input *in, const mlt_tree_params *params,
                                          mlt_error *err);

/** Read the options that all trees have, lay the rows out, and let `fill` grow a new ensemble on them.
 *  @param[out] out  owned (mlt__ensemble_free)
 *  @return MLT_OK, MLT_E_USAGE, MLT_E_NUMERIC, MLT_E_NOMEM, what `fill` returns */
MLT_MUST_CHECK mlt_status mlt__ensemble_fit(void **out, const mlt_fit_input *in, size_t n_trees,
                                            mlt_ensemble_filler fill, mlt_error *err);

/** Grow all trees, in parallel over trees; the result does not depend on the number of threads.
 *  @param[out] in_bag  malloc'ed, also on failure: n_trees × ⌈n / 8⌉ bytes, bit i of row t set if tree t saw
 * position i; NULL: not wanted */
MLT_MUST_CHECK mlt_status mlt__ensemble_grow(mlt_ensemble *ensemble, const mlt_tree_data *data,
                                             const mlt_tree_params *params, mlt_member_sample sample,
                                             void *user, uint8_t **in_bag, const mlt_context *ctx,
                                             mlt_error *err);

/** Score the training rows by the trees that did not see them: accuracy or R², as scikit-learn's oob_score_.
 * Rows that every tree saw count as predicted 0 or as the first class, with a note. */
MLT_MUST_CHECK mlt_status mlt__ensemble_oob(mlt_ensemble *ensemble, const mlt_fit_input *in,
                                            const uint8_t *in_bag, mlt_error *err);

#endif
