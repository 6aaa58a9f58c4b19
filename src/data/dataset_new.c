/* A dataset for training, from a frame: which columns, which rows, which task. */
#include "data/dataset_internal.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHOWN = 80,
    MIN_ROWS = 3,
    /* Whole numbers are classes if they are few, and each stands for a few rows. */
    MAX_INFERRED_CLASSES = 20,
    ROWS_PER_INFERRED_CLASS = 4
};

/* A column's part in the dataset. */
typedef enum role { UNUSED, FEATURE, DROPPED, WEIGHTS, TARGET } role;

static const char *const role_options[] = {"", "--features", "--drop", "--weights", "--target"};

/* What is known on the way from frame to dataset. */
typedef struct dataset_plan {
    mlt_frame *frame;
    const mlt_dataset_options *options;
    const mlt_context *ctx;
    mlt__column_index index;
    role *roles; /* of each column of the frame */
    mlt_column *target, *weights;
    mlt_column **features; /* p */
    size_t p;
    uint32_t *origin; /* NULL while every row is kept */
    mlt_task task;
} dataset_plan;

static void plan_clear(dataset_plan *plan) {
    free(plan->index.sorted);
    free(plan->roles);
    free(plan->features);
    free(plan->origin);
}

/* Give the column named `name` a role; each has one at most. */
static mlt_status assign(dataset_plan *plan, mlt_column **out, const char *name, role new_role,
                         mlt_error *err) {
    mlt_column *column = mlt_dataset__find(&plan->index, name);
    char shown[SHOWN], hint[600];
    mlt__printable(shown, sizeof shown, name);
    if (!column) {
        mlt_dataset__suggest(hint, sizeof hint, &plan->index, name);
        return mlt__raise(err, MLT_E_USAGE, "%s: there is no column '%s' in %s; %s", role_options[new_role],
                          shown, plan->frame->source, hint);
    }
    role *present = &plan->roles[column - plan->frame->columns];
    if (*present == new_role)
        return mlt__raise(err, MLT_E_USAGE, "%s: column '%s' is named twice; name it once",
                          role_options[new_role], shown);
    if (*present != UNUSED)
        return mlt__raise(err, MLT_E_USAGE, "%s: column '%s' is named by %s too; leave it out of one of them",
                          role_options[new_role], shown, role_options[*present]);
    *present = new_role;
    *out = column;
    return MLT_OK;
}

/* The target that is not named: the last column that has no other part. */
static mlt_status default_target(dataset_plan *plan, mlt_error *err) {
    size_t j = plan->frame->p;
    while (j > 0 && plan->roles[j - 1] != UNUSED)
        j--;
    if (j == 0)
        return mlt__raise(err, MLT_E_USAGE, "--target: every column of %s has another part; name the target",
                          plan->frame->source);
    plan->target = &plan->frame->columns[j - 1];
    plan->roles[j - 1] = TARGET;
    char shown[SHOWN];
    mlt__note(plan->ctx, "target is '%s', the last column%s; --target names another",
              mlt__printable(shown, sizeof shown, plan->target->name),
              j == plan->frame->p ? "" : " not used otherwise");
    return MLT_OK;
}

static mlt_status choose_columns(dataset_plan *plan, mlt_error *err) {
    const mlt_dataset_options *options = plan->options;
    mlt_column *column;
    plan->roles = mlt__calloc(plan->frame->p, sizeof *plan->roles);
    if (!plan->roles)
        return mlt__raise_nomem(err, plan->frame->p * sizeof *plan->roles);
    MLT_ALLOC(plan->features, plan->frame->p, err);
    MLT_TRY(mlt_dataset__index(&plan->index, plan->frame, err));
    if (options->target)
        MLT_TRY(assign(plan, &plan->target, options->target, TARGET, err));
    if (options->weights)
        MLT_TRY(assign(plan, &plan->weights, options->weights, WEIGHTS, err));
    for (size_t i = 0; i < options->n_drop; i++)
        MLT_TRY(assign(plan, &column, options->drop[i], DROPPED, err));
    for (size_t i = 0; i < options->n_features; i++) {
        MLT_TRY(assign(plan, &column, options->features[i], FEATURE, err));
        plan->features[plan->p++] = column;
    }
    if (!plan->target)
        MLT_TRY(default_target(plan, err));
    for (size_t j = 0; !options->features && j < plan->frame->p; j++)
        if (plan->roles[j] == UNUSED)
            plan->features[plan->p++] = &plan->frame->columns[j];
    char shown[SHOWN];
    if (plan->p == 0)
        return mlt__raise(err, MLT_E_DATA, "%s: no column is left to predict '%s' from; drop fewer columns",
                          plan->frame->source, mlt__printable(shown, sizeof shown, plan->target->name));
    return MLT_OK;
}

/* Mark the rows without target and, if asked to, those that lack a feature; tell how many they are. */
static void mark_rows(const dataset_plan *plan, bool *keep) {
    size_t n = plan->frame->n, no_target = 0, no_feature = 0;
    for (size_t i = 0; i < n; i++) {
        keep[i] = !mlt_dataset__is_missing(plan->target, i);
        no_target += !keep[i];
    }
    for (size_t j = 0; plan->options->drop_missing && j < plan->p; j++)
        for (size_t i = 0; plan->features[j]->n_missing > 0 && i < n; i++)
            if (keep[i] && mlt_dataset__is_missing(plan->features[j], i)) {
                keep[i] = false;
                no_feature++;
            }
    char shown[SHOWN];
    if (no_target > 0)
        mlt__note(plan->ctx, "rows left out because '%s' is missing: %zu",
                  mlt__printable(shown, sizeof shown, plan->target->name), no_target);
    if (no_feature > 0)
        mlt__note(plan->ctx, "rows left out because a feature is missing: %zu", no_feature);
}

static mlt_status choose_rows(dataset_plan *plan, mlt_error *err) {
    mlt_frame *frame = plan->frame;
    size_t missing = plan->target->n_missing;
    for (size_t j = 0; plan->options->drop_missing && j < plan->p; j++)
        missing += plan->features[j]->n_missing;
    if (frame->n > UINT32_MAX)
        return mlt__raise(err, MLT_E_LIMIT, "%s: %zu rows, at most %u are possible; use a sample of them",
                          frame->source, frame->n, UINT32_MAX);
    char shown[SHOWN];
    if (frame->n > 0 && plan->target->n_missing == frame->n)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: the target '%s' is missing in every row; choose another target", frame->source,
                          mlt__printable(shown, sizeof shown, plan->target->name));
    if (missing > 0) {
        bool *keep;
        MLT_ALLOC(keep, frame->n, err);
        mark_rows(plan, keep);
        mlt_status status = mlt_dataset__keep_rows(frame, keep, &plan->origin, err);
        free(keep);
        MLT_TRY(status);
        for (size_t j = 0; j < plan->p; j++)
            if (plan->features[j]->type == MLT_CATEGORICAL)
                MLT_TRY(mlt_dataset__prune_levels(plan->features[j], frame->n, err));
    }
    if (frame->n < MIN_ROWS)
        return mlt__raise(err, MLT_E_DATA, "%s: rows to learn from: %zu, fewer than %d; add rows%s",
                          frame->source, frame->n, MIN_ROWS,
                          plan->options->drop_missing ? ", or fill the missing cells (--impute mean)" : "");
    return MLT_OK;
}

/* A text target some of whose cells are numbers is more often a slip than a class label. */
static void note_mixed_target(const dataset_plan *plan) {
    double value;
    const mlt_column *target = plan->target;
    size_t numbers = 0;
    for (size_t c = 0; c < target->n_levels; c++)
        numbers += mlt_parse_double(&value, target->levels[c], strlen(target->levels[c]));
    char name[SHOWN], text[SHOWN];
    if (numbers > 0 && target->first_text)
        mlt__note(plan->ctx, "'%s' is text because of '%s' in line %zu; other cells of it are numbers",
                  mlt__printable(name, sizeof name, target->name),
                  mlt__printable(text, sizeof text, target->first_text), target->first_text_line);
}

bool mlt_dataset__like_classes(const mlt_column *target, size_t n) {
    double distinct[MAX_INFERRED_CLASSES + 1];
    if (target->type == MLT_CATEGORICAL)
        return true;
    size_t k = mlt_dataset__distinct(distinct, MAX_INFERRED_CLASSES, target->values, n);
    return target->integral && k <= MAX_INFERRED_CLASSES &&
           n - target->n_missing >= ROWS_PER_INFERRED_CLASS * k;
}

static void infer_task(dataset_plan *plan) {
    const mlt_column *target = plan->target;
    char shown[SHOWN];
    mlt__printable(shown, sizeof shown, target->name);
    if (plan->options->task != 0) {
        plan->task = plan->options->task;
    } else if (target->type == MLT_CATEGORICAL) {
        plan->task = MLT_CLASSIFICATION;
        mlt__note(plan->ctx, "task is classification, since '%s' is text", shown);
        note_mixed_target(plan);
    } else {
        bool classes = mlt_dataset__like_classes(target, plan->frame->n);
        plan->task = classes ? MLT_CLASSIFICATION : MLT_REGRESSION;
        if (classes)
            mlt__note(plan->ctx,
                      "task is classification, since '%s' has few different whole numbers; --task regression "
                      "overrides",
                      shown);
        else
            mlt__note(plan->ctx, "task is regression, since '%s' is numbers; --task classification overrides",
                      shown);
    }
}

/* A column becomes a feature: its name, its levels and its cells change hands. */
static void move_feature(mlt__dataset *data, size_t j, mlt_column *column) {
    mlt_feature *feature = &data->schema->features[j];
    feature->name = column->name;
    feature->type = column->type;
    column->name = NULL;
    if (column->type == MLT_NUMERIC) {
        data->cells[j].values = mlt_dataset__take(data, column->values);
        column->values = NULL;
        return;
    }
    feature->levels = column->levels;
    feature->n_levels = column->n_levels;
    column->levels = NULL;
    column->n_levels = 0;
    data->cells[j].codes = mlt_dataset__take(data, column->codes);
    column->codes = NULL;
}

static mlt_status fill(mlt__dataset *data, dataset_plan *plan, mlt_error *err) {
    mlt_schema *schema = mlt__calloc(1, sizeof *schema);
    if (!schema)
        return mlt__raise_nomem(err, sizeof *schema);
    data->schema = schema;
    data->open.schema = schema;
    schema->task = plan->task;
    schema->features = mlt__calloc(plan->p, sizeof *schema->features);
    if (!schema->features)
        return mlt__raise_nomem(err, plan->p * sizeof *schema->features);
    schema->p = plan->p;
    if (plan->task == MLT_CLASSIFICATION)
        MLT_TRY(mlt_dataset__learn_classes(data, plan->frame, plan->target, err));
    else
        MLT_TRY(mlt_dataset__regression_target(data, plan->frame, plan->target, MLT_E_DATA, err));
    if (plan->weights)
        MLT_TRY(mlt_dataset__weights(data, plan->frame, plan->weights, plan->origin, err));
    MLT_TRY(mlt_dataset__note_features(plan->frame, plan->features, plan->p, plan->options->beginning,
                                       plan->ctx, err));
    for (size_t j = 0; j < plan->p; j++)
        move_feature(data, j, plan->features[j]);
    schema->target = plan->target->name;
    plan->target->name = NULL;
    if (plan->weights) {
        schema->weights = plan->weights->name;
        plan->weights->name = NULL;
    }
    if (plan->origin)
        data->open.origin = mlt_dataset__take(data, plan->origin);
    plan->origin = NULL;
    return MLT_OK;
}

static mlt_status build(mlt__dataset **data, dataset_plan *plan, mlt_error *err) {
    MLT_TRY(choose_columns(plan, err));
    MLT_TRY(choose_rows(plan, err));
    infer_task(plan);
    MLT_TRY(mlt_dataset__create(data, plan->frame->n, plan->p, plan->frame->source, err));
    return fill(*data, plan, err);
}

mlt_status mlt_dataset_new(mlt_dataset **out, mlt_frame *frame, const mlt_dataset_options *options,
                           const mlt_context *ctx, mlt_error *err) {
    dataset_plan plan = {.frame = frame, .options = options, .ctx = ctx};
    mlt__dataset *data = NULL;
    mlt_status status = build(&data, &plan, err);
    plan_clear(&plan);
    mlt_frame_free(frame);
    *out = status == MLT_OK ? &data->open : NULL;
    if (status != MLT_OK && data)
        mlt_dataset_free(&data->open);
    return status;
}
