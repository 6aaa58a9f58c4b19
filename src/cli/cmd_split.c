/* mltool split: the rows of a CSV file divided as `fit` divides them, as two files or as a list. */
#include "cli/dividing.h"
#include "cli/files.h"
#include "cli/groups.h"
#include "cli/spool.h"
#include "mltool/rows.h"

#include <stdlib.h>
#include <string.h>

typedef struct split_what {
    const char *train_out, *test_out, *target;
    bool indices;
} split_what;

static const cli_option what_options[] = {
    {.name = "train-out",
     .kind = CLI_TEXT,
     .offset = offsetof(split_what, train_out),
     .argument = "FILE",
     .help = "write the training rows here"},
    {.name = "test-out",
     .kind = CLI_TEXT,
     .offset = offsetof(split_what, test_out),
     .argument = "FILE",
     .help = "write the test rows here"},
    {.name = "indices",
     .kind = CLI_FLAG,
     .offset = offsetof(split_what, indices),
     .help = "write no files but row numbers, from 0, and their part"},
    {.name = "target",
     .kind = CLI_TEXT,
     .offset = offsetof(split_what, target),
     .argument = "COL",
     .help = "the column with the classes, for --stratify",
     .default_text = "the last one"},
    {0},
};

typedef struct split_options {
    split_what what;
    cli_splitting splitting;
    cli_reading reading;
    cli_row_output output;
    cli_common common;
} split_options;

static mlt_status check_options(const cli_call *call, const char *file, mlt_error *err) {
    const split_options *options = call->options;
    const split_what *what = &options->what;
    if (options->splitting.stratify && options->splitting.no_shuffle)
        return cli_fail(err, MLT_E_USAGE,
                        "--stratify: needs shuffling, which --no-shuffle forbids; give one of them");
    if (what->target && !options->splitting.stratify)
        return cli_fail(err, MLT_E_USAGE, "--target: is for --stratify; give both, or none");
    if (what->indices)
        return cli_check_stdout(file, err);
    if (!what->train_out || !what->test_out)
        return cli_fail(err, MLT_E_USAGE, "--%s: missing; give --train-out and --test-out, or --indices",
                        what->train_out ? "test-out" : "train-out");
    if (cli_given(call->parsed, "format"))
        return cli_fail(err, MLT_E_USAGE, "--format: is for --indices; files are copied as they are");
    const char *inputs[] = {file, NULL}, *taken[] = {file, what->train_out, NULL};
    CLI_TRY(cli_check_output(what->train_out, "train-out", inputs, err));
    if (cli_same_file(what->train_out, what->test_out))
        return cli_fail(err, MLT_E_USAGE, "--test-out: is the file of --train-out; name another");
    return cli_check_output(what->test_out, "test-out", taken, err);
}

/* The class of each row: the target column's codes, borrowed. */
static mlt_status classes_of(const uint32_t **codes, size_t *k, const mlt_frame *frame, const char *target,
                             mlt_error *err) {
    const mlt_column *column = target ? mlt_frame_column(frame, target) : &frame->columns[frame->p - 1];
    cli_shown file, shown;
    cli_show(&file, frame->source);
    if (!column)
        return cli_no_column(frame, "target", target, err);
    cli_show(&shown, column->name);
    if (column->n_missing)
        return cli_fail(err, MLT_E_DATA,
                        "%s: column '%s' has no class in %zu of the rows; fill or remove them", file.text,
                        shown.text, column->n_missing);
    if (!column->codes)
        return cli_fail(err, MLT_E_DATA,
                        "%s: column '%s' has too many values to be classes; give another --target", file.text,
                        shown.text);
    /* Without missing cells no code is negative. */
    *codes = (const uint32_t *)(const void *)column->codes;
    *k = column->n_levels;
    return MLT_OK;
}

static mlt_status divide(mlt_split *split, mlt_division *division, const cli_call *call,
                         const mlt_frame *frame, mlt_error *err) {
    const split_options *options = call->options;
    const cli_splitting *splitting = &options->splitting;
    *division = cli_division(splitting, call->parsed, true);
    mlt_split_options how = {.test_size = division->test_size,
                             .train_size = division->train_size,
                             .no_shuffle = division->no_shuffle,
                             .random_state = division->random_state};
    if (splitting->stratify)
        CLI_TRY(classes_of(&how.stratify, &how.k, frame, options->what.target, err));
    CLI_TRY(mlt_split_holdout(split, frame->n, &how, err));
    division->n_train = split->n_train;
    division->n_test = split->n_test;
    return MLT_OK;
}

static mlt_status write_files(const split_what *what, const mlt_split *split, const mlt_rows *rows,
                              const cli_call *call, mlt_error *err) {
    CLI_TRY(mlt_rows_write(what->train_out, rows, split->train, split->n_train, err));
    CLI_TRY(mlt_rows_write(what->test_out, rows, split->test, split->n_test, err));
    cli_console_say(call->console, "%zu rows written to %s, %zu to %s", split->n_train, what->train_out,
                    split->n_test, what->test_out);
    return MLT_OK;
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    const split_options *options = call->options;
    const split_what *what = &options->what;
    const char *file = call->parsed->operands[0], *path = file;
    mlt_frame *frame = NULL;
    mlt_rows *rows = NULL;
    mlt_split split = {0};
    mlt_division division;
    CLI_TRY(check_options(call, file, err));
    cli_spool spool = {.path = file};
    mlt_status status = MLT_OK;
    if (!what->indices) { /* the file is read twice: checked, then copied */
        CLI_TRY(cli_spool_open(&spool, file, err));
        path = spool.path;
    }
    mlt_csv_options csv = cli_csv_options(&options->reading);
    csv.label = what->target;
    CLI_TRY_GOTO(mlt_csv_read(&frame, path, &csv, call->ctx, err), done);
    CLI_TRY_GOTO(divide(&split, &division, call, frame, err), done);
    if (what->indices) {
        mlt_report_options report = cli_row_report_options(&options->output);
        mlt_report_split(stdout, file, &split, &division, &report);
        goto done;
    }
    CLI_TRY_GOTO(cli_spool_rewind(&spool, err), done);
    CLI_TRY_GOTO(mlt_rows_load(&rows, path, &csv, frame, call->ctx, err), done);
    status = write_files(what, &split, rows, call, err);
done:
    mlt_rows_free(rows);
    mlt_split_clear(&split);
    mlt_frame_free(frame);
    return status;
}

static const cli_group groups[] = {
    {"What to write", what_options, offsetof(split_options, what)},
    {"Split", cli_splitting_options, offsetof(split_options, splitting)},
    CLI_READING(split_options),
    CLI_ROW_OUTPUT(split_options),
    CLI_COMMON(split_options),
};

static const cli_conflict conflicts[] = {{"indices", "train-out"}, {"indices", "test-out"}};

static const char *const operands[] = {"DATA.csv"};

static const cli_example examples[] = {
    {"mltool split --train-out train.csv --test-out test.csv data/iris.csv",
     "two files, the rows' text unchanged"},
    {"mltool split --indices --test-size 0.25 --stratify data/wine.csv", "row numbers, train first"},
};

const cli_command cli_command_split = {
    .grammar = {.command = "split",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .conflicts = conflicts,
                .n_conflicts = CLI_COUNT(conflicts),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "divide a CSV file's rows into train and test",
    .synopsis = "[options] DATA.csv",
    .text = "Divide the rows as fit does, with scikit-learn's order of rows: into two files, each with the "
            "header, or "
            "as a list of row numbers.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(split_options),
    .common_offset = offsetof(split_options, common),
    .run = run,
};
