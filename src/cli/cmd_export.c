/* mltool export: a saved model in another form. */
#include "cli/files.h"
#include "cli/replay_work.h"
#include "mltool/export.h"

#include <stdio.h>

typedef struct export_what {
    int to; /* an mlt_export_format */
    const char *out;
    int64_t tree, max_depth, digits;
} export_what;

static const cli_option what_options[] = {
    {.name = "to",
     .kind = CLI_CHOICE,
     .offset = offsetof(export_what, to),
     .argument = "FORMAT",
     .help = "a Python script, a picture of a tree for Graphviz, a C program or an ONNX graph; needed",
     .choices = "sklearn|dot|c|onnx"},
    {.name = "out",
     .kind = CLI_TEXT,
     .offset = offsetof(export_what, out),
     .argument = "FILE",
     .help = "write to a file",
     .default_text = "standard output"},
    {0},
};

static const cli_option tree_options[] = {
    {.name = "tree",
     .kind = CLI_WHOLE,
     .offset = offsetof(export_what, tree),
     .argument = "N",
     .help = "which tree of an ensemble, from 0",
     .max = 1e6,
     .default_text = "0"},
    {.name = "max-depth",
     .kind = CLI_WHOLE,
     .offset = offsetof(export_what, max_depth),
     .argument = "N",
     .help = "draw the tree down to N questions deep",
     .min = 1,
     .max = 1e6},
    {.name = "digits",
     .kind = CLI_WHOLE,
     .offset = offsetof(export_what, digits),
     .argument = "N",
     .help = "significant digits",
     .min = 1,
     .max = 17,
     .default_text = "5"},
    {0},
};

typedef struct export_options {
    export_what what;
    cli_common common;
} export_options;

static mlt_status check_options(const cli_call *call, mlt_error *err) {
    const export_what *what = &((const export_options *)call->options)->what;
    static const char *const of_dot[] = {"tree", "max-depth", "digits"};
    if (!cli_given(call->parsed, "to"))
        return cli_fail(err, MLT_E_USAGE, "--to: missing; give sklearn, dot, c or onnx");
    for (size_t i = 0; i < CLI_COUNT(of_dot); i++)
        if (what->to != MLT_EXPORT_DOT && cli_given(call->parsed, of_dot[i]))
            return cli_fail(err, MLT_E_USAGE, "--%s: is for --to dot; leave it out", of_dot[i]);
    if (!what->out)
        return cli_check_stdout(call->parsed->operands[0], err);
    const char *inputs[] = {call->parsed->operands[0], NULL};
    return cli_check_output(what->out, "out", inputs, err);
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    const export_what *what = &((const export_options *)call->options)->what;
    mlt_model *model;
    mlt_recipe recipe;
    CLI_TRY(check_options(call, err));
    CLI_TRY(mlt_model_file_load(&model, &recipe, call->parsed->operands[0], call->ctx, err));
    mlt_export_options options = {.format = (mlt_export_format)what->to,
                                  .tree = (size_t)what->tree,
                                  .max_depth = (size_t)what->max_depth,
                                  .digits = (int)what->digits};
    replay_plan plan = {0};
    mlt_csv_options csv;
    mlt_status status;
    CLI_TRY_GOTO(mlt_model_unpack(model, err), done);
    if (what->to == MLT_EXPORT_SKLEARN) { /* how the data were read stands in the command alone */
        CLI_TRY_GOTO(replay_plan_read(&plan, recipe.command, "-", "-", NULL, err), done);
        const cli_reading *reading = replay_plan_reading(&plan);
        csv = reading ? cli_csv_options(reading) : (mlt_csv_options){0};
        options.csv = &csv;
        options.drop_missing = replay_plan_choice(&plan, "impute") == MLT_IMPUTE_DROP;
    }
    status = what->out ? mlt_export_file(what->out, model, &recipe, &options, err)
                       : mlt_export(stdout, model, &recipe, &options, err);
done:
    replay_plan_clear(&plan);
    mlt_recipe_clear(&recipe);
    mlt_model_free(model);
    return status;
}

static const cli_group groups[] = {
    {"Form", what_options, offsetof(export_options, what)},
    {"With --to dot", tree_options, offsetof(export_options, what)},
    CLI_COMMON(export_options),
};

static const char *const operands[] = {"MODEL"};

static const cli_example examples[] = {
    {"mltool fit --model random-forest --n-estimators 10 --save iris.safetensors --quiet data/iris.csv",
     "a model"},
    {"mltool export --to c --out iris.c iris.safetensors", "a C program that predicts the same"},
    {"mltool export --to dot --tree 3 --max-depth 2 iris.safetensors", "one of its trees, for Graphviz"},
    {"mltool export --to sklearn iris.safetensors", "the same in Python"},
    {"mltool export --to onnx --out iris.onnx iris.safetensors", "for ONNX runtimes"},
};

const cli_command cli_command_export = {
    .grammar = {.command = "export",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "write a saved model as Python, C, ONNX or a picture",
    .synopsis = "--to FORMAT [options] MODEL",
    .text = "Take a model elsewhere. 'sklearn' is a Python script that fits the same model with "
            "scikit-learn. 'c' is a "
            "C99 program without dependencies, which reads CSV and predicts the same bits. 'onnx' is a graph "
            "in double "
            "precision. 'dot' draws one tree.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(export_options),
    .common_offset = offsetof(export_options, common),
    .run = run,
};
