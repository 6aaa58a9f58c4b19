/* Where the rows of a CSV text begin and end. */
#include "data/csv_scan.h"

#include <stdint.h>
#include <string.h>

mlt_csv__extent mlt_csv__scan_row(const char *start, const char *end, char delimiter) {
    mlt_csv__extent row = {.field = start, .fields = 1};
    bool quoted = false;
    const char *s = start;
    for (; s < end; s++) {
        if (*s == '\0' || s - row.field > MLT_CSV__FIELD_BYTES) {
            row.stop = s;
            break;
        }
        bool line_end = *s == '\n' || *s == '\r';
        if (*s == '"') {
            quoted = !quoted;
        } else if (quoted) {
            if (line_end) {
                row.lines++;
                s = mlt_csv__after_line_end(s, end) - 1;
            }
        } else if (line_end) {
            row.lines++;
            row.next = mlt_csv__after_line_end(s, end);
            break;
        } else if (*s == delimiter) {
            row.field = s + 1;
            row.fields++;
        }
    }
    row.text_end = s;
    return row;
}

const char *mlt_csv__blank_line(const char *start, const char *end, char delimiter) {
    const char *s = start;
    while (s < end && (*s == ' ' || *s == '\t') && *s != delimiter)
        s++;
    return s < end && (*s == '\n' || *s == '\r') ? s : NULL;
}

/* Bytes compared at once; every compiler makes of it what the machine has. */
typedef uint8_t lanes __attribute__((vector_size(16)));

static size_t sum(lanes counts) {
    size_t total = 0;
    for (size_t i = 0; i < sizeof counts; i++)
        total += counts[i];
    return total;
}

static lanes load(const char *s) {
    lanes out;
    memcpy(&out, s, sizeof out);
    return out;
}

/* Steps until a count may no longer fit a byte. */
enum { STEPS = 255 };

size_t mlt_csv__count_byte(const char *start, const char *end, char byte) {
    size_t total = 0;
    while ((size_t)(end - start) >= sizeof(lanes)) {
        lanes counts = {0};
        for (int i = 0; i < STEPS && (size_t)(end - start) >= sizeof(lanes); i++, start += sizeof(lanes))
            counts -= (lanes)(load(start) == (uint8_t)byte); /* all bits set is -1 */
        total += sum(counts);
    }
    for (; start < end; start++)
        total += *start == byte;
    return total;
}

size_t mlt_csv__count_lines(const char *start, const char *end) {
    size_t total = 0;
    /* Every byte needs a successor to look at: CR LF is one line end. */
    while ((size_t)(end - start) > sizeof(lanes)) {
        lanes counts = {0};
        for (int i = 0; i < STEPS && (size_t)(end - start) > sizeof(lanes); i++, start += sizeof(lanes)) {
            lanes here = load(start), next = load(start + 1);
            counts -= (lanes)((here == '\n') | ((here == '\r') & (next != '\n')));
        }
        total += sum(counts);
    }
    for (; start < end; start++)
        total += *start == '\n' || (*start == '\r' && (start + 1 == end || start[1] != '\n'));
    return total;
}
