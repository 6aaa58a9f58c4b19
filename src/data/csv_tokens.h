/** One row of CSV text as fields, read by libcsv. */
#ifndef MLT_DATA_CSV_TOKENS_H
#define MLT_DATA_CSV_TOKENS_H

#include <csv.h>

#include "mltool/status.h"

/** The fields of the row read last. */
typedef struct mlt_csv__tokens {
    struct csv_parser parser;
    const char *file; /**< for messages; borrowed */
    char delimiter;
    size_t keep; /**< fields beyond this many are counted, not kept */
    size_t n;    /**< fields of the row */
    char *text;  /**< the fields kept, one after the other, each followed by a NUL */
    size_t length, capacity;
    size_t *starts; /**< where each begins in `text`; one more: where the next would */
    size_t start_capacity;
    bool out_of_memory;
} mlt_csv__tokens;

/** Accepts any `keep`; MLT_E_NOMEM. */
MLT_MUST_CHECK mlt_status mlt_csv__tokens_init(mlt_csv__tokens *tokens, const char *file, char delimiter,
                                               size_t keep, mlt_error *err);

/** Read the row at `*start`, which is not a blank line.
 *  @param[in,out] start  moved behind the row
 *  @param[in,out] line   of `*start`, moved likewise
 *  @return MLT_OK, MLT_E_DATA (a quote out of place or never closed, a NUL, a field too long), MLT_E_LIMIT,
 *          MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_csv__tokens_read(mlt_csv__tokens *tokens, const char **start, const char *end,
                                               size_t *line, mlt_error *err);

/** Field `i`, below `keep` and `n`. Borrowed until the next row is read; NUL-terminated. */
static inline const char *mlt_csv__token(const mlt_csv__tokens *tokens, size_t i, size_t *length) {
    *length = tokens->starts[i + 1] - tokens->starts[i] - 1;
    return tokens->text + tokens->starts[i];
}

/** Safe on a zeroed one. */
void mlt_csv__tokens_clear(mlt_csv__tokens *tokens);

#endif
