/* The head of a CSV file: what kind of file it is, and the names of its columns. */
#include "data/csv_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/csv_scan.h"
#include "data/csv_table.h"

/* As many bytes are looked at to find the delimiter, whatever the size of the blocks. */
enum { SAMPLE_BYTES = 1 << 16 };

static const struct {
    const char *magic;
    size_t length;
    const char *what, *advice;
} formats[] = {
    {"\x89PNG", 4, "a PNG picture", "give a CSV file"},
    {"\xFF\xD8\xFF", 3, "a JPEG picture", "give a CSV file"},
    {"GIF8", 4, "a GIF picture", "give a CSV file"},
    {"%PDF-", 5, "a PDF document", "give a CSV file"},
    {"PK\x03\x04", 4, "a zip archive or a spreadsheet", "unpack it, or save the sheet as CSV"},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, "an old Office document", "save the sheet as CSV"},
    {"PAR1", 4, "a Parquet file", "convert it to CSV"},
    {"ARROW1", 6, "an Arrow file", "convert it to CSV"},
    {"\x89HDF\r\n\x1A\n", 8, "an HDF5 file", "convert it to CSV"},
    {"SQLite format 3", 16, "an SQLite database", "export a table as CSV"},
    {"\x93NUMPY", 6, "a NumPy array", "convert it to CSV"},
    {"\x1F\x8B", 2, "gzip data inside gzip data", "decompress it once"},
    {"BZh", 3, "bzip2 data", "decompress it first"},
    {"\xFD"
     "7zXZ",
     6, "xz data", "decompress it first"},
    {"\x28\xB5\x2F\xFD", 4, "zstd data", "decompress it first"},
    {"7z\xBC\xAF\x27\x1C", 6, "a 7z archive", "unpack it first"},
    {"\x7F"
     "ELF",
     4, "a program", "give a CSV file"},
    {"\xFF\xFE", 2, "UTF-16 text", "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"},
    {"\xFE\xFF", 2, "UTF-16 text", "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"},
};

/* Bytes that no text has near its beginning: "PAR1" or "BZh" may begin an honest header. */
static bool looks_binary(const unsigned char *text, size_t length) {
    for (size_t i = 0; i < length && i < 64; i++)
        if (text[i] >= 0x7F || (text[i] < ' ' && !strchr("\t\n\f\r", text[i])) || text[i] == '\0')
            return true;
    return false;
}

static mlt_status check_format(const char *file, const char *text, size_t length, mlt_error *err) {
    if (!looks_binary((const unsigned char *)text, length))
        return MLT_OK;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (length >= formats[i].length && memcmp(text, formats[i].magic, formats[i].length) == 0)
            return mlt__raise(err, MLT_E_DATA, "%s: this is %s, not CSV; %s", file, formats[i].what,
                              formats[i].advice);
    /* UTF-16 without a mark: every other byte of plain Latin text is 0. */
    if (length >= 4 &&
        ((!text[0] && text[1] && !text[2] && text[3]) || (text[0] && !text[1] && text[2] && !text[3])))
        return mlt__raise(err, MLT_E_DATA,
                          "%s: this is UTF-16 text, not UTF-8; convert it (iconv -f UTF-16LE -t UTF-8)",
                          file);
    return MLT_OK;
}

/* To the first row: over the byte-order mark, the lines to skip, and blank lines if a header is to come. */
static mlt_status find_first_row(mlt_csv__reader *reader, const mlt_csv_options *options, mlt_error *err) {
    const char *file = mlt__source_name(reader->source);
    MLT_TRY(mlt_csv__reader_fill(reader, SAMPLE_BYTES, err));
    const char *text = reader->buffer + reader->taken;
    MLT_TRY(check_format(file, text, reader->length - reader->taken, err));
    if (reader->length - reader->taken >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        reader->taken += 3;
    MLT_TRY(mlt_csv__reader_skip(reader, options->skip, err));
    MLT_TRY(mlt_csv__reader_fill(reader, SAMPLE_BYTES, err));
    if (reader->taken == reader->length)
        return mlt__raise(err, MLT_E_DATA, "%s: the file is empty%s", file,
                          options->skip > 0 ? " after the lines left out by --skip" : "; give one with data");
    return MLT_OK;
}

/* Read the first row that is not blank; unless it is the header, the reader goes back to where it was. */
static mlt_status read_first_row(mlt_csv__tokens *tokens, mlt_csv__reader *reader, bool is_header,
                                 size_t *line, mlt_error *err) {
    for (size_t wanted = SAMPLE_BYTES;; wanted *= 2) {
        MLT_TRY(mlt_csv__reader_fill(reader, wanted, err));
        const char *start = reader->buffer + reader->taken, *end = reader->buffer + reader->length, *blank;
        *line = reader->line;
        while (start < end && (blank = mlt_csv__blank_line(start, end, reader->delimiter))) {
            start = mlt_csv__after_line_end(blank, end);
            ++*line;
        }
        if (start == end && reader->at_end)
            return mlt__raise(err, MLT_E_DATA, "%s: the file is empty; it holds only blank lines",
                              tokens->file);
        mlt_csv__extent row = mlt_csv__scan_row(start, end, reader->delimiter);
        bool complete = reader->at_end || row.stop || (row.next && row.next < end);
        if (!complete && end - start <= MLT_CSV__ROW_BYTES)
            continue;
        size_t next_line = *line;
        MLT_TRY(mlt_csv__tokens_read(tokens, &start, end, &next_line, err));
        if (is_header) {
            reader->taken = (size_t)(start - reader->buffer);
            reader->line = next_line;
        }
        return MLT_OK;
    }
}

static bool is_utf8(const char *text) {
    while (*text) {
        size_t length = mlt__utf8_length(text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

typedef struct named_column {
    const char *name;
    size_t column;
} named_column;

static int by_name(const void *a, const void *b) {
    const named_column *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : (left->column > right->column) - (left->column < right->column);
}

/* Two columns of one name? The first such pair in the file's order is reported. */
static mlt_status check_duplicates(const mlt_csv__head *head, const char *file, size_t line, mlt_error *err) {
    size_t n = head->p - head->n_nameless, first = n, second = n;
    named_column *sorted;
    MLT_ALLOC(sorted, n, err);
    for (size_t c = 0; c < n; c++)
        sorted[c] = (named_column){head->names[c], c};
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 0; i + 1 < n; i++)
        if (strcmp(sorted[i].name, sorted[i + 1].name) == 0 && sorted[i + 1].column < second) {
            first = sorted[i].column;
            second = sorted[i + 1].column;
        }
    free(sorted);
    if (second == n)
        return MLT_OK;
    mlt_csv__shown shown;
    return mlt__raise(err, MLT_E_DATA,
                      "%s:%zu:%zu: the columns %zu and %zu are both named \"%s\"; rename one%s", file, line,
                      second + 1, first + 1, second + 1,
                      mlt_csv__show(&shown, head->names[first], strlen(head->names[first])),
                      head->numeric_names ? ", or give --no-header if the file has no header" : "");
}

static mlt_status check_names(mlt_csv__head *head, const char *file, size_t line, mlt_error *err) {
    while (head->n_nameless < head->p && *head->names[head->p - head->n_nameless - 1] == '\0')
        head->n_nameless++;
    head->numeric_names = true;
    for (size_t c = 0; c < head->p - head->n_nameless; c++) {
        const char *name = head->names[c];
        double number;
        mlt_csv__shown shown;
        if (*name == '\0')
            return mlt__raise(
                err, MLT_E_DATA,
                "%s:%zu:%zu: this column has no name; give it one in the header, or write the table "
                "without row numbers",
                file, line, c + 1);
        if (!is_utf8(name))
            return mlt__raise(err, MLT_E_DATA,
                              "%s:%zu:%zu: the name \"%s\" is not valid UTF-8; convert the file", file, line,
                              c + 1, mlt_csv__show(&shown, name, strlen(name)));
        head->numeric_names &= mlt_parse_double(&number, name, strlen(name));
    }
    if (head->n_nameless == head->p)
        return mlt__raise(err, MLT_E_DATA, "%s:%zu: the header is empty; give every column a name", file,
                          line);
    return check_duplicates(head, file, line, err);
}

static mlt_status take_names(mlt_csv__head *head, const mlt_csv__tokens *tokens, bool is_header,
                             mlt_error *err) {
    head->p = tokens->n;
    head->names = mlt__calloc(head->p, sizeof *head->names);
    if (!head->names)
        return mlt__raise_nomem(err, head->p * sizeof *head->names);
    for (size_t c = 0; c < head->p; c++) {
        size_t length;
        const char *name = mlt_csv__token(tokens, c, &length);
        char made[32];
        if (!is_header) {
            snprintf(made, sizeof made, "x%zu", c + 1);
            name = made;
        }
        head->names[c] = mlt__strdup(name);
        if (!head->names[c])
            return mlt__raise_nomem(err, length);
    }
    return MLT_OK;
}

mlt_status mlt_csv__head_read(mlt_csv__head *head, mlt_csv__reader *reader, const mlt_csv_options *options,
                              mlt_error *err) {
    *head = (mlt_csv__head){0};
    const char *file = mlt__source_name(reader->source);
    MLT_TRY(find_first_row(reader, options, err));
    const char *text = reader->buffer + reader->taken, *end = reader->buffer + reader->length;
    bool all = reader->at_end && end - text <= SAMPLE_BYTES;
    if (end - text > SAMPLE_BYTES)
        end = text + SAMPLE_BYTES;
    MLT_TRY(
        mlt_csv__dialect_find(&head->delimiter, text, end, all, file, reader->line, options->delimiter, err));
    head->delimiter_found = !options->delimiter;
    reader->delimiter = head->delimiter;

    mlt_csv__tokens tokens;
    size_t line;
    MLT_TRY(mlt_csv__tokens_init(&tokens, file, head->delimiter, SIZE_MAX, err));
    mlt_status status = read_first_row(&tokens, reader, !options->no_header, &line, err);
    if (status == MLT_OK)
        status = take_names(head, &tokens, !options->no_header, err);
    mlt_csv__tokens_clear(&tokens);
    if (status == MLT_OK && !options->no_header)
        status = check_names(head, file, line, err);
    return status;
}

mlt_status mlt_csv__head_pass(mlt_csv__reader *reader, const mlt_csv_options *options, mlt_error *err) {
    MLT_TRY(find_first_row(reader, options, err));
    mlt_csv__tokens tokens;
    size_t line;
    MLT_TRY(mlt_csv__tokens_init(&tokens, mlt__source_name(reader->source), reader->delimiter, 0, err));
    mlt_status status = options->no_header ? MLT_OK : read_first_row(&tokens, reader, true, &line, err);
    mlt_csv__tokens_clear(&tokens);
    return status;
}
