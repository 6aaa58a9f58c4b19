/** A frame: what a CSV file says, column by column, before anyone decided what is predicted from what. */
#ifndef MLTOOL_FRAME_H
#define MLTOOL_FRAME_H

#include "mltool/number.h"

typedef enum mlt_column_type { MLT_NUMERIC, MLT_CATEGORICAL } mlt_column_type;

/** One column of n cells, stored whole. */
typedef struct mlt_column {
    char *name;           /**< UTF-8, not empty, unique in the frame */
    mlt_column_type type; /**< numeric if every cell that is not missing is a number */
    double *values;       /**< numeric: n, finite, NaN = missing; categorical: NULL */
    int32_t
        *codes; /**< categorical, and numeric label columns: n, index into levels, -1 = missing; else NULL */
    char **levels; /**< with `codes`: the distinct texts, ascending bytewise (a numeric label column:
                        ascending by value, then bytewise) */
    size_t n_levels;
    size_t n_missing;
    bool integral;          /**< numeric: every value is a whole number */
    size_t first_text_line; /**< categorical though numbers occur or were expected: line of the first cell
                               that is not a number (1-based); 0 if numeric */
    char *first_text;       /**< that cell, or NULL */
} mlt_column;

typedef struct mlt_frame {
    char *source;        /**< the file as named, "-" for stdin */
    size_t n, p;         /**< rows, columns */
    mlt_column *columns; /**< p, in file order */
    char delimiter;
    bool header;
    char sha256[65]; /**< of the (decompressed) bytes, hexadecimal; "" unless asked for */
} mlt_frame;

/** How to read a CSV file; all zero = defaults. */
typedef struct mlt_csv_options {
    char delimiter;        /**< 0: found from the first lines (`,` `;` tab `|`) */
    bool no_header;        /**< columns are named x1, x2, ... */
    size_t skip;           /**< lines before the header to leave out */
    const char *const *na; /**< texts that mean missing, instead of the default list, which is pandas' and
                              "?": ? #N/A "#N/A N/A" #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA
                              NULL NaN None n/a nan null. An empty cell is always missing */
    size_t n_na;
    const char *const *categorical; /**< columns to read as text whatever they hold */
    size_t n_categorical;
    bool categorical_if_there; /**< those that the file lacks are passed over, instead of an error */
    const char *label;         /**< this column keeps its texts beside its numbers (up to 1000 distinct);
                                    NULL: the last column; one that is not there is passed over */
    bool skip_bad_rows; /**< leave out rows of a wrong width and repeated headers, counted in a note, instead
                           of failing */
    bool digest;        /**< compute `sha256` */
} mlt_csv_options;

/** Read a CSV file: "-" is stdin; gzip is recognised by its content. A pipe gives what a file gives.
 *  @param[out] out  owned by the caller (mlt_frame_free)
 *  Notes: delimiter found, missing cells counted, columns dropped because empty, rows skipped, numbers beyond
 * 2^53.
 *  @return MLT_OK, MLT_E_DATA ("FILE:LINE:COLUMN: ..."), MLT_E_IO, MLT_E_NOMEM, MLT_E_LIMIT, MLT_E_USAGE (a
 * column named in the options does not exist), MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_csv_read(mlt_frame **out, const char *path, const mlt_csv_options *options,
                                       const mlt_context *ctx, mlt_error *err);

/** The column named `name`, or NULL. */
const mlt_column *mlt_frame_column(const mlt_frame *frame, const char *name);
/** Accepts NULL. */
void mlt_frame_free(mlt_frame *frame);

#endif
