/* A linear model's inference: names, and what follows from estimates, standard errors and a few sums. */
#include "models/linear.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/inference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CONFIDENCE = 0.95;

mlt_status mlt__linear_new(mlt_linear **out, const mlt_schema *schema, const mlt_linear_options *options,
                           mlt_error *err) {
    mlt_status status = MLT_OK;
    const mlt_form *form = &options->form;
    mlt_linear *linear = mlt__calloc(1, sizeof *linear);
    if (!linear)
        return mlt__raise_nomem(err, sizeof *linear);
    linear->intercept = form->intercept;
    linear->infer = options->infer;
    linear->n_features = form->features ? form->n_features : schema->p;
    if (form->features) {
        MLT_ALLOC_GOTO(linear->features, form->n_features, err, fail);
        memcpy(linear->features, form->features, form->n_features * sizeof *form->features);
    }
    MLT_TRY_GOTO(mlt__design_terms(&linear->terms, &linear->n_terms, schema, form, err), fail);
    *out = linear;
    return MLT_OK;
fail:
    mlt__linear_free(linear);
    return status;
}

/* ---- the coefficient table ---- */

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
        c->p = mlt__t_two_sided(c->t, freedom);
    }
}

void mlt__linear_set_level(mlt_linear *linear, double level) {
    double freedom = linear->summary.freedom, quantile = freedom > 0 ? mlt__t_quantile(level, freedom) : NAN;
    linear->summary.level = level;
    for (size_t j = 0; j < linear->n_terms; j++)
        infer(&linear->coefficients[j], freedom, quantile);
}

/* ---- the summary ---- */

/* What follows from R², the residual standard deviation and Σ ln w: R's definitions (summary.lm, logLik.lm).
 */
static void complete(mlt_linear *linear) {
    mlt_linear_summary *s = &linear->summary;
    double n = (double)linear->n_rows, rank = (double)linear->rank, own = linear->intercept;
    s->n = linear->n_rows;
    s->rank = linear->rank;
    s->freedom = s->alpha > 0 ? 0 : n - rank;
    s->adjusted_r2 = s->f = s->f_freedom = s->f_p = s->log_likelihood = s->aic = s->bic = NAN;
    if (s->freedom <= 0)
        return;
    s->f_freedom = rank - own;
    s->adjusted_r2 = 1 - (1 - s->r2) * ((n - own) / s->freedom);
    if (s->f_freedom > 0 && s->r2 < 1) {
        s->f = s->r2 / s->f_freedom / ((1 - s->r2) / s->freedom);
        s->f_p = mlt__f_upper(s->f, s->f_freedom, s->freedom);
    }
    if (s->residual_sd > 0) {
        double log_squares = 2 * log(s->residual_sd) + log(s->freedom);
        s->log_likelihood = 0.5 * (linear->log_weights - n * (log(2 * M_PI) + 1 - log(n) + log_squares));
        s->aic = 2 * (rank + 1) - 2 * s->log_likelihood;
        s->bic = log(n) * (rank + 1) - 2 * s->log_likelihood;
    }
}

mlt_status mlt__linear_fill(mlt_linear *linear, const mlt_schema *schema, const double *estimates,
                            const double *std_errors, mlt_error *err) {
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
    }
    complete(linear);
    mlt__linear_set_level(linear, CONFIDENCE);
    return MLT_OK;
}

void mlt__linear_view(const mlt_linear *linear, mlt_model_view *view) {
    view->coefficients = linear->coefficients;
    view->n_coefficients = linear->n_terms;
    view->summary = linear->infer ? &linear->summary : NULL;
}

void mlt__linear_free(mlt_linear *linear) {
    if (!linear)
        return;
    for (size_t j = 0; linear->coefficients && j < linear->n_terms; j++)
        free(linear->coefficients[j].term);
    free(linear->coefficients);
    free(linear->terms);
    free(linear->features);
    free(linear->low);
    free(linear->summary.vif);
    mlt__ls_basis_clear(&linear->basis);
    free(linear);
}
