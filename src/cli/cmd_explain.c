/* mltool explain: why a row got its prediction. */
#include "cli/files.h"
#include "cli/groups.h"
#include "mltool/explain.h"
#include "mltool/nearest.h"

#include <string.h>

typedef struct explain_what {
    int64_t row, tree;
    const char *class;
} explain_what;

static const cli_option what_options[] = {
    {.name = "row",
     .kind = CLI_WHOLE,
     .offset = offsetof(explain_what, row),
     .argument = "N",
     .help = "the row to explain; rows of data count from 0, as in split --indices; needed",
     .max = 4294967294.0},
    {.name = "class",
     .kind = CLI_TEXT,
     .offset = offsetof(explain_what, class),
     .argument = "CLASS",
     .help = "what speaks for this class",
     .default_text = "the one predicted"},
    {.name = "tree",
     .kind = CLI_WHOLE,
     .offset = offsetof(explain_what, tree),
     .argument = "N",
     .help = "tell the path down this tree of several; trees count from 1",
     .min = 1,
     .max = 1e6},
    {0},
};

typedef struct explain_options {
    explain_what what;
    cli_encoding encoding;
    cli_reading reading;
    cli_output output;
    cli_common common;
} explain_options;

/* The class that is named, or SIZE_MAX for the one predicted. */
static mlt_status choose_class(size_t *out, const char *name, const mlt_schema *schema, mlt_error *err) {
    cli_shown shown, close;
    *out = SIZE_MAX;
    if (!name)
        return MLT_OK;
    if (schema->task != MLT_CLASSIFICATION)
        return cli_fail(err, MLT_E_USAGE, "--class: the model predicts numbers, not classes; leave it out");
    for (size_t c = 0; c < schema->k; c++)
        if (strcmp(schema->classes[c], name) == 0) {
            *out = c;
            return MLT_OK;
        }
    const char *nearest = mlt_nearest(name, (const char *const *)schema->classes, schema->k);
    return cli_fail(err, MLT_E_USAGE, "--class: the model has no class '%s'; %s%s%s", cli_show(&shown, name),
                    nearest ? "did you mean '" : "its first is '",
                    cli_show(&close, nearest ? nearest : schema->classes[0]), nearest ? "'?" : "'");
}

static mlt_status check_tree(const cli_call *call, const mlt_model *model, mlt_error *err) {
    const explain_options *options = call->options;
    size_t n = mlt_model_view_of(model).n_trees;
    if (!cli_given(call->parsed, "tree") || (size_t)options->what.tree <= n)
        return MLT_OK;
    if (n == 0)
        return cli_fail(err, MLT_E_USAGE, "--tree: the model has no trees; leave it out");
    return cli_fail(err, MLT_E_USAGE, "--tree: there is no tree %zu; give a number from 1 to %zu",
                    (size_t)options->what.tree, n);
}

static mlt_status check_options(const cli_call *call, mlt_error *err) {
    if (!cli_given(call->parsed, "row"))
        return cli_fail(err, MLT_E_USAGE, "--row: missing; give the number of the row to explain, from 0");
    return cli_check_stdout(call->parsed->operands[1], err);
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    const explain_options *options = call->options;
    const explain_what *what = &options->what;
    const char *file = call->parsed->operands[0];
    mlt_model *model;
    mlt_dataset *data = NULL;
    mlt_explanation *explanation = NULL;
    mlt_status status;
    size_t class;
    CLI_TRY(check_options(call, err));
    CLI_TRY(mlt_model_file_load(&model, NULL, file, call->ctx, err));
    const mlt_schema *schema = mlt_model_schema(model);
    mlt_encode_options encode = {.unknown_as_missing = options->encoding.unknown != 0};
    mlt_frame *frame;
    CLI_TRY_GOTO(choose_class(&class, what->class, schema, err), done);
    CLI_TRY_GOTO(check_tree(call, model, err), done);
    CLI_TRY_GOTO(cli_read_for_model(&frame, call->parsed->operands[1], &options->reading, schema, NULL,
                                    call->ctx, err),
                 done);
    CLI_TRY_GOTO(mlt_dataset_encode(&data, frame, schema, &encode, call->ctx, err), done);
    status = mlt_explain(&explanation, model, data, (size_t)what->row, call->ctx, err);
    if (status == MLT_E_MODEL) { /* trees are checked when they are first needed */
        mlt_error inner = *err;
        cli_shown shown;
        cli_fail(err, status, "%s: %.800s", cli_show(&shown, file), inner.message);
    }
    if (status != MLT_OK)
        goto done;
    cli_console_erase();
    mlt_report_options report = cli_report_options(&options->output);
    size_t predicted = schema->task == MLT_CLASSIFICATION ? explanation->label : 0;
    status = mlt_report_explanation(stdout, file, explanation, class == SIZE_MAX ? predicted : class,
                                    what->tree ? (size_t)what->tree - 1 : explanation->told, &report, err);
done:
    mlt_explanation_free(explanation);
    mlt_dataset_free(data);
    mlt_model_free(model);
    return status;
}

static const cli_group groups[] = {
    {"What to explain", what_options, offsetof(explain_options, what)},
    {"Data", cli_encoding_options, offsetof(explain_options, encoding)},
    CLI_READING(explain_options),
    CLI_OUTPUT(explain_options),
    CLI_COMMON(explain_options),
};

static const char *const operands[] = {"MODEL", "DATA.csv"};

static const cli_example examples[] = {
    {"mltool fit --model random-forest --save iris.safetensors --quiet data/iris.csv", "a model to explain"},
    {"mltool explain --row 70 iris.safetensors data/iris.csv",
     "what speaks for the class, and what would flip it"},
    {"mltool explain --row 70 --class virginica --tree 1 iris.safetensors data/iris.csv",
     "what speaks for another class; the path down the first tree"},
    {"mltool explain --row 70 --format csv iris.safetensors data/iris.csv", "every part for every class"},
};

const cli_command cli_command_explain = {
    .grammar = {.command = "explain",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "say why a saved model predicts what it does for a row",
    .synopsis = "--row N [options] MODEL DATA.csv",
    .text = "Take a prediction apart. For trees, what each column adds, in two ways that both add up to the "
            "prediction: along the paths, and by exact Shapley values (TreeSHAP); the path down the tree, or "
            "AdaBoost's votes; and the smallest change of one column that gives another class. For linear "
            "regression, term by term.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(explain_options),
    .common_offset = offsetof(explain_options, common),
    .run = run,
};
