/* mltool version: what this program was built from. */
#include "cli/groups.h"

#include <cblas.h>
#include <gsl/gsl_version.h>
#include <jansson.h>
#include <omp.h>
#include <zlib.h>

typedef struct version_options {
    cli_output output;
    cli_common common;
} version_options;

#if defined __clang__
#define COMPILER "clang " __clang_version__
#elif defined __GNUC__
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

static mlt_status run(const cli_call *call, mlt_error *err) {
    const version_options *options = call->options;
    char threads[16];
    snprintf(threads, sizeof threads, "%d", call->ctx->threads ? call->ctx->threads : omp_get_num_procs());
    const mlt_fact facts[] = {
        {"mltool", MLT_VERSION}, {"compiler", COMPILER},
        {"gsl", gsl_version},    {"openblas", openblas_get_config()},
        {"zlib", zlibVersion()}, {"jansson", jansson_version_str()},
        {"threads", threads},    {"licence", "GPL-3.0-or-later"},
    };
    mlt_report_options report = cli_report_options(&options->output);
    return mlt_report_facts(stdout, "version", facts, CLI_COUNT(facts), &report, err);
}

static const cli_group groups[] = {CLI_OUTPUT(version_options), CLI_COMMON(version_options)};

static const cli_example examples[] = {{"mltool version", "the version, and those of the libraries"}};

const cli_command cli_command_version = {
    .grammar = {.command = "version", .groups = groups, .n_groups = CLI_COUNT(groups)},
    .summary = "say which version this is, and how it was built",
    .synopsis = "[options]",
    .text = "Say which version this is, which compiler made it, and which libraries it runs with.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(version_options),
    .common_offset = offsetof(version_options, common),
    .run = run,
};
