/** Named arrays: what a model saves and loads. Arrays are stored in the narrowest type that holds every value
 *  exactly, so forests stay compact. */
#ifndef MLTOOL_TENSORS_H
#define MLTOOL_TENSORS_H

#include "mltool/status.h"

typedef enum mlt_dtype { MLT_U8, MLT_U16, MLT_U32, MLT_I32, MLT_U64, MLT_F32, MLT_F64 } mlt_dtype;

typedef struct mlt_tensor {
    char *name;
    mlt_dtype dtype;
    size_t count; /**< elements (all tensors are one-dimensional) */
    void *data;   /**< owned if `owned`, else inside `mapping`; aligned for its type */
    bool owned;
} mlt_tensor;

typedef struct mlt_tensors {
    mlt_tensor *items;
    size_t n, capacity;
    void *mapping; /**< the model file's bytes, read into memory and owned; or NULL */
    size_t mapping_size;
} mlt_tensors;

size_t mlt_dtype_size(mlt_dtype dtype);
/** "U8", "F64", ...: safetensors' names. */
const char *mlt_dtype_name(mlt_dtype dtype);

/** Add a copy of `values` in the narrowest of U8, U16, U32, F32, F64 that holds all of them exactly (compared
 * by bits: −0 and NaN stay). @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_tensors_add_doubles(mlt_tensors *t, const char *name, const double *values,
                                                  size_t count, mlt_error *err);
/** Add a copy of whole numbers: the narrowest of U8, U16, U32, U64; I32 if any is negative.
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT (negative numbers and others that do not fit I32) */
MLT_MUST_CHECK mlt_status mlt_tensors_add_ints(mlt_tensors *t, const char *name, const int64_t *values,
                                               size_t count, mlt_error *err);
/** Add a copy of `data` as it is: `count` elements of `dtype`. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_tensors_add_raw(mlt_tensors *t, const char *name, mlt_dtype dtype,
                                              const void *data, size_t count, mlt_error *err);
/** A tensor's elements where they lie: `*out` is borrowed from `t`, aligned for `dtype`. Nothing in them is
 * checked.
 *  @return MLT_OK, MLT_E_MODEL (absent, of another type) */
MLT_MUST_CHECK mlt_status mlt_tensors_raw(const mlt_tensors *t, const char *name, mlt_dtype dtype,
                                          const void **out, size_t *count, mlt_error *err);
/** Is the tensor there, with `expected` elements? @return MLT_OK, MLT_E_MODEL */
MLT_MUST_CHECK mlt_status mlt_tensors_check(const mlt_tensors *t, const char *name, size_t expected,
                                            mlt_error *err);
/** Read a whole tensor as doubles: `*out` is malloc'ed, `*count` its length.
 *  @param expected  the length it must have, or SIZE_MAX
 *  @return MLT_OK, MLT_E_MODEL (absent, of another length, not finite), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_tensors_doubles(const mlt_tensors *t, const char *name, double **out,
                                              size_t *count, size_t expected, mlt_error *err);
/** The same for whole numbers in [low, high]. MLT_E_MODEL names a value out of range. */
MLT_MUST_CHECK mlt_status mlt_tensors_ints(const mlt_tensors *t, const char *name, int64_t low, int64_t high,
                                           int64_t **out, size_t *count, size_t expected, mlt_error *err);
const mlt_tensor *mlt_tensors_find(const mlt_tensors *t, const char *name);
/** Free what it owns and leave it empty. */
void mlt_tensors_clear(mlt_tensors *t);

#endif
