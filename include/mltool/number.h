/** Numbers from and to text: correctly rounded, round-trip, independent of the locale. */
#ifndef MLTOOL_NUMBER_H
#define MLTOOL_NUMBER_H

#include "mltool/status.h"

/** The number `text` (length bytes) is, correctly rounded and independent of the locale: an optional sign,
 * digits with at most one point, an optional exponent; nothing else around it.
 *  @return false if it is not such a number; ±inf on overflow */
bool mlt_parse_double(double *out, const char *text, size_t length);
/** The shortest decimal text that reads back as `value` ("0.1", "1e+300", "nan", "inf"); at most 32 bytes.
 *  Returns `buffer`. */
char *mlt_format_double(char buffer[32], double value);

#endif
