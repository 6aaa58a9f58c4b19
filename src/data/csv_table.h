/** The table a CSV file becomes: columns under construction, and the workers that fill them in parallel. */
#ifndef MLT_DATA_CSV_TABLE_H
#define MLT_DATA_CSV_TABLE_H

#include "data/csv_dictionary.h"
#include "data/csv_missing.h"
#include "data/csv_reader.h"
#include "data/csv_tokens.h"

/** What a column's cells are read as. Every column begins as numbers; a text among them makes it texts, and
 * then the file is read again from the start (or from the first batch, if it was found there). */
typedef enum mlt_csv__kind {
    MLT_CSV__NUMBERS,
    MLT_CSV__TEXTS,
    MLT_CSV__PASSED, /**< found to be texts after numbers were stored: not looked at until the second pass */
    MLT_CSV__NAMELESS, /**< the trailing delimiter on every row: must be empty */
} mlt_csv__kind;

typedef struct mlt_csv__column {
    double *values; /**< numbers */
    int32_t
        *codes; /**< texts, and numbers if `labelled`: the code in the worker's dictionary; -1 = missing */
    mlt_csv__kind kind;
    bool labelled; /**< numbers that keep their texts, too */
    bool forced;   /**< the caller wants texts */
} mlt_csv__column;

/** Where something was seen first; line 0: nowhere. */
typedef struct mlt_csv__sight {
    size_t line;
    char *text; /**< owned */
} mlt_csv__sight;

/** What one worker saw in one column. */
typedef struct mlt_csv__facts {
    size_t n_missing;
    mlt_csv__sight text;             /**< not a number */
    mlt_csv__sight infinite;         /**< infinite or beyond the range of a double */
    mlt_csv__sight inexact;          /**< a whole number that no double is equal to, beyond 2^53 */
    mlt_csv__dictionary *dictionary; /**< NULL until it is needed */
} mlt_csv__facts;

/** A cell that is to be put into a dictionary when its row has proved right. */
typedef struct mlt_csv__pending {
    const char *text;
    size_t length;
    size_t column;
} mlt_csv__pending;

/** One thread's work. */
typedef struct mlt_csv__worker {
    mlt_csv__tokens tokens;
    mlt_csv__facts *facts;     /**< p */
    mlt_csv__pending *pending; /**< p */
    size_t *missing;           /**< p: columns whose cell in the present row is missing */
    size_t n_skipped;          /**< rows left out */
    size_t n_blank;            /**< blank lines that are missing values */
    bool found_text;
    mlt_error error; /**< its status is MLT_OK as long as nothing failed */
} mlt_csv__worker;

/** Rows whose codes are those of one worker's dictionaries. */
typedef struct mlt_csv__segment {
    size_t row, n;
    size_t worker;
} mlt_csv__segment;

typedef struct mlt_csv__table {
    const char *file; /**< for messages; borrowed */
    const mlt_csv_options *options;
    char delimiter;
    bool careful; /**< libcsv reads every row (for tests) */
    mlt_csv__missing missing;
    size_t p;
    char **names; /**< p, owned */
    char
        stops[256]; /**< bytes that end a field or are for libcsv: the delimiter, line ends, the quote, NUL */
    size_t
        check; /**< a column whose name is not a number: a cell equal to it betrays a repeated header; or p */
    size_t check_length; /**< of its name */
    size_t label;        /**< the label column, or p */
    mlt_csv__column *columns;
    size_t n, capacity;
    mlt_csv__worker *workers;
    size_t n_workers;
    mlt_csv__segment *segments; /**< ascending, covering [0, n) */
    size_t n_segments, segment_capacity;
} mlt_csv__table;

/** Distinct texts up to which a numeric label column keeps them. */
enum { MLT_CSV__LABELS = 1000 };

/** Begin a table; everything else in `table` is set already and `names` is its own from now on, also on
 * failure.
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_csv__table_init(mlt_csv__table *table, mlt_error *err);
/** Forget rows and facts, keep the kinds: before another pass. PASSED columns become TEXTS. */
void mlt_csv__table_restart(mlt_csv__table *table);
/** Read the reader's batch, each piece by some worker, and append its rows in order. Meanwhile the next block
 * is read ahead.
 *  @param expected  rows the whole file may have, 0 if not known
 *  @return MLT_OK, MLT_E_DATA, MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt_csv__table_append(mlt_csv__table *table, mlt_csv__reader *reader,
                                                size_t expected, mlt_error *err);
/** Mark NUMBERS columns in which a text was seen as PASSED; whether there were any. */
bool mlt_csv__table_pass_texts(mlt_csv__table *table);
/** The earliest of what the workers saw; borrowed. `offset` is that of a sight in mlt_csv__facts. */
const mlt_csv__sight *mlt_csv__table_sight(const mlt_csv__table *table, size_t column, size_t offset);
/** Safe on a zeroed one. */
void mlt_csv__table_clear(mlt_csv__table *table);

/** Read one piece into the table (csv_rows.c): rows from piece->row on; sets piece->rows.
 *  On failure the message is in worker->error. */
mlt_status mlt_csv__piece_read(mlt_csv__piece *piece, const mlt_csv__table *table, mlt_csv__worker *worker);

/** Put cell (row, column) into the table with everything that is to be known of it.
 *  @return MLT_OK, MLT_E_DATA (a cell in a nameless column), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_csv__cell_store(const mlt_csv__table *table, mlt_csv__worker *worker,
                                              size_t row, size_t column, const char *text, size_t length,
                                              size_t line);
/** Store a text, or the text of a number in a label column: its code in the worker's dictionary.
 *  @return false if memory is short */
bool mlt_csv__code_store(const mlt_csv__table *table, mlt_csv__worker *worker, size_t row, size_t column,
                         const char *text, size_t length);

/** Text of a file, cut and printable, for messages. */
typedef struct mlt_csv__shown {
    char text[96];
} mlt_csv__shown;
const char *mlt_csv__show(mlt_csv__shown *shown, const char *text, size_t length);

#endif
