/* Parameters as JSON: {"n_estimators": 50, "max_depth": null, "max_features": "sqrt", "max_samples": 0.5}. */
#include "core/error.h"
#include "io/descriptions.h"
#include "io/json_text.h"
#include "mltool/number.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static json_t *value_to_json(const mlt_param_spec *spec, const mlt_param_value *value) {
    if (value->none)
        return json_null();
    switch (spec->kind) {
    case MLT_PARAM_INT:
        return json_integer(value->integer);
    case MLT_PARAM_REAL:
        if (!value->is_word)
            return json_real(value->real);
        break;
    case MLT_PARAM_BOOL:
        return json_boolean(value->integer);
    case MLT_PARAM_AMOUNT:
        if (value->is_share)
            return json_real(value->real);
        if (value->integer > 0)
            return json_integer(value->integer);
        break;
    case MLT_PARAM_DEGREES:
        if (value->integer > 0)
            return json_integer(value->integer);
        break;
    case MLT_PARAM_CHOICE:
        break;
    }
    return json_string(value->text);
}

json_t *mlt__params_to_json(const mlt_params *params, mlt_task task) {
    json_t *json = json_object();
    for (size_t i = 0; i < params->n; i++) {
        const mlt_param_spec *spec = &params->specs[i];
        if (spec->tasks && !(spec->tasks & task))
            continue;
        char name[64];
        assert(strlen(spec->name) < sizeof name);
        size_t length = 0;
        for (; spec->name[length]; length++)
            name[length] = spec->name[length] == '-' ? '_' : spec->name[length];
        name[length] = '\0';
        if (json_object_set_new(json, name, value_to_json(spec, &params->values[i])) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

/* The value as an option would give it; `buffer` may hold it. NULL if no option could. */
static const char *value_text(char buffer[40], const json_t *json) {
    switch (json_typeof(json)) {
    case JSON_STRING:
        return json_string_value(json);
    case JSON_INTEGER:
        snprintf(buffer, 40, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
        return buffer;
    case JSON_REAL:
        /* A point tells a share from a count. */
        mlt_format_double(buffer, json_real_value(json));
        if (!strchr(buffer, '.')) {
            size_t digits = strcspn(buffer, "e");
            memmove(buffer + digits + 2, buffer + digits, strlen(buffer + digits) + 1);
            memcpy(buffer + digits, ".0", 2);
        }
        return buffer;
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "none";
    default:
        return NULL;
    }
}

mlt_status mlt__params_from_json(mlt_params *out, const json_t *json, const mlt_model_type *type,
                                 mlt_task task, mlt_error *err) {
    mlt_params_init(out, type->params, type->n_params);
    if (!json_is_object(json) || !(type->tasks & task))
        return mlt__raise(err, MLT_E_MODEL,
                          "its parameters do not fit its model and task; fit the model again");
    mlt_error inner = {0};
    mlt_status status = MLT_OK;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value) {
        char buffer[40];
        const char *text = value_text(buffer, value);
        if (!text)
            return mlt__raise(err, MLT_E_MODEL,
                              "one of its parameters is not a plain value; fit the model again");
        status = mlt_params_set(out, name, text, &inner);
        if (status != MLT_OK)
            break;
    }
    if (status == MLT_OK)
        status = mlt_params_resolve(out, task, &inner);
    if (status == MLT_OK)
        return MLT_OK;
    return mlt__raise(err, MLT_E_MODEL,
                      "this mltool does not take one of its parameters (%s); fit the model again",
                      inner.message);
}
