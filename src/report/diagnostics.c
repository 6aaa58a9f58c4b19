/* Diagnostics of a linear fit as a CSV file, a training row each. */
#include "core/error.h"
#include "io/file_replace.h"
#include "report/delimited.h"

#include <stdlib.h>

static void write_rows(FILE *out, const mlt_diagnostics *d, const mlt_dataset *data) {
    static const char *const names[] = {"row",      "fitted",        "residual", "studentised_residual",
                                        "leverage", "cooks_distance"};
    mlt__delimited rows;
    mlt__delimited_start(&rows, out, &(mlt_report_options){.format = MLT_FORMAT_CSV});
    for (size_t c = 0; c < sizeof names / sizeof *names; c++)
        mlt__delimited_text(&rows, names[c]);
    mlt__delimited_end_row(&rows);
    for (size_t i = 0; i < d->n && !ferror(out); i++) {
        mlt__delimited_count(&rows, data->origin ? data->origin[d->rows[i]] : d->rows[i]);
        mlt__delimited_real(&rows, d->fitted[i]);
        mlt__delimited_real(&rows, d->residual[i]);
        mlt__delimited_real(&rows, d->studentised[i]);
        mlt__delimited_real(&rows, d->leverage[i]);
        mlt__delimited_real(&rows, d->cook[i]);
        mlt__delimited_end_row(&rows);
    }
}

mlt_status mlt_report_diagnostics(const char *path, const mlt_diagnostics *diagnostics,
                                  const mlt_dataset *data, mlt_error *err) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return mlt__raise_nomem(err, 1);
    write_rows(out, diagnostics, data);
    bool failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return mlt__raise_nomem(err, size);
    }
    struct iovec part = {.iov_base = text, .iov_len = size};
    mlt_status status = mlt__file_replace(path, &part, 1, err);
    free(text);
    return status;
}
