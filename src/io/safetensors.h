/** The container: mlt_tensors and string metadata as a safetensors file. docs/model-file.md is its
 * description. */
#ifndef MLT_IO_SAFETENSORS_H
#define MLT_IO_SAFETENSORS_H

#include "io/byte_source.h"
#include "io/checksum.h"
#include "io/sha256.h"
#include "mltool/tensors.h"

#include <jansson.h>

enum {
    MLT__HEADER_LIMIT = 64 << 20, /**< bytes of JSON: a million columns fit */
    MLT__NAME_LIMIT = 255,        /**< bytes of a tensor's name */
};

/* Every model file begins, behind the 8 bytes of the header's length, with this text, and 64 digits follow
 * it. So a file is recognised, and its header checked, before anything is parsed. */
#define MLT__MODEL_FORMAT "1"
#define MLT__MAGIC "{\"__metadata__\":{\"format\":\"mltool\",\"format_version\":\""
#define MLT__PREFIX MLT__MAGIC MLT__MODEL_FORMAT "\",\"header_sha256\":\""

/** Write a file (mlt__file_replace). The same input gives the same bytes.
 *  @param t         names: not empty, unique, no control characters, at most MLT__NAME_LIMIT bytes
 *  @param metadata  an object of strings, borrowed; format, format_version and the digests are added
 *  @param[out] size bytes written; may be NULL
 *  @return MLT_OK, MLT_E_IO, MLT_E_NOMEM, MLT_E_LIMIT (the header would be too long), MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__safetensors_write(const char *path, const mlt_tensors *t, json_t *metadata,
                                                 size_t *size, mlt_error *err);

/** Read and check a file; nothing beyond its stated end (plus one byte) is read.
 *  @param[out] t         to be cleared (mlt_tensors_clear); its tensors lie in the file's bytes
 *  @param[out] metadata  an object of strings (json_decref)
 *  @param      source    just opened; its bytes pass to `t`
 *  @return MLT_OK, MLT_E_MODEL ("PATH: ..."), MLT_E_IO, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__safetensors_read(mlt_tensors *t, json_t **metadata, mlt__bytes *source,
                                                const mlt_context *ctx, mlt_error *err);

/** SHA-256 of the header, its 8 bytes of length included and its own digits taken as zeros. */
void mlt__header_sha256(char digits[MLT__SHA256_DIGITS], const unsigned char *header, size_t size);

#endif
