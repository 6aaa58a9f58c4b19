/* Reading JSON into jansson's values. Jansson's own reader (2.14) writes beyond its buffer where memory runs
 * out in the middle of a string, and a model file may be read when there is little. */
#include "core/error.h"
#include "core/memory.h"
#include "io/json_text.h"
#include "mltool/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const char *at, *end;
    const char *wrong; /* what is wrong at `at`; NULL while nothing is, and when memory is short */
} reader;

static json_t *read_value(reader *r, int depth);

/* Note what is wrong here. Returns NULL, as the failed value. */
static void *wrong(reader *r, const char *what) {
    r->wrong = what;
    return NULL;
}

static void skip_blanks(reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

/* Take `c`, if it comes next. */
static bool take(reader *r, char c) {
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Four hexadecimal digits, or −1. */
static long read_hex(const char *digits, const char *end) {
    long value = 0;
    for (int i = 0; i < 4; i++) {
        if (digits + i >= end)
            return -1;
        char c = digits[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = 16 * value + digit;
    }
    return value;
}

static char *put_utf8(char *out, unsigned long c) {
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *out++ = (char)(0xE0 | c >> 12);
        } else {
            *out++ = (char)(0xF0 | c >> 18);
            *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

/* The character behind "\u", which may take a second escape; moves `at` past it. Returns `out` moved on, or
 * NULL. */
static char *read_unicode(reader *r, const char *end, char *out) {
    long high = read_hex(r->at, end), low;
    if (high <= 0 || (high >= 0xDC00 && high < 0xE000))
        return wrong(r, "an escape that stands for no character");
    r->at += 4;
    if (high < 0xD800 || high >= 0xE000)
        return put_utf8(out, (unsigned long)high);
    if (end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u' || (low = read_hex(r->at + 2, end)) < 0xDC00 ||
        low >= 0xE000)
        return wrong(r, "half of a surrogate pair");
    r->at += 6;
    return put_utf8(out, 0x10000 + ((unsigned long)(high - 0xD800) << 10 | (unsigned long)(low - 0xDC00)));
}

/* One escape, `at` standing behind its backslash. Returns `out` moved on, or NULL. */
static char *read_escape(reader *r, const char *end, char *out) {
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *which = r->at < end ? memchr(escapes, *r->at, sizeof escapes - 1) : NULL;
    if (which) {
        *out = meanings[which - escapes];
        r->at++;
        return out + 1;
    }
    if (r->at < end && *r->at == 'u') {
        r->at++;
        return read_unicode(r, end, out);
    }
    return wrong(r, "an escape that JSON does not have");
}

/* Where the string that goes on at `at` ends: at its closing quote; NULL if there is none. */
static const char *find_quote(const reader *r) {
    for (const char *c = r->at; c < r->end; c++) {
        if (*c == '"')
            return c;
        if (*c == '\\' && ++c == r->end)
            break;
    }
    return NULL;
}

/* A string, `at` standing at its opening quote; malloc'ed, with a NUL. NULL if it is wrong or memory is
 * short. */
static char *read_text(reader *r, size_t *length) {
    if (!take(r, '"'))
        return wrong(r, "a string is expected");
    const char *end = find_quote(r);
    if (!end)
        return wrong(r, "a string that does not end");
    /* No escape is shorter than what it stands for. */
    char *text = mlt__alloc((size_t)(end - r->at) + 1, 1);
    if (!text)
        return NULL;
    char *out = text;
    while (out && r->at < end) {
        /* The closing quote stops the check before the end of the document. */
        size_t bytes = mlt__utf8_length(r->at);
        if (*r->at == '\\') {
            r->at++;
            out = read_escape(r, end, out);
        } else if (bytes == 0 || (unsigned char)*r->at < 0x20) {
            out = wrong(r, "a byte that may not stand in a string");
        } else {
            memcpy(out, r->at, bytes);
            out += bytes;
            r->at += bytes;
        }
    }
    if (!out) {
        free(text);
        return NULL;
    }
    r->at++;
    *out = '\0';
    *length = (size_t)(out - text);
    return text;
}

static json_t *read_string(reader *r) {
    size_t length;
    char *text = read_text(r, &length);
    json_t *string = text ? json_stringn_nocheck(text, length) : NULL;
    free(text);
    return string;
}

/* Pass over digits; false if there is none. */
static bool skip_digits(reader *r) {
    const char *first = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > first;
}

static json_t *read_number(reader *r) {
    const char *first = r->at;
    bool negative = take(r, '-'), whole = true;
    if (!take(r, '0') && !skip_digits(r))
        return wrong(r, "a value is expected");
    if (take(r, '.')) {
        whole = false;
        if (!skip_digits(r))
            return wrong(r, "a digit is expected");
    }
    if (take(r, 'e') || take(r, 'E')) {
        whole = false;
        if (!take(r, '-'))
            take(r, '+');
        if (!skip_digits(r))
            return wrong(r, "a digit is expected");
    }
    if (!whole) {
        double value;
        if (!mlt_parse_double(&value, first, (size_t)(r->at - first)) || isinf(value))
            return wrong(r, "a number that is too large");
        return json_real(value);
    }
    /* Negative, since there is one more of these. */
    json_int_t value = 0;
    for (const char *c = first + negative; c < r->at; c++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, *c - '0', &value))
            return wrong(r, "a number that is too large");
    if (!negative && __builtin_sub_overflow(0, value, &value))
        return wrong(r, "a number that is too large");
    return json_integer(value);
}

static json_t *read_array(reader *r, int depth) {
    json_t *array = json_array();
    skip_blanks(r);
    if (!array || take(r, ']'))
        return array;
    do {
        if (json_array_append_new(array, read_value(r, depth)) != 0)
            goto failed;
    } while (take(r, ','));
    if (take(r, ']'))
        return array;
    wrong(r, "a comma or ] is expected");
failed:
    json_decref(array);
    return NULL;
}

/* One member of an object. */
static bool read_member(reader *r, json_t *object, int depth) {
    skip_blanks(r);
    const char *first = r->at;
    size_t length;
    char *key = read_text(r, &length);
    bool done = false;
    skip_blanks(r);
    if (key && json_object_get(object, key)) {
        r->at = first;
        wrong(r, "a key for the second time");
    } else if (key && !take(r, ':')) {
        wrong(r, "a colon is expected");
    } else if (key) {
        done = json_object_set_new_nocheck(object, key, read_value(r, depth)) == 0;
    }
    free(key);
    return done;
}

static json_t *read_object(reader *r, int depth) {
    json_t *object = json_object();
    skip_blanks(r);
    if (!object || take(r, '}'))
        return object;
    do {
        if (!read_member(r, object, depth))
            goto failed;
    } while (take(r, ','));
    if (take(r, '}'))
        return object;
    wrong(r, "a comma or } is expected");
failed:
    json_decref(object);
    return NULL;
}

static bool take_word(reader *r, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

/* A value with the blanks around it; NULL if it is wrong or memory is short. `depth` more levels may follow.
 */
static json_t *read_value(reader *r, int depth) {
    json_t *value;
    skip_blanks(r);
    if (depth == 0)
        return wrong(r, "nested too deep");
    if (take(r, '{'))
        value = read_object(r, depth - 1);
    else if (take(r, '['))
        value = read_array(r, depth - 1);
    else if (r->at < r->end && *r->at == '"')
        value = read_string(r);
    else if (take_word(r, "true"))
        value = json_true();
    else if (take_word(r, "false"))
        value = json_false();
    else if (take_word(r, "null"))
        value = json_null();
    else
        value = read_number(r);
    if (value)
        skip_blanks(r);
    return value;
}

mlt_status mlt__json_parse(json_t **out, const char *text, size_t length, const char *what, mlt_error *err) {
    reader r = {.at = text, .end = text + length};
    *out = read_value(&r, MLT__JSON_DEPTH);
    if (*out && r.at == r.end)
        return MLT_OK;
    if (!*out && !r.wrong)
        return mlt__json_raise_nomem(err);
    json_decref(*out);
    *out = NULL;
    return mlt__raise(err, MLT_E_MODEL, "%s is not valid JSON (byte %zu: %s); fit the model again", what,
                      (size_t)(r.at - text), r.wrong ? r.wrong : "more than one value");
}
