/* Reading step by step. */
#include "io/byte_source.h"

#include "core/memory.h"
#include "core/threads.h"
#include "io/io_error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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

/* Room for all of a regular file up to `end`, in large pages. */
static mlt_status reserve(mlt__bytes *source, size_t end, mlt_error *err) {
    if (source->capacity >= end)
        return MLT_OK;
    unsigned char *bytes = mlt__alloc_large(end);
    if (!bytes)
        return mlt__raise_nomem(err, end);
    if (source->filled > 0)
        memcpy(bytes, source->bytes, source->filled);
    free(source->bytes);
    source->bytes = bytes;
    source->capacity = end;
    return MLT_OK;
}

/* Read bytes [begin, end) of a file. Returns how far it came; `*error` is set if reading failed. */
static size_t read_between(const mlt__bytes *source, size_t begin, size_t end, int *error) {
    while (begin < end) {
        ssize_t n = pread(source->fd, source->bytes + begin, end - begin, (off_t)begin);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            *error = errno;
        if (n <= 0)
            break;
        begin += (size_t)n;
    }
    return begin;
}

mlt_status mlt__bytes_fill_pieces(mlt__bytes *source, size_t begin, size_t end, size_t piece_size,
                                  mlt__bytes_work work, void *user, const mlt_context *ctx, mlt_error *err) {
    bool regular = source->file_size > 0 && source->fd >= 0;
    if (regular)
        MLT_TRY(reserve(source, end + 1, err));
    else
        MLT_TRY(mlt__bytes_fill(source, end, err));
    size_t n_pieces = end > begin ? (end - begin + piece_size - 1) / piece_size : 0, filled = source->filled,
           there = regular        ? end
                   : filled < end ? filled
                                  : end;
    int failed = 0;
    /* Two pieces in a row: two threads that touch a large page at once both clean one. */
#pragma omp parallel for schedule(dynamic, 2) num_threads(mlt__threads(ctx, n_pieces)) reduction(min         \
                                                                                                 : there)    \
    reduction(max                                                                                            \
              : failed)
    for (size_t i = 0; i < n_pieces; i++) {
        size_t first = begin + i * piece_size, last = end - first < piece_size ? end : first + piece_size,
               known = filled < first  ? first
                       : filled < last ? filled
                                       : last;
        if (regular)
            known = read_between(source, known, last, &failed);
        if (known == last)
            work(i, source->bytes + first, last - first, user);
        else if (known < there)
            there = known;
    }
    if (failed)
        return mlt__raise_io(err, source->path, "read", failed);
    if (there > source->filled)
        source->filled = there;
    if (regular && lseek(source->fd, (off_t)source->filled, SEEK_SET) < 0)
        return mlt__raise_io(err, source->path, "read", errno);
    return MLT_OK;
}

void mlt__bytes_close(mlt__bytes *source) {
    if (source->fd >= 0)
        close(source->fd);
    free(source->bytes);
    *source = (mlt__bytes){.fd = -1};
}
