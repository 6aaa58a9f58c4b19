/* Reading degrees of polynomials. */
#include "core/degrees.h"

#include <stdlib.h>
#include <string.h>

/* The name in double quotes that `*text` begins with; two of them are one. False if it does not end. */
static bool quoted_name(char *out, const char **text) {
    const char *from = *text + 1;
    for (; *from && (*from != '"' || from[1] == '"'); from++) {
        from += *from == '"';
        *out++ = *from;
    }
    *out = '\0';
    *text = from + 1;
    return *from == '"';
}

/* The name before the last colon of the item; `*text` stays where it is if there is none. */
static void plain_name(char *out, const char **text) {
    size_t length = strcspn(*text, ",");
    const char *colon = memrchr(*text, ':', length);
    if (!colon)
        return;
    memcpy(out, *text, (size_t)(colon - *text));
    out[colon - *text] = '\0';
    *text = colon;
}

bool mlt__degrees_next(mlt__degree *out, const char **text) {
    const char *at = *text;
    *out = (mlt__degree){0};
    if (strlen(at) >= sizeof out->column)
        return false;
    if (*at != '"')
        plain_name(out->column, &at);
    else if (!quoted_name(out->column, &at))
        return false;
    if (at != *text && (!out->column[0] || *at++ != ':'))
        return false;
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > 3 || (at[digits] && at[digits] != ','))
        return false;
    out->degree = (int)strtol(at, NULL, 10);
    at += digits;
    if (*at == ',' && !*++at)
        return false; /* nothing behind a comma */
    *text = at;
    return out->degree >= 1 && out->degree <= MLT_MAX_DEGREE;
}
