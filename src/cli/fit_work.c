/* The work of `mltool fit`: loading, fitting, keeping. */
#include "cli/fit_work.h"

#include "cli/dividing.h"
#include "cli/files.h"
#include "cli/folding.h"
#include "cli/keeping.h"
#include "cli/model_choice.h"

#include <stdlib.h>

/* The task if it is known before the data are: the only one the model does, or the one asked for. */
mlt_status fit_work_task(mlt_task *task, const fit_work *w, mlt_error *err) {
    CLI_TRY(cli_task_choose(task, w->type, w->options->columns.task, err));
    if (*task == MLT_REGRESSION && w->options->splitting.stratify)
        return cli_fail(err, MLT_E_USAGE, "--stratify: %s has no classes to keep the shares of; leave it out",
                        w->options->columns.task ? "regression" : w->type->name);
    return MLT_OK;
}

cli_training_source fit_work_source(const fit_work *w) {
    return (cli_training_source){.file = w->file,
                                 .columns = &w->options->columns,
                                 .reading = &w->options->reading,
                                 .digest = w->options->model.save != NULL};
}

mlt_status fit_work_load(fit_work *w, mlt_error *err) {
    const fit_options *options = w->options;
    const mlt_context *ctx = w->call->ctx;
    double start = cli_now();
    cli_training_source source = fit_work_source(w);
    CLI_TRY(fit_work_task(&source.task, w, err));
    CLI_TRY(cli_load_training(&w->training, &source, ctx, err));
    if (options->testing.test)
        CLI_TRY(cli_read_for_model(&w->test_frame, options->testing.test, &options->reading,
                                   w->training.data->schema, NULL, ctx, err));
    w->report.seconds_load = cli_now() - start;
    return MLT_OK;
}

/* ---- fitting ---- */

mlt_fit_spec fit_work_spec(const fit_work *w) {
    return (mlt_fit_spec){.type = w->type,
                          .params = &w->params,
                          .random_state = (uint32_t)w->options->splitting.random_state,
                          .impute = (mlt_impute)w->options->columns.impute,
                          .staged = w->options->testing.staged,
                          .diagnose = w->options->inference.diagnostics != NULL};
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
    if (status == MLT_OK && result->n_stages > 0)
        status =
            mlt_measure_stages(&result->test_stages, result->model, test, NULL, test->n, w->call->ctx, err);
    w->report.division.n_test = test->n;
    mlt_dataset_free(test);
    return status;
}

static mlt_status fit_once(mlt_fit_result *result, fit_work *w, mlt_split *split, mlt_error *err) {
    mlt_fit_spec spec = fit_work_spec(w);
    return mlt_fit_and_measure(result, &spec, w->training.data, split, w->call->ctx, err);
}

/* The same, telling how the model came about. */
static mlt_status fit_traced(mlt_fit_result *result, fit_work *w, mlt_split *split, mlt_error *err) {
    mlt_fit_spec spec = fit_work_spec(w);
    mlt_context ctx = *w->call->ctx;
    CLI_TRY(mlt_trace_new(&w->trace, err));
    ctx.round = mlt_trace_round_begins;
    ctx.round_user = w->trace;
    CLI_TRY(mlt_fit_and_measure(result, &spec, w->training.data, split, &ctx, err));
    w->report.trace = w->trace;
    return mlt_trace_finish(w->trace, result->model, &spec, w->training.data, split, w->call->ctx, err);
}

static mlt_status fit_single(fit_work *w, mlt_split *split, mlt_error *err) {
    w->report.division.n_train = split->n_train;
    w->report.division.n_test = split->n_test;
    CLI_TRY((w->options->model.trace ? fit_traced : fit_once)(&w->results[0], w, split, err));
    if (w->test_frame)
        CLI_TRY(measure_test_file(w, err));
    w->model = w->results[0].model;
    const fit_inference *inference = &w->options->inference;
    if (cli_given(w->call->parsed, "level"))
        CLI_TRY(mlt_model_set_level(w->model, inference->level, err));
    const mlt_diagnostics *diagnostics = &w->results[0].diagnostics;
    if (inference->diagnostics) {
        CLI_TRY(mlt_report_diagnostics(inference->diagnostics, diagnostics, w->training.data, err));
        cli_console_say(w->call->console, "diagnostics of %zu rows written to %s", diagnostics->n,
                        inference->diagnostics);
    }
    return MLT_OK;
}

static mlt_status fit_splits(fit_work *w, mlt_error *err) {
    cli_splits splits;
    mlt_fit_spec spec = fit_work_spec(w);
    const mlt_division *division = &w->report.division;
    mlt_status status;
    CLI_TRY_GOTO(cli_divide(&splits, w->training.data, division, err), done);
    w->results = calloc(splits.n, sizeof *w->results);
    if (!w->results) {
        status = cli_fail_memory(err);
        goto done;
    }
    w->n_results = splits.n;
    status = division->folds ? mlt_cross_validate(w->results, &spec, w->training.data, splits.items, splits.n,
                                                  w->call->ctx, err)
                             : fit_single(w, splits.items, err);
done:
    cli_splits_clear(&splits);
    return status;
}

mlt_status fit_work_prepare(fit_work *w, mlt_error *err) {
    mlt_task task = w->training.data->schema->task;
    if (!(w->type->tasks & (unsigned)task))
        return cli_fail(err, MLT_E_USAGE,
                        "--model: %s does no %s; choose another, 'mltool models' lists them", w->type->name,
                        mlt_task_name(task));
    CLI_TRY(mlt_params_resolve(&w->params, task, err));
    return cli_metric_choose(&w->report.metric, w->options->testing.metric, task, err);
}

mlt_status fit_work_fit(fit_work *w, mlt_error *err) {
    CLI_TRY(fit_splits(w, err));
    for (size_t i = 0; i < w->n_results; i++)
        w->report.seconds_fit += w->results[i].seconds_fit;
    w->report.file = w->file;
    w->report.n = w->training.data->n;
    w->report.schema = w->training.data->schema;
    w->report.type = w->type;
    w->report.params = &w->params;
    w->report.results = w->results;
    return MLT_OK;
}

/* ---- keeping ---- */

mlt_status fit_work_save(fit_work *w, mlt_error *err) {
    const char *path = w->options->model.save;
    if (!w->model) { /* folds leave no model of all rows */
        cli_splits all;
        mlt_division none = {.no_split = true};
        mlt_status status = cli_divide(&all, w->training.data, &none, err);
        if (status == MLT_OK)
            status = fit_once(&w->refitted, w, all.items, err);
        cli_splits_clear(&all);
        CLI_TRY(status);
        w->model = w->refitted.model;
        cli_console_say(w->call->console, "the saved model is fitted on all %zu rows", w->training.data->n);
    }
    mlt_recipe recipe = {0};
    mlt_status status = mlt_report_recipe(&recipe, &w->report, err);
    if (status != MLT_OK) {
        mlt_recipe_clear(&recipe);
        return status;
    }
    return cli_keep_model(path, w->model, &recipe, &w->training, &w->options->reading, w->call, err);
}

void fit_work_clear(fit_work *w) {
    for (size_t i = 0; w->results && i < w->n_results; i++)
        mlt_fit_result_clear(&w->results[i]);
    free(w->results);
    mlt_fit_result_clear(&w->refitted);
    mlt_trace_free(w->trace);
    mlt_frame_free(w->test_frame);
    mlt_dataset_free(w->training.data);
}
