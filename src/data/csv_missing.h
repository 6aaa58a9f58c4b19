/** Which texts mean that a value is missing. */
#ifndef MLT_DATA_CSV_MISSING_H
#define MLT_DATA_CSV_MISSING_H

#include <string.h>

#include "mltool/frame.h"

/** The empty text and a list. */
typedef struct mlt_csv__missing {
    const char *const *texts; /**< borrowed */
    size_t n;
    size_t longest;
    bool may_begin[256]; /**< a text of the list begins so */
    bool numeric;        /**< a text of the list is a number: even numbers have to be compared */
} mlt_csv__missing;

/** The options' list, or the default one: pandas' and "?". */
void mlt_csv__missing_init(mlt_csv__missing *missing, const mlt_csv_options *options);

static inline bool mlt_csv__is_missing(const mlt_csv__missing *missing, const char *text, size_t length) {
    if (length == 0)
        return true;
    if (length > missing->longest || !missing->may_begin[(unsigned char)*text])
        return false;
    for (size_t i = 0; i < missing->n; i++) {
        const char *known = missing->texts[i];
        if (*known == *text && strncmp(known, text, length) == 0 && known[length] == '\0')
            return true;
    }
    return false;
}

#endif
