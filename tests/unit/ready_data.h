/** Data sets ready to fit to: from a frame, or a file of data/. */
#ifndef MLT_TESTS_READY_DATA_H
#define MLT_TESTS_READY_DATA_H

#include "support.h"

#include "mltool/mltool.h"

#include <stdio.h>

/** The last column is the target. Consumes the frame. */
static inline mlt_dataset *dataset_of(mlt_frame *frame) {
    mlt_dataset *data;
    mlt_error err;
    assert_ok(mlt_dataset_new(&data, frame, &(mlt_dataset_options){0}, NULL, &err), &err);
    return data;
}

/** data/NAME.csv */
static inline mlt_dataset *read_data(const char *name) {
    char path[300];
    mlt_frame *frame;
    mlt_error err;
    snprintf(path, sizeof path, "%s/data/%s.csv", MLT_SOURCE_DIR, name);
    assert_ok(mlt_csv_read(&frame, path, &(mlt_csv_options){0}, NULL, &err), &err);
    return dataset_of(frame);
}

#endif
