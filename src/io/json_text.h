/** JSON in and out of memory, with the library's errors; and texts in JSON that may be any bytes. */
#ifndef MLT_IO_JSON_TEXT_H
#define MLT_IO_JSON_TEXT_H

#include "mltool/status.h"

#include <jansson.h>

enum { MLT__JSON_DEPTH = 64 };

/** Parse a JSON document (RFC 8259), strictly: duplicate keys, \u0000, numbers that overflow and nesting
 * deeper than MLT__JSON_DEPTH are refused.
 *  @param what  names the text in messages
 *  @return MLT_OK, MLT_E_MODEL, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__json_parse(json_t **out, const char *text, size_t length, const char *what,
                                          mlt_error *err);
/** The shortest form of an object or array, without blanks; keys in their order, reals with 17 digits.
 * malloc'ed. `json` NULL (it could not be built) is out of memory. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__json_print(char **out, const json_t *json, mlt_error *err);

/** Raise MLT_E_NOMEM where JSON could not be built. */
mlt_status mlt__json_raise_nomem(mlt_error *err) __attribute__((cold));

/** Any text as JSON: a string if it is UTF-8, else {"base16": "..."} with its bytes; NULL gives null.
 *  NULL when memory is short. */
json_t *mlt__json_from_text(const char *text);
/** The other way; null (or an absent key) gives NULL in `*out`, which is malloc'ed otherwise.
 *  @return MLT_OK, MLT_E_MODEL, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__json_to_text(char **out, const json_t *json, const char *what, mlt_error *err);

#endif
