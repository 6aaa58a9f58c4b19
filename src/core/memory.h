/** Allocation whose sizes are checked for overflow before anything is asked for. */
#ifndef MLT_CORE_MEMORY_H
#define MLT_CORE_MEMORY_H

#include "mltool/status.h"

/** `count` × `size` bytes, uninitialised; NULL on overflow or when memory is short. A count of 0 gives a
 *  pointer that can be freed. Freed with free(). */
void *mlt__alloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2)));
void *mlt__calloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2)));
/** As realloc; on failure the old block stays valid. */
void *mlt__realloc(void *block, size_t count, size_t size);
/** The same in large pages where the system has them: reading a large file into small ones takes twice the
 * time. */
void *mlt__alloc_large(size_t bytes) __attribute__((malloc, alloc_size(1)));
char *mlt__strdup(const char *text);
char *mlt__strndup(const char *text, size_t length);

/** Allocate into `pointer` (an lvalue) or return MLT_E_NOMEM from the calling function. */
#define MLT_ALLOC(pointer, count, err)                                                                       \
    do {                                                                                                     \
        (pointer) = mlt__alloc((count), sizeof *(pointer));                                                  \
        if ((pointer) == NULL)                                                                               \
            return mlt__raise_nomem((err), (size_t)(count) * sizeof *(pointer));                             \
    } while (0)

/** The same, going to `label` with the local `status` set. */
#define MLT_ALLOC_GOTO(pointer, count, err, label)                                                           \
    do {                                                                                                     \
        (pointer) = mlt__alloc((count), sizeof *(pointer));                                                  \
        if ((pointer) == NULL) {                                                                             \
            status = mlt__raise_nomem((err), (size_t)(count) * sizeof *(pointer));                           \
            goto label;                                                                                      \
        }                                                                                                    \
    } while (0)

#endif
