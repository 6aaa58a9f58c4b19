/** A directory of its own for each test that touches files. */
#ifndef MLT_TESTS_SCRATCH_H
#define MLT_TESTS_SCRATCH_H

#include <stddef.h>

typedef struct scratch {
    char directory[64];
    char path[400]; /**< of the last scratch_path */
} scratch;

/** cmocka setup and teardown: *state becomes a scratch*; the directory and all in it are removed afterwards.
 */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/** The path of `name` in the directory; valid until the next call. */
const char *scratch_path(scratch *s, const char *name);
/** Make or replace a file in the directory. Returns its path. */
const char *scratch_write(scratch *s, const char *name, const void *bytes, size_t size);
/** Read a file: malloc'ed bytes of exactly `*size`; fails the test if it cannot be read. */
unsigned char *scratch_read(const char *path, size_t *size);
/** Files in the directory, hidden ones too. */
size_t scratch_count(const scratch *s);
/** Remove all of them. */
void scratch_clear(scratch *s);

#endif
