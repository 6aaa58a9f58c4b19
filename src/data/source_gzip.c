/* Decompressing gzip with zlib, block by block. gzread is not used: it passes bytes after the end through. */
#include "data/source_gzip.h"

#include <stdlib.h>
#include <zlib.h>

#include "core/error.h"
#include "core/memory.h"

enum { INPUT_BYTES = 1 << 17 };

/* Tables compress 3 to 20 times, deflate at most 1032 times. Beyond these two a file is taken for a bomb. */
static const uint64_t suspicious_bytes = UINT64_C(1) << 26;
enum { SUSPICIOUS_RATIO = 200 };

struct mlt__gzip {
    z_stream stream;
    const char *name;
    mlt__read_function *read;
    void *context;
    bool ended; /* the last member was complete and nothing came after it */
    uint64_t in, out;
    char input[INPUT_BYTES];
};

mlt_status mlt__gzip_new(mlt__gzip **out, const char *name, mlt__read_function *read, void *context,
                         mlt_error *err) {
    mlt__gzip *gzip = mlt__calloc(1, sizeof *gzip);
    if (!gzip)
        return mlt__raise_nomem(err, sizeof *gzip);
    gzip->name = name;
    gzip->read = read;
    gzip->context = context;
    if (inflateInit2(&gzip->stream, MAX_WBITS + 16) != Z_OK) { /* 16: gzip headers only */
        free(gzip);
        return mlt__raise_nomem(err, sizeof *gzip);
    }
    *out = gzip;
    return MLT_OK;
}

mlt_status mlt__gzip_rewind(mlt__gzip *gzip, mlt_error *err) {
    gzip->stream.avail_in = 0;
    gzip->ended = false;
    gzip->in = gzip->out = 0;
    if (inflateReset(&gzip->stream) != Z_OK)
        return mlt__raise(err, MLT_E_DATA, "%s: the gzip data cannot be read again", gzip->name);
    return MLT_OK;
}

static mlt_status refill(mlt__gzip *gzip, mlt_error *err) {
    size_t got;
    MLT_TRY(gzip->read(gzip->context, gzip->input, INPUT_BYTES, &got, err));
    gzip->stream.next_in = (unsigned char *)gzip->input;
    gzip->stream.avail_in = (unsigned)got;
    gzip->in += got;
    return MLT_OK;
}

/* At a member's end: another one begins, or the data end. */
static mlt_status next_member(mlt__gzip *gzip, mlt_error *err) {
    if (gzip->stream.avail_in == 0)
        MLT_TRY(refill(gzip, err));
    gzip->ended = gzip->stream.avail_in == 0;
    if (gzip->ended)
        return MLT_OK;
    if (*gzip->stream.next_in != 0x1f || inflateReset(&gzip->stream) != Z_OK)
        return mlt__raise(
            err, MLT_E_DATA,
            "%s: there are other bytes after the end of the gzip data; remove them or copy the file again",
            gzip->name);
    return MLT_OK;
}

mlt_status mlt__gzip_read(mlt__gzip *gzip, char *buffer, size_t size, size_t *got, mlt_error *err) {
    z_stream *stream = &gzip->stream;
    *got = 0;
    while (*got < size && !gzip->ended) {
        if (stream->avail_in == 0) {
            MLT_TRY(refill(gzip, err));
            if (stream->avail_in == 0)
                return mlt__raise(
                    err, MLT_E_DATA,
                    "%s: the gzip data end too early: the file is cut off; copy or download it again",
                    gzip->name);
        }
        size_t room = size - *got;
        stream->next_out = (unsigned char *)buffer + *got;
        stream->avail_out = room > 1 << 30 ? 1 << 30 : (unsigned)room;
        unsigned before = stream->avail_out;
        int result = inflate(stream, Z_NO_FLUSH);
        *got += before - stream->avail_out;
        gzip->out += before - stream->avail_out;
        if (result == Z_STREAM_END)
            MLT_TRY(next_member(gzip, err));
        else if (result == Z_MEM_ERROR)
            return mlt__raise_nomem(err, INPUT_BYTES);
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return mlt__raise(err, MLT_E_DATA,
                              "%s: the gzip data are damaged (%s); copy or download the file again",
                              gzip->name, stream->msg ? stream->msg : "they need a dictionary");
        if (gzip->out > suspicious_bytes && gzip->out / SUSPICIOUS_RATIO > gzip->in)
            return mlt__raise(
                err, MLT_E_LIMIT,
                "%s: the gzip data expand more than %d times, like a bomb; if the file is meant so, "
                "decompress it first",
                gzip->name, SUSPICIOUS_RATIO);
    }
    return MLT_OK;
}

void mlt__gzip_free(mlt__gzip *gzip) {
    if (gzip)
        inflateEnd(&gzip->stream);
    free(gzip);
}
