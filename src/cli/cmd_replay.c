/* mltool replay: redo what a model file records, and say whether the same came out. */
#include "cli/files.h"
#include "cli/replay_work.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct replay_options {
    cli_output output;
    cli_common common;
} replay_options;

static mlt_status report(const cli_call *call, const char *file, const mlt_recipe *recipe,
                         const mlt_difference *difference, mlt_error *err) {
    const replay_options *options = call->options;
    bool same = !difference->text[0];
    const mlt_fact facts[] = {
        {"verdict", same ? "identical" : "different"},
        {same ? "data" : "difference", same ? file : difference->text},
        {"command", recipe->command},
    };
    mlt_report_options form = cli_report_options(&options->output);
    cli_console_erase();
    *call->negative = !same;
    return mlt_report_facts(stdout, "replay", facts, CLI_COUNT(facts), &form, err);
}

/* Other data cannot give the same model: look before the work. */
static mlt_status check_data(mlt_difference *difference, const replay_plan *plan, const cli_spool *spool,
                             const mlt_recipe *recipe, const mlt_context *ctx, mlt_error *err) {
    const cli_reading *reading = replay_plan_reading(plan);
    mlt_csv_options csv = reading ? cli_csv_options(reading) : (mlt_csv_options){0};
    mlt_context silent = *ctx;
    silent.note = NULL;
    csv.digest = true;
    mlt_frame *frame;
    CLI_TRY(mlt_csv_read(&frame, spool->path, &csv, &silent, err));
    if (recipe->data_sha256 && strcmp(frame->sha256, recipe->data_sha256) != 0)
        snprintf(difference->text, sizeof difference->text,
                 "the data are others: their SHA-256 was %.12s..., is %.12s...", recipe->data_sha256,
                 frame->sha256);
    mlt_frame_free(frame);
    return cli_spool_rewind(spool, err);
}

/* Redo it and compare. */
static mlt_status redo(mlt_difference *difference, const replay_plan *plan, const int ends[2],
                       const mlt_model *was, const mlt_recipe *was_made, mlt_error *err) {
    mlt_model *is;
    mlt_recipe is_made;
    CLI_TRY(replay_run(&is, &is_made, plan, ends, err));
    mlt_status status = mlt_model_unpack(is, err);
    if (status == MLT_OK)
        status = mlt_model_difference(difference, was, was_made, is, &is_made, err);
    mlt_recipe_clear(&is_made);
    mlt_model_free(is);
    return status;
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    const replay_options *options = call->options;
    const char *model_file = call->parsed->operands[0], *file = call->parsed->operands[1];
    mlt_model *model;
    mlt_recipe recipe;
    replay_plan plan = {0};
    mlt_difference difference = {{0}};
    cli_spool spool;
    int ends[2];
    char save[40], threads[16];
    mlt_status status;
    CLI_TRY(cli_check_stdout(file, err));
    CLI_TRY(mlt_model_file_load(&model, &recipe, model_file, call->ctx, err));
    CLI_TRY_GOTO(mlt_model_unpack(model, err), done);
    CLI_TRY_GOTO(cli_spool_open(&spool, file, err), done);
    if (pipe(ends) != 0) {
        status = cli_fail_io(err, "a pipe", "made", errno);
        goto done;
    }
    snprintf(save, sizeof save, "/dev/fd/%d", ends[1]);
    snprintf(threads, sizeof threads, "%d", (int)options->common.threads);
    status = replay_plan_read(&plan, recipe.command, save, spool.path,
                              options->common.threads ? threads : NULL, err);
    if (status == MLT_OK)
        status = check_data(&difference, &plan, &spool, &recipe, call->ctx, err);
    if (status == MLT_OK && !difference.text[0]) {
        status = redo(&difference, &plan, ends, model, &recipe, err);
    } else {
        close(ends[0]);
        close(ends[1]);
    }
    if (status == MLT_OK)
        status = report(call, file, &recipe, &difference, err);
done:
    replay_plan_clear(&plan);
    mlt_recipe_clear(&recipe);
    mlt_model_free(model);
    return status;
}

static const cli_group groups[] = {CLI_OUTPUT(replay_options), CLI_COMMON(replay_options)};

static const char *const operands[] = {"MODEL", "DATA.csv"};

static const cli_example examples[] = {
    {"mltool fit --model random-forest --stratify --save wine.safetensors --quiet data/wine.csv",
     "a model that somebody sends you, and its data"},
    {"mltool replay wine.safetensors data/wine.csv", "is that really what comes out?"},
};

const cli_command cli_command_replay = {
    .grammar = {.command = "replay",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "redo what a model file records, and compare",
    .synopsis = "[options] MODEL DATA.csv",
    .text =
        "Fit the model again from the data, by the command that its file records, and compare to the bit: "
        "data, columns, parameters, split, every node or coefficient, metrics. Say 'identical', or the first "
        "difference; the exit code is 0 or 1. Nothing is written, whatever the recorded command says.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(replay_options),
    .common_offset = offsetof(replay_options, common),
    .run = run,
};
