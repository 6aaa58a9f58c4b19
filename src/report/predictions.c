/* Predictions, a row each: the prediction, the class probabilities if wanted, kept columns before them. */
#include "core/error.h"
#include "core/memory.h"
#include "report/delimited.h"
#include "report/json_writer.h"
#include "report/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "p_B": the column of a class's probability. */
static mlt_status proba_names(char ***out, const mlt_schema *schema, mlt_error *err) {
    char **names = mlt__calloc(schema->k, sizeof *names);
    if (!names)
        return mlt__raise_nomem(err, schema->k * sizeof *names);
    for (size_t c = 0; c < schema->k; c++) {
        mlt__text name = {0};
        mlt__text_add(&name, "p_");
        mlt__text_add_name(&name, schema->classes[c]);
        names[c] = name.s;
        if (name.failed) {
            for (size_t i = 0; i <= c; i++)
                free(names[i]);
            free(names);
            return mlt__raise_nomem(err, name.capacity);
        }
    }
    *out = names;
    return MLT_OK;
}

/* The text of a kept cell: a category's as it stood, a number's shortest; NULL if missing. */
static const char *kept_text(char buffer[32], const mlt_column *column, size_t i) {
    if (column->codes)
        return column->codes[i] < 0 ? NULL : column->levels[column->codes[i]];
    return isnan(column->values[i]) ? NULL : mlt_format_double(buffer, column->values[i]);
}

static void write_rows(FILE *out, const mlt_predictions *p, char *const *names, size_t n_proba,
                       const mlt_report_options *options) {
    const mlt_schema *schema = mlt_model_schema(p->model);
    mlt__delimited rows;
    mlt__delimited_start(&rows, out, options);
    for (size_t j = 0; j < p->n_kept; j++)
        mlt__delimited_text(&rows, p->kept[j].name);
    mlt__delimited_text(&rows, "prediction");
    for (size_t c = 0; c < n_proba; c++)
        mlt__delimited_text(&rows, names[c]);
    if (p->low) {
        mlt__delimited_text(&rows, "lower");
        mlt__delimited_text(&rows, "upper");
    }
    mlt__delimited_end_row(&rows);
    for (size_t i = 0; i < p->n && !ferror(out); i++) {
        char buffer[32];
        for (size_t j = 0; j < p->n_kept; j++)
            mlt__delimited_text(&rows, kept_text(buffer, &p->kept[j], i));
        if (p->labels)
            mlt__delimited_text(&rows, schema->classes[p->labels[i]]);
        else
            mlt__delimited_real(&rows, p->out[i]);
        for (size_t c = 0; c < n_proba; c++)
            mlt__delimited_real(&rows, p->out[i * schema->k + c]);
        if (p->low) {
            mlt__delimited_real(&rows, p->low[i]);
            mlt__delimited_real(&rows, p->high[i]);
        }
        mlt__delimited_end_row(&rows);
    }
}

static void write_json(FILE *out, const mlt_predictions *p, char *const *names, size_t n_proba) {
    const mlt_schema *schema = mlt_model_schema(p->model);
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "predict");
    mlt__put_text(&json, "model", mlt_model_type_of(p->model)->name);
    mlt__put_text(&json, "target", schema->target);
    mlt__put_text(&json, "task", mlt_task_name(schema->task));
    mlt__put_count(&json, "rows", p->n);
    mlt__put_open(&json, "predictions", '[');
    for (size_t i = 0; i < p->n && !ferror(out); i++) {
        mlt__put_open(&json, NULL, '{');
        for (size_t j = 0; j < p->n_kept; j++) {
            const mlt_column *column = &p->kept[j];
            char buffer[32];
            if (column->codes)
                mlt__put_text(&json, column->name, kept_text(buffer, column, i));
            else
                mlt__put_real(&json, column->name, column->values[i]);
        }
        if (p->labels)
            mlt__put_text(&json, "prediction", schema->classes[p->labels[i]]);
        else
            mlt__put_real(&json, "prediction", p->out[i]);
        for (size_t c = 0; c < n_proba; c++)
            mlt__put_real(&json, names[c], p->out[i * schema->k + c]);
        if (p->low) {
            mlt__put_real(&json, "lower", p->low[i]);
            mlt__put_real(&json, "upper", p->high[i]);
        }
        mlt__put_close(&json, '}');
    }
    mlt__put_close(&json, ']');
    mlt__put_close(&json, '}');
    fputc('\n', out);
}

mlt_status mlt_report_predictions(FILE *out, const mlt_predictions *predictions,
                                  const mlt_report_options *options, mlt_error *err) {
    char **names = NULL;
    size_t n_proba = predictions->proba && predictions->labels ? mlt_model_schema(predictions->model)->k : 0;
    if (n_proba)
        MLT_TRY(proba_names(&names, mlt_model_schema(predictions->model), err));
    if (options->format == MLT_FORMAT_JSON)
        write_json(out, predictions, names, n_proba);
    else
        write_rows(out, predictions, names, n_proba, options);
    for (size_t c = 0; c < n_proba; c++)
        free(names[c]);
    free(names);
    return MLT_OK;
}
