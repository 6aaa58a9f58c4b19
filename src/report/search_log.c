/* The log of a search: reading what is there, appending what is new. A line is written at once when its trial
 * is finished, so whatever ends the program loses at most the trials under way. */
#include "report/search_log_lines.h"

#include "core/memory.h"
#include "io/io_error.h"
#include "io/json_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct mlt_search_log {
    char *path;
    int fd;
    mlt_task task;
    size_t n_splits, known_at_start;
    json_t *known; /* key → line */
};

/* What every log begins with. */
static const char START[] = "{\"log\":\"mltool tune\"";

size_t mlt_search_log_known(const mlt_search_log *log) { return log->known_at_start; }

void mlt_search_log_close(mlt_search_log *log) {
    if (!log)
        return;
    if (log->fd >= 0)
        close(log->fd);
    json_decref(log->known);
    free(log->path);
    free(log);
}

/* ---- writing ---- */

static mlt_status write_all(const mlt_search_log *log, const char *text, size_t length, mlt_error *err) {
    while (length > 0) {
        ssize_t written = write(log->fd, text, length);
        if (written < 0 && errno != EINTR)
            return mlt__raise_io(err, log->path, "written", errno);
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return MLT_OK;
}

static mlt_status append(const mlt_search_log *log, const json_t *json, mlt_error *err) {
    char *text;
    MLT_TRY(mlt__json_print(&text, json, err));
    size_t length = strlen(text);
    text[length] = '\n'; /* in the place of the NUL: one write, so that lines are whole */
    mlt_status status = write_all(log, text, length + 1, err);
    free(text);
    return status;
}

/* ---- reading ---- */

static mlt_status read_file(char **out, size_t *length, const mlt_search_log *log, mlt_error *err) {
    struct stat there;
    if (fstat(log->fd, &there) != 0)
        return mlt__raise_io(err, log->path, "read", errno);
    char *text;
    size_t size = (size_t)there.st_size, used = 0;
    MLT_ALLOC(text, size + 1, err);
    while (used < size) {
        ssize_t got = pread(log->fd, text + used, size - used, (off_t)used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            free(text);
            return mlt__raise_io(err, log->path, "read", got < 0 ? errno : EIO);
        }
        used += (size_t)got;
    }
    text[size] = '\0';
    *out = text;
    *length = size;
    return MLT_OK;
}

static mlt_status raise_other_file(const mlt_search_log *log, mlt_error *err) {
    mlt__shown_path shown;
    return mlt__raise(err, MLT_E_DATA, "%s: is there already and is no log of mltool tune; name another file",
                      mlt__show_path(&shown, log->path));
}

/* The first line must name this search. */
static mlt_status check_header(const mlt_search_log *log, const char *line, size_t length,
                               const json_t *wanted, mlt_error *err) {
    json_t *found;
    mlt__shown_path shown;
    if (strncmp(line, START, strlen(START)) != 0)
        return raise_other_file(log, err);
    mlt_status status = mlt__json_parse(&found, line, length, "the log", err);
    if (status != MLT_OK)
        return status == MLT_E_MODEL ? raise_other_file(log, err) : status;
    const char *difference = mlt__log_difference(found, wanted);
    json_decref(found);
    if (difference)
        return mlt__raise(err, MLT_E_DATA, "%s: is the log of another search: %s; name another file",
                          mlt__show_path(&shown, log->path), difference);
    return MLT_OK;
}

static mlt_status learn_line(const mlt_search_log *log, const char *line, size_t length, size_t number,
                             mlt_error *err) {
    json_t *json = NULL;
    mlt__shown_path shown;
    mlt_status status = mlt__json_parse(&json, line, length, "the log", err);
    char *key = NULL;
    if (status == MLT_E_MODEL || (status == MLT_OK && !mlt__log_scores(NULL, log->n_splits, json, log->task)))
        status = mlt__raise(err, MLT_E_DATA, "%s:%zu: is no result of a search; remove the line",
                            mlt__show_path(&shown, log->path), number);
    if (status == MLT_OK)
        key = mlt__log_key_of(json);
    if (status == MLT_OK && (!key || json_object_set(log->known, key, json) != 0))
        status = mlt__json_raise_nomem(err);
    free(key);
    json_decref(json);
    return status;
}

/* Learn all whole lines; what follows the last one is an unfinished write. */
static mlt_status read_lines(mlt_search_log *log, const char *text, size_t length, const json_t *wanted,
                             mlt_error *err) {
    size_t number = 0;
    const char *line = text;
    for (const char *end; (end = memchr(line, '\n', length - (size_t)(line - text))); line = end + 1)
        MLT_TRY(number++ == 0 ? check_header(log, line, (size_t)(end - line), wanted, err)
                              : learn_line(log, line, (size_t)(end - line), number, err));
    size_t whole = (size_t)(line - text), left = length - whole;
    if (number == 0 && strncmp(text, START, left < strlen(START) ? left : strlen(START)) != 0)
        return raise_other_file(log, err);
    if (left > 0 && ftruncate(log->fd, (off_t)whole) != 0)
        return mlt__raise_io(err, log->path, "written", errno);
    log->known_at_start = json_object_size(log->known);
    return number == 0 ? append(log, wanted, err) : MLT_OK;
}

static mlt_status open_file(mlt_search_log *log, mlt_error *err) {
    struct stat there;
    mlt__shown_path shown;
    log->fd = open(log->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
    if (log->fd < 0 || fstat(log->fd, &there) != 0)
        return mlt__raise_io(err, log->path, "written", errno);
    if (!S_ISREG(there.st_mode))
        return mlt__raise(err, MLT_E_IO, "%s: is no regular file, and a log is read, too; name another file",
                          mlt__show_path(&shown, log->path));
    if (flock(log->fd, LOCK_EX | LOCK_NB) != 0)
        return mlt__raise(err, MLT_E_IO, "%s: another search is writing to it; wait, or name another file",
                          mlt__show_path(&shown, log->path));
    return MLT_OK;
}

mlt_status mlt_search_log_open(mlt_search_log **out, const char *path, const mlt_search_identity *identity,
                               mlt_error *err) {
    mlt_search_log *log = mlt__calloc(1, sizeof *log);
    if (!log)
        return mlt__raise_nomem(err, sizeof *log);
    *log = (mlt_search_log){.path = mlt__strdup(path),
                            .fd = -1,
                            .task = identity->data->schema->task,
                            .n_splits = identity->n_splits,
                            .known = json_object()};
    json_t *header = NULL;
    char *text = NULL;
    size_t length = 0;
    if (!log->path || !log->known) {
        mlt_search_log_close(log);
        return mlt__json_raise_nomem(err);
    }
    mlt_status status = open_file(log, err);
    if (status == MLT_OK)
        status = mlt__log_header(&header, identity, err);
    if (status == MLT_OK)
        status = read_file(&text, &length, log, err);
    if (status == MLT_OK && text)
        status = read_lines(log, text, length, header, err);
    free(text);
    json_decref(header);
    if (status == MLT_OK)
        *out = log;
    else
        mlt_search_log_close(log);
    return status;
}

/* ---- the memory of a search ---- */

static bool recall(void *user, mlt_score *scores, const mlt_params *params, size_t rows) {
    const mlt_search_log *log = user;
    char *key = mlt__log_key(params, log->task, rows);
    const json_t *line = key ? json_object_get(log->known, key) : NULL;
    free(key);
    return line && mlt__log_scores(scores, log->n_splits, line, log->task);
}

static mlt_status keep(void *user, const mlt_score *scores, const mlt_params *params, size_t rows,
                       mlt_error *err) {
    const mlt_search_log *log = user;
    json_t *line = mlt__log_line(scores, log->n_splits, params, log->task, rows);
    mlt_status status = append(log, line, err);
    json_decref(line);
    return status;
}

mlt_search_memory mlt_search_log_memory(mlt_search_log *log) {
    return (mlt_search_memory){.recall = recall, .keep = keep, .user = log};
}
