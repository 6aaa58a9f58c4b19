/* mltool inspect: what a model file holds. */
#include "cli/groups.h"

typedef struct inspect_what {
    int64_t max_depth;
} inspect_what;

static const cli_option what_options[] = {
    {.name = "max-depth",
     .kind = CLI_WHOLE,
     .offset = offsetof(inspect_what, max_depth),
     .argument = "N",
     .help = "draw a tree down to N questions deep",
     .min = 1,
     .max = 1e6,
     .default_text = "4"},
    {0},
};

typedef struct inspect_inference {
    double level;
} inspect_inference;

static const cli_option inference_options[] = {CLI_LEVEL(inspect_inference), {0}};

typedef struct inspect_options {
    inspect_what what;
    inspect_inference inference;
    cli_output output;
    cli_common common;
} inspect_options;

static mlt_status run(const cli_call *call, mlt_error *err) {
    const inspect_options *options = call->options;
    const char *file = call->parsed->operands[0];
    mlt_model *model;
    mlt_recipe recipe;
    CLI_TRY(mlt_model_file_load(&model, &recipe, file, call->ctx, err));
    mlt_report_options report = cli_report_options(&options->output);
    mlt_status status = MLT_OK;
    if (cli_given(call->parsed, "level")) {
        status = cli_check_inference("level", mlt_model_type_of(model), mlt_model_params(model), err);
        if (status == MLT_OK)
            status = mlt_model_set_level(model, options->inference.level, err);
    }
    if (status == MLT_OK)
        status =
            mlt_report_model(stdout, file, model, &recipe, (size_t)options->what.max_depth, &report, err);
    mlt_recipe_clear(&recipe);
    mlt_model_free(model);
    return status;
}

static const cli_group groups[] = {
    {"Trees", what_options, offsetof(inspect_options, what)},
    {"Inference", inference_options, offsetof(inspect_options, inference)},
    CLI_OUTPUT(inspect_options),
    CLI_COMMON(inspect_options),
};

static const char *const operands[] = {"MODEL"};

static const cli_example examples[] = {
    {"mltool fit --model tree --max-depth 2 --save iris.safetensors --quiet data/iris.csv",
     "a model to look at"},
    {"mltool inspect iris.safetensors", "its recipe, its importances, the tree"},
    {"mltool inspect --format json iris.safetensors", "every node, for a program to read"},
};

const cli_command cli_command_inspect = {
    .grammar = {.command = "inspect",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "show what a saved model has learned, and from what",
    .synopsis = "[options] MODEL",
    .text = "Show a model file's recipe (how, and from which data, it was made), and coefficients, "
            "importances or the "
            "tree. JSON gives every node of every tree, CSV the coefficients or importances.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(inspect_options),
    .common_offset = offsetof(inspect_options, common),
    .run = run,
};
