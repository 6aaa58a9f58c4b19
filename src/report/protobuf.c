/* Writing Protocol Buffers. */
#include "report/protobuf.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, LENGTH = 2 };

/* Room for `n` more bytes, or NULL. */
static unsigned char *room(mlt__pb *message, size_t n) {
    if (message->failed)
        return NULL;
    if (message->n + n > message->capacity) {
        size_t capacity = 2 * message->capacity + n + 64;
        unsigned char *grown = mlt__realloc(message->bytes, capacity, 1);
        if (!grown) {
            message->failed = true;
            return NULL;
        }
        message->bytes = grown;
        message->capacity = capacity;
    }
    message->n += n;
    return message->bytes + message->n - n;
}

static size_t varint_size(uint64_t value) {
    size_t n = 1;
    for (; value >= 0x80; value >>= 7)
        n++;
    return n;
}

static void put_varint(mlt__pb *message, uint64_t value) {
    unsigned char *to = room(message, varint_size(value));
    if (!to)
        return;
    for (; value >= 0x80; value >>= 7)
        *to++ = (unsigned char)(value | 0x80);
    *to = (unsigned char)value;
}

static void put_key(mlt__pb *message, unsigned field, unsigned type) {
    put_varint(message, (uint64_t)field << 3 | type);
}

void mlt__pb_raw(mlt__pb *message, const void *bytes, size_t n) {
    unsigned char *to = room(message, n);
    if (to && n)
        memcpy(to, bytes, n);
}

static void put_bytes(mlt__pb *message, unsigned field, const void *bytes, size_t n) {
    put_key(message, field, LENGTH);
    put_varint(message, n);
    mlt__pb_raw(message, bytes, n);
}

void mlt__pb_int(mlt__pb *message, unsigned field, int64_t value) {
    put_key(message, field, VARINT);
    put_varint(message, (uint64_t)value);
}

void mlt__pb_text(mlt__pb *message, unsigned field, const char *text) {
    put_bytes(message, field, text, strlen(text));
}

void mlt__pb_ints(mlt__pb *message, unsigned field, const int64_t *values, size_t n) {
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        size += varint_size((uint64_t)values[i]);
    put_key(message, field, LENGTH);
    put_varint(message, size);
    for (size_t i = 0; i < n; i++)
        put_varint(message, (uint64_t)values[i]);
}

void mlt__pb_doubles(mlt__pb *message, unsigned field, const double *values, size_t n) {
    put_key(message, field, LENGTH);
    put_varint(message, n * sizeof *values);
    unsigned char *to = room(message, n * sizeof *values);
    for (size_t i = 0; to && i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        for (unsigned byte = 0; byte < sizeof bits; byte++)
            *to++ = (unsigned char)(bits >> 8 * byte);
    }
}

void mlt__pb_small(mlt__pb *message, unsigned field, const int64_t *values, size_t n) {
    put_key(message, field, LENGTH);
    put_varint(message, n);
    unsigned char *to = room(message, n);
    for (size_t i = 0; to && i < n; i++)
        to[i] = (unsigned char)values[i];
}

void mlt__pb_append(mlt__pb *message, mlt__pb *fields) {
    mlt__pb_raw(message, fields->bytes, fields->n);
    message->failed |= fields->failed;
    free(fields->bytes);
    *fields = (mlt__pb){0};
}

void mlt__pb_nested(mlt__pb *message, unsigned field, mlt__pb *inner) {
    put_key(message, field, LENGTH);
    put_varint(message, inner->n);
    mlt__pb_append(message, inner);
}

static ssize_t append(void *cookie, const char *bytes, size_t n) {
    mlt__pb *message = cookie;
    mlt__pb_raw(message, bytes, n);
    return message->failed ? 0 : (ssize_t)n;
}

FILE *mlt__pb_stream(mlt__pb *message) {
    return fopencookie(message, "w", (cookie_io_functions_t){.write = append});
}
