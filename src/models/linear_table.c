/* A linear model's coefficient table: names, and what follows from estimates and standard errors. */
#include "models/linear.h"

#include "core/error.h"
#include "core/memory.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

static const double CONFIDENCE = 0.95;

/* GSL's own handler aborts the program. */
static void silence_gsl(void) { gsl_set_error_handler_off(); }

mlt_status mlt__linear_new(mlt_linear **out, const mlt_schema *schema, const uint32_t *features,
                           size_t n_features, mlt_error *err) {
    mlt_status status = MLT_OK;
    mlt_linear *linear = mlt__calloc(1, sizeof *linear);
    if (!linear)
        return mlt__raise_nomem(err, sizeof *linear);
    linear->n_features = features ? n_features : schema->p;
    if (features) {
        MLT_ALLOC_GOTO(linear->features, n_features, err, fail);
        memcpy(linear->features, features, n_features * sizeof *features);
    }
    MLT_TRY_GOTO(mlt__design_terms(&linear->terms, &linear->n_terms, schema, features, n_features, true, err),
                 fail);
    *out = linear;
    return MLT_OK;
fail:
    mlt__linear_free(linear);
    return status;
}

/* P(|T| > t) for Student's T. GSL's tdist takes a Cornish-Fisher series for degrees of freedom over 30, which
 * is wrong in the seventh digit of small p; by T² ~ F all digits are right until fdist loses them, far
 * beyond. */
static double two_sided(double t, double freedom) {
    return freedom > 30 && freedom <= 2000 ? gsl_cdf_fdist_Q(t * t, 1, freedom)
                                           : 2 * gsl_cdf_tdist_Q(fabs(t), freedom);
}

/* t, p and the confidence interval of one coefficient. Without a standard error, or with one of 0, t says
 * nothing. */
static void infer(mlt_coefficient *c, double freedom, double quantile) {
    c->t = c->p = c->ci_low = c->ci_high = NAN;
    if (isnan(c->std_error))
        return;
    c->ci_low = c->estimate - quantile * c->std_error;
    c->ci_high = c->estimate + quantile * c->std_error;
    if (c->std_error > 0) {
        c->t = c->estimate / c->std_error;
        c->p = two_sided(c->t, freedom);
    }
}

mlt_status mlt__linear_fill(mlt_linear *linear, const mlt_schema *schema, const double *estimates,
                            const double *std_errors, mlt_error *err) {
    static once_flag once = ONCE_FLAG_INIT;
    call_once(&once, silence_gsl);
    double freedom = (double)linear->n_rows - (double)linear->rank;
    double quantile = freedom > 0 ? gsl_cdf_tdist_Pinv((1 + CONFIDENCE) / 2, freedom) : NAN;
    linear->coefficients = mlt__calloc(linear->n_terms, sizeof *linear->coefficients);
    if (!linear->coefficients)
        return mlt__raise_nomem(err, linear->n_terms * sizeof *linear->coefficients);
    for (size_t j = 0; j < linear->n_terms; j++) {
        mlt_coefficient *c = &linear->coefficients[j];
        c->term = mlt__design_term_name(schema, linear->terms[j]);
        if (!c->term)
            return mlt__raise_nomem(err, 1);
        c->estimate = estimates[j];
        c->std_error = std_errors[j];
        infer(c, freedom, quantile);
    }
    return MLT_OK;
}

void mlt__linear_view(const mlt_linear *linear, mlt_model_view *view) {
    view->coefficients = linear->coefficients;
    view->n_coefficients = linear->n_terms;
}

void mlt__linear_free(mlt_linear *linear) {
    if (!linear)
        return;
    for (size_t j = 0; linear->coefficients && j < linear->n_terms; j++)
        free(linear->coefficients[j].term);
    free(linear->coefficients);
    free(linear->terms);
    free(linear->features);
    free(linear);
}
