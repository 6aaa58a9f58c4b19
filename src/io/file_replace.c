/* Atomic replacement of a file: temporary file, flush, rename, flush of the directory. */
#include "io/file_replace.h"

#include "core/memory.h"
#include "io/io_error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* The temporary file being written, for signal handlers. The writer blocks signals while the file is
 * CREATING, so a handler that meets this state runs in another thread and may wait for its end. */
enum { NONE, CREATING, WRITING, ABANDONED };
static struct {
    atomic_int state;
    int directory;
    char name[64];
} pending;

void mlt__file_abandon(void) {
    int error = errno;
    while (atomic_load(&pending.state) == CREATING)
        sched_yield();
    int writing = WRITING;
    if (atomic_compare_exchange_strong(&pending.state, &writing, ABANDONED))
        unlinkat(pending.directory, pending.name, 0);
    errno = error;
}

/* 0 or an errno. */
static int write_all(int fd, struct iovec *parts, size_t n_parts) {
    while (n_parts > 0) {
        ssize_t n = writev(fd, parts, n_parts < IOV_MAX ? (int)n_parts : IOV_MAX);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        size_t written = (size_t)n;
        for (; n_parts > 0 && written >= parts->iov_len; parts++, n_parts--)
            written -= parts->iov_len;
        if (written > 0) {
            parts->iov_base = (char *)parts->iov_base + written;
            parts->iov_len -= written;
        }
    }
    return 0;
}

/* 0 or an errno. A file system that cannot flush this kind of file is none. */
static int flush(int fd) {
    while (fsync(fd) != 0)
        if (errno != EINTR)
            return errno == EINVAL || errno == ENOTSUP ? 0 : errno;
    return 0;
}

/* Linux closes the file even where it reports EINTR. */
static int close_file(int fd) { return close(fd) == 0 || errno == EINTR ? 0 : errno; }

/* Bytes of `path` up to and including its last slash. */
static size_t directory_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

/* `path`, or the file it leads to through symbolic links, which need not exist yet; malloc'ed. NULL with
 * errno on failure. */
static char *follow_links(const char *path) {
    enum { MOST_LINKS = 40 };
    char link[PATH_MAX];
    char *current = mlt__strdup(path);
    for (int i = 0; current; i++) {
        ssize_t n = readlink(current, link, sizeof link);
        if (n < 0)
            return current;
        if (i == MOST_LINKS || (size_t)n == sizeof link) {
            free(current);
            errno = ELOOP;
            return NULL;
        }
        size_t kept = link[0] == '/' ? 0 : directory_length(current);
        char *next = mlt__alloc(kept + (size_t)n + 1, 1);
        if (next) {
            memcpy(next, current, kept);
            memcpy(next + kept, link, (size_t)n);
            next[kept + (size_t)n] = '\0';
        }
        free(current);
        current = next;
    }
    return NULL;
}

/* A descriptor of the directory that `path` lies in, or −1. */
static int open_directory(const char *path) {
    size_t length = directory_length(path);
    char *directory = length ? mlt__strndup(path, length) : mlt__strdup(".");
    if (!directory)
        return -1;
    int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    return fd;
}

/* Make a new file of an unused name in `directory` and tell the signal handlers. −1 with errno on failure. */
static int create_temporary(int directory, mode_t mode) {
    enum { MOST_TRIES = 1000 };
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pending.directory = directory;
    atomic_store(&pending.state, CREATING);
    int fd = -1;
    for (int i = 0; i < MOST_TRIES; i++) {
        snprintf(pending.name, sizeof pending.name, ".mltool-%ld-%d.tmp", (long)getpid(), i);
        fd = openat(directory, pending.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            break;
    }
    int error = errno;
    atomic_store(&pending.state, fd >= 0 ? WRITING : NONE);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return fd;
}

/* Everything after the temporary file is there: 0 or an errno, ECANCELED if a signal handler removed it. */
static int fill_and_rename(int fd, int directory, const char *name, const struct stat *old,
                           struct iovec *parts, size_t n_parts) {
    /* The file was created with the old mode less the umask, so failing here makes it narrower, never wider.
     */
    if (old)
        (void)fchmod(fd, old->st_mode & 0777);
    int error = write_all(fd, parts, n_parts);
    if (!error)
        error = flush(fd);
    int close_error = close_file(fd);
    if (!error)
        error = close_error;
    if (!error && renameat(directory, pending.name, directory, name) != 0)
        error = errno;
    if (atomic_load(&pending.state) == ABANDONED)
        return error ? ECANCELED : 0;
    if (error)
        unlinkat(directory, pending.name, 0);
    return error;
}

/* Make the rename last. Where the directory may not be read there is nothing to flush it with. */
static int flush_directory(int directory) {
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    int error = flush(fd);
    close(fd);
    return error;
}

/* Replace or make the file `name` in `directory`: 0 or an errno. */
static int replace_in(int directory, const char *name, const struct stat *old, struct iovec *parts,
                      size_t n_parts) {
    /* Renaming over a file needs no permission for it; whoever took that away meant to keep the file. */
    if (old && faccessat(directory, name, W_OK, AT_EACCESS) != 0)
        return errno;
    pthread_mutex_lock(&turn);
    int fd = create_temporary(directory, old ? old->st_mode & 0777 : 0666);
    int error = fd < 0 ? errno : fill_and_rename(fd, directory, name, old, parts, n_parts);
    atomic_store(&pending.state, NONE);
    pthread_mutex_unlock(&turn);
    return error ? error : flush_directory(directory);
}

/* The same for a path, whose symbolic links are followed. */
static int replace_at(const char *path, const struct stat *old, struct iovec *parts, size_t n_parts) {
    char *target = follow_links(path);
    if (!target)
        return errno;
    int directory = open_directory(target), error = errno;
    if (directory >= 0) {
        error = replace_in(directory, target + directory_length(target), old, parts, n_parts);
        close(directory);
    }
    free(target);
    return error;
}

/* 0 or an errno. */
static int write_directly(const char *path, struct iovec *parts, size_t n_parts) {
    int fd;
    do
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return errno;
    int error = write_all(fd, parts, n_parts);
    int close_error = close_file(fd);
    return error ? error : close_error;
}

mlt_status mlt__file_replace(const char *path, struct iovec *parts, size_t n_parts, mlt_error *err) {
    struct stat st;
    bool exists = stat(path, &st) == 0;
    if (!exists && errno != ENOENT)
        return mlt__raise_io(err, path, "written", errno);
    if ((exists && S_ISDIR(st.st_mode)) || path[directory_length(path)] == '\0')
        return mlt__raise_io(err, path, "written", *path ? EISDIR : ENOENT);
    int error = exists && !S_ISREG(st.st_mode) ? write_directly(path, parts, n_parts)
                                               : replace_at(path, exists ? &st : NULL, parts, n_parts);
    mlt__shown_path shown;
    if (error == ECANCELED)
        return mlt__raise(err, MLT_E_CANCELLED, "%s: saving was interrupted; what was there is unchanged",
                          mlt__show_path(&shown, path));
    return error ? mlt__raise_io(err, path, "written", error) : MLT_OK;
}
