/* Opening and reading bytes. A regular file is read from its descriptor (never mapped: it may be cut while it
 * is read); anything else is pumped into an unlinked temporary file first, so that a pipe gives what a file
 * gives. */
#include "data/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/source_gzip.h"

enum { PUMP_BYTES = 1 << 18, NAME_BYTES = 256 };

struct mlt__source {
    char name[NAME_BYTES];
    const mlt_context *ctx;
    int file;        /* what is read with pread: the file itself or the spool */
    off_t base;      /* where the bytes begin in `file` */
    off_t position;  /* next byte, from `base` */
    off_t size;      /* bytes of a regular file when it was opened */
    int stream;      /* pumped into `file`; -1 for a regular file */
    bool own_stream; /* not stdin */
    bool stream_ended;
    off_t spooled;
    char *pump;
    mlt__gzip *gzip; /* NULL if plain */
    /* Read once: the stream itself is read, and not copied. */
    bool once, cut;
    const volatile sig_atomic_t *stop; /* or NULL */
    char magic[3];                     /* read to look at; to be given again */
    size_t n_magic;
};

static mlt_status raise_io(const mlt__source *source, const char *what, mlt_error *err) {
    int code = errno;
    char text[128];
    return mlt__raise(err, MLT_E_IO, "%s: %s: %s; check the path and its permissions", source->name, what,
                      strerror_r(code, text, sizeof text));
}

/* After EINTR: does the caller want to go on? */
static mlt_status interrupted(const mlt__source *source, mlt_error *err) {
    size_t done, total;
    mlt__source_progress(source, &done, &total);
    if (!mlt__progress(source->ctx, "loading", done, total))
        return mlt__raise(err, MLT_E_CANCELLED, "%s: reading was cancelled", source->name);
    return MLT_OK;
}

static int open_spool(void) {
    const char *directory = getenv("TMPDIR");
    if (!directory || !*directory)
        directory = "/tmp";
    int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0)
        return file;
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/mltool-XXXXXX", directory) < sizeof path) {
        file = mkostemp(path, O_CLOEXEC);
        if (file >= 0) {
            unlink(path);
            return file;
        }
    }
    return memfd_create("mltool", MFD_CLOEXEC); /* a machine without a writable disk */
}

/* Copy from the stream until the spool holds `wanted` bytes. */
static mlt_status pump(mlt__source *source, off_t wanted, mlt_error *err) {
    while (!source->stream_ended && source->spooled < wanted) {
        ssize_t got = read(source->stream, source->pump, PUMP_BYTES);
        if (got < 0 && errno == EINTR) {
            MLT_TRY(interrupted(source, err));
            continue;
        }
        if (got < 0)
            return raise_io(source, "reading failed", err);
        source->stream_ended = got == 0;
        for (ssize_t written = 0; written < got;) {
            ssize_t n =
                pwrite(source->file, source->pump + written, (size_t)(got - written), source->spooled);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return raise_io(source,
                                "the temporary copy cannot be written (set TMPDIR to a directory with room)",
                                err);
            written += n;
            source->spooled += n;
        }
    }
    return MLT_OK;
}

static bool asked_to_stop(const mlt__source *source) { return source->stop && *source->stop; }

/* The next bytes of a stream that is read once. */
static mlt_status read_once(mlt__source *source, char *buffer, size_t size, size_t *got, mlt_error *err) {
    *got = source->n_magic < size ? source->n_magic : size;
    memcpy(buffer, source->magic, *got);
    memmove(source->magic, source->magic + *got, source->n_magic - *got);
    source->n_magic -= *got;
    while (*got < size && !source->stream_ended && !asked_to_stop(source)) {
        ssize_t n = read(source->stream, buffer + *got, size - *got);
        if (n < 0 && errno == EINTR) {
            if (!asked_to_stop(source))
                MLT_TRY(interrupted(source, err));
            continue;
        }
        if (n < 0)
            return raise_io(source, "reading failed", err);
        source->stream_ended = n == 0;
        *got += (size_t)n;
        source->position += n;
    }
    /* Whoever writes into a pipe is often stopped by the same Ctrl-C. */
    source->cut = *got < size && asked_to_stop(source);
    return MLT_OK;
}

/* The stored bytes, as they are. */
static mlt_status read_stored(void *context, char *buffer, size_t size, size_t *got, mlt_error *err) {
    mlt__source *source = context;
    if (source->once && source->stream >= 0)
        return read_once(source, buffer, size, got, err);
    if (source->stream >= 0)
        MLT_TRY(pump(source, source->position + (off_t)size, err));
    *got = 0;
    while (*got < size) {
        ssize_t n = pread(source->file, buffer + *got, size - *got, source->base + source->position);
        if (n < 0 && errno == EINTR) {
            MLT_TRY(interrupted(source, err));
            continue;
        }
        if (n < 0)
            return raise_io(source, "reading failed", err);
        if (n == 0)
            break;
        *got += (size_t)n;
        source->position += n;
    }
    struct stat now;
    if (*got < size && source->stream < 0 && source->position < source->size &&
        fstat(source->file, &now) == 0 && now.st_size < source->base + source->size)
        return mlt__raise(err, MLT_E_IO, "%s: the file became shorter while it was read; try again",
                          source->name);
    return MLT_OK;
}

mlt_status mlt__source_read(mlt__source *source, char *buffer, size_t size, size_t *got, mlt_error *err) {
    if (!source->gzip)
        return read_stored(source, buffer, size, got, err);
    mlt_status status = mlt__gzip_read(source->gzip, buffer, size, got, err);
    if (!source->cut)
        return status;
    *got = 0; /* the end of the compressed bytes is not there */
    return MLT_OK;
}

mlt_status mlt__source_rewind(mlt__source *source, mlt_error *err) {
    source->position = 0;
    return source->gzip ? mlt__gzip_rewind(source->gzip, err) : MLT_OK;
}

static mlt_status open_stored(mlt__source *source, const char *path, mlt_error *err) {
    bool is_stdin = strcmp(path, "-") == 0;
    int opened = is_stdin ? STDIN_FILENO : -1;
    while (opened < 0) {
        opened = open(path, O_RDONLY | O_CLOEXEC);
        if (opened < 0 && errno == EINTR)
            MLT_TRY(interrupted(source, err));
        else if (opened < 0)
            return raise_io(source, "cannot be opened", err);
    }
    source->stream = opened;
    source->own_stream = !is_stdin;
    struct stat status;
    if (fstat(opened, &status) != 0)
        return raise_io(source, "cannot be read", err);
    if (S_ISDIR(status.st_mode))
        return mlt__raise(err, MLT_E_IO, "%s: this is a directory; give a CSV file", source->name);
    off_t base = is_stdin ? lseek(opened, 0, SEEK_CUR) : 0;
    /* Files of /proc are regular, too, but say that they are empty and may change: they are copied. */
    if (S_ISREG(status.st_mode) && status.st_size > 0 && base >= 0) {
        source->file = opened;
        source->base = base;
        source->size = status.st_size > base ? status.st_size - base : 0;
        source->stream = -1;
        return MLT_OK;
    }
    if (source->once)
        return MLT_OK;
    source->file = open_spool();
    if (source->file < 0)
        return raise_io(source, "no temporary file can be made for a copy (set TMPDIR)", err);
    source->pump = mlt__alloc(PUMP_BYTES, 1);
    return source->pump ? MLT_OK : mlt__raise_nomem(err, PUMP_BYTES);
}

static mlt_status open_source(mlt__source **out, const char *path, bool once,
                              const volatile sig_atomic_t *stop, const mlt_context *ctx, mlt_error *err) {
    mlt__source *source = mlt__calloc(1, sizeof *source);
    if (!source)
        return mlt__raise_nomem(err, sizeof *source);
    source->file = source->stream = -1;
    source->ctx = ctx;
    source->once = once;
    source->stop = stop;
    mlt__printable(source->name, sizeof source->name, strcmp(path, "-") == 0 ? "stdin" : path);
    mlt_status status = open_stored(source, path, err);
    char magic[sizeof source->magic];
    size_t got = 0;
    if (status == MLT_OK)
        status = read_stored(source, magic, sizeof magic, &got, err);
    if (once && source->stream >= 0) {
        memcpy(source->magic, magic, got);
        source->n_magic = got;
    } else {
        source->position = 0;
    }
    if (status == MLT_OK && got == sizeof magic && memcmp(magic, "\x1f\x8b\x08", sizeof magic) == 0)
        status = mlt__gzip_new(&source->gzip, source->name, read_stored, source, err);
    if (status != MLT_OK) {
        mlt__source_free(source);
        return status;
    }
    *out = source;
    return MLT_OK;
}

mlt_status mlt__source_open(mlt__source **out, const char *path, const mlt_context *ctx, mlt_error *err) {
    return open_source(out, path, false, NULL, ctx, err);
}

mlt_status mlt__source_open_once(mlt__source **out, const char *path, const volatile sig_atomic_t *stop,
                                 const mlt_context *ctx, mlt_error *err) {
    return open_source(out, path, true, stop, ctx, err);
}

bool mlt__source_was_cut(const mlt__source *source) { return source->cut; }

const char *mlt__source_name(const mlt__source *source) { return source->name; }

void mlt__source_progress(const mlt__source *source, size_t *done, size_t *total) {
    *done = (size_t)source->position;
    *total = (size_t)(source->stream < 0 ? source->size : source->stream_ended ? source->spooled : 0);
}

size_t mlt__source_size(const mlt__source *source) {
    size_t done, total;
    mlt__source_progress(source, &done, &total);
    return source->gzip ? 0 : total;
}

void mlt__source_free(mlt__source *source) {
    if (!source)
        return;
    mlt__gzip_free(source->gzip);
    if (source->file >= 0 && (source->stream >= 0 || source->own_stream))
        close(source->file);
    if (source->stream >= 0 && source->own_stream)
        close(source->stream);
    free(source->pump);
    free(source);
}
