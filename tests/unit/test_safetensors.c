/* The container: what was written comes back; anything else is refused without harm. */
#include "failing_malloc.h"
#include "io/safetensors.h"
#include "mltool/random.h"
#include "scratch.h"
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- samples ---- */

/* Every type, one empty tensor, names that JSON must escape. */
static void add_sample(mlt_tensors *t) {
    static const double reals[] = {2.385, -7.25e300, 0.1}, floats[] = {0.5, -1.25, 3};
    static const int64_t bytes[] = {3, 1, 4, 1, 5}, shorts[] = {300, 2, 65535}, words[] = {70000},
                         negative[] = {-5, 5}, wide[] = {(int64_t)1 << 40};
    assert_int_equal(mlt_tensors_add_ints(t, "bytes", bytes, COUNT(bytes), NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_doubles(t, "reals", reals, COUNT(reals), NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_ints(t, "sh\"ort\\s", shorts, COUNT(shorts), NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_doubles(t, "floats", floats, COUNT(floats), NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_ints(t, "words", words, COUNT(words), NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_doubles(t, "none", NULL, 0, NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_ints(t, "negativ\xC3\xA9", negative, COUNT(negative), NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_ints(t, "wide", wide, COUNT(wide), NULL), MLT_OK);
}

static json_t *sample_metadata(void) { return json_pack("{s:s, s:s}", "model", "sample", "seed", "42"); }

static const char *write_sample(scratch *s, const char *name) {
    mlt_tensors t = {0};
    add_sample(&t);
    json_t *metadata = sample_metadata();
    const char *path = scratch_path(s, name);
    size_t size = 0;
    assert_int_equal(mlt__safetensors_write(path, &t, metadata, &size, NULL), MLT_OK);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, size);
    json_decref(metadata);
    mlt_tensors_clear(&t);
    return path;
}

/* Read a file of `size` bytes from memory; the block ends where they do, so that AddressSanitizer sees a step
 * beyond. */
static mlt_status read_bytes(const unsigned char *bytes, size_t size, mlt_error *err) {
    mlt__bytes source = {.path = "m.safetensors", .fd = -1, .bytes = malloc(size ? size : 1), .filled = size};
    if (!source.bytes)
        return MLT_E_NOMEM;
    memcpy(source.bytes, bytes, size);
    mlt_tensors t;
    json_t *metadata;
    mlt_status status = mlt__safetensors_read(&t, &metadata, &source, NULL, err);
    if (status == MLT_OK) {
        /* Touch everything. */
        for (size_t i = 0; i < t.n; i++) {
            double *values = NULL;
            size_t n;
            if (mlt_tensors_doubles(&t, t.items[i].name, &values, &n, SIZE_MAX, NULL) == MLT_OK)
                assert_int_equal(n, t.items[i].count);
            free(values);
        }
        json_decref(metadata);
        mlt_tensors_clear(&t);
    } else {
        assert_null(metadata);
        assert_int_equal(t.n, 0);
        assert_null(t.mapping);
    }
    mlt__bytes_close(&source);
    return status;
}

/* Refused with one line that names the file, what is wrong and what to do. */
static void assert_refused(const unsigned char *bytes, size_t size, const char *pattern) {
    mlt_error err = {0};
    mlt_status status = read_bytes(bytes, size, &err);
    if (status != MLT_E_MODEL)
        fail_msg("status %d instead of a refusal (%s)", (int)status, pattern);
    assert_int_equal(err.status, MLT_E_MODEL);
    if (!strstr(err.message, pattern))
        fail_msg("'%s' lacks '%s'", err.message, pattern);
    assert_int_equal(strncmp(err.message, "m.safetensors: ", 15), 0);
    assert_non_null(strchr(err.message, ';'));
    assert_null(strchr(err.message, '\n'));
}

/* ---- what was written ---- */

static void test_safetensors__what_was_written_comes_back(void **state) {
    const char *path = write_sample(*state, "sample");
    mlt_tensors written = {0}, t;
    add_sample(&written);
    json_t *metadata;
    mlt__bytes source;
    assert_int_equal(mlt__bytes_open(&source, path, NULL), MLT_OK);
    assert_int_equal(mlt__safetensors_read(&t, &metadata, &source, NULL, NULL), MLT_OK);
    mlt__bytes_close(&source);
    assert_int_equal(t.n, written.n);
    for (size_t i = 0; i < t.n; i++) {
        const mlt_tensor *read = &t.items[i], *original = mlt_tensors_find(&written, read->name);
        size_t element = mlt_dtype_size(read->dtype);
        assert_non_null(original);
        assert_int_equal(read->dtype, original->dtype);
        assert_int_equal(read->count, original->count);
        assert_memory_equal(read->data, original->data, read->count * element);
        assert_int_equal((uintptr_t)read->data % element, 0);
        assert_false(read->owned);
    }
    assert_string_equal(json_string_value(json_object_get(metadata, "model")), "sample");
    assert_string_equal(json_string_value(json_object_get(metadata, "seed")), "42");
    assert_string_equal(json_string_value(json_object_get(metadata, "format")), "mltool");
    assert_int_equal(json_object_size(metadata), 7);
    json_decref(metadata);
    mlt_tensors_clear(&t);
    mlt_tensors_clear(&written);
}

static void test_safetensors__the_bytes_are_these(void **state) {
    /* Made by hand; the digests by Python's hashlib and by xxhsum -H128, as docs/model-file.md
     * says. */
    static const char expected[] =
        "\x80\x01\0\0\0\0\0\0"
        "{\"__metadata__\":{\"format\":\"mltool\",\"format_version\":\"1\",\"header_sha256\":"
        "\"6a699e5f0bb087672378d1c30daf3fc4000ea4fcd32f5e0bb4f01457ca4c9c42\","
        "\"sha256\":\"5869c74652c23e7a049644cfca814b2e36a6693a8f973312b3615cab56a74762\","
        "\"xxh3\":\"f505d127319e0194af7925ff8b3a4252\","
        "\"model\":\"tiny\"},"
        "\"b\":{\"dtype\":\"U16\",\"shape\":[1],\"data_offsets\":[0,2]},"
        "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}      "
        "\x2C\x01\x07\x09";
    scratch *s = *state;
    mlt_tensors t = {0};
    assert_int_equal(mlt_tensors_add_ints(&t, "a", (const int64_t[]){7, 9}, 2, NULL), MLT_OK);
    assert_int_equal(mlt_tensors_add_ints(&t, "b", (const int64_t[]){300}, 1, NULL), MLT_OK);
    json_t *metadata = json_pack("{s:s}", "model", "tiny");
    const char *path = scratch_path(s, "tiny");
    assert_int_equal(mlt__safetensors_write(path, &t, metadata, NULL, NULL), MLT_OK);
    json_decref(metadata);
    mlt_tensors_clear(&t);
    size_t size;
    unsigned char *bytes = scratch_read(path, &size);
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
}

static void test_safetensors__the_same_input_gives_the_same_bytes(void **state) {
    size_t first_size, second_size;
    unsigned char *first = scratch_read(write_sample(*state, "first"), &first_size);
    unsigned char *second = scratch_read(write_sample(*state, "second"), &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    free(first);
    free(second);
}

static void test_safetensors__tensors_lie_widest_first_without_gaps(void **state) {
    size_t size;
    unsigned char *bytes = scratch_read(write_sample(*state, "sample"), &size);
    uint64_t length;
    memcpy(&length, bytes, 8);
    assert_int_equal(length % 8, 0);
    json_t *header = json_loadb((char *)bytes + 8, length, JSON_REJECT_DUPLICATES, NULL), *entry;
    assert_non_null(header);
    const char *name;
    char order[200] = "";
    json_int_t end = 0;
    json_object_foreach(header, name, entry) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        strcat(strcat(order, name), " ");
        assert_int_equal(json_integer_value(json_array_get(json_object_get(entry, "data_offsets"), 0)), end);
        end = json_integer_value(json_array_get(json_object_get(entry, "data_offsets"), 1));
    }
    assert_string_equal(order, "reals wide floats words negativ\xC3\xA9 sh\"ort\\s bytes none ");
    assert_int_equal(size, 8 + length + (size_t)end);
    json_decref(header);
    free(bytes);
}

static void test_safetensors__a_file_without_tensors_is_a_file(void **state) {
    scratch *s = *state;
    const char *path = scratch_path(s, "bare");
    json_t *metadata = json_object();
    assert_int_equal(mlt__safetensors_write(path, &(mlt_tensors){0}, metadata, NULL, NULL), MLT_OK);
    json_decref(metadata);
    size_t size;
    unsigned char *bytes = scratch_read(path, &size);
    assert_int_equal(read_bytes(bytes, size, NULL), MLT_OK);
    free(bytes);
}

static void test_safetensors__a_header_beyond_the_limit_is_not_written(void **state) {
    scratch *s = *state;
    size_t length = MLT__HEADER_LIMIT;
    char *text = malloc(length + 1);
    assert_non_null(text);
    memset(text, 'x', length);
    text[length] = '\0';
    json_t *metadata = json_object();
    assert_int_equal(json_object_set_new(metadata, "schema", json_string(text)), 0);
    free(text);
    mlt_error err;
    assert_int_equal(mlt__safetensors_write(scratch_path(s, "big"), &(mlt_tensors){0}, metadata, NULL, &err),
                     MLT_E_LIMIT);
    assert_non_null(strstr(err.message, "room for 67108864; use fewer columns or categories"));
    assert_int_equal(scratch_count(s), 0);
    json_decref(metadata);
}

/* ---- damage ---- */

static void test_safetensors__cut_at_every_offset_it_is_refused(void **state) {
    size_t size;
    unsigned char *bytes = scratch_read(write_sample(*state, "sample"), &size);
    for (size_t cut = 0; cut < size; cut++) {
        const char *pattern = cut == 0 ? "the file is empty" : cut <= 8 ? "not a model" : "cut short";
        assert_refused(bytes, cut, pattern);
    }
    assert_int_equal(read_bytes(bytes, size, NULL), MLT_OK);
    free(bytes);
}

static void test_safetensors__every_flipped_bit_is_found(void **state) {
    size_t size;
    unsigned char *bytes = scratch_read(write_sample(*state, "sample"), &size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_refused(bytes, size, "");
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(bytes);
}

/* Make all digests right again, as far as the header still leads to their places. */
static void redigest(unsigned char *bytes, size_t size) {
    uint64_t length;
    memcpy(&length, bytes, 8);
    size_t place = 8 + strlen(MLT__PREFIX);
    static const char key[] = "\",\"sha256\":\"", fast_key[] = "\",\"xxh3\":\"";
    size_t sha = place + 64 + strlen(key), fast = sha + 64 + strlen(fast_key);
    if (length > size - 8 || 8 + length < fast + MLT__CHECKSUM_DIGITS)
        return;
    struct iovec data = {bytes + 8 + length, size - 8 - length};
    if (memcmp(bytes + place + 64, key, strlen(key)) == 0)
        mlt__sha256((char *)bytes + sha, &data, 1);
    if (memcmp(bytes + sha + 64, fast_key, strlen(fast_key)) == 0)
        assert_int_equal(mlt__checksum_of_parts((char *)bytes + fast, &data, 1, NULL), MLT_OK);
    char digits[MLT__SHA256_DIGITS];
    mlt__header_sha256(digits, bytes, 8 + length);
    memcpy(bytes + place, digits, sizeof digits);
}

static void test_safetensors__flips_with_right_digests_are_refused_or_harmless(void **state) {
    size_t size, harmless = 0;
    unsigned char *bytes = scratch_read(write_sample(*state, "sample"), &size);
    unsigned char *flipped = malloc(size);
    assert_non_null(flipped);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        memcpy(flipped, bytes, size);
        flipped[bit / 8] ^= (unsigned char)(1 << bit % 8);
        redigest(flipped, size);
        mlt_status status = read_bytes(flipped, size, NULL);
        assert_true(status == MLT_OK || status == MLT_E_MODEL);
        harmless += status == MLT_OK;
    }
    /* The data's bits, and letters of names and metadata. */
    assert_true(harmless > 8 * 60 && harmless < 8 * size / 2);
    free(flipped);
    free(bytes);
}

static void test_safetensors__random_damage_is_refused_or_harmless(void **state) {
    size_t size;
    unsigned char *bytes = scratch_read(write_sample(*state, "sample"), &size);
    unsigned char *damaged = malloc(2 * size);
    assert_non_null(damaged);
    mlt_rng rng;
    mlt_rng_seed(&rng, 20240229);
    static const char spice[] = "\"{}[]:,\\0123456789-.eEu\0\x80\xFF\n ";
    for (int round = 0; round < 20000; round++) {
        size_t n = size;
        memcpy(damaged, bytes, size);
        for (uint64_t edits = mlt_rng_below(&rng, 3) + 1; edits > 0; edits--) {
            size_t at = 8 + (size_t)mlt_rng_below(&rng, n - 9), length = (size_t)mlt_rng_below(&rng, 20);
            switch (mlt_rng_below(&rng, 3)) {
            case 0: /* other characters */
                for (size_t i = at; i < n && i < at + length; i++)
                    damaged[i] = (unsigned char)spice[mlt_rng_below(&rng, sizeof spice - 2)];
                break;
            case 1: /* a piece copied elsewhere */
                if (at + length < n)
                    memmove(damaged + 8 + mlt_rng_below(&rng, n - 9 - length), damaged + at, length);
                break;
            case 2: /* a piece taken out, the length kept right */
                if (at + 8 < n) {
                    memmove(damaged + at, damaged + at + 8, n - at - 8);
                    n -= 8;
                    damaged[0] = (unsigned char)(damaged[0] - 8);
                    damaged[1] = (unsigned char)(damaged[1] - (damaged[0] >= 248));
                }
                break;
            default: /* the length */
                damaged[mlt_rng_below(&rng, 2)] ^= (unsigned char)(8u << mlt_rng_below(&rng, 4));
            }
        }
        redigest(damaged, n);
        mlt_status status = read_bytes(damaged, n, NULL);
        assert_true(status == MLT_OK || status == MLT_E_MODEL);
    }
    free(damaged);
    free(bytes);
}

/* ---- hostile headers with right digests ---- */

/* A file whose header is the usual beginning, then `rest`; `size` bytes of data. malloc'ed. */
static unsigned char *craft(const char *rest, size_t rest_length, size_t data_size, size_t *size) {
    static const char digits[] = "0000000000000000000000000000000000000000000000000000000000000000";
    size_t length = strlen(MLT__PREFIX) + 64 + strlen("\",\"sha256\":\"") + 64 + strlen("\",\"xxh3\":\"") +
                    32 + 1 + rest_length;
    size_t padded = (length + 7) / 8 * 8;
    unsigned char *bytes = malloc(8 + padded + data_size + 1);
    assert_non_null(bytes);
    uint64_t stored = padded;
    memcpy(bytes, &stored, 8);
    char *at = (char *)bytes + 8;
    at += sprintf(at, MLT__PREFIX "%s\",\"sha256\":\"%s\",\"xxh3\":\"%.32s\"", digits, digits, digits);
    memcpy(at, rest, rest_length);
    memset(at + rest_length, ' ', padded - length);
    memset(bytes + 8 + padded, 1, data_size);
    *size = 8 + padded + data_size;
    redigest(bytes, *size);
    return bytes;
}

static void test_safetensors__hostile_headers_are_refused(void **state) {
    (void)state;
#define ENTRY(dtype, shape, offsets) "{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define LONG "0123456789012345678901234567890123456789012345678901234567890123"
    static const struct {
        const char *rest;
        size_t data_size;
        const char *pattern; /* NULL: it is a valid file */
    } cases[] = {
        {"},\"a\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, NULL},
        {"},\"a\":" ENTRY("\"U64\"", "[1]", "[0,8]") "}  ", 8, NULL},
        {"}}", 0, NULL},
        /* lengths */
        {"}}", 1, "bytes are left over"},
        {"},\"a\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 9, "bytes are left over"},
        {"},\"a\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 7, "cut short: it has"},
        {"},\"a\":" ENTRY("\"U8\"", "[7]", "[0,8]") "}", 8,
         "tensor a has a length and offsets that disagree"},
        {"},\"a\":" ENTRY("\"U16\"", "[8]", "[0,8]") "}", 8, "disagree"},
        {"},\"a\":" ENTRY("\"U16\"", "[3]", "[0,7]") "}", 7, "disagree"},
        {"},\"a\":" ENTRY("\"F64\"", "[2305843009213693952]", "[0,0]") "}", 0, "disagree"},
        {"},\"a\":" ENTRY("\"F64\"", "[2305843009213693953]", "[0,8]") "}", 8, "disagree"},
        {"},\"a\":" ENTRY("\"U8\"", "[9223372036854775807]", "[0,9223372036854775807]") "}", 8, "cut short"},
        {"},\"a\":" ENTRY("\"U8\"", "[4000000000000]", "[0,4000000000000]") "}", 8, "cut short"},
        {"},\"a\":" ENTRY("\"U8\"", "[9223372036854775808]", "[0,8]") "}", 8, "not valid JSON"},
        {"},\"a\":" ENTRY("\"U8\"", "[18446744073709551624]", "[0,8]") "}", 8, "not valid JSON"},
        {"},\"a\":" ENTRY("\"U8\"", "[8]", "[8,0]") "}", 8, "cannot be"},
        {"},\"a\":" ENTRY("\"U8\"", "[-8]", "[0,8]") "}", 8, "cannot be"},
        {"},\"a\":" ENTRY("\"U8\"", "[8]", "[-8,0]") "}", 8, "cannot be"},
        {"},\"a\":" ENTRY("\"U8\"", "[8.0]", "[0,8]") "}", 8, "cannot be"},
        {"},\"a\":" ENTRY("\"U8\"", "[true]", "[0,8]") "}", 8, "cannot be"},
        {"},\"a\":" ENTRY("\"U8\"", "[\"8\"]", "[0,8]") "}", 8, "cannot be"},
        /* gaps, overlaps, alignment */
        {"},\"a\":" ENTRY("\"U8\"", "[4]", "[4,8]") "}", 8, "does not begin where the one before it ends"},
        {"},\"a\":" ENTRY("\"U8\"", "[4]", "[0,4]") ",\"b\":" ENTRY("\"U8\"", "[3]", "[5,8]") "}", 8,
         "tensor b"},
        {"},\"a\":" ENTRY("\"U8\"", "[4]", "[0,4]") ",\"b\":" ENTRY("\"U8\"", "[5]", "[3,8]") "}", 8,
         "tensor b"},
        {"},\"a\":" ENTRY("\"U8\"", "[8]", "[0,8]") ",\"b\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8,
         "tensor b"},
        {"},\"a\":" ENTRY("\"U8\"", "[1]", "[0,1]") ",\"b\":" ENTRY("\"U16\"", "[1]", "[1,3]") "}", 3,
         "tensor b is not aligned"},
        {"},\"a\":" ENTRY("\"F32\"", "[1]", "[0,4]") ",\"b\":" ENTRY("\"F64\"", "[1]", "[4,12]") "}", 12,
         "not aligned"},
        /* shapes of entries */
        {"},\"a\":" ENTRY("\"U8\"", "[2,4]", "[0,8]") "}", 8, "is not described by"},
        {"},\"a\":" ENTRY("\"U8\"", "[]", "[0,1]") "}", 1, "is not described by"},
        {"},\"a\":" ENTRY("\"U8\"", "8", "[0,8]") "}", 8, "is not described by"},
        {"},\"a\":" ENTRY("\"U8\"", "[8]", "[0,8,8]") "}", 8, "is not described by"},
        {"},\"a\":{\"dtype\":\"U8\",\"shape\":[8]}}", 8, "is not described by"},
        {"},\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8],\"x\":1}}", 8,
         "is not described by"},
        {"},\"a\":[]}", 0, "is not described by"},
        {"},\"a\":null}", 0, "is not described by"},
        {"},\"a\":\"U8\"}", 0, "is not described by"},
        {"},\"a\":" ENTRY("\"BF16\"", "[4]", "[0,8]") "}", 8, "has a type that mltool does not write"},
        {"},\"a\":" ENTRY("\"u8\"", "[8]", "[0,8]") "}", 8, "has a type"},
        {"},\"a\":" ENTRY("\"\"", "[8]", "[0,8]") "}", 8, "has a type"},
        {"},\"a\":" ENTRY("8", "[8]", "[0,8]") "}", 8, "has a type"},
        /* names */
        {"},\"\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, "'' cannot be the name of a tensor"},
        {"},\"a\\nb\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, "'a\\x0Ab' cannot be the name"},
        {"},\"a\\u001b[31m\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, "cannot be the name"},
        {"},\"a\\u007f\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, "cannot be the name"},
        {"},\"a\\u0000b\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, "not valid JSON"},
        {"},\"a\nb\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, "not valid JSON"},
        {"},\"a\xFF\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, "not valid JSON"},
        {"},\"" LONG LONG LONG LONG "\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", 8, "cannot be the name"},
        {"},\"a\":" ENTRY("\"U8\"", "[4]", "[0,4]") ",\"a\":" ENTRY("\"U8\"", "[4]", "[4,8]") "}", 8,
         "not valid JSON"},
        {"},\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8,
         "not valid JSON"},
        /* metadata */
        {",\"sha256\":\"0\"}}", 0, "not valid JSON"},
        {",\"n\":1}}", 0, "its metadata are not all texts"},
        {",\"n\":{}}}", 0, "its metadata are not all texts"},
        {",\"n\":null}}", 0, "its metadata are not all texts"},
        {"},\"__metadata__\":{}}", 0, "not valid JSON"},
        /* no JSON */
        {"", 0, "not valid JSON"},
        {"}", 0, "not valid JSON"},
        {"}}}", 0, "not valid JSON"},
        {"}} x", 0, "not valid JSON"},
        {"}}{}", 0, "not valid JSON"},
        {"},\"a\":NaN}", 0, "not valid JSON"},
        {"},\"a\":1e999}", 0, "not valid JSON"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t size;
        unsigned char *bytes = craft(cases[i].rest, strlen(cases[i].rest), cases[i].data_size, &size);
        if (cases[i].pattern)
            assert_refused(bytes, size, cases[i].pattern);
        else
            assert_int_equal(read_bytes(bytes, size, NULL), MLT_OK);
        free(bytes);
    }
}

static void test_safetensors__the_longest_name_is_taken(void **state) {
    (void)state;
    char rest[600];
    for (int length = 255; length <= 256; length++) {
        int n = sprintf(rest, "},\"%0*d\":" ENTRY("\"U8\"", "[8]", "[0,8]") "}", length, 0);
        size_t size;
        unsigned char *bytes = craft(rest, (size_t)n, 8, &size);
        assert_int_equal(read_bytes(bytes, size, NULL), length == 255 ? MLT_OK : MLT_E_MODEL);
        free(bytes);
    }
}

static void test_safetensors__deep_nesting_is_refused(void **state) {
    (void)state;
    enum { DEEP = 1000000 };
    char *rest = malloc(2 * DEEP + 6);
    assert_non_null(rest);
    memcpy(rest, "},\"a\":", 6);
    memset(rest + 6, '[', DEEP);
    memset(rest + 6 + DEEP, ']', DEEP);
    size_t size;
    unsigned char *bytes = craft(rest, 2 * DEEP + 6, 0, &size);
    assert_refused(bytes, size, "not valid JSON");
    free(bytes);
    free(rest);
}

static void test_safetensors__a_header_length_that_lies_is_refused_before_allocating(void **state) {
    (void)state;
    static const struct {
        uint64_t length;
        const char *pattern;
    } cases[] = {{0, "cannot have 0 bytes"},
                 {64, "cannot have 64 bytes"},
                 {UINT64_MAX, "cannot have 18446744073709551615 bytes"},
                 {UINT64_MAX - 7, "cannot have"},
                 {UINT64_C(1) << 63, "cannot have"},
                 {UINT64_C(100) << 20, "cannot have 104857600 bytes"},
                 {MLT__HEADER_LIMIT + 8, "cannot have"},
                 {MLT__HEADER_LIMIT, "inside its header"},
                 {401, "cannot have 401 bytes"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t size;
        unsigned char *bytes = craft("}}", 2, 0, &size);
        memcpy(bytes, &cases[i].length, 8);
        assert_refused(bytes, size, cases[i].pattern);
        free(bytes);
    }
}

static void test_safetensors__other_versions_are_named(void **state) {
    (void)state;
    static const struct {
        const char *version, *pattern;
    } cases[] = {{"2", "its format has version 2 and this mltool reads version 1; use a newer mltool"},
                 {"10", "version 10 and this mltool reads version 1"},
                 {"999999999", "version 999999999"},
                 {"9999999999", "damaged"},
                 {"0", "damaged"},
                 {"01", "damaged"},
                 {"", "damaged"},
                 {"1a", "damaged"},
                 {"-1", "damaged"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char bytes[600] = {200};
        sprintf((char *)bytes + 8, MLT__MAGIC "%s\",\"whatever\":\"is new\"}}", cases[i].version);
        assert_refused(bytes, 208, cases[i].pattern);
    }
}

static void test_safetensors__other_files_are_not_models(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
#define FILE_OF(text) {text, sizeof text - 1}
        FILE_OF("x"),
        FILE_OF("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        FILE_OF("PK\x03\x04 a zip file, such as numpy's"),
        FILE_OF("radius,texture,diagnosis\n17.99,10.38,M\n20.57,17.77,M\n19.69,21.25,M\n"),
        FILE_OF(
            "\x28\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}      \x07"),
        FILE_OF("\x30\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"pt\"}}                    "),
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused((const unsigned char *)cases[i].bytes, cases[i].size, "not a model that mltool saved");
}

/* ---- where the bytes come from ---- */

static mlt_status read_path(const char *path, mlt_error *err) {
    mlt__bytes source;
    mlt_status status = mlt__bytes_open(&source, path, err);
    if (status != MLT_OK)
        return status;
    mlt_tensors t;
    json_t *metadata;
    status = mlt__safetensors_read(&t, &metadata, &source, NULL, err);
    json_decref(metadata);
    mlt_tensors_clear(&t);
    mlt__bytes_close(&source);
    return status;
}

static void test_safetensors__paths_that_cannot_be_read_are_named(void **state) {
    scratch *s = *state;
    mlt_error err;
    assert_int_equal(read_path("/no/such/model", &err), MLT_E_IO);
    assert_string_equal(err.message,
                        "/no/such/model: cannot be read: No such file or directory; check the path");
    assert_int_equal(read_path(s->directory, &err), MLT_E_IO);
    assert_non_null(strstr(err.message, "Is a directory; give the path of a file"));
    assert_int_equal(read_path("/dev/null", &err), MLT_E_MODEL);
    assert_string_equal(err.message, "/dev/null: the file is empty; fit and save the model again");
    assert_int_equal(read_path("/dev/zero", &err), MLT_E_MODEL);
    assert_int_equal(read_path("/proc/self/stat", &err), MLT_E_MODEL);
}

static void test_safetensors__a_huge_file_of_holes_is_not_read(void **state) {
    scratch *s = *state;
    const char *path = scratch_write(s, "holes", "x", 1);
    assert_int_equal(truncate(path, (off_t)1 << 40), 0);
    assert_int_equal(read_path(path, NULL), MLT_E_MODEL);
}

/* Feed `bytes` through a pipe in small steps. */
static mlt_status read_piped(scratch *s, const unsigned char *bytes, size_t size, mlt_error *err) {
    const char *path = scratch_path(s, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t writer = fork();
    if (writer == 0) {
        int fd = open(path, O_WRONLY);
        for (size_t at = 0; at < size;) {
            size_t step = at % 97 + 1 < size - at ? at % 97 + 1 : size - at;
            ssize_t n = write(fd, bytes + at, step);
            if (n < 0)
                _exit(1);
            at += (size_t)n;
        }
        _exit(0);
    }
    mlt_status status = read_path(path, err);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    unlink(path);
    return status;
}

static void test_safetensors__a_pipe_gives_what_a_file_gives(void **state) {
    scratch *s = *state;
    size_t size;
    unsigned char *bytes = scratch_read(write_sample(s, "sample"), &size);
    assert_int_equal(read_piped(s, bytes, size, NULL), MLT_OK);
    mlt_error err;
    assert_int_equal(read_piped(s, bytes, size - 1, &err), MLT_E_MODEL);
    assert_non_null(strstr(err.message, "pipe: the file is cut short"));
    unsigned char *longer = malloc(size + 1);
    assert_non_null(longer);
    memcpy(longer, bytes, size);
    longer[size] = 0;
    assert_int_equal(read_piped(s, longer, size + 1, &err), MLT_E_MODEL);
    assert_non_null(strstr(err.message, "bytes are left over"));
    free(longer);
    /* It says that it has terabytes: no more memory than bytes. */
    unsigned char *liar =
        craft("},\"a\":" ENTRY("\"U8\"", "[4000000000000]", "[0,4000000000000]") "}",
              strlen("},\"a\":" ENTRY("\"U8\"", "[4000000000000]", "[0,4000000000000]") "}"), 10000, &size);
    assert_int_equal(read_piped(s, liar, size, &err), MLT_E_MODEL);
    free(liar);
    free(bytes);
}

/* ---- memory ---- */

static void test_safetensors__reading_survives_any_failing_allocation(void **state) {
    if (!can_fail_allocations())
        skip();
    const char *path = write_sample(*state, "sample");
    assert_int_equal(read_path(path, NULL), MLT_OK);
    long n = 0;
    for (mlt_status status = MLT_E_NOMEM; status != MLT_OK; n++) {
        mlt_error err = {0};
        allocations_left = n;
        status = read_path(path, &err);
        allocations_left = -1;
        if (status != MLT_OK && status != MLT_E_NOMEM)
            fail_msg("allocation %ld: %s", n, err.message);
        if (status != MLT_OK) {
            assert_int_equal(status, MLT_E_NOMEM);
            assert_int_equal(strncmp(err.message, "out of memory", 13), 0);
        }
    }
    assert_true(n > 30);
}

static void test_safetensors__writing_survives_any_failing_allocation(void **state) {
    if (!can_fail_allocations())
        skip();
    scratch *s = *state;
    const char *path = write_sample(s, "sample");
    size_t size, size_after;
    unsigned char *before = scratch_read(path, &size);
    mlt_tensors t = {0};
    add_sample(&t);
    json_t *metadata = sample_metadata();
    long n = 0;
    for (mlt_status status = MLT_E_NOMEM; status != MLT_OK; n++) {
        mlt_error err = {0};
        allocations_left = n;
        status = mlt__safetensors_write(path, &t, metadata, NULL, &err);
        allocations_left = -1;
        if (status != MLT_OK && status != MLT_E_NOMEM)
            fail_msg("allocation %ld: %s", n, err.message);
        unsigned char *after = scratch_read(path, &size_after);
        assert_int_equal(size_after, size);
        assert_memory_equal(after, before, size);
        free(after);
        assert_int_equal(scratch_count(s), 1);
    }
    assert_true(n > 30);
    json_decref(metadata);
    mlt_tensors_clear(&t);
    free(before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_safetensors__##name, scratch_setup, scratch_teardown)

/* ---- files of many pieces ---- */

enum { LARGE = 5 * MLT__CHECKSUM_PIECE + 12345 };

/* Write a tensor of LARGE bytes and return the path. */
static const char *write_large(scratch *dir, unsigned char *bytes) {
    mlt_tensors t = {0};
    json_t *metadata = json_object();
    const char *path = scratch_path(dir, "large");
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (unsigned char)(i * i >> 7);
    assert_int_equal(mlt_tensors_add_raw(&t, "large", MLT_U8, bytes, LARGE, NULL), MLT_OK);
    assert_int_equal(mlt__safetensors_write(path, &t, metadata, NULL, NULL), MLT_OK);
    mlt_tensors_clear(&t);
    json_decref(metadata);
    return path;
}

static mlt_status read_large(const char *path, int threads, off_t cut_to, mlt_tensors *t, mlt_error *err) {
    const mlt_context ctx = {.threads = threads};
    json_t *metadata;
    mlt__bytes source;
    assert_int_equal(mlt__bytes_open(&source, path, NULL), MLT_OK);
    if (cut_to >= 0)
        assert_int_equal(truncate(path, cut_to), 0); /* after it was opened and its size was seen */
    mlt_status status = mlt__safetensors_read(t, &metadata, &source, &ctx, err);
    mlt__bytes_close(&source);
    if (status == MLT_OK)
        json_decref(metadata);
    return status;
}

static void test_safetensors__many_pieces_are_read_by_any_number_of_threads(void **state) {
    unsigned char *bytes = malloc(LARGE);
    assert_non_null(bytes);
    const char *path = write_large(*state, bytes);
    for (int threads = 1; threads <= 8; threads *= 2) {
        mlt_tensors t;
        mlt_error err;
        assert_int_equal(read_large(path, threads, -1, &t, &err), MLT_OK);
        assert_int_equal(t.items[0].count, LARGE);
        assert_memory_equal(t.items[0].data, bytes, LARGE);
        mlt_tensors_clear(&t);
    }
    free(bytes);
}

static void test_safetensors__damage_in_any_piece_is_found(void **state) {
    unsigned char *bytes = malloc(LARGE);
    assert_non_null(bytes);
    const char *path = write_large(*state, bytes);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    off_t size = lseek(fd, 0, SEEK_END);
    for (off_t at = size - 1; at > size - LARGE; at -= 999983) {
        unsigned char kept, flipped;
        mlt_tensors t;
        mlt_error err;
        assert_int_equal(pread(fd, &kept, 1, at), 1);
        flipped = kept ^ 0x10;
        assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
        assert_int_equal(read_large(path, 2, -1, &t, &err), MLT_E_MODEL);
        assert_non_null(strstr(err.message, "the file's data are damaged"));
        assert_int_equal(pwrite(fd, &kept, 1, at), 1);
    }
    close(fd);
    free(bytes);
}

static void test_safetensors__a_file_that_is_cut_while_it_is_read_is_cut_short(void **state) {
    unsigned char *bytes = malloc(LARGE);
    assert_non_null(bytes);
    for (off_t cut = LARGE; cut > 4096; cut = cut * 2 / 3) {
        mlt_tensors t;
        mlt_error err;
        assert_int_equal(read_large(write_large(*state, bytes), 2, cut, &t, &err), MLT_E_MODEL);
        assert_non_null(strstr(err.message, "the file is cut short"));
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_comes_back),
        TEST(the_bytes_are_these),
        TEST(many_pieces_are_read_by_any_number_of_threads),
        TEST(damage_in_any_piece_is_found),
        TEST(a_file_that_is_cut_while_it_is_read_is_cut_short),
        TEST(the_same_input_gives_the_same_bytes),
        TEST(tensors_lie_widest_first_without_gaps),
        TEST(a_file_without_tensors_is_a_file),
        TEST(a_header_beyond_the_limit_is_not_written),
        TEST(cut_at_every_offset_it_is_refused),
        TEST(every_flipped_bit_is_found),
        TEST(flips_with_right_digests_are_refused_or_harmless),
        TEST(random_damage_is_refused_or_harmless),
        TEST(hostile_headers_are_refused),
        TEST(the_longest_name_is_taken),
        TEST(deep_nesting_is_refused),
        TEST(a_header_length_that_lies_is_refused_before_allocating),
        TEST(other_versions_are_named),
        TEST(other_files_are_not_models),
        TEST(paths_that_cannot_be_read_are_named),
        TEST(a_huge_file_of_holes_is_not_read),
        TEST(a_pipe_gives_what_a_file_gives),
        TEST(reading_survives_any_failing_allocation),
        TEST(writing_survives_any_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
