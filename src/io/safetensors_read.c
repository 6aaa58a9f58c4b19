/* Reading the container. Every number in it is checked against what is really there before it is used. */
#include "core/error.h"
#include "core/memory.h"
#include "io/io_error.h"
#include "io/json_text.h"
#include "io/safetensors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_SIZE = 8 };

/* Raise MLT_E_MODEL: "PATH: what is wrong; what to do". */
static mlt_status __attribute__((format(printf, 3, 4), cold))
refuse(const mlt__bytes *source, mlt_error *err, const char *format, ...) {
    char what[600];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    mlt__shown_path shown;
    return mlt__raise(err, MLT_E_MODEL, "%s: %s; copy the file again, or fit and save the model again",
                      mlt__show_path(&shown, source->path), what);
}

/* A file that does not begin as this version's files do. */
static mlt_status refuse_beginning(const mlt__bytes *source, mlt_error *err) {
    mlt__shown_path shown;
    const char *path = mlt__show_path(&shown, source->path);
    if (source->filled == 0)
        return mlt__raise(err, MLT_E_MODEL, "%s: the file is empty; fit and save the model again", path);
    const char *text = (const char *)source->bytes + LENGTH_SIZE;
    size_t length = source->filled > LENGTH_SIZE ? source->filled - LENGTH_SIZE : 0,
           magic = strlen(MLT__MAGIC);
    if (length == 0 || memcmp(text, MLT__MAGIC, length < magic ? length : magic) != 0)
        return mlt__raise(
            err, MLT_E_MODEL,
            "%s: not a model that mltool saved (a .safetensors file with mltool's metadata); give the "
            "file that --save wrote",
            path);
    if (length < strlen(MLT__PREFIX) && memcmp(text, MLT__PREFIX, length) == 0)
        return refuse(source, err, "the file is cut short at byte %zu", source->filled);
    size_t digits = 0;
    while (magic + digits < length && text[magic + digits] >= '0' && text[magic + digits] <= '9')
        digits++;
    const char *version = text + magic;
    bool ours = digits == strlen(MLT__MODEL_FORMAT) && memcmp(version, MLT__MODEL_FORMAT, digits) == 0;
    bool ended = magic + digits < length && version[digits] == '"';
    if (ours || digits == 0 || digits > 9 || version[0] == '0' || !ended)
        return refuse(source, err, "the beginning of the file is damaged");
    return mlt__raise(err, MLT_E_MODEL,
                      "%s: its format has version %.*s and this mltool reads version %s; use a newer mltool",
                      path, (int)digits, version, MLT__MODEL_FORMAT);
}

/* Read the header (its 8 bytes of length included), checked against its digest. */
static mlt_status read_header(mlt__bytes *source, size_t *size, mlt_error *err) {
    const size_t prefix = LENGTH_SIZE + strlen(MLT__PREFIX), smallest = prefix + MLT__SHA256_DIGITS;
    MLT_TRY(mlt__bytes_fill(source, smallest, err));
    if (source->filled < prefix || memcmp(source->bytes + LENGTH_SIZE, MLT__PREFIX, strlen(MLT__PREFIX)) != 0)
        return refuse_beginning(source, err);
    uint64_t length;
    memcpy(&length, source->bytes, LENGTH_SIZE);
    if (length > MLT__HEADER_LIMIT || length % 8 != 0 || LENGTH_SIZE + length < smallest)
        return refuse(source, err, "its header cannot have %llu bytes", (unsigned long long)length);
    *size = LENGTH_SIZE + (size_t)length;
    MLT_TRY(mlt__bytes_fill(source, *size, err));
    if (source->filled < *size)
        return refuse(source, err, "the file is cut short at byte %zu, inside its header of %zu bytes",
                      source->filled, *size);
    char digits[MLT__SHA256_DIGITS];
    mlt__header_sha256(digits, source->bytes, *size);
    if (memcmp(digits, source->bytes + prefix, sizeof digits) != 0)
        return refuse(source, err, "the file's header is damaged (its checksum differs)");
    return MLT_OK;
}

static bool valid_name(const char *name) {
    size_t length = strlen(name);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return false;
    return length > 0 && length <= MLT__NAME_LIMIT;
}

static bool find_dtype(mlt_dtype *out, const char *name) {
    for (mlt_dtype dtype = MLT_U8; name && dtype <= MLT_F64; dtype++)
        if (strcmp(mlt_dtype_name(dtype), name) == 0) {
            *out = dtype;
            return true;
        }
    return false;
}

/* The whole number at `i` of a JSON array, or −1. */
static json_int_t whole_at(const json_t *array, size_t i) {
    const json_t *value = json_array_get(array, i);
    return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value) : -1;
}

/* Read one tensor's entry, which must begin at byte `*end` of the data; moves `*end` to its own end.
 * Returns what is wrong, or NULL. */
static const char *read_entry(mlt_tensor *out, const json_t *entry, uint64_t *end) {
    const json_t *shape = json_object_get(entry, "shape"), *offsets = json_object_get(entry, "data_offsets");
    if (json_object_size(entry) != 3 || json_array_size(shape) != 1 || json_array_size(offsets) != 2)
        return "is not described by dtype, shape [count] and data_offsets [begin, end]";
    if (!find_dtype(&out->dtype, json_string_value(json_object_get(entry, "dtype"))))
        return "has a type that mltool does not write";
    json_int_t count = whole_at(shape, 0), begin = whole_at(offsets, 0), finish = whole_at(offsets, 1);
    if (count < 0 || begin < 0 || finish < begin)
        return "has a length or offsets that cannot be";
    size_t element = mlt_dtype_size(out->dtype);
    if ((uint64_t)begin != *end)
        return "does not begin where the one before it ends";
    if ((uint64_t)begin % element != 0)
        return "is not aligned";
    if ((uint64_t)(finish - begin) % element != 0 || (uint64_t)(finish - begin) / element != (uint64_t)count)
        return "has a length and offsets that disagree";
    out->count = (size_t)count;
    *end = (uint64_t)finish;
    return NULL;
}

/* Read all entries of the header into `t`, `data` still being NULL; `*end` is the size of the data. */
static mlt_status read_entries(mlt_tensors *t, json_t *header, uint64_t *end, const mlt__bytes *source,
                               mlt_error *err) {
    size_t n = json_object_size(header) - 1;
    t->items = mlt__calloc(n, sizeof *t->items);
    if (!t->items)
        return mlt__raise_nomem(err, n * sizeof *t->items);
    t->capacity = n;
    const char *name;
    json_t *entry;
    json_object_foreach(header, name, entry) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        char shown[100];
        mlt__printable(shown, sizeof shown, name);
        if (!valid_name(name))
            return refuse(source, err, "'%s' cannot be the name of a tensor", shown);
        mlt_tensor *tensor = &t->items[t->n];
        const char *wrong = read_entry(tensor, entry, end);
        if (wrong)
            return refuse(source, err, "tensor %s %s", shown, wrong);
        tensor->name = mlt__strdup(name);
        if (!tensor->name)
            return mlt__raise_nomem(err, strlen(name) + 1);
        t->n++;
    }
    return MLT_OK;
}

static mlt_status refuse_short(const mlt__bytes *source, size_t there, uint64_t total, mlt_error *err) {
    return refuse(source, err, "the file is cut short: it has %zu of its %llu bytes", there,
                  (unsigned long long)total);
}

static void take_checksum(size_t piece, const unsigned char *bytes, size_t size, void *user) {
    mlt__checksum((unsigned char *)user + piece * MLT__CHECKSUM_BYTES, bytes, size);
}

/* Read the data behind the header, to the file's end, and check them against their checksum. */
static mlt_status read_checked(mlt__bytes *source, size_t header_size, size_t total, const char *stored,
                               const mlt_context *ctx, mlt_error *err) {
    size_t n_pieces = (total - header_size + MLT__CHECKSUM_PIECE - 1) / MLT__CHECKSUM_PIECE;
    char digits[MLT__CHECKSUM_DIGITS];
    unsigned char *pieces;
    MLT_ALLOC(pieces, n_pieces * MLT__CHECKSUM_BYTES, err);
    mlt_status status = mlt__bytes_fill_pieces(source, header_size, total, MLT__CHECKSUM_PIECE, take_checksum,
                                               pieces, ctx, err);
    if (status == MLT_OK && source->filled < total)
        status = refuse_short(source, source->filled, total, err);
    if (status == MLT_OK)
        status = mlt__bytes_fill(source, total + 1, err);
    if (status == MLT_OK && source->filled > total)
        status = refuse(source, err, "bytes are left over behind its last, number %zu", total);
    if (status == MLT_OK) {
        mlt__checksum_of_pieces(digits, pieces, n_pieces);
        if (memcmp(digits, stored, sizeof digits) != 0)
            status = refuse(source, err, "the file's data are damaged (their checksum differs)");
    }
    free(pieces);
    return status;
}

/* Read the data behind the header, check their length and checksum, and point the tensors at them. */
static mlt_status read_data(mlt_tensors *t, mlt__bytes *source, size_t header_size, uint64_t data_size,
                            const json_t *metadata, const mlt_context *ctx, mlt_error *err) {
    uint64_t total = header_size + data_size;
    if (total >= SIZE_MAX)
        return refuse(source, err, "its tensors cannot have %llu bytes", (unsigned long long)data_size);
    /* The length is a claim: nothing is asked for by it that is not there. What is no file has to be read to
     * know. */
    size_t there = source->file_size;
    if (there == 0) {
        MLT_TRY(mlt__bytes_fill(source, (size_t)total, err));
        there = source->filled;
    }
    if (there < total)
        return refuse_short(source, there, total, err);
    const json_t *stored = json_object_get(metadata, "xxh3");
    if (json_string_length(stored) != MLT__CHECKSUM_DIGITS)
        return refuse(source, err, "the checksum of its data is missing");
    MLT_TRY(read_checked(source, header_size, (size_t)total, json_string_value(stored), ctx, err));
    unsigned char *data = source->bytes + header_size;
    for (size_t i = 0; i < t->n; i++) {
        t->items[i].data = data;
        data += t->items[i].count * mlt_dtype_size(t->items[i].dtype);
    }
    t->mapping = source->bytes;
    t->mapping_size = source->filled;
    source->bytes = NULL;
    return MLT_OK;
}

static mlt_status read_tensors(mlt_tensors *t, mlt__bytes *source, size_t header_size, json_t *header,
                               const mlt_context *ctx, mlt_error *err) {
    const json_t *metadata = json_object_get(header, "__metadata__");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)metadata, key, value) if (!json_is_string(value)) return refuse(
        source, err, "its metadata are not all texts");
    uint64_t data_size = 0;
    MLT_TRY(read_entries(t, header, &data_size, source, err));
    return read_data(t, source, header_size, data_size, metadata, ctx, err);
}

mlt_status mlt__safetensors_read(mlt_tensors *t, json_t **metadata, mlt__bytes *source,
                                 const mlt_context *ctx, mlt_error *err) {
    *t = (mlt_tensors){0};
    *metadata = NULL;
    size_t header_size = 0;
    MLT_TRY(read_header(source, &header_size, err));
    mlt_error inner = {0};
    json_t *header;
    mlt_status status = mlt__json_parse(&header, (const char *)source->bytes + LENGTH_SIZE,
                                        header_size - LENGTH_SIZE, "its header", &inner);
    if (status != MLT_OK)
        return mlt__raise_in_file(err, source->path, &inner);
    status = read_tensors(t, source, header_size, header, ctx, err);
    if (status == MLT_OK)
        *metadata = json_incref(json_object_get(header, "__metadata__"));
    else
        mlt_tensors_clear(t);
    json_decref(header);
    return status;
}
