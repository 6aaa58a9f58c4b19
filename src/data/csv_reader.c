/* Batches of pieces: a batch is one stretch of the file, cut at line ends outside quotes so that every piece
 * can be read by itself. What follows the last such line end waits for the next batch. */
#include "data/csv_reader.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/csv_scan.h"

/* Bytes behind the text that may be read but mean nothing; one is for the last line's end. */
enum { PADDING = 64 };
/* Room in front of what is read ahead: for the end of a batch, which is less than a row. */
enum { FRONT = 1 << 16 };

struct mlt_csv__hash {
    struct sha256_ctx context;
    bool closed; /* the whole file was hashed: a second pass adds nothing */
};

mlt_status mlt_csv__reader_init(mlt_csv__reader *reader, mlt__source *source, bool digest,
                                const mlt_context *ctx, mlt_error *err) {
    *reader = (mlt_csv__reader){.source = source, .ctx = ctx, .line = 1, .threads = 1};
    if (digest) {
        MLT_ALLOC(reader->hash, 1, err);
        sha256_init(&reader->hash->context);
        reader->hash->closed = false;
    }
    return MLT_OK;
}

/* Room for `wanted` bytes from `taken` on. */
static mlt_status reserve(mlt_csv__reader *reader, size_t wanted, mlt_error *err) {
    size_t kept = reader->length - reader->taken;
    if (reader->buffer && reader->taken + wanted <= reader->capacity)
        return MLT_OK;
    if (reader->buffer && wanted <= reader->capacity) {
        memmove(reader->buffer, reader->buffer + reader->taken, kept);
    } else {
        char *larger = mlt__alloc(wanted + PADDING, 1);
        if (!larger)
            return mlt__raise_nomem(err, wanted + PADDING);
        if (reader->buffer)
            memcpy(larger, reader->buffer + reader->taken, kept);
        free(reader->buffer);
        reader->buffer = larger;
        reader->capacity = wanted;
    }
    reader->taken = 0;
    reader->length = kept;
    return MLT_OK;
}

/* Read up to `asked` bytes of the source, and hash them. */
static mlt_status read_source(mlt_csv__reader *reader, char *into, size_t asked, size_t *got, bool *may_quote,
                              mlt_error *err) {
    MLT_TRY(mlt__source_read(reader->source, into, asked, got, err));
    reader->source_ended = *got < asked;
    *may_quote = memchr(into, '"', *got) != NULL;
    if (reader->hash && !reader->hash->closed) {
        sha256_update(&reader->hash->context, *got, (const uint8_t *)into);
        reader->hash->closed = reader->source_ended;
    }
    return MLT_OK;
}

bool mlt_csv__reader_wants_ahead(const mlt_csv__reader *reader) {
    return !reader->source_ended && reader->ahead_length == 0 && reader->length - reader->taken < FRONT;
}

void mlt_csv__reader_ahead(mlt_csv__reader *reader) {
    if (!reader->ahead || reader->ahead_capacity < FRONT + reader->block_bytes) {
        free(reader->ahead);
        reader->ahead_capacity = FRONT + reader->block_bytes;
        reader->ahead = mlt__alloc(reader->ahead_capacity + PADDING, 1);
        if (!reader->ahead) {
            mlt__raise_nomem(&reader->ahead_error, reader->ahead_capacity);
            return;
        }
    }
    /* A failure is in ahead_error. */
    (void)!read_source(reader, reader->ahead + FRONT, reader->block_bytes, &reader->ahead_length,
                       &reader->ahead_may_quote, &reader->ahead_error);
}

/* Join what is left in the buffer and what was read ahead. */
static mlt_status take_ahead(mlt_csv__reader *reader, mlt_error *err) {
    if (reader->ahead_error.status)
        return mlt__raise(err, reader->ahead_error.status, "%s", reader->ahead_error.message);
    size_t kept = reader->length - reader->taken;
    const char *left = reader->buffer + reader->taken;
    reader->may_quote = reader->ahead_may_quote || memchr(left, '"', kept);
    if (kept <= FRONT) {
        memcpy(reader->ahead + FRONT - kept, left, kept);
        char *spare = reader->buffer;
        size_t spare_capacity = reader->capacity;
        reader->buffer = reader->ahead;
        reader->capacity = reader->ahead_capacity;
        reader->taken = FRONT - kept;
        reader->length = FRONT + reader->ahead_length;
        reader->ahead = spare;
        reader->ahead_capacity = spare_capacity;
    } else {
        MLT_TRY(reserve(reader, kept + reader->ahead_length, err));
        memcpy(reader->buffer + reader->length, reader->ahead + FRONT, reader->ahead_length);
        reader->length += reader->ahead_length;
    }
    reader->ahead_length = 0;
    return MLT_OK;
}

mlt_status mlt_csv__reader_fill(mlt_csv__reader *reader, size_t wanted, mlt_error *err) {
    while (!reader->at_end && reader->length - reader->taken < wanted) {
        size_t kept = reader->length - reader->taken, got;
        if (reader->ahead_length > 0 || reader->ahead_error.status) {
            MLT_TRY(take_ahead(reader, err));
        } else if (!reader->source_ended) {
            bool may_quote;
            MLT_TRY(reserve(reader, wanted, err));
            MLT_TRY(
                read_source(reader, reader->buffer + reader->length, wanted - kept, &got, &may_quote, err));
            reader->may_quote = may_quote || memchr(reader->buffer + reader->taken, '"', kept);
            reader->length += got;
        }
        reader->at_end = reader->source_ended && reader->ahead_length == 0;
        char last = reader->length > reader->taken ? reader->buffer[reader->length - 1] : '\n';
        if (reader->at_end && last != '\n' && last != '\r' && !mlt__source_was_cut(reader->source))
            reader->buffer[reader->length++] = '\n';
        memset(reader->buffer + reader->length, 0, PADDING - 1);
    }
    return MLT_OK;
}

mlt_status mlt_csv__reader_skip(mlt_csv__reader *reader, size_t n, mlt_error *err) {
    while (n > 0) {
        MLT_TRY(mlt_csv__reader_fill(reader, reader->piece_bytes + 2, err));
        const char *s = reader->buffer + reader->taken, *end = reader->buffer + reader->length;
        if (s == end)
            return MLT_OK;
        /* A CR at the buffer's end may be half of a line end. */
        const char *limit = reader->at_end ? end : end - 1;
        while (s < limit && n > 0) {
            bool line_end = *s == '\n' || *s == '\r';
            s = line_end ? mlt_csv__after_line_end(s, end) : s + 1;
            n -= line_end;
            reader->line += line_end;
        }
        reader->taken = (size_t)(s - reader->buffer);
    }
    return MLT_OK;
}

/* Does a row end with the byte at `s`, given that it is outside quotes? A CR before `end` may be half a line
 * end. */
static bool ends_row(const char *s, const char *end) {
    return *s == '\n' || (*s == '\r' && s + 1 < end && s[1] != '\n');
}

static mlt_status add_piece(mlt_csv__reader *reader, const char *start, const char *end, mlt_error *err) {
    if (start == end)
        return MLT_OK;
    if (reader->n_pieces == reader->piece_capacity) {
        size_t capacity = reader->piece_capacity * 2 + 16;
        mlt_csv__piece *larger = mlt__realloc(reader->pieces, capacity, sizeof *larger);
        if (!larger)
            return mlt__raise_nomem(err, capacity * sizeof *larger);
        reader->pieces = larger;
        reader->piece_capacity = capacity;
    }
    reader->pieces[reader->n_pieces++] = (mlt_csv__piece){.start = start, .end = end};
    return MLT_OK;
}

/* Cut [start, end) into pieces that end where rows end; what is left over is not in any piece.
 * Steps of piece_bytes are taken first; the parity of the quotes before each tells whether it is inside
 * quotes. `all`: the file ends at `end`; then nothing is left over, and a row without an end is an error of
 * its reader's. */
static mlt_status cut_pieces(mlt_csv__reader *reader, const char *start, const char *end, bool all,
                             mlt_error *err) {
    reader->n_pieces = 0;
    const char *piece = start, *step = start, *last = start;
    bool quoted = false; /* at `step` */
    while (step < end) {
        const char *next = (size_t)(end - step) > reader->piece_bytes ? step + reader->piece_bytes : end;
        size_t quotes = reader->may_quote ? mlt_csv__count_byte(step, next, '"') : 0;
        /* The first row end of this step begins a piece, unless a long row reaches beyond the step. */
        bool inside = quoted;
        if (step > start) {
            const char *s = step;
            for (; s < next; s++) {
                inside ^= *s == '"';
                if (!inside && ends_row(s, end))
                    break;
            }
            if (s < next) {
                MLT_TRY(add_piece(reader, piece, s + 1, err));
                piece = last = s + 1;
            }
        }
        if (next == end) {
            /* The last row end of all. */
            const char *from = last > step ? last : step;
            inside = quoted ^ (mlt_csv__count_byte(step, from, '"') & 1);
            if (quotes == 0 && !inside) {
                const char *found = memrchr(from, '\n', (size_t)(end - from));
                const char *after = found ? found + 1 : from;
                const char *cr = memrchr(after, '\r', (size_t)(end - after));
                while (cr && !ends_row(cr, end))
                    cr = memrchr(after, '\r', (size_t)(cr - after));
                last = cr ? cr + 1 : found ? after : last;
            } else {
                for (const char *s = from; s < end; s++) {
                    inside ^= *s == '"';
                    if (!inside && ends_row(s, end))
                        last = s + 1;
                }
            }
        }
        quoted ^= quotes & 1;
        step = next;
    }
    return add_piece(reader, piece, all ? end : last, err);
}

/* No row ends in the buffer: because of something that the row's reader will report? */
static bool is_hopeless(const mlt_csv__reader *reader, const char *start, const char *end) {
    return end - start > MLT_CSV__FIELD_BYTES &&
           (end - start > MLT_CSV__ROW_BYTES || mlt_csv__scan_row(start, end, reader->delimiter).stop);
}

static void count_lines(mlt_csv__reader *reader) {
    mlt_csv__piece *pieces = reader->pieces;
    size_t n = reader->n_pieces;
    if (reader->threads == 1 || n < 2) {
        for (size_t i = 0; i < n; i++)
            pieces[i].lines = mlt_csv__count_lines(pieces[i].start, pieces[i].end);
        return;
    }
#pragma omp parallel for schedule(static) num_threads(reader->threads)
    for (size_t i = 0; i < n; i++)
        pieces[i].lines = mlt_csv__count_lines(pieces[i].start, pieces[i].end);
}

mlt_status mlt_csv__reader_next(mlt_csv__reader *reader, size_t block_bytes, mlt_error *err) {
    size_t wanted = block_bytes;
    const char *start, *end;
    for (;;) {
        MLT_TRY(mlt_csv__reader_fill(reader, wanted, err));
        start = reader->buffer + reader->taken;
        end = reader->buffer + reader->length;
        bool all = reader->at_end && (size_t)(end - start) <= wanted;
        if ((size_t)(end - start) > wanted)
            end = start + wanted;
        bool cut = all && mlt__source_was_cut(reader->source);
        MLT_TRY(cut_pieces(reader, start, end, all && !cut, err));
        if (cut) /* half a row is none */
            reader->length =
                (size_t)((reader->n_pieces > 0 ? reader->pieces[reader->n_pieces - 1].end : start) -
                         reader->buffer);
        if (reader->n_pieces > 0 || all)
            break;
        if (is_hopeless(reader, start, end)) {
            MLT_TRY(add_piece(reader, start, end, err));
            break;
        }
        wanted = (size_t)(end - start) * 2;
    }
    count_lines(reader);
    for (size_t i = 0; i < reader->n_pieces; i++) {
        reader->pieces[i].line = reader->line;
        reader->line += reader->pieces[i].lines;
    }
    if (reader->n_pieces > 0) {
        size_t handed_out = (size_t)(reader->pieces[reader->n_pieces - 1].end - start);
        reader->taken += handed_out;
        reader->bytes += handed_out;
    }
    size_t done, total;
    mlt__source_progress(reader->source, &done, &total);
    if (!mlt__progress(reader->ctx, "loading", done, total))
        return mlt__raise(err, MLT_E_CANCELLED, "%s: reading was cancelled",
                          mlt__source_name(reader->source));
    return MLT_OK;
}

mlt_status mlt_csv__reader_rewind(mlt_csv__reader *reader, mlt_error *err) {
    MLT_TRY(mlt__source_rewind(reader->source, err));
    reader->length = reader->taken = reader->ahead_length = reader->bytes = 0;
    reader->n_pieces = 0;
    reader->at_end = reader->source_ended = false;
    reader->line = 1;
    return MLT_OK;
}

void mlt_csv__reader_digest(mlt_csv__reader *reader, char out[65]) {
    out[0] = '\0';
    if (!reader->hash)
        return;
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(&reader->hash->context, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

void mlt_csv__reader_clear(mlt_csv__reader *reader) {
    free(reader->buffer);
    free(reader->ahead);
    free(reader->pieces);
    free(reader->hash);
    *reader = (mlt_csv__reader){0};
}
