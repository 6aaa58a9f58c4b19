/* Checked allocation. */
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of `count` × `size`; false on overflow or beyond what a pointer difference can express. */
static bool block_bytes(size_t count, size_t size, size_t *bytes) {
    if (__builtin_mul_overflow(count, size, bytes) || *bytes > PTRDIFF_MAX)
        return false;
    if (*bytes == 0)
        *bytes = 1;
    return true;
}

void *mlt__alloc(size_t count, size_t size) {
    size_t bytes;
    return block_bytes(count, size, &bytes) ? malloc(bytes) : NULL;
}

void *mlt__calloc(size_t count, size_t size) {
    size_t bytes;
    return block_bytes(count, size, &bytes) ? calloc(bytes, 1) : NULL;
}

void *mlt__realloc(void *block, size_t count, size_t size) {
    size_t bytes;
    return block_bytes(count, size, &bytes) ? realloc(block, bytes) : NULL;
}

char *mlt__strndup(const char *text, size_t length) {
    char *copy = mlt__alloc(length + 1, 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *mlt__strdup(const char *text) { return mlt__strndup(text, strlen(text)); }
