/* Writing JSON, and texts in JSON. */
#include "io/json_text.h"

#include "core/error.h"
#include "core/memory.h"

#include <nettle/base16.h>
#include <stdlib.h>
#include <string.h>

mlt_status mlt__json_raise_nomem(mlt_error *err) {
    return mlt__raise(err, MLT_E_NOMEM, "out of memory for the description of a model; free some memory");
}

/* Into a buffer of the right size: where jansson's own buffer cannot grow, json_dumps leaves keys out in
 * silence. */
mlt_status mlt__json_print(char **out, const json_t *json, mlt_error *err) {
    size_t length = json ? json_dumpb(json, NULL, 0, JSON_COMPACT) : 0;
    char *text = length ? mlt__alloc(length + 1, 1) : NULL;
    if (!text || json_dumpb(json, text, length, JSON_COMPACT) != length) {
        free(text);
        return mlt__json_raise_nomem(err);
    }
    text[length] = '\0';
    *out = text;
    return MLT_OK;
}

static bool is_utf8(const char *text) {
    for (size_t length; *text; text += length)
        if ((length = mlt__utf8_length(text)) == 0)
            return false;
    return true;
}

json_t *mlt__json_from_text(const char *text) {
    if (!text)
        return json_null();
    if (is_utf8(text))
        return json_string(text);
    size_t length = strlen(text);
    char *digits = mlt__alloc(length, 2);
    if (!digits)
        return NULL;
    base16_encode_update(digits, length, (const uint8_t *)text);
    json_t *json = json_pack("{s:s%}", "base16", digits, 2 * length);
    free(digits);
    return json;
}

mlt_status mlt__json_to_text(char **out, const json_t *json, const char *what, mlt_error *err) {
    *out = NULL;
    if (!json || json_is_null(json))
        return MLT_OK;
    const json_t *digits = json_object_get(json, "base16");
    const char *text = json_string_value(digits ? digits : json);
    if (!text || (digits && json_object_size(json) != 1))
        return mlt__raise(err, MLT_E_MODEL, "%s is not a text; fit the model again", what);
    size_t length = json_string_length(digits ? digits : json);
    char *copy = mlt__strndup(text, length);
    if (!copy)
        return mlt__raise_nomem(err, length + 1);
    if (digits) {
        struct base16_decode_ctx decoder;
        base16_decode_init(&decoder);
        bool valid = base16_decode_update(&decoder, &length, (uint8_t *)copy, length, text) &&
                     base16_decode_final(&decoder) && !memchr(copy, '\0', length);
        if (!valid) {
            free(copy);
            return mlt__raise(
                err, MLT_E_MODEL,
                "%s: its bytes are not written as pairs of hexadecimal digits; fit the model again", what);
        }
        copy[length] = '\0';
    }
    *out = copy;
    return MLT_OK;
}
