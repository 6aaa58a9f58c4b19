/* Input that is to be read twice, though it may be a pipe. */
#include "cli/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0 or an errno. */
static int copy_all(int from, FILE *to) {
    char buffer[1 << 16];
    for (;;) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return fflush(to) == 0 ? 0 : errno;
        if (fwrite(buffer, 1, (size_t)n, to) != (size_t)n)
            return errno;
    }
}

/* Make stdin a nameless copy of what `fd` gives. 0 or an errno. */
static int become_stdin(int fd) {
    FILE *copy = tmpfile();
    if (!copy)
        return errno;
    int error = copy_all(fd, copy);
    if (!error && dup2(fileno(copy), STDIN_FILENO) < 0)
        error = errno;
    fclose(copy);
    return error;
}

mlt_status cli_spool_open(cli_spool *spool, const char *path, mlt_error *err) {
    *spool = (cli_spool){.path = path};
    bool is_stdin = strcmp(path, "-") == 0;
    struct stat there;
    if (!is_stdin && (stat(path, &there) != 0 || S_ISREG(there.st_mode) || S_ISDIR(there.st_mode)))
        return MLT_OK; /* the reader says what is wrong with it */
    spool->path = "-";
    if (is_stdin) {
        spool->start = lseek(STDIN_FILENO, 0, SEEK_CUR);
        if (spool->start >= 0)
            return MLT_OK;
    }
    spool->start = 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : become_stdin(fd);
    if (fd > STDERR_FILENO)
        close(fd);
    return error ? cli_fail_io(err, path, "read", error) : cli_spool_rewind(spool, err);
}

mlt_status cli_spool_rewind(const cli_spool *spool, mlt_error *err) {
    if (strcmp(spool->path, "-") == 0 && lseek(STDIN_FILENO, spool->start, SEEK_SET) < 0)
        return cli_fail_io(err, "standard input", "read again", errno);
    return MLT_OK;
}
