/** Reference results: gzipped JSON documents in tests/fixtures. */
#ifndef MLT_TESTS_FIXTURE_JSON_H
#define MLT_TESTS_FIXTURE_JSON_H

#include "support.h"

#include <jansson.h>
#include <stdlib.h>
#include <zlib.h>

/** The document; the test fails if there is none. */
static inline json_t *load_gzipped_json(const char *path) {
    gzFile file = gzopen(path, "rb");
    assert_non_null(file);
    size_t size = 0, capacity = 1 << 20;
    char *text = malloc(capacity);
    for (int n; (n = gzread(file, text + size, (unsigned)(capacity - size))) > 0;) {
        size += (size_t)n;
        if (size == capacity)
            text = realloc(text, capacity *= 2);
    }
    gzclose(file);
    json_error_t error;
    json_t *json = json_loadb(text, size, 0, &error);
    free(text);
    if (!json)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return json;
}

#endif
