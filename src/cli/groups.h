/** Options that several commands share: their values, and their tables (ended by one without name). */
#ifndef MLT_CLI_GROUPS_H
#define MLT_CLI_GROUPS_H

#include "cli/command.h"
#include "mltool/report.h"

/** How a CSV file is read. */
typedef struct cli_reading {
    char delimiter; /**< 0: found */
    bool no_header;
    int64_t skip;
    cli_list na;  /**< items NULL: the default list */
    int bad_rows; /**< 0: an error; 1: left out */
} cli_reading;
extern const cli_option cli_reading_options[];

/** How a share of the rows is set aside. */
typedef struct cli_splitting {
    double test_size, train_size;
    int64_t random_state;
    bool stratify, no_shuffle;
} cli_splitting;
extern const cli_option cli_splitting_options[];

/** The option --level; `type` has a double member `level`. */
#define CLI_LEVEL(type)                                                                                      \
    {                                                                                                        \
        .name = "level", .kind = CLI_SHARE, .offset = offsetof(type, level), .argument = "SHARE",            \
        .help = "confidence of a linear model's intervals", .max = 1, .default_text = "0.95"                 \
    }
/** Refuse an option that is for models with standard errors.
 *  @param params  resolved
 *  @return MLT_OK, MLT_E_USAGE */
MLT_MUST_CHECK mlt_status cli_check_inference(const char *option, const mlt_model_type *type,
                                              const mlt_params *params, mlt_error *err);

/** How results are written. */
typedef struct cli_output {
    int format; /**< an mlt_format */
    int64_t digits;
    bool no_color;
} cli_output;
extern const cli_option cli_output_options[];

/** How rows are written: CSV, TSV or JSON. */
typedef struct cli_row_output {
    int format; /**< not an mlt_format; see cli_row_report_options */
} cli_row_output;
extern const cli_option cli_row_output_options[];

/** Data for a model that exists. */
typedef struct cli_encoding {
    int unknown; /**< 0: an unknown category is an error; 1: it is missing */
} cli_encoding;
extern const cli_option cli_encoding_options[];

/** Of every command. */
typedef struct cli_common {
    int64_t threads; /**< 0: all cores */
    bool quiet;
    int progress; /**< a cli_progress */
    bool help;
} cli_common;
extern const cli_option cli_common_options[];

/* Groups of a command whose struct has a member for each. */
#define CLI_READING(type)                                                                                    \
    { "Reading", cli_reading_options, offsetof(type, reading) }
#define CLI_OUTPUT(type)                                                                                     \
    { "Output", cli_output_options, offsetof(type, output) }
#define CLI_ROW_OUTPUT(type)                                                                                 \
    { "Output", cli_row_output_options, offsetof(type, output) }
#define CLI_COMMON(type)                                                                                     \
    { "Everywhere", cli_common_options, offsetof(type, common) }

mlt_report_options cli_report_options(const cli_output *output);
mlt_report_options cli_row_report_options(const cli_row_output *output);

#endif
