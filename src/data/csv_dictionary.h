/** The distinct texts of a column, numbered as they come. */
#ifndef MLT_DATA_CSV_DICTIONARY_H
#define MLT_DATA_CSV_DICTIONARY_H

#include <stdint.h>

#include "mltool/status.h"

typedef struct mlt_csv__dictionary mlt_csv__dictionary;

/** NULL when memory is short. */
mlt_csv__dictionary *mlt_csv__dictionary_new(void);
/** The code of `text`, a new one if it was not there.
 *  @return −1 when memory is short or all codes are used up */
int32_t mlt_csv__dictionary_add(mlt_csv__dictionary *dictionary, const char *text, size_t length);
size_t mlt_csv__dictionary_size(const mlt_csv__dictionary *dictionary);
/** The text with this code. Borrowed, valid until something is added; not NUL-terminated. */
const char *mlt_csv__dictionary_text(const mlt_csv__dictionary *dictionary, size_t code, size_t *length);
/** Accepts NULL. */
void mlt_csv__dictionary_free(mlt_csv__dictionary *dictionary);

#endif
