/** Allocations that fail on demand, for a whole test program: include this in one file of it.
 *      for (long n = 0, ...) { allocations_left = n; status = ...; allocations_left = -1; } */
#ifndef MLT_TESTS_FAILING_MALLOC_H
#define MLT_TESTS_FAILING_MALLOC_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** So many allocations succeed, then one fails; −1: none fails. */
static long allocations_left = -1;

/* The allocators of clang's sanitizers and of tsan cannot be forwarded to; clang's analyser knows malloc
 * better than it would by reading this. */
#if defined(__SANITIZE_THREAD__) || defined(__clang_analyzer__)
#define MALLOC_IS_TAKEN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define MALLOC_IS_TAKEN
#endif
#endif

#ifdef MALLOC_IS_TAKEN

static inline bool can_fail_allocations(void) { return false; }

#else

/** False where something else has taken malloc: a test that needs failures skips itself. */
static inline bool can_fail_allocations(void) {
    const char *preload = getenv("LD_PRELOAD");
    return !preload || !strstr(preload, "vgpreload"); /* valgrind */
}

static bool must_fail(void) {
    if (allocations_left < 0 || allocations_left-- > 0)
        return false;
    errno = ENOMEM;
    return true;
}

/* `next`: the allocator behind this one. */
#define NEXT_ALLOCATOR(name)                                                                                 \
    static __typeof__(name) *next;                                                                           \
    if (!next)                                                                                               \
        *(void **)&next = dlsym(RTLD_NEXT, #name);

void *malloc(size_t size) {
    NEXT_ALLOCATOR(malloc)
    return must_fail() ? NULL : next(size);
}

void *calloc(size_t nmemb, size_t size) {
    NEXT_ALLOCATOR(calloc)
    return must_fail() ? NULL : next(nmemb, size);
}

void *realloc(void *ptr, size_t size) {
    NEXT_ALLOCATOR(realloc)
    return must_fail() ? NULL : next(ptr, size);
}

#endif

#endif
