/* A linear prediction term by term. */
#include "core/error.h"
#include "core/memory.h"
#include "eval/explain_parts.h"
#include "models/design.h"

#include <math.h>
#include <stdlib.h>

/* The terms in the order of their coefficients. */
static mlt_status terms_of(mlt_term **terms, size_t *n, const mlt_model *model, mlt_error *err) {
    const mlt_params *params = mlt_model_params(model);
    uint8_t *degrees;
    MLT_TRY(mlt__design_degrees(&degrees, mlt_params_get(params, "poly"), mlt_model_schema(model), err));
    const mlt_form form = {.intercept = mlt_params_bool(params, "intercept"), .degrees = degrees};
    mlt_status status = mlt__design_terms(terms, n, mlt_model_schema(model), &form, err);
    free(degrees);
    return status;
}

static double term_value(const mlt_explanation *e, mlt_term term) {
    const mlt_cells *x = &e->data->x[term.feature];
    if (term.level != MLT_TERM_NUMERIC)
        return x->codes[e->row] == term.level;
    return term.power == 1 ? x->values[e->row] : pow(x->values[e->row], term.power);
}

static mlt_status from_coefficients(mlt_explanation *e, const mlt_model_view *view, mlt_error *err) {
    mlt_term *terms;
    size_t n;
    MLT_TRY(terms_of(&terms, &n, e->model, err));
    for (size_t i = 0; i < n && i < view->n_coefficients; i++) {
        double coefficient = view->coefficients[i].estimate;
        if (terms[i].feature == MLT_TERM_INTERCEPT)
            e->intercept = coefficient;
        else
            e->linear[e->n_linear++] =
                (mlt_linear_part){.feature = terms[i].feature,
                                  .level = terms[i].level == MLT_TERM_NUMERIC ? -1 : terms[i].level,
                                  .power = terms[i].power,
                                  .coefficient = coefficient,
                                  .part = coefficient * term_value(e, terms[i]) + 0.0}; /* no −0 */
    }
    free(terms);
    return MLT_OK;
}

static void set_reference(mlt__row_copies *rows, size_t feature, size_t row) {
    if (rows->values[feature])
        rows->values[feature][row] = 0;
    else
        rows->codes[feature][row] = 0;
}

/* A mean of linear models is linear: what a feature adds is what is lost when it is 0, or its first level. */
static mlt_status from_differences(mlt_explanation *e, const mlt_context *ctx, mlt_error *err) {
    mlt__row_copies rows = {0};
    double *out = NULL;
    mlt_status status;
    MLT_TRY_GOTO(mlt__row_copies_new(&rows, e->data, e->row, e->p + 1, err), done);
    MLT_ALLOC_GOTO(out, e->p + 1, err, done);
    for (size_t j = 0; j < e->p; j++) {
        set_reference(&rows, j, j);
        set_reference(&rows, j, e->p); /* the last row has all features so */
    }
    MLT_TRY_GOTO(mlt_model_predict(out, NULL, e->model, &rows.data, NULL, e->p + 1, ctx, err), done);
    e->intercept = out[e->p];
    for (size_t j = 0; j < e->p; j++)
        e->linear[e->n_linear++] =
            (mlt_linear_part){.feature = j,
                              .level = rows.values[j] ? -1 : e->data->x[j].codes[e->row],
                              .power = rows.values[j] != NULL,
                              .coefficient = NAN,
                              .part = e->prediction[0] - out[j]};
done:
    free(out);
    mlt__row_copies_clear(&rows);
    return status;
}

mlt_status mlt__linear_parts(mlt_explanation *out, const mlt_context *ctx, mlt_error *err) {
    mlt_model_view view = mlt_model_view_of(out->model);
    MLT_ALLOC(out->linear, out->p + view.n_coefficients, err);
    if (view.n_coefficients > 0)
        MLT_TRY(from_coefficients(out, &view, err));
    else
        MLT_TRY(from_differences(out, ctx, err));
    double *parts;
    MLT_ALLOC(parts, out->n_linear, err);
    for (size_t i = 0; i < out->n_linear; i++)
        parts[i] = out->linear[i].part;
    mlt_status status = mlt__settle(&out->intercept, parts, out->n_linear, 1, out->prediction[0], err);
    for (size_t i = 0; i < out->n_linear; i++)
        out->linear[i].part = parts[i];
    free(parts);
    return status;
}
