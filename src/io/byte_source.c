/* Reading step by step. */
#include "io/byte_source.h"

#include "core/memory.h"
#include "io/io_error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

mlt_status mlt__bytes_open(mlt__bytes *source, const char *path, mlt_error *err) {
    *source = (mlt__bytes){.path = path, .fd = -1};
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return mlt__raise_io(err, path, "read", error);
    }
    source->fd = fd;
    if (S_ISREG(st.st_mode))
        source->file_size = (size_t)st.st_size;
    return MLT_OK;
}

/* Room for more bytes: for all of a regular file, else for twice what is there, but never for more than
 * `want`, which may come from the file itself and lie. */
static mlt_status grow(mlt__bytes *source, size_t want, mlt_error *err) {
    enum { SMALLEST = 4096 };
    size_t capacity = source->capacity ? 2 * source->capacity : SMALLEST;
    if (capacity <= source->file_size)
        capacity = source->file_size + 1;
    if (capacity > want)
        capacity = want;
    unsigned char *bytes = mlt__realloc(source->bytes, capacity, 1);
    if (!bytes)
        return mlt__raise_nomem(err, capacity);
    source->bytes = bytes;
    source->capacity = capacity;
    return MLT_OK;
}

mlt_status mlt__bytes_fill(mlt__bytes *source, size_t want, mlt_error *err) {
    while (source->filled < want && source->fd >= 0) {
        if (source->filled == source->capacity)
            MLT_TRY(grow(source, want, err));
        ssize_t n = read(source->fd, source->bytes + source->filled, source->capacity - source->filled);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mlt__raise_io(err, source->path, "read", errno);
        if (n == 0)
            break;
        source->filled += (size_t)n;
    }
    return MLT_OK;
}

void mlt__bytes_close(mlt__bytes *source) {
    if (source->fd >= 0)
        close(source->fd);
    free(source->bytes);
    *source = (mlt__bytes){.fd = -1};
}
