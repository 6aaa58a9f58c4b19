/* One row many times over, to ask a model what it would say if a cell were another. */
#include "core/error.h"
#include "core/memory.h"
#include "eval/explain_parts.h"

#include <stdlib.h>

mlt_status mlt__row_copies_new(mlt__row_copies *out, const mlt_dataset *data, size_t row, size_t n,
                               mlt_error *err) {
    *out = (mlt__row_copies){.data = *data};
    out->data.n = n;
    out->data.y = NULL;
    out->data.labels = NULL;
    out->data.weights = NULL;
    out->data.origin = NULL;
    out->cells = mlt__calloc(data->p, sizeof *out->cells);
    out->values = mlt__calloc(data->p, sizeof *out->values);
    out->codes = mlt__calloc(data->p, sizeof *out->codes);
    if (!out->cells || !out->values || !out->codes)
        return mlt__raise_nomem(err, data->p * sizeof *out->cells);
    for (size_t j = 0; j < data->p; j++) {
        const mlt_cells *from = &data->x[j];
        if (from->values) {
            MLT_ALLOC(out->values[j], n, err);
            for (size_t i = 0; i < n; i++)
                out->values[j][i] = from->values[row];
        } else {
            MLT_ALLOC(out->codes[j], n, err);
            for (size_t i = 0; i < n; i++)
                out->codes[j][i] = from->codes[row];
        }
        out->cells[j] = (mlt_cells){.values = out->values[j], .codes = out->codes[j]};
    }
    out->data.x = out->cells;
    return MLT_OK;
}

void mlt__row_copies_clear(mlt__row_copies *copies) {
    for (size_t j = 0; j < copies->data.p; j++) {
        if (copies->values)
            free(copies->values[j]);
        if (copies->codes)
            free(copies->codes[j]);
    }
    free(copies->values);
    free(copies->codes);
    free(copies->cells);
    *copies = (mlt__row_copies){0};
}
