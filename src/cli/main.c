/* mltool: find the command, parse its options, run it, say what went wrong. */
#include "cli/command.h"
#include "cli/groups.h"
#include "cli/help.h"
#include "cli/signals.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mlt_status run_command(bool *negative, const cli_command *command, char *const *argv,
                              cli_console *console, mlt_error *err) {
    void *options = calloc(1, command->options_size);
    if (!options)
        return cli_fail_memory(err);
    cli_parsed parsed;
    mlt_status status = cli_parse(&parsed, options, &command->grammar, argv + 2, err);
    if (status == MLT_OK && parsed.help) {
        cli_help_command(command);
    } else if (status == MLT_OK) {
        const cli_common *common = (const void *)((const char *)options + command->common_offset);
        cli_console_start(console, common->quiet, (cli_progress)common->progress);
        mlt_context ctx = {.threads = (int)common->threads,
                           .user = console,
                           .note = cli_console_note,
                           .progress = cli_console_progress};
        bool no = false;
        cli_call call = {.console = console,
                         .ctx = &ctx,
                         .options = options,
                         .parsed = &parsed,
                         .argv = argv,
                         .negative = &no};
        status = command->run(&call, err);
        *negative = no;
    }
    cli_parsed_clear(&parsed);
    free(options);
    return status;
}

static mlt_status dispatch(bool *negative, int argc, char *const *argv, cli_console *console,
                           mlt_error *err) {
    if (argc < 2) {
        cli_help_usage();
        return MLT_OK;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0)
        name = "version";
    const cli_command *command = cli_command_find(name);
    return command ? run_command(negative, command, argv, console, err) : cli_command_unknown(name, err);
}

int main(int argc, char **argv) {
    cli_signals_guard_streams();
    cli_signals_install();
    setvbuf(stderr, NULL, _IOLBF, 0);
    gsl_set_error_handler_off();
    cli_console console;
    cli_console_start(&console, false, CLI_PROGRESS_NEVER);
    mlt_error err = {0};
    bool negative = false;
    mlt_status status = dispatch(&negative, argc, argv, &console, &err);
    cli_console_erase();
    mlt_error close_err = {0};
    mlt_status closed = cli_signals_close_stdout(&close_err);
    if (status != MLT_OK)
        cli_console_error(&err);
    else if (closed != MLT_OK)
        cli_console_error(&close_err);
    if (status == MLT_OK && closed == MLT_OK)
        return negative;
    return cli_exit_code(status != MLT_OK ? status : closed);
}
