/* mltool inspect: what a model file holds, and what the model lives by. */
#include "cli/files.h"
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

typedef struct inspect_importance {
    bool importance;
    const char *metric;
    int64_t repeats, random_state;
} inspect_importance;

static const cli_option importance_options[] = {
    {.name = "importance",
     .kind = CLI_FLAG,
     .offset = offsetof(inspect_importance, importance),
     .help = "how important each feature is; with DATA.csv also by what the model loses when a column is "
             "shuffled"},
    {.name = "metric",
     .kind = CLI_TEXT,
     .offset = offsetof(inspect_importance, metric),
     .argument = "METRIC",
     .help = "what is lost, such as log_loss or mae",
     .default_text = "accuracy, in regression r2"},
    {.name = "repeats",
     .kind = CLI_WHOLE,
     .offset = offsetof(inspect_importance, repeats),
     .argument = "N",
     .help = "how often each column is shuffled",
     .min = 1,
     .max = 10000,
     .default_text = "5"},
    {.name = "random-state",
     .kind = CLI_WHOLE,
     .offset = offsetof(inspect_importance, random_state),
     .argument = "N",
     .help = "seed of the shuffling",
     .max = 4294967295.0,
     .default_text = "42",
     .synonym = "seed"},
    {0},
};

typedef struct inspect_inference {
    double level;
} inspect_inference;

static const cli_option inference_options[] = {CLI_LEVEL(inspect_inference), {0}};

typedef struct inspect_options {
    inspect_what what;
    inspect_importance importance;
    inspect_inference inference;
    cli_encoding encoding;
    cli_reading reading;
    cli_output output;
    cli_common common;
} inspect_options;

static mlt_status refuse_without(const cli_call *call, const cli_option *options, const char *what,
                                 const char *remedy, mlt_error *err) {
    for (const cli_option *option = options; option->name; option++)
        if (cli_given(call->parsed, option->name))
            return cli_fail(err, MLT_E_USAGE, "--%s: is for %s; %s", option->name, what, remedy);
    return MLT_OK;
}

/* What is for the shuffled data only must not stand without them. */
static mlt_status check_options(const cli_call *call, mlt_error *err) {
    const inspect_options *options = call->options;
    const cli_parsed *parsed = call->parsed;
    static const char data[] = "the rows of DATA.csv", name_it[] = "give a file behind the model's";
    if (parsed->n_operands > 1 && !options->importance.importance)
        return cli_fail(err, MLT_E_USAGE, "--importance: missing; give it to use the rows of %s",
                        parsed->operands[1]);
    if (parsed->n_operands > 1)
        return cli_check_stdout(parsed->operands[1], err);
    CLI_TRY(refuse_without(call, importance_options + 1, data, name_it, err));
    CLI_TRY(refuse_without(call, cli_encoding_options, data, name_it, err));
    return refuse_without(call, cli_reading_options, data, name_it, err);
}

static mlt_status shuffle(mlt_permutation *out, const cli_call *call, const mlt_model *model,
                          mlt_error *err) {
    const inspect_options *options = call->options;
    const mlt_schema *schema = mlt_model_schema(model);
    mlt_permutation_options how = {.repeats = (size_t)options->importance.repeats,
                                   .random_state = (uint32_t)options->importance.random_state,
                                   .metric = options->importance.metric};
    mlt_encode_options encode = {.unknown_as_missing = options->encoding.unknown != 0, .need_target = true};
    mlt_frame *frame;
    mlt_dataset *data;
    CLI_TRY(cli_read_for_model(&frame, call->parsed->operands[1], &options->reading, schema, NULL, call->ctx,
                               err));
    CLI_TRY(mlt_dataset_encode(&data, frame, schema, &encode, call->ctx, err));
    mlt_status status = mlt_permutation_importance(out, model, data, &how, call->ctx, err);
    mlt_dataset_free(data);
    cli_console_erase();
    return status;
}

static mlt_status importances(const cli_call *call, const mlt_model *model, mlt_error *err) {
    const inspect_options *options = call->options;
    const char *file = call->parsed->operands[0];
    bool with_data = call->parsed->n_operands > 1;
    mlt_permutation permutation = {0};
    cli_shown shown;
    mlt_report_options report = cli_report_options(&options->output);
    if (!with_data && !mlt_model_view_of(model).importances)
        return cli_fail(
            err, MLT_E_USAGE,
            "--importance: %s is no model of trees, so shuffling tells; give a file of rows behind "
            "the model's",
            cli_show(&shown, file));
    if (with_data)
        CLI_TRY(shuffle(&permutation, call, model, err));
    mlt_status status =
        mlt_report_importance(stdout, file, model, with_data ? call->parsed->operands[1] : NULL,
                              with_data ? &permutation : NULL, &report, err);
    mlt_permutation_clear(&permutation);
    return status;
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    const inspect_options *options = call->options;
    const char *file = call->parsed->operands[0];
    mlt_model *model;
    mlt_recipe recipe;
    CLI_TRY(check_options(call, err));
    CLI_TRY(mlt_model_file_load(&model, &recipe, file, call->ctx, err));
    mlt_report_options report = cli_report_options(&options->output);
    mlt_status status = MLT_OK;
    if (cli_given(call->parsed, "level")) {
        status = cli_check_inference("level", mlt_model_type_of(model), mlt_model_params(model), err);
        if (status == MLT_OK)
            status = mlt_model_set_level(model, options->inference.level, err);
    }
    if (status == MLT_OK && options->importance.importance)
        status = importances(call, model, err);
    else if (status == MLT_OK)
        status =
            mlt_report_model(stdout, file, model, &recipe, (size_t)options->what.max_depth, &report, err);
    mlt_recipe_clear(&recipe);
    mlt_model_free(model);
    return status;
}

static const cli_group groups[] = {
    {"Trees", what_options, offsetof(inspect_options, what)},
    {"Importance", importance_options, offsetof(inspect_options, importance)},
    {"Inference", inference_options, offsetof(inspect_options, inference)},
    {"Data", cli_encoding_options, offsetof(inspect_options, encoding)},
    CLI_READING(inspect_options),
    CLI_OUTPUT(inspect_options),
    CLI_COMMON(inspect_options),
};

static const cli_conflict conflicts[] = {{"max-depth", "importance"}, {"level", "importance"}};

static const char *const operands[] = {"MODEL", "[DATA.csv]"};

static const cli_example examples[] = {
    {"mltool fit --model tree --max-depth 2 --save iris.safetensors --quiet data/iris.csv",
     "a model to look at"},
    {"mltool inspect iris.safetensors", "its recipe, its importances, the tree"},
    {"mltool inspect --format json iris.safetensors", "every node, for a program to read"},
    {"mltool inspect --importance --repeats 10 iris.safetensors data/iris.csv",
     "what the model loses when a column is shuffled"},
};

const cli_command cli_command_inspect = {
    .grammar = {.command = "inspect",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .conflicts = conflicts,
                .n_conflicts = CLI_COUNT(conflicts),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "show what a saved model has learned, and from what",
    .synopsis = "[options] MODEL | --importance MODEL [DATA.csv]",
    .text = "Show a model file's recipe (how, and from which data, it was made), and coefficients, "
            "importances or the tree. JSON gives every node of every tree, CSV the coefficients or "
            "importances. With --importance and rows that have the target, each column is shuffled in turn: "
            "what the model then loses is how much it needs that column, whatever kind of model it is.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(inspect_options),
    .common_offset = offsetof(inspect_options, common),
    .run = run,
};
