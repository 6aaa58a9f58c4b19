/* The target as numbers or as class labels, and the row weights. */
#include "data/dataset_internal.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 80 };

mlt_status mlt_dataset__raise_text(const mlt_frame *frame, const mlt_column *column, mlt_status status,
                                   const char *wanted, mlt_error *err) {
    char name[SHOWN], text[SHOWN];
    mlt__printable(name, sizeof name, column->name);
    if (!column->first_text)
        return mlt__raise(err, status,
                          "%s: column '%s' was read as text, but %s; leave it out of --categorical",
                          frame->source, name, wanted);
    mlt__printable(text, sizeof text, column->first_text);
    return mlt__raise(
        err, status,
        "%s:%zu: column '%s': '%s' is not a number, but %s; correct the cell, or name another column",
        frame->source, column->first_text_line, name, text, wanted);
}

mlt_status mlt_dataset__regression_target(mlt__dataset *data, const mlt_frame *frame, mlt_column *target,
                                          mlt_status failure, mlt_error *err) {
    if (target->type != MLT_NUMERIC)
        return mlt_dataset__raise_text(
            frame, target, failure, "regression predicts numbers (logistic and trees predict classes)", err);
    data->open.y = mlt_dataset__take(data, target->values);
    target->values = NULL;
    return MLT_OK;
}

static mlt_status raise_too_many(const mlt_frame *frame, const mlt_column *target, const char *how_many,
                                 mlt_error *err) {
    char name[SHOWN];
    mlt__printable(name, sizeof name, target->name);
    if (target->type == MLT_NUMERIC && !target->integral)
        return mlt__raise(
            err, MLT_E_DATA,
            "%s: '%s' holds %s different decimals, a quantity and no classes; use --task regression",
            frame->source, name, how_many);
    return mlt__raise(err, MLT_E_LIMIT,
                      "%s: '%s' has %s classes, at most %d are possible; choose another target%s",
                      frame->source, name, how_many, MLT__MAX_CLASSES,
                      target->type == MLT_NUMERIC ? ", or use --task regression" : "");
}

/* Give a numeric column that kept no texts a text for each value. */
static mlt_status write_texts(const mlt_frame *frame, mlt_column *column, mlt_error *err) {
    double distinct[MLT__MAX_CLASSES + 1];
    size_t k = mlt_dataset__distinct(distinct, MLT__MAX_CLASSES, column->values, frame->n);
    if (k > MLT__MAX_CLASSES) {
        char how_many[32];
        snprintf(how_many, sizeof how_many, "more than %d", MLT__MAX_CLASSES);
        return raise_too_many(frame, column, how_many, err);
    }
    column->levels = mlt__calloc(k, sizeof *column->levels);
    if (!column->levels)
        return mlt__raise_nomem(err, k * sizeof *column->levels);
    for (; column->n_levels < k; column->n_levels++) {
        char text[32];
        char *level = mlt__strdup(mlt_format_double(text, distinct[column->n_levels]));
        if (!level)
            return mlt__raise_nomem(err, sizeof text);
        column->levels[column->n_levels] = level;
    }
    MLT_ALLOC(column->codes, frame->n, err);
    for (size_t i = 0; i < frame->n; i++) {
        size_t at = mlt_dataset__search(distinct, k, column->values[i]);
        column->codes[i] = (int32_t)at;
    }
    return MLT_OK;
}

/* Refuse what cannot be learned: a single class, a class a row, decimals that are a quantity. */
static mlt_status check_classes(const mlt_frame *frame, const mlt_column *target, mlt_error *err) {
    size_t k = target->n_levels;
    char name[SHOWN], label[SHOWN], how_many[32];
    mlt__printable(name, sizeof name, target->name);
    snprintf(how_many, sizeof how_many, "%zu", k);
    if (k == 1)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: '%s' has one class only ('%s'), so there is nothing to tell apart; add rows "
                          "of another class or choose another target",
                          frame->source, name, mlt__printable(label, sizeof label, target->levels[0]));
    bool quantity = target->type == MLT_NUMERIC && !target->integral && 2 * k > frame->n;
    if (k > MLT__MAX_CLASSES || quantity)
        return raise_too_many(frame, target, how_many, err);
    if (k == frame->n)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: '%s' differs in every row, so no class can be learned; choose another target",
                          frame->source, name);
    return MLT_OK;
}

typedef struct level {
    char *text;
    int32_t code;
} level;

static int by_text(const void *a, const void *b) {
    return strcmp(((const level *)a)->text, ((const level *)b)->text);
}

static double number_of(const char *text) {
    double value;
    return mlt_parse_double(&value, text, strlen(text)) ? value : NAN;
}

/* The texts of a numeric column are in order of value; where two are the same number (01, 1, 1.0) they mean
 * different things, so they are put in bytewise order as texts are. */
static mlt_status settle_order(mlt_column *target, size_t n, mlt_error *err) {
    bool twice = false;
    if (target->type != MLT_NUMERIC)
        return MLT_OK;
    for (size_t c = 1; c < target->n_levels && !twice; c++)
        twice = number_of(target->levels[c - 1]) == number_of(target->levels[c]);
    if (!twice)
        return MLT_OK;
    level *levels;
    MLT_ALLOC(levels, target->n_levels, err);
    for (size_t c = 0; c < target->n_levels; c++)
        levels[c] = (level){target->levels[c], (int32_t)c};
    qsort(levels, target->n_levels, sizeof *levels, by_text);
    int32_t code[MLT__MAX_CLASSES] = {0};
    for (size_t c = 0; c < target->n_levels; c++) {
        target->levels[c] = levels[c].text;
        code[levels[c].code] = (int32_t)c;
    }
    for (size_t i = 0; i < n; i++)
        target->codes[i] = code[target->codes[i]];
    free(levels);
    return MLT_OK;
}

/* A column's codes, none of them missing, as labels: int32_t and uint32_t may share memory. */
static void take_labels(mlt__dataset *data, mlt_column *target) {
    data->open.labels = mlt_dataset__take(data, target->codes);
    target->codes = NULL;
}

mlt_status mlt_dataset__learn_classes(mlt__dataset *data, const mlt_frame *frame, mlt_column *target,
                                      mlt_error *err) {
    if (!target->codes)
        MLT_TRY(write_texts(frame, target, err));
    MLT_TRY(mlt_dataset__prune_levels(target, frame->n, err));
    MLT_TRY(check_classes(frame, target, err));
    MLT_TRY(settle_order(target, frame->n, err));
    data->schema->classes = target->levels;
    data->schema->k = target->n_levels;
    target->levels = NULL;
    target->n_levels = 0;
    take_labels(data, target);
    return MLT_OK;
}

static mlt_status raise_unknown_class(const mlt_frame *frame, const mlt_column *target,
                                      const mlt_schema *schema, const char *label, mlt_error *err) {
    char name[SHOWN], shown[SHOWN];
    mlt__names classes = {0};
    for (size_t c = 0; c < schema->k; c++)
        mlt__names_add(&classes, schema->classes[c]);
    return mlt__raise(err, MLT_E_SCHEMA, "%s: column '%s': the model has no class '%s'; its classes are %s",
                      frame->source, mlt__printable(name, sizeof name, target->name),
                      mlt__printable(shown, sizeof shown, label), mlt__names_text(&classes));
}

/* The classes as numbers, if all are and they ascend. */
static bool classes_as_numbers(double *values, const mlt_schema *schema) {
    for (size_t c = 0; c < schema->k; c++) {
        values[c] = number_of(schema->classes[c]);
        if (isnan(values[c]) || (c > 0 && values[c - 1] >= values[c]))
            return false;
    }
    return true;
}

/* The class that `text` means, or k. `values` NULL: the classes are not numbers. */
static size_t class_of_text(const mlt_schema *schema, const double *values, const char *text) {
    for (size_t c = 0; c < schema->k; c++)
        if (strcmp(schema->classes[c], text) == 0)
            return c;
    return values ? mlt_dataset__search(values, schema->k, number_of(text)) : schema->k;
}

/* Codes of the column's own levels become classes. */
static mlt_status match_texts(const mlt_frame *frame, mlt_column *target, const mlt_schema *schema,
                              const double *values, mlt_error *err) {
    int32_t *class_of;
    MLT_ALLOC(class_of, target->n_levels, err);
    for (size_t c = 0; c < target->n_levels; c++) {
        size_t found = class_of_text(schema, values, target->levels[c]);
        if (found == schema->k) {
            free(class_of);
            return raise_unknown_class(frame, target, schema, target->levels[c], err);
        }
        class_of[c] = (int32_t)found;
    }
    for (size_t i = 0; i < frame->n; i++)
        target->codes[i] = class_of[target->codes[i]];
    free(class_of);
    return MLT_OK;
}

/* Values of a column that kept no texts become classes. */
static mlt_status match_values(const mlt_frame *frame, mlt_column *target, const mlt_schema *schema,
                               const double *values, mlt_error *err) {
    MLT_ALLOC(target->codes, frame->n, err);
    for (size_t i = 0; i < frame->n; i++) {
        size_t found = values ? mlt_dataset__search(values, schema->k, target->values[i]) : schema->k;
        if (found == schema->k) {
            char text[32];
            return raise_unknown_class(frame, target, schema, mlt_format_double(text, target->values[i]),
                                       err);
        }
        target->codes[i] = (int32_t)found;
    }
    return MLT_OK;
}

mlt_status mlt_dataset__match_classes(mlt__dataset *data, const mlt_frame *frame, mlt_column *target,
                                      const mlt_schema *schema, mlt_error *err) {
    double *numbers;
    MLT_ALLOC(numbers, schema->k, err);
    const double *values = classes_as_numbers(numbers, schema) ? numbers : NULL;
    mlt_status status = MLT_OK;
    if (target->codes)
        status = mlt_dataset__prune_levels(target, frame->n, err);
    if (status == MLT_OK)
        status = (target->codes ? match_texts : match_values)(frame, target, schema, values, err);
    if (status == MLT_OK)
        take_labels(data, target);
    free(numbers);
    return status;
}

mlt_status mlt_dataset__weights(mlt__dataset *data, const mlt_frame *frame, mlt_column *weights,
                                const uint32_t *origin, mlt_error *err) {
    if (weights->type != MLT_NUMERIC)
        return mlt_dataset__raise_text(frame, weights, MLT_E_DATA, "row weights are numbers", err);
    char name[SHOWN], value[32];
    mlt__printable(name, sizeof name, weights->name);
    bool any = false;
    for (size_t i = 0; i < frame->n; i++) {
        double weight = weights->values[i];
        if (isnan(weight))
            return mlt__raise(
                err, MLT_E_DATA,
                "%s: data row %zu: weight '%s' is missing; give every row a weight of 0 or more",
                frame->source, mlt_dataset__row_number(origin, i), name);
        if (!isfinite(weight) || weight < 0)
            return mlt__raise(err, MLT_E_DATA,
                              "%s: data row %zu: weight '%s' is %s; weights are finite numbers of 0 or more",
                              frame->source, mlt_dataset__row_number(origin, i), name,
                              mlt_format_double(value, weight));
        any = any || weight > 0;
    }
    if (!any)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: every weight in '%s' is 0, so no row counts; correct the weights",
                          frame->source, name);
    data->open.weights = mlt_dataset__take(data, weights->values);
    weights->values = NULL;
    return MLT_OK;
}
