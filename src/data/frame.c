/* Frames: looking up a column, and freeing. */
#include "mltool/frame.h"

#include <stdlib.h>
#include <string.h>

const mlt_column *mlt_frame_column(const mlt_frame *frame, const char *name) {
    for (size_t c = 0; c < frame->p; c++)
        if (strcmp(frame->columns[c].name, name) == 0)
            return &frame->columns[c];
    return NULL;
}

void mlt_frame_free(mlt_frame *frame) {
    if (!frame)
        return;
    for (size_t c = 0; frame->columns && c < frame->p; c++) {
        mlt_column *column = &frame->columns[c];
        for (size_t i = 0; column->levels && i < column->n_levels; i++)
            free(column->levels[i]);
        free(column->levels);
        free(column->name);
        free(column->values);
        free(column->codes);
        free(column->first_text);
    }
    free(frame->columns);
    free(frame->source);
    free(frame);
}
