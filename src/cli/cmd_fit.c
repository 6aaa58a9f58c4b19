/* mltool fit: load, split, fit, report; keep the model. */
#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/groups.h"
#include "cli/model_choice.h"

#include <stdlib.h>
#include <string.h>

typedef struct fit_columns {
    const char *target, *weights;
    cli_list features, drop, categorical;
    int task;   /**< 0: inferred; else an mlt_task */
    int impute; /**< an mlt_impute */
} fit_columns;

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

typedef struct fit_testing {
    const char *test;
    bool no_split;
    int64_t cv;
    int unknown;
} fit_testing;

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

typedef struct fit_model {
    const char *model, *save;
} fit_model;

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
    {0},
};

typedef struct fit_options {
    fit_model model;
    fit_columns columns;
    cli_reading reading;
    cli_splitting splitting;
    fit_testing testing;
    cli_output output;
    cli_common common;
} fit_options;

/* Everything that a fit holds on its way. */
typedef struct fit_work {
    const cli_call *call;
    const fit_options *options;
    const char *file;
    const mlt_model_type *type;
    mlt_params params;
    mlt_dataset *data;
    mlt_frame *test_frame;
    char sha256[65], delimiter;
    size_t rows_read;
    size_t n_results;
    mlt_fit_result *results;
    mlt_model *model; /**< the one to save; borrowed from a result unless `refitted` */
    mlt_fit_result refitted;
    mlt_fit_report report;
} fit_work;

/* ---- checks that read nothing ---- */

/* The task if it is known before the data are: the only one the model does, or the one asked for. */
static mlt_status known_task(mlt_task *task, const fit_work *w, mlt_error *err) {
    unsigned tasks = w->type->tasks;
    *task = (mlt_task)w->options->columns.task;
    if (!*task && (tasks == MLT_REGRESSION || tasks == MLT_CLASSIFICATION))
        *task = (mlt_task)tasks;
    if (*task && !(tasks & (unsigned)*task))
        return cli_fail(err, MLT_E_USAGE,
                        "--task: %s does no %s; choose another model, 'mltool models' lists them",
                        w->type->name, mlt_task_name(*task));
    if (*task == MLT_REGRESSION && w->options->splitting.stratify)
        return cli_fail(err, MLT_E_USAGE, "--stratify: %s has no classes to keep the shares of; leave it out",
                        w->options->columns.task ? "regression" : w->type->name);
    return MLT_OK;
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
    CLI_TRY(known_task(&task, w, err));
    if (task) {
        mlt_params tried = w->params;
        CLI_TRY(mlt_params_resolve(&tried, task, err));
    }
    CLI_TRY(check_splitting(options, err));
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

/* ---- loading ---- */

static mlt_status load(fit_work *w, mlt_error *err) {
    const fit_options *options = w->options;
    const fit_columns *columns = &options->columns;
    const mlt_context *ctx = w->call->ctx;
    mlt_csv_options csv = cli_csv_options(&options->reading);
    csv.categorical = columns->categorical.items;
    csv.n_categorical = columns->categorical.n;
    csv.label = columns->target;
    csv.digest = options->model.save != NULL;
    mlt_frame *frame;
    double start = cli_now();
    CLI_TRY(mlt_csv_read(&frame, w->file, &csv, ctx, err));
    memcpy(w->sha256, frame->sha256, sizeof w->sha256);
    w->delimiter = frame->delimiter;
    w->rows_read = frame->n;
    mlt_task task;
    CLI_TRY(known_task(&task, w, err));
    mlt_dataset_options how = {.target = columns->target,
                               .features = columns->features.items,
                               .n_features = columns->features.n,
                               .drop = columns->drop.items,
                               .n_drop = columns->drop.n,
                               .weights = columns->weights,
                               .task = task,
                               .drop_missing = (mlt_impute)columns->impute == MLT_IMPUTE_DROP};
    CLI_TRY(mlt_dataset_new(&w->data, frame, &how, ctx, err));
    if (options->testing.test)
        CLI_TRY(cli_read_for_model(&w->test_frame, options->testing.test, &options->reading, w->data->schema,
                                   NULL, ctx, err));
    w->report.seconds_load = cli_now() - start;
    return MLT_OK;
}

/* ---- fitting ---- */

static mlt_fit_spec spec_of(const fit_work *w) {
    return (mlt_fit_spec){.type = w->type,
                          .params = &w->params,
                          .random_state = (uint32_t)w->options->splitting.random_state,
                          .impute = (mlt_impute)w->options->columns.impute};
}

/* All rows to train. */
static mlt_status split_none(mlt_split *split, size_t n, mlt_error *err) {
    *split = (mlt_split){.train = malloc((n ? n : 1) * sizeof *split->train), .n_train = n};
    if (!split->train)
        return cli_fail_memory(err);
    for (size_t i = 0; i < n; i++)
        split->train[i] = (uint32_t)i;
    return MLT_OK;
}

static mlt_status split_rows(mlt_split *split, fit_work *w, mlt_error *err) {
    const cli_splitting *splitting = &w->options->splitting;
    mlt_division *division = &w->report.division;
    if (division->no_split || division->test_file)
        return split_none(split, w->data->n, err);
    mlt_split_options options = {.test_size = division->test_size,
                                 .train_size = division->train_size,
                                 .no_shuffle = splitting->no_shuffle,
                                 .random_state = division->random_state};
    if (splitting->stratify) {
        options.stratify = w->data->labels;
        options.k = w->data->schema->k;
    }
    return mlt_split_holdout(split, w->data->n, &options, err);
}

/* The test rows of another file, measured with the model just fitted. */
static mlt_status measure_test_file(fit_work *w, mlt_error *err) {
    mlt_fit_result *result = &w->results[0];
    mlt_encode_options encode = {.unknown_as_missing = w->options->testing.unknown != 0, .need_target = true};
    mlt_frame *frame = w->test_frame;
    mlt_dataset *test;
    w->test_frame = NULL;
    CLI_TRY(mlt_dataset_encode(&test, frame, mlt_model_schema(result->model), &encode, w->call->ctx, err));
    mlt_status status = mlt_measure(&result->test, result->model, test, NULL, test->n, w->call->ctx, err);
    w->report.division.n_test = test->n;
    mlt_dataset_free(test);
    return status;
}

static mlt_status fit_once(mlt_fit_result *result, fit_work *w, mlt_split *split, mlt_error *err) {
    mlt_fit_spec spec = spec_of(w);
    return mlt_fit_and_measure(result, &spec, w->data, split, w->call->ctx, err);
}

static mlt_status fit_single(fit_work *w, mlt_error *err) {
    mlt_split split = {0};
    mlt_status status = split_rows(&split, w, err);
    if (status == MLT_OK) {
        w->report.division.n_train = split.n_train;
        w->report.division.n_test = split.n_test;
        status = fit_once(&w->results[0], w, &split, err);
    }
    mlt_split_clear(&split);
    if (status == MLT_OK && w->test_frame)
        status = measure_test_file(w, err);
    w->model = w->results[0].model;
    return status;
}

static mlt_status fit_folds(fit_work *w, mlt_error *err) {
    const cli_splitting *splitting = &w->options->splitting;
    size_t n_folds = w->n_results;
    mlt_split *folds = calloc(n_folds, sizeof *folds);
    if (!folds)
        return cli_fail_memory(err);
    mlt_rng rng;
    mlt_rng_seed(&rng, w->report.division.random_state);
    mlt_fit_spec spec = spec_of(w);
    mlt_status status =
        mlt_split_folds(folds, n_folds, w->data->n, splitting->stratify ? w->data->labels : NULL,
                        w->data->schema->k, splitting->no_shuffle ? NULL : &rng, err);
    if (status == MLT_OK)
        status = mlt_cross_validate(w->results, &spec, w->data, folds, n_folds, w->call->ctx, err);
    for (size_t f = 0; f < n_folds; f++)
        mlt_split_clear(&folds[f]);
    free(folds);
    return status;
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
                                        .test_file = testing->test};
}

static mlt_status fit(fit_work *w, mlt_error *err) {
    const mlt_schema *schema = w->data->schema;
    if (w->options->splitting.stratify && schema->task != MLT_CLASSIFICATION)
        return cli_fail(err, MLT_E_USAGE,
                        "--stratify: the target is a number and has no classes; leave it out");
    if (!(w->type->tasks & (unsigned)schema->task))
        return cli_fail(err, MLT_E_USAGE,
                        "--model: %s does no %s; choose another, 'mltool models' lists them", w->type->name,
                        mlt_task_name(schema->task));
    CLI_TRY(mlt_params_resolve(&w->params, schema->task, err));
    w->n_results = w->options->testing.cv ? (size_t)w->options->testing.cv : 1;
    if (w->options->testing.cv && w->n_results > w->data->n)
        return cli_fail(err, MLT_E_DATA, "--cv: %zu folds are more than the %zu rows; give fewer folds",
                        w->n_results, w->data->n);
    w->results = calloc(w->n_results, sizeof *w->results);
    if (!w->results)
        return cli_fail_memory(err);
    CLI_TRY(w->options->testing.cv ? fit_folds(w, err) : fit_single(w, err));
    for (size_t i = 0; i < w->n_results; i++)
        w->report.seconds_fit += w->results[i].seconds_fit;
    w->report.file = w->file;
    w->report.n = w->data->n;
    w->report.schema = schema;
    w->report.type = w->type;
    w->report.params = &w->params;
    w->report.results = w->results;
    return MLT_OK;
}

/* ---- keeping ---- */

static mlt_status save(fit_work *w, mlt_error *err) {
    const char *path = w->options->model.save;
    if (!w->model) { /* folds leave no model of all rows */
        mlt_split all;
        CLI_TRY(split_none(&all, w->data->n, err));
        mlt_status status = fit_once(&w->refitted, w, &all, err);
        mlt_split_clear(&all);
        if (status != MLT_OK)
            return status;
        w->model = w->refitted.model;
        cli_console_say(w->call->console, "the saved model is fitted on all %zu rows", w->data->n);
    }
    mlt_recipe recipe = {
        .data_rows = w->rows_read, .delimiter = w->delimiter, .header = !w->options->reading.no_header};
    size_t size = 0;
    mlt_status status;
    recipe.command = cli_command_line(w->call->argv);
    recipe.data_file = strdup(w->file);
    recipe.data_sha256 = strdup(w->sha256);
    status = recipe.command && recipe.data_file && recipe.data_sha256 ? MLT_OK : cli_fail_memory(err);
    if (status == MLT_OK)
        status = mlt_report_recipe(&recipe, &w->report, err);
    if (status == MLT_OK)
        status = mlt_model_file_save(path, w->model, &recipe, &size, err);
    if (status == MLT_OK)
        cli_console_say(w->call->console, "model saved in %s, %zu bytes", path, size);
    mlt_recipe_clear(&recipe);
    return status;
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    fit_work w = {.call = call, .options = call->options, .file = call->parsed->operands[0]};
    mlt_status status;
    CLI_TRY(check_options(&w, err));
    describe_division(&w);
    CLI_TRY_GOTO(load(&w, err), done);
    CLI_TRY_GOTO(fit(&w, err), done);
    if (w.options->model.save)
        CLI_TRY_GOTO(save(&w, err), done);
    cli_console_erase();
    mlt_report_options report = cli_report_options(&w.options->output);
    status = mlt_report_fit(stdout, &w.report, &report, err);
done:
    for (size_t i = 0; w.results && i < w.n_results; i++)
        mlt_fit_result_clear(&w.results[i]);
    free(w.results);
    mlt_fit_result_clear(&w.refitted);
    mlt_frame_free(w.test_frame);
    mlt_dataset_free(w.data);
    return status;
}

static const cli_group groups[] = {
    {"Model", model_options, offsetof(fit_options, model)},
    {"Columns", column_options, offsetof(fit_options, columns)},
    CLI_READING(fit_options),
    {"Split", cli_splitting_options, offsetof(fit_options, splitting)},
    {"Testing", testing_options, offsetof(fit_options, testing)},
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
    {"cv", "no-split"},
    {"cv", "test-size"},
    {"cv", "train-size"},
    {"no-split", "test-size"},
    {"no-split", "train-size"},
    {"no-split", "stratify"},
    {"no-split", "no-shuffle"},
};

static const char *const operands[] = {"DATA.csv"};

static const cli_example examples[] = {
    {"mltool fit --model adaboost data/breast_cancer.csv",
     "fit on four fifths of the rows, test on the others"},
    {"mltool fit --model random-forest --n-estimators 200 --oob --seed 7 data/wine.csv",
     "another model, with parameters of its own"},
    {"mltool fit --model tree --max-depth 3 --cv 5 --stratify --format csv data/iris.csv",
     "cross-validation, for a program to read"},
    {"mltool fit --model linear --save cars.safetensors data/car_prices.csv",
     "keep the model, to predict with"},
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
