/* The data that models are fitted to. */
#include "cli/training_data.h"

#include "cli/files.h"

#include <string.h>

const cli_option cli_columns_options[] = {
    {.name = "target",
     .kind = CLI_TEXT,
     .offset = offsetof(cli_columns, target),
     .argument = "COL",
     .help = "the column to predict",
     .default_text = "the last one"},
    {.name = "features",
     .kind = CLI_LIST,
     .offset = offsetof(cli_columns, features),
     .argument = "COL,...",
     .min = 1,
     .help = "the columns to predict from",
     .default_text = "all others"},
    {.name = "drop",
     .kind = CLI_LIST,
     .offset = offsetof(cli_columns, drop),
     .argument = "COL,...",
     .min = 1,
     .help = "columns to leave out"},
    {.name = "categorical",
     .kind = CLI_LIST,
     .offset = offsetof(cli_columns, categorical),
     .argument = "COL,...",
     .min = 1,
     .help = "columns whose numbers are names, such as codes"},
    {.name = "weights",
     .kind = CLI_TEXT,
     .offset = offsetof(cli_columns, weights),
     .argument = "COL",
     .help = "a column with each row's weight"},
    {.name = "task",
     .kind = CLI_CHOICE,
     .offset = offsetof(cli_columns, task),
     .argument = "TASK",
     .help = "predict a number or a class",
     .choices = "auto|regression|classification",
     .default_text = "auto"},
    {.name = "impute",
     .kind = CLI_CHOICE,
     .offset = offsetof(cli_columns, impute),
     .argument = "HOW",
     .help = "fill missing cells from the training rows, or drop their rows",
     .choices = "none|mean|median|most-frequent|drop",
     .default_text = "none"},
    {0},
};

mlt_csv_options cli_training_csv(const cli_training_source *source) {
    mlt_csv_options csv = cli_csv_options(source->reading);
    csv.categorical = source->columns->categorical.items;
    csv.n_categorical = source->columns->categorical.n;
    csv.label = source->columns->target;
    csv.digest = source->digest;
    return csv;
}

mlt_dataset_options cli_training_columns(const cli_training_source *source) {
    const cli_columns *columns = source->columns;
    return (mlt_dataset_options){.target = columns->target,
                                 .features = columns->features.items,
                                 .n_features = columns->features.n,
                                 .drop = columns->drop.items,
                                 .n_drop = columns->drop.n,
                                 .weights = columns->weights,
                                 .task = source->task,
                                 .drop_missing = (mlt_impute)columns->impute == MLT_IMPUTE_DROP};
}

mlt_status cli_load_training(cli_training *out, const cli_training_source *source, const mlt_context *ctx,
                             mlt_error *err) {
    mlt_csv_options csv = cli_training_csv(source);
    mlt_dataset_options how = cli_training_columns(source);
    mlt_frame *frame;
    double start = cli_now();
    CLI_TRY(mlt_csv_read(&frame, source->file, &csv, ctx, err));
    out->file = source->file;
    memcpy(out->sha256, frame->sha256, sizeof out->sha256);
    out->delimiter = frame->delimiter;
    out->rows_read = frame->n;
    CLI_TRY(mlt_dataset_new(&out->data, frame, &how, ctx, err));
    out->seconds = cli_now() - start;
    return MLT_OK;
}
