/* Text for people: what a terminal may be sent, and numbers as they are read. */
#include "report/text.h"

#include "core/error.h"
#include "core/memory.h"

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *mlt__text_next(const char **text, size_t *length, bool *plain) {
    const char *piece = *text;
    const unsigned char *s = (const unsigned char *)piece;
    size_t n = 0;
    while (s[n] >= 0x20 && s[n] < 0x7F)
        n++;
    *plain = n > 0;
    if (!*plain)
        n = mlt__utf8_length(piece) ? mlt__utf8_length(piece) : 1;
    *length = n;
    *text += n;
    return piece;
}

const char *mlt__text_shown(char buffer[32], const char *piece, size_t length) {
    char alone[5] = "";
    memcpy(alone, piece, length);
    return mlt__printable(buffer, 32, alone);
}

void mlt_report_text(FILE *out, const char *text) {
    while (*text) {
        char buffer[32];
        size_t length;
        bool plain;
        const char *piece = mlt__text_next(&text, &length, &plain);
        if (plain)
            fwrite(piece, 1, length, out);
        else
            fputs(mlt__text_shown(buffer, piece, length), out);
    }
}

size_t mlt__text_columns(const char *text, size_t length) {
    size_t columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return columns;
}

void mlt_report_wrapped(FILE *out, const char *text, size_t indent) {
    size_t column = indent;
    while (*text) {
        size_t length = strcspn(text, " ");
        size_t width = mlt__text_columns(text, length);
        if (column > indent && column + 1 + width > MLT__PAGE_WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, length, out);
        column += width;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* printf writes the locale's decimal point; reports have one form everywhere. */
static void set_point(char *text) {
    const char *point = localeconv()->decimal_point;
    char *at = strstr(text, point);
    if (!at || !*point)
        return;
    *at = '.';
    memmove(at + 1, at + strlen(point), strlen(at + strlen(point)) + 1);
}

char *mlt__text_number(char buffer[64], double value, int digits) {
    double size = fabs(value);
    if (isnan(value)) {
        strcpy(buffer, "not defined");
    } else if (value == 0) {
        strcpy(buffer, "0");
    } else if (size >= pow(10, digits) - 0.5 && size < 1e15) {
        snprintf(buffer, 64, "%.0f", value);
    } else {
        snprintf(buffer, 64, "%#.*g", digits, value);
        set_point(buffer);
        /* A point that nothing follows says nothing. */
        char *point = strchr(buffer, '.');
        if (point && (point[1] == '\0' || point[1] == 'e'))
            memmove(point, point + 1, strlen(point));
    }
    return buffer;
}

/* Make room for `more` bytes and a final NUL. */
static bool reserve(mlt__text *text, size_t more) {
    if (text->failed)
        return false;
    if (text->capacity - text->n > more)
        return true;
    size_t capacity = (text->n + more + 1) * 2;
    char *s = mlt__realloc(text->s, capacity, 1);
    if (!s) {
        text->failed = true;
        return false;
    }
    text->s = s;
    text->capacity = capacity;
    return true;
}

void mlt__text_add(mlt__text *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        text->failed = true;
    else if (reserve(text, (size_t)length)) {
        vsnprintf(text->s + text->n, (size_t)length + 1, format, again);
        text->n += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

void mlt__text_add_name(mlt__text *text, const char *name) {
    while (*name) {
        char buffer[32];
        size_t length;
        bool plain;
        const char *piece = mlt__text_next(&name, &length, &plain);
        if (!plain) {
            piece = mlt__text_shown(buffer, piece, length);
            length = strlen(piece);
        }
        if (!reserve(text, length))
            return;
        memcpy(text->s + text->n, piece, length);
        text->n += length;
        text->s[text->n] = '\0';
    }
}

void mlt__text_add_count(mlt__text *text, size_t n, const char *noun) {
    mlt__text_add(text, "%zu %s%s", n, noun, n == 1 ? "" : "s");
}
