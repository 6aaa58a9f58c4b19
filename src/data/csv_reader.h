/** The text of a CSV file, in batches of pieces that hold whole rows. */
#ifndef MLT_DATA_CSV_READER_H
#define MLT_DATA_CSV_READER_H

#include "data/source.h"

/** Some whole rows. */
typedef struct mlt_csv__piece {
    const char *start, *end;
    size_t line;  /**< of `start`, from 1 */
    size_t lines; /**< line ends in it: at least as many as rows */
    size_t row;   /**< set by who reads it: where its rows are stored, and how many they were */
    size_t rows;
    size_t worker; /**< who read it, and with what result */
    mlt_status status;
} mlt_csv__piece;

typedef struct mlt_csv__reader {
    mlt__source *source; /**< borrowed */
    const mlt_context *ctx;
    char delimiter;
    size_t block_bytes; /**< of a batch, about */
    size_t piece_bytes; /**< of a piece, about */
    int threads;
    char *buffer; /**< bytes at [taken, length) are still to come; zeros follow */
    size_t capacity, length, taken;
    bool may_quote; /**< there may be quotes among them */
    char *ahead;    /**< bytes read ahead, with room for others in front of them */
    size_t ahead_capacity, ahead_length;
    bool ahead_may_quote;
    mlt_error ahead_error;  /**< what happened when they were read */
    bool source_ended;      /**< nothing is left to be read */
    bool at_end;            /**< everything is in the buffer; its last line is ended */
    size_t line;            /**< of buffer[taken] */
    size_t bytes;           /**< handed out in pieces so far */
    mlt_csv__piece *pieces; /**< the batch, valid until the next one */
    size_t n_pieces, piece_capacity;
    struct mlt_csv__hash *hash; /**< of all bytes, or NULL */
} mlt_csv__reader;

/** @param source  borrowed, at its start
 *  @param digest  hash the bytes */
MLT_MUST_CHECK mlt_status mlt_csv__reader_init(mlt_csv__reader *reader, mlt__source *source, bool digest,
                                               const mlt_context *ctx, mlt_error *err);
/** Have at least `wanted` bytes in the buffer, or all there are. */
MLT_MUST_CHECK mlt_status mlt_csv__reader_fill(mlt_csv__reader *reader, size_t wanted, mlt_error *err);
/** Read the next block ahead, while the present batch is worked on. Whether there is one to read: */
bool mlt_csv__reader_wants_ahead(const mlt_csv__reader *reader);
/** ... and do it; by any thread, but one only. Errors are kept for the next call of another function. */
void mlt_csv__reader_ahead(mlt_csv__reader *reader);
/** Leave out `n` lines. */
MLT_MUST_CHECK mlt_status mlt_csv__reader_skip(mlt_csv__reader *reader, size_t n, mlt_error *err);
/** The next batch, of about `block_bytes`; n_pieces is 0 at the end. */
MLT_MUST_CHECK mlt_status mlt_csv__reader_next(mlt_csv__reader *reader, size_t block_bytes, mlt_error *err);
/** Back to the first byte. */
MLT_MUST_CHECK mlt_status mlt_csv__reader_rewind(mlt_csv__reader *reader, mlt_error *err);
/** SHA-256 of everything read, hexadecimal; "" if not asked for. */
void mlt_csv__reader_digest(mlt_csv__reader *reader, char out[65]);
void mlt_csv__reader_clear(mlt_csv__reader *reader);

#endif
