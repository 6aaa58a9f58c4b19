/* The lines of a search's log as JSON:
 *   {"log":"mltool
 * tune","version":1,"model":"tree","data":SHA-256,"columns":SHA-256,"rows":150,...,"split":{...}}
 *   {"params":{"max_depth":3,...},"rows":150,"metrics":{"accuracy":[0.9,...],...},"fit_seconds":[...],
 *    "predict_seconds":[...]}
 *   {"params":{...},...,"failures":[{"split":0,"status":2,"message":"..."}]}
 * What is not defined is null. */
#include "report/search_log_lines.h"

#include "io/descriptions.h"
#include "io/json_text.h"
#include "io/sha256.h"
#include "report/facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_VERSION = 1 };

/* ---- the header ---- */

static json_t *digest_json(const json_t *json) {
    char *text, digits[MLT__SHA256_DIGITS + 1] = "";
    if (mlt__json_print(&text, json, NULL) != MLT_OK)
        return NULL;
    mlt__sha256(digits, &(struct iovec){text, strlen(text)}, 1);
    free(text);
    return json_string(digits);
}

static json_t *division_json(const mlt_division *division) {
    char *text = NULL;
    json_t *json = NULL;
    if (mlt__division_text(&text, division, NULL) != MLT_OK ||
        mlt__json_parse(&json, text, strlen(text), "the split", NULL) != MLT_OK)
        json = NULL;
    free(text);
    return json;
}

mlt_status mlt__log_header(json_t **out, const mlt_search_identity *identity, mlt_error *err) {
    json_t *columns = mlt__schema_to_json(identity->data->schema), *json = json_object();
    bool complete = columns && json && json_object_set_new(json, "log", json_string("mltool tune")) == 0 &&
                    json_object_set_new(json, "version", json_integer(LOG_VERSION)) == 0 &&
                    json_object_set_new(json, "model", json_string(identity->fit->type->name)) == 0 &&
                    json_object_set_new(json, "data", json_string(identity->sha256)) == 0 &&
                    json_object_set_new(json, "columns", digest_json(columns)) == 0 &&
                    json_object_set_new(json, "rows", json_integer((json_int_t)identity->data->n)) == 0 &&
                    json_object_set_new(json, "impute", json_integer(identity->fit->impute)) == 0 &&
                    json_object_set_new(json, "split", division_json(identity->division)) == 0;
    json_decref(columns);
    if (complete) {
        *out = json;
        return MLT_OK;
    }
    json_decref(json);
    return mlt__json_raise_nomem(err);
}

const char *mlt__log_difference(const json_t *found, const json_t *wanted) {
    static const struct {
        const char *key, *phrase;
    } parts[] = {
        {"version", "another version of mltool wrote it"},
        {"model", "its model is another"},
        {"data", "its data file was another, or has been changed since"},
        {"columns", "its columns are others, or of other types"},
        {"rows", "its rows are others"},
        {"impute", "its --impute is another"},
        {"split", "its folds or its random state are others"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!json_equal(json_object_get(found, parts[i].key), json_object_get(wanted, parts[i].key)))
            return parts[i].phrase;
    return NULL;
}

/* ---- keys ---- */

/* [params, rows] */
static char *key_text(json_t *params, json_t *rows) {
    char *text = NULL;
    json_t *key = json_array();
    if (!key || json_array_append(key, params) != 0 || json_array_append(key, rows) != 0 ||
        mlt__json_print(&text, key, NULL) != MLT_OK)
        text = NULL;
    json_decref(key);
    return text;
}

char *mlt__log_key(const mlt_params *params, mlt_task task, size_t rows) {
    json_t *json = mlt__params_to_json(params, task), *count = json_integer((json_int_t)rows);
    char *key = json && count ? key_text(json, count) : NULL;
    json_decref(json);
    json_decref(count);
    return key;
}

char *mlt__log_key_of(const json_t *line) {
    return key_text(json_object_get(line, "params"), json_object_get(line, "rows"));
}

/* ---- trials ---- */

static json_t *number_json(double value) { return isfinite(value) ? json_real(value) : json_null(); }

/* One number of every split: `get(score, which)`. */
static json_t *numbers_json(const mlt_score *scores, size_t n, double (*get)(const mlt_score *, size_t),
                            size_t which) {
    json_t *json = json_array();
    for (size_t s = 0; json && s < n; s++)
        if (json_array_append_new(json, number_json(get(&scores[s], which))) != 0) {
            json_decref(json);
            return NULL;
        }
    return json;
}

static double get_metric(const mlt_score *score, size_t which) { return score->values[which]; }
static double get_seconds(const mlt_score *score, size_t which) {
    return which == 0 ? score->seconds_fit : score->seconds_predict;
}

static json_t *metrics_json(const mlt_score *scores, size_t n, mlt_task task) {
    size_t n_metrics;
    const mlt_metric *table = mlt_metric_table(task, &n_metrics);
    json_t *json = json_object();
    for (size_t m = 0; json && m < n_metrics; m++)
        if (json_object_set_new(json, table[m].key, numbers_json(scores, n, get_metric, m)) != 0) {
            json_decref(json);
            return NULL;
        }
    return json;
}

static json_t *failures_json(const mlt_score *scores, size_t n) {
    json_t *json = json_array();
    for (size_t s = 0; json && s < n; s++) {
        if (scores[s].status == MLT_OK)
            continue;
        json_t *failure = json_object();
        if (!failure || json_object_set_new(failure, "split", json_integer((json_int_t)s)) != 0 ||
            json_object_set_new(failure, "status", json_integer(scores[s].status)) != 0 ||
            json_object_set_new(failure, "message", mlt__json_from_text(scores[s].message)) != 0 ||
            json_array_append(json, failure) != 0) {
            json_decref(json);
            json = NULL;
        }
        json_decref(failure);
    }
    return json;
}

json_t *mlt__log_line(const mlt_score *scores, size_t n_splits, const mlt_params *params, mlt_task task,
                      size_t rows) {
    json_t *line = json_object();
    if (line && json_object_set_new(line, "params", mlt__params_to_json(params, task)) == 0 &&
        json_object_set_new(line, "rows", json_integer((json_int_t)rows)) == 0 &&
        json_object_set_new(line, "metrics", metrics_json(scores, n_splits, task)) == 0 &&
        json_object_set_new(line, "fit_seconds", numbers_json(scores, n_splits, get_seconds, 0)) == 0 &&
        json_object_set_new(line, "predict_seconds", numbers_json(scores, n_splits, get_seconds, 1)) == 0 &&
        json_object_set_new(line, "failures", failures_json(scores, n_splits)) == 0)
        return line;
    json_decref(line);
    return NULL;
}

/* Number `s` of an array, NaN for null. */
static bool read_number(double *out, const json_t *array, size_t s) {
    const json_t *value = json_array_get(array, s);
    *out = json_is_number(value) ? json_number_value(value) : NAN;
    return json_is_number(value) || json_is_null(value);
}

static bool read_score(mlt_score *score, const json_t *line, size_t s, mlt_task task) {
    size_t n_metrics;
    const mlt_metric *table = mlt_metric_table(task, &n_metrics);
    const json_t *metrics = json_object_get(line, "metrics");
    *score = (mlt_score){0};
    bool complete = read_number(&score->seconds_fit, json_object_get(line, "fit_seconds"), s) &&
                    read_number(&score->seconds_predict, json_object_get(line, "predict_seconds"), s);
    for (size_t m = 0; m < MLT_MAX_METRICS; m++)
        score->values[m] = score->train[m] = NAN;
    for (size_t m = 0; m < n_metrics; m++)
        complete = complete && read_number(&score->values[m], json_object_get(metrics, table[m].key), s);
    return complete;
}

/* A failure is one of the library's, other than those that end a search. */
static bool is_failure(const json_t *failure, size_t n_splits) {
    json_int_t split = json_integer_value(json_object_get(failure, "split"));
    json_int_t status = json_integer_value(json_object_get(failure, "status"));
    return json_is_integer(json_object_get(failure, "split")) && split >= 0 && (size_t)split < n_splits &&
           status > MLT_OK && status < MLT_E_CANCELLED && json_is_string(json_object_get(failure, "message"));
}

bool mlt__log_scores(mlt_score *scores, size_t n_splits, const json_t *line, mlt_task task) {
    const json_t *failures = json_object_get(line, "failures");
    mlt_score unused;
    bool complete = json_is_array(failures) && json_is_object(json_object_get(line, "params")) &&
                    json_is_integer(json_object_get(line, "rows"));
    for (size_t s = 0; s < n_splits && complete; s++)
        complete = read_score(scores ? &scores[s] : &unused, line, s, task);
    for (size_t i = 0; i < json_array_size(failures) && complete; i++) {
        const json_t *failure = json_array_get(failures, i);
        complete = is_failure(failure, n_splits);
        if (!complete || !scores)
            continue;
        mlt_score *score = &scores[json_integer_value(json_object_get(failure, "split"))];
        score->status = (mlt_status)json_integer_value(json_object_get(failure, "status"));
        free(score->message); /* the same split twice */
        score->message = strdup(json_string_value(json_object_get(failure, "message")));
        complete = score->message != NULL;
    }
    if (!complete && scores)
        mlt_scores_clear(scores, n_splits);
    return complete;
}
