/* Why a row got its prediction, for programs: JSON, or a row a part. */
#include "report/explanation.h"

#include "report/facts.h"

#include <math.h>
#include <stdlib.h>

/* ---- JSON ---- */

static void cells_json(mlt__json *json, const mlt__account *a) {
    mlt__put_open(json, "values", '{');
    for (size_t j = 0; j < a->e->p; j++) {
        const mlt_cells *x = &a->e->data->x[j];
        const mlt_feature *feature = &a->schema->features[j];
        if (x->values)
            mlt__put_real(json, feature->name, x->values[a->e->row]);
        else
            mlt__put_text(json, feature->name,
                          x->codes[a->e->row] < 0 ? NULL : feature->levels[x->codes[a->e->row]]);
    }
    mlt__put_close(json, '}');
}

static void prediction_json(mlt__json *json, const mlt__account *a) {
    const mlt_explanation *e = a->e;
    if (a->schema->task == MLT_REGRESSION) {
        mlt__put_real(json, "prediction", e->prediction[0]);
        return;
    }
    mlt__put_text(json, "prediction", a->schema->classes[e->label]);
    mlt__put_open(json, "probabilities", '{');
    for (size_t c = 0; c < e->width; c++)
        mlt__put_real(json, a->schema->classes[c], e->prediction[c]);
    mlt__put_close(json, '}');
}

static void parts_json(mlt__json *json, const char *key, const mlt__account *a, const mlt_parts *parts,
                       size_t output) {
    mlt__put_open(json, key, '{');
    mlt__put_real(json, "base", parts->base[output]);
    mlt__put_open(json, "parts", '{');
    for (size_t j = 0; j < a->e->p; j++)
        mlt__put_real(json, a->schema->features[j].name, parts->parts[j * a->e->width + output]);
    mlt__put_close(json, '}');
    mlt__put_close(json, '}');
}

static void contributions_json(mlt__json *json, const mlt__account *a) {
    static const char *const kinds[] = {[MLT_SCORE_PREDICTION] = "prediction",
                                        [MLT_SCORE_VOTES] = "share_of_votes",
                                        [MLT_SCORE_LOGITS] = "samme.r"};
    mlt__put_text(json, "score_kind", kinds[a->e->kind]);
    mlt__put_open(json, "contributions", '[');
    for (size_t c = 0; c < a->e->width; c++) {
        mlt__put_open(json, NULL, '{');
        if (a->schema->task == MLT_CLASSIFICATION)
            mlt__put_text(json, "class", a->schema->classes[c]);
        mlt__put_real(json, "score", a->e->score[c]);
        parts_json(json, "path", a, &a->e->path, c);
        parts_json(json, "shap", a, &a->e->shap, c);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}

static void trees_json(mlt__json *json, const mlt__account *a) {
    mlt__put_open(json, "trees", '[');
    for (size_t t = 0; t < a->e->n_trees; t++) {
        const mlt_tree *tree = &a->view.trees[t];
        uint32_t leaf = a->e->leaves[t];
        mlt__put_open(json, NULL, '{');
        if (a->view.tree_weights)
            mlt__put_real(json, "weight", a->view.tree_weights[t]);
        mlt__put_open(json, "nodes", '[');
        for (uint32_t node = 0;; node = mlt__account_next(tree, node, leaf)) {
            mlt__put_count(json, NULL, node);
            if (node == leaf)
                break;
        }
        mlt__put_close(json, ']');
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
    if (a->e->told < a->e->n_trees)
        mlt__put_count(json, "answer_of_tree", a->e->told);
}

static void changes_json(mlt__json *json, const mlt__account *a) {
    mlt__put_open(json, "changes", '[');
    for (size_t i = 0; i < a->e->n_flips; i++) {
        const mlt_flip *flip = &a->e->flips[i];
        mlt__put_open(json, NULL, '{');
        mlt__put_text(json, "feature", a->schema->features[flip->feature].name);
        if (flip->level >= 0) {
            mlt__put_text(json, "to", a->schema->features[flip->feature].levels[flip->level]);
        } else {
            mlt__put_text(json, "side", flip->above ? "above" : "at_most");
            mlt__put_real(json, "threshold", flip->threshold);
            mlt__put_real(json, "to", flip->to);
        }
        mlt__put_text(json, "class", a->schema->classes[flip->label]);
        mlt__put_real(json, "size", flip->size);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}

static void terms_json(mlt__json *json, const mlt__account *a) {
    mlt__put_real(json, "intercept", a->e->intercept);
    mlt__put_open(json, "terms", '[');
    for (size_t i = 0; i < a->e->n_linear; i++) {
        const mlt_linear_part *part = &a->e->linear[i];
        mlt__text term = {0};
        mlt__account_term(&term, a, part);
        mlt__put_open(json, NULL, '{');
        mlt__put_text(json, "term", term.s);
        mlt__put_real(json, "value", mlt__account_factor(a, part));
        mlt__put_real(json, "coefficient", part->coefficient);
        mlt__put_real(json, "part", part->part);
        mlt__put_close(json, '}');
        free(term.s);
    }
    mlt__put_close(json, ']');
}

void mlt__account_json(FILE *out, const mlt__account *a) {
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "explain");
    mlt__put_text(&json, "file", a->file);
    mlt__put_text(&json, "model", mlt_model_type_of(a->e->model)->name);
    mlt__target_json(&json, a->schema);
    mlt__put_text(&json, "data_file", a->e->data->source);
    mlt__put_count(&json, "row", a->e->row);
    cells_json(&json, a);
    prediction_json(&json, a);
    if (a->e->n_trees) {
        contributions_json(&json, a);
        trees_json(&json, a);
    } else {
        terms_json(&json, a);
    }
    if (a->schema->task == MLT_CLASSIFICATION)
        changes_json(&json, a);
    mlt__put_close(&json, '}');
    fputc('\n', out);
}

/* ---- rows ---- */

static void row_of_parts(mlt__table *table, const mlt__account *a, size_t output, const char *name,
                         const char *value, double path, double shap) {
    if (a->schema->task == MLT_CLASSIFICATION)
        mlt__table_name(table, a->schema->classes[output]);
    mlt__table_name(table, name);
    mlt__table_name(table, value);
    mlt__table_real(table, path);
    mlt__table_real(table, shap);
}

static mlt_status write_parts(FILE *out, const mlt__account *a, const mlt_report_options *options,
                              mlt_error *err) {
    static const char *const headers[] = {"class", "feature", "value", "path", "shap"};
    const mlt_explanation *e = a->e;
    size_t without_class = a->schema->task != MLT_CLASSIFICATION;
    mlt__table table;
    mlt__table_start(&table, options, headers + without_class, 5 - without_class);
    for (size_t c = 0; c < e->width; c++) {
        row_of_parts(&table, a, c, "(base)", "", e->path.base[c], e->shap.base[c]);
        for (size_t j = 0; j < e->p; j++) {
            mlt__text cell = {0};
            mlt__account_cell(&cell, a, j);
            row_of_parts(&table, a, c, a->schema->features[j].name, cell.s ? cell.s : "",
                         e->path.parts[j * e->width + c], e->shap.parts[j * e->width + c]);
            table.text.failed = table.text.failed || cell.failed;
            free(cell.s);
        }
        row_of_parts(&table, a, c, "(score)", "", e->score[c], e->score[c]);
    }
    return mlt__table_finish(&table, out, err);
}

static mlt_status write_terms(FILE *out, const mlt__account *a, const mlt_report_options *options,
                              mlt_error *err) {
    static const char *const headers[] = {"term", "value", "coefficient", "part"};
    mlt__table table;
    mlt__table_start(&table, options, headers, 4);
    mlt__table_name(&table, "(Intercept)");
    mlt__table_real(&table, 1);
    mlt__table_real(&table, a->e->intercept);
    mlt__table_real(&table, a->e->intercept);
    for (size_t i = 0; i < a->e->n_linear; i++) {
        mlt__text term = {0};
        mlt__account_term(&term, a, &a->e->linear[i]);
        mlt__table_name(&table, term.s ? term.s : "");
        mlt__table_real(&table, mlt__account_factor(a, &a->e->linear[i]));
        mlt__table_real(&table, a->e->linear[i].coefficient);
        mlt__table_real(&table, a->e->linear[i].part);
        table.text.failed = table.text.failed || term.failed;
        free(term.s);
    }
    mlt__table_name(&table, "(prediction)");
    mlt__table_blank(&table);
    mlt__table_blank(&table);
    mlt__table_real(&table, a->e->prediction[0]);
    return mlt__table_finish(&table, out, err);
}

mlt_status mlt_report_explanation(FILE *out, const char *file, const mlt_explanation *explanation,
                                  size_t output, size_t tree, const mlt_report_options *options,
                                  mlt_error *err) {
    mlt__account a = {.e = explanation,
                      .file = file,
                      .schema = mlt_model_schema(explanation->model),
                      .view = mlt_model_view_of(explanation->model),
                      .output = output,
                      .tree = tree};
    switch (options->format) {
    case MLT_FORMAT_JSON:
        mlt__account_json(out, &a);
        return MLT_OK;
    case MLT_FORMAT_CSV:
    case MLT_FORMAT_TSV:
        return explanation->n_trees ? write_parts(out, &a, options, err) : write_terms(out, &a, options, err);
    default:
        return mlt__account_page(out, &a, options, err);
    }
}
