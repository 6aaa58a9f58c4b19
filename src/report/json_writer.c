/* Writing JSON (RFC 8259). */
#include "report/json_writer.h"

#include "core/error.h"
#include "io/json_text.h"
#include "report/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A piece that is no printable ASCII: control characters become \u00NN, other characters stay, stray bytes
 * become the text \xNN, whose backslash JSON wants doubled. */
static void put_special(FILE *out, const char *piece, size_t length) {
    unsigned char first = (unsigned char)piece[0];
    if (length == 1 && (first < 0x20 || first == 0x7F)) {
        fprintf(out, "\\u%04x", first);
    } else if (length == 2 && first == 0xC2 && (unsigned char)piece[1] < 0xA0) {
        fprintf(out, "\\u%04x", (unsigned char)piece[1]);
    } else {
        char buffer[32];
        for (const char *c = mlt__text_shown(buffer, piece, length); *c; c++) {
            if (*c == '\\')
                fputc('\\', out);
            fputc(*c, out);
        }
    }
}

static void put_string(FILE *out, const char *text) {
    fputc('"', out);
    while (*text) {
        size_t length;
        bool plain;
        const char *piece = mlt__text_next(&text, &length, &plain);
        if (!plain) {
            put_special(out, piece, length);
            continue;
        }
        for (size_t i = 0; i < length; i++) {
            if (piece[i] == '"' || piece[i] == '\\')
                fputc('\\', out);
            fputc(piece[i], out);
        }
    }
    fputc('"', out);
}

/* The comma and the key before a value. */
static void begin_value(mlt__json *json, const char *key) {
    if (json->comma)
        fputc(',', json->out);
    json->comma = true;
    if (key) {
        put_string(json->out, key);
        fputc(':', json->out);
    }
}

void mlt__put_open(mlt__json *json, const char *key, char bracket) {
    begin_value(json, key);
    fputc(bracket, json->out);
    json->comma = false;
}

void mlt__put_close(mlt__json *json, char bracket) {
    fputc(bracket, json->out);
    json->comma = true;
}

void mlt__put_text(mlt__json *json, const char *key, const char *text) {
    if (!text) {
        mlt__put_null(json, key);
        return;
    }
    begin_value(json, key);
    put_string(json->out, text);
}

void mlt__put_real(mlt__json *json, const char *key, double value) {
    if (!isfinite(value)) {
        mlt__put_null(json, key);
        return;
    }
    begin_value(json, key);
    char buffer[32];
    fputs(mlt_format_double(buffer, value), json->out);
    if (!strpbrk(buffer, ".e"))
        fputs(".0", json->out);
}

void mlt__put_count(mlt__json *json, const char *key, uint64_t value) {
    begin_value(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

void mlt__put_int(mlt__json *json, const char *key, int64_t value) {
    begin_value(json, key);
    fprintf(json->out, "%" PRId64, value);
}

void mlt__put_bool(mlt__json *json, const char *key, bool value) {
    begin_value(json, key);
    fputs(value ? "true" : "false", json->out);
}

void mlt__put_null(mlt__json *json, const char *key) {
    begin_value(json, key);
    fputs("null", json->out);
}

/* The parser refuses deep nesting, which bounds the recursion. */
static void put_value(mlt__json *json, const char *key, const json_t *value) {
    const char *name;
    json_t *child;
    size_t i;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        mlt__put_open(json, key, '{');
        json_object_foreach((json_t *)(uintptr_t)value, name, child) put_value(json, name, child);
        mlt__put_close(json, '}');
        break;
    case JSON_ARRAY:
        mlt__put_open(json, key, '[');
        json_array_foreach(value, i, child) put_value(json, NULL, child);
        mlt__put_close(json, ']');
        break;
    case JSON_STRING:
        mlt__put_text(json, key, json_string_value(value));
        break;
    case JSON_INTEGER:
        mlt__put_int(json, key, json_integer_value(value));
        break;
    case JSON_REAL:
        mlt__put_real(json, key, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        mlt__put_bool(json, key, json_is_true(value));
        break;
    case JSON_NULL:
        mlt__put_null(json, key);
        break;
    }
}

mlt_status mlt__put_document(mlt__json *json, const char *key, const char *text, mlt_error *err) {
    if (!text) {
        mlt__put_null(json, key);
        return MLT_OK;
    }
    json_t *document;
    MLT_TRY(mlt__json_parse(&document, text, strlen(text), "the recipe", err));
    put_value(json, key, document);
    json_decref(document);
    return MLT_OK;
}
