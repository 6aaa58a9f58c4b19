/* What a reader of the results should know of the feature columns. */
#include "data/dataset_internal.h"

#include "core/memory.h"
#include "mltool/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 1024 /* nearly every column that repeats itself does so here */ };

static bool is_empty(const mlt_column *column, size_t n) { return column->n_missing == n; }

/* One value in every row, none missing. */
static bool is_constant(const mlt_column *column, size_t n) {
    if (column->n_missing > 0)
        return false;
    if (column->type == MLT_CATEGORICAL)
        return column->n_levels == 1;
    for (size_t i = 1; i < n; i++)
        if (column->values[i] != column->values[0])
            return false;
    return true;
}

/* Put the value into an open-addressing table of a power of two places, NaN where empty; false if it was
 * there. */
static bool insert(double *table, size_t places, double value) {
    uint64_t bits;
    value += 0.0; /* −0 is 0 */
    memcpy(&bits, &value, sizeof bits);
    bits *= 0x9E3779B97F4A7C15U;
    for (size_t at = (bits ^ bits >> 32) & (places - 1);; at = (at + 1) & (places - 1)) {
        if (isnan(table[at])) {
            table[at] = value;
            return true;
        }
        if (table[at] == value)
            return false;
    }
}

/* Are all of n numbers, none of them NaN, different? */
static mlt_status all_different(bool *out, const double *values, size_t n, mlt_error *err) {
    size_t places = 2;
    while (places < 2 * n)
        places *= 2;
    double *table;
    MLT_ALLOC(table, places, err);
    for (size_t i = 0; i < places; i++)
        table[i] = NAN;
    size_t i = 0;
    while (i < n && insert(table, places, values[i]))
        i++;
    *out = i == n;
    free(table);
    return MLT_OK;
}

/* A text or a whole number of its own in every row. */
static mlt_status is_like_an_id(bool *out, const mlt_column *column, size_t n, mlt_error *err) {
    *out = n >= MLT__ID_ROWS && column->n_missing == 0;
    if (*out && column->type == MLT_CATEGORICAL)
        *out = column->n_levels == n;
    else if (*out)
        *out = column->integral;
    if (*out && column->type == MLT_NUMERIC)
        MLT_TRY(all_different(out, column->values, n < FIRST_ROWS ? n : FIRST_ROWS, err));
    if (*out && column->type == MLT_NUMERIC && n > FIRST_ROWS)
        MLT_TRY(all_different(out, column->values, n, err));
    return MLT_OK;
}

bool mlt_dataset__is_slip(const mlt_column *column, size_t n) {
    if (column->type != MLT_CATEGORICAL || !column->first_text || column->first_text_line == 0)
        return false;
    size_t numbers = 0;
    bool *is_number = mlt__alloc(column->n_levels, sizeof *is_number);
    if (!is_number)
        return false;
    for (size_t level = 0; level < column->n_levels; level++) {
        double value;
        is_number[level] = mlt_parse_double(&value, column->levels[level], strlen(column->levels[level]));
    }
    for (size_t i = 0; i < n; i++)
        numbers += column->codes[i] >= 0 && is_number[column->codes[i]];
    free(is_number);
    return 2 * numbers > n - column->n_missing;
}

/* A column that would be numeric but for a few cells is worth a look: name the first. */
static void note_slip(const mlt_column *column, size_t n, const mlt_context *ctx) {
    char name[80], text[80];
    if (mlt_dataset__is_slip(column, n))
        mlt__note(
            ctx,
            "'%s' is read as categories because of '%s' in line %zu, though most of its cells are numbers",
            mlt__printable(name, sizeof name, column->name),
            mlt__printable(text, sizeof text, column->first_text), column->first_text_line);
}

mlt_status mlt_dataset__note_features(const mlt_frame *frame, mlt_column *const *features, size_t p,
                                      bool beginning, const mlt_context *ctx, mlt_error *err) {
    mlt__names categorical = {0}, constant = {0}, empty = {0}, ids = {0};
    for (size_t j = 0; j < p; j++) {
        const mlt_column *column = features[j];
        if (is_empty(column, frame->n)) {
            mlt__names_add(&empty, column->name);
            continue;
        }
        if (is_constant(column, frame->n)) {
            mlt__names_add(&constant, column->name);
            continue;
        }
        if (column->type == MLT_CATEGORICAL)
            mlt__names_add(&categorical, column->name);
        bool id;
        MLT_TRY(is_like_an_id(&id, column, frame->n, err));
        if (id)
            mlt__names_add(&ids, column->name);
    }
    if (empty.n + constant.n == p && !beginning)
        return mlt__raise(err, MLT_E_DATA,
                          "%s: no feature has two different values, so there is nothing to learn from; add "
                          "columns that vary",
                          frame->source);
    if (categorical.n > 0)
        mlt__note(ctx, "read as categories: %s", mlt__names_text(&categorical));
    if (beginning)
        return MLT_OK;
    for (size_t j = 0; j < p; j++)
        note_slip(features[j], frame->n, ctx);
    if (empty.n > 0)
        mlt__note(ctx, "without any value, so of no use: %s", mlt__names_text(&empty));
    if (constant.n > 0)
        mlt__note(ctx, "the same in every row, so of no use: %s", mlt__names_text(&constant));
    if (ids.n > 0)
        mlt__note(ctx, "different in every row, as an id is: %s; --drop leaves a column out",
                  mlt__names_text(&ids));
    return MLT_OK;
}
