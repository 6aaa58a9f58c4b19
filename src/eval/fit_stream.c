/* Fitting a stream: block after block is checked, encoded by the first block's schema, and divided between
 * training and the sample that tests. */
#include "mltool/fit_stream.h"

#include "core/error.h"
#include "core/memory.h"
#include "eval/holdout.h"
#include "models/model_ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Rows that gave way to others in the sample and wait to be fitted. */
enum { WAITING = 1024 };

typedef struct work {
    const mlt_stream_spec *spec;
    const mlt_context *ctx;
    const char *path;
    mlt_csv_stream *csv;
    mlt_schema *schema; /* NULL before the first block */
    void *fit;
    mlt_holdout holdout;
    mlt_row_store waiting;
    uint32_t *rows;    /* of a block: those that train */
    size_t first_rows; /* of the first block */
    size_t done;       /* rows of the blocks before */
    size_t n_train;    /* rows given to the model */
    size_t released;   /* rows that gave way to others in the sample */
    size_t untold;     /* rows without target, after the first block */
} work;

static void work_clear(work *w) {
    if (w->fit)
        w->spec->type->stream->free(w->fit);
    mlt__holdout_clear(&w->holdout);
    mlt__row_store_clear(&w->waiting);
    free(w->rows);
    mlt_schema_free(w->schema);
    mlt_csv_stream_free(w->csv);
}

/* ---- checks, with the line ---- */

typedef struct shown {
    char text[80];
} shown;

static const char *show(shown *out, const char *text) {
    return mlt__printable(out->text, sizeof out->text, text);
}

static const char *show_file(shown *out, const work *w) {
    return show(out, strcmp(w->path, "-") == 0 ? "stdin" : w->path);
}

/* Row weights of a block that are no weights. */
static mlt_status check_weights(const work *w, const mlt_frame *frame, mlt_error *err) {
    const char *name = w->spec->columns->weights;
    const mlt_column *column = name ? mlt_frame_column(frame, name) : NULL;
    shown file, weights;
    for (size_t i = 0; column && column->type == MLT_NUMERIC && i < frame->n; i++)
        if (!(column->values[i] >= 0))
            return mlt__raise(
                err, MLT_E_DATA,
                "%s:%zu: the weight in column '%s' is %s; row weights are numbers of at least 0",
                show_file(&file, w), mlt_csv_stream_line(w->csv, i), show(&weights, name),
                isnan(column->values[i]) ? "missing" : "negative");
    return MLT_OK;
}

/* The first cell whose text is none of the levels of the first block. */
static mlt_status check_levels(const work *w, const mlt_frame *frame, const mlt_feature *feature,
                               mlt_error *err) {
    const mlt_column *column = mlt_frame_column(frame, feature->name);
    size_t unknown = 0, known = 0;
    if (!column || column->type != MLT_CATEGORICAL || feature->type != MLT_CATEGORICAL)
        return MLT_OK;
    bool *is_unknown;
    MLT_ALLOC(is_unknown, column->n_levels, err);
    for (size_t c = 0; c < column->n_levels; c++) { /* both ascend */
        while (known < feature->n_levels && strcmp(feature->levels[known], column->levels[c]) < 0)
            known++;
        is_unknown[c] = known == feature->n_levels || strcmp(feature->levels[known], column->levels[c]) != 0;
        unknown += is_unknown[c];
    }
    mlt_status status = MLT_OK;
    for (size_t i = 0; unknown > 0 && i < frame->n; i++) {
        if (column->codes[i] < 0 || !is_unknown[column->codes[i]])
            continue;
        shown file, name, text;
        status =
            mlt__raise(err, MLT_E_DATA,
                       "%s:%zu: column '%s': '%s' is not among the categories of the first %zu rows, which a "
                       "stream's model is made of; mix the rows (shuf), or fit without --stream",
                       show_file(&file, w), mlt_csv_stream_line(w->csv, i), show(&name, feature->name),
                       show(&text, column->levels[column->codes[i]]), w->first_rows);
        break;
    }
    free(is_unknown);
    return status;
}

static mlt_status check_missing(const work *w, const mlt_dataset *block, mlt_error *err) {
    for (size_t j = 0; j < block->p; j++)
        for (size_t i = 0; i < block->n; i++) {
            if (block->x[j].values ? !isnan(block->x[j].values[i]) : block->x[j].codes[i] >= 0)
                continue;
            shown file, name;
            return mlt__raise(
                err, MLT_E_DATA,
                "%s:%zu: column '%s': the cell is missing; a linear model needs every cell: fill it, or "
                "fit with --impute and without --stream",
                show_file(&file, w), mlt_csv_stream_line(w->csv, block->origin ? block->origin[i] : i),
                show(&name, block->schema->features[j].name));
        }
    return MLT_OK;
}

/* ---- blocks ---- */

/* The first block decides what there is. */
static mlt_status encode_first(mlt_dataset **block, work *w, mlt_frame *frame, mlt_error *err) {
    mlt_dataset_options columns = *w->spec->columns;
    columns.beginning = true;
    w->first_rows = frame->n;
    MLT_TRY(mlt_dataset_new(block, frame, &columns, w->ctx, err));
    const mlt_schema *schema = (*block)->schema;
    size_t capacity = MLT_STREAM_TEST_CELLS / (schema->p + 2);
    if (capacity > MLT_STREAM_TEST_ROWS)
        capacity = MLT_STREAM_TEST_ROWS;
    MLT_TRY(mlt_schema_clone(&w->schema, schema, err));
    if (w->spec->test_size > 0)
        MLT_TRY(mlt__holdout_init(&w->holdout, w->schema, capacity, w->path, err));
    MLT_TRY(mlt__row_store_init(&w->waiting, w->schema, WAITING, w->path, err));
    return w->spec->type->stream->begin(&w->fit, w->schema, w->ctx, err);
}

/* Later blocks: `*block` stays NULL if no row has a target. */
static mlt_status encode_later(mlt_dataset **block, work *w, mlt_frame *frame, mlt_error *err) {
    const mlt_encode_options options = {.need_target = true};
    const mlt_column *target = mlt_frame_column(frame, w->schema->target);
    mlt_status status = MLT_OK;
    for (size_t j = 0; j < w->schema->p && status == MLT_OK; j++)
        status = check_levels(w, frame, &w->schema->features[j], err);
    w->untold += target ? target->n_missing : 0;
    if (status != MLT_OK || (target && target->n_missing == frame->n)) {
        mlt_frame_free(frame);
        return status;
    }
    return mlt_dataset_encode(block, frame, w->schema, &options, NULL, err);
}

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static mlt_status fit_waiting(work *w, mlt_error *err) {
    uint32_t rows[WAITING];
    for (uint32_t i = 0; i < w->waiting.data.n; i++)
        rows[i] = i;
    MLT_TRY(w->spec->type->stream->add(w->fit, &w->waiting.data, rows, w->waiting.data.n, err));
    w->n_train += w->waiting.data.n;
    w->waiting.data.n = 0;
    return MLT_OK;
}

/* Offer rows to the sample; the others train. */
static mlt_status divide(work *w, const mlt_dataset *block, mlt_error *err) {
    size_t n = 0;
    uint32_t *larger = mlt__realloc(w->rows, block->n, sizeof *larger);
    if (!larger)
        return mlt__raise_nomem(err, block->n * sizeof *larger);
    w->rows = larger;
    double limit = ldexp(w->spec->test_size, 64);
    for (size_t i = 0; i < block->n; i++) {
        uint64_t row = w->done + (block->origin ? block->origin[i] : i);
        uint64_t hash = mix(mix(w->spec->random_state) ^ row);
        if (!((double)hash < limit)) {
            w->rows[n++] = (uint32_t)i;
            continue;
        }
        size_t waiting = w->waiting.data.n;
        mlt__holdout_offer(&w->holdout, &w->waiting, block, i, hash);
        w->released += w->waiting.data.n - waiting;
        if (w->waiting.data.n == WAITING)
            MLT_TRY(fit_waiting(w, err));
    }
    w->n_train += n;
    return w->spec->type->stream->add(w->fit, block, w->rows, n, err);
}

static mlt_status take_block(work *w, mlt_frame *frame, mlt_error *err) {
    mlt_dataset *block = NULL;
    size_t n = frame->n;
    mlt_status status = check_weights(w, frame, err);
    if (status != MLT_OK) {
        mlt_frame_free(frame);
        return status;
    }
    MLT_TRY_GOTO(w->schema ? encode_later(&block, w, frame, err) : encode_first(&block, w, frame, err), end);
    if (block) {
        MLT_TRY_GOTO(check_missing(w, block, err), end);
        MLT_TRY_GOTO(divide(w, block, err), end);
    }
    w->done += n;
end:
    mlt_dataset_free(block);
    return status;
}

/* ---- the result ---- */

/* What is known of the training rows. */
static void train_metrics(mlt_metrics *out, const mlt_stream_fit *fit, size_t n) {
    const mlt_metric *table = mlt_metric_table(MLT_REGRESSION, &out->n_values);
    out->task = MLT_REGRESSION;
    out->n = n;
    for (size_t m = 0; m < out->n_values; m++)
        out->values[m] = strcmp(table[m].key, "mse") == 0    ? fit->mse
                         : strcmp(table[m].key, "rmse") == 0 ? sqrt(fit->mse)
                         : strcmp(table[m].key, "r2") == 0   ? fit->r2
                                                             : NAN;
}

static mlt_status finish(mlt_fit_result *out, work *w, mlt_error *err) {
    const mlt_stream_spec *spec = w->spec;
    mlt_stream_fit fit = {0};
    mlt_error inner = {0};
    shown file;
    void *state = NULL;
    MLT_TRY(fit_waiting(w, err));
    mlt_status status = spec->type->stream->finish(&state, &fit, w->fit, &inner);
    if (status != MLT_OK)
        return mlt__raise(err, status, "%s: %s", show_file(&file, w), inner.message);
    MLT_TRY(mlt__model_of_state(&out->model, spec->type, spec->params, w->schema, spec->random_state, state,
                                err));
    train_metrics(&out->train, &fit, w->n_train);
    const mlt_dataset *test = &w->holdout.kept.data;
    return test->n > 0 ? mlt_measure(&out->test, out->model, test, NULL, test->n, w->ctx, err) : MLT_OK;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static mlt_status run(mlt_fit_result *out, mlt_stream_facts *facts, work *w, mlt_error *err) {
    double start = now();
    MLT_TRY(mlt_csv_stream_open(&w->csv, w->path, w->spec->csv, w->spec->stop, w->ctx, err));
    for (;;) {
        mlt_frame *frame;
        MLT_TRY(mlt_csv_stream_next(&frame, w->csv, err));
        if (!frame)
            break;
        facts->delimiter = frame->delimiter;
        MLT_TRY(take_block(w, frame, err));
    }
    MLT_TRY(finish(out, w, err));
    facts->rows = w->done;
    facts->n_train = out->train.n;
    facts->n_test = out->test.n;
    facts->n_released = w->released;
    facts->stopped = mlt_csv_stream_stopped(w->csv);
    if (!facts->stopped)
        mlt_csv_stream_digest(w->csv, facts->sha256);
    shown file, target;
    if (w->untold > 0)
        mlt__note(w->ctx, "further rows left out because '%s' is missing: %zu",
                  show(&target, w->schema->target), w->untold);
    if (mlt_csv_stream_skipped(w->csv) > 0)
        mlt__note(w->ctx, "%s: %zu bad rows left out in all", show_file(&file, w),
                  mlt_csv_stream_skipped(w->csv));
    out->seconds_fit = now() - start;
    return MLT_OK;
}

mlt_status mlt_fit_stream(mlt_fit_result *out, mlt_stream_facts *facts, const char *path,
                          const mlt_stream_spec *spec, const mlt_context *ctx, mlt_error *err) {
    work w = {.spec = spec, .ctx = ctx, .path = path};
    *out = (mlt_fit_result){0};
    *facts = (mlt_stream_facts){0};
    if (!spec->type->stream)
        return mlt__raise(err, MLT_E_USAGE, "--stream: %s needs all rows at once; leave it out",
                          spec->type->name);
    for (size_t i = 0; i < spec->type->n_params; i++) {
        const char *name = spec->type->params[i].name;
        if (mlt_params_get(spec->params, name)->set)
            return mlt__raise(
                err, MLT_E_USAGE,
                "--stream: rows that are read once are fitted without --%s; leave one of them out", name);
    }
    mlt_status status = run(out, facts, &w, err);
    work_clear(&w);
    if (status != MLT_OK)
        mlt_fit_result_clear(out);
    return status;
}
