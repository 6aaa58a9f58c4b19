/** Where the rows of a CSV text begin and end. */
#ifndef MLT_DATA_CSV_SCAN_H
#define MLT_DATA_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/** The limits of one field, of one row and of a table's width. */
enum { MLT_CSV__FIELD_BYTES = 1 << 20, MLT_CSV__ROW_BYTES = 1 << 30, MLT_CSV__COLUMNS = 1 << 24 };

/** One row, as far as it was scanned. */
typedef struct mlt_csv__extent {
    const char *text_end; /**< its line end; the end of the text if it has none */
    const char *next;     /**< after the line end; NULL if there is none */
    const char *field;    /**< where its last field begins */
    const char
        *stop; /**< the first NUL, or where a field passes the limit: scanning ended there; else NULL */
    size_t fields;
    size_t lines; /**< line ends passed, its own included */
} mlt_csv__extent;

/** Find the end of the row that begins at `start`. In a valid row a line end is inside quotes just if the
 * number of quotes before it is odd; what comes after an error does not matter.
 *  @param end  of the text; a CR before it ends a line */
mlt_csv__extent mlt_csv__scan_row(const char *start, const char *end, char delimiter);

/** If the line at `start` holds nothing but blanks: where its line end is, else NULL.
 *  @param delimiter  a tab is no blank if it is this */
const char *mlt_csv__blank_line(const char *start, const char *end, char delimiter);

/** After the line end (LF, CR LF or CR) at `at`. */
static inline const char *mlt_csv__after_line_end(const char *at, const char *end) {
    return at + (*at == '\r' && at + 1 < end && at[1] == '\n' ? 2 : 1);
}

/** Line ends from `start` to `end`; a CR LF that is cut by `end` counts. */
size_t mlt_csv__count_lines(const char *start, const char *end);
/** How often `byte` occurs. */
size_t mlt_csv__count_byte(const char *start, const char *end, char byte);

#endif
