/** Writing Protocol Buffers: the four rules of the wire format that ONNX needs (protobuf.dev, "Encoding"). */
#ifndef MLT_REPORT_PROTOBUF_H
#define MLT_REPORT_PROTOBUF_H

#include "mltool/status.h"

#include <stdio.h>

/** A message that grows; the first failure sticks. Begin with all zero; mlt__pb_nested and
 * free(message.bytes) end. */
typedef struct mlt__pb {
    unsigned char *bytes; /**< NULL while empty */
    size_t n, capacity;
    bool failed;
} mlt__pb;

void mlt__pb_int(mlt__pb *message, unsigned field, int64_t value);
void mlt__pb_text(mlt__pb *message, unsigned field, const char *text);
/** A repeated field, packed. */
void mlt__pb_ints(mlt__pb *message, unsigned field, const int64_t *values, size_t n);
/** Bytes: the doubles, little-endian. */
void mlt__pb_doubles(mlt__pb *message, unsigned field, const double *values, size_t n);
/** Bytes: one a value. */
void mlt__pb_small(mlt__pb *message, unsigned field, const int64_t *values, size_t n);
/** Bytes that are to stand as they are. */
void mlt__pb_raw(mlt__pb *message, const void *bytes, size_t n);
/** A stream that appends to the message, to be closed; NULL when memory is short. Unlike open_memstream's it
 * tells, by ferror and `failed`, if something did not fit. */
FILE *mlt__pb_stream(mlt__pb *message);
/** Fields that were written already, which are freed. */
void mlt__pb_append(mlt__pb *message, mlt__pb *fields);
/** A message within, which is freed. */
void mlt__pb_nested(mlt__pb *message, unsigned field, mlt__pb *inner);

#endif
