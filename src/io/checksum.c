/* The fast checksum, by xxHash. */
#include "io/checksum.h"

#include "core/error.h"
#include "core/memory.h"

#include <nettle/base16.h>
#include <stdlib.h>
#include <xxhash.h>

void mlt__checksum(unsigned char out[MLT__CHECKSUM_BYTES], const void *bytes, size_t size) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, size));
    for (size_t i = 0; i < MLT__CHECKSUM_BYTES; i++)
        out[i] = canonical.digest[i];
}

void mlt__checksum_of_pieces(char digits[MLT__CHECKSUM_DIGITS], const unsigned char *pieces,
                             size_t n_pieces) {
    unsigned char checksum[MLT__CHECKSUM_BYTES];
    mlt__checksum(checksum, pieces, n_pieces * MLT__CHECKSUM_BYTES);
    base16_encode_update(digits, sizeof checksum, checksum);
}

/* Add the checksums of whole pieces, or of the last one; `filled` bytes of the present one are in `state`. */
static void end_piece(unsigned char **at, XXH3_state_t *state, size_t *filled) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    for (size_t i = 0; i < MLT__CHECKSUM_BYTES; i++)
        *(*at)++ = canonical.digest[i];
    XXH3_128bits_reset(state);
    *filled = 0;
}

static unsigned char *add_parts(unsigned char *at, XXH3_state_t *state, const struct iovec *parts,
                                size_t n_parts) {
    size_t filled = 0;
    XXH3_128bits_reset(state);
    for (size_t i = 0; i < n_parts; i++) {
        const unsigned char *bytes = parts[i].iov_base;
        for (size_t left = parts[i].iov_len; left > 0;) {
            size_t room = MLT__CHECKSUM_PIECE - filled, size = left < room ? left : room;
            XXH3_128bits_update(state, bytes, size);
            bytes += size;
            left -= size;
            filled += size;
            if (filled == MLT__CHECKSUM_PIECE)
                end_piece(&at, state, &filled);
        }
    }
    if (filled > 0)
        end_piece(&at, state, &filled);
    return at;
}

mlt_status mlt__checksum_of_parts(char digits[MLT__CHECKSUM_DIGITS], const struct iovec *parts,
                                  size_t n_parts, mlt_error *err) {
    size_t total = 0;
    for (size_t i = 0; i < n_parts; i++)
        total += parts[i].iov_len;
    unsigned char *pieces;
    MLT_ALLOC(pieces, (total / MLT__CHECKSUM_PIECE + 1) * MLT__CHECKSUM_BYTES, err);
    XXH3_state_t *state = XXH3_createState();
    if (state) {
        unsigned char *end = add_parts(pieces, state, parts, n_parts);
        mlt__checksum_of_pieces(digits, pieces, (size_t)(end - pieces) / MLT__CHECKSUM_BYTES);
    }
    bool done = state != NULL;
    XXH3_freeState(state);
    free(pieces);
    return done ? MLT_OK : mlt__raise_nomem(err, sizeof *pieces);
}
