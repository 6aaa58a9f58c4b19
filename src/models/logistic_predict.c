/* Predicting with a logistic model: scores in double-double, then probabilities. */
#include "models/logistic.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/least_squares_kernels.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* A block of rows by a group of terms fits the cache. */
enum { ROWS = 128, LD = ROWS + 8, TERMS = 64 };

/* One thread's place to work. */
typedef struct workspace {
    double *block;        /* TERMS columns */
    double *scores, *low; /* k × ROWS: high and low parts */
} workspace;

/* The scores of up to ROWS rows: 0 − A·(−estimates), rounded once. */
static void score_rows(workspace *w, const mlt_logistic *logistic, const double *negated,
                       const mlt_predict_input *in, size_t first, size_t count) {
    static const double zeros[TERMS];
    const mlt_ls_kernels *kernels = mlt__ls_kernels();
    size_t rows = (count + MLT_LS_LANES - 1) / MLT_LS_LANES * MLT_LS_LANES, n_terms = logistic->n_terms;
    memset(w->scores, 0, logistic->k * ROWS * sizeof *w->scores);
    memset(w->low, 0, logistic->k * ROWS * sizeof *w->low);
    for (size_t term = 0; term < n_terms; term += TERMS) {
        size_t terms = n_terms - term < TERMS ? n_terms - term : TERMS;
        for (size_t j = 0; j < terms; j++) {
            double *column = w->block + j * LD;
            mlt__design_gather(column, in->data, logistic->terms[term + j], in->rows, first, count, 0, 1);
            memset(column + count, 0, (rows - count) * sizeof *column);
        }
        for (size_t c = 0; c < logistic->k; c++)
            kernels->subtract(w->scores + c * ROWS, w->low + c * ROWS, w->block, LD, terms,
                              negated + c * n_terms + term, zeros, rows);
    }
}

/* A class's score, from those of a row, which are ROWS apart. */
static double score_of(const mlt_logistic *logistic, const double *scores, size_t c) {
    return logistic->k > 1 ? scores[c * ROWS] : c == 0 ? 0 : scores[0];
}

/* Probabilities and the class of one row, the first of equally likely ones; false if a score is not finite.
 */
static bool decide(double *out, uint32_t *label, const double *scores, const mlt_logistic *logistic) {
    double total = 0, top = -INFINITY;
    size_t best = 0;
    for (size_t c = 0; c < logistic->n_classes; c++) {
        double score = score_of(logistic, scores, c);
        if (!isfinite(score))
            return false;
        if (score > top) {
            best = c;
            top = score;
        }
    }
    for (size_t c = 0; c < logistic->n_classes; c++)
        total += out[logistic->classes[c]] = exp(score_of(logistic, scores, c) - top);
    for (size_t c = 0; c < logistic->n_classes; c++)
        out[logistic->classes[c]] /= total;
    *label = logistic->classes[best];
    return true;
}

static mlt_status refuse(const mlt_schema *schema, const mlt_predict_input *in, size_t i, mlt_error *err) {
    /* A missing cell is NaN in its column, and so here. */
    MLT_TRY(mlt__design_refuse_missing(in->data, NULL, 0, false, in->rows, i, 1, err));
    size_t row = mlt__row(in->rows, i);
    return mlt__raise(err, MLT_E_NUMERIC,
                      "%s: data row %zu: the log odds of '%s' are beyond the range of numbers; rescale the "
                      "columns",
                      in->data->source, (in->data->origin ? in->data->origin[row] : row) + (size_t)1,
                      schema->target);
}

mlt_status mlt__logistic_predict(double *out, uint32_t *labels, const mlt_logistic *logistic,
                                 const mlt_schema *schema, const mlt_predict_input *in, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t n_blocks = (in->n_rows + ROWS - 1) / ROWS, count = logistic->k * logistic->n_terms, n = in->n_rows;
    int threads = mlt__threads(in->ctx, n_blocks / 16);
    size_t space = TERMS * LD + 2 * logistic->k * ROWS, refused = n;
    double *negated = NULL, *spaces = NULL;
    MLT_TRY_GOTO(mlt__design_refuse_missing(in->data, NULL, 0, true, in->rows, 0, n, err), end);
    MLT_ALLOC_GOTO(negated, count, err, end);
    MLT_ALLOC_GOTO(spaces, (size_t)threads * space, err, end);
    for (size_t i = 0; i < count; i++)
        negated[i] = -logistic->estimates[i];
    memset(out, 0, n * schema->k * sizeof *out);
#pragma omp parallel for num_threads(threads) schedule(static) reduction(min : refused)
    for (size_t b = 0; b < n_blocks; b++) {
        double *own = spaces + (size_t)omp_get_thread_num() * space;
        workspace w = {own, own + TERMS * LD, own + TERMS * LD + logistic->k * ROWS};
        size_t first = b * ROWS, rows = n - first < ROWS ? n - first : ROWS;
        score_rows(&w, logistic, negated, in, first, rows);
        for (size_t i = first; i < first + rows; i++)
            if (!decide(out + i * schema->k, &labels[i], w.scores + (i - first), logistic) && i < refused)
                refused = i;
    }
    if (refused < n)
        status = refuse(schema, in, refused, err);
end:
    free(negated);
    free(spaces);
    return status;
}
