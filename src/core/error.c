/* Errors, notes and progress: how the library speaks to its caller. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

mlt_status mlt__raise(mlt_error *err, mlt_status status, const char *format, ...) {
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
        err->status = status;
    }
    return status;
}

mlt_status mlt__raise_nomem(mlt_error *err, size_t bytes) {
    return mlt__raise(err, MLT_E_NOMEM,
                      "out of memory: %zu bytes more were needed; use fewer rows, columns or trees", bytes);
}

void mlt__note(const mlt_context *ctx, const char *format, ...) {
    if (!ctx || !ctx->note)
        return;
    char line[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    ctx->note(ctx->user, line);
}

bool mlt__progress(const mlt_context *ctx, const char *what, size_t done, size_t total) {
    return !ctx || !ctx->progress || ctx->progress(ctx->user, what, done, total);
}

size_t mlt__utf8_length(const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
        (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return length;
}

const char *mlt__printable(char *buffer, size_t size, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    size_t used = 0;
    while (*s) {
        size_t length = mlt__utf8_length((const char *)s);
        /* C1 controls (U+0080 to U+009F) drive some terminals as ESC does. */
        bool control = *s < 0x20 || *s == 0x7F || (length == 2 && s[0] == 0xC2 && s[1] < 0xA0);
        char escaped[12];
        size_t wanted = length;
        if (length == 0 || control) {
            wanted = (size_t)snprintf(escaped, sizeof escaped, "\\x%02X", (unsigned)*s);
            length = 1;
        }
        if (used + wanted + 4 > size) {
            memcpy(buffer + used, "...", 3);
            used += 3;
            break;
        }
        memcpy(buffer + used, (control || wanted != length) ? (const void *)escaped : (const void *)s,
               wanted);
        used += wanted;
        s += length;
    }
    buffer[used] = '\0';
    return buffer;
}
