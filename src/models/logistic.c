/* `logistic`: logistic regression of two classes, and softmax regression of more, as scikit-learn's
 * LogisticRegression has them; from the optimum of the scaled columns to coefficients and standard errors in
 * the data's units. */
#include "models/logistic.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"
#include "models/cholesky.h"
#include "models/logistic_newton.h"
#include "models/logistic_rank.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const mlt_param_spec PARAMS[] = {
    {.name = "penalty",
     .kind = MLT_PARAM_CHOICE,
     .default_text = "l2",
     .choices = "l2|none",
     .help = "keep coefficients small; without, they get standard errors"},
    {.name = "C",
     .kind = MLT_PARAM_REAL,
     .default_text = "1.0",
     .min = 0,
     .max = INFINITY,
     .open_min = true,
     .help = "how freely they grow: one over the penalty's strength"},
    {.name = "max-iter",
     .kind = MLT_PARAM_INT,
     .default_text = "100",
     .min = 1,
     .max = 1e9,
     .help = "Newton steps at most"},
    {.name = "tol",
     .kind = MLT_PARAM_REAL,
     .default_text = "1e-8",
     .min = 0,
     .max = 1,
     .open_min = true,
     .help = "stop when a step changes no row's log odds by more"},
};

/* ---- in the data's units ---- */

/* A vector of coefficients of the scaled columns as one of the terms; 0 for terms that take no part. */
static void unscale(double *out, const mlt_lg_problem *problem, const double *scaled) {
    mlt__sum intercept = {0};
    memset(out, 0, problem->design->p * sizeof *out);
    mlt__sum_add(&intercept, scaled[0]);
    for (size_t j = 1; j < problem->p; j++) {
        double value = scaled[j] * problem->scale[j];
        out[problem->columns[j]] = value;
        mlt__sum_add(&intercept, -value * problem->shift[j]);
    }
    out[0] = mlt__sum_value(&intercept);
}

/* The standard error of class c's coefficient of column j: the length of L⁻¹v, where v·coefficients is what
 * it is made of. Classes' coefficients add up to 0, so v does, too. */
static double std_error(double *v, const mlt_lg_problem *problem, const mlt_lg_fit *fit, size_t c, size_t j) {
    size_t p = problem->p, k = problem->k;
    double square = 0;
    for (size_t i = 0; i < p; i++) {
        double part =
            j == 0 ? (i == 0 ? 1 : -problem->scale[i] * problem->shift[i]) : (i == j ? problem->scale[i] : 0);
        for (size_t other = 0; other < k; other++)
            v[other * p + i] = k == 1 ? part : part * ((other == c ? 1 : 0) - 1 / (double)k);
    }
    mlt__cholesky_forward(v, fit->factor, k * p);
    for (size_t i = 0; i < k * p; i++)
        square += v[i] * v[i];
    return sqrt(square);
}

/* Of the determined coefficients of a fit without penalty. */
static mlt_status std_errors(double *out, const mlt_lg_problem *problem, const mlt_lg_fit *fit,
                             const mlt_freedom *freedom, mlt_error *err) {
    size_t n_terms = problem->design->p, length = problem->k * problem->p;
    double *vectors;
    MLT_ALLOC(vectors, (size_t)problem->threads * length, err);
#pragma omp parallel for num_threads(problem->threads) schedule(static) collapse(2)
    for (size_t c = 0; c < problem->k; c++)
        for (size_t j = 0; j < problem->p; j++) {
            size_t term = problem->columns[j];
            double *v = vectors + (size_t)omp_get_thread_num() * length;
            if (mlt__freedom_none(freedom, n_terms, term))
                out[c * n_terms + term] = std_error(v, problem, fit, c, j);
        }
    free(vectors);
    return MLT_OK;
}

static mlt_status check_finite(const mlt_logistic *logistic, const mlt_dataset *data, const double *errors,
                               mlt_error *err) {
    for (size_t i = 0; i < logistic->k * logistic->n_terms; i++) {
        if (isfinite(logistic->estimates[i]) && !isinf(errors[i]))
            continue;
        char *name = mlt__design_term_name(data->schema, logistic->terms[i % logistic->n_terms]);
        char printable[200];
        if (!name)
            return mlt__raise_nomem(err, 1);
        mlt_status status = mlt__raise(err, MLT_E_NUMERIC,
                                       "%s: the coefficient of '%s' is too large for a number; rescale the "
                                       "column",
                                       data->source, mlt__printable(printable, sizeof printable, name));
        free(name);
        return status;
    }
    return MLT_OK;
}

/* The model of a fit. */
static mlt_status make_model(mlt_logistic **out, const mlt_lg_problem *problem, const mlt_lg_fit *fit,
                             const mlt_freedom *freedom, mlt_error *err) {
    mlt_status status;
    const mlt_dataset *data = problem->design->data;
    mlt_logistic *logistic = NULL;
    double *errors = NULL;
    MLT_TRY_GOTO(mlt__logistic_new(&logistic, data->schema, problem->classes, problem->n_classes, err), end);
    size_t n_terms = logistic->n_terms, count = logistic->k * n_terms;
    MLT_ALLOC_GOTO(logistic->estimates, count, err, end);
    MLT_ALLOC_GOTO(errors, count, err, end);
    for (size_t i = 0; i < count; i++)
        errors[i] = NAN;
    for (size_t c = 0; c < logistic->k; c++) {
        double *estimates = logistic->estimates + c * n_terms;
        unscale(estimates, problem, fit->coefficients + c * problem->p);
        MLT_TRY_GOTO(mlt__freedom_least_norm(estimates, freedom, n_terms, err), end);
    }
    if (!problem->penalised)
        MLT_TRY_GOTO(std_errors(errors, problem, fit, freedom, err), end);
    MLT_TRY_GOTO(check_finite(logistic, data, errors, err), end);
    MLT_TRY_GOTO(mlt__logistic_fill(logistic, data->schema, errors, err), end);
    *out = logistic;
    logistic = NULL;
end:
    mlt__logistic_free(logistic);
    free(errors);
    return status;
}

/* ---- the model ---- */

static mlt_status row_weights(double **out, const mlt_fit_input *in, mlt_error *err) {
    *out = NULL;
    if (!in->data->weights)
        return MLT_OK;
    MLT_ALLOC(*out, in->n_rows, err);
    for (size_t i = 0; i < in->n_rows; i++)
        (*out)[i] = in->data->weights[in->rows[i]];
    return MLT_OK;
}

static mlt_status fit(void **state, const mlt_fit_input *in, mlt_error *err) {
    mlt_status status;
    bool penalised = mlt_params_is(in->params, "penalty", "l2");
    mlt_design design = {0};
    mlt_lg_problem problem = {0};
    mlt_freedom freedom = {0};
    mlt_lg_fit result = {0};
    mlt_logistic *logistic = NULL;
    double *weights = NULL;
    if (!penalised && mlt_params_get(in->params, "C")->set)
        return mlt__raise(
            err, MLT_E_USAGE,
            "--C: is the strength of the l2 penalty, and --penalty none asks for none; leave one of "
            "them out");
    MLT_TRY_GOTO(row_weights(&weights, in, err), end);
    MLT_TRY_GOTO(mlt__design_init(&design, in->data, in->rows, in->n_rows, weights, &mlt__form_plain, err),
                 end);
    MLT_TRY_GOTO(mlt__lg_problem_init(&problem, &design, penalised ? 1 / mlt_params_real(in->params, "C") : 0,
                                      in->ctx, err),
                 end);
    if (!penalised)
        MLT_TRY_GOTO(mlt__lg_rank(&freedom, &problem, err), end);
    MLT_TRY_GOTO(mlt__lg_newton(&result, &problem, mlt_params_int(in->params, "max-iter", 0),
                                mlt_params_real(in->params, "tol"), err),
                 end);
    MLT_TRY_GOTO(make_model(&logistic, &problem, &result, &freedom, err), end);
    *state = logistic;
end:
    free(weights);
    mlt__lg_fit_clear(&result);
    mlt__freedom_clear(&freedom);
    mlt__lg_problem_clear(&problem);
    mlt__design_clear(&design);
    return status;
}

static mlt_status predict(double *out, uint32_t *labels, const void *state, const mlt_schema *schema,
                          const mlt_predict_input *in, mlt_error *err) {
    return mlt__logistic_predict(out, labels, state, schema, in, err);
}

static mlt_status save(const void *state, mlt_tensors *out, mlt_error *err) {
    return mlt__logistic_save(state, out, err);
}

static mlt_status load(void **state, const mlt_load_input *in, mlt_error *err) {
    mlt_logistic *logistic = NULL;
    mlt_status status = mlt__logistic_load(&logistic, in->tensors, in->schema, err);
    *state = logistic;
    return status;
}

static void view(const void *state, mlt_model_view *out) {
    const mlt_logistic *logistic = state;
    out->coefficients = logistic->coefficients;
    out->n_coefficients = logistic->k * logistic->n_terms;
    out->coefficient_classes = logistic->coefficient_classes;
}

static void free_state(void *state) { mlt__logistic_free(state); }

static const mlt_model_ops ops = {
    .fit = fit, .predict = predict, .save = save, .load = load, .view = view, .free = free_state};

extern const mlt_model_type mlt__model_logistic;
const mlt_model_type mlt__model_logistic = {.name = "logistic",
                                            .summary = "logistic regression, with an L2 penalty",
                                            .tasks = MLT_CLASSIFICATION,
                                            .params = PARAMS,
                                            .n_params = sizeof PARAMS / sizeof *PARAMS,
                                            .ops = &ops};
