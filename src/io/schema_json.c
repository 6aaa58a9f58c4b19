/* The schema as JSON:
 *   {"task": "classification", "target": "kind", "classes": ["a", "b"], "weights": "w",
 *    "features": [{"name": "size", "type": "numeric", "fill": 2.5},
 *                 {"name": "brand", "type": "categorical", "levels": ["x", "y"], "fill": "x"}]}
 * classes in classification only; weights and fill where there are any. */
#include "core/error.h"
#include "core/memory.h"
#include "io/descriptions.h"
#include "io/json_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static bool put(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

static json_t *texts_to_json(char *const *texts, size_t n) {
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, mlt__json_from_text(texts[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *feature_to_json(const mlt_feature *feature) {
    bool numeric = feature->type == MLT_NUMERIC;
    json_t *json = json_object();
    bool done = put(json, "name", mlt__json_from_text(feature->name)) &&
                put(json, "type", json_string(numeric ? "numeric" : "categorical"));
    if (!numeric)
        done = done && put(json, "levels", texts_to_json(feature->levels, feature->n_levels));
    if (feature->has_fill)
        done = done && put(json, "fill",
                           numeric ? json_real(feature->fill_value)
                                   : mlt__json_from_text(feature->levels[feature->fill_code]));
    if (done)
        return json;
    json_decref(json);
    return NULL;
}

json_t *mlt__schema_to_json(const mlt_schema *schema) {
    json_t *json = json_object(), *features = json_array();
    bool done = put(json, "task", json_string(mlt_task_name(schema->task))) &&
                put(json, "target", mlt__json_from_text(schema->target));
    if (schema->task == MLT_CLASSIFICATION)
        done = done && put(json, "classes", texts_to_json(schema->classes, schema->k));
    if (schema->weights)
        done = done && put(json, "weights", mlt__json_from_text(schema->weights));
    for (size_t j = 0; done && j < schema->p; j++)
        done = json_array_append_new(features, feature_to_json(&schema->features[j])) == 0;
    done = json_object_set(json, "features", features) == 0 && done;
    json_decref(features);
    if (done)
        return json;
    json_decref(json);
    return NULL;
}

/* ---- reading ---- */

static mlt_status refuse(mlt_error *err, const char *what) {
    return mlt__raise(err, MLT_E_MODEL, "its schema is wrong: %s; fit the model again", what);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Is a text among the n for the second time? */
static mlt_status find_twin(bool *found, char *const *texts, size_t n, mlt_error *err) {
    char **sorted = mlt__alloc(n, sizeof(char *));
    if (!sorted)
        return mlt__raise_nomem(err, n * sizeof(char *));
    *found = false;
    for (size_t i = 0; i < n; i++)
        sorted[i] = texts[i];
    qsort(sorted, n, sizeof(char *), by_text);
    for (size_t i = 1; i < n; i++)
        *found = *found || strcmp(sorted[i - 1], sorted[i]) == 0;
    free(sorted);
    return MLT_OK;
}

/* A list of texts; what was read before a failure is left for mlt_schema_free. */
static mlt_status read_texts(char ***out, size_t *n, const json_t *json, const char *what, mlt_error *err) {
    if (!json_is_array(json))
        return mlt__raise(err, MLT_E_MODEL, "its schema is wrong: %s are not a list; fit the model again",
                          what);
    size_t length = json_array_size(json);
    *out = mlt__calloc(length, sizeof(char *));
    if (!*out)
        return mlt__raise_nomem(err, length * sizeof(char *));
    *n = length;
    for (size_t i = 0; i < length; i++) {
        MLT_TRY(mlt__json_to_text(&(*out)[i], json_array_get(json, i), what, err));
        if (!(*out)[i])
            return refuse(err, "a text is missing");
    }
    return MLT_OK;
}

/* A column's name: UTF-8, not empty. */
static mlt_status read_name(char **out, const json_t *json, mlt_error *err) {
    const char *name = json_string_value(json);
    if (!name || !*name)
        return refuse(err, "a column has no name");
    *out = mlt__strdup(name);
    return *out ? MLT_OK : mlt__raise_nomem(err, strlen(name) + 1);
}

static mlt_status read_levels(mlt_feature *feature, const json_t *json, mlt_error *err) {
    MLT_TRY(read_texts(&feature->levels, &feature->n_levels, json, "levels", err));
    for (size_t i = 1; i < feature->n_levels; i++)
        if (strcmp(feature->levels[i - 1], feature->levels[i]) >= 0)
            return refuse(err, "levels are not in order");
    return feature->n_levels > INT32_MAX ? refuse(err, "there are too many levels") : MLT_OK;
}

static mlt_status read_fill(mlt_feature *feature, const json_t *json, mlt_error *err) {
    feature->has_fill = true;
    if (feature->type == MLT_NUMERIC) {
        feature->fill_value = json_number_value(json);
        return json_is_number(json) ? MLT_OK : refuse(err, "a fill is not a number");
    }
    char *text = NULL;
    MLT_TRY(mlt__json_to_text(&text, json, "a fill", err));
    char **found = text ? bsearch(&text, feature->levels, feature->n_levels, sizeof text, by_text) : NULL;
    free(text);
    if (!found)
        return refuse(err, "a fill is not a level");
    feature->fill_code = (int32_t)(found - feature->levels);
    return MLT_OK;
}

static mlt_status read_feature(mlt_feature *feature, const json_t *json, mlt_error *err) {
    MLT_TRY(read_name(&feature->name, json_object_get(json, "name"), err));
    const char *type = json_string_value(json_object_get(json, "type"));
    if (type && strcmp(type, "categorical") == 0) {
        feature->type = MLT_CATEGORICAL;
        MLT_TRY(read_levels(feature, json_object_get(json, "levels"), err));
    } else if (type && strcmp(type, "numeric") == 0) {
        feature->type = MLT_NUMERIC;
    } else {
        return refuse(err, "a column has no type");
    }
    const json_t *fill = json_object_get(json, "fill");
    return fill ? read_fill(feature, fill, err) : MLT_OK;
}

static mlt_status read_features(mlt_schema *schema, const json_t *json, mlt_error *err) {
    size_t p = json_array_size(json);
    if (p == 0)
        return refuse(err, "it has no features");
    schema->features = mlt__calloc(p, sizeof *schema->features);
    if (!schema->features)
        return mlt__raise_nomem(err, p * sizeof *schema->features);
    schema->p = p;
    for (size_t j = 0; j < p; j++)
        MLT_TRY(read_feature(&schema->features[j], json_array_get(json, j), err));
    return MLT_OK;
}

/* No two columns may have one name; the features', the target's, the weights'. */
static mlt_status check_names(const mlt_schema *schema, mlt_error *err) {
    char **names = mlt__alloc(schema->p + 2, sizeof(char *));
    if (!names)
        return mlt__raise_nomem(err, (schema->p + 2) * sizeof(char *));
    size_t n = 0;
    while (n < schema->p) {
        names[n] = schema->features[n].name;
        n++;
    }
    names[n++] = schema->target;
    if (schema->weights)
        names[n++] = schema->weights;
    bool twin = false;
    mlt_status status = find_twin(&twin, names, n, err);
    free(names);
    return twin ? refuse(err, "two columns have one name") : status;
}

static mlt_status read_classes(mlt_schema *schema, const json_t *json, mlt_error *err) {
    MLT_TRY(read_texts(&schema->classes, &schema->k, json, "classes", err));
    bool twin;
    MLT_TRY(find_twin(&twin, schema->classes, schema->k, err));
    if (schema->k < 2 || schema->k > INT32_MAX || twin)
        return refuse(err, "its classes are not two or more different ones");
    return MLT_OK;
}

static mlt_status read_schema(mlt_schema *schema, const json_t *json, mlt_error *err) {
    const char *task = json_string_value(json_object_get(json, "task"));
    const json_t *weights = json_object_get(json, "weights");
    if (task && strcmp(task, mlt_task_name(MLT_CLASSIFICATION)) == 0) {
        schema->task = MLT_CLASSIFICATION;
        MLT_TRY(read_classes(schema, json_object_get(json, "classes"), err));
    } else if (task && strcmp(task, mlt_task_name(MLT_REGRESSION)) == 0) {
        schema->task = MLT_REGRESSION;
    } else {
        return refuse(err, "it has no task");
    }
    MLT_TRY(read_name(&schema->target, json_object_get(json, "target"), err));
    if (weights)
        MLT_TRY(read_name(&schema->weights, weights, err));
    MLT_TRY(read_features(schema, json_object_get(json, "features"), err));
    return check_names(schema, err);
}

mlt_status mlt__schema_from_json(mlt_schema **out, const json_t *json, mlt_error *err) {
    *out = mlt__calloc(1, sizeof **out);
    if (!*out)
        return mlt__raise_nomem(err, sizeof **out);
    mlt_status status = read_schema(*out, json, err);
    if (status != MLT_OK) {
        mlt_schema_free(*out);
        *out = NULL;
    }
    return status;
}
