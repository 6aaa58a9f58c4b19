/* A linear prediction term by term. */
#include "core/error.h"
#include "core/memory.h"
#include "eval/explain_parts.h"

#include <math.h>
#include <stdlib.h>

/* Terms are the intercept, then for each feature one, or one a level but the first. */
static void from_coefficients(mlt_explanation *e, const mlt_model_view *view) {
    const mlt_schema *schema = mlt_model_schema(e->model);
    size_t next = 1;
    e->intercept = view->coefficients[0].estimate;
    for (size_t j = 0; j < e->p; j++) {
        const mlt_feature *feature = &schema->features[j];
        bool numeric = feature->type == MLT_NUMERIC;
        for (size_t level = 1; level < (numeric ? 2 : feature->n_levels); level++) {
            double coefficient = view->coefficients[next++].estimate;
            double x = numeric ? e->data->x[j].values[e->row]
                               : (double)(e->data->x[j].codes[e->row] == (int32_t)level);
            e->linear[e->n_linear++] = (mlt_linear_part){.feature = j,
                                                         .level = numeric ? -1 : (int32_t)level,
                                                         .coefficient = coefficient,
                                                         .part = coefficient * x + 0.0}; /* no −0 */
        }
    }
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
        from_coefficients(out, &view);
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
