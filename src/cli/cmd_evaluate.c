/* mltool evaluate: a saved model's metrics on other data. */
#include "cli/files.h"
#include "cli/groups.h"

typedef struct evaluate_options {
    cli_encoding encoding;
    cli_reading reading;
    cli_output output;
    cli_common common;
} evaluate_options;

static mlt_status run(const cli_call *call, mlt_error *err) {
    const evaluate_options *options = call->options;
    const char *file = call->parsed->operands[1];
    mlt_model *model = NULL;
    mlt_dataset *data = NULL;
    mlt_metrics metrics = {0};
    mlt_status status;
    CLI_TRY(cli_check_stdout(file, err));
    CLI_TRY(mlt_model_file_load(&model, NULL, call->parsed->operands[0], call->ctx, err));
    const mlt_schema *schema = mlt_model_schema(model);
    mlt_frame *frame;
    CLI_TRY_GOTO(cli_read_for_model(&frame, file, &options->reading, schema, NULL, call->ctx, err), done);
    mlt_encode_options encode = {.unknown_as_missing = options->encoding.unknown != 0, .need_target = true};
    CLI_TRY_GOTO(mlt_dataset_encode(&data, frame, schema, &encode, call->ctx, err), done);
    CLI_TRY_GOTO(mlt_measure(&metrics, model, data, NULL, data->n, call->ctx, err), done);
    cli_console_erase();
    mlt_report_options report = cli_report_options(&options->output);
    status = mlt_report_evaluation(stdout, model, data, &metrics, &report, err);
done:
    mlt_metrics_clear(&metrics);
    mlt_dataset_free(data);
    mlt_model_free(model);
    return status;
}

static const cli_group groups[] = {
    {"Data", cli_encoding_options, offsetof(evaluate_options, encoding)},
    CLI_READING(evaluate_options),
    CLI_OUTPUT(evaluate_options),
    CLI_COMMON(evaluate_options),
};

static const char *const operands[] = {"MODEL", "DATA.csv"};

static const cli_example examples[] = {
    {"mltool split --stratify --target species --train-out train.csv --test-out test.csv data/iris.csv",
     "rows to train, and rows that the model will not have seen"},
    {"mltool fit --model tree --max-depth 3 --no-split --save iris.safetensors train.csv",
     "a model to measure"},
    {"mltool evaluate iris.safetensors test.csv", "how good it is on the other rows"},
};

const cli_command cli_command_evaluate = {
    .grammar = {.command = "evaluate",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "say how good a saved model is on other data",
    .synopsis = "[options] MODEL DATA.csv",
    .text = "Predict every row that has a target, and report how far the predictions are from it.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(evaluate_options),
    .common_offset = offsetof(evaluate_options, common),
    .run = run,
};
