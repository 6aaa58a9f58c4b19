/* mltool tune: the best parameters of a model, searched by cross-validation. */
#include "cli/dividing.h"
#include "cli/files.h"
#include "cli/folding.h"
#include "cli/keeping.h"
#include "cli/model_choice.h"
#include "cli/search_space.h"
#include "cli/training_data.h"

#include "mltool/search_log.h"

typedef struct tune_search {
    const char *model, *save, *log;
    cli_list grid;
    int64_t random, factor;
    bool halving;
} tune_search;

typedef struct tune_options {
    tune_search search;
    cli_columns columns;
    cli_reading reading;
    cli_folding folding;
    cli_splitting splitting;
    cli_output output;
    cli_common common;
} tune_options;

static const cli_option search_options[] = {
    {.name = "model",
     .kind = CLI_TEXT,
     .offset = offsetof(tune_search, model),
     .argument = "NAME",
     .help = "the model whose parameters are searched; needed"},
    {.name = "grid",
     .kind = CLI_TEXTS,
     .offset = offsetof(tune_search, grid),
     .argument = "P=V,V,...",
     .help = "a parameter and the values to try, max-depth=1,2,3 or max-depth=1..9; needed, once for each "
             "parameter"},
    {.name = "random",
     .kind = CLI_WHOLE,
     .offset = offsetof(tune_search, random),
     .argument = "N",
     .help =
         "try N combinations at random; ranges such as learning-rate=0.01..1 and =0.01..1:log are drawn from",
     .min = 1,
     .max = MLT_MAX_CANDIDATES},
    {.name = "halving",
     .kind = CLI_FLAG,
     .offset = offsetof(tune_search, halving),
     .help = "all combinations on few rows, then the better ones on more, and so on"},
    {.name = "factor",
     .kind = CLI_WHOLE,
     .offset = offsetof(tune_search, factor),
     .argument = "F",
     .help = "with --halving: one in F goes on, with F times the rows",
     .min = 2,
     .max = 1000,
     .default_text = "3"},
    {.name = "log",
     .kind = CLI_TEXT,
     .offset = offsetof(tune_search, log),
     .argument = "FILE",
     .help = "write each result there at once; what it holds already is not fitted again"},
    {.name = "save",
     .kind = CLI_TEXT,
     .offset = offsetof(tune_search, save),
     .argument = "FILE",
     .help = "fit the best to all rows and keep it in a .safetensors file"},
    {0},
};

/* A search on its way. */
typedef struct tuning {
    const cli_call *call;
    const tune_options *options;
    const char *file;
    const mlt_model_type *type;
    mlt_params fixed; /* not resolved */
    cli_space space;
    cli_training training;
    cli_splits splits;
    mlt_candidates candidates;
    mlt_search_log *log;
    mlt_search search;
    mlt_search_report report;
} tuning;

static mlt_fit_spec spec_of(const tuning *t, const mlt_params *params) {
    return (mlt_fit_spec){.type = t->type,
                          .params = params,
                          .random_state = t->report.division.random_state,
                          .impute = (mlt_impute)t->options->columns.impute,
                          .test_only = true};
}

static mlt_status make_candidates(tuning *t, mlt_task task, mlt_error *err) {
    const tune_search *search = &t->options->search;
    mlt_candidates_clear(&t->candidates);
    if (!search->random)
        return mlt_candidates_grid(&t->candidates, &t->fixed, t->space.axes, t->space.n, task, err);
    return mlt_candidates_random(&t->candidates, (size_t)search->random, &t->fixed, t->space.axes, t->space.n,
                                 task, t->report.division.random_state, err);
}

static mlt_status check_files(const tuning *t, mlt_error *err) {
    const tune_search *search = &t->options->search;
    const char *inputs[] = {t->file, NULL}, *taken[] = {t->file, search->save ? search->save : "-", NULL};
    if (search->save)
        CLI_TRY(cli_check_output(search->save, "save", inputs, err));
    if (search->log)
        CLI_TRY(cli_check_output(search->log, "log", taken, err));
    return cli_check_stdout(t->file, err);
}

/* What can be said before the data are read. `*task` is 0 if it is not known yet. */
static mlt_status check_options(tuning *t, mlt_task *task, mlt_error *err) {
    const tune_options *options = t->options;
    const tune_search *search = &options->search;
    const cli_parsed *parsed = t->call->parsed;
    const mlt_metric *metric;
    cli_model_names all;
    if (!search->model)
        return cli_fail(err, MLT_E_USAGE, "--model: missing; give one of %s", cli_model_list(&all));
    if (search->grid.n == 0)
        return cli_fail(err, MLT_E_USAGE,
                        "--grid: missing; give a parameter and values to try, such as "
                        "--grid max-depth=1,2,3");
    if (cli_given(parsed, "factor") && !search->halving)
        return cli_fail(err, MLT_E_USAGE, "--factor: is for --halving; give it, too, or leave both out");
    CLI_TRY(cli_model_choose(&t->type, search->model, "--model", err));
    CLI_TRY(cli_task_choose(task, t->type, options->columns.task, err));
    CLI_TRY(cli_model_params(&t->fixed, t->type, parsed, err));
    CLI_TRY(cli_space_parse(&t->space, &search->grid, &t->fixed, search->random > 0, err));
    CLI_TRY(cli_metric_choose(&metric, options->folding.metric, *task, err));
    CLI_TRY(cli_folding_division(&t->report.division, &options->folding, &options->splitting, parsed, *task,
                                 err));
    if (*task)
        CLI_TRY(make_candidates(t, *task, err));
    return check_files(t, err);
}

static mlt_status open_log(tuning *t, const mlt_fit_spec *fit, mlt_error *err) {
    mlt_search_identity identity = {.sha256 = t->training.sha256,
                                    .data = t->training.data,
                                    .fit = fit,
                                    .division = &t->report.division,
                                    .n_splits = t->splits.n};
    CLI_TRY(mlt_search_log_open(&t->log, t->options->search.log, &identity, err));
    size_t known = mlt_search_log_known(t->log);
    if (known)
        cli_console_say(t->call->console, "%s holds %zu results; they are not fitted again",
                        t->options->search.log, known);
    return MLT_OK;
}

/* If no candidate could be fitted, the first one's reason is the error. */
static mlt_status check_trials(const tuning *t, mlt_error *err) {
    const mlt_score *failure = t->search.trials[0].failure;
    return failure ? cli_fail(err, failure->status, "%s", failure->message) : MLT_OK;
}

static mlt_status search(tuning *t, mlt_error *err) {
    const tune_search *how = &t->options->search;
    const mlt_dataset *data = t->training.data;
    const mlt_schema *schema = data->schema;
    const mlt_metric *metric;
    mlt_search_memory memory = {0};
    double start = cli_now();
    CLI_TRY(cli_metric_choose(&metric, t->options->folding.metric, schema->task, err));
    CLI_TRY(make_candidates(t, schema->task, err));
    CLI_TRY(cli_divide(&t->splits, data, &t->report.division, err));
    t->report.division.n_train = t->splits.items[0].n_train;
    t->report.division.n_test = t->splits.items[0].n_test;
    if (how->random && t->candidates.n < (size_t)how->random)
        cli_console_say(t->call->console, "there are %zu combinations only", t->candidates.n);
    mlt_fit_spec fit = spec_of(t, NULL);
    mlt_search_spec spec = {.fit = &fit,
                            .candidates = &t->candidates,
                            .metric = metric,
                            .halving = how->halving,
                            .factor = (size_t)how->factor};
    if (how->log) {
        CLI_TRY(open_log(t, &fit, err));
        memory = mlt_search_log_memory(t->log);
        spec.memory = &memory;
    }
    CLI_TRY(mlt_tune(&t->search, &spec, data, t->splits.items, t->splits.n, t->call->ctx, err));
    CLI_TRY(check_trials(t, err));
    t->report.seconds_search = cli_now() - start;
    t->report.seconds_load = t->training.seconds;
    t->report.file = t->file;
    t->report.n = data->n;
    t->report.schema = schema;
    t->report.type = t->type;
    t->report.axes = t->space.axes;
    t->report.n_axes = t->space.n;
    t->report.random = how->random > 0;
    t->report.halving = how->halving;
    t->report.candidates = &t->candidates;
    t->report.search = &t->search;
    return MLT_OK;
}

/* Fit the best to all rows, and keep it. */
static mlt_status save(const tuning *t, mlt_error *err) {
    mlt_fit_spec spec = spec_of(t, &t->candidates.items[t->search.trials[0].candidate]);
    mlt_fit_result result = {0};
    mlt_recipe recipe = {0};
    cli_splits all;
    mlt_status status = cli_divide(&all, t->training.data, &(mlt_division){.no_split = true}, err);
    if (status == MLT_OK)
        status = mlt_fit_and_measure(&result, &spec, t->training.data, all.items, t->call->ctx, err);
    cli_splits_clear(&all);
    if (status == MLT_OK)
        status = mlt_report_search_recipe(&recipe, &t->report, err);
    if (status == MLT_OK) {
        cli_console_say(t->call->console, "the saved model is fitted on all %zu rows", t->training.data->n);
        status = cli_keep_model(t->options->search.save, result.model, &recipe, &t->training,
                                &t->options->reading, t->call, err);
    }
    mlt_recipe_clear(&recipe);
    mlt_fit_result_clear(&result);
    return status;
}

static void clear(tuning *t) {
    mlt_search_clear(&t->search);
    mlt_search_log_close(t->log);
    mlt_candidates_clear(&t->candidates);
    cli_splits_clear(&t->splits);
    mlt_dataset_free(t->training.data);
    cli_space_clear(&t->space);
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    tuning t = {.call = call, .options = call->options, .file = call->parsed->operands[0]};
    cli_training_source source = {.file = t.file,
                                  .columns = &t.options->columns,
                                  .reading = &t.options->reading,
                                  .digest = t.options->search.save || t.options->search.log};
    mlt_status status;
    CLI_TRY_GOTO(check_options(&t, &source.task, err), done);
    CLI_TRY_GOTO(cli_load_training(&t.training, &source, call->ctx, err), done);
    CLI_TRY_GOTO(search(&t, err), done);
    if (t.options->search.save)
        CLI_TRY_GOTO(save(&t, err), done);
    cli_console_erase();
    mlt_report_options report = cli_report_options(&t.options->output);
    status = mlt_report_search(stdout, &t.report, &report, err);
done:
    clear(&t);
    return status;
}

static const cli_group groups[] = {
    {"Search", search_options, offsetof(tune_options, search)},
    CLI_COLUMNS(tune_options),
    CLI_READING(tune_options),
    CLI_FOLDING(tune_options),
    CLI_OUTPUT(tune_options),
    CLI_COMMON(tune_options),
};

static const cli_conflict conflicts[] = {CLI_FOLDING_CONFLICTS};

static const char *const operands[] = {"DATA.csv"};

static const cli_example examples[] = {
    {"mltool tune --model tree --grid max-depth=1..5 --grid min-samples-leaf=1,5,20 data/wine.csv",
     "fifteen trees, which is best?"},
    {"mltool tune --model adaboost --grid learning-rate=0.1..2:log --grid n-estimators=10..100 --random 8 "
     "--cv 5 "
     "--format csv data/iris.csv",
     "eight boosters drawn at random, the full table for a program"},
    {"mltool tune --model bagging --grid n-estimators=5,10,20 --grid max-samples=0.5,1.0 --halving --log "
     "search.log "
     "--save best.safetensors data/breast_cancer.csv",
     "by halving, with a log to resume from, and the best kept"},
};

const cli_command cli_command_tune = {
    .grammar = {.command = "tune",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .conflicts = conflicts,
                .n_conflicts = CLI_COUNT(conflicts),
                .operands = operands,
                .n_operands = CLI_COUNT(operands),
                .model_params = true},
    .summary = "search for the best parameters of a model",
    .synopsis = "--model NAME --grid P=V,V,... [options] DATA.csv",
    .text =
        "Fit a model with every combination of some parameters' values, or with some at random, test each "
        "by the same folds, and rank them. The other parameters stay as given. The best of many scores is "
        "partly luck: test it on rows that the search has not seen.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(tune_options),
    .common_offset = offsetof(tune_options, common),
    .run = run,
};
