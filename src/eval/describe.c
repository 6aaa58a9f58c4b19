/* A table described: which columns, which target; each column in turn, in parallel; then the warnings. */
#include "mltool/describe.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "data/dataset_internal.h"
#include "eval/describe_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const mlt_warning_names[MLT_N_WARNINGS] = {"empty", "constant", "id",        "text",
                                                       "leak",  "outliers", "duplicates"};

/* ---- which columns ---- */

static mlt_status find_column(const mlt_column **out, const mlt__column_index *index, const char *option,
                              const char *name, mlt_error *err) {
    char shown[80], hint[600];
    *out = mlt_dataset__find(index, name);
    if (*out)
        return MLT_OK;
    mlt_dataset__suggest(hint, sizeof hint, index, name);
    return mlt__raise(err, MLT_E_USAGE, "%s: there is no column '%s' in %s; %s", option,
                      mlt__printable(shown, sizeof shown, name), index->frame->source, hint);
}

static mlt_status name_columns(bool *dropped, const mlt_column **target, const mlt__column_index *index,
                               const mlt_describe_options *options, mlt_error *err) {
    const mlt_frame *frame = index->frame;
    const mlt_column *column;
    char shown[80];
    *target = NULL;
    if (options->target)
        MLT_TRY(find_column(target, index, "--target", options->target, err));
    for (size_t i = 0; i < options->n_drop; i++) {
        MLT_TRY(find_column(&column, index, "--drop", options->drop[i], err));
        if (column == *target)
            return mlt__raise(err, MLT_E_USAGE,
                              "--drop: column '%s' is named by --target too; leave it out of one of them",
                              mlt__printable(shown, sizeof shown, column->name));
        dropped[column - frame->columns] = true;
    }
    for (size_t j = frame->p; !*target && j > 0; j--)
        if (!dropped[j - 1])
            *target = &frame->columns[j - 1];
    if (!*target)
        return mlt__raise(err, MLT_E_USAGE, "--drop: no column of %s is left to describe; drop fewer",
                          frame->source);
    return MLT_OK;
}

static mlt_status choose_columns(mlt_description *d, const mlt_describe_options *options, mlt_error *err) {
    const mlt_frame *frame = d->frame;
    const mlt_column *target;
    mlt__column_index index = {0};
    mlt_status status;
    bool *dropped = mlt__calloc(frame->p, sizeof *dropped);
    d->columns = mlt__calloc(frame->p, sizeof *d->columns);
    if (!dropped || !d->columns) {
        free(dropped);
        return mlt__raise_nomem(err, frame->p * sizeof *d->columns);
    }
    /* Names are looked up in a const frame; the index hands out what it was given. */
    MLT_TRY_GOTO(mlt_dataset__index(&index, (mlt_frame *)(uintptr_t)frame, err), done);
    MLT_TRY_GOTO(name_columns(dropped, &target, &index, options, err), done);
    for (size_t j = 0; j < frame->p; j++) {
        if (dropped[j])
            continue;
        if (&frame->columns[j] == target)
            d->target = d->n_columns;
        d->n_missing += frame->columns[j].n_missing;
        d->columns[d->n_columns++] = (mlt_column_summary){.column = &frame->columns[j],
                                                          .mean = NAN,
                                                          .sd = NAN,
                                                          .quantiles = {NAN, NAN, NAN, NAN, NAN},
                                                          .farthest = NAN,
                                                          .correlation = NAN,
                                                          .alone = NAN};
    }
done:
    free(index.sorted);
    free(dropped);
    return status;
}

/* The task, and how many rows each class has. */
static mlt_status settle_task(mlt_description *d, const mlt_describe_options *options, mlt_error *err) {
    const mlt_column *target = d->columns[d->target].column;
    char shown[80];
    d->task = options->task                                    ? options->task
              : mlt_dataset__like_classes(target, d->frame->n) ? MLT_CLASSIFICATION
                                                               : MLT_REGRESSION;
    if (d->task == MLT_REGRESSION && target->type != MLT_NUMERIC)
        return mlt_dataset__raise_text(d->frame, target, MLT_E_DATA, "regression predicts numbers", err);
    if (d->task == MLT_REGRESSION)
        return MLT_OK;
    if (!target->codes)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: column '%s' has more than %d values, too many to be classes; use --task "
                          "regression",
                          d->frame->source, mlt__printable(shown, sizeof shown, target->name),
                          MLT__MAX_CLASSES);
    d->class_counts = mlt__calloc(target->n_levels, sizeof *d->class_counts);
    if (!d->class_counts)
        return mlt__raise_nomem(err, target->n_levels * sizeof *d->class_counts);
    for (size_t i = 0; i < d->frame->n; i++)
        if (target->codes[i] >= 0)
            d->class_counts[target->codes[i]]++;
    return MLT_OK;
}

/* ---- each column ---- */

static void room_clear(mlt__describe_room *room) {
    free(room->keys);
    free(room->spare);
    free(room->x);
    free(room->y);
    free(room->counts);
    free(room->sums);
}

static mlt_status room_new(mlt__describe_room *room, const mlt_description *d, mlt_error *err) {
    size_t n = d->frame->n, levels = 2;
    for (size_t j = 0; j < d->n_columns; j++)
        levels = d->columns[j].column->n_levels > levels ? d->columns[j].column->n_levels : levels;
    *room = (mlt__describe_room){0};
    MLT_ALLOC(room->keys, n, err);
    MLT_ALLOC(room->spare, n, err);
    MLT_ALLOC(room->x, n, err);
    MLT_ALLOC(room->y, n, err);
    MLT_ALLOC(room->counts, levels + 1, err);
    MLT_ALLOC(room->sums, levels, err);
    return MLT_OK;
}

/* The warnings of a column by itself. */
static unsigned own_warnings(const mlt_column_summary *s, size_t n, bool is_target) {
    const mlt_column *column = s->column;
    if (s->distinct == 0)
        return MLT_WARN_EMPTY;
    if (s->distinct == 1 && column->n_missing == 0)
        return MLT_WARN_CONSTANT;
    bool whole = column->type == MLT_CATEGORICAL || column->integral;
    unsigned warnings = mlt_dataset__is_slip(column, n) ? MLT_WARN_TEXT : 0;
    if (!is_target && whole && s->distinct == n && n >= MLT__ID_ROWS)
        warnings |= MLT_WARN_ID;
    else if (s->n_outliers > 0)
        warnings |= MLT_WARN_OUTLIERS;
    return warnings;
}

static mlt_status describe_column(mlt_description *d, size_t j, const mlt__alone_trial *trial,
                                  mlt__describe_room *room, mlt_error *err) {
    mlt_column_summary *s = &d->columns[j];
    const mlt_column *target = d->columns[d->target].column;
    if (s->column->type == MLT_NUMERIC)
        mlt__summarise_numbers(s, d->frame->n, room);
    else
        mlt__summarise_levels(s, d->frame->n, room);
    s->warnings = own_warnings(s, d->frame->n, j == d->target);
    if (j == d->target)
        return MLT_OK;
    mlt__associate(s, target, d->task, d->frame->n, room);
    MLT_TRY(mlt__alone_score(&s->alone, trial, s->column, err));
    if (s->alone >= MLT_LEAK_SCORE)
        s->warnings |= MLT_WARN_LEAK;
    return MLT_OK;
}

static mlt_status describe_columns(mlt_description *d, const mlt__alone_trial *trial, const mlt_context *ctx,
                                   mlt_error *err) {
    mlt_status failure = MLT_OK;
    size_t done = 0;
    int threads = mlt__threads(ctx, d->n_columns);
#pragma omp parallel num_threads(threads)
    {
        mlt__describe_room room;
        mlt_error own = {0};
        mlt_status status = room_new(&room, d, &own);
#pragma omp for schedule(dynamic)
        for (size_t j = 0; j < d->n_columns; j++) {
            if (status == MLT_OK)
                status = describe_column(d, j, trial, &room, &own);
#pragma omp critical(mlt_describe_progress)
            if (status == MLT_OK && !mlt__progress(ctx, "describing", ++done, d->n_columns))
                status = mlt__raise(&own, MLT_E_CANCELLED, "describing: stopped; run it again");
        }
        if (status != MLT_OK) {
#pragma omp critical(mlt_describe_failed)
            {
                failure = status;
                if (err)
                    *err = own;
            }
        }
        room_clear(&room);
    }
    return failure;
}

mlt_status mlt_describe(mlt_description **out, const mlt_frame *frame, const mlt_describe_options *options,
                        const mlt_context *ctx, mlt_error *err) {
    mlt__alone_trial trial = {0};
    mlt_status status;
    *out = NULL;
    if (frame->n >= UINT32_MAX)
        return mlt__raise(err, MLT_E_LIMIT, "%s: %zu rows, fewer than %u are possible; use a sample of them",
                          frame->source, frame->n, UINT32_MAX);
    mlt_description *d = mlt__calloc(1, sizeof *d);
    if (!d)
        return mlt__raise_nomem(err, sizeof *d);
    d->frame = frame;
    MLT_TRY_GOTO(choose_columns(d, options, err), done);
    MLT_TRY_GOTO(settle_task(d, options, err), done);
    MLT_TRY_GOTO(
        mlt__alone_prepare(&trial, d->columns[d->target].column, d->task, frame->n, d->n_columns, err), done);
    MLT_TRY_GOTO(describe_columns(d, &trial, ctx, err), done);
    MLT_TRY_GOTO(mlt__find_duplicates(d, ctx, err), done);
    if (d->n_duplicates > 0)
        d->warnings |= MLT_WARN_DUPLICATES;
    for (size_t j = 0; j < d->n_columns; j++) {
        d->columns[j].warnings &= ~options->allow;
        d->warnings |= d->columns[j].warnings;
    }
    d->warnings &= ~options->allow;
    *out = d;
    d = NULL;
done:
    mlt__alone_clear(&trial);
    mlt_description_free(d);
    return status;
}

void mlt_description_free(mlt_description *description) {
    if (!description)
        return;
    free(description->columns);
    free(description->class_counts);
    free(description);
}
