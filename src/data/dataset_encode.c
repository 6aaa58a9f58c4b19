/* A dataset for a model that exists: columns by name, levels and classes by text, as the model's schema says.
 */
#include "data/dataset_internal.h"

#include "core/memory.h"
#include "mltool/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 80, UNKNOWN = -2, MISSING = -1 };

/* What is known on the way from frame to dataset. */
typedef struct encoding {
    mlt_frame *frame;
    const mlt_schema *schema;
    const mlt_encode_options *options;
    const mlt_context *ctx;
    mlt__column_index index;
    bool *used;                   /* of each column of the frame */
    mlt_column **features;        /* p columns of the frame, in the schema's order */
    mlt_column *target, *weights; /* NULL if not in the frame */
    uint32_t *origin;             /* NULL while every row is kept */
    size_t n_unknown;             /* cells with a category the model does not know */
} encoding;

static void encoding_clear(encoding *e) {
    free(e->index.sorted);
    free(e->used);
    free(e->features);
    free(e->origin);
}

/* The frame's column, or NULL. A model file may lie: one column has one part only. */
static mlt_status find(mlt_column **out, encoding *e, const char *name, mlt_error *err) {
    *out = mlt_dataset__find(&e->index, name);
    if (!*out)
        return MLT_OK;
    bool *used = &e->used[*out - e->frame->columns];
    char shown[SHOWN];
    if (*used)
        return mlt__raise(err, MLT_E_MODEL,
                          "the model names column '%s' twice, so its file is damaged; fit the model again",
                          mlt__printable(shown, sizeof shown, name));
    *used = true;
    return MLT_OK;
}

static mlt_status find_needed(mlt_column **out, encoding *e, const char *name, mlt_error *err) {
    MLT_TRY(find(out, e, name, err));
    if (*out)
        return MLT_OK;
    char shown[SHOWN], hint[600];
    mlt_dataset__suggest(hint, sizeof hint, &e->index, name);
    return mlt__raise(err, MLT_E_SCHEMA, "%s: there is no column '%s', which the model needs; %s",
                      e->frame->source, mlt__printable(shown, sizeof shown, name), hint);
}

static mlt_status find_columns(encoding *e, mlt_error *err) {
    const mlt_schema *schema = e->schema;
    MLT_TRY(mlt_dataset__index(&e->index, e->frame, err));
    e->used = mlt__calloc(e->frame->p, sizeof *e->used);
    if (!e->used)
        return mlt__raise_nomem(err, e->frame->p * sizeof *e->used);
    MLT_ALLOC(e->features, schema->p, err);
    for (size_t j = 0; j < schema->p; j++)
        MLT_TRY(find_needed(&e->features[j], e, schema->features[j].name, err));
    MLT_TRY((e->options->need_target ? find_needed : find)(&e->target, e, schema->target, err));
    return schema->weights ? find(&e->weights, e, schema->weights, err) : MLT_OK;
}

/* Tell of the columns that the model does not look at. */
static void note_others(const encoding *e) {
    mlt__names others = {0};
    for (size_t j = 0; j < e->frame->p; j++)
        if (!e->used[j])
            mlt__names_add(&others, e->frame->columns[j].name);
    if (others.n > 0)
        mlt__note(e->ctx, "columns the model does not use: %s", mlt__names_text(&others));
}

/* For evaluation a row needs its target. */
static mlt_status leave_out_rows(encoding *e, mlt_error *err) {
    mlt_frame *frame = e->frame;
    if (frame->n > UINT32_MAX)
        return mlt__raise(err, MLT_E_LIMIT, "%s: %zu rows, at most %u are possible; use fewer at a time",
                          frame->source, frame->n, UINT32_MAX);
    if (!e->options->need_target || e->target->n_missing == 0)
        return MLT_OK;
    char shown[SHOWN];
    mlt__printable(shown, sizeof shown, e->target->name);
    if (e->target->n_missing == frame->n)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: the target '%s' is missing in every row; add it to measure the model",
                          frame->source, shown);
    mlt__note(e->ctx, "rows left out because '%s' is missing: %zu", shown, e->target->n_missing);
    bool *keep;
    MLT_ALLOC(keep, frame->n, err);
    for (size_t i = 0; i < frame->n; i++)
        keep[i] = !mlt_dataset__is_missing(e->target, i);
    mlt_status status = mlt_dataset__keep_rows(frame, keep, &e->origin, err);
    free(keep);
    return status;
}

static mlt_status encode_target(mlt__dataset *data, const encoding *e, mlt_error *err) {
    if (e->schema->task == MLT_CLASSIFICATION)
        return mlt_dataset__match_classes(data, e->frame, e->target, e->schema, err);
    return mlt_dataset__regression_target(data, e->frame, e->target, MLT_E_SCHEMA, err);
}

/* The target and the weights. Where nothing is measured they are taken if they can be, and no error if not.
 */
static mlt_status encode_measures(mlt__dataset *data, const encoding *e, mlt_error *err) {
    if (e->options->need_target) {
        MLT_TRY(encode_target(data, e, err));
        return e->weights ? mlt_dataset__weights(data, e->frame, e->weights, e->origin, err) : MLT_OK;
    }
    mlt_status status = MLT_OK;
    if (e->target && e->target->n_missing == 0)
        status = encode_target(data, e, NULL);
    if (status != MLT_E_NOMEM && e->weights)
        status = mlt_dataset__weights(data, e->frame, e->weights, e->origin, NULL);
    return status == MLT_E_NOMEM ? mlt__raise_nomem(err, e->frame->n * sizeof(double)) : MLT_OK;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static mlt_status raise_unknown(const encoding *e, const mlt_feature *feature, const mlt_column *column,
                                size_t row, mlt_error *err) {
    char name[SHOWN], text[SHOWN], close[SHOWN];
    const char *unknown = column->levels[column->codes[row]];
    const char *nearest = mlt_nearest(unknown, (const char *const *)feature->levels, feature->n_levels);
    return mlt__raise(err, MLT_E_SCHEMA,
                      "%s: data row %zu: column '%s': the model does not know '%s'; %s%s%scorrect it, or "
                      "take it as missing "
                      "with --unknown missing",
                      e->frame->source, mlt_dataset__row_number(e->origin, row),
                      mlt__printable(name, sizeof name, column->name),
                      mlt__printable(text, sizeof text, unknown), nearest ? "did you mean '" : "",
                      nearest ? mlt__printable(close, sizeof close, nearest) : "", nearest ? "'? Else " : "");
}

/* The file's codes become the model's. */
static mlt_status encode_categories(encoding *e, const mlt_feature *feature, mlt_column *column,
                                    mlt_error *err) {
    int32_t *code; /* the model's, of each of the file's */
    MLT_ALLOC(code, column->n_levels, err);
    for (size_t c = 0; c < column->n_levels; c++) {
        char **found =
            bsearch(&column->levels[c], feature->levels, feature->n_levels, sizeof *feature->levels, by_text);
        code[c] = found ? (int32_t)(found - feature->levels) : UNKNOWN;
    }
    mlt_status status = MLT_OK;
    for (size_t i = 0; i < e->frame->n && status == MLT_OK; i++) {
        int32_t own = column->codes[i] < 0 ? MISSING : code[column->codes[i]];
        if (own == UNKNOWN && !e->options->unknown_as_missing)
            status = raise_unknown(e, feature, column, i, err);
        if (own == UNKNOWN)
            e->n_unknown++;
        if (status == MLT_OK)
            column->codes[i] = own < 0 ? (feature->has_fill ? feature->fill_code : MISSING) : own;
    }
    free(code);
    return status;
}

/* A column without any value is numeric to the reader, whatever the model takes it for. */
static mlt_status encode_empty(mlt__dataset *data, size_t j, const mlt_feature *feature, mlt_error *err) {
    size_t n = data->open.n;
    double *values = NULL;
    int32_t *codes = NULL;
    if (feature->type == MLT_NUMERIC) {
        MLT_ALLOC(values, n, err);
        for (size_t i = 0; i < n; i++)
            values[i] = feature->has_fill ? feature->fill_value : NAN;
        data->cells[j].values = mlt_dataset__take(data, values);
    } else {
        MLT_ALLOC(codes, n, err);
        for (size_t i = 0; i < n; i++)
            codes[i] = feature->has_fill ? feature->fill_code : MISSING;
        data->cells[j].codes = mlt_dataset__take(data, codes);
    }
    return MLT_OK;
}

static mlt_status encode_feature(mlt__dataset *data, encoding *e, size_t j, mlt_error *err) {
    const mlt_feature *feature = &e->schema->features[j];
    mlt_column *column = e->features[j];
    if (column->type != feature->type && column->n_missing == e->frame->n)
        return encode_empty(data, j, feature, err);
    char shown[SHOWN];
    if (column->type != feature->type && feature->type == MLT_CATEGORICAL)
        return mlt__raise(err, MLT_E_SCHEMA,
                          "%s: column '%s' holds numbers only, but the model knows it as text; read it with "
                          "--categorical",
                          e->frame->source, mlt__printable(shown, sizeof shown, column->name));
    if (column->type != feature->type)
        return mlt_dataset__raise_text(e->frame, column, MLT_E_SCHEMA,
                                       "the model knows the column as numbers", err);
    if (feature->type == MLT_CATEGORICAL) {
        MLT_TRY(encode_categories(e, feature, column, err));
        data->cells[j].codes = mlt_dataset__take(data, column->codes);
        column->codes = NULL;
        return MLT_OK;
    }
    for (size_t i = 0; feature->has_fill && column->n_missing > 0 && i < e->frame->n; i++)
        if (isnan(column->values[i]))
            column->values[i] = feature->fill_value;
    data->cells[j].values = mlt_dataset__take(data, column->values);
    column->values = NULL;
    return MLT_OK;
}

static mlt_status encode(mlt__dataset **data, encoding *e, mlt_error *err) {
    MLT_TRY(find_columns(e, err));
    note_others(e);
    MLT_TRY(leave_out_rows(e, err));
    MLT_TRY(mlt_dataset__create(data, e->frame->n, e->schema->p, e->frame->source, err));
    (*data)->open.schema = e->schema;
    MLT_TRY(encode_measures(*data, e, err));
    for (size_t j = 0; j < e->schema->p; j++)
        MLT_TRY(encode_feature(*data, e, j, err));
    if (e->n_unknown > 0)
        mlt__note(e->ctx, "cells with a category unknown to the model, taken as missing: %zu", e->n_unknown);
    if (e->origin)
        (*data)->open.origin = mlt_dataset__take(*data, e->origin);
    e->origin = NULL;
    return MLT_OK;
}

mlt_status mlt_dataset_encode(mlt_dataset **out, mlt_frame *frame, const mlt_schema *schema,
                              const mlt_encode_options *options, const mlt_context *ctx, mlt_error *err) {
    encoding e = {.frame = frame, .schema = schema, .options = options, .ctx = ctx};
    mlt__dataset *data = NULL;
    mlt_status status = encode(&data, &e, err);
    encoding_clear(&e);
    mlt_frame_free(frame);
    *out = status == MLT_OK ? &data->open : NULL;
    if (status != MLT_OK && data)
        mlt_dataset_free(&data->open);
    return status;
}
