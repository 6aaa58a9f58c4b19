/* The tables of options that several commands share. */
#include "cli/groups.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const cli_option cli_reading_options[] = {
    {.name = "delimiter",
     .kind = CLI_CHAR,
     .offset = offsetof(cli_reading, delimiter),
     .argument = "C",
     .help = "what separates cells, 'tab' for a tab",
     .default_text = "found from the first lines"},
    {.name = "no-header",
     .kind = CLI_FLAG,
     .offset = offsetof(cli_reading, no_header),
     .help = "the first row is data; columns are named x1, x2, ..."},
    {.name = "skip",
     .kind = CLI_WHOLE,
     .offset = offsetof(cli_reading, skip),
     .argument = "N",
     .help = "leave out N lines before the header",
     .max = 1e9,
     .default_text = "0"},
    {.name = "na",
     .kind = CLI_LIST,
     .offset = offsetof(cli_reading, na),
     .argument = "TEXT,...",
     .help = "texts that mean a missing value, beside the empty cell",
     .default_text = "NA, N/A, NaN, null, NULL, None, ? and pandas' others"},
    {.name = "bad-rows",
     .kind = CLI_CHOICE,
     .offset = offsetof(cli_reading, bad_rows),
     .argument = "WHAT",
     .help = "a row with too few or too many cells is an error, or left out",
     .choices = "error|skip",
     .default_text = "error"},
    {0},
};

const cli_option cli_splitting_options[] = {
    {.name = "test-size",
     .kind = CLI_SHARE,
     .offset = offsetof(cli_splitting, test_size),
     .argument = "SHARE",
     .help = "share of the rows that is set aside to test",
     .max = 1,
     .default_text = "0.2"},
    {.name = "train-size",
     .kind = CLI_SHARE,
     .offset = offsetof(cli_splitting, train_size),
     .argument = "SHARE",
     .help = "share of the rows that trains, if not all the others",
     .max = 1},
    {.name = "random-state",
     .kind = CLI_WHOLE,
     .offset = offsetof(cli_splitting, random_state),
     .argument = "N",
     .help = "seed of everything random; the same seed, the same result",
     .max = 4294967295.0,
     .default_text = "42",
     .synonym = "seed"},
    {.name = "stratify",
     .kind = CLI_FLAG,
     .offset = offsetof(cli_splitting, stratify),
     .help = "keep the classes' shares in every part"},
    {.name = "no-shuffle",
     .kind = CLI_FLAG,
     .offset = offsetof(cli_splitting, no_shuffle),
     .help = "keep the file's order, the last rows test"},
    {0},
};

const cli_option cli_output_options[] = {
    {.name = "format",
     .kind = CLI_CHOICE,
     .offset = offsetof(cli_output, format),
     .argument = "FORMAT",
     .help = "how to write the result",
     .choices = "table|json|csv|tsv|markdown",
     .default_text = "table"},
    {.name = "digits",
     .kind = CLI_WHOLE,
     .offset = offsetof(cli_output, digits),
     .argument = "N",
     .help = "significant digits in tables",
     .min = 1,
     .max = 17,
     .default_text = "5"},
    {.name = "no-color",
     .kind = CLI_FLAG,
     .offset = offsetof(cli_output, no_color),
     .help = "no bold headings on a terminal (also: NO_COLOR=1)"},
    {0},
};

static const mlt_format row_formats[] = {MLT_FORMAT_CSV, MLT_FORMAT_TSV, MLT_FORMAT_JSON};
const cli_option cli_row_output_options[] = {
    {.name = "format",
     .kind = CLI_CHOICE,
     .offset = offsetof(cli_row_output, format),
     .argument = "FORMAT",
     .help = "how to write the rows",
     .choices = "csv|tsv|json",
     .default_text = "csv"},
    {0},
};

const cli_option cli_encoding_options[] = {
    {.name = "unknown",
     .kind = CLI_CHOICE,
     .offset = offsetof(cli_encoding, unknown),
     .argument = "WHAT",
     .help = "a category that the model has not seen is an error, or a missing value",
     .choices = "error|missing",
     .default_text = "error"},
    {0},
};

const cli_option cli_common_options[] = {
    {.name = "threads",
     .kind = CLI_WHOLE,
     .offset = offsetof(cli_common, threads),
     .argument = "N",
     .help = "threads to use, all cores if not given; the result is the same",
     .min = 1,
     .max = 1024},
    {.name = "quiet",
     .kind = CLI_FLAG,
     .offset = offsetof(cli_common, quiet),
     .help = "errors only, no notes"},
    {.name = "progress",
     .kind = CLI_CHOICE,
     .offset = offsetof(cli_common, progress),
     .argument = "WHEN",
     .help = "show progress on stderr, by default if that is a terminal",
     .choices = "auto|always|never",
     .default_text = "auto"},
    {.name = "help", .kind = CLI_FLAG, .offset = offsetof(cli_common, help), .help = "this text"},
    {0},
};

mlt_status cli_check_inference(const char *option, const mlt_model_type *type, const mlt_params *params,
                               mlt_error *err) {
    if (mlt_model_infers(type, params))
        return MLT_OK;
    if (type->inference)
        return cli_fail(
            err, MLT_E_USAGE,
            "--%s: with --alpha there are no classical standard errors to go by; leave one of them "
            "out",
            option);
    return cli_fail(err, MLT_E_USAGE, "--%s: %s has no standard errors to go by, linear has; leave it out",
                    option, type->name);
}

mlt_report_options cli_report_options(const cli_output *output) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = isatty(STDOUT_FILENO);
    bool plain = output->no_color || (no_color && *no_color) || !term || strcmp(term, "dumb") == 0;
    return (mlt_report_options){.format = (mlt_format)output->format,
                                .digits = (int)output->digits,
                                .color = terminal && !plain,
                                .terminal = terminal};
}

mlt_report_options cli_row_report_options(const cli_row_output *output) {
    return (mlt_report_options){.format = row_formats[output->format], .terminal = isatty(STDOUT_FILENO)};
}
