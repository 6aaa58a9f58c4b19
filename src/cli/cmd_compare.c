/* mltool compare: several models over the same splits, ranked and tested against the best. */
#include "cli/dividing.h"
#include "cli/files.h"
#include "cli/folding.h"
#include "cli/model_list.h"
#include "cli/training_data.h"

#include <stdlib.h>

typedef struct compare_models {
    cli_list models;
    bool baseline;
} compare_models;

typedef struct compare_options {
    compare_models models;
    cli_columns columns;
    cli_reading reading;
    cli_folding folding;
    cli_splitting splitting;
    cli_output output;
    cli_common common;
} compare_options;

static const cli_option models_options[] = {
    {.name = "models",
     .kind = CLI_LIST,
     .offset = offsetof(compare_models, models),
     .argument = "MODEL,...",
     .min = 1,
     .help =
         "the models, each with parameters of its own if wanted: bagging:n-estimators=10,tree:max-depth=3",
     .default_text = "all that suit the task"},
    {.name = "baseline",
     .kind = CLI_FLAG,
     .offset = offsetof(compare_models, baseline),
     .help = "add the baseline: always the commonest class, or the mean"},
    {0},
};

/* A comparison on its way. */
typedef struct comparing {
    const compare_options *options;
    const char *file;
    cli_listed models;
    cli_training training;
    cli_splits splits;
    const char **labels; /* a model */
    mlt_fit_spec *specs; /* a model */
    mlt_score *scores;   /* models × splits, NULL until all are there */
    mlt_comparison comparison;
    mlt_comparison_report report;
} comparing;

static bool has_baseline(const cli_listed *models) {
    for (size_t i = 0; i < models->n; i++)
        if (models->items[i].type->baseline)
            return true;
    return false;
}

/* All models that do the task, unless some are named, and the baseline if it is asked for. */
static mlt_status choose_models(comparing *c, mlt_task task, mlt_error *err) {
    const compare_models *wanted = &c->options->models;
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    bool named = wanted->models.n > 0, add_baseline = wanted->baseline && !has_baseline(&c->models);
    for (size_t i = 0; i < n; i++)
        if (types[i]->baseline ? add_baseline : !named && (types[i]->tasks & (unsigned)task))
            CLI_TRY(cli_listed_add(&c->models, types[i], err));
    return cli_listed_resolve(&c->models, task, err);
}

/* What can be said before the data are read. `*task` is 0 if it is not known yet. */
static mlt_status check_options(comparing *c, mlt_task *task, const cli_parsed *parsed, mlt_error *err) {
    const compare_options *options = c->options;
    const cli_list *named = &options->models.models;
    const mlt_metric *metric;
    if (named->n > 0)
        CLI_TRY(cli_listed_parse(&c->models, named, err));
    if (named->n == 1 && (!options->models.baseline || has_baseline(&c->models)))
        return cli_fail(err, MLT_E_USAGE,
                        "--models: one model has nothing to be compared with; name two, or add --baseline");
    unsigned tasks = cli_listed_tasks(&c->models);
    *task = (mlt_task)options->columns.task;
    if (!*task && (tasks == MLT_REGRESSION || tasks == MLT_CLASSIFICATION))
        *task = (mlt_task)tasks;
    if (*task)
        CLI_TRY(cli_listed_resolve(&c->models, *task, err));
    CLI_TRY(cli_metric_choose(&metric, options->folding.metric, *task, err));
    CLI_TRY(cli_folding_division(&c->report.division, &options->folding, &options->splitting, parsed, *task,
                                 err));
    return cli_check_stdout(c->file, err);
}

static mlt_status score(comparing *c, const mlt_context *ctx, mlt_error *err) {
    size_t n = c->models.n;
    c->specs = calloc(n, sizeof *c->specs);
    c->labels = calloc(n, sizeof *c->labels);
    mlt_score *scores = calloc(n * c->splits.n, sizeof *scores);
    if (!c->specs || !c->labels || !scores) {
        free(scores);
        return cli_fail_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        c->labels[i] = c->models.items[i].label;
        c->specs[i] = (mlt_fit_spec){.type = c->models.items[i].type,
                                     .params = &c->models.items[i].params,
                                     .random_state = c->report.division.random_state,
                                     .impute = (mlt_impute)c->options->columns.impute,
                                     .test_only = true};
    }
    mlt_status status =
        mlt_score_models(scores, c->specs, n, c->training.data, c->splits.items, c->splits.n, NULL, ctx, err);
    if (status == MLT_OK)
        c->scores = scores;
    else
        free(scores);
    return status;
}

/* If no model could be fitted, the first one's reason is the error. */
static mlt_status check_scores(const comparing *c, mlt_error *err) {
    const mlt_contender *first = &c->comparison.ranking[0];
    if (!first->failure)
        return MLT_OK;
    return cli_fail(err, first->failure->status, "%s", first->failure->message);
}

static mlt_status compare(comparing *c, const mlt_context *ctx, mlt_error *err) {
    const mlt_dataset *data = c->training.data;
    const mlt_metric *metric;
    double start = cli_now();
    CLI_TRY(choose_models(c, data->schema->task, err));
    CLI_TRY(cli_metric_choose(&metric, c->options->folding.metric, data->schema->task, err));
    CLI_TRY(cli_divide(&c->splits, data, &c->report.division, err));
    CLI_TRY(score(c, ctx, err));
    CLI_TRY(mlt_compare(&c->comparison, c->scores, c->models.n, c->splits.items, c->splits.n, metric, err));
    CLI_TRY(check_scores(c, err));
    c->report.file = c->file;
    c->report.n = data->n;
    c->report.schema = data->schema;
    c->report.division.n_train = c->splits.items[0].n_train;
    c->report.division.n_test = c->splits.items[0].n_test;
    c->report.specs = c->specs;
    c->report.labels = c->labels;
    c->report.scores = c->scores;
    c->report.comparison = &c->comparison;
    c->report.seconds_load = c->training.seconds;
    c->report.seconds_compare = cli_now() - start;
    return MLT_OK;
}

static void clear(comparing *c) {
    mlt_comparison_clear(&c->comparison);
    if (c->scores)
        mlt_scores_clear(c->scores, c->models.n * c->splits.n);
    free(c->scores);
    free(c->specs);
    free(c->labels);
    cli_splits_clear(&c->splits);
    mlt_dataset_free(c->training.data);
    cli_listed_clear(&c->models);
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    comparing c = {.options = call->options, .file = call->parsed->operands[0]};
    cli_training_source source = {
        .file = c.file, .columns = &c.options->columns, .reading = &c.options->reading};
    mlt_status status;
    CLI_TRY_GOTO(check_options(&c, &source.task, call->parsed, err), done);
    CLI_TRY_GOTO(cli_load_training(&c.training, &source, call->ctx, err), done);
    CLI_TRY_GOTO(compare(&c, call->ctx, err), done);
    cli_console_erase();
    mlt_report_options report = cli_report_options(&c.options->output);
    status = mlt_report_comparison(stdout, &c.report, &report, err);
done:
    clear(&c);
    return status;
}

static const cli_group groups[] = {
    {"Models", models_options, offsetof(compare_options, models)},
    CLI_COLUMNS(compare_options),
    CLI_READING(compare_options),
    CLI_FOLDING(compare_options),
    CLI_OUTPUT(compare_options),
    CLI_COMMON(compare_options),
};

static const cli_conflict conflicts[] = {CLI_FOLDING_CONFLICTS};

static const char *const operands[] = {"DATA.csv"};

static const cli_example examples[] = {
    {"mltool compare data/breast_cancer.csv", "which model is best? all of them, by ten folds"},
    {"mltool compare --models bagging:n-estimators=10,adaboost:n-estimators=50 --baseline --stratify "
     "data/breast_cancer.csv",
     "two models with parameters of their own, and guessing"},
    {"mltool compare --metric rmse --cv 5 --repeats 2 --format csv data/car_prices.csv",
     "ranked by another metric, for a program to read"},
};

const cli_command cli_command_compare = {
    .grammar = {.command = "compare",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .conflicts = conflicts,
                .n_conflicts = CLI_COUNT(conflicts),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "say which of several models is best, and how sure that is",
    .synopsis = "[options] DATA.csv",
    .text =
        "Fit several models to the same rows and test them on the same others, fold by fold. They are ranked "
        "by the mean of a metric, and each is tested against the best (corrected resampled t-test, adjusted "
        "by Holm's method): is the difference more than chance? A model that cannot be fitted is named, and "
        "the others go on.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(compare_options),
    .common_offset = offsetof(compare_options, common),
    .run = run,
};
