/* Writing the container: widest elements first, so that every tensor is aligned without gaps. */
#include "core/error.h"
#include "core/memory.h"
#include "io/file_replace.h"
#include "io/io_error.h"
#include "io/json_text.h"
#include "io/safetensors.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are written as they lie in memory");

enum { LENGTH_SIZE = 8, LARGEST_ELEMENT = 8 };

void mlt__header_sha256(char digits[MLT__SHA256_DIGITS], const unsigned char *header, size_t size) {
    static const char zeros[MLT__SHA256_DIGITS + 1] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    size_t before = LENGTH_SIZE + strlen(MLT__PREFIX), after = before + MLT__SHA256_DIGITS;
    struct iovec parts[] = {{(void *)header, before},
                            {(void *)zeros, MLT__SHA256_DIGITS},
                            {(void *)(header + after), size - after}};
    mlt__sha256(digits, parts, 3);
}

/* The tensors as they follow each other in the file. */
static void order_by_size(const mlt_tensor **sorted, const mlt_tensors *t) {
    size_t filled = 0;
    for (size_t size = LARGEST_ELEMENT; size > 0; size /= 2)
        for (size_t i = 0; i < t->n; i++)
            if (mlt_dtype_size(t->items[i].dtype) == size)
                sorted[filled++] = &t->items[i];
    assert(filled == t->n);
}

/* `__metadata__`, beginning with MLT__PREFIX. NULL when memory is short. */
static json_t *describe_file(json_t *metadata, const char digits[MLT__SHA256_DIGITS]) {
    json_t *all = json_object();
    if (json_object_set_new(all, "format", json_string("mltool")) == 0 &&
        json_object_set_new(all, "format_version", json_string(MLT__MODEL_FORMAT)) == 0 &&
        json_object_set_new(all, "header_sha256", json_sprintf("%0*d", MLT__SHA256_DIGITS, 0)) == 0 &&
        json_object_set_new(all, "sha256", json_stringn(digits, MLT__SHA256_DIGITS)) == 0 &&
        json_object_update_missing(all, metadata) == 0)
        return all;
    json_decref(all);
    return NULL;
}

/* The whole header. NULL when memory is short. */
static json_t *describe(const mlt_tensor *const *sorted, const struct iovec *parts, size_t n,
                        json_t *metadata, const char digits[MLT__SHA256_DIGITS]) {
    json_t *header = json_object();
    bool done = json_object_set_new(header, "__metadata__", describe_file(metadata, digits)) == 0;
    json_int_t begin = 0;
    for (size_t i = 0; done && i < n; i++) {
        json_int_t end = begin + (json_int_t)parts[i].iov_len;
        json_t *entry = json_pack("{s:s, s:[I], s:[I, I]}", "dtype", mlt_dtype_name(sorted[i]->dtype),
                                  "shape", (json_int_t)sorted[i]->count, "data_offsets", begin, end);
        done = json_object_set_new(header, sorted[i]->name, entry) == 0;
        begin = end;
    }
    if (done)
        return header;
    json_decref(header);
    return NULL;
}

/* The header as bytes: length, JSON, blanks up to a multiple of 8, and the digest filled in. malloc'ed. */
static mlt_status encode_header(struct iovec *out, const char *path, const char *json, mlt_error *err) {
    size_t length = strlen(json), padded = (length + 7) / 8 * 8;
    if (padded > MLT__HEADER_LIMIT) {
        mlt__shown_path shown;
        return mlt__raise(
            err, MLT_E_LIMIT,
            "%s: describing the columns takes %zu bytes and a model file has room for %d; use fewer "
            "columns or categories",
            mlt__show_path(&shown, path), padded, MLT__HEADER_LIMIT);
    }
    unsigned char *bytes;
    MLT_ALLOC(bytes, LENGTH_SIZE + padded, err);
    uint64_t stored = padded;
    memcpy(bytes, &stored, LENGTH_SIZE);
    memcpy(bytes + LENGTH_SIZE, json, length);
    memset(bytes + LENGTH_SIZE + length, ' ', padded - length);
    assert(memcmp(json, MLT__PREFIX, strlen(MLT__PREFIX)) == 0);
    char digits[MLT__SHA256_DIGITS];
    mlt__header_sha256(digits, bytes, LENGTH_SIZE + padded);
    memcpy(bytes + LENGTH_SIZE + strlen(MLT__PREFIX), digits, sizeof digits);
    *out = (struct iovec){bytes, LENGTH_SIZE + padded};
    return MLT_OK;
}

/* The bytes of the file: parts[0] is the header (malloc'ed), the others are the n sorted tensors' own. */
static mlt_status encode(struct iovec *parts, const mlt_tensor *const *sorted, size_t n, const char *path,
                         json_t *metadata, mlt_error *err) {
    for (size_t i = 0; i < n; i++)
        parts[i + 1] = (struct iovec){sorted[i]->data, sorted[i]->count * mlt_dtype_size(sorted[i]->dtype)};
    char digits[MLT__SHA256_DIGITS];
    mlt__sha256(digits, parts + 1, n);
    json_t *header = describe(sorted, parts + 1, n, metadata, digits);
    char *json = NULL;
    mlt_status status = mlt__json_print(&json, header, err);
    json_decref(header);
    if (status == MLT_OK)
        status = encode_header(&parts[0], path, json, err);
    free(json);
    return status;
}

mlt_status mlt__safetensors_write(const char *path, const mlt_tensors *t, json_t *metadata, size_t *size,
                                  mlt_error *err) {
    mlt_status status = MLT_OK;
    const mlt_tensor **sorted = NULL;
    struct iovec *parts = NULL;
    void *header = NULL;
    MLT_ALLOC_GOTO(sorted, t->n, err, done);
    MLT_ALLOC_GOTO(parts, t->n + 1, err, done);
    order_by_size(sorted, t);
    MLT_TRY_GOTO(encode(parts, sorted, t->n, path, metadata, err), done);
    header = parts[0].iov_base;
    size_t total = 0;
    for (size_t i = 0; i <= t->n; i++)
        total += parts[i].iov_len;
    MLT_TRY_GOTO(mlt__file_replace(path, parts, t->n + 1, err), done);
    if (size)
        *size = total;
done:
    free(header);
    free(parts);
    free(sorted);
    return status;
}
