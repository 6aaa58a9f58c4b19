/* A piece of text, row by row. Plain rows take the fast lane (csv_lane.c); libcsv reads the others. */
#include "core/error.h"
#include "data/csv_lane.h"
#include "data/csv_scan.h"
#include "data/csv_table.h"

/* Is the row the header once more? */
static bool repeats_header(const mlt_csv__table *table, const mlt_csv__tokens *tokens) {
    if (table->check == table->p || tokens->n != table->p)
        return false;
    /* The column that can tell is compared first. */
    for (size_t i = 0; i <= table->p; i++) {
        size_t c = i == 0 ? table->check : i - 1, length;
        const char *text = mlt_csv__token(tokens, c, &length);
        if (strlen(table->names[c]) != length || memcmp(table->names[c], text, length) != 0)
            return false;
    }
    return true;
}

static mlt_status raise_width(const mlt_csv__table *table, mlt_csv__worker *worker, size_t line) {
    size_t found = worker->tokens.n;
    return mlt__raise(&worker->error, MLT_E_DATA,
                      "%s:%zu: expected %zu field%s, found %zu; mend the row, or leave such rows out with "
                      "--bad-rows skip",
                      table->file, line, table->p, table->p == 1 ? "" : "s", found);
}

/* Read a row with libcsv and store it in row `row`; `*stored` tells whether it was, or is to be left out. */
static mlt_status read_carefully(const mlt_csv__table *table, mlt_csv__worker *worker, const char **start,
                                 const char *end, size_t *line, size_t row, bool *stored) {
    size_t first_line = *line;
    MLT_TRY(mlt_csv__tokens_read(&worker->tokens, start, end, line, &worker->error));
    bool repeated = repeats_header(table, &worker->tokens);
    *stored = worker->tokens.n == table->p && !repeated;
    if (!*stored) {
        worker->n_skipped++;
        if (table->options->skip_bad_rows)
            return MLT_OK;
        if (repeated)
            return mlt__raise(
                &worker->error, MLT_E_DATA,
                "%s:%zu: the header is repeated here; remove the line, or leave such rows out with "
                "--bad-rows skip",
                table->file, first_line);
        return raise_width(table, worker, first_line);
    }
    for (size_t c = 0; c < table->p; c++) {
        size_t length;
        const char *text = mlt_csv__token(&worker->tokens, c, &length);
        MLT_TRY(mlt_csv__cell_store(table, worker, row, c, text, length, first_line));
    }
    return MLT_OK;
}

mlt_status mlt_csv__piece_read(mlt_csv__piece *piece, const mlt_csv__table *table, mlt_csv__worker *worker) {
    const char *s = piece->start;
    size_t line = piece->line, row = piece->row;
    while (s < piece->end) {
        bool may_be_blank = *s <= ' ';
        const char *line_end = may_be_blank ? mlt_csv__blank_line(s, piece->end, table->delimiter) : NULL;
        if (line_end) {
            /* Nothing to libcsv; but in a table of one column it is the only way to write an empty cell. */
            if (table->p == 1) {
                MLT_TRY(mlt_csv__cell_store(table, worker, row++, 0, "", 0, line));
                worker->n_blank++;
            }
            s = mlt_csv__after_line_end(line_end, piece->end);
            line++;
            continue;
        }
        if (!table->careful && mlt_csv__lane_read(table, worker, &s, row)) {
            row++;
            line++;
            continue;
        }
        bool stored;
        MLT_TRY(read_carefully(table, worker, &s, piece->end, &line, row, &stored));
        row += stored;
    }
    piece->rows = row - piece->row;
    return MLT_OK;
}
