/* Parameter tables: parsing, checking and defaults. */
#include "mltool/params.h"

#include "core/degrees.h"
#include "core/error.h"
#include "core/nearest_search.h"
#include "mltool/number.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *mlt_task_name(mlt_task task) { return task == MLT_REGRESSION ? "regression" : "classification"; }

void mlt_params_init(mlt_params *params, const mlt_param_spec *specs, size_t n) {
    assert(n <= MLT_MAX_PARAMS);
    memset(params, 0, sizeof *params);
    params->specs = specs;
    params->n = n;
}

/* Equal names, dashes and underscores being the same. */
static bool same_name(const char *a, const char *b) {
    for (; *a && *b; a++, b++)
        if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
            return false;
    return *a == *b;
}

const mlt_param_spec *mlt_params_spec(const mlt_params *params, const char *name) {
    for (size_t i = 0; i < params->n; i++)
        if (same_name(params->specs[i].name, name))
            return &params->specs[i];
    return NULL;
}

/* Is `word` one of "a|b|c"? */
static bool in_choices(const char *choices, const char *word) {
    size_t length = strlen(word);
    while (choices && *choices) {
        size_t span = strcspn(choices, "|");
        if (span == length && memcmp(choices, word, length) == 0)
            return true;
        choices += span + (choices[span] == '|');
    }
    return false;
}

/* "1", "0.5", "1e+06": bounds as people write them. */
static const char *bound(char buffer[32], double value) {
    snprintf(buffer, 32, "%.10g", value);
    return buffer;
}

/* May the parameter be absent? */
static bool may_be_none(const mlt_param_spec *spec) {
    return strcmp(spec->default_text, "none") == 0 ||
           (spec->default_regression_text && strcmp(spec->default_regression_text, "none") == 0);
}

/* Limits this large only keep arithmetic safe; nobody needs to read them. */
static const double NO_LIMIT = 1e9;

static mlt_status raise_range(const mlt_param_spec *spec, const char *text, mlt_error *err) {
    char shown[80], low[32], high[32], range[100];
    const char *noun = spec->kind == MLT_PARAM_INT ? "a whole number" : "a number";
    if (spec->max >= NO_LIMIT)
        snprintf(range, sizeof range, "%s %s %s", noun, spec->open_min ? "above" : "of at least",
                 bound(low, spec->min));
    else if (spec->open_min)
        snprintf(range, sizeof range, "%s above %s, at most %s", noun, bound(low, spec->min),
                 bound(high, spec->max));
    else
        snprintf(range, sizeof range, "%s from %s to %s", noun, bound(low, spec->min),
                 bound(high, spec->max));
    return mlt__raise(err, MLT_E_USAGE, "--%s: '%s' is not valid; give %s%s%s%s", spec->name,
                      mlt__printable(shown, sizeof shown, text), range, spec->choices ? ", or " : "",
                      spec->choices ? spec->choices : "", may_be_none(spec) ? ", or none" : "");
}

/* A finite number, the whole text. */
static bool parse_real(const char *text, double *out) {
    return mlt_parse_double(out, text, strlen(text)) && isfinite(*out);
}

static bool parse_whole(const char *text, int64_t *out) {
    const char *digits = text + (*text == '-' || *text == '+');
    if (!*digits || strspn(digits, "0123456789") != strlen(digits))
        return false;
    errno = 0;
    *out = strtoll(text, NULL, 10);
    return errno == 0;
}

/* "gini|entropy|x" as "gini, entropy or x". */
static const char *listed(char buffer[200], const char *choices) {
    size_t used = 0;
    for (const char *c = choices; *c && used < 190; c++) {
        if (*c != '|')
            buffer[used++] = *c;
        else
            used += (size_t)snprintf(buffer + used, 200 - used, "%s", strchr(c + 1, '|') ? ", " : " or ");
    }
    buffer[used] = '\0';
    return buffer;
}

static mlt_status parse_amount(const mlt_param_spec *spec, mlt_param_value *value, const char *text,
                               mlt_error *err) {
    if (in_choices(spec->choices, text))
        return MLT_OK;
    if (parse_whole(text, &value->integer) && value->integer >= 1 && value->integer <= UINT32_MAX) {
        value->real = (double)value->integer;
        return MLT_OK;
    }
    if (strchr(text, '.') && parse_real(text, &value->real) && value->real > 0 && value->real <= 1) {
        value->is_share = true;
        return MLT_OK;
    }
    char shown[80], all[200];
    return mlt__raise(err, MLT_E_USAGE,
                      "--%s: '%s' is not an amount; give a count (3)%s a share with a point (0.5)%s%s",
                      spec->name, mlt__printable(shown, sizeof shown, text), spec->choices ? "," : " or",
                      spec->choices ? ", " : "", spec->choices ? listed(all, spec->choices) : "");
}

static mlt_status parse_degrees(const mlt_param_spec *spec, mlt_param_value *value, const char *text,
                                mlt_error *err) {
    const char *rest = text;
    char shown[80];
    mlt__degree item;
    do {
        if (!mlt__degrees_next(&item, &rest))
            return mlt__raise(err, MLT_E_USAGE,
                              "--%s: '%s' is not valid; give a degree from 1 to %d, or COL:DEGREE for one "
                              "column, several with commas between",
                              spec->name, mlt__printable(shown, sizeof shown, text), MLT_MAX_DEGREE);
    } while (*rest);
    value->integer = strspn(text, "0123456789") == strlen(text) ? item.degree : 0;
    return MLT_OK;
}

/* Offer each of "a|b|c", cut apart in `words`. */
static void offer_choices(mlt__nearest *search, char words[200], const char *choices) {
    snprintf(words, 200, "%s", choices ? choices : "");
    char *rest = choices ? words : NULL;
    for (char *word; rest && (word = strsep(&rest, "|"));)
        mlt__nearest_offer(search, word);
}

static mlt_status raise_choice(const mlt_param_spec *spec, const char *choices, const char *text,
                               mlt_error *err) {
    char shown[80], all[200], regression[200], words[200], more_words[200];
    bool both = spec->choices_regression && choices == spec->choices;
    mlt__nearest search;
    mlt__nearest_start(&search, text);
    offer_choices(&search, words, choices);
    offer_choices(&search, more_words, both ? spec->choices_regression : NULL);
    if (search.n > 0)
        return mlt__raise(err, MLT_E_USAGE, "--%s: '%s' is not one of its values; did you mean '%s'?",
                          spec->name, mlt__printable(shown, sizeof shown, text), search.names[0]);
    if (both)
        return mlt__raise(err, MLT_E_USAGE, "--%s: '%s' is not one of its values; give %s; in regression %s",
                          spec->name, mlt__printable(shown, sizeof shown, text), listed(all, choices),
                          listed(regression, spec->choices_regression));
    return mlt__raise(err, MLT_E_USAGE, "--%s: '%s' is not one of its values; give %s", spec->name,
                      mlt__printable(shown, sizeof shown, text), listed(all, choices));
}

static mlt_status parse_value(const mlt_param_spec *spec, mlt_param_value *value, const char *text,
                              mlt_error *err) {
    switch (spec->kind) {
    case MLT_PARAM_INT:
        if (!parse_whole(text, &value->integer) || (double)value->integer < spec->min ||
            (double)value->integer > spec->max)
            return raise_range(spec, text, err);
        value->real = (double)value->integer;
        return MLT_OK;
    case MLT_PARAM_REAL:
        value->is_word = in_choices(spec->choices, text);
        if (value->is_word)
            return MLT_OK;
        if (!parse_real(text, &value->real) || value->real < spec->min || value->real > spec->max ||
            (spec->open_min && value->real == spec->min))
            return raise_range(spec, text, err);
        return MLT_OK;
    case MLT_PARAM_BOOL:
        value->integer = strcmp(text, "true") == 0;
        if (!value->integer && strcmp(text, "false") != 0)
            return raise_choice(spec, "true|false", text, err);
        return MLT_OK;
    case MLT_PARAM_AMOUNT:
        return parse_amount(spec, value, text, err);
    case MLT_PARAM_DEGREES:
        return parse_degrees(spec, value, text, err);
    case MLT_PARAM_CHOICE:
        break;
    }
    if (in_choices(spec->choices, text) || in_choices(spec->choices_regression, text))
        return MLT_OK;
    return raise_choice(spec, spec->choices, text, err);
}

mlt_status mlt_params_set(mlt_params *params, const char *name, const char *text, mlt_error *err) {
    const mlt_param_spec *spec = mlt_params_spec(params, name);
    if (!spec) {
        const char *names[MLT_MAX_PARAMS];
        for (size_t i = 0; i < params->n; i++)
            names[i] = params->specs[i].name;
        const char *nearest = mlt_nearest(name, names, params->n);
        char shown[80];
        mlt__printable(shown, sizeof shown, name);
        if (nearest)
            return mlt__raise(err, MLT_E_USAGE, "--%s: no such parameter; did you mean --%s?", shown,
                              nearest);
        return mlt__raise(err, MLT_E_USAGE, "--%s: no such parameter; see 'mltool models'", shown);
    }
    mlt_param_value value = {.set = true};
    if (strcmp(text, "none") == 0 && may_be_none(spec)) {
        value.none = true;
    } else {
        MLT_TRY(parse_value(spec, &value, text, err));
    }
    if (strlen(text) >= sizeof value.text)
        return mlt__raise(err, MLT_E_USAGE, "--%s: the value is longer than %zu characters; shorten it",
                          spec->name, sizeof value.text - 1);
    memcpy(value.text, text, strlen(text) + 1);
    params->values[spec - params->specs] = value;
    return MLT_OK;
}

mlt_status mlt_params_resolve(mlt_params *params, mlt_task task, mlt_error *err) {
    for (size_t i = 0; i < params->n; i++) {
        const mlt_param_spec *spec = &params->specs[i];
        mlt_param_value *value = &params->values[i];
        bool regression = task == MLT_REGRESSION;
        if (value->set && spec->tasks && !(spec->tasks & task))
            return mlt__raise(err, MLT_E_USAGE, "--%s is for %s, but the task is %s; leave it out",
                              spec->name, mlt_task_name((mlt_task)spec->tasks), mlt_task_name(task));
        if (!value->set) {
            bool own = regression && spec->default_regression_text;
            MLT_TRY(mlt_params_set(params, spec->name,
                                   own ? spec->default_regression_text : spec->default_text, err));
            value->set = false;
        }
        const char *choices =
            regression && spec->choices_regression ? spec->choices_regression : spec->choices;
        char all[200];
        if (spec->kind == MLT_PARAM_CHOICE && !value->none && !in_choices(choices, value->text))
            return mlt__raise(err, MLT_E_USAGE, "--%s: '%s' is not for %s; give %s", spec->name, value->text,
                              mlt_task_name(task), listed(all, choices));
    }
    return MLT_OK;
}

const mlt_param_value *mlt_params_get(const mlt_params *params, const char *name) {
    const mlt_param_spec *spec = mlt_params_spec(params, name);
    assert(spec);
    return &params->values[spec - params->specs];
}

bool mlt_params_bool(const mlt_params *params, const char *name) {
    return mlt_params_get(params, name)->integer != 0;
}

int64_t mlt_params_int(const mlt_params *params, const char *name, int64_t if_none) {
    const mlt_param_value *value = mlt_params_get(params, name);
    return value->none ? if_none : value->integer;
}

double mlt_params_real(const mlt_params *params, const char *name) {
    return mlt_params_get(params, name)->real;
}

const char *mlt_params_choice(const mlt_params *params, const char *name) {
    return mlt_params_get(params, name)->text;
}

bool mlt_params_is(const mlt_params *params, const char *name, const char *choice) {
    return strcmp(mlt_params_choice(params, name), choice) == 0;
}
