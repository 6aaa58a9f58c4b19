/* The values that tune tries. */
#include "cli/search_space.h"

#include "mltool/nearest.h"
#include "mltool/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One axis on its way. */
typedef struct axis_text {
    const mlt_params *fixed;
    const mlt_param_spec *spec;
    char *values; /* what stands behind "=" */
    mlt_axis *axis;
    void **list;
    bool random;
    mlt_error *err;
} axis_text;

static mlt_status no_parameter(const mlt_params *params, const char *name, mlt_error *err) {
    const char *names[MLT_MAX_PARAMS];
    cli_shown shown;
    for (size_t i = 0; i < params->n; i++)
        names[i] = params->specs[i].name;
    const char *nearest = mlt_nearest(name, names, params->n);
    if (nearest)
        return cli_fail(err, MLT_E_USAGE, "--grid: the model has no parameter '%s'; did you mean '%s'?",
                        cli_show(&shown, name), nearest);
    return cli_fail(err, MLT_E_USAGE, "--grid: the model has no parameter '%s'; 'mltool models' lists them",
                    cli_show(&shown, name));
}

/* Would the parameter take this value? */
static mlt_status check_value(const axis_text *a, const char *value) {
    mlt_params tried = *a->fixed;
    mlt_error inner;
    if (mlt_params_set(&tried, a->spec->name, value, &inner) == MLT_OK)
        return MLT_OK;
    return cli_fail(a->err, MLT_E_USAGE, "--grid: %.900s", inner.message);
}

/* "LOW..HIGH" and perhaps ":log": false if it is no range of numbers. */
static bool split_range(char *text, mlt_axis *axis, const char **ends) {
    char *dots = strstr(text, ".."), *colon = strchr(text, ':');
    if (!dots || (colon && strcmp(colon, ":log") != 0))
        return false;
    size_t low = (size_t)(dots - text), high = colon ? (size_t)(colon - dots - 2) : strlen(dots + 2);
    if (!mlt_parse_double(&axis->low, text, low) || !mlt_parse_double(&axis->high, dots + 2, high))
        return false;
    axis->log = colon != NULL;
    if (colon)
        *colon = '\0';
    *dots = '\0';
    ends[0] = text;
    ends[1] = dots + 2;
    return true;
}

/* Whole numbers LOW..HIGH, one after the other. */
static mlt_status list_range(const axis_text *a) {
    enum { DIGITS = 24 };
    size_t n = (size_t)(a->axis->high - a->axis->low) + 1;
    char *block = n > MLT_MAX_CANDIDATES ? NULL : malloc(n * (sizeof(char *) + DIGITS));
    if (n > MLT_MAX_CANDIDATES)
        return cli_fail(a->err, MLT_E_USAGE, "--grid: %s: %zu values are too many; give fewer, or --random N",
                        a->spec->name, n);
    if (!block)
        return cli_fail_memory(a->err);
    const char **values = (const char **)(void *)block;
    for (size_t i = 0; i < n; i++) {
        char *text = block + n * sizeof(char *) + i * DIGITS;
        snprintf(text, DIGITS, "%.0f", a->axis->low + (double)i);
        values[i] = text;
    }
    *a->list = block;
    a->axis->values = values;
    a->axis->n = n;
    return MLT_OK;
}

static mlt_status take_range(const axis_text *a, const char *const *ends) {
    mlt_axis *axis = a->axis;
    CLI_TRY(check_value(a, ends[0]));
    CLI_TRY(check_value(a, ends[1]));
    axis->whole = a->spec->kind == MLT_PARAM_INT;
    if (!(axis->low < axis->high))
        return cli_fail(a->err, MLT_E_USAGE,
                        "--grid: %s: the range from %s to %s is empty; give the lower first", a->spec->name,
                        ends[0], ends[1]);
    if (axis->log && !(axis->low > 0))
        return cli_fail(a->err, MLT_E_USAGE, "--grid: %s: powers do not reach %s; begin above 0",
                        a->spec->name, ends[0]);
    if (a->random)
        return MLT_OK;
    if (!axis->whole || axis->log)
        return cli_fail(a->err, MLT_E_USAGE,
                        "--grid: %s: a range %s is drawn from at random; add --random N, or list the values",
                        a->spec->name, axis->log ? "by powers" : "of numbers");
    return list_range(a);
}

static mlt_status take_list(const axis_text *a) {
    size_t most = 1, n = 0;
    for (const char *c = a->values; *c; c++)
        most += *c == ',';
    const char **values = calloc(most, sizeof *values);
    *a->list = (void *)values;
    if (!values)
        return cli_fail_memory(a->err);
    for (char *rest = a->values; rest; n++) {
        values[n] = strsep(&rest, ",");
        CLI_TRY(check_value(a, values[n]));
        for (size_t i = 0; i < n; i++)
            if (strcmp(values[i], values[n]) == 0)
                return cli_fail(a->err, MLT_E_USAGE, "--grid: %s: '%s' is there twice; give it once",
                                a->spec->name, values[n]);
    }
    a->axis->values = values;
    a->axis->n = n;
    return MLT_OK;
}

static mlt_status parse_axis(cli_space *space, char *text, const mlt_params *fixed, bool random,
                             mlt_error *err) {
    char *equals = strchr(text, '=');
    const char *ends[2];
    cli_shown shown;
    if (!equals || equals == text || !equals[1])
        return cli_fail(err, MLT_E_USAGE, "--grid: '%s' has no values; write PARAMETER=VALUE,VALUE,...",
                        cli_show(&shown, text));
    *equals = '\0';
    axis_text a = {.fixed = fixed,
                   .spec = mlt_params_spec(fixed, text),
                   .values = equals + 1,
                   .axis = &space->axes[space->n - 1],
                   .list = &space->lists[space->n - 1],
                   .random = random,
                   .err = err};
    if (!a.spec)
        return no_parameter(fixed, text, err);
    if (fixed->values[a.spec - fixed->specs].set)
        return cli_fail(err, MLT_E_USAGE, "--grid: --%s is given, too; give one of them", a.spec->name);
    for (size_t i = 0; i + 1 < space->n; i++)
        if (space->axes[i].name == a.spec->name)
            return cli_fail(err, MLT_E_USAGE, "--grid: '%s' is there twice; give all its values at once",
                            a.spec->name);
    a.axis->name = a.spec->name;
    bool numeric = a.spec->kind == MLT_PARAM_INT || a.spec->kind == MLT_PARAM_REAL;
    return numeric && split_range(a.values, a.axis, ends) ? take_range(&a, ends) : take_list(&a);
}

mlt_status cli_space_parse(cli_space *out, const cli_list *texts, const mlt_params *fixed, bool random,
                           mlt_error *err) {
    *out = (cli_space){.axes = calloc(texts->n + 1, sizeof *out->axes),
                       .texts = calloc(texts->n + 1, sizeof *out->texts),
                       .lists = calloc(texts->n + 1, sizeof *out->lists)};
    if (!out->axes || !out->texts || !out->lists)
        return cli_fail_memory(err);
    for (size_t i = 0; i < texts->n; i++) {
        char *text = strdup(texts->items[i]);
        if (!text)
            return cli_fail_memory(err);
        out->texts[out->n++] = text;
        CLI_TRY(parse_axis(out, text, fixed, random, err));
    }
    return MLT_OK;
}

void cli_space_clear(cli_space *space) {
    for (size_t i = 0; i < space->n; i++) {
        free(space->texts[i]);
        free(space->lists[i]);
    }
    free(space->axes);
    free(space->texts);
    free((void *)space->lists);
    *space = (cli_space){0};
}
