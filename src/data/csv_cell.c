/* One cell into its column, with all that is to be known of it. */
#include <math.h>
#include <strings.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/csv_table.h"

const char *mlt_csv__show(mlt_csv__shown *shown, const char *text, size_t length) {
    char cut[64];
    size_t kept = length < sizeof cut - 4 ? length : sizeof cut - 4;
    memcpy(cut, text, kept);
    strcpy(cut + kept, kept < length ? "..." : "");
    return mlt__printable(shown->text, sizeof shown->text, cut);
}

bool mlt_csv__code_store(const mlt_csv__table *table, mlt_csv__worker *worker, size_t row, size_t column,
                         const char *text, size_t length) {
    mlt_csv__dictionary **dictionary = &worker->facts[column].dictionary;
    int32_t *code = &table->columns[column].codes[row];
    if (!*dictionary)
        *dictionary = mlt_csv__dictionary_new();
    if (!*dictionary)
        return false;
    *code = -1;
    /* Numbers keep their texts only as long as these are few. */
    if (table->columns[column].labelled && mlt_csv__dictionary_size(*dictionary) > MLT_CSV__LABELS)
        return true;
    *code = mlt_csv__dictionary_add(*dictionary, text, length);
    return *code >= 0;
}

static mlt_status see(mlt_csv__sight *sight, mlt_csv__worker *worker, const char *text, size_t length,
                      size_t line) {
    if (sight->line > 0)
        return MLT_OK;
    sight->text = mlt__strndup(text, length);
    if (!sight->text)
        return mlt__raise_nomem(&worker->error, length);
    sight->line = line;
    return MLT_OK;
}

/* "inf", "Infinity", with or without sign. */
static bool spells_infinity(const char *text, size_t length) {
    if (length > 0 && (*text == '-' || *text == '+')) {
        text++;
        length--;
    }
    return (length == 3 && strncasecmp(text, "inf", 3) == 0) ||
           (length == 8 && strncasecmp(text, "infinity", 8) == 0);
}

static bool is_written_whole(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] == '.' || text[i] == 'e' || text[i] == 'E')
            return false;
    return true;
}

static mlt_status store_code(const mlt_csv__table *table, mlt_csv__worker *worker, size_t row, size_t column,
                             const char *text, size_t length) {
    return mlt_csv__code_store(table, worker, row, column, text, length)
               ? MLT_OK
               : mlt__raise_nomem(&worker->error, length);
}

static mlt_status store_number(const mlt_csv__table *table, mlt_csv__worker *worker, size_t row, size_t c,
                               const char *text, size_t length, size_t line) {
    const mlt_csv__column *column = &table->columns[c];
    mlt_csv__facts *facts = &worker->facts[c];
    double value = NAN;
    if (!mlt_parse_double(&value, text, length)) {
        column->values[row] = NAN;
        if (spells_infinity(text, length))
            return see(&facts->infinite, worker, text, length, line);
        worker->found_text = true;
        return see(&facts->text, worker, text, length, line);
    }
    column->values[row] = value;
    if (isinf(value))
        return see(&facts->infinite, worker, text, length, line);
    /* 2^53 is exact, but so read is 2^53 + 1, too. */
    bool beyond = fabs(value) > 0x1p53 || (fabs(value) == 0x1p53 && text[length - 1] == '3');
    if (beyond && is_written_whole(text, length))
        MLT_TRY(see(&facts->inexact, worker, text, length, line));
    return column->labelled ? store_code(table, worker, row, c, text, length) : MLT_OK;
}

mlt_status mlt_csv__cell_store(const mlt_csv__table *table, mlt_csv__worker *worker, size_t row, size_t c,
                               const char *text, size_t length, size_t line) {
    const mlt_csv__column *column = &table->columns[c];
    mlt_csv__facts *facts = &worker->facts[c];
    mlt_csv__shown shown;
    switch (column->kind) {
    case MLT_CSV__PASSED:
        return MLT_OK;
    case MLT_CSV__NAMELESS:
        if (length == 0)
            return MLT_OK;
        return mlt__raise(
            &worker->error, MLT_E_DATA,
            "%s:%zu:%zu: \"%s\" stands in a column without a name; give each column a name in the header",
            table->file, line, c + 1, mlt_csv__show(&shown, text, length));
    case MLT_CSV__NUMBERS:
    case MLT_CSV__TEXTS:
        break;
    }
    if (mlt_csv__is_missing(&table->missing, text, length)) {
        facts->n_missing++;
        if (column->values)
            column->values[row] = NAN;
        if (column->codes)
            column->codes[row] = -1;
        return MLT_OK;
    }
    if (column->kind == MLT_CSV__NUMBERS)
        return store_number(table, worker, row, c, text, length, line);
    double number;
    if (facts->text.line == 0 && !mlt_parse_double(&number, text, length))
        MLT_TRY(see(&facts->text, worker, text, length, line));
    return store_code(table, worker, row, c, text, length);
}
