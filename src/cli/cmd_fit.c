/* mltool fit: load, split, fit, report; keep the model. */
#include "cli/files.h"
#include "cli/fit_work.h"
#include "cli/model_choice.h"

#include <string.h>

static const cli_option column_options[] = {
    {.name = "target",
     .kind = CLI_TEXT,
     .offset = offsetof(fit_columns, target),
     .argument = "COL",
     .help = "the column to predict",
     .default_text = "the last one"},
    {.name = "features",
     .kind = CLI_LIST,
     .offset = offsetof(fit_columns, features),
     .argument = "COL,...",
     .min = 1,
     .help = "the columns to predict from",
     .default_text = "all others"},
    {.name = "drop",
     .kind = CLI_LIST,
     .offset = offsetof(fit_columns, drop),
     .argument = "COL,...",
     .min = 1,
     .help = "columns to leave out"},
    {.name = "categorical",
     .kind = CLI_LIST,
     .offset = offsetof(fit_columns, categorical),
     .argument = "COL,...",
     .min = 1,
     .help = "columns whose numbers are names, such as codes"},
    {.name = "weights",
     .kind = CLI_TEXT,
     .offset = offsetof(fit_columns, weights),
     .argument = "COL",
     .help = "a column with each row's weight"},
    {.name = "task",
     .kind = CLI_CHOICE,
     .offset = offsetof(fit_columns, task),
     .argument = "TASK",
     .help = "predict a number or a class",
     .choices = "auto|regression|classification",
     .default_text = "auto"},
    {.name = "impute",
     .kind = CLI_CHOICE,
     .offset = offsetof(fit_columns, impute),
     .argument = "HOW",
     .help = "fill missing cells from the training rows, or drop their rows",
     .choices = "none|mean|median|most-frequent|drop",
     .default_text = "none"},
    {0},
};

static const cli_option testing_options[] = {
    {.name = "test",
     .kind = CLI_TEXT,
     .offset = offsetof(fit_testing, test),
     .argument = "FILE",
     .help = "test on the rows of another CSV file, train on all rows of this one"},
    {.name = "no-split",
     .kind = CLI_FLAG,
     .offset = offsetof(fit_testing, no_split),
     .help = "train on all rows, test on none"},
    {.name = "cv",
     .kind = CLI_WHOLE,
     .offset = offsetof(fit_testing, cv),
     .argument = "K",
     .help = "cross-validation with K folds instead of one test",
     .min = 2,
     .max = 1e6},
    {.name = "unknown",
     .kind = CLI_CHOICE,
     .offset = offsetof(fit_testing, unknown),
     .argument = "WHAT",
     .help = "with --test: a category that the model has not seen is an error, or a missing value",
     .choices = "error|missing",
     .default_text = "error"},
    {0},
};

static const cli_option model_options[] = {
    {.name = "model",
     .kind = CLI_TEXT,
     .offset = offsetof(fit_model, model),
     .argument = "NAME",
     .help = "the model to fit; needed"},
    {.name = "save",
     .kind = CLI_TEXT,
     .offset = offsetof(fit_model, save),
     .argument = "FILE",
     .help = "keep the fitted model in a .safetensors file"},
    {.name = "stream",
     .kind = CLI_FLAG,
     .offset = offsetof(fit_model, stream),
     .help = "read the rows once, however many, in constant memory; Ctrl-C ends them (linear only)"},
    {.name = "trace",
     .kind = CLI_FLAG,
     .offset = offsetof(fit_model, trace),
     .help = "for models of trees: tell how they came about, split by split, round by round, sample by "
             "sample"},
    {0},
};

/* Linear models, bagged or not, have no trees to tell of. */
static mlt_status check_trace(const fit_work *w, mlt_error *err) {
    bool trees = mlt_params_spec(&w->params, "criterion") != NULL;
    bool linear_base = mlt_params_spec(&w->params, "base") && mlt_params_is(&w->params, "base", "linear");
    if (w->options->model.trace && (!trees || linear_base))
        return cli_fail(err, MLT_E_USAGE,
                        "--trace: a model of linear parts has no splits, rounds or trees to tell "
                        "of; leave it out, or fit another --model");
    return MLT_OK;
}

static const cli_option inference_options[] = {
    CLI_LEVEL(fit_inference),
    {.name = "diagnostics",
     .kind = CLI_TEXT,
     .offset = offsetof(fit_inference, diagnostics),
     .argument = "FILE",
     .help = "write each training row's fit, residual, leverage and Cook's distance as CSV; linear only"},
    {0},
};

static mlt_status check_inference(const fit_work *w, const mlt_params *params, mlt_error *err) {
    const char *diagnostics = w->options->inference.diagnostics, *save = w->options->model.save;
    if (cli_given(w->call->parsed, "level"))
        CLI_TRY(cli_check_inference("level", w->type, params, err));
    if (!diagnostics)
        return MLT_OK;
    CLI_TRY(cli_check_inference("diagnostics", w->type, params, err));
    if (save && cli_same_file(save, diagnostics))
        return cli_fail(err, MLT_E_USAGE, "--diagnostics: --save names the same file; name another");
    const char *inputs[] = {w->file, w->options->testing.test, NULL};
    return cli_check_output(diagnostics, "diagnostics", inputs, err);
}

static mlt_status check_splitting(const fit_options *options, mlt_error *err) {
    const cli_splitting *splitting = &options->splitting;
    if (splitting->stratify && splitting->no_shuffle && !options->testing.cv)
        return cli_fail(err, MLT_E_USAGE,
                        "--stratify: needs shuffling, which --no-shuffle forbids; give one of them, or --cv");
    return MLT_OK;
}

static mlt_status check_options(fit_work *w, mlt_error *err) {
    const fit_options *options = w->options;
    const fit_testing *testing = &options->testing;
    cli_model_names all;
    if (!options->model.model)
        return cli_fail(err, MLT_E_USAGE, "--model: missing; give one of %s", cli_model_list(&all));
    CLI_TRY(cli_model_choose(&w->type, options->model.model, "--model", err));
    CLI_TRY(cli_model_params(&w->params, w->type, w->call->parsed, err));
    mlt_task task;
    CLI_TRY(fit_work_task(&task, w, err));
    mlt_params tried = w->params;
    if (task)
        CLI_TRY(mlt_params_resolve(&tried, task, err));
    CLI_TRY(check_inference(w, &tried, err));
    CLI_TRY(check_splitting(options, err));
    CLI_TRY(fit_work_check_stream(w, err));
    CLI_TRY(check_trace(w, err));
    if (cli_given(w->call->parsed, "unknown") && !testing->test)
        return cli_fail(err, MLT_E_USAGE, "--unknown: is for the rows of --test; give it with --test");
    if (testing->test && strcmp(testing->test, "-") == 0 && strcmp(w->file, "-") == 0)
        return cli_fail(err, MLT_E_USAGE, "--test: standard input is the training data already; name a file");
    if (options->model.save) {
        const char *inputs[] = {w->file, testing->test, NULL};
        CLI_TRY(cli_check_output(options->model.save, "save", inputs, err));
    }
    return cli_check_stdout(w->file, err);
}

static void describe_division(fit_work *w) {
    const cli_splitting *splitting = &w->options->splitting;
    const fit_testing *testing = &w->options->testing;
    bool holdout = !testing->test && !testing->no_split && !testing->cv;
    bool only_train = splitting->train_size > 0 && !cli_given(w->call->parsed, "test-size");
    w->report.division = (mlt_division){.test_size = holdout && !only_train ? splitting->test_size : 0,
                                        .train_size = splitting->train_size,
                                        .random_state = (uint32_t)splitting->random_state,
                                        .stratify = splitting->stratify,
                                        .no_shuffle = splitting->no_shuffle,
                                        .folds = (size_t)testing->cv,
                                        .no_split = testing->no_split,
                                        .stream = w->options->model.stream,
                                        .test_file = testing->test};
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    fit_work w = {.call = call, .options = call->options, .file = call->parsed->operands[0]};
    mlt_status status;
    CLI_TRY(check_options(&w, err));
    describe_division(&w);
    if (w.options->model.stream) {
        CLI_TRY_GOTO(fit_work_stream(&w, err), done);
    } else {
        CLI_TRY_GOTO(fit_work_load(&w, err), done);
        CLI_TRY_GOTO(fit_work_fit(&w, err), done);
    }
    if (w.options->model.save)
        CLI_TRY_GOTO(fit_work_save(&w, err), done);
    cli_console_erase();
    mlt_report_options report = cli_report_options(&w.options->output);
    status = mlt_report_fit(stdout, &w.report, &report, err);
done:
    fit_work_clear(&w);
    return status;
}

static const cli_group groups[] = {
    {"Model", model_options, offsetof(fit_options, model)},
    {"Columns", column_options, offsetof(fit_options, columns)},
    CLI_READING(fit_options),
    {"Split", cli_splitting_options, offsetof(fit_options, splitting)},
    {"Testing", testing_options, offsetof(fit_options, testing)},
    {"Inference", inference_options, offsetof(fit_options, inference)},
    CLI_OUTPUT(fit_options),
    CLI_COMMON(fit_options),
};

static const cli_conflict conflicts[] = {
    {"test", "cv"},
    {"test", "no-split"},
    {"test", "test-size"},
    {"test", "train-size"},
    {"test", "stratify"},
    {"test", "no-shuffle"},
    {"cv", "trace"},
    {"cv", "no-split"},
    {"cv", "test-size"},
    {"cv", "train-size"},
    {"cv", "level"},
    {"cv", "diagnostics"},
    {"no-split", "test-size"},
    {"no-split", "train-size"},
    {"no-split", "stratify"},
    {"no-split", "no-shuffle"},
    {"stream", "test"},
    {"stream", "cv"},
    {"stream", "train-size"},
    {"stream", "stratify"},
    {"stream", "no-shuffle"},
    {"stream", "impute"},
    {"stream", "diagnostics"},
    {"stream", "trace"},
};

static const char *const operands[] = {"DATA.csv"};

static const cli_example examples[] = {
    {"mltool fit --model adaboost data/breast_cancer.csv",
     "fit on four fifths of the rows, test on the others"},
    {"mltool fit --model random-forest --n-estimators 200 --oob --seed 7 data/wine.csv",
     "another model, with parameters of its own"},
    {"mltool fit --model tree --max-depth 3 --cv 5 --stratify --format csv data/iris.csv",
     "cross-validation, for a program to read"},
    {"mltool fit --model adaboost --n-estimators 5 --trace data/iris.csv",
     "how boosting works, round by round"},
    {"mltool fit --model linear --poly mileage:2 --level 0.9 --diagnostics rows.csv data/car_prices.csv",
     "a curve in one column; what each row has to do with the fit"},
    {"mltool fit --model linear --save cars.safetensors data/car_prices.csv",
     "keep the model, to predict with"},
    {"cat data/diabetes.csv | mltool fit --model linear --stream -",
     "rows that come once, more than memory holds"},
};

const cli_command cli_command_fit = {
    .grammar = {.command = "fit",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .conflicts = conflicts,
                .n_conflicts = CLI_COUNT(conflicts),
                .operands = operands,
                .n_operands = CLI_COUNT(operands),
                .model_params = true},
    .summary = "fit a model to a CSV file and say how good it is",
    .synopsis = "--model NAME [options] DATA.csv",
    .text = "Load a table, set some rows aside, fit a model to the others, and report how well it predicts "
            "both. The "
            "numbers are scikit-learn's: the same random state gives the same split, trees and metrics.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(fit_options),
    .common_offset = offsetof(fit_options, common),
    .run = run,
};
