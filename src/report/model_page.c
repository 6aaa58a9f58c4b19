/* A model for people and as rows: what it is, the recipe that made it, what it learned. */
#include "core/error.h"
#include "core/memory.h"
#include "io/io_error.h"
#include "io/json_text.h"
#include "report/coefficients.h"
#include "report/facts.h"
#include "report/importances.h"
#include "report/log_odds.h"
#include "report/model_report.h"
#include "report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IMPORTANCES = 20, MAX_ROUNDS = 10, MAX_CLASS_NAMES = 10 };

/* "test size 0.2, random state 42": the members of a JSON object that are single values; reals with `digits`
 * significant digits, or as short as they can be if that is 0. */
static void add_members(mlt__text *text, const json_t *object, int digits) {
    const char *key;
    json_t *value;
    bool first = true;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        char buffer[64];
        if (json_is_object(value) || json_is_array(value) || json_is_false(value))
            continue;
        mlt__text_add(text, first ? "" : ", ");
        first = false;
        for (const char *c = key; *c; c++)
            mlt__text_add(text, "%c", *c == '_' ? ' ' : *c);
        if (json_is_string(value)) {
            mlt__text_add(text, " ");
            mlt__text_add_name(text, json_string_value(value));
        } else if (json_is_integer(value)) {
            mlt__text_add(text, " %" JSON_INTEGER_FORMAT, json_integer_value(value));
        } else if (json_is_real(value)) {
            double real = json_real_value(value);
            mlt__text_add(text, " %s",
                          digits ? mlt__text_number(buffer, real, digits) : mlt_format_double(buffer, real));
        } else if (json_is_null(value)) {
            mlt__text_add(text, " not defined");
        }
    }
}

/* Parse what the recipe holds as JSON; NULL if it holds nothing. */
static mlt_status recipe_part(json_t **out, const char *text, mlt_error *err) {
    *out = NULL;
    return text ? mlt__json_parse(out, text, strlen(text), "the recipe", err) : MLT_OK;
}

static mlt_status split_line(mlt__page *page, const mlt_recipe *recipe, mlt_error *err) {
    json_t *split;
    MLT_TRY(recipe_part(&split, recipe->split, err));
    if (!split)
        return MLT_OK;
    mlt__text text = {0};
    add_members(&text, split, 0);
    mlt__page_field(page, "Split", &text);
    json_decref(split);
    return MLT_OK;
}

/* What the fit measured. */
static mlt_status metrics_lines(mlt__page *page, const mlt_recipe *recipe, mlt_error *err) {
    static const char *const parts[] = {"train", "test"}, *const labels[] = {"Train", "Test"};
    json_t *metrics;
    MLT_TRY(recipe_part(&metrics, recipe->metrics, err));
    for (size_t i = 0; i < 2; i++) {
        const json_t *part = json_object_get(metrics, parts[i]);
        if (!part)
            continue;
        mlt__text text = {0};
        add_members(&text, part, page->digits);
        mlt__page_field(page, labels[i], &text);
    }
    json_decref(metrics);
    return MLT_OK;
}

static mlt_status recipe_lines(mlt__page *page, const mlt_recipe *recipe, mlt_error *err) {
    mlt__text text = {0};
    mlt__text_add_name(&text, recipe->command ? recipe->command : "not recorded");
    mlt__page_field(page, "Made by", &text);
    if (recipe->data_file) {
        mlt__text_add_name(&text, recipe->data_file);
        mlt__text_add(&text, ": ");
        mlt__text_add_count(&text, recipe->data_rows, "row");
        if (recipe->data_sha256 && *recipe->data_sha256) {
            mlt__text_add(&text, ", SHA-256 ");
            mlt__text_add_name(&text, recipe->data_sha256);
        }
        mlt__page_field(page, "Data", &text);
    }
    MLT_TRY(split_line(page, recipe, err));
    return metrics_lines(page, recipe, err);
}

static mlt_status trees_line(mlt__page *page, const mlt_model_view *view, mlt_error *err) {
    size_t nodes = 0, deepest = 0;
    for (size_t t = 0; t < view->n_trees; t++) {
        const mlt_tree *tree = &view->trees[t];
        size_t *depths;
        nodes += tree->n_nodes;
        MLT_TRY(mlt__tree_depths(&depths, tree, err));
        for (size_t i = 0; i < tree->n_nodes; i++)
            deepest = depths[i] > deepest ? depths[i] : deepest;
        free(depths);
    }
    mlt__text text = {0};
    mlt__text_add_count(&text, view->n_trees, "tree");
    mlt__text_add(&text, ", ");
    mlt__text_add_count(&text, nodes, "node");
    mlt__text_add(&text, ", at most ");
    mlt__text_add_count(&text, deepest, "question");
    mlt__text_add(&text, " deep");
    mlt__page_field(page, "Trees", &text);
    return MLT_OK;
}

/* -- importances -- */

static mlt_status write_importances(mlt__page *page, const mlt__inspection *in, mlt_error *err) {
    static const char *const headers[] = {"feature", "importance", ""};
    const mlt_schema *schema = mlt_model_schema(in->model);
    const double *importances = in->view.importances;
    size_t *order;
    MLT_TRY(mlt__descending_order(&order, importances, NULL, schema->p, err));
    mlt__page_heading(page, "Importances: the share of the impurity that each feature's questions removed");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 3);
    for (size_t i = 0; i < schema->p && i < MAX_IMPORTANCES; i++) {
        mlt__table_name(&table, schema->features[order[i]].name);
        mlt__table_real(&table, importances[order[i]]);
        mlt__table_bar(&table, importances[order[i]], importances[order[0]]);
    }
    free(order);
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    if (schema->p > MAX_IMPORTANCES) {
        mlt__text more = {0};
        mlt__text_add(&more, "... and %zu less important features: --format csv lists all.",
                      schema->p - MAX_IMPORTANCES);
        mlt__page_remark(page, &more);
    }
    return MLT_OK;
}

/* -- what was learned -- */

static mlt_status write_rounds(mlt__page *page, const mlt_model_view *view, mlt_error *err) {
    static const char *const headers[] = {"round", "weight", "error", "nodes"};
    mlt__page_heading(page, "Rounds: each tree's say in the vote, and its weighted error");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 4);
    for (size_t t = 0; t < view->n_trees && t < MAX_ROUNDS; t++) {
        mlt__table_count(&table, t + 1);
        mlt__table_real(&table, view->tree_weights[t]);
        mlt__table_real(&table, view->tree_errors ? view->tree_errors[t] : NAN);
        mlt__table_count(&table, view->trees[t].n_nodes);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    if (view->n_trees > MAX_ROUNDS) {
        mlt__text more = {0};
        mlt__text_add(&more, "... and %zu more rounds: --format json lists all.", view->n_trees - MAX_ROUNDS);
        mlt__page_remark(page, &more);
    }
    return MLT_OK;
}

static mlt_status write_learned(mlt__page *page, const mlt__inspection *in, size_t max_depth,
                                mlt_error *err) {
    const mlt_model_view *view = &in->view;
    const mlt_schema *schema = mlt_model_schema(in->model);
    if (view->coefficient_classes)
        MLT_TRY(mlt__log_odds_write(page, view, schema, SIZE_MAX, err));
    else if (view->coefficients)
        MLT_TRY(mlt__coefficients_write(page, view, schema->target, SIZE_MAX, true, err));
    if (view->importances)
        MLT_TRY(write_importances(page, in, err));
    if (view->tree_weights)
        MLT_TRY(write_rounds(page, view, err));
    if (view->n_trees == 1)
        MLT_TRY(mlt__tree_draw(page, &view->trees[0], schema, max_depth, err));
    return MLT_OK;
}

mlt_status mlt__inspection_page(FILE *out, const mlt__inspection *in, size_t max_depth,
                                const mlt_report_options *options, mlt_error *err) {
    const mlt_schema *schema = mlt_model_schema(in->model);
    const mlt_model_type *type = mlt_model_type_of(in->model);
    mlt__page page;
    mlt__page_start(&page, out, options);
    mlt__text text = {0};
    mlt__text_add(&text, "%s: %s", type->name, type->summary);
    mlt__page_field(&page, "Model", &text);
    mlt__text_add_name(&text, schema->target);
    mlt__text_add(&text, " (%s", mlt_task_name(schema->task));
    if (schema->task == MLT_CLASSIFICATION) {
        mlt__text_add(&text, ": ");
        mlt__join_names(&text, (const char *const *)schema->classes, schema->k, MAX_CLASS_NAMES);
    }
    mlt__text_add(&text, ") from ");
    mlt__text_add_count(&text, schema->p, "feature");
    mlt__page_field(&page, "Predicts", &text);
    mlt__params_text(&text, mlt_model_params(in->model), schema->task, true);
    if (!text.n)
        mlt__text_add(&text, "none");
    mlt__page_field(&page, "Parameters", &text);
    MLT_TRY(recipe_lines(&page, in->recipe, err));
    if (in->view.n_trees)
        MLT_TRY(trees_line(&page, &in->view, err));
    mlt__oob_line(&page, in->view.oob_score, schema->task);
    if (in->view.n_members) {
        mlt__text_add_count(&text, in->view.n_members, "linear model");
        mlt__page_field(&page, "Members", &text);
    }
    MLT_TRY(write_learned(&page, in, max_depth, err));
    return mlt__page_finish(&page, err);
}

/* -- rows -- */

mlt_status mlt__inspection_rows(FILE *out, const mlt__inspection *in, const mlt_report_options *options,
                                mlt_error *err) {
    static const char *const features[] = {"feature", "importance"};
    const mlt_model_view *view = &in->view;
    const mlt_schema *schema = mlt_model_schema(in->model);
    mlt__table table;
    if (view->coefficient_classes)
        return mlt__log_odds_rows(out, view, schema, options, err);
    if (view->coefficients)
        return mlt__coefficients_rows(out, view, options, err);
    size_t *order = NULL;
    if (view->importances)
        MLT_TRY(mlt__descending_order(&order, view->importances, NULL, schema->p, err));
    mlt__table_start(&table, options, features, 2);
    for (size_t i = 0; order && i < schema->p; i++) {
        mlt__table_name(&table, schema->features[order[i]].name);
        mlt__table_real(&table, view->importances[order[i]]);
    }
    free(order);
    return mlt__table_finish(&table, out, err);
}

mlt_status mlt_report_model(FILE *out, const char *file, mlt_model *model, const mlt_recipe *recipe,
                            size_t max_depth, const mlt_report_options *options, mlt_error *err) {
    mlt_error inner = {0};
    mlt_status status = mlt_model_unpack(model, &inner);
    if (status != MLT_OK)
        return mlt__raise_in_file(err, file, &inner);
    mlt__inspection in = {.file = file, .model = model, .recipe = recipe, .view = mlt_model_view_of(model)};
    switch (options->format) {
    case MLT_FORMAT_JSON:
        return mlt__inspection_json(out, &in, err);
    case MLT_FORMAT_CSV:
    case MLT_FORMAT_TSV:
        return mlt__inspection_rows(out, &in, options, err);
    default:
        return mlt__inspection_page(out, &in, max_depth, options, err);
    }
}
