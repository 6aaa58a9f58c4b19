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

/* The indices of the tensors as they follow each other in the file. */
static void order_by_size(size_t *order, const mlt_tensors *t) {
    size_t filled = 0;
    for (size_t size = LARGEST_ELEMENT; size > 0; size /= 2)
        for (size_t i = 0; i < t->n; i++)
            if (mlt_dtype_size(t->items[i].dtype) == size)
                order[filled++] = i;
    assert(filled == t->n);
}

/* `__metadata__`, beginning with MLT__PREFIX. NULL when memory is short. */
static json_t *describe_file(json_t *metadata, const char digits[MLT__SHA256_DIGITS],
                             const char checksum[MLT__CHECKSUM_DIGITS]) {
    json_t *all = json_object();
    if (json_object_set_new(all, "format", json_string("mltool")) == 0 &&
        json_object_set_new(all, "format_version", json_string(MLT__MODEL_FORMAT)) == 0 &&
        json_object_set_new(all, "header_sha256", json_sprintf("%0*d", MLT__SHA256_DIGITS, 0)) == 0 &&
        json_object_set_new(all, "sha256", json_stringn(digits, MLT__SHA256_DIGITS)) == 0 &&
        json_object_set_new(all, "xxh3", json_stringn(checksum, MLT__CHECKSUM_DIGITS)) == 0 &&
        json_object_update(all, metadata) == 0)
        return all;
    json_decref(all);
    return NULL;
}

/* The whole header as JSON; part i is the i-th tensor in the file's order. NULL when memory is short. */
static json_t *describe(const mlt_tensors *t, const size_t *order, const struct iovec *parts,
                        json_t *metadata) {
    char digits[MLT__SHA256_DIGITS], checksum[MLT__CHECKSUM_DIGITS];
    if (mlt__checksum_of_parts(checksum, parts, t->n, NULL) != MLT_OK)
        return NULL;
    mlt__sha256(digits, parts, t->n);
    json_t *header = json_object();
    bool done = json_object_set_new(header, "__metadata__", describe_file(metadata, digits, checksum)) == 0;
    json_int_t begin = 0;
    for (size_t i = 0; done && i < t->n; i++) {
        const mlt_tensor *tensor = &t->items[order[i]];
        json_int_t end = begin + (json_int_t)parts[i].iov_len;
        json_t *entry = json_pack("{s:s, s:[I], s:[I, I]}", "dtype", mlt_dtype_name(tensor->dtype), "shape",
                                  (json_int_t)tensor->count, "data_offsets", begin, end);
        done = json_object_set_new(header, tensor->name, entry) == 0;
        begin = end;
    }
    if (done)
        return header;
    json_decref(header);
    return NULL;
}

/* The header as bytes (malloc'ed): length, JSON, blanks up to a multiple of 8, and its digest filled in. */
static mlt_status encode(struct iovec *out, const json_t *header, const char *path, mlt_error *err) {
    size_t length = json_dumpb(header, NULL, 0, JSON_COMPACT);
    if (length == 0)
        return mlt__json_raise_nomem(err);
    size_t padded = (length + 7) / 8 * 8;
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
    memset(bytes + LENGTH_SIZE, ' ', padded);
    if (json_dumpb(header, (char *)bytes + LENGTH_SIZE, length, JSON_COMPACT) != length) {
        free(bytes);
        return mlt__json_raise_nomem(err);
    }
    assert(memcmp(bytes + LENGTH_SIZE, MLT__PREFIX, strlen(MLT__PREFIX)) == 0);
    char digits[MLT__SHA256_DIGITS];
    mlt__header_sha256(digits, bytes, LENGTH_SIZE + padded);
    memcpy(bytes + LENGTH_SIZE + strlen(MLT__PREFIX), digits, sizeof digits);
    *out = (struct iovec){bytes, LENGTH_SIZE + padded};
    return MLT_OK;
}

mlt_status mlt__safetensors_write(const char *path, const mlt_tensors *t, json_t *metadata, size_t *size,
                                  mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t *order = NULL;
    struct iovec *parts = NULL; /* the header and the tensors */
    void *bytes = NULL;         /* the header's */
    MLT_ALLOC_GOTO(order, t->n, err, done);
    MLT_ALLOC_GOTO(parts, t->n + 1, err, done);
    order_by_size(order, t);
    size_t total = 0;
    for (size_t i = 0; i < t->n; i++) {
        const mlt_tensor *tensor = &t->items[order[i]];
        parts[i + 1] = (struct iovec){tensor->data, tensor->count * mlt_dtype_size(tensor->dtype)};
        total += parts[i + 1].iov_len;
    }
    json_t *header = describe(t, order, parts + 1, metadata);
    status = header ? encode(&parts[0], header, path, err) : mlt__json_raise_nomem(err);
    json_decref(header);
    if (status != MLT_OK)
        goto done;
    bytes = parts[0].iov_base;
    total += parts[0].iov_len;
    MLT_TRY_GOTO(mlt__file_replace(path, parts, t->n + 1, err), done);
    if (size)
        *size = total;
done:
    free(bytes);
    free(parts);
    free(order);
    return status;
}
