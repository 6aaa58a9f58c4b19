/** What a model implements; private to src/models. */
#ifndef MLT_MODELS_MODEL_OPS_H
#define MLT_MODELS_MODEL_OPS_H

#include "mltool/model.h"

/** Everything a fit is given. Borrowed. */
typedef struct mlt_fit_input {
    const mlt_dataset *data;
    const uint32_t *rows; /**< n_rows, never NULL */
    size_t n_rows;
    const mlt_params *params; /**< resolved */
    uint32_t seed;
    const mlt_context *ctx;
} mlt_fit_input;

typedef struct mlt_predict_input {
    const mlt_dataset *data;
    const uint32_t *rows; /**< n_rows, or NULL = all in order */
    size_t n_rows;
    const mlt_context *ctx;
} mlt_predict_input;

/** What a model is loaded from. Borrowed; the tensors and the schema outlive the state. */
typedef struct mlt_load_input {
    const mlt_tensors *tensors;
    const mlt_schema *schema;
    const mlt_params *params;
    const mlt_context *ctx;
} mlt_load_input;

/** A model's learned state is a struct of its own behind `void *state`. */
typedef struct mlt_model_ops {
    mlt_status (*fit)(void **state, const mlt_fit_input *in, mlt_error *err);
    /** As mlt_model_predict; `labels` may not be NULL in classification. */
    mlt_status (*predict)(double *out, uint32_t *labels, const void *state, const mlt_schema *schema,
                          const mlt_predict_input *in, mlt_error *err);
    mlt_status (*save)(const void *state, mlt_tensors *out, mlt_error *err);
    /** Every value is checked against the schema. */
    mlt_status (*load)(void **state, const mlt_load_input *in, mlt_error *err);
    /** Make everything that `view` shows, as mlt_model_unpack; NULL where it always is there. */
    mlt_status (*unpack)(void *state, const mlt_schema *schema, mlt_error *err);
    void (*view)(const void *state, mlt_model_view *out);
    void (*free)(void *state); /**< accepts NULL */
} mlt_model_ops;

/** What models with standard errors have beside: mlt_model_type's `inference`. */
typedef struct mlt_inference_ops {
    bool (*infers)(const mlt_params *params);
    void (*set_level)(void *state, double level);
    /** As mlt_model_interval. */
    mlt_status (*interval)(double *low, double *high, const double *prediction, const void *state,
                           const mlt_predict_input *in, mlt_interval kind, double level, mlt_error *err);
    /** As mlt_model_diagnose. */
    mlt_status (*diagnose)(mlt_diagnostics *out, const void *state, const mlt_schema *schema,
                           const mlt_predict_input *in, mlt_error *err);
} mlt_inference_ops;

/** What can be said of the rows that were fitted without seeing them again. */
typedef struct mlt_stream_fit {
    double mse, r2;
} mlt_stream_fit;

/** What a model implements that can be fitted from a stream: rows in blocks, each seen once. */
typedef struct mlt_stream_ops {
    /** @param schema  borrowed until the end; all blocks are encoded by it */
    mlt_status (*begin)(void **stream, const mlt_schema *schema, const mlt_context *ctx, mlt_error *err);
    /** @param rows  n_rows of the block; no cell of them is missing */
    mlt_status (*add)(void *stream, const mlt_dataset *block, const uint32_t *rows, size_t n_rows,
                      mlt_error *err);
    /** `*state` is as the model's `fit` makes it. */
    mlt_status (*finish)(void **state, mlt_stream_fit *fit, void *stream, mlt_error *err);
    void (*free)(void *stream); /**< accepts NULL */
} mlt_stream_ops;

/** A model of a state that was fitted in another way than by its `fit`; the state belongs to it, also on
 * failure.
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__model_of_state(mlt_model **out, const mlt_model_type *type,
                                              const mlt_params *params, const mlt_schema *schema,
                                              uint32_t seed, void *state, mlt_error *err);

/** The row of `in` at position i. */
static inline size_t mlt__row(const uint32_t *rows, size_t i) { return rows ? rows[i] : i; }

#endif
