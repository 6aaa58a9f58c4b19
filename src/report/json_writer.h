/** A JSON document written as it goes: nothing is held in memory, reals come out in their shortest round-trip
 * form, keys in the order they are written. */
#ifndef MLT_REPORT_JSON_WRITER_H
#define MLT_REPORT_JSON_WRITER_H

#include "mltool/report.h"

#include <jansson.h>

typedef struct mlt__json {
    FILE *out;
    bool comma; /**< a value precedes in this object or array */
} mlt__json;

/* `key` is NULL for an element of an array and for the document itself. */
void mlt__put_open(mlt__json *json, const char *key, char bracket);
/** `bracket`: '}' or ']'. */
void mlt__put_close(mlt__json *json, char bracket);
/** A string: control characters escaped, bytes that are not UTF-8 as the text \xNN. NULL gives null. */
void mlt__put_text(mlt__json *json, const char *key, const char *text);
/** NaN and infinities give null. A whole number keeps a point, so that readers see a real. */
void mlt__put_real(mlt__json *json, const char *key, double value);
void mlt__put_count(mlt__json *json, const char *key, uint64_t value);
void mlt__put_int(mlt__json *json, const char *key, int64_t value);
void mlt__put_bool(mlt__json *json, const char *key, bool value);
void mlt__put_null(mlt__json *json, const char *key);
/** `text` is a JSON document, written again in this writer's form; NULL gives null.
 *  @return MLT_OK, MLT_E_MODEL (it is not valid), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__put_document(mlt__json *json, const char *key, const char *text,
                                            mlt_error *err);

#endif
