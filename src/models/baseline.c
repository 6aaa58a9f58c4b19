/* `baseline`: the commonest class with the classes' shares as probabilities, or the mean; scikit-learn's
 * DummyClassifier (strategy "prior") and DummyRegressor. It looks at no feature: what it scores is what
 * guessing scores.
 */
#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"
#include "models/model_ops.h"

#include <math.h>
#include <stdlib.h>

/* What is learned, the same for every row. */
typedef struct baseline {
    size_t width;   /* 1, or k classes */
    double *answer; /* width: the mean, or the classes' shares */
} baseline;

static void free_state(void *state) {
    baseline *b = state;
    if (!b)
        return;
    free(b->answer);
    free(b);
}

static mlt_status new_state(baseline **out, size_t k, mlt_error *err) {
    *out = mlt__calloc(1, sizeof **out);
    if (!*out)
        return mlt__raise_nomem(err, sizeof **out);
    (*out)->width = k ? k : 1;
    return MLT_OK;
}

/* Weighted sums over the training rows, divided by their weight. */
static mlt_status average(baseline *b, const mlt_fit_input *in, mlt_error *err) {
    const mlt_dataset *data = in->data;
    mlt__sum *sums = mlt__calloc(b->width, sizeof *sums), all = {0};
    if (!sums)
        return mlt__raise_nomem(err, b->width * sizeof *sums);
    for (size_t i = 0; i < in->n_rows; i++) {
        size_t row = in->rows[i];
        double weight = data->weights ? data->weights[row] : 1;
        mlt__sum_add(&all, weight);
        mlt__sum_add(&sums[data->labels ? data->labels[row] : 0],
                     data->labels ? weight : weight * data->y[row]);
    }
    for (size_t c = 0; c < b->width; c++)
        b->answer[c] = mlt__sum_value(&sums[c]) / mlt__sum_value(&all);
    free(sums);
    if (!isfinite(b->answer[0]))
        return mlt__raise(err, MLT_E_NUMERIC, "%s: the mean of '%s' is beyond the largest number; scale it",
                          data->source, data->schema->target);
    return MLT_OK;
}

static mlt_status fit(void **state, const mlt_fit_input *in, mlt_error *err) {
    baseline *b;
    mlt_status status;
    MLT_TRY(new_state(&b, in->data->schema->k, err));
    MLT_ALLOC_GOTO(b->answer, b->width, err, done);
    MLT_TRY_GOTO(average(b, in, err), done);
    *state = b;
    b = NULL;
done:
    free_state(b);
    return status;
}

static mlt_status predict(double *out, uint32_t *labels, const void *state, const mlt_schema *schema,
                          const mlt_predict_input *in, mlt_error *err) {
    const baseline *b = state;
    uint32_t commonest = 0;
    (void)err;
    for (uint32_t c = 1; c < b->width; c++)
        if (b->answer[c] > b->answer[commonest])
            commonest = c;
    for (size_t i = 0; i < in->n_rows; i++) {
        for (size_t c = 0; c < b->width; c++)
            out[i * b->width + c] = b->answer[c];
        if (schema->k)
            labels[i] = commonest;
    }
    return MLT_OK;
}

static mlt_status save(const void *state, mlt_tensors *out, mlt_error *err) {
    const baseline *b = state;
    return mlt_tensors_add_doubles(out, "answer", b->answer, b->width, err);
}

/* Shares are at least 0 and add up to 1. */
static bool are_shares(const baseline *b) {
    double sum = 0;
    for (size_t c = 0; c < b->width; c++) {
        if (b->answer[c] < 0)
            return false;
        sum += b->answer[c];
    }
    return fabs(sum - 1) < 1e-9;
}

static mlt_status load(void **state, const mlt_load_input *in, mlt_error *err) {
    baseline *b;
    mlt_status status;
    size_t count;
    MLT_TRY(new_state(&b, in->schema->k, err));
    MLT_TRY_GOTO(mlt_tensors_doubles(in->tensors, "answer", &b->answer, &count, b->width, err), done);
    if (in->schema->k && !are_shares(b)) {
        status = mlt__raise(err, MLT_E_MODEL,
                            "tensor answer: the classes' shares do not add up to 1; fit the model again");
        goto done;
    }
    *state = b;
    b = NULL;
done:
    free_state(b);
    return status;
}

/* There is no tree, coefficient or importance to see. */
static void view(const void *state, mlt_model_view *out) {
    (void)state;
    (void)out;
}

static const mlt_model_ops OPS = {
    .fit = fit, .predict = predict, .save = save, .load = load, .view = view, .free = free_state};

const mlt_model_type mlt__model_baseline = {.name = "baseline",
                                            .summary =
                                                "the commonest class or the mean: what others must beat",
                                            .tasks = MLT_REGRESSION | MLT_CLASSIFICATION,
                                            .baseline = true,
                                            .ops = &OPS};
