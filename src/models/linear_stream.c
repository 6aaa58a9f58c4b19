/* Linear regression of a stream. Kept are the sums of products of all pairs of columns, y among them, in
 * double-double: 32 digits, so that solving by them, which costs twice the digits that the columns' condition
 * costs, ends with those of a double. Columns are scaled by powers of two, which is exact. Blocks come in
 * their order, and their chunks are added in order, so threads do not matter. */
#include "models/linear_stream.h"

#include "core/double_double.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/freedom.h"
#include "models/least_squares_problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 8 * MLT_LS_BLOCK, LD = MLT_LS_BLOCK + 8, MOST_COLUMNS = 2000 };
/* Chunks that are worked on before they are added, and their sums together, in doubles: 256 MiB. */
enum { WAVE = 16 };
static const size_t MOST_SUMS = (size_t)1 << 25;
/* What others must leave of a column's square: of its part beside the intercept, and of all. */
static const double UNEXPLAINED = 1e-24, ROUNDING = 0x1p-96;
/* Parts of a relation between columns below this are rounding; so is the intercept's below that share. As
 * long as it is below the last one, which is a fit's in memory, too, the intercept counts as determined. */
static const double NO_PART = 1e-12, NO_CONSTANT = 1e-18, INTERCEPT_PART = 1e-7;
/* Parts of the prediction below this share are rounding: 0 is meant. */
static const double ZERO_PART = 0x1p-80;

typedef struct stream {
    const mlt_schema *schema;
    const mlt_context *ctx;
    const mlt_ls_kernels *kernels;
    mlt_linear *linear; /* its terms; what will be learned */
    size_t p, q;        /* terms; and y */
    size_t n;           /* rows of positive weight */
    double *scale;      /* q; 0 before the first row */
    mlt_dd *gram;       /* the upper triangle, row by row */
} stream;

static size_t packed(size_t q) { return q * (q + 1) / 2; }

/* Row i of an upper triangle, so that column j is at [j]. */
static mlt_dd *row_of(mlt_dd *triangle, size_t q, size_t i) { return triangle + (i * q - i * (i + 1) / 2); }

static void free_stream(void *state) {
    stream *s = state;
    if (!s)
        return;
    mlt__linear_free(s->linear);
    free(s->scale);
    free(s->gram);
    free(s);
}

static mlt_status begin(void **state, const mlt_schema *schema, const mlt_context *ctx, mlt_error *err) {
    mlt_status status;
    stream *s = mlt__calloc(1, sizeof *s);
    if (!s)
        return mlt__raise_nomem(err, sizeof *s);
    *s = (stream){.schema = schema, .ctx = ctx, .kernels = mlt__ls_kernels()};
    const mlt_linear_options options = {.form = mlt__form_plain, .infer = true};
    MLT_TRY_GOTO(mlt__linear_new(&s->linear, schema, &options, err), fail);
    s->p = s->linear->n_terms;
    s->q = s->p + 1;
    if (s->p > MOST_COLUMNS) {
        status =
            mlt__raise(err, MLT_E_LIMIT,
                       "--stream: %zu columns, at most %d are possible; use fewer, or fit without --stream",
                       s->p, MOST_COLUMNS);
        goto fail;
    }
    s->scale = mlt__calloc(s->q, sizeof *s->scale);
    s->gram = mlt__calloc(packed(s->q), sizeof *s->gram);
    if (!s->scale || !s->gram) {
        status = mlt__raise_nomem(err, packed(s->q) * sizeof *s->gram);
        goto fail;
    }
    *state = s;
    return MLT_OK;
fail:
    free_stream(s);
    return status;
}

/* ---- adding rows ---- */

/* Column j of rows of a design, y being the last. */
static void gather(double *out, const stream *s, const mlt_design *design, size_t j, size_t first,
                   size_t count) {
    if (j < s->p)
        mlt__design_gather(out, design->data, s->linear->terms[j], design->rows, design->first + first, count,
                           0, s->scale[j]);
    else
        mlt__design_gather_values(out, design->data->y, design->rows, design->first + first, count, 0,
                                  s->scale[j]);
}

/* Bring the columns near 1, as the first rows have them. */
static void choose_scales(stream *s, const mlt_design *design) {
    double cells[MLT_LS_BLOCK];
    for (size_t j = 0; j < s->q; j++) {
        double largest = 0;
        int exponent;
        s->scale[j] = 1;
        for (size_t first = 0; first < design->n; first += MLT_LS_BLOCK) {
            size_t left = design->n - first, count = left < MLT_LS_BLOCK ? left : MLT_LS_BLOCK;
            gather(cells, s, design, j, first, count);
            for (size_t i = 0; i < count; i++)
                largest = fmax(largest, fabs(cells[i]));
        }
        frexp(largest, &exponent);
        s->scale[j] = largest > 0 ? ldexp(1, exponent < -1000 ? 1000 : -exponent) : 1;
    }
}

/* Rows [first, end) into `sums`, MLT_LS_LANE_SUMS a product. `block` has q + 1 columns. */
static void sum_chunk(double *sums, double *block, const stream *s, const mlt_design *design, size_t first,
                      size_t end) {
    double *weighed = block + s->q * LD, low[MLT_LS_BLOCK], weights[MLT_LS_BLOCK] = {0};
    static const double zeros[MLT_LS_BLOCK];
    memset(sums, 0, packed(s->q) * MLT_LS_LANE_SUMS * sizeof *sums);
    for (; first < end; first += MLT_LS_BLOCK) {
        size_t count = end - first < MLT_LS_BLOCK ? end - first : MLT_LS_BLOCK, rows = mlt__ls_padded(count);
        for (size_t j = 0; j < s->q; j++) {
            gather(block + j * LD, s, design, j, first, count);
            memset(block + j * LD + count, 0, (rows - count) * sizeof *block);
        }
        if (design->weights) {
            memcpy(weights, design->weights + first, count * sizeof *weights);
            memset(weights + count, 0, (rows - count) * sizeof *weights);
        }
        for (size_t j = 0, at = 0; j < s->q; at += s->q - j, j++) {
            const double *high = block + j * LD, *rest = zeros;
            if (design->weights) {
                s->kernels->weigh(weighed, low, weights, high, zeros, rows);
                high = weighed;
                rest = low;
            }
            s->kernels->project(sums + at * MLT_LS_LANE_SUMS, block + j * LD, LD, s->q - j, high, rest, rows);
        }
    }
}

static mlt_status add_design(stream *s, const mlt_design *design, mlt_error *err) {
    size_t n_chunks = (design->n + CHUNK_ROWS - 1) / CHUNK_ROWS, n_sums = packed(s->q) * MLT_LS_LANE_SUMS;
    size_t space = n_sums + (s->q + 1) * LD, wave = n_chunks < WAVE ? n_chunks : WAVE;
    double *spaces;
    while (wave > 1 && wave > MOST_SUMS / space)
        wave--;
    MLT_ALLOC(spaces, wave * space, err);
    if (s->n == 0)
        choose_scales(s, design);
    for (size_t start = 0; start < n_chunks; start += wave) {
        size_t count = n_chunks - start < wave ? n_chunks - start : wave;
#pragma omp parallel for num_threads(mlt__threads(s->ctx, count)) schedule(dynamic, 1)
        for (size_t i = 0; i < count; i++) {
            double *sums = spaces + i * space;
            size_t first = (start + i) * CHUNK_ROWS, left = design->n - first;
            sum_chunk(sums, sums + n_sums, s, design, first, first + (left < CHUNK_ROWS ? left : CHUNK_ROWS));
        }
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < packed(s->q); j++)
                s->gram[j] =
                    mlt__dd_add(s->gram[j], mlt__ls_lane_sum(spaces + i * space + j * MLT_LS_LANE_SUMS));
    }
    s->n += design->n;
    free(spaces);
    return MLT_OK;
}

static mlt_status add(void *state, const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                      mlt_error *err) {
    stream *s = state;
    mlt_status status = MLT_OK;
    mlt_design design = {0};
    double *weights = NULL, total = 0;
    if (data->weights)
        MLT_ALLOC(weights, n_rows, err);
    for (size_t i = 0; i < n_rows && weights; i++)
        total += weights[i] = data->weights[rows[i]];
    if (n_rows > 0 && (!weights || total > 0)) {
        MLT_TRY_GOTO(mlt__design_init(&design, data, rows, n_rows, weights, &mlt__form_plain, err), end);
        MLT_TRY_GOTO(add_design(s, &design, err), end);
        for (size_t i = 0; design.weights && i < design.n; i++)
            s->linear->log_weights += log(design.weights[i]);
    }
end:
    mlt__design_clear(&design);
    free(weights);
    return status;
}

/* ---- solving ---- */

typedef struct solution {
    mlt_dd *upper;   /* the factor of the sums, UᵀU; rows of dependent columns are 0 */
    bool *dependent; /* p */
    bool intercept_open;
    size_t rank;
    mlt_dd rest, total; /* squares of the residuals, and of y about its mean */
    mlt_dd *column;     /* q: workspace */
} solution;

static void solution_clear(solution *x) {
    free(x->upper);
    free(x->dependent);
    free(x->column);
}

static void factorise(solution *x, mlt_dd *gram, size_t q) {
    mlt_dd *squares = x->column; /* of what the intercept does not explain */
    for (size_t k = 0; k < q; k++) {
        mlt_dd *row = row_of(x->upper, q, k), pivot = row[k];
        if (k == 0)
            for (size_t j = 1; j < q; j++) {
                mlt_dd part = mlt__dd_divide(mlt__dd_multiply(row[j], row[j]), pivot),
                       *all = row_of(x->upper, q, j) + j;
                squares[j] = mlt__dd_subtract(*all, part);
                if (!(squares[j].hi > ROUNDING * all->hi))
                    squares[j] = (mlt_dd){0, 0};
            }
        if (k + 1 == q) {
            x->total = squares[k];
            x->rest = pivot.hi > 0 ? pivot : (mlt_dd){0, 0};
            break;
        }
        x->dependent[k] =
            k > 0 && !(pivot.hi > fmax(UNEXPLAINED * squares[k].hi, ROUNDING * row_of(gram, q, k)[k].hi));
        if (x->dependent[k]) {
            memset(row + k, 0, (q - k) * sizeof *row);
            continue;
        }
        x->rank++;
        mlt_dd root = mlt__dd_sqrt(pivot);
        for (size_t j = k; j < q; j++)
            row[j] = mlt__dd_divide(row[j], root);
        for (size_t i = k + 1; i < q; i++) {
            mlt_dd *below = row_of(x->upper, q, i), factor = {-row[i].hi, -row[i].lo};
            for (size_t j = i; j < q; j++)
                below[j] = mlt__dd_add(below[j], mlt__dd_multiply(factor, row[j]));
        }
    }
}

/* column = U⁻¹·column for the first `size`; 0 at dependent columns. */
static void solve_upper(const solution *x, size_t q, size_t size) {
    for (size_t i = size; i-- > 0;) {
        if (x->dependent[i]) {
            x->column[i] = (mlt_dd){0, 0};
            continue;
        }
        const mlt_dd *row = row_of(x->upper, q, i);
        mlt_dd sum = x->column[i];
        for (size_t j = i + 1; j < size; j++)
            sum = mlt__dd_subtract(sum, mlt__dd_multiply(row[j], x->column[j]));
        x->column[i] = mlt__dd_divide(sum, row[i]);
    }
}

/* The first `size` elements of column j of U. */
static void take_column(const solution *x, size_t q, size_t j, size_t size) {
    for (size_t i = 0; i < size; i++)
        x->column[i] = row_of(x->upper, q, i)[j];
}

static void estimate(double *out, const stream *s, const solution *x) {
    double largest = 1;
    take_column(x, s->q, s->p, s->p);
    solve_upper(x, s->q, s->p);
    for (size_t j = 0; j < s->p; j++)
        largest = fmax(largest, fabs(x->column[j].hi));
    for (size_t j = 0; j < s->p; j++) {
        double value = x->column[j].hi;
        out[j] = fabs(value) <= ZERO_PART * largest ? 0 : value * s->scale[j] / s->scale[s->p];
    }
}

/* Roots of the diagonal of (XᵀX)⁻¹ times `sd`: lengths of the rows of U⁻¹. Without `sd`, and times what the
 * intercept leaves of the column's square, the diagonal is the variance inflation factor. */
static mlt_status std_errors(double *out, double *vif, stream *s, const solution *x, double sd,
                             mlt_error *err) {
    mlt_dd *squares = mlt__calloc(s->p, sizeof *squares);
    if (!squares)
        return mlt__raise_nomem(err, s->p * sizeof *squares);
    for (size_t k = 0; k < s->p; k++) {
        if (x->dependent[k])
            continue;
        memset(x->column, 0, s->q * sizeof *x->column);
        x->column[k] = (mlt_dd){1, 0};
        solve_upper(x, s->q, k + 1);
        for (size_t i = 0; i <= k; i++)
            squares[i] = mlt__dd_add(squares[i], mlt__dd_multiply(x->column[i], x->column[i]));
    }
    for (size_t j = 0; j < s->p; j++)
        out[j] = x->dependent[j] ? NAN : mlt__dd_sqrt(squares[j]).hi * sd * s->scale[j] / s->scale[s->p];
    for (size_t j = 0; j < s->p; j++) {
        mlt_dd sum = s->gram[j], own = row_of(s->gram, s->q, j)[j],
               mean_part = mlt__dd_divide(mlt__dd_multiply(sum, sum), s->gram[0]);
        vif[j] = j == 0 || x->dependent[j]
                     ? NAN
                     : mlt__dd_multiply(mlt__dd_subtract(own, mean_part), squares[j]).hi;
    }
    free(squares);
    return MLT_OK;
}

/* What a dependent column leaves open: it is Σ part · column. One that is constant just takes no part. */
static void open_column(double *vector, const stream *s, solution *x, size_t dependent) {
    take_column(x, s->q, dependent, dependent);
    solve_upper(x, s->q, dependent);
    double square = 0, size = fabs(s->gram[dependent].hi / s->gram[0].hi);
    bool alone = true;
    for (size_t j = 1; j < dependent; j++)
        if (fabs(x->column[j].hi) > NO_PART) {
            vector[j] = -x->column[j].hi * s->scale[j];
            size += fabs(x->column[j].hi * s->gram[j].hi / s->gram[0].hi);
            alone = false;
        }
    vector[dependent] = s->scale[dependent];
    vector[0] = !alone && fabs(x->column[0].hi) > NO_CONSTANT * size ? -x->column[0].hi * s->scale[0] : 0;
    x->intercept_open |= !alone && fabs(x->column[0].hi) > INTERCEPT_PART * size;
    for (size_t j = 1; j <= dependent; j++)
        square += vector[j] * vector[j];
    for (size_t j = 0; j <= dependent; j++)
        vector[j] /= sqrt(square);
}

static mlt_status find_freedom(mlt_freedom *out, const stream *s, solution *x, mlt_error *err) {
    *out = (mlt_freedom){.vectors = mlt__calloc((s->p - x->rank) * s->p, sizeof(double))};
    if (!out->vectors)
        return mlt__raise_nomem(err, (s->p - x->rank) * s->p * sizeof(double));
    for (size_t j = 0; j < s->p; j++)
        if (x->dependent[j])
            open_column(out->vectors + out->n++ * s->p, s, x, j);
    mlt__freedom_note(out, s->schema, s->linear->terms, s->p, s->ctx);
    return MLT_OK;
}

static mlt_status check_finite(const stream *s, const double *estimates, const double *errors,
                               mlt_error *err) {
    for (size_t j = 0; j < s->p; j++) {
        if (isfinite(estimates[j]) && !isinf(errors[j]))
            continue;
        char *name = mlt__design_term_name(s->schema, s->linear->terms[j]), printable[200];
        if (!name)
            return mlt__raise_nomem(err, 1);
        mlt_status status = mlt__raise(
            err, MLT_E_NUMERIC, "the coefficient of '%s' is beyond the range of numbers; rescale the columns",
            mlt__printable(printable, sizeof printable, name));
        free(name);
        return status;
    }
    return MLT_OK;
}

static void measure(mlt_stream_fit *out, const stream *s, const solution *x) {
    double weight = s->gram[0].hi * (1 / s->scale[0]) * (1 / s->scale[0]);
    out->mse = x->rest.hi / weight / s->scale[s->p] / s->scale[s->p];
    out->r2 = s->n < 2           ? NAN
              : x->rest.hi == 0  ? 1
              : x->total.hi == 0 ? 0
                                 : mlt__dd_subtract((mlt_dd){1, 0}, mlt__dd_divide(x->rest, x->total)).hi;
}

static mlt_status solve(stream *s, solution *x, mlt_stream_fit *fit, double *estimates, double *errors,
                        mlt_error *err) {
    mlt_status status;
    mlt_freedom freedom = {0};
    memcpy(x->upper, s->gram, packed(s->q) * sizeof *x->upper);
    mlt_dd y_squares = s->gram[packed(s->q) - 1];
    factorise(x, s->gram, s->q);
    if (!(x->rest.hi > ROUNDING * y_squares.hi))
        x->rest = (mlt_dd){0, 0};
    measure(fit, s, x);
    double freedom_left = (double)s->n - (double)x->rank;
    double sd = freedom_left > 0 ? mlt__dd_sqrt(mlt__dd_divide(x->rest, (mlt_dd){freedom_left, 0})).hi : NAN;
    estimate(estimates, s, x);
    mlt_linear_summary *summary = &s->linear->summary;
    MLT_ALLOC(summary->vif, s->p, err);
    MLT_TRY_GOTO(std_errors(errors, summary->vif, s, x, sd, err), end);
    summary->effective = (double)x->rank;
    summary->residual_sd = sd / s->scale[s->p];
    summary->r2 = fit->r2;
    summary->condition = NAN; /* it takes the columns, and they are gone */
    if (x->rank < s->p) {
        MLT_TRY_GOTO(find_freedom(&freedom, s, x, err), end);
        MLT_TRY_GOTO(mlt__freedom_least_norm(estimates, &freedom, s->p, err), end);
    }
    for (size_t j = 0; j < s->p; j++)
        if (j == 0 ? x->intercept_open : !mlt__freedom_none(&freedom, s->p, j))
            errors[j] = summary->vif[j] = NAN;
    status = check_finite(s, estimates, errors, err);
end:
    mlt__freedom_clear(&freedom);
    return status;
}

static mlt_status finish(void **state, mlt_stream_fit *fit, void *opaque, mlt_error *err) {
    stream *s = opaque;
    mlt_status status;
    solution x = {0};
    double *estimates = NULL, *errors = NULL;
    if (s->n == 0)
        return mlt__raise(err, MLT_E_DATA,
                          "there are no rows to train on; give more rows, or a smaller --test-size");
    x.dependent = mlt__calloc(s->p, sizeof *x.dependent);
    if (!x.dependent) {
        status = mlt__raise_nomem(err, s->p);
        goto end;
    }
    MLT_ALLOC_GOTO(x.upper, packed(s->q), err, end);
    MLT_ALLOC_GOTO(x.column, s->q, err, end);
    MLT_ALLOC_GOTO(estimates, s->p, err, end);
    MLT_ALLOC_GOTO(errors, s->p, err, end);
    MLT_TRY_GOTO(solve(s, &x, fit, estimates, errors, err), end);
    s->linear->n_rows = s->n;
    s->linear->rank = x.rank;
    MLT_TRY_GOTO(mlt__linear_fill(s->linear, s->schema, estimates, errors, err), end);
    *state = s->linear;
    s->linear = NULL;
end:
    solution_clear(&x);
    free(estimates);
    free(errors);
    return status;
}

const mlt_stream_ops mlt__linear_stream = {begin, add, finish, free_stream};
