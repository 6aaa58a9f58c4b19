/** The data that models are fitted to: which columns, and loading them. */
#ifndef MLT_CLI_TRAINING_DATA_H
#define MLT_CLI_TRAINING_DATA_H

#include "cli/groups.h"

/** What is predicted from what. */
typedef struct cli_columns {
    const char *target, *weights;
    cli_list features, drop, categorical;
    int task;   /**< 0: inferred; else an mlt_task */
    int impute; /**< an mlt_impute */
} cli_columns;
extern const cli_option cli_columns_options[];
#define CLI_COLUMNS(type)                                                                                    \
    { "Columns", cli_columns_options, offsetof(type, columns) }

/** A file that was loaded. */
typedef struct cli_training {
    const char *file;  /**< as named */
    mlt_dataset *data; /**< owned (mlt_dataset_free) */
    char sha256[65];   /**< "" unless asked for */
    char delimiter;
    size_t rows_read; /**< with those that were left out */
    double seconds;
} cli_training;

/** What to load. */
typedef struct cli_training_source {
    const char *file;
    const cli_columns *columns;
    const cli_reading *reading;
    mlt_task task; /**< 0: inferred */
    bool digest;   /**< compute sha256 */
} cli_training_source;

/** How to read the file. */
mlt_csv_options cli_training_csv(const cli_training_source *source);
/** The columns' parts. */
mlt_dataset_options cli_training_columns(const cli_training_source *source);
/** Read a CSV file and make a dataset of it. @return as mlt_csv_read and mlt_dataset_new */
MLT_MUST_CHECK mlt_status cli_load_training(cli_training *out, const cli_training_source *source,
                                            const mlt_context *ctx, mlt_error *err);

#endif
