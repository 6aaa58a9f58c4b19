/* A logistic model's table of coefficients; saving and loading. Stored are the classes, estimates and
 * standard errors; what follows from them is worked out again, by the same code, to the same bits. */
#include "models/logistic.h"

#include "core/error.h"
#include "core/memory.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CONFIDENCE = 0.95;
/* Tensors hold no NaN: a standard error that is not defined is stored as this. */
static const double NOT_DEFINED = -1;

/* ---- the table ---- */

mlt_status mlt__logistic_new(mlt_logistic **out, const mlt_schema *schema, const uint32_t *classes,
                             size_t n_classes, mlt_error *err) {
    mlt_status status;
    mlt_logistic *logistic = mlt__calloc(1, sizeof *logistic);
    if (!logistic)
        return mlt__raise_nomem(err, sizeof *logistic);
    logistic->n_classes = n_classes;
    logistic->k = n_classes == 2 ? 1 : n_classes;
    MLT_ALLOC_GOTO(logistic->classes, n_classes, err, fail);
    memcpy(logistic->classes, classes, n_classes * sizeof *classes);
    MLT_TRY_GOTO(mlt__design_terms(&logistic->terms, &logistic->n_terms, schema, &mlt__form_plain, err),
                 fail);
    MLT_ALLOC_GOTO(logistic->coefficient_classes, logistic->k * logistic->n_terms, err, fail);
    for (size_t i = 0; i < logistic->k * logistic->n_terms; i++)
        logistic->coefficient_classes[i] = classes[logistic->k == 1 ? 1 : i / logistic->n_terms];
    *out = logistic;
    return MLT_OK;
fail:
    mlt__logistic_free(logistic);
    return status;
}

/* z, p and the confidence interval, from the normal distribution. */
static void infer(mlt_coefficient *c, double quantile) {
    c->t = c->p = c->ci_low = c->ci_high = NAN;
    if (!(c->std_error > 0))
        return;
    c->t = c->estimate / c->std_error;
    c->p = 2 * gsl_cdf_ugaussian_Q(fabs(c->t));
    c->ci_low = c->estimate - quantile * c->std_error;
    c->ci_high = c->estimate + quantile * c->std_error;
}

mlt_status mlt__logistic_fill(mlt_logistic *logistic, const mlt_schema *schema, const double *std_errors,
                              mlt_error *err) {
    size_t count = logistic->k * logistic->n_terms;
    double quantile = gsl_cdf_ugaussian_Pinv((1 + CONFIDENCE) / 2);
    logistic->coefficients = mlt__calloc(count, sizeof *logistic->coefficients);
    if (!logistic->coefficients)
        return mlt__raise_nomem(err, count * sizeof *logistic->coefficients);
    for (size_t i = 0; i < count; i++) {
        mlt_coefficient *c = &logistic->coefficients[i];
        c->term = mlt__design_term_name(schema, logistic->terms[i % logistic->n_terms]);
        if (!c->term)
            return mlt__raise_nomem(err, 1);
        c->estimate = logistic->estimates[i];
        c->std_error = std_errors[i];
        infer(c, quantile);
    }
    return MLT_OK;
}

void mlt__logistic_free(mlt_logistic *logistic) {
    if (!logistic)
        return;
    for (size_t i = 0; logistic->coefficients && i < logistic->k * logistic->n_terms; i++)
        free(logistic->coefficients[i].term);
    free(logistic->coefficients);
    free(logistic->coefficient_classes);
    free(logistic->estimates);
    free(logistic->terms);
    free(logistic->classes);
    free(logistic);
}

/* ---- saving ---- */

mlt_status mlt__logistic_save(const mlt_logistic *logistic, mlt_tensors *out, mlt_error *err) {
    mlt_status status;
    size_t count = logistic->k * logistic->n_terms;
    double *std_errors = NULL;
    int64_t *classes = NULL;
    MLT_ALLOC_GOTO(std_errors, count, err, end);
    MLT_ALLOC_GOTO(classes, logistic->n_classes, err, end);
    for (size_t c = 0; c < logistic->n_classes; c++)
        classes[c] = logistic->classes[c];
    for (size_t i = 0; i < count; i++) {
        double value = logistic->coefficients[i].std_error;
        std_errors[i] = isnan(value) ? NOT_DEFINED : value;
    }
    MLT_TRY_GOTO(mlt_tensors_add_ints(out, "classes", classes, logistic->n_classes, err), end);
    MLT_TRY_GOTO(mlt_tensors_add_doubles(out, "coef", logistic->estimates, count, err), end);
    MLT_TRY_GOTO(mlt_tensors_add_doubles(out, "std_error", std_errors, count, err), end);
end:
    free(std_errors);
    free(classes);
    return status;
}

/* ---- loading ---- */

static mlt_status load_classes(mlt_logistic **out, const mlt_tensors *in, const mlt_schema *schema,
                               mlt_error *err) {
    int64_t *stored;
    size_t n;
    MLT_TRY(mlt_tensors_ints(in, "classes", 0, (int64_t)schema->k - 1, &stored, &n, SIZE_MAX, err));
    mlt_status status = MLT_OK;
    uint32_t *classes = mlt__alloc(n, sizeof *classes);
    if (!classes)
        status = mlt__raise_nomem(err, n * sizeof *classes);
    for (size_t c = 0; status == MLT_OK && c < n; c++) {
        if (c > 0 && stored[c] <= stored[c - 1])
            status =
                mlt__raise(err, MLT_E_MODEL,
                           "tensor classes: the classes are not in ascending order; fit the model again");
        classes[c] = (uint32_t)stored[c];
    }
    if (status == MLT_OK && n < 2)
        status = mlt__raise(err, MLT_E_MODEL, "tensor classes: fewer than two classes; fit the model again");
    if (status == MLT_OK)
        status = mlt__logistic_new(out, schema, classes, n, err);
    free(classes);
    free(stored);
    return status;
}

static mlt_status load_std_errors(double **out, const mlt_logistic *logistic, const mlt_tensors *in,
                                  mlt_error *err) {
    size_t count;
    MLT_TRY(mlt_tensors_doubles(in, "std_error", out, &count, logistic->k * logistic->n_terms, err));
    for (size_t i = 0; i < count; i++) {
        double value = (*out)[i];
        if (value == NOT_DEFINED)
            (*out)[i] = NAN;
        else if (!(value > 0))
            return mlt__raise(err, MLT_E_MODEL,
                              "tensor std_error: %g is not a standard error; fit the model again", value);
    }
    return MLT_OK;
}

mlt_status mlt__logistic_load(mlt_logistic **out, const mlt_tensors *in, const mlt_schema *schema,
                              mlt_error *err) {
    mlt_status status;
    mlt_logistic *logistic = NULL;
    double *std_errors = NULL;
    size_t count;
    MLT_TRY_GOTO(load_classes(&logistic, in, schema, err), end);
    MLT_TRY_GOTO(
        mlt_tensors_doubles(in, "coef", &logistic->estimates, &count, logistic->k * logistic->n_terms, err),
        end);
    MLT_TRY_GOTO(load_std_errors(&std_errors, logistic, in, err), end);
    MLT_TRY_GOTO(mlt__logistic_fill(logistic, schema, std_errors, err), end);
    *out = logistic;
    logistic = NULL;
end:
    mlt__logistic_free(logistic);
    free(std_errors);
    return status;
}
