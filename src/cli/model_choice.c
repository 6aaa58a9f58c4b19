/* The model named on the command line. */
#include "cli/model_choice.h"

#include "mltool/nearest.h"

#include <ctype.h>
#include <stdio.h>

enum { MAX_MODELS = 64 };

const char *cli_model_list(cli_model_names *out) {
    size_t n, used = 0;
    const mlt_model_type *const *types = mlt_model_types(&n);
    for (size_t i = 0; i < n && used < sizeof out->text; i++)
        used += (size_t)snprintf(out->text + used, sizeof out->text - used, "%s%s", i ? ", " : "",
                                 types[i]->name);
    return out->text;
}

/* Does `name`, without case and punctuation, contain what `model` is called? "DecisionTreeClassifier" does
 * "tree", "RandomForestRegressor" does "random-forest". */
static bool contains_words(const char *name, const char *model) {
    for (; *name; name++) {
        const char *n = name, *m = model;
        while (*m && (*m == '-' || tolower((unsigned char)*n) == *m)) {
            n += *m != '-';
            m++;
        }
        if (!*m)
            return true;
    }
    return false;
}

mlt_status cli_model_choose(const mlt_model_type **out, const char *name, const char *place, mlt_error *err) {
    *out = mlt_model_find(name);
    if (*out)
        return MLT_OK;
    const char *names[MAX_MODELS];
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    if (n > MAX_MODELS)
        n = MAX_MODELS;
    for (size_t i = 0; i < n; i++)
        names[i] = types[i]->name;
    cli_shown shown;
    cli_model_names all;
    const char *nearest = mlt_nearest(name, names, n);
    for (size_t i = 0; !nearest && i < n; i++)
        if (contains_words(name, names[i]))
            nearest = names[i];
    if (nearest)
        return cli_fail(err, MLT_E_USAGE, "%s: '%s' is no model; did you mean '%s'?", place,
                        cli_show(&shown, name), nearest);
    return cli_fail(err, MLT_E_USAGE, "%s: '%s' is no model; give one of %s", place, cli_show(&shown, name),
                    cli_model_list(&all));
}

mlt_status cli_task_choose(mlt_task *out, const mlt_model_type *type, int asked, mlt_error *err) {
    unsigned tasks = type->tasks;
    *out = (mlt_task)asked;
    if (!*out && (tasks == MLT_REGRESSION || tasks == MLT_CLASSIFICATION))
        *out = (mlt_task)tasks;
    if (*out && !(tasks & (unsigned)*out))
        return cli_fail(err, MLT_E_USAGE,
                        "--task: %s does no %s; choose another model, 'mltool models' lists them", type->name,
                        mlt_task_name(*out));
    return MLT_OK;
}
