/** The checksum that is verified whenever a model file is read: XXH3 (128 bits, by xxHash), which runs as
 * fast as memory is read. It is taken in pieces, so that threads can share the work: the checksum of all is
 * that of the pieces' checksums, one behind the other. */
#ifndef MLT_IO_CHECKSUM_H
#define MLT_IO_CHECKSUM_H

#include "mltool/status.h"

#include <sys/uio.h>

enum {
    MLT__CHECKSUM_PIECE = 1 << 20, /**< bytes; the last piece may be shorter */
    MLT__CHECKSUM_BYTES = 16,
    MLT__CHECKSUM_DIGITS = 2 * MLT__CHECKSUM_BYTES,
};

/** The checksum of some bytes, big-endian as xxHash's canonical form. */
void mlt__checksum(unsigned char out[MLT__CHECKSUM_BYTES], const void *bytes, size_t size);
/** The checksum of pieces' checksums as lower-case hexadecimal digits without a NUL.
 *  @param pieces  n_pieces × MLT__CHECKSUM_BYTES */
void mlt__checksum_of_pieces(char digits[MLT__CHECKSUM_DIGITS], const unsigned char *pieces, size_t n_pieces);
/** The same for all bytes of `parts`, one after the other. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__checksum_of_parts(char digits[MLT__CHECKSUM_DIGITS], const struct iovec *parts,
                                                 size_t n_parts, mlt_error *err);

#endif
