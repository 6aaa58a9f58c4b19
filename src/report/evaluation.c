/* The metrics of a saved model on other data. */
#include "core/error.h"
#include "report/facts.h"
#include "report/measures.h"

static mlt_status write_page(FILE *out, const mlt_model *model, const mlt_dataset *data,
                             const mlt__part *part, const mlt_report_options *options, mlt_error *err) {
    const mlt_schema *schema = mlt_model_schema(model);
    mlt__page page;
    mlt__page_start(&page, out, options);
    mlt__data_lines(&page, data->source, data->n, schema);
    mlt__text text = {0};
    mlt__text_add(&text, "%s", mlt_model_type_of(model)->name);
    mlt__page_field(&page, "Model", &text);
    mlt__page_heading(&page, "How well the model predicts these rows");
    MLT_TRY(mlt__measures_write(&page, part, 1, err));
    MLT_TRY(mlt__measures_confusion(&page, part, schema, err));
    return mlt__page_finish(&page, err);
}

static void write_json(FILE *out, const mlt_model *model, const mlt_dataset *data,
                       const mlt_metrics *metrics) {
    const mlt_schema *schema = mlt_model_schema(model);
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "evaluate");
    mlt__data_json(&json, data->source, data->n, schema);
    mlt__put_text(&json, "model", mlt_model_type_of(model)->name);
    mlt__params_json(&json, mlt_model_params(model), schema->task);
    mlt__put_open(&json, "metrics", '{');
    mlt__measures_json(&json, "test", metrics, schema);
    mlt__put_close(&json, '}');
    mlt__put_close(&json, '}');
    fputc('\n', out);
}

mlt_status mlt_report_evaluation(FILE *out, const mlt_model *model, const mlt_dataset *data,
                                 const mlt_metrics *metrics, const mlt_report_options *options,
                                 mlt_error *err) {
    static const char *const headers[] = {"model", "part", "metric", "value"};
    const mlt__part part = {"test", metrics};
    switch (options->format) {
    case MLT_FORMAT_JSON:
        write_json(out, model, data, metrics);
        return MLT_OK;
    case MLT_FORMAT_CSV:
    case MLT_FORMAT_TSV: {
        mlt__table table;
        mlt__table_start(&table, options, headers, 4);
        mlt__measures_rows(&table, mlt_model_type_of(model)->name, NULL, &part);
        return mlt__table_finish(&table, out, err);
    }
    default:
        return write_page(out, model, data, &part, options, err);
    }
}
