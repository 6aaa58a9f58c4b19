/* Why a row got its prediction, for people. */
#include "report/explanation.h"

#include "core/error.h"
#include "core/memory.h"
#include "report/importances.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 20, MAX_VOTES = 10, MAX_CLASSES = 4 };

/* ---- the head ---- */

static void prediction_line(mlt__page *page, const mlt__account *a) {
    const mlt_explanation *e = a->e;
    mlt__text text = {0};
    char buffer[64];
    if (a->schema->task == MLT_REGRESSION) {
        mlt__text_add(&text, "%s", mlt__text_number(buffer, e->prediction[0], page->digits));
        mlt__page_field(page, "Prediction", &text);
        return;
    }
    mlt__text_add_name(&text, a->schema->classes[e->label]);
    for (size_t c = 0; c < e->width && c < MAX_CLASSES; c++) {
        mlt__text_add(&text, c ? ", " : " (probabilities: ");
        mlt__text_add_name(&text, a->schema->classes[c]);
        mlt__text_add(&text, " %s", mlt__text_number(buffer, e->prediction[c], page->digits));
    }
    mlt__text_add(&text, e->width > MAX_CLASSES ? ", ...)" : ")");
    mlt__page_field(page, "Prediction", &text);
}

static void head_lines(mlt__page *page, const mlt__account *a) {
    const mlt_dataset *data = a->e->data;
    mlt__text text = {0};
    char buffer[64];
    mlt__text_add_name(&text, a->file);
    mlt__text_add(&text, ": %s, predicts ", mlt_model_type_of(a->e->model)->name);
    mlt__text_add_name(&text, a->schema->target);
    mlt__page_field(page, "Model", &text);
    mlt__text_add(&text, "%zu of ", a->e->row);
    mlt__text_add_name(&text, strcmp(data->source, "-") == 0 ? "standard input" : data->source);
    mlt__text_add(&text, " (rows count from 0)");
    mlt__page_field(page, "Row", &text);
    prediction_line(page, a);
    if (data->labels)
        mlt__text_add_name(&text, a->schema->classes[data->labels[a->e->row]]);
    else if (data->y)
        mlt__text_add(&text, "%s", mlt__text_number(buffer, data->y[a->e->row], page->digits));
    else
        return;
    mlt__page_field(page, "Truth", &text);
}

/* ---- parts ---- */

static void add_cell(mlt__table *table, const mlt__account *a, size_t feature) {
    mlt__text cell = {0};
    if (a->e->data->x[feature].values && !isnan(a->e->data->x[feature].values[a->e->row])) {
        mlt__table_value(table, a->e->data->x[feature].values[a->e->row]);
        return;
    }
    mlt__account_cell(&cell, a, feature);
    mlt__table_name(table, cell.s ? cell.s : "");
    table->text.failed = table->text.failed || cell.failed;
    free(cell.s);
}

static void parts_heading(mlt__page *page, const mlt__account *a) {
    static const char *const what[] = {[MLT_SCORE_PREDICTION] = "the probability of",
                                       [MLT_SCORE_VOTES] = "the share of the votes for",
                                       [MLT_SCORE_LOGITS] = "the score of"};
    mlt__text name = {0};
    mlt__text_add_name(&name,
                       a->schema->task == MLT_REGRESSION ? a->schema->target : a->schema->classes[a->output]);
    page->failed = page->failed || name.failed;
    mlt__page_heading(page, "What each column adds to %s %s",
                      a->schema->task == MLT_REGRESSION ? "the prediction of" : what[a->e->kind],
                      name.s ? name.s : "");
    free(name.s);
}

/* The largest first, by Shapley value. */
static mlt_status order_parts(size_t **order, const mlt__account *a, mlt_error *err) {
    const mlt_explanation *e = a->e;
    double *sizes;
    MLT_ALLOC(sizes, e->p, err);
    for (size_t j = 0; j < e->p; j++)
        sizes[j] = fabs(e->shap.parts[j * e->width + a->output]);
    mlt_status status = mlt__descending_order(order, sizes, NULL, e->p, err);
    free(sizes);
    return status;
}

static mlt_status write_parts(mlt__page *page, const mlt__account *a, mlt_error *err) {
    static const char *const headers[] = {"column", "value", "by path", "by SHAP"};
    const mlt_explanation *e = a->e;
    size_t *order, used = 0;
    double path = 0, shap = 0; /* of the columns that are not shown */
    MLT_TRY(order_parts(&order, a, err));
    parts_heading(page, a);
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 4);
    mlt__table_name(&table, "(all rows)");
    mlt__table_blank(&table);
    mlt__table_real(&table, e->path.base[a->output]);
    mlt__table_real(&table, e->shap.base[a->output]);
    for (size_t i = 0; i < e->p; i++) {
        size_t at = order[i] * e->width + a->output;
        if (e->shap.parts[at] == 0 && e->path.parts[at] == 0)
            continue;
        if (used++ >= MAX_ROWS) {
            path += e->path.parts[at];
            shap += e->shap.parts[at];
            continue;
        }
        mlt__table_name(&table, a->schema->features[order[i]].name);
        add_cell(&table, a, order[i]);
        mlt__table_real(&table, e->path.parts[at]);
        mlt__table_real(&table, e->shap.parts[at]);
    }
    free(order);
    if (used > MAX_ROWS) {
        char others[40];
        snprintf(others, sizeof others, "(%zu others)", used - MAX_ROWS);
        mlt__table_name(&table, others);
        mlt__table_blank(&table);
        mlt__table_real(&table, path);
        mlt__table_real(&table, shap);
    }
    mlt__table_name(&table, "(this row)");
    mlt__table_blank(&table);
    mlt__table_real(&table, e->score[a->output]);
    mlt__table_real(&table, e->score[a->output]);
    return mlt__table_finish(&table, page->out, err);
}

/* Numbers, and levels the row has. */
static mlt_status write_linear(mlt__page *page, const mlt__account *a, mlt_error *err) {
    static const char *const headers[] = {"term", "value", "coefficient", "adds"};
    const mlt_explanation *e = a->e;
    bool coefficients = a->view.coefficients != NULL;
    parts_heading(page, a);
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 4);
    if (e->intercept != 0) {
        mlt__table_name(&table, "(Intercept)");
        mlt__table_blank(&table);
        mlt__table_blank(&table);
        mlt__table_real(&table, e->intercept);
    }
    for (size_t i = 0; i < e->n_linear; i++) {
        const mlt_linear_part *part = &e->linear[i];
        if (part->level >= 0 && part->level != e->data->x[part->feature].codes[e->row])
            continue;
        mlt__text term = {0};
        if (part->level < 0)
            mlt__account_term(&term, a, part);
        else
            mlt__text_add(&term, "%s", a->schema->features[part->feature].name);
        mlt__table_name(&table, term.s ? term.s : "");
        page->failed = page->failed || term.failed;
        free(term.s);
        if (part->level < 0)
            mlt__table_value(&table, mlt__account_factor(a, part));
        else
            add_cell(&table, a, part->feature);
        if (coefficients)
            mlt__table_real(&table, part->coefficient);
        else
            mlt__table_blank(&table);
        mlt__table_real(&table, part->part);
    }
    mlt__table_name(&table, "(this row)");
    mlt__table_blank(&table);
    mlt__table_blank(&table);
    mlt__table_real(&table, e->prediction[0]);
    return mlt__table_finish(&table, page->out, err);
}

/* ---- trees ---- */

static mlt_status write_path(mlt__page *page, const mlt__account *a, mlt_error *err) {
    static const char *const headers[] = {"rows", "says", "because"};
    const mlt_tree *tree = &a->view.trees[a->tree];
    uint32_t leaf = a->e->leaves[a->tree], node = 0;
    if (a->view.n_trees == 1)
        mlt__page_heading(page, "The path down the tree: training rows, and what they say");
    else
        mlt__page_heading(page, "The path down tree %zu of %zu%s", a->tree + 1, a->view.n_trees,
                          a->tree == a->e->told ? ", the weighted median" : "");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 3);
    mlt__text says = {0}, why = {0};
    mlt__text_add(&why, "(all rows)");
    for (;;) {
        mlt__account_says(&says, a, tree, node, page->digits);
        mlt__table_count(&table, tree->n[node]);
        mlt__table_name(&table, says.s ? says.s : "");
        mlt__table_name(&table, why.s ? why.s : "");
        page->failed = page->failed || says.failed || why.failed;
        free(says.s);
        free(why.s);
        says = why = (mlt__text){0};
        if (node == leaf)
            break;
        mlt__account_step(&why, a, tree, node, page->digits);
        node = mlt__account_next(tree, node, leaf);
    }
    return mlt__table_finish(&table, page->out, err);
}

static mlt_status write_votes(mlt__page *page, const mlt__account *a, mlt_error *err) {
    static const char *const headers[] = {"round", "weight", "says", "because"};
    size_t *order;
    MLT_TRY(mlt__descending_order(&order, a->view.tree_weights, NULL, a->view.n_trees, err));
    mlt__page_heading(page, "The votes of %zu rounds, the heaviest first", a->view.n_trees);
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 4);
    for (size_t i = 0; i < a->view.n_trees && i < MAX_VOTES; i++) {
        const mlt_tree *tree = &a->view.trees[order[i]];
        uint32_t leaf = a->e->leaves[order[i]];
        mlt__text says = {0}, why = {0};
        mlt__account_says(&says, a, tree, leaf, page->digits);
        for (uint32_t node = 0; node != leaf; node = mlt__account_next(tree, node, leaf)) {
            mlt__text_add(&why, node ? " and " : "");
            mlt__account_step(&why, a, tree, node, page->digits);
        }
        mlt__table_count(&table, order[i] + 1);
        mlt__table_real(&table, a->view.tree_weights[order[i]]);
        mlt__table_name(&table, says.s ? says.s : "");
        mlt__table_name(&table, why.s ? why.s : "");
        page->failed = page->failed || says.failed || why.failed;
        free(says.s);
        free(why.s);
    }
    free(order);
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    if (a->view.n_trees > MAX_VOTES) {
        mlt__text more = {0};
        mlt__text_add(&more, "... and %zu more rounds: --format json lists all.",
                      a->view.n_trees - MAX_VOTES);
        mlt__page_remark(page, &more);
    }
    return MLT_OK;
}

/* ---- changes ---- */

static mlt_status write_flips(mlt__page *page, const mlt__account *a, mlt_error *err) {
    static const char *const headers[] = {"column", "now", "then", "class", "size"};
    const mlt_explanation *e = a->e;
    char number[64];
    mlt__page_heading(page, "The smallest changes that alone give it another class%s",
                      e->n_flips ? "" : ": none");
    if (e->n_flips == 0)
        return MLT_OK;
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 5);
    for (size_t i = 0; i < e->n_flips && i < MAX_ROWS; i++) {
        const mlt_flip *flip = &e->flips[i];
        mlt__text then = {0};
        if (flip->level < 0)
            mlt__text_add(&then, "%s %s",
                          flip->above ? ">" : "<=", mlt__text_number(number, flip->threshold, page->digits));
        mlt__table_name(&table, a->schema->features[flip->feature].name);
        add_cell(&table, a, flip->feature);
        mlt__table_name(&table, flip->level >= 0 ? a->schema->features[flip->feature].levels[flip->level]
                                : then.s         ? then.s
                                                 : "");
        mlt__table_name(&table, a->schema->classes[flip->label]);
        mlt__table_real(&table, flip->size);
        page->failed = page->failed || then.failed;
        free(then.s);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    mlt__text remark = {0};
    mlt__text_add(&remark,
                  "Size: of a number in standard deviations of its column in the data, of a text 1.");
    mlt__page_remark(page, &remark);
    return MLT_OK;
}

mlt_status mlt__account_page(FILE *out, const mlt__account *a, const mlt_report_options *options,
                             mlt_error *err) {
    mlt__page page;
    mlt__page_start(&page, out, options);
    head_lines(&page, a);
    if (a->e->n_trees == 0) {
        MLT_TRY(write_linear(&page, a, err));
        return mlt__page_finish(&page, err);
    }
    if (a->tree < a->e->n_trees)
        MLT_TRY(write_path(&page, a, err));
    if (a->view.tree_weights)
        MLT_TRY(write_votes(&page, a, err));
    MLT_TRY(write_parts(&page, a, err));
    if (a->schema->task == MLT_CLASSIFICATION)
        MLT_TRY(write_flips(&page, a, err));
    return mlt__page_finish(&page, err);
}
