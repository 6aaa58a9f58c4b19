/* Checked allocation. */
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE_PAGE = 2 << 20, FEWEST_LARGE_PAGES = 2 };

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

void *mlt__alloc_large(size_t bytes) {
    if (bytes < (size_t)FEWEST_LARGE_PAGES * LARGE_PAGE || bytes > PTRDIFF_MAX - (size_t)LARGE_PAGE)
        return mlt__alloc(bytes, 1);
    size_t pages = (bytes + LARGE_PAGE - 1) / LARGE_PAGE;
    void *block = aligned_alloc(LARGE_PAGE, pages * LARGE_PAGE);
    if (block)
        (void)madvise(block, pages * LARGE_PAGE, MADV_HUGEPAGE); /* a wish: small pages do as well */
    return block;
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
