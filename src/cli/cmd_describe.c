/* mltool describe: what a table holds, and what may be wrong with it. */
#include "cli/files.h"
#include "cli/groups.h"
#include "mltool/describe.h"
#include "mltool/nearest.h"

#include <string.h>

typedef struct describe_what {
    const char *target;
    cli_list drop, categorical, allow;
    int task;
    int64_t head;
    bool strict;
} describe_what;

static const cli_option what_options[] = {
    {.name = "head",
     .kind = CLI_WHOLE,
     .offset = offsetof(describe_what, head),
     .argument = "N",
     .help = "show the first N rows",
     .max = 100,
     .default_text = "5"},
    {.name = "strict",
     .kind = CLI_FLAG,
     .offset = offsetof(describe_what, strict),
     .help = "end with exit code 1 if there is a warning"},
    {.name = "allow",
     .kind = CLI_LIST,
     .offset = offsetof(describe_what, allow),
     .argument = "WARNING,...",
     .min = 1,
     .help = "warnings that are not wanted: empty, constant, id, text, leak, outliers or duplicates"},
    {0},
};

static const cli_option column_options[] = {
    {.name = "target",
     .kind = CLI_TEXT,
     .offset = offsetof(describe_what, target),
     .argument = "COL",
     .help = "the column to predict",
     .default_text = "the last one"},
    {.name = "drop",
     .kind = CLI_LIST,
     .offset = offsetof(describe_what, drop),
     .argument = "COL,...",
     .min = 1,
     .help = "columns to leave out"},
    {.name = "categorical",
     .kind = CLI_LIST,
     .offset = offsetof(describe_what, categorical),
     .argument = "COL,...",
     .min = 1,
     .help = "columns whose numbers are names, such as codes"},
    {.name = "task",
     .kind = CLI_CHOICE,
     .offset = offsetof(describe_what, task),
     .argument = "TASK",
     .help = "predict a number or a class",
     .choices = "auto|regression|classification",
     .default_text = "auto"},
    {0},
};

typedef struct describe_options {
    describe_what what;
    cli_reading reading;
    cli_output output;
    cli_common common;
} describe_options;

static mlt_status read_allowed(unsigned *out, const cli_list *allow, mlt_error *err) {
    *out = 0;
    for (size_t i = 0; i < allow->n; i++) {
        size_t w = 0;
        while (w < MLT_N_WARNINGS && strcmp(mlt_warning_names[w], allow->items[i]) != 0)
            w++;
        *out |= 1U << w;
        if (w < MLT_N_WARNINGS)
            continue;
        cli_shown shown;
        const char *nearest = mlt_nearest(allow->items[i], mlt_warning_names, MLT_N_WARNINGS);
        return cli_fail(err, MLT_E_USAGE, "--allow: '%s' is no warning; %s%s%s",
                        cli_show(&shown, allow->items[i]),
                        nearest ? "did you mean '" : "'mltool help describe' lists them",
                        nearest ? nearest : "", nearest ? "'?" : "");
    }
    return MLT_OK;
}

/* CSV and TSV say what columns have; what the table has is told beside them. */
static void tell(const cli_call *call, const mlt_description *description) {
    const describe_options *options = call->options;
    mlt_format format = cli_report_options(&options->output).format;
    size_t n = 0;
    if ((format == MLT_FORMAT_CSV || format == MLT_FORMAT_TSV) && description->warnings & MLT_WARN_DUPLICATES)
        cli_console_say(call->console, "rows that repeat an earlier one in every column: %zu",
                        description->n_duplicates);
    for (unsigned bits = description->warnings; bits; bits &= bits - 1)
        n++;
    if (options->what.strict && n > 0)
        cli_console_say(call->console,
                        "%zu kind%s of warning, so the exit code is 1; --allow takes those that are wanted "
                        "that way",
                        n, n == 1 ? "" : "s");
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    const describe_options *options = call->options;
    const describe_what *what = &options->what;
    const char *file = call->parsed->operands[0];
    mlt_describe_options how = {.target = what->target,
                                .drop = what->drop.items,
                                .n_drop = what->drop.n,
                                .task = (mlt_task)what->task};
    mlt_frame *frame;
    mlt_description *description = NULL;
    CLI_TRY(read_allowed(&how.allow, &what->allow, err));
    CLI_TRY(cli_check_stdout(file, err));
    mlt_csv_options csv = cli_csv_options(&options->reading);
    csv.categorical = what->categorical.items;
    csv.n_categorical = what->categorical.n;
    csv.label = what->target;
    CLI_TRY(mlt_csv_read(&frame, file, &csv, call->ctx, err));
    mlt_status status = mlt_describe(&description, frame, &how, call->ctx, err);
    if (status == MLT_OK) {
        cli_console_erase();
        mlt_report_options report = cli_report_options(&options->output);
        status = mlt_report_description(stdout, description, (size_t)what->head, &report, err);
    }
    if (status == MLT_OK) {
        tell(call, description);
        *call->negative = what->strict && description->warnings;
    }
    mlt_description_free(description);
    mlt_frame_free(frame);
    return status;
}

static const cli_group groups[] = {
    {"What to say", what_options, offsetof(describe_options, what)},
    {"Columns", column_options, offsetof(describe_options, what)},
    CLI_READING(describe_options),
    CLI_OUTPUT(describe_options),
    CLI_COMMON(describe_options),
};

static const char *const operands[] = {"DATA.csv"};

static const cli_example examples[] = {
    {"mltool describe data/car_prices.csv", "columns, values, what they say of the target, warnings"},
    {"mltool describe --strict --allow outliers,duplicates --format json data/iris.csv",
     "stop a pipeline when the data have gone wrong"},
};

const cli_command cli_command_describe = {
    .grammar = {.command = "describe",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "say what a CSV file holds, and what may be wrong with it",
    .synopsis = "[options] DATA.csv",
    .text =
        "Look at a table before fitting: types, missing cells, ranges, the classes' shares, and what each "
        "column says of the target. Warnings tell of columns of no use, ids, columns that give the target "
        "away, values far out and rows that occur twice.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(describe_options),
    .common_offset = offsetof(describe_options, common),
    .run = run,
};
