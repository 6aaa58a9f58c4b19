/* The recipe as JSON:
 *   {"command": "...", "data": {"file": "...", "sha256": "...", "rows": 569, "delimiter": ",", "header":
 * true}, "split": {...}, "metrics": {...}} null where nothing was recorded. */
#include "core/error.h"
#include "io/descriptions.h"
#include "io/json_text.h"

#include <stdlib.h>
#include <string.h>

void mlt_recipe_clear(mlt_recipe *recipe) {
    free(recipe->command);
    free(recipe->data_file);
    free(recipe->data_sha256);
    free(recipe->split);
    free(recipe->metrics);
    *recipe = (mlt_recipe){0};
}

/* The object that `text` is; NULL gives null. */
static mlt_status parse_object(json_t **out, const char *text, const char *what, mlt_error *err) {
    *out = json_null();
    if (!text)
        return MLT_OK;
    mlt_status status = mlt__json_parse(out, text, strlen(text), what, err);
    if (status == MLT_E_NOMEM)
        return status;
    if (status == MLT_OK && json_is_object(*out))
        return MLT_OK;
    json_decref(*out);
    return mlt__raise(err, MLT_E_USAGE, "%s is not a JSON object; give one", what);
}

mlt_status mlt__recipe_to_json(json_t **out, const mlt_recipe *recipe, mlt_error *err) {
    json_t *split, *metrics;
    MLT_TRY(parse_object(&split, recipe->split, "the recipe's split", err));
    mlt_status status = parse_object(&metrics, recipe->metrics, "the recipe's metrics", err);
    if (status != MLT_OK) {
        json_decref(split);
        return status;
    }
    const char delimiter[2] = {recipe->delimiter, '\0'};
    json_t *json = json_object(), *data = json_object();
    bool done = json_object_set_new(data, "file", mlt__json_from_text(recipe->data_file)) == 0 &&
                json_object_set_new(data, "sha256", mlt__json_from_text(recipe->data_sha256)) == 0 &&
                json_object_set_new(data, "rows", json_integer((json_int_t)recipe->data_rows)) == 0 &&
                json_object_set_new(data, "delimiter",
                                    mlt__json_from_text(recipe->delimiter ? delimiter : NULL)) == 0 &&
                json_object_set_new(data, "header", json_boolean(recipe->header)) == 0 &&
                json_object_set_new(json, "command", mlt__json_from_text(recipe->command)) == 0 &&
                json_object_set(json, "data", data) == 0 && json_object_set(json, "split", split) == 0 &&
                json_object_set(json, "metrics", metrics) == 0;
    json_decref(data);
    json_decref(split);
    json_decref(metrics);
    if (!done) {
        json_decref(json);
        return mlt__json_raise_nomem(err);
    }
    *out = json;
    return MLT_OK;
}

/* The text of an object; null gives NULL. */
static mlt_status print_object(char **out, const json_t *json, mlt_error *err) {
    if (json_is_object(json))
        return mlt__json_print(out, json, err);
    return json_is_null(json) ? MLT_OK
                              : mlt__raise(err, MLT_E_MODEL, "its recipe is incomplete; fit the model again");
}

mlt_status mlt__recipe_from_json(mlt_recipe *out, const json_t *json, mlt_error *err) {
    *out = (mlt_recipe){0};
    const json_t *data = json_object_get(json, "data"), *rows = json_object_get(data, "rows");
    MLT_TRY(mlt__json_to_text(&out->command, json_object_get(json, "command"), "the recipe's command", err));
    MLT_TRY(mlt__json_to_text(&out->data_file, json_object_get(data, "file"), "the recipe's file name", err));
    MLT_TRY(
        mlt__json_to_text(&out->data_sha256, json_object_get(data, "sha256"), "the recipe's digest", err));
    char *delimiter = NULL;
    MLT_TRY(mlt__json_to_text(&delimiter, json_object_get(data, "delimiter"), "the recipe's delimiter", err));
    bool one = !delimiter || strlen(delimiter) == 1;
    out->delimiter = delimiter && one ? *delimiter : '\0';
    free(delimiter);
    if (!one || !json_is_integer(rows) || json_integer_value(rows) < 0 ||
        !json_is_boolean(json_object_get(data, "header")))
        return mlt__raise(err, MLT_E_MODEL, "its recipe is wrong about the data; fit the model again");
    out->data_rows = (size_t)json_integer_value(rows);
    out->header = json_is_true(json_object_get(data, "header"));
    MLT_TRY(print_object(&out->split, json_object_get(json, "split"), err));
    return print_object(&out->metrics, json_object_get(json, "metrics"), err);
}
