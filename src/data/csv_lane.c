/* The fast lane. A row is taken only if libcsv would read the very same cells and nothing is to be said about
 * any of them; at the first doubt it is left to libcsv as a whole. Digits are read eight at a time. */
#include "data/csv_lane.h"

#include <endian.h>
#include <float.h>
#include <math.h>

#include "core/number_powers.h"
#include "data/csv_scan.h"

/* Eight bytes of text, and how many of them from the first on are digits. */
typedef struct eight {
    uint64_t digits; /* their values, the first in the lowest byte; only the first n bytes are meaningful */
    unsigned n;
} eight;

static inline eight load_eight(const char *s) {
    uint64_t word;
    memcpy(&word, s, sizeof word);
    word = le64toh(word) ^ UINT64_C(0x3030303030303030);
    /* Bytes above 9 get their highest bit set; only the lowest of them is looked at. */
    uint64_t other = (word | (word + UINT64_C(0x7676767676767676))) & UINT64_C(0x8080808080808080);
    return (eight){word, other ? (unsigned)__builtin_ctzll(other) / 8 : 8};
}

/* Append them to *digits (which may overflow); n is at least 1. */
static inline void append_eight(uint64_t *digits, eight e) {
    static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    uint64_t word = e.digits << (64 - 8 * e.n);
    word = (word * 10 + (word >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    word = (word * 100 + (word >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    word = (word * 10000 + (word >> 32)) & UINT64_C(0x00000000FFFFFFFF);
    *digits = *digits * tens[e.n] + word;
}

static inline double with_sign(double value, bool negative) {
    /* Signs are as good as random: no branch. */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits |= (uint64_t)negative << 63;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

/* Append the digits at `s`; where they end. */
static const char *read_digits(const char *s, uint64_t *digits) {
    eight e;
    do {
        e = load_eight(s);
        if (e.n > 0)
            append_eight(digits, e);
        s += e.n;
    } while (e.n == 8);
    return s;
}

/* The number at `s`, unless it is for mlt_parse_double or not finite; the end of its text, or NULL. */
static __attribute__((noinline)) const char *read_long_number(const char *s, double *out) {
    bool negative = *s == '-';
    s += negative | (*s == '+');
    uint64_t digits = 0;
    int64_t exponent = 0;
    const char *first = s;
    s = read_digits(s, &digits);
    size_t n = (size_t)(s - first);
    bool whole = true;
    if (*s == '.') {
        whole = false;
        first = ++s;
        s = read_digits(s, &digits);
        exponent = first - s;
        n += (size_t)(s - first);
    }
    /* 19 digits fit 64 bits for sure. */
    if (n == 0 || n > 19)
        return NULL;
    if (*s == 'e' || *s == 'E') {
        whole = false;
        bool minus = *++s == '-';
        s += minus | (*s == '+');
        uint64_t power = 0;
        first = s;
        s = read_digits(s, &power);
        if (s == first || s - first > 4)
            return NULL;
        exponent += minus ? -(int64_t)power : (int64_t)power;
    }
    double value;
    if ((whole && digits > (uint64_t)1 << 53) || !mlt__scale_decimal(&value, digits, exponent) ||
        value > DBL_MAX)
        return NULL;
    *out = with_sign(value, negative);
    return s;
}

/* The same for everyday numbers, without waste: at most 8 digits before the point and 7 after it. */
static inline const char *read_number(const char *text, double *out) {
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
    bool negative = *text == '-';
    const char *s = text + negative;
    uint64_t digits = 0;
    for (unsigned digit; (digit = (unsigned char)*s - (unsigned)'0') < 10; s++)
        digits = digits * 10 + digit;
    size_t n = (size_t)(s - text) - negative;
    if (n < 1 || n > 8)
        return read_long_number(text, out);
    double scale = 1;
    if (*s == '.') {
        eight places = load_eight(++s);
        if (places.n == 8)
            return read_long_number(text, out);
        if (places.n > 0)
            append_eight(&digits, places);
        scale = tens[places.n];
        s += places.n;
    }
    if (*s == 'e' || *s == 'E')
        return read_long_number(text, out);
    *out = with_sign((double)(int64_t)digits / scale, negative);
    return s;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Note a text that is to get its code when the row is complete. */
static inline void postpone(mlt_csv__worker *worker, size_t *n, size_t column, const char *text,
                            size_t length) {
    worker->pending[(*n)++] = (mlt_csv__pending){text, length, column};
}

/* What the row has come to so far. */
typedef struct progress {
    size_t n_pending, n_missing;
} progress;

/* A trimmed cell that read_number did not take; false if it is for libcsv. */
static bool read_cell(const mlt_csv__table *table, mlt_csv__worker *worker, size_t row, size_t c,
                      const char *text, size_t length, progress *so_far) {
    const mlt_csv__column *column = &table->columns[c];
    const mlt_csv__facts *facts = &worker->facts[c];
    if (c == table->check && length == table->check_length && memcmp(text, table->names[c], length) == 0)
        return false;
    if (column->kind == MLT_CSV__PASSED)
        return true;
    if (column->kind == MLT_CSV__NAMELESS)
        return length == 0;
    if (mlt_csv__is_missing(&table->missing, text, length)) {
        if (column->values)
            column->values[row] = NAN;
        if (column->codes)
            column->codes[row] = -1;
        worker->missing[so_far->n_missing++] = c;
        return true;
    }
    double value;
    if (column->kind == MLT_CSV__TEXTS) {
        /* The first one that is not a number is worth a note. */
        if (facts->text.line == 0 && !mlt_parse_double(&value, text, length))
            return false;
        postpone(worker, &so_far->n_pending, c, text, length);
        return true;
    }
    if (!mlt_parse_double(&value, text, length) || isinf(value) ||
        (fabs(value) >= 0x1p53 && facts->inexact.line == 0))
        return false;
    column->values[row] = value;
    if (column->labelled)
        postpone(worker, &so_far->n_pending, c, text, length);
    return true;
}

bool mlt_csv__lane_read(const mlt_csv__table *table, mlt_csv__worker *worker, const char **start,
                        size_t row) {
    const char *s = *start, delimiter = table->delimiter;
    const mlt_csv__column *columns = table->columns;
    const size_t last = table->p - 1;
    const bool numbers_first = !table->missing.numeric;
    progress so_far = {0};
    for (size_t c = 0; c <= last; c++) {
        if (columns[c].kind == MLT_CSV__NUMBERS && numbers_first) {
            double value;
            const char *end = read_number(s, &value);
            if (end && (c < last ? *end == delimiter : *end == '\n' || *end == '\r')) {
                columns[c].values[row] = value;
                if (columns[c].labelled)
                    postpone(worker, &so_far.n_pending, c, s, (size_t)(end - s));
                s = end + (c < last);
                continue;
            }
        }
        const char *text = s;
        while (!table->stops[(unsigned char)*s])
            s++;
        bool ends = *s == '\n' || *s == '\r';
        if ((c < last ? *s != delimiter : !ends) || s - text > MLT_CSV__FIELD_BYTES)
            return false;
        const char *end = s;
        while (text < end && is_blank(*text))
            text++;
        while (text < end && is_blank(end[-1]))
            end--;
        if (!read_cell(table, worker, row, c, text, (size_t)(end - text), &so_far))
            return false;
        s += c < last;
    }
    for (size_t i = 0; i < so_far.n_pending; i++) {
        const mlt_csv__pending *cell = &worker->pending[i];
        if (!mlt_csv__code_store(table, worker, row, cell->column, cell->text, cell->length))
            return false; /* libcsv's lane will report the lack of memory */
    }
    for (size_t i = 0; i < so_far.n_missing; i++)
        worker->facts[worker->missing[i]].n_missing++;
    *start = s + (*s == '\r' && s[1] == '\n' ? 2 : 1);
    return true;
}
