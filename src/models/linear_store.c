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

/* Doubles of which NaN may be some. */
static mlt_status save_defined(const double *values, size_t n, const char *name, mlt_tensors *out,
                               mlt_error *err) {
    double *stored;
    MLT_ALLOC(stored, n, err);
    for (size_t i = 0; i < n; i++)
        stored[i] = isnan(values[i]) ? NOT_DEFINED : values[i];
    mlt_status status = mlt_tensors_add_doubles(out, name, stored, n, err);
    free(stored);
    return status;
}

static mlt_status save_indices(const size_t *values, size_t n, const char *name, mlt_tensors *out,
                               mlt_error *err) {
    int64_t *stored;
    MLT_ALLOC(stored, n, err);
    for (size_t i = 0; i < n; i++)
        stored[i] = (int64_t)values[i];
    mlt_status status = mlt_tensors_add_ints(out, name, stored, n, err);
    free(stored);
    return status;
}

static mlt_status save_features(const mlt_linear *linear, const char *name, mlt_tensors *out,
                                mlt_error *err) {
    size_t *features;
    MLT_ALLOC(features, linear->n_features, err);
    for (size_t i = 0; i < linear->n_features; i++)
        features[i] = linear->features[i];
    mlt_status status = save_indices(features, linear->n_features, name, out, err);
    free(features);
    return status;
}

static mlt_status save_basis(const mlt_ls_basis *basis, mlt_tensors *out, mlt_error *err) {
    size_t shape[2] = {basis->rank, basis->n_dependent};
    MLT_TRY(save_indices(shape, 2, "basis_shape", out, err));
    if (basis->rank == 0)
        return MLT_OK;
    MLT_TRY(mlt_tensors_add_doubles(out, "basis_shift", basis->shift, basis->p, err));
    MLT_TRY(mlt_tensors_add_doubles(out, "basis_scale", basis->scale, basis->p, err));
    MLT_TRY(save_indices(basis->order, basis->p, "basis_order", out, err));
    MLT_TRY(mlt_tensors_add_doubles(out, "basis_r", basis->r, basis->rank * (basis->rank + 1) / 2, err));
    if (basis->n_dependent == 0)
        return MLT_OK;
    return mlt_tensors_add_doubles(out, "basis_relation", basis->relation, basis->rank * basis->n_dependent,
                                   err);
}

/* What inference needs. Bagged models do without, so no prefix. */
static mlt_status save_inference(const mlt_linear *linear, mlt_tensors *out, mlt_error *err) {
    const mlt_linear_summary *s = &linear->summary;
    const double defined[] = {s->residual_sd, s->r2, s->condition}, others[] = {linear->log_weights};
    const double ridge[] = {s->alpha, s->effective};
    MLT_TRY(save_defined(defined, 3, "summary", out, err));
    MLT_TRY(mlt_tensors_add_doubles(out, "log_weights", others, 1, err));
    MLT_TRY(mlt_tensors_add_doubles(out, "ridge", ridge, 2, err));
    MLT_TRY(save_defined(s->vif, linear->n_terms, "vif", out, err));
    return save_basis(&linear->basis, out, err);
}

mlt_status mlt__linear_save(const mlt_linear *linear, const char *prefix, mlt_tensors *out, mlt_error *err) {
    mlt_status status;
    size_t n = linear->n_terms;
    double *values = NULL;
    tensor_name name;
    int64_t shape[2] = {(int64_t)linear->n_rows, (int64_t)linear->rank};
    if (linear->features)
        MLT_TRY_GOTO(save_features(linear, name_of(name, prefix, "features"), out, err), end);
    MLT_TRY_GOTO(mlt_tensors_add_ints(out, name_of(name, prefix, "rows_and_rank"), shape, 2, err), end);
    MLT_ALLOC_GOTO(values, n, err, end);
    for (size_t j = 0; j < n; j++)
        values[j] = linear->coefficients[j].estimate;
    MLT_TRY_GOTO(mlt_tensors_add_doubles(out, name_of(name, prefix, "coef"), values, n, err), end);
    for (size_t j = 0; j < n; j++)
        values[j] = linear->coefficients[j].std_error;
    MLT_TRY_GOTO(save_defined(values, n, name_of(name, prefix, "std_error"), out, err), end);
    if (linear->low)
        MLT_TRY_GOTO(mlt_tensors_add_doubles(out, name_of(name, prefix, "coef_low"), linear->low, n, err),
                     end);
    if (linear->infer)
        status = save_inference(linear, out, err);
end:
    free(values);
    return status;
}

/* ---- loading ---- */

/* Different indices below `limit`. */
static mlt_status load_indices(int64_t **out, size_t *count, const char *name, size_t limit, size_t expected,
                               const mlt_tensors *in, mlt_error *err) {
    mlt_status status = MLT_OK;
    MLT_TRY(mlt_tensors_ints(in, name, 0, (int64_t)limit - 1, out, count, expected, err));
    bool *seen = mlt__calloc(limit, sizeof *seen);
    if (!seen)
        status = mlt__raise_nomem(err, limit);
    for (size_t i = 0; status == MLT_OK && i < *count; i++) {
        if (seen[(*out)[i]])
            status = mlt__raise(err, MLT_E_MODEL, "tensor %s: %lld occurs twice; fit the model again", name,
                                (long long)(*out)[i]);
        seen[(*out)[i]] = true;
    }
    free(seen);
    if (status != MLT_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

/* The features of a model of some of them; `*features` stays NULL if it is of all. */
static mlt_status load_features(uint32_t **features, size_t *n_features, const char *prefix,
                                const mlt_tensors *in, const mlt_schema *schema, mlt_error *err) {
    tensor_name name;
    int64_t *stored;
    if (!mlt_tensors_find(in, name_of(name, prefix, "features")))
        return MLT_OK;
    MLT_TRY(load_indices(&stored, n_features, name, schema->p, SIZE_MAX, in, err));
    *features = mlt__alloc(*n_features, sizeof **features);
    for (size_t i = 0; *features && i < *n_features; i++)
        (*features)[i] = (uint32_t)stored[i];
    free(stored);
    return *features ? MLT_OK : mlt__raise_nomem(err, *n_features * sizeof **features);
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

/* Doubles that are NaN or at least `least`. */
static mlt_status load_defined(double **out, const char *name, size_t n, double least, const mlt_tensors *in,
                               mlt_error *err) {
    size_t count;
    MLT_TRY(mlt_tensors_doubles(in, name, out, &count, n, err));
    for (size_t i = 0; i < count; i++) {
        double value = (*out)[i];
        if (value == NOT_DEFINED)
            (*out)[i] = NAN;
        else if (value < least || signbit(value))
            return mlt__raise(err, MLT_E_MODEL, "tensor %s: %g is not possible here; fit the model again",
                              name, value);
    }
    return MLT_OK;
}

static mlt_status load_std_errors(double **out, const mlt_linear *linear, const char *prefix,
                                  const mlt_tensors *in, mlt_error *err) {
    tensor_name name;
    MLT_TRY(load_defined(out, name_of(name, prefix, "std_error"), linear->n_terms, 0, in, err));
    for (size_t j = 0; j < linear->n_terms; j++)
        if (!isnan((*out)[j]) && (linear->n_rows == linear->rank || linear->summary.alpha > 0))
            return mlt__raise(err, MLT_E_MODEL,
                              "tensor %s: %g is not a standard error here; fit the model again", name,
                              (*out)[j]);
    return MLT_OK;
}

/* ---- loading what inference needs ---- */

static mlt_status raise_basis(const char *name, mlt_error *err) {
    return mlt__raise(err, MLT_E_MODEL, "tensor %s: not what a fit gives; fit the model again", name);
}

/* A permutation of the terms. */
static mlt_status load_order(size_t **out, size_t p, const mlt_tensors *in, mlt_error *err) {
    int64_t *stored;
    size_t count;
    MLT_TRY(load_indices(&stored, &count, "basis_order", p, p, in, err));
    *out = mlt__alloc(p, sizeof **out);
    for (size_t i = 0; *out && i < p; i++)
        (*out)[i] = (size_t)stored[i];
    free(stored);
    return *out ? MLT_OK : mlt__raise_nomem(err, p * sizeof **out);
}

static mlt_status check_basis(const mlt_ls_basis *basis, mlt_error *err) {
    const double *r = basis->r;
    for (size_t j = 0; j < basis->p; j++)
        if (!(basis->scale[j] > 0) || !isnormal(basis->scale[j]))
            return raise_basis("basis_scale", err);
    for (size_t k = 0; k < basis->rank; r += ++k)
        if (r[k] == 0)
            return raise_basis("basis_r", err);
    return MLT_OK;
}

static mlt_status load_basis(mlt_linear *linear, const mlt_tensors *in, mlt_error *err) {
    mlt_ls_basis *basis = &linear->basis;
    size_t p = linear->n_terms, count;
    int64_t *shape;
    MLT_TRY(mlt_tensors_ints(in, "basis_shape", 0, INT32_MAX, &shape, &count, 2, err));
    size_t rank = (size_t)shape[0], dependent = (size_t)shape[1];
    free(shape);
    if (rank == 0 && dependent == 0)
        return MLT_OK;
    if (rank != linear->rank || dependent > p - rank)
        return raise_basis("basis_shape", err);
    MLT_TRY(mlt_tensors_doubles(in, "basis_shift", &basis->shift, &count, p, err));
    MLT_TRY(mlt_tensors_doubles(in, "basis_scale", &basis->scale, &count, p, err));
    MLT_TRY(load_order(&basis->order, p, in, err));
    MLT_TRY(mlt_tensors_doubles(in, "basis_r", &basis->r, &count, rank * (rank + 1) / 2, err));
    if (dependent > 0)
        MLT_TRY(mlt_tensors_doubles(in, "basis_relation", &basis->relation, &count, rank * dependent, err));
    basis->p = p;
    basis->rank = rank;
    basis->n_dependent = dependent;
    return check_basis(basis, err);
}

static mlt_status load_ridge(mlt_linear_summary *s, const mlt_linear *linear,
                             const mlt_linear_options *options, const mlt_tensors *in, mlt_error *err) {
    double *ridge;
    size_t count;
    MLT_TRY(mlt_tensors_doubles(in, "ridge", &ridge, &count, 2, err));
    s->alpha = ridge[0];
    s->effective = ridge[1];
    free(ridge);
    bool same = options->gcv ? s->alpha >= 0 : s->alpha == options->alpha;
    return same && s->effective >= 0 && s->effective <= (double)linear->n_terms ? MLT_OK
                                                                                : raise_basis("ridge", err);
}

static mlt_status load_inference(mlt_linear *linear, const mlt_linear_options *options, const mlt_tensors *in,
                                 mlt_error *err) {
    mlt_linear_summary *s = &linear->summary;
    double *defined = NULL, *others = NULL;
    size_t count;
    mlt_status status;
    MLT_TRY(load_ridge(s, linear, options, in, err));
    MLT_TRY_GOTO(load_defined(&defined, "summary", 3, 0, in, err), end);
    MLT_TRY_GOTO(mlt_tensors_doubles(in, "log_weights", &others, &count, 1, err), end);
    s->residual_sd = defined[0];
    s->r2 = defined[1];
    s->condition = defined[2];
    linear->log_weights = others[0];
    if (s->r2 > 1) {
        status = raise_basis("summary", err);
        goto end;
    }
    MLT_TRY_GOTO(load_defined(&s->vif, "vif", linear->n_terms, 0, in, err), end);
    status = load_basis(linear, in, err);
end:
    free(defined);
    free(others);
    return status;
}

mlt_status mlt__linear_load(mlt_linear **out, const char *prefix, const mlt_tensors *in,
                            const mlt_schema *schema, const mlt_linear_options *options, mlt_error *err) {
    mlt_status status;
    mlt_linear *linear = NULL;
    uint32_t *features = NULL;
    double *estimates = NULL, *std_errors = NULL;
    mlt_linear_options own = *options;
    size_t count;
    tensor_name name;
    MLT_TRY_GOTO(load_features(&features, &own.form.n_features, prefix, in, schema, err), end);
    own.form.features = features;
    MLT_TRY_GOTO(mlt__linear_new(&linear, schema, &own, err), end);
    MLT_TRY_GOTO(
        mlt_tensors_doubles(in, name_of(name, prefix, "coef"), &estimates, &count, linear->n_terms, err),
        end);
    MLT_TRY_GOTO(load_shape(linear, prefix, in, err), end);
    if (own.form.degrees)
        MLT_TRY_GOTO(mlt_tensors_doubles(in, name_of(name, prefix, "coef_low"), &linear->low, &count,
                                         linear->n_terms, err),
                     end);
    if (own.infer)
        MLT_TRY_GOTO(load_inference(linear, &own, in, err), end);
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
