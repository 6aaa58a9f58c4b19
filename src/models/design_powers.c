/* Powers of numeric features: which ones a model has, and forming them in double-double. */
#include "core/degrees.h"
#include "core/double_double.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/nearest_search.h"
#include "models/design.h"

#include <stdlib.h>
#include <string.h>

/* ---- degrees ---- */

static mlt_status find_feature(size_t *out, const char *name, const mlt_schema *schema, mlt_error *err) {
    mlt__nearest search;
    char shown[100], other[100];
    mlt__nearest_start(&search, name);
    mlt__printable(shown, sizeof shown, name);
    for (size_t j = 0; j < schema->p; j++) {
        if (strcmp(schema->features[j].name, name) == 0) {
            *out = j;
            if (schema->features[j].type == MLT_NUMERIC)
                return MLT_OK;
            return mlt__raise(err, MLT_E_USAGE, "--poly: '%s' is a category and has no powers; leave it out",
                              shown);
        }
        mlt__nearest_offer(&search, schema->features[j].name);
    }
    if (search.n > 0)
        return mlt__raise(err, MLT_E_USAGE, "--poly: there is no feature '%s'; did you mean '%s'?", shown,
                          mlt__printable(other, sizeof other, search.names[0]));
    return mlt__raise(err, MLT_E_USAGE, "--poly: there is no feature '%s'; give a column that is one", shown);
}

mlt_status mlt__design_degrees(uint8_t **degrees, const mlt_param_value *value, const mlt_schema *schema,
                               mlt_error *err) {
    mlt_status status = MLT_OK;
    const char *text = value->text;
    bool powers = false, numeric = false;
    uint8_t general = 0, *out;
    *degrees = NULL;
    if (value->none)
        return MLT_OK;
    out = mlt__calloc(schema->p, sizeof *out);
    if (!out)
        return mlt__raise_nomem(err, schema->p);
    for (mlt__degree item; *text;) {
        size_t j = 0;
        bool valid = mlt__degrees_next(&item, &text), named = valid && item.column[0];
        if (named)
            MLT_TRY_GOTO(find_feature(&j, item.column, schema, err), end);
        uint8_t *degree = named ? &out[j] : &general;
        if (!valid || *degree > 0) {
            char shown[100];
            status = mlt__raise(err, MLT_E_USAGE, "--poly: '%s' gives a degree twice; give it once",
                                mlt__printable(shown, sizeof shown, value->text));
            goto end;
        }
        *degree = (uint8_t)item.degree;
    }
    for (size_t j = 0; j < schema->p; j++) {
        numeric = numeric || schema->features[j].type == MLT_NUMERIC;
        if (out[j] == 0)
            out[j] = general && schema->features[j].type == MLT_NUMERIC ? general : 1;
        powers = powers || out[j] > 1;
    }
    if (!numeric)
        status = mlt__raise(err, MLT_E_USAGE,
                            "--poly: no feature is numeric, so there are no powers; leave it out");
    if (powers) {
        *degrees = out;
        out = NULL;
    }
end:
    free(out);
    return status;
}

/* ---- cells ---- */

/* (hi, lo) = (hi, lo) · (by_hi, by_lo), row by row. */
static void multiply(double *restrict hi, double *restrict lo, const double *restrict by_hi,
                     const double *restrict by_lo, size_t count) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        mlt_dd product = mlt__dd_multiply((mlt_dd){hi[i], lo[i]}, (mlt_dd){by_hi[i], by_lo[i]});
        hi[i] = product.hi;
        lo[i] = product.lo;
    }
}

static void square(double *hi, double *lo, size_t count) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        mlt_dd value = {hi[i], lo[i]}, product = mlt__dd_multiply(value, value);
        hi[i] = product.hi;
        lo[i] = product.lo;
    }
}

/* The cell less the shift is exact as a double-double. It is scaled by about the power's root of `scale`, so
 * that nothing leaves the range on the way, and the power by what is missing. */
static void gather_block(double *hi, double *lo, const double *values, const uint32_t *rows, size_t first,
                         size_t count, uint32_t power, double shift, double scale) {
    double base_hi[MLT_DESIGN_BLOCK], base_lo[MLT_DESIGN_BLOCK];
    int exponent = ilogb(scale), root = exponent / (int)power;
    double unit = ldexp(1, root), rest = ldexp(1, exponent - root * (int)power);
    for (size_t i = 0; i < count; i++) {
        mlt_dd value = mlt__two_sum(values[rows ? rows[first + i] : first + i], -shift);
        hi[i] = base_hi[i] = value.hi * unit;
        lo[i] = base_lo[i] = value.lo * unit;
    }
    uint32_t bit = 1;
    while (bit <= power / 2)
        bit *= 2;
    for (bit /= 2; bit > 0; bit /= 2) {
        square(hi, lo, count);
        if (power & bit)
            multiply(hi, lo, base_hi, base_lo, count);
    }
    for (size_t i = 0; i < count; i++) {
        hi[i] *= rest;
        lo[i] *= rest;
    }
}

void mlt__design_gather_power(double *hi, double *lo, const mlt_dataset *data, mlt_term term,
                              const uint32_t *rows, size_t first, size_t count, double shift, double scale) {
    const double *values = data->x[term.feature].values;
    for (size_t done = 0; done < count; done += MLT_DESIGN_BLOCK) {
        size_t left = count - done, here = left < MLT_DESIGN_BLOCK ? left : MLT_DESIGN_BLOCK;
        gather_block(hi + done, lo + done, values, rows, first + done, here, term.power, shift, scale);
    }
}
