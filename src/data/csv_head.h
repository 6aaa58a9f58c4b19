/** What comes before the rows: encoding, lines to skip, the delimiter, the header. */
#ifndef MLT_DATA_CSV_HEAD_H
#define MLT_DATA_CSV_HEAD_H

#include "data/csv_reader.h"
#include "data/csv_tokens.h"
#include "mltool/frame.h"

/** What the beginning of the file says. */
typedef struct mlt_csv__head {
    char delimiter;
    bool delimiter_found; /**< it was not given */
    size_t p;             /**< fields of the first row */
    char **names;         /**< p, owned; an empty one belongs to a column without a name */
    size_t n_nameless;    /**< such columns, the last ones */
    bool numeric_names;   /**< the header looks like data */
} mlt_csv__head;

/** Read the head from the reader's start; the reader then stands at the first row, whose line is a data row
 * if there is no header. Sets the reader's delimiter.
 *  @return MLT_OK, MLT_E_DATA, MLT_E_IO, MLT_E_NOMEM, MLT_E_LIMIT, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_csv__head_read(mlt_csv__head *head, mlt_csv__reader *reader,
                                             const mlt_csv_options *options, mlt_error *err);
/** Pass over the head once more, after rewinding: the reader then stands where mlt_csv__head_read left it. */
MLT_MUST_CHECK mlt_status mlt_csv__head_pass(mlt_csv__reader *reader, const mlt_csv_options *options,
                                             mlt_error *err);

/** Find the delimiter from the first rows.
 *  @param text  whole rows, as far as possible, at least one byte; ends at a line end if `all`
 *  @param line  of `text`
 *  @return MLT_OK, MLT_E_DATA (two are possible; the rows begin further down) */
MLT_MUST_CHECK mlt_status mlt_csv__dialect_find(char *delimiter, const char *text, const char *end, bool all,
                                                const char *file, size_t line, char given, mlt_error *err);

#endif
