/* The work of `mltool fit`: loading, fitting, keeping. */
#include "cli/fit_work.h"

#include "cli/command_line.h"
#include "cli/files.h"

#include <stdlib.h>
#include <string.h>

/* The task if it is known before the data are: the only one the model does, or the one asked for. */
mlt_status fit_work_task(mlt_task *task, const fit_work *w, mlt_error *err) {
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

mlt_csv_options fit_work_reading(const fit_work *w) {
    const fit_columns *columns = &w->options->columns;
    mlt_csv_options csv = cli_csv_options(&w->options->reading);
    csv.categorical = columns->categorical.items;
    csv.n_categorical = columns->categorical.n;
    csv.label = columns->target;
    csv.digest = w->options->model.save != NULL;
    return csv;
}

mlt_dataset_options fit_work_columns(const fit_work *w, mlt_task task) {
    const fit_columns *columns = &w->options->columns;
    return (mlt_dataset_options){.target = columns->target,
                                 .features = columns->features.items,
                                 .n_features = columns->features.n,
                                 .drop = columns->drop.items,
                                 .n_drop = columns->drop.n,
                                 .weights = columns->weights,
                                 .task = task,
                                 .drop_missing = (mlt_impute)columns->impute == MLT_IMPUTE_DROP};
}

mlt_status fit_work_load(fit_work *w, mlt_error *err) {
    const fit_options *options = w->options;
    const mlt_context *ctx = w->call->ctx;
    mlt_csv_options csv = fit_work_reading(w);
    mlt_frame *frame;
    double start = cli_now();
    CLI_TRY(mlt_csv_read(&frame, w->file, &csv, ctx, err));
    memcpy(w->sha256, frame->sha256, sizeof w->sha256);
    w->delimiter = frame->delimiter;
    w->rows_read = frame->n;
    mlt_task task;
    CLI_TRY(fit_work_task(&task, w, err));
    mlt_dataset_options how = fit_work_columns(w, task);
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
                          .impute = (mlt_impute)w->options->columns.impute,
                          .diagnose = w->options->inference.diagnostics != NULL};
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

/* The same, telling how the model came about. */
static mlt_status fit_traced(mlt_fit_result *result, fit_work *w, mlt_split *split, mlt_error *err) {
    mlt_fit_spec spec = spec_of(w);
    mlt_context ctx = *w->call->ctx;
    CLI_TRY(mlt_trace_new(&w->trace, err));
    ctx.round = mlt_trace_round_begins;
    ctx.round_user = w->trace;
    CLI_TRY(mlt_fit_and_measure(result, &spec, w->data, split, &ctx, err));
    w->report.trace = w->trace;
    return mlt_trace_finish(w->trace, result->model, &spec, w->data, split, w->call->ctx, err);
}

static mlt_status fit_single(fit_work *w, mlt_error *err) {
    mlt_split split = {0};
    mlt_status status = split_rows(&split, w, err);
    if (status == MLT_OK) {
        w->report.division.n_train = split.n_train;
        w->report.division.n_test = split.n_test;
        status = (w->options->model.trace ? fit_traced : fit_once)(&w->results[0], w, &split, err);
    }
    mlt_split_clear(&split);
    if (status == MLT_OK && w->test_frame)
        status = measure_test_file(w, err);
    w->model = w->results[0].model;
    const fit_inference *inference = &w->options->inference;
    if (status == MLT_OK && cli_given(w->call->parsed, "level"))
        status = mlt_model_set_level(w->model, inference->level, err);
    const mlt_diagnostics *diagnostics = &w->results[0].diagnostics;
    if (status == MLT_OK && inference->diagnostics) {
        CLI_TRY(mlt_report_diagnostics(inference->diagnostics, diagnostics, w->data, err));
        cli_console_say(w->call->console, "diagnostics of %zu rows written to %s", diagnostics->n,
                        inference->diagnostics);
    }
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

mlt_status fit_work_fit(fit_work *w, mlt_error *err) {
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

mlt_status fit_work_save(fit_work *w, mlt_error *err) {
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

void fit_work_clear(fit_work *w) {
    for (size_t i = 0; w->results && i < w->n_results; i++)
        mlt_fit_result_clear(&w->results[i]);
    free(w->results);
    mlt_fit_result_clear(&w->refitted);
    mlt_trace_free(w->trace);
    mlt_frame_free(w->test_frame);
    mlt_dataset_free(w->data);
}
