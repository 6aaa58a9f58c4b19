/** SHA-256 as text. */
#ifndef MLT_IO_SHA256_H
#define MLT_IO_SHA256_H

#include <stddef.h>
#include <sys/uio.h>

enum { MLT__SHA256_DIGITS = 64 };

/** The digest of all parts, one after the other, as lower-case hexadecimal digits without a NUL. */
void mlt__sha256(char digits[MLT__SHA256_DIGITS], const struct iovec *parts, size_t n_parts);

#endif
