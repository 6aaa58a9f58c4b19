/* A model as JSON: schema, parameters, recipe, and all that was learned. */
#include "report/coefficients.h"
#include "report/facts.h"
#include "report/model_report.h"

static void columns_json(mlt__json *json, const mlt_schema *schema) {
    mlt__json_open(json, "features", '[');
    for (size_t j = 0; j < schema->p; j++)
        mlt__json_text(json, NULL, schema->features[j].name);
    mlt__json_close(json, ']');
    mlt__json_open(json, "columns", '[');
    for (size_t j = 0; j < schema->p; j++) {
        const mlt_feature *feature = &schema->features[j];
        bool numeric = feature->type == MLT_NUMERIC;
        mlt__json_open(json, NULL, '{');
        mlt__json_text(json, "name", feature->name);
        mlt__json_text(json, "type", numeric ? "numeric" : "categorical");
        if (!numeric) {
            mlt__json_open(json, "levels", '[');
            for (size_t i = 0; i < feature->n_levels; i++)
                mlt__json_text(json, NULL, feature->levels[i]);
            mlt__json_close(json, ']');
        }
        if (feature->has_fill && numeric)
            mlt__json_real(json, "fill", feature->fill_value);
        else if (feature->has_fill)
            mlt__json_text(json, "fill", feature->levels[feature->fill_code]);
        mlt__json_close(json, '}');
    }
    mlt__json_close(json, ']');
    if (schema->weights)
        mlt__json_text(json, "weights", schema->weights);
    mlt__json_text(json, "target", schema->target);
    mlt__json_text(json, "task", mlt_task_name(schema->task));
    if (schema->task == MLT_CLASSIFICATION) {
        mlt__json_open(json, "classes", '[');
        for (size_t c = 0; c < schema->k; c++)
            mlt__json_text(json, NULL, schema->classes[c]);
        mlt__json_close(json, ']');
    }
}

static void recipe_json(mlt__json *json, const mlt_recipe *recipe) {
    char delimiter[2] = {recipe->delimiter, '\0'};
    mlt__json_open(json, "recipe", '{');
    mlt__json_text(json, "command", recipe->command);
    mlt__json_text(json, "data_file", recipe->data_file);
    mlt__json_text(json, "data_sha256", recipe->data_sha256);
    mlt__json_count(json, "data_rows", recipe->data_rows);
    mlt__json_text(json, "delimiter", delimiter);
    mlt__json_bool(json, "header", recipe->header);
    mlt__json_document(json, "split", recipe->split);
    mlt__json_document(json, "metrics", recipe->metrics);
    mlt__json_close(json, '}');
}

/* The levels that go left at a category split, null at other nodes. */
static void categories_json(mlt__json *json, const mlt_tree *tree, const mlt_schema *schema) {
    mlt__json_open(json, "categories", '[');
    for (size_t i = 0; i < tree->n_nodes; i++) {
        if (!(tree->flags[i] & MLT_NODE_CATEGORY)) {
            mlt__json_null(json, NULL);
            continue;
        }
        const mlt_feature *feature = &schema->features[tree->feature[i]];
        mlt__json_open(json, NULL, '[');
        for (size_t code = 0; code < feature->n_levels; code++)
            if (mlt__tree_category_left(tree, i, code))
                mlt__json_text(json, NULL, feature->levels[code]);
        mlt__json_close(json, ']');
    }
    mlt__json_close(json, ']');
}

/* One value a node: a number in regression, the weighted class counts in classification. */
static void values_json(mlt__json *json, const mlt_tree *tree) {
    mlt__json_open(json, "value", '[');
    for (size_t i = 0; i < tree->n_nodes; i++) {
        if (tree->width == 1) {
            mlt__json_real(json, NULL, tree->value[i]);
            continue;
        }
        mlt__json_open(json, NULL, '[');
        for (size_t c = 0; c < tree->width; c++)
            mlt__json_real(json, NULL, tree->value[i * tree->width + c]);
        mlt__json_close(json, ']');
    }
    mlt__json_close(json, ']');
}

static void tree_json(mlt__json *json, const mlt_tree *tree, const mlt_schema *schema) {
    mlt__json_open(json, NULL, '{');
    mlt__json_open(json, "feature", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__json_int(json, NULL, tree->feature[i]);
    mlt__json_close(json, ']');
    mlt__json_open(json, "threshold", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__json_real(json, NULL, tree->threshold[i]);
    mlt__json_close(json, ']');
    mlt__json_open(json, "left", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__json_int(json, NULL, tree->feature[i] < 0 ? -1 : (int64_t)i + 1);
    mlt__json_close(json, ']');
    mlt__json_open(json, "right", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__json_int(json, NULL, tree->feature[i] < 0 ? -1 : (int64_t)tree->right[i]);
    mlt__json_close(json, ']');
    values_json(json, tree);
    mlt__json_open(json, "n", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__json_count(json, NULL, tree->n[i]);
    mlt__json_close(json, ']');
    mlt__json_open(json, "missing_left", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__json_bool(json, NULL, tree->flags[i] & MLT_NODE_MISSING_LEFT);
    mlt__json_close(json, ']');
    if (tree->category_offset)
        categories_json(json, tree, schema);
    mlt__json_close(json, '}');
}

static void reals_json(mlt__json *json, const char *key, const double *values, size_t n) {
    mlt__json_open(json, key, '[');
    for (size_t i = 0; i < n; i++)
        mlt__json_real(json, NULL, values[i]);
    mlt__json_close(json, ']');
}

static void learned_json(mlt__json *json, const mlt__inspection *in, const mlt_schema *schema) {
    const mlt_model_view *view = &in->view;
    if (view->coefficients)
        mlt__coefficients_json(json, view->coefficients, view->n_coefficients);
    if (view->importances) {
        mlt__json_open(json, "importances", '{');
        for (size_t j = 0; j < schema->p; j++)
            mlt__json_real(json, schema->features[j].name, view->importances[j]);
        mlt__json_close(json, '}');
    }
    if (view->oob_score == view->oob_score)
        mlt__json_real(json, "oob_score", view->oob_score);
    if (view->tree_weights)
        reals_json(json, "tree_weights", view->tree_weights, view->n_trees);
    if (view->tree_errors)
        reals_json(json, "tree_errors", view->tree_errors, view->n_trees);
    if (view->trees) {
        mlt__json_open(json, "trees", '[');
        for (size_t t = 0; t < view->n_trees; t++)
            tree_json(json, &view->trees[t], schema);
        mlt__json_close(json, ']');
    }
    if (view->n_members)
        mlt__json_count(json, "members", view->n_members);
}

void mlt__inspection_json(FILE *out, const mlt__inspection *in) {
    const mlt_schema *schema = mlt_model_schema(in->model);
    mlt__json json = {.out = out};
    mlt__json_open(&json, NULL, '{');
    mlt__json_count(&json, "schema", 1);
    mlt__json_text(&json, "command", "inspect");
    mlt__json_text(&json, "file", in->file);
    mlt__json_text(&json, "model", mlt_model_type_of(in->model)->name);
    mlt__params_json(&json, mlt_model_params(in->model), schema->task);
    mlt__json_count(&json, "random_state", mlt_model_seed(in->model));
    columns_json(&json, schema);
    recipe_json(&json, in->recipe);
    learned_json(&json, in, schema);
    mlt__json_close(&json, '}');
    fputc('\n', out);
}
