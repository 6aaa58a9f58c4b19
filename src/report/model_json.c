/* A model as JSON: schema, parameters, recipe, and all that was learned. */
#include "core/error.h"
#include "report/coefficients.h"
#include "report/facts.h"
#include "report/log_odds.h"
#include "report/model_report.h"

static void columns_json(mlt__json *json, const mlt_schema *schema) {
    mlt__put_open(json, "features", '[');
    for (size_t j = 0; j < schema->p; j++)
        mlt__put_text(json, NULL, schema->features[j].name);
    mlt__put_close(json, ']');
    mlt__put_open(json, "columns", '[');
    for (size_t j = 0; j < schema->p; j++) {
        const mlt_feature *feature = &schema->features[j];
        bool numeric = feature->type == MLT_NUMERIC;
        mlt__put_open(json, NULL, '{');
        mlt__put_text(json, "name", feature->name);
        mlt__put_text(json, "type", numeric ? "numeric" : "categorical");
        if (!numeric) {
            mlt__put_open(json, "levels", '[');
            for (size_t i = 0; i < feature->n_levels; i++)
                mlt__put_text(json, NULL, feature->levels[i]);
            mlt__put_close(json, ']');
        }
        if (feature->has_fill && numeric)
            mlt__put_real(json, "fill", feature->fill_value);
        else if (feature->has_fill)
            mlt__put_text(json, "fill", feature->levels[feature->fill_code]);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
    if (schema->weights)
        mlt__put_text(json, "weights", schema->weights);
    mlt__target_json(json, schema);
}

static mlt_status recipe_json(mlt__json *json, const mlt_recipe *recipe, mlt_error *err) {
    char delimiter[2] = {recipe->delimiter, '\0'};
    mlt__put_open(json, "recipe", '{');
    mlt__put_text(json, "command", recipe->command);
    mlt__put_text(json, "data_file", recipe->data_file);
    mlt__put_text(json, "data_sha256", recipe->data_sha256);
    mlt__put_count(json, "data_rows", recipe->data_rows);
    mlt__put_text(json, "delimiter", delimiter);
    mlt__put_bool(json, "header", recipe->header);
    MLT_TRY(mlt__put_document(json, "split", recipe->split, err));
    MLT_TRY(mlt__put_document(json, "metrics", recipe->metrics, err));
    mlt__put_close(json, '}');
    return MLT_OK;
}

/* The levels that go left at a category split, null at other nodes. */
static void categories_json(mlt__json *json, const mlt_tree *tree, const mlt_schema *schema) {
    mlt__put_open(json, "categories", '[');
    for (size_t i = 0; i < tree->n_nodes; i++) {
        if (!(tree->nodes[i].flags & MLT_NODE_CATEGORY)) {
            mlt__put_null(json, NULL);
            continue;
        }
        const mlt_feature *feature = &schema->features[tree->nodes[i].feature];
        mlt__put_open(json, NULL, '[');
        for (size_t code = 0; code < feature->n_levels; code++)
            if (mlt__tree_category_left(tree, i, code))
                mlt__put_text(json, NULL, feature->levels[code]);
        mlt__put_close(json, ']');
    }
    mlt__put_close(json, ']');
}

/* One value a node: a number in regression, the weighted class counts in classification. */
static void values_json(mlt__json *json, const mlt_tree *tree) {
    mlt__put_open(json, "value", '[');
    for (size_t i = 0; i < tree->n_nodes; i++) {
        if (tree->width == 1) {
            mlt__put_real(json, NULL, tree->value[i]);
            continue;
        }
        mlt__put_open(json, NULL, '[');
        for (size_t c = 0; c < tree->width; c++)
            mlt__put_real(json, NULL, tree->value[i * tree->width + c]);
        mlt__put_close(json, ']');
    }
    mlt__put_close(json, ']');
}

static void tree_json(mlt__json *json, const mlt_tree *tree, const mlt_schema *schema) {
    mlt__put_open(json, NULL, '{');
    mlt__put_open(json, "feature", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__put_int(json, NULL, tree->nodes[i].feature);
    mlt__put_close(json, ']');
    mlt__put_open(json, "threshold", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__put_real(json, NULL, tree->nodes[i].threshold);
    mlt__put_close(json, ']');
    mlt__put_open(json, "left", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__put_int(json, NULL, tree->nodes[i].feature < 0 ? -1 : (int64_t)i + 1);
    mlt__put_close(json, ']');
    mlt__put_open(json, "right", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__put_int(json, NULL, tree->nodes[i].feature < 0 ? -1 : (int64_t)tree->nodes[i].right);
    mlt__put_close(json, ']');
    values_json(json, tree);
    mlt__put_open(json, "n", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__put_count(json, NULL, tree->n[i]);
    mlt__put_close(json, ']');
    mlt__put_open(json, "missing_left", '[');
    for (size_t i = 0; i < tree->n_nodes; i++)
        mlt__put_bool(json, NULL, tree->nodes[i].flags & MLT_NODE_MISSING_LEFT);
    mlt__put_close(json, ']');
    if (tree->category_offset)
        categories_json(json, tree, schema);
    mlt__put_close(json, '}');
}

static void reals_json(mlt__json *json, const char *key, const double *values, size_t n) {
    mlt__put_open(json, key, '[');
    for (size_t i = 0; i < n; i++)
        mlt__put_real(json, NULL, values[i]);
    mlt__put_close(json, ']');
}

static void learned_json(mlt__json *json, const mlt__inspection *in, const mlt_schema *schema) {
    const mlt_model_view *view = &in->view;
    if (view->coefficient_classes)
        mlt__log_odds_json(json, view, schema);
    else if (view->coefficients)
        mlt__coefficients_json(json, view);
    if (view->importances) {
        mlt__put_open(json, "importances", '{');
        for (size_t j = 0; j < schema->p; j++)
            mlt__put_real(json, schema->features[j].name, view->importances[j]);
        mlt__put_close(json, '}');
    }
    if (view->oob_score == view->oob_score)
        mlt__put_real(json, "oob_score", view->oob_score);
    if (view->tree_weights)
        reals_json(json, "tree_weights", view->tree_weights, view->n_trees);
    if (view->tree_errors)
        reals_json(json, "tree_errors", view->tree_errors, view->n_trees);
    if (view->trees) {
        mlt__put_open(json, "trees", '[');
        for (size_t t = 0; t < view->n_trees; t++)
            tree_json(json, &view->trees[t], schema);
        mlt__put_close(json, ']');
    }
    if (view->n_members)
        mlt__put_count(json, "members", view->n_members);
}

mlt_status mlt__inspection_json(FILE *out, const mlt__inspection *in, mlt_error *err) {
    const mlt_schema *schema = mlt_model_schema(in->model);
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '{');
    mlt__put_count(&json, "schema", 1);
    mlt__put_text(&json, "command", "inspect");
    mlt__put_text(&json, "file", in->file);
    mlt__put_text(&json, "model", mlt_model_type_of(in->model)->name);
    mlt__params_json(&json, mlt_model_params(in->model), schema->task);
    mlt__put_count(&json, "random_state", mlt_model_seed(in->model));
    columns_json(&json, schema);
    MLT_TRY(recipe_json(&json, in->recipe, err));
    learned_json(&json, in, schema);
    mlt__put_close(&json, '}');
    fputc('\n', out);
    return MLT_OK;
}
