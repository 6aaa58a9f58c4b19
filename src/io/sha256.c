/* SHA-256 by nettle. */
#include "io/sha256.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

void mlt__sha256(char digits[MLT__SHA256_DIGITS], const struct iovec *parts, size_t n_parts) {
    struct sha256_ctx context;
    sha256_init(&context);
    for (size_t i = 0; i < n_parts; i++)
        sha256_update(&context, parts[i].iov_len, parts[i].iov_base);
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&context, sizeof digest, digest);
    base16_encode_update(digits, sizeof digest, digest);
}
