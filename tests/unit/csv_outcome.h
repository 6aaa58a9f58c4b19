/** What reading a CSV text comes to, as one text that can be compared: shared by the tests of the CSV reader.
 */
#ifndef TESTS_CSV_OUTCOME_H
#define TESTS_CSV_OUTCOME_H

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/csv_read.h"

/** A growing text. */
typedef struct outcome_text {
    char *text;
    size_t length, capacity;
} outcome_text;

static inline void outcome_add(outcome_text *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline void outcome_add(outcome_text *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *piece = NULL;
    int length = vasprintf(&piece, format, args);
    va_end(args);
    if (length < 0)
        abort();
    if (out->length + (size_t)length + 1 > out->capacity) {
        out->capacity = 2 * (out->length + (size_t)length + 1);
        out->text = realloc(out->text, out->capacity);
        if (!out->text)
            abort();
    }
    memcpy(out->text + out->length, piece, (size_t)length + 1);
    out->length += (size_t)length;
    free(piece);
}

/** How to read. */
typedef struct outcome_way {
    mlt_csv__settings settings;
    int threads;
    bool pipe; /**< through a pipe, which has to hold the text (64 KiB) */
} outcome_way;

typedef struct outcome {
    mlt_status status;
    char message[1000]; /**< what comes after the file's name */
    char *notes;        /**< lines, the same */
    char *data;         /**< "a=1 NA; b='x' 'y'"; labels "c=1~'01'"; NULL on failure */
    char *facts;        /**< everything else that is known of the columns */
} outcome;

/* Messages and notes name the file, which differs from run to run: what comes after it. */
static inline const char *outcome_without_name(const char *line, const char *path) {
    const char *name = *path ? strstr(line, path) : NULL;
    return name ? name + strlen(path) : line;
}

typedef struct outcome_notes {
    outcome_text lines;
    const char *path;
} outcome_notes;

static inline void outcome_note(void *user, const char *line) {
    outcome_notes *notes = user;
    outcome_add(&notes->lines, "%s\n", outcome_without_name(line, notes->path));
}

static inline void outcome_frame(outcome *out, const mlt_frame *frame) {
    outcome_text data = {0}, facts = {0};
    char number[32];
    outcome_add(&data, "%s", "");
    outcome_add(&facts, "%zu rows, delimiter %c, header %d\n", frame->n, frame->delimiter, frame->header);
    for (size_t c = 0; c < frame->p; c++) {
        const mlt_column *column = &frame->columns[c];
        outcome_add(&data, "%s%s=", c ? "; " : "", column->name);
        for (size_t i = 0; i < frame->n; i++) {
            const char *gap = i ? " " : "";
            if (column->values)
                outcome_add(&data, "%s%s", gap,
                            isnan(column->values[i]) ? "NA" : mlt_format_double(number, column->values[i]));
            if (column->codes && column->codes[i] >= 0)
                outcome_add(&data, "%s'%s'", column->values ? "~" : gap, column->levels[column->codes[i]]);
            else if (column->codes && !column->values)
                outcome_add(&data, "%sNA", gap);
        }
        outcome_add(&facts, "%s: type %d, %zu missing, integral %d, first text %zu \"%s\", levels",
                    column->name, column->type, column->n_missing, column->integral, column->first_text_line,
                    column->first_text ? column->first_text : "");
        for (size_t i = 0; i < column->n_levels; i++)
            outcome_add(&facts, " '%s'", column->levels[i]);
        outcome_add(&facts, "\n");
    }
    out->data = data.text;
    out->facts = facts.text;
}

/** Read `length` bytes of text. */
static inline outcome outcome_read(const char *text, size_t length, const mlt_csv_options *options,
                                   const outcome_way *way) {
    char path[64];
    int ends[2] = {-1, -1};
    if (way->pipe) {
        if (pipe(ends) != 0 || write(ends[1], text, length) != (ssize_t)length || close(ends[1]) != 0)
            abort();
        snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    } else {
        strcpy(path, "/tmp/mltool-test-XXXXXX");
        int file = mkstemp(path);
        if (file < 0 || write(file, text, length) != (ssize_t)length || close(file) != 0)
            abort();
    }
    outcome out = {0};
    outcome_notes notes = {.path = path};
    outcome_add(&notes.lines, "%s", "");
    mlt_context context = {.threads = way->threads, .user = &notes, .note = outcome_note};
    mlt_frame *frame = NULL;
    mlt_error err = {0};
    out.status = mlt_csv__read(&frame, path, options, &way->settings, &context, &err);
    if (out.status == MLT_OK)
        outcome_frame(&out, frame);
    else
        strcpy(out.message, outcome_without_name(err.message, path));
    out.notes = notes.lines.text;
    mlt_frame_free(frame);
    if (way->pipe)
        close(ends[0]);
    else
        unlink(path);
    return out;
}

static inline bool outcome_same(const outcome *a, const outcome *b) {
    if (a->status != b->status || strcmp(a->message, b->message) != 0 || strcmp(a->notes, b->notes) != 0)
        return false;
    return a->status != MLT_OK || (strcmp(a->data, b->data) == 0 && strcmp(a->facts, b->facts) == 0);
}

static inline void outcome_print(const char *title, const outcome *out) {
    fprintf(stderr, "%s: status %d %s\nnotes:\n%s%s\n%s\n", title, out->status, out->message, out->notes,
            out->data ? out->data : "", out->facts ? out->facts : "");
}

static inline void outcome_clear(outcome *out) {
    free(out->notes);
    free(out->data);
    free(out->facts);
}

#endif
