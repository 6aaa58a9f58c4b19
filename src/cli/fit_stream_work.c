/* The work of `mltool fit --stream`: the rows are read once, and an interrupt ends them. */
#include "cli/files.h"
#include "cli/fit_work.h"
#include "cli/signals.h"
#include "mltool/fit_stream.h"

#include <stdlib.h>
#include <string.h>

mlt_status fit_work_check_stream(const fit_work *w, mlt_error *err) {
    if (w->options->model.stream && !w->type->stream)
        return cli_fail(err, MLT_E_USAGE,
                        "--stream: %s needs all rows at once; leave it out, or choose linear", w->type->name);
    return MLT_OK;
}

/* What the stream's end says. */
static void complete_report(fit_work *w, const mlt_stream_facts *facts) {
    mlt_fit_report *report = &w->report;
    w->rows_read = facts->rows;
    w->delimiter = facts->delimiter;
    memcpy(w->sha256, facts->sha256, sizeof w->sha256);
    w->model = w->results[0].model;
    report->division.n_train = facts->n_train;
    report->division.n_test = facts->n_test;
    report->division.stopped = facts->stopped;
    report->seconds_fit = w->results[0].seconds_fit;
    report->file = w->file;
    report->n = facts->n_train + facts->n_test;
    report->schema = mlt_model_schema(w->model);
    report->type = w->type;
    report->params = &w->params;
    report->results = w->results;
}

mlt_status fit_work_stream(fit_work *w, mlt_error *err) {
    mlt_csv_options csv = fit_work_reading(w);
    mlt_task task;
    CLI_TRY(fit_work_task(&task, w, err));
    CLI_TRY(mlt_params_resolve(&w->params, task, err));
    mlt_dataset_options columns = fit_work_columns(w, task);
    mlt_stream_spec spec = {.type = w->type,
                            .params = &w->params,
                            .csv = &csv,
                            .columns = &columns,
                            .test_size = w->report.division.test_size,
                            .random_state = w->report.division.random_state,
                            .stop = cli_signals_stop_on_interrupt()};
    mlt_stream_facts facts;
    w->n_results = 1;
    w->results = calloc(1, sizeof *w->results);
    if (!w->results)
        return cli_fail_memory(err);
    mlt_status status = mlt_fit_stream(&w->results[0], &facts, w->file, &spec, w->call->ctx, err);
    cli_signals_interrupt_again(status == MLT_OK);
    if (status != MLT_OK)
        return status;
    complete_report(w, &facts);
    if (facts.stopped)
        cli_console_say(w->call->console, "interrupted: the answer is that of the %zu rows read so far",
                        facts.rows);
    if (facts.n_released > 0)
        cli_console_say(w->call->console,
                        "tested on %zu rows, as many as a stream keeps; %zu more trained instead",
                        facts.n_test, facts.n_released);
    return MLT_OK;
}
