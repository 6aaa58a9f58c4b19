/* Choosing the classes and the columns of a logistic regression, and gathering its blocks. */
#include "models/logistic_problem.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/sum.h"
#include "core/threads.h"

#include <math.h>
#include <stdlib.h>

/* Squares of numbers up to this stay finite, and so do sums of them. */
static const double LARGEST = 1e150;
/* Coefficients: the matrix of second derivatives is this squared, 800 MB. */
enum { MOST_COEFFICIENTS = 10000 };

/* ---- classes ---- */

static mlt_status find_classes(mlt_lg_problem *problem, mlt_error *err) {
    const mlt_design *design = problem->design;
    const mlt_dataset *data = design->data;
    size_t k = data->schema->k;
    MLT_ALLOC(problem->classes, k, err);
    MLT_ALLOC(problem->class_at, k, err);
    for (size_t c = 0; c < k; c++)
        problem->class_at[c] = UINT32_MAX;
    for (size_t i = 0; i < problem->n; i++)
        problem->class_at[data->labels[mlt__row(design->rows, design->first + i)]] = 0;
    for (size_t c = 0; c < k; c++)
        if (problem->class_at[c] == 0) {
            problem->class_at[c] = (uint32_t)problem->n_classes;
            problem->classes[problem->n_classes++] = (uint32_t)c;
        }
    if (problem->n_classes < 2) {
        char name[200];
        return mlt__raise(
            err, MLT_E_DATA,
            "%s: all rows to train on are of the class '%s', which leaves nothing to tell apart; "
            "give other rows, or --stratify",
            data->source, mlt__printable(name, sizeof name, data->schema->classes[problem->classes[0]]));
    }
    problem->k = problem->n_classes == 2 ? 1 : problem->n_classes;
    return MLT_OK;
}

/* ---- columns ---- */

typedef struct column_range {
    mlt__sum sum;
    double low, high;
    bool missing;
} column_range;

static column_range range_of(const mlt_lg_problem *problem, mlt_term term) {
    const mlt_design *design = problem->design;
    column_range range = {.low = INFINITY, .high = -INFINITY};
    double cells[MLT_LG_BLOCK];
    for (size_t done = 0; done < problem->n; done += MLT_LG_BLOCK) {
        size_t left = problem->n - done, count = left < MLT_LG_BLOCK ? left : MLT_LG_BLOCK;
        mlt__design_gather(cells, design->data, term, design->rows, design->first + done, count, 0, 1);
        for (size_t i = 0; i < count; i++) {
            range.missing |= isnan(cells[i]);
            range.low = fmin(range.low, cells[i]);
            range.high = fmax(range.high, cells[i]);
            mlt__sum_add(&range.sum, cells[i]);
        }
    }
    return range;
}

static mlt_status check_range(const mlt_lg_problem *problem, mlt_term term, const column_range *range,
                              mlt_error *err) {
    const mlt_design *design = problem->design;
    if (range->missing)
        MLT_TRY(mlt__design_refuse_missing(design->data, design->form.features, design->form.n_features,
                                           false, design->rows, design->first, design->n, err));
    if (range->low >= -LARGEST && range->high <= LARGEST)
        return MLT_OK;
    char name[200];
    return mlt__raise(
        err, MLT_E_NUMERIC,
        "%s: column '%s' has values beyond 1e150, too large to compute with; rescale the column",
        design->data->source,
        mlt__printable(name, sizeof name, design->data->schema->features[term.feature].name));
}

/* 2^−e for the e that brings `spread`, which is not 0, into [1/2, 1). */
static double scale_for(double spread) {
    int exponent;
    frexp(spread, &exponent);
    return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}

static mlt_status choose_columns(mlt_lg_problem *problem, double penalty, mlt_error *err) {
    const mlt_design *design = problem->design;
    mlt_status status = MLT_OK;
    column_range *ranges;
    MLT_ALLOC(ranges, design->p, err);
#pragma omp parallel for num_threads(mlt__threads(problem->ctx, design->p)) schedule(dynamic, 1)
    for (size_t j = 0; j < design->p; j++)
        ranges[j] = range_of(problem, design->terms[j]);
    for (size_t j = 0; j < design->p; j++) {
        bool intercept = j == 0;
        size_t at = problem->p;
        MLT_TRY_GOTO(check_range(problem, design->terms[j], &ranges[j], err), end);
        double low = ranges[j].low, high = ranges[j].high;
        if (!intercept && low == high)
            continue;
        double mean = mlt__sum_value(&ranges[j].sum) / (double)problem->n;
        problem->columns[at] = j;
        problem->shift[at] = intercept ? 0 : mean;
        problem->scale[at] = intercept ? 1 : scale_for(fmax(high - mean, mean - low));
        problem->penalty[at] = intercept ? 0 : penalty * problem->scale[at] * problem->scale[at];
        if (!isfinite(problem->penalty[at])) {
            char name[200];
            const mlt_schema *schema = design->data->schema;
            status = mlt__raise(
                err, MLT_E_NUMERIC, "%s: column '%s' has values too close together; rescale the column",
                design->data->source,
                mlt__printable(name, sizeof name, schema->features[design->terms[j].feature].name));
            goto end;
        }
        problem->p++;
    }
end:
    free(ranges);
    return status;
}

mlt_status mlt__lg_problem_init(mlt_lg_problem *out, const mlt_design *design, double penalty,
                                const mlt_context *ctx, mlt_error *err) {
    mlt_status status;
    *out = (mlt_lg_problem){
        .design = design, .ctx = ctx, .kernels = mlt__lg_kernels(), .n = design->n, .penalised = penalty > 0};
    out->threads = mlt__threads(ctx, (design->n + MLT_LG_CHUNK - 1) / MLT_LG_CHUNK);
    MLT_TRY_GOTO(find_classes(out, err), fail);
    MLT_ALLOC_GOTO(out->columns, design->p, err, fail);
    MLT_ALLOC_GOTO(out->shift, design->p, err, fail);
    MLT_ALLOC_GOTO(out->scale, design->p, err, fail);
    MLT_ALLOC_GOTO(out->penalty, design->p, err, fail);
    MLT_TRY_GOTO(choose_columns(out, penalty, err), fail);
    if (out->k * out->p > MOST_COEFFICIENTS) {
        status = mlt__raise(err, MLT_E_LIMIT,
                            "%s: %zu columns for %zu classes make %zu coefficients; at most %d are possible: "
                            "use fewer columns",
                            design->data->source, out->p, out->n_classes, out->k * out->p, MOST_COEFFICIENTS);
        goto fail;
    }
    return MLT_OK;
fail:
    mlt__lg_problem_clear(out);
    return status;
}

void mlt__lg_problem_clear(mlt_lg_problem *problem) {
    free(problem->classes);
    free(problem->class_at);
    free(problem->columns);
    free(problem->shift);
    free(problem->scale);
    free(problem->penalty);
    *problem = (mlt_lg_problem){0};
}

/* ---- blocks ---- */

void mlt__lg_gather(double *block, const mlt_lg_problem *problem, size_t first, size_t count) {
    const mlt_design *design = problem->design;
    for (size_t j = 0; j < problem->p; j++) {
        double *column = block + j * MLT_LG_LD;
        mlt__design_gather(column, design->data, design->terms[problem->columns[j]], design->rows,
                           design->first + first, count, problem->shift[j], problem->scale[j]);
        for (size_t i = count; i % MLT_LG_ROWS; i++)
            column[i] = 0;
    }
}
