/* Directories for tests. */
#include "scratch.h"

#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int scratch_setup(void **state) {
    scratch *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    *state = s;
    /* In memory where possible: flushing thousands of files to a disk takes minutes. */
    strcpy(s->directory, "/dev/shm/mltool-test-XXXXXX");
    if (mkdtemp(s->directory))
        return 0;
    strcpy(s->directory, "/tmp/mltool-test-XXXXXX");
    return mkdtemp(s->directory) ? 0 : -1;
}

void scratch_clear(scratch *s) {
    DIR *directory = opendir(s->directory);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        const char *path = scratch_path(s, entry->d_name);
        if (unlink(path) != 0)
            rmdir(path);
    }
    if (directory)
        closedir(directory);
}

int scratch_teardown(void **state) {
    scratch *s = *state;
    scratch_clear(s);
    int failed = rmdir(s->directory);
    free(s);
    return failed;
}

const char *scratch_path(scratch *s, const char *name) {
    snprintf(s->path, sizeof s->path, "%s/%s", s->directory, name);
    return s->path;
}

const char *scratch_write(scratch *s, const char *name, const void *bytes, size_t size) {
    const char *path = scratch_path(s, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

unsigned char *scratch_read(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat st;
    assert_int_equal(fstat(fileno(file), &st), 0);
    *size = (size_t)st.st_size;
    unsigned char *bytes = malloc(*size ? *size : 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

size_t scratch_count(const scratch *s) {
    size_t n = 0;
    DIR *directory = opendir(s->directory);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return n;
}
