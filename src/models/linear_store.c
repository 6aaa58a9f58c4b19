/* Saving and loading linear models. Stored are the estimates and standard errors; what follows from them is
 * worked out again, by the same code, to the same bits. */
#include "models/linear.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tensors hold no NaN: a standard error that is not defined is stored as this. */
static const double NOT_DEFINED = -1;

typedef char tensor_name[64];

static const char *name_of(tensor_name out, const char *prefix, const char *name) {
    snprintf(out, sizeof(tensor_name), "%s%s", prefix, name);
    return out;
}

/* ---- saving ---- */

static mlt_status save_features(const mlt_linear *linear, const char *prefix, mlt_tensors *out,
                                mlt_error *err) {
    tensor_name name;
    int64_t *features;
    if (!linear->features)
        return MLT_OK;
    MLT_ALLOC(features, linear->n_features, err);
    for (size_t i = 0; i < linear->n_features; i++)
        features[i] = linear->features[i];
    mlt_status status =
        mlt_tensors_add_ints(out, name_of(name, prefix, "features"), features, linear->n_features, err);
    free(features);
    return status;
}

mlt_status mlt__linear_save(const mlt_linear *linear, const char *prefix, mlt_tensors *out, mlt_error *err) {
    mlt_status status;
    size_t n = linear->n_terms;
    double *values = NULL;
    tensor_name name;
    int64_t shape[2] = {(int64_t)linear->n_rows, (int64_t)linear->rank};
    MLT_TRY_GOTO(save_features(linear, prefix, out, err), end);
    MLT_TRY_GOTO(mlt_tensors_add_ints(out, name_of(name, prefix, "rows_and_rank"), shape, 2, err), end);
    MLT_ALLOC_GOTO(values, n, err, end);
    for (size_t j = 0; j < n; j++)
        values[j] = linear->coefficients[j].estimate;
    MLT_TRY_GOTO(mlt_tensors_add_doubles(out, name_of(name, prefix, "coef"), values, n, err), end);
    for (size_t j = 0; j < n; j++)
        values[j] =
            isnan(linear->coefficients[j].std_error) ? NOT_DEFINED : linear->coefficients[j].std_error;
    MLT_TRY_GOTO(mlt_tensors_add_doubles(out, name_of(name, prefix, "std_error"), values, n, err), end);
end:
    free(values);
    return status;
}

/* ---- loading ---- */

/* The features of a model of some of them; `*features` stays NULL if it is of all. */
static mlt_status load_features(uint32_t **features, size_t *n_features, const char *prefix,
                                const mlt_tensors *in, const mlt_schema *schema, mlt_error *err) {
    tensor_name name;
    int64_t *stored = NULL;
    mlt_status status;
    if (!mlt_tensors_find(in, name_of(name, prefix, "features")))
        return MLT_OK;
    MLT_TRY(mlt_tensors_ints(in, name, 0, (int64_t)schema->p - 1, &stored, n_features, SIZE_MAX, err));
    bool *seen = mlt__calloc(schema->p, sizeof *seen);
    *features = mlt__alloc(*n_features, sizeof **features);
    status = seen && *features ? MLT_OK : mlt__raise_nomem(err, *n_features * sizeof **features);
    for (size_t i = 0; status == MLT_OK && i < *n_features; i++) {
        if (seen[stored[i]])
            status = mlt__raise(err, MLT_E_MODEL, "tensor %s: feature %lld occurs twice; fit the model again",
                                name, (long long)stored[i]);
        seen[stored[i]] = true;
        (*features)[i] = (uint32_t)stored[i];
    }
    free(stored);
    free(seen);
    return status;
}

static mlt_status load_shape(mlt_linear *linear, const char *prefix, const mlt_tensors *in, mlt_error *err) {
    tensor_name name;
    int64_t *shape;
    size_t count;
    MLT_TRY(
        mlt_tensors_ints(in, name_of(name, prefix, "rows_and_rank"), 1, INT32_MAX, &shape, &count, 2, err));
    linear->n_rows = (size_t)shape[0];
    linear->rank = (size_t)shape[1];
    free(shape);
    if (linear->rank > linear->n_rows || linear->rank > linear->n_terms)
        return mlt__raise(err, MLT_E_MODEL,
                          "tensor %s: a rank of %zu with %zu rows and %zu coefficients; fit the model again",
                          name, linear->rank, linear->n_rows, linear->n_terms);
    return MLT_OK;
}

static mlt_status load_std_errors(double **out, const mlt_linear *linear, const char *prefix,
                                  const mlt_tensors *in, mlt_error *err) {
    tensor_name name;
    size_t count;
    MLT_TRY(mlt_tensors_doubles(in, name_of(name, prefix, "std_error"), out, &count, linear->n_terms, err));
    for (size_t j = 0; j < count; j++) {
        double value = (*out)[j];
        if (value == NOT_DEFINED)
            (*out)[j] = NAN;
        else if (value < 0 || signbit(value) || linear->n_rows == linear->rank)
            return mlt__raise(err, MLT_E_MODEL,
                              "tensor %s: %g is not a standard error here; fit the model again", name, value);
    }
    return MLT_OK;
}

mlt_status mlt__linear_load(mlt_linear **out, const char *prefix, const mlt_tensors *in,
                            const mlt_schema *schema, mlt_error *err) {
    mlt_status status;
    mlt_linear *linear = NULL;
    uint32_t *features = NULL;
    double *estimates = NULL, *std_errors = NULL;
    size_t n_features = 0, count;
    tensor_name name;
    MLT_TRY_GOTO(load_features(&features, &n_features, prefix, in, schema, err), end);
    MLT_TRY_GOTO(mlt__linear_new(&linear, schema, features, n_features, err), end);
    MLT_TRY_GOTO(
        mlt_tensors_doubles(in, name_of(name, prefix, "coef"), &estimates, &count, linear->n_terms, err),
        end);
    MLT_TRY_GOTO(load_shape(linear, prefix, in, err), end);
    MLT_TRY_GOTO(load_std_errors(&std_errors, linear, prefix, in, err), end);
    MLT_TRY_GOTO(mlt__linear_fill(linear, schema, estimates, std_errors, err), end);
    *out = linear;
    linear = NULL;
end:
    mlt__linear_free(linear);
    free(features);
    free(estimates);
    free(std_errors);
    return status;
}
