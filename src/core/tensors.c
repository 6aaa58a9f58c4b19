/* Named arrays: the narrowest exact type on the way in, checked conversion on the way out. */
#include "mltool/tensors.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every type a tensor may have: its code, its name in the file, the C type of its elements. */
#define EACH_DTYPE(X)                                                                                        \
    X(MLT_U8, "U8", uint8_t)                                                                                 \
    X(MLT_U16, "U16", uint16_t)                                                                              \
    X(MLT_U32, "U32", uint32_t)                                                                              \
    X(MLT_I32, "I32", int32_t)                                                                               \
    X(MLT_U64, "U64", uint64_t)                                                                              \
    X(MLT_F32, "F32", float)                                                                                 \
    X(MLT_F64, "F64", double)

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
#define ROW(code, name, type) [code] = {name, sizeof(type)},
    EACH_DTYPE(ROW)
#undef ROW
};

size_t mlt_dtype_size(mlt_dtype dtype) { return dtypes[dtype].size; }

const char *mlt_dtype_name(mlt_dtype dtype) { return dtypes[dtype].name; }

/* Append an owned tensor with room for `count` elements, which the caller fills. Returns the room, or NULL
 * when memory is short. */
static void *append(mlt_tensors *t, const char *name, mlt_dtype dtype, size_t count, mlt_error *err) {
    if (t->n == t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 16;
        mlt_tensor *items = mlt__realloc(t->items, capacity, sizeof *items);
        if (!items) {
            (void)mlt__raise_nomem(err, capacity * sizeof *items);
            return NULL;
        }
        t->items = items;
        t->capacity = capacity;
    }
    mlt_tensor item = {.name = mlt__strdup(name),
                       .dtype = dtype,
                       .count = count,
                       .data = mlt__alloc(count, dtypes[dtype].size),
                       .owned = true};
    if (!item.name || !item.data) {
        free(item.name);
        free(item.data);
        (void)mlt__raise_nomem(err, count * dtypes[dtype].size);
        return NULL;
    }
    t->items[t->n++] = item;
    return item.data;
}

/* The cases of a switch over a tensor's type: convert `count` elements of `values` into `data`, or back. */
#define STORE(code, name, type)                                                                              \
    case code:                                                                                               \
        for (size_t i = 0; i < count; i++)                                                                   \
            ((type *)data)[i] = (type)values[i];                                                             \
        return;
#define WIDEN(code, name, type)                                                                              \
    case code:                                                                                               \
        for (size_t i = 0; i < count; i++)                                                                   \
            values[i] = (widest)((const type *)data)[i];                                                     \
        return;

static void store_doubles(void *data, mlt_dtype dtype, const double *values, size_t count) {
    switch (dtype) { EACH_DTYPE(STORE) }
}

static void store_ints(void *data, mlt_dtype dtype, const int64_t *values, size_t count) {
    switch (dtype) { EACH_DTYPE(STORE) }
}

static void widen_to_doubles(double *values, const void *data, mlt_dtype dtype, size_t count) {
    typedef double widest;
    switch (dtype) { EACH_DTYPE(WIDEN) }
}

/* For types of whole numbers only. */
static void widen_to_ints(int64_t *values, const void *data, mlt_dtype dtype, size_t count) {
    typedef int64_t widest;
    switch (dtype) { EACH_DTYPE(WIDEN) }
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The narrowest type that gives every value back bit for bit: differences are collected without a branch, so
 * the loop runs at the speed of memory. */
static mlt_dtype narrowest_of_doubles(const double *values, size_t count) {
    uint64_t not_whole = 0, not_float = 0;
    uint32_t used_bits = 0;
    for (size_t i = 0; i < count; i++) {
        double value = values[i];
        uint32_t whole = value >= 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
        used_bits |= whole;
        not_whole |= bits_of(value) ^ bits_of(whole);
        not_float |= bits_of(value) ^ bits_of((float)value);
    }
    if (!not_whole)
        return used_bits <= UINT8_MAX ? MLT_U8 : used_bits <= UINT16_MAX ? MLT_U16 : MLT_U32;
    return not_float ? MLT_F64 : MLT_F32;
}

mlt_status mlt_tensors_add_doubles(mlt_tensors *t, const char *name, const double *values, size_t count,
                                   mlt_error *err) {
    mlt_dtype dtype = narrowest_of_doubles(values, count);
    void *data = append(t, name, dtype, count, err);
    if (!data)
        return MLT_E_NOMEM;
    store_doubles(data, dtype, values, count);
    return MLT_OK;
}

mlt_status mlt_tensors_add_ints(mlt_tensors *t, const char *name, const int64_t *values, size_t count,
                                mlt_error *err) {
    int64_t low = 0, high = 0;
    for (size_t i = 0; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    if (low < INT32_MIN || (low < 0 && high > INT32_MAX))
        return mlt__raise(err, MLT_E_LIMIT,
                          "tensor %s: numbers from %lld to %lld do not fit 32 bits; nothing was saved", name,
                          (long long)low, (long long)high);
    mlt_dtype dtype = low < 0              ? MLT_I32
                      : high <= UINT8_MAX  ? MLT_U8
                      : high <= UINT16_MAX ? MLT_U16
                      : high <= UINT32_MAX ? MLT_U32
                                           : MLT_U64;
    void *data = append(t, name, dtype, count, err);
    if (!data)
        return MLT_E_NOMEM;
    store_ints(data, dtype, values, count);
    return MLT_OK;
}

mlt_status mlt_tensors_add_raw(mlt_tensors *t, const char *name, mlt_dtype dtype, const void *data,
                               size_t count, mlt_error *err) {
    void *copy = append(t, name, dtype, count, err);
    if (!copy)
        return MLT_E_NOMEM;
    memcpy(copy, data, count * dtypes[dtype].size);
    return MLT_OK;
}

const mlt_tensor *mlt_tensors_find(const mlt_tensors *t, const char *name) {
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->items[i].name, name) == 0)
            return &t->items[i];
    return NULL;
}

/* The tensor a reader asked for, with the length it asked for; else NULL and MLT_E_MODEL in `err`. */
static const mlt_tensor *require(const mlt_tensors *t, const char *name, size_t expected, mlt_error *err) {
    const mlt_tensor *found = mlt_tensors_find(t, name);
    if (found && (expected == SIZE_MAX || found->count == expected))
        return found;
    if (found)
        (void)mlt__raise(err, MLT_E_MODEL, "tensor %s holds %zu values instead of %zu; fit the model again",
                         name, found->count, expected);
    else
        (void)mlt__raise(err, MLT_E_MODEL, "tensor %s is missing; fit the model again", name);
    return NULL;
}

mlt_status mlt_tensors_check(const mlt_tensors *t, const char *name, size_t expected, mlt_error *err) {
    return require(t, name, expected, err) ? MLT_OK : MLT_E_MODEL;
}

mlt_status mlt_tensors_raw(const mlt_tensors *t, const char *name, mlt_dtype dtype, const void **out,
                           size_t *count, mlt_error *err) {
    const mlt_tensor *tensor = require(t, name, SIZE_MAX, err);
    if (!tensor)
        return MLT_E_MODEL;
    if (tensor->dtype != dtype)
        return mlt__raise(err, MLT_E_MODEL, "tensor %s has type %s instead of %s; fit the model again", name,
                          mlt_dtype_name(tensor->dtype), mlt_dtype_name(dtype));
    *out = tensor->data;
    *count = tensor->count;
    return MLT_OK;
}

/* Does no element use the bits from `limit` on? Only a tensor of 64-bit whole numbers may. */
static bool below_bit(const mlt_tensor *tensor, int limit) {
    if (tensor->dtype != MLT_U64)
        return true;
    uint64_t used_bits = 0;
    for (size_t i = 0; i < tensor->count; i++)
        used_bits |= ((const uint64_t *)tensor->data)[i];
    return used_bits >> limit == 0;
}

mlt_status mlt_tensors_doubles(const mlt_tensors *t, const char *name, double **out, size_t *count,
                               size_t expected, mlt_error *err) {
    const mlt_tensor *tensor = require(t, name, expected, err);
    if (!tensor)
        return MLT_E_MODEL;
    if (!below_bit(tensor, 53))
        return mlt__raise(err, MLT_E_MODEL,
                          "tensor %s holds a whole number of 2^53 or more; fit the model again", name);
    double *values;
    MLT_ALLOC(values, tensor->count, err);
    widen_to_doubles(values, tensor->data, tensor->dtype, tensor->count);
    mlt_status status = MLT_OK;
    for (size_t i = 0; status == MLT_OK && i < tensor->count; i++)
        if (!isfinite(values[i]))
            status = mlt__raise(err, MLT_E_MODEL, "tensor %s: value %zu is not finite; fit the model again",
                                name, i);
    if (status != MLT_OK) {
        free(values);
        return status;
    }
    *out = values;
    *count = tensor->count;
    return MLT_OK;
}

mlt_status mlt_tensors_ints(const mlt_tensors *t, const char *name, int64_t low, int64_t high, int64_t **out,
                            size_t *count, size_t expected, mlt_error *err) {
    const mlt_tensor *tensor = require(t, name, expected, err);
    if (!tensor)
        return MLT_E_MODEL;
    if (tensor->dtype == MLT_F32 || tensor->dtype == MLT_F64)
        return mlt__raise(err, MLT_E_MODEL,
                          "tensor %s has type %s where whole numbers belong; fit the model again", name,
                          mlt_dtype_name(tensor->dtype));
    if (!below_bit(tensor, 63))
        return mlt__raise(err, MLT_E_MODEL, "tensor %s holds a number of 2^63 or more; fit the model again",
                          name);
    int64_t *values;
    MLT_ALLOC(values, tensor->count, err);
    widen_to_ints(values, tensor->data, tensor->dtype, tensor->count);
    mlt_status status = MLT_OK;
    for (size_t i = 0; status == MLT_OK && i < tensor->count; i++)
        if (values[i] < low || values[i] > high)
            status = mlt__raise(err, MLT_E_MODEL,
                                "tensor %s: value %zu is %lld, not in %lld to %lld; fit the model again",
                                name, i, (long long)values[i], (long long)low, (long long)high);
    if (status != MLT_OK) {
        free(values);
        return status;
    }
    *out = values;
    *count = tensor->count;
    return MLT_OK;
}

void mlt_tensors_clear(mlt_tensors *t) {
    for (size_t i = 0; i < t->n; i++) {
        free(t->items[i].name);
        if (t->items[i].owned)
            free(t->items[i].data);
    }
    free(t->items);
    free(t->mapping);
    *t = (mlt_tensors){0};
}
