/* Where the rows of a CSV text begin and end. */
#include "data/csv_scan.h"

#include <stdint.h>

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

/* Sums of bytes that fit a byte: what compilers turn into vector code. */
enum { STRETCH = 255 };

size_t mlt_csv__count_byte(const char *start, const char *end, char byte) {
    size_t total = 0;
    while (start < end) {
        size_t length = end - start < STRETCH ? (size_t)(end - start) : STRETCH;
        uint8_t count = 0;
#pragma omp simd reduction(+ : count)
        for (size_t i = 0; i < length; i++)
            count = (uint8_t)(count + (start[i] == byte));
        total += count;
        start += length;
    }
    return total;
}

size_t mlt_csv__count_lines(const char *start, const char *end) {
    size_t total = 0;
    while (start < end) {
        /* The last byte has no successor to look at, so it is left out here. */
        size_t length = end - start - 1 < STRETCH ? (size_t)(end - start - 1) : STRETCH;
        uint8_t count = 0;
#pragma omp simd reduction(+ : count)
        for (size_t i = 0; i < length; i++)
            count = (uint8_t)(count + ((start[i] == '\n') | ((start[i] == '\r') & (start[i + 1] != '\n'))));
        total += count;
        start += length;
        if (end - start == 1) {
            total += *start == '\n' || *start == '\r';
            start++;
        }
    }
    return total;
}
