/* mltool predict: one prediction a row. */
#include "cli/files.h"
#include "cli/groups.h"

#include <stdlib.h>
#include <string.h>

typedef struct predict_what {
    bool proba;
    cli_list keep;
    int interval; /* 0: none; else 1 + an mlt_interval */
    double level;
} predict_what;

static const cli_option what_options[] = {
    {.name = "proba",
     .kind = CLI_FLAG,
     .offset = offsetof(predict_what, proba),
     .help = "add each class's probability: p_CLASS"},
    {.name = "keep",
     .kind = CLI_LIST,
     .offset = offsetof(predict_what, keep),
     .argument = "COL,...",
     .min = 1,
     .help = "copy these columns of the data before the prediction"},
    {.name = "interval",
     .kind = CLI_CHOICE,
     .offset = offsetof(predict_what, interval),
     .argument = "KIND",
     .help = "add `lower` and `upper`, about the mean of such rows or about one new row; linear only",
     .choices = "none|confidence|prediction",
     .default_text = "none"},
    CLI_LEVEL(predict_what),
    {0},
};

typedef struct predict_options {
    predict_what what;
    cli_encoding encoding;
    cli_reading reading;
    cli_row_output output;
    cli_common common;
} predict_options;

/* An output column of this name? */
static bool is_taken(const char *name, const mlt_schema *schema, const predict_what *what) {
    if (strcmp(name, "prediction") == 0)
        return true;
    if (what->interval && (strcmp(name, "lower") == 0 || strcmp(name, "upper") == 0))
        return true;
    for (size_t c = 0; what->proba && c < schema->k; c++)
        if (strncmp(name, "p_", 2) == 0 && strcmp(name + 2, schema->classes[c]) == 0)
            return true;
    return false;
}

static mlt_status check_what(const predict_what *what, const mlt_model *model, mlt_error *err) {
    const mlt_schema *schema = mlt_model_schema(model);
    cli_shown shown;
    if (what->interval)
        CLI_TRY(cli_check_inference("interval", mlt_model_type_of(model), mlt_model_params(model), err));
    if (what->proba && schema->task != MLT_CLASSIFICATION)
        return cli_fail(err, MLT_E_USAGE, "--proba: the model predicts numbers, not classes; leave it out");
    for (size_t i = 0; i < what->keep.n; i++) {
        const char *name = what->keep.items[i];
        if (is_taken(name, schema, what))
            return cli_fail(err, MLT_E_USAGE,
                            "--keep: '%s' is the name of an output column; rename it in the data",
                            cli_show(&shown, name));
        for (size_t j = 0; j < i; j++)
            if (strcmp(what->keep.items[j], name) == 0)
                return cli_fail(err, MLT_E_USAGE, "--keep: '%s' is given twice; give it once",
                                cli_show(&shown, name));
    }
    return MLT_OK;
}

/* ---- kept columns ---- */

static void columns_free(mlt_column *columns, size_t n) {
    for (size_t j = 0; columns && j < n; j++) {
        for (size_t i = 0; columns[j].levels && i < columns[j].n_levels; i++)
            free(columns[j].levels[i]);
        free(columns[j].levels);
        free(columns[j].codes);
        free(columns[j].values);
        free(columns[j].name);
    }
    free(columns);
}

static void *copy_of(const void *from, size_t n, size_t size) {
    void *to = from ? malloc(n ? n * size : 1) : NULL;
    return to && n ? memcpy(to, from, n * size) : to;
}

/* A copy of its cells; false when memory is short. */
static bool copy_column(mlt_column *to, const mlt_column *from, size_t n) {
    to->type = from->type;
    to->name = strdup(from->name);
    to->values = copy_of(from->values, n, sizeof *from->values);
    to->codes = copy_of(from->codes, n, sizeof *from->codes);
    if (!to->name || (from->values && !to->values) || (from->codes && !to->codes))
        return false;
    if (!from->codes)
        return true;
    to->levels = calloc(from->n_levels + 1, sizeof *to->levels);
    for (; to->levels && to->n_levels < from->n_levels; to->n_levels++) {
        to->levels[to->n_levels] = strdup(from->levels[to->n_levels]);
        if (!to->levels[to->n_levels])
            return false;
    }
    return to->levels != NULL;
}

static mlt_status keep_columns(mlt_column **out, const cli_list *keep, const mlt_frame *frame,
                               mlt_error *err) {
    mlt_column *columns = calloc(keep->n + 1, sizeof *columns);
    if (!columns)
        return cli_fail_memory(err);
    for (size_t j = 0; j < keep->n; j++) {
        const mlt_column *column = mlt_frame_column(frame, keep->items[j]);
        mlt_status status = MLT_OK;
        if (!column)
            status = cli_no_column(frame, "keep", keep->items[j], err);
        else if (!copy_column(&columns[j], column, frame->n))
            status = cli_fail_memory(err);
        if (status != MLT_OK) {
            columns_free(columns, keep->n);
            return status;
        }
    }
    *out = columns;
    return MLT_OK;
}

/* ---- predicting ---- */

/* Intervals about the predictions: both arrays are to be freed. */
static mlt_status find_interval(double **low, double **high, const mlt_predictions *p, const double *out,
                                const mlt_dataset *data, const cli_call *call, mlt_error *err) {
    const predict_what *what = &((const predict_options *)call->options)->what;
    if (!what->interval)
        return MLT_OK;
    *low = malloc((data->n + 1) * sizeof **low);
    *high = malloc((data->n + 1) * sizeof **high);
    if (!*low || !*high)
        return cli_fail_memory(err);
    return mlt_model_interval(*low, *high, out, p->model, data, NULL, data->n,
                              (mlt_interval)(what->interval - 1), what->level, call->ctx, err);
}

static mlt_status predict(mlt_predictions *p, const mlt_dataset *data, const cli_call *call,
                          const mlt_report_options *report, mlt_error *err) {
    double *low = NULL, *high = NULL;
    size_t width = mlt_model_width(p->model);
    bool classes = mlt_model_schema(p->model)->task == MLT_CLASSIFICATION;
    double *out =
        data->n <= SIZE_MAX / sizeof *out / width ? malloc((data->n * width + 1) * sizeof *out) : NULL;
    uint32_t *labels = classes ? malloc((data->n + 1) * sizeof *labels) : NULL;
    mlt_status status = out && (labels || !classes) ? MLT_OK : cli_fail_memory(err);
    if (status == MLT_OK)
        status = mlt_model_predict(out, labels, p->model, data, NULL, data->n, call->ctx, err);
    if (status == MLT_OK)
        status = find_interval(&low, &high, p, out, data, call, err);
    if (status == MLT_OK) {
        cli_console_erase();
        p->low = low;
        p->high = high;
        p->n = data->n;
        p->out = out;
        p->labels = labels;
        status = mlt_report_predictions(stdout, p, report, err);
    }
    free(out);
    free(low);
    free(high);
    free(labels);
    return status;
}

static mlt_status run(const cli_call *call, mlt_error *err) {
    const predict_options *options = call->options;
    const char *file = call->parsed->operands[1];
    mlt_model *model = NULL;
    mlt_frame *frame = NULL;
    mlt_dataset *data = NULL;
    mlt_column *kept = NULL;
    mlt_status status;
    if (cli_given(call->parsed, "level") && !options->what.interval)
        return cli_fail(err, MLT_E_USAGE, "--level: is for --interval; give both or neither");
    CLI_TRY(cli_check_stdout(file, err));
    CLI_TRY(mlt_model_file_load(&model, NULL, call->parsed->operands[0], call->ctx, err));
    const mlt_schema *schema = mlt_model_schema(model);
    CLI_TRY_GOTO(check_what(&options->what, model, err), done);
    CLI_TRY_GOTO(
        cli_read_for_model(&frame, file, &options->reading, schema, &options->what.keep, call->ctx, err),
        done);
    CLI_TRY_GOTO(keep_columns(&kept, &options->what.keep, frame, err), done);
    mlt_encode_options encode = {.unknown_as_missing = options->encoding.unknown != 0};
    CLI_TRY_GOTO(mlt_dataset_encode(&data, frame, schema, &encode, call->ctx, err), done_encoded);
    mlt_predictions predictions = {
        .model = model, .proba = options->what.proba, .kept = kept, .n_kept = options->what.keep.n};
    mlt_report_options report = cli_row_report_options(&options->output);
    status = predict(&predictions, data, call, &report, err);
done_encoded:
    frame = NULL; /* encoding has consumed it */
done:
    mlt_frame_free(frame);
    mlt_dataset_free(data);
    columns_free(kept, options->what.keep.n);
    mlt_model_free(model);
    return status;
}

static const cli_group groups[] = {
    {"Predictions", what_options, offsetof(predict_options, what)},
    {"Data", cli_encoding_options, offsetof(predict_options, encoding)},
    CLI_READING(predict_options),
    CLI_ROW_OUTPUT(predict_options),
    CLI_COMMON(predict_options),
};

static const char *const operands[] = {"MODEL", "DATA.csv"};

static const cli_example examples[] = {
    {"mltool fit --model random-forest --save wine.safetensors --quiet data/wine.csv",
     "a model to predict with"},
    {"mltool predict wine.safetensors data/wine.csv", "a prediction for each row"},
    {"mltool fit --model linear --save cars.safetensors --quiet data/car_prices.csv", "a linear model"},
    {"mltool predict --interval prediction --level 0.9 cars.safetensors data/car_prices.csv",
     "with the range in which nine of ten prices lie"},
    {"mltool predict --proba --keep alcohol,cultivar wine.safetensors data/wine.csv",
     "with probabilities, beside columns of the data"},
};

const cli_command cli_command_predict = {
    .grammar = {.command = "predict",
                .groups = groups,
                .n_groups = CLI_COUNT(groups),
                .operands = operands,
                .n_operands = CLI_COUNT(operands)},
    .summary = "predict each row of a CSV file with a saved model",
    .synopsis = "[options] MODEL DATA.csv",
    .text = "Write one prediction for each row, in order, as CSV. The data's columns are found by name, so "
            "their order "
            "does not matter and others may be there; the target may be absent.",
    .examples = examples,
    .n_examples = CLI_COUNT(examples),
    .options_size = sizeof(predict_options),
    .common_offset = offsetof(predict_options, common),
    .run = run,
};
