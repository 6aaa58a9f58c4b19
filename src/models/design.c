/* The terms of linear models, the rows they are fitted to, and gathering blocks of cells. */
#include "models/design.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const mlt_form mlt__form_plain = {.intercept = true};

/* ---- terms ---- */

/* How many terms feature f has. */
static size_t terms_of(const mlt_schema *schema, const uint8_t *degrees, size_t f) {
    const mlt_feature *feature = &schema->features[f];
    if (feature->type == MLT_NUMERIC)
        return degrees ? degrees[f] : 1;
    return feature->n_levels > 1 ? feature->n_levels - 1 : 0;
}

static uint32_t feature_at(const uint32_t *features, size_t i) {
    return features ? features[i] : (uint32_t)i;
}

mlt_status mlt__design_terms(mlt_term **terms, size_t *n_terms, const mlt_schema *schema,
                             const mlt_form *form, mlt_error *err) {
    size_t n_features = form->features ? form->n_features : schema->p, count = form->intercept;
    for (size_t i = 0; i < n_features; i++)
        count += terms_of(schema, form->degrees, feature_at(form->features, i));
    if (count > INT32_MAX)
        return mlt__raise(err, MLT_E_LIMIT, "%zu columns in a linear model; at most %d are possible", count,
                          INT32_MAX);
    MLT_ALLOC(*terms, count, err);
    mlt_term *next = *terms;
    if (form->intercept)
        *next++ = (mlt_term){MLT_TERM_INTERCEPT, MLT_TERM_NUMERIC, 0};
    for (size_t i = 0; i < n_features; i++) {
        uint32_t f = feature_at(form->features, i), here = (uint32_t)terms_of(schema, form->degrees, f);
        bool numeric = schema->features[f].type == MLT_NUMERIC;
        for (uint32_t k = 1; k <= here; k++)
            *next++ = numeric ? (mlt_term){f, MLT_TERM_NUMERIC, k} : (mlt_term){f, (int32_t)k, 0};
    }
    *n_terms = count;
    return MLT_OK;
}

char *mlt__design_term_name(const mlt_schema *schema, mlt_term term) {
    if (term.feature == MLT_TERM_INTERCEPT)
        return mlt__strdup("(Intercept)");
    const mlt_feature *feature = &schema->features[term.feature];
    if (term.power == 1)
        return mlt__strdup(feature->name);
    char power[16];
    snprintf(power, sizeof power, "%u", (unsigned)term.power);
    const char *end = term.power ? power : feature->levels[term.level];
    size_t size = strlen(feature->name) + strlen(end) + 2;
    char *name = mlt__alloc(size, 1);
    if (name)
        snprintf(name, size, "%s%c%s", feature->name, term.power ? '^' : '=', end);
    return name;
}

/* ---- cells ---- */

void mlt__design_gather_values(double *out, const double *values, const uint32_t *rows, size_t first,
                               size_t count, double shift, double scale) {
    if (!rows) {
        values += first;
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            out[i] = (values[i] - shift) * scale;
        return;
    }
    rows += first;
    for (size_t i = 0; i < count; i++)
        out[i] = (values[rows[i]] - shift) * scale;
}

void mlt__design_gather(double *out, const mlt_dataset *data, mlt_term term, const uint32_t *rows,
                        size_t first, size_t count, double shift, double scale) {
    if (term.feature == MLT_TERM_INTERCEPT) {
        for (size_t i = 0; i < count; i++)
            out[i] = (1 - shift) * scale;
        return;
    }
    const mlt_cells *cells = &data->x[term.feature];
    if (term.power > 1) {
        double lo[MLT_DESIGN_BLOCK];
        for (size_t done = 0; done < count; done += MLT_DESIGN_BLOCK) {
            size_t left = count - done, here = left < MLT_DESIGN_BLOCK ? left : MLT_DESIGN_BLOCK;
            mlt__design_gather_power(out + done, lo, data, term, rows, first + done, here, shift, scale);
        }
        return;
    }
    if (term.level == MLT_TERM_NUMERIC) {
        mlt__design_gather_values(out, cells->values, rows, first, count, shift, scale);
        return;
    }
    double present = (1 - shift) * scale, absent = (0 - shift) * scale;
    for (size_t i = 0; i < count; i++) {
        int32_t code = cells->codes[rows ? rows[first + i] : first + i];
        out[i] = code == term.level ? present : code < 0 ? NAN : absent;
    }
}

mlt_status mlt__design_refuse_missing(const mlt_dataset *data, const uint32_t *features, size_t n_features,
                                      bool termless, const uint32_t *rows, size_t first, size_t n,
                                      mlt_error *err) {
    if (!features)
        n_features = data->p;
    for (size_t f = 0; f < n_features; f++) {
        if (termless && terms_of(data->schema, NULL, feature_at(features, f)) > 0)
            continue;
        const mlt_cells *cells = &data->x[feature_at(features, f)];
        for (size_t i = 0; i < n; i++) {
            size_t row = rows ? rows[first + i] : first + i;
            if (cells->values ? !isnan(cells->values[row]) : cells->codes[row] >= 0)
                continue;
            char name[200];
            mlt__printable(name, sizeof name, data->schema->features[feature_at(features, f)].name);
            return mlt__raise(
                err, MLT_E_DATA,
                "%s: column '%s', data row %zu: the cell is missing; a linear model needs every cell: use "
                "--impute mean|median|most-frequent|drop",
                data->source, name, (data->origin ? data->origin[row] : row) + (size_t)1);
        }
    }
    return MLT_OK;
}

/* ---- rows ---- */

/* Put the rows of positive weight in ascending order, each with its weight (a stable counting sort). */
static mlt_status sort_rows(mlt_design *design, size_t n_data, const uint32_t *rows, size_t n_rows,
                            const double *row_weights, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t *start = mlt__calloc(n_data + 1, sizeof *start);
    if (!start)
        return mlt__raise_nomem(err, (n_data + 1) * sizeof *start);
    size_t kept = 0;
    for (size_t i = 0; i < n_rows; i++)
        if (!row_weights || row_weights[i] > 0) {
            start[mlt__row(rows, i) + 1]++;
            kept++;
        }
    for (size_t row = 0; row < n_data; row++)
        start[row + 1] += start[row];
    MLT_ALLOC_GOTO(design->rows, kept, err, end);
    if (row_weights)
        MLT_ALLOC_GOTO(design->weights, kept, err, end);
    for (size_t i = 0; i < n_rows; i++)
        if (!row_weights || row_weights[i] > 0) {
            size_t at = start[mlt__row(rows, i)]++;
            design->rows[at] = (uint32_t)mlt__row(rows, i);
            if (row_weights)
                design->weights[at] = row_weights[i];
        }
    design->n = kept;
end:
    free(start);
    return status;
}

/* Forget the index array where the rows are a range, and the weights where all are 1. */
static void simplify(mlt_design *design) {
    size_t n = design->n;
    bool range = true, unit = true;
    for (size_t i = 1; i < n && range; i++)
        range = design->rows[i] == design->rows[i - 1] + 1;
    for (size_t i = 0; i < n && unit; i++)
        unit = !design->weights || design->weights[i] == 1;
    design->first = 0;
    if (range && n > 0) {
        design->first = design->rows[0];
        free(design->rows);
        design->rows = NULL;
    }
    if (unit) {
        free(design->weights);
        design->weights = NULL;
    }
}

mlt_status mlt__design_init(mlt_design *out, const mlt_dataset *data, const uint32_t *rows, size_t n_rows,
                            const double *row_weights, const mlt_form *form, mlt_error *err) {
    mlt_status status;
    *out = (mlt_design){.data = data, .form = *form};
    MLT_TRY_GOTO(mlt__design_terms(&out->terms, &out->p, data->schema, form, err), fail);
    MLT_TRY_GOTO(sort_rows(out, data->n, rows, rows ? n_rows : data->n, row_weights, err), fail);
    simplify(out);
    if (out->n == 0) {
        status = mlt__raise(err, MLT_E_DATA, "%s: no row to fit has a positive weight", data->source);
        goto fail;
    }
    MLT_TRY_GOTO(mlt__design_refuse_missing(data, form->features, form->n_features, true, out->rows,
                                            out->first, out->n, err),
                 fail);
    return MLT_OK;
fail:
    mlt__design_clear(out);
    return status;
}

void mlt__design_clear(mlt_design *design) {
    free(design->terms);
    free(design->rows);
    free(design->weights);
    *design = (mlt_design){0};
}
