/* The model file: a container with a model's arrays, and what describes them in its metadata. */
#include "mltool/model_file.h"

#include "core/error.h"
#include "core/memory.h"
#include "io/descriptions.h"
#include "io/file_replace.h"
#include "io/io_error.h"
#include "io/json_text.h"
#include "io/safetensors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void mlt_model_file_cleanup(void) { mlt__file_abandon(); }

/* ---- writing ---- */

/* Set `key` to the text of `json`, which is taken. */
static mlt_status put_json(json_t *metadata, const char *key, json_t *json, mlt_error *err) {
    char *text = NULL;
    mlt_status status = mlt__json_print(&text, json, err);
    json_decref(json);
    if (status == MLT_OK && json_object_set_new(metadata, key, json_string(text)) != 0)
        status = mlt__json_raise_nomem(err);
    free(text);
    return status;
}

static mlt_status describe(json_t *metadata, const mlt_model *model, const mlt_recipe *recipe,
                           mlt_error *err) {
    if (json_object_set_new(metadata, "mltool_version", json_string(MLT_VERSION)) != 0 ||
        json_object_set_new(metadata, "model", json_string(mlt_model_type_of(model)->name)) != 0 ||
        json_object_set_new(metadata, "seed", json_sprintf("%u", mlt_model_seed(model))) != 0)
        return mlt__json_raise_nomem(err);
    const mlt_schema *schema = mlt_model_schema(model);
    MLT_TRY(put_json(metadata, "schema", mlt__schema_to_json(schema), err));
    MLT_TRY(put_json(metadata, "params", mlt__params_to_json(mlt_model_params(model), schema->task), err));
    json_t *json;
    MLT_TRY(mlt__recipe_to_json(&json, recipe, err));
    return put_json(metadata, "recipe", json, err);
}

mlt_status mlt_model_file_save(const char *path, const mlt_model *model, const mlt_recipe *recipe,
                               size_t *size, mlt_error *err) {
    static const mlt_recipe nothing = {0};
    mlt_tensors tensors = {0};
    json_t *metadata = json_object();
    mlt_status status = describe(metadata, model, recipe ? recipe : &nothing, err);
    if (status == MLT_OK)
        status = mlt_model_save_tensors(model, &tensors, err);
    if (status == MLT_OK)
        status = mlt__safetensors_write(path, &tensors, metadata, size, err);
    mlt_tensors_clear(&tensors);
    json_decref(metadata);
    return status;
}

/* ---- reading ---- */

/* The JSON document that stands under `key`. */
static mlt_status get_json(json_t **out, const json_t *metadata, const char *key, mlt_error *err) {
    const json_t *text = json_object_get(metadata, key);
    if (!text)
        return mlt__raise(err, MLT_E_MODEL, "its %s is missing; fit the model again", key);
    char what[40];
    snprintf(what, sizeof what, "its %s", key);
    return mlt__json_parse(out, json_string_value(text), json_string_length(text), what, err);
}

static mlt_status get_schema(mlt_schema **out, const json_t *metadata, mlt_error *err) {
    json_t *json;
    MLT_TRY(get_json(&json, metadata, "schema", err));
    mlt_status status = mlt__schema_from_json(out, json, err);
    json_decref(json);
    return status;
}

static mlt_status get_params(mlt_params *out, const json_t *metadata, const mlt_model_type *type,
                             mlt_task task, mlt_error *err) {
    json_t *json;
    MLT_TRY(get_json(&json, metadata, "params", err));
    mlt_status status = mlt__params_from_json(out, json, type, task, err);
    json_decref(json);
    return status;
}

static mlt_status get_recipe(mlt_recipe *out, const json_t *metadata, mlt_error *err) {
    json_t *json;
    MLT_TRY(get_json(&json, metadata, "recipe", err));
    mlt_status status = mlt__recipe_from_json(out, json, err);
    json_decref(json);
    return status;
}

static mlt_status get_type(const mlt_model_type **out, const json_t *metadata, mlt_error *err) {
    const char *name = json_string_value(json_object_get(metadata, "model"));
    *out = name ? mlt_model_find(name) : NULL;
    if (*out)
        return MLT_OK;
    char shown[100];
    const char *version = json_string_value(json_object_get(metadata, "mltool_version"));
    mlt__printable(shown, sizeof shown, name ? name : "");
    char written_by[40];
    mlt__printable(written_by, sizeof written_by, version ? version : "unknown");
    return mlt__raise(
        err, MLT_E_MODEL,
        "this mltool (version %s) has no model '%s'; use the version that saved it (%s), or a newer one",
        MLT_VERSION, shown, written_by);
}

static mlt_status get_seed(uint32_t *out, const json_t *metadata, mlt_error *err) {
    const char *text = json_string_value(json_object_get(metadata, "seed"));
    char *end = NULL;
    errno = 0;
    unsigned long long seed = text && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    if (!end || *end || errno || seed > UINT32_MAX)
        return mlt__raise(err, MLT_E_MODEL, "its seed is not a whole number below 2^32; fit the model again");
    *out = (uint32_t)seed;
    return MLT_OK;
}

static mlt_status load_model(mlt_model **out, const mlt_tensors *tensors, const json_t *metadata,
                             const mlt_context *ctx, mlt_error *err) {
    const mlt_model_type *type = NULL;
    uint32_t seed = 0;
    mlt_schema *schema = NULL;
    mlt_params params;
    MLT_TRY(get_type(&type, metadata, err));
    MLT_TRY(get_seed(&seed, metadata, err));
    MLT_TRY(get_schema(&schema, metadata, err));
    mlt_status status = get_params(&params, metadata, type, schema->task, err);
    if (status == MLT_OK)
        status = mlt_model_load_tensors(out, type, &params, schema, seed, tensors, ctx, err);
    mlt_schema_free(schema);
    return status;
}

/* The model and the recipe of a file that was read; messages do not name the file yet. */
static mlt_status load(mlt_model **model, mlt_recipe *recipe, const mlt_tensors *tensors,
                       const json_t *metadata, const mlt_context *ctx, mlt_error *err) {
    mlt_recipe own = {0};
    mlt_status status = get_recipe(&own, metadata, err);
    if (status == MLT_OK)
        status = load_model(model, tensors, metadata, ctx, err);
    if (status == MLT_OK && recipe)
        *recipe = own;
    else
        mlt_recipe_clear(&own);
    return status;
}

mlt_status mlt_model_file_load(mlt_model **model, mlt_recipe *recipe, const char *path,
                               const mlt_context *ctx, mlt_error *err) {
    mlt__bytes source;
    json_t *metadata;
    mlt_error inner = {0};
    mlt_tensors *tensors;
    MLT_ALLOC(tensors, 1, err);
    mlt_status status = mlt__bytes_open(&source, path, err);
    if (status == MLT_OK) {
        status = mlt__safetensors_read(tensors, &metadata, &source, ctx, err);
        mlt__bytes_close(&source);
    }
    if (status != MLT_OK) {
        free(tensors);
        return status;
    }
    status = load(model, recipe, tensors, metadata, ctx, &inner);
    json_decref(metadata);
    if (status == MLT_OK) {
        mlt_model_own_tensors(*model, tensors);
        return MLT_OK;
    }
    mlt_tensors_clear(tensors);
    free(tensors);
    return mlt__raise_in_file(err, path, &inner);
}
