/** Text for people: escaping, numbers, and a text that grows. */
#ifndef MLT_REPORT_TEXT_H
#define MLT_REPORT_TEXT_H

#include "mltool/report.h"

enum { MLT__DEFAULT_DIGITS = 5, MLT__PAGE_WIDTH = 80 };

/** The next piece of `*text` (not at its end): a run of printable ASCII, or one other character. Moves
 * `*text` past it. `*plain` is false for a character outside ASCII, a control character and a byte that is
 * not UTF-8.
 *  @return the piece; `*length` bytes */
const char *mlt__text_next(const char **text, size_t *length, bool *plain);

/** The piece (not plain) as it may be shown on a terminal: itself, or \xNN for each byte. Returns `buffer`.
 */
const char *mlt__text_shown(char buffer[32], const char *piece, size_t length);

/** Columns that `length` bytes of valid UTF-8 take: one a character. */
size_t mlt__text_columns(const char *text, size_t length);

/** `value` with `digits` significant digits, whatever the locale; "not defined" for NaN. Returns `buffer`. */
char *mlt__text_number(char buffer[64], double value, int digits);

/** A text that grows; the first failure sticks. Begin with all zero, end with free(text.s). */
typedef struct mlt__text {
    char *s; /**< NULL while empty */
    size_t n, capacity;
    bool failed;
} mlt__text;

void mlt__text_add(mlt__text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Add `name`, escaped as mlt_report_text does. */
void mlt__text_add_name(mlt__text *text, const char *name);
/** Add "1 row" or "2 rows": the noun takes an s. */
void mlt__text_add_count(mlt__text *text, size_t n, const char *noun);

#endif
