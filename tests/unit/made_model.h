/** Small fitted models for tests. */
#ifndef MLT_TESTS_MADE_MODEL_H
#define MLT_TESTS_MADE_MODEL_H

#include "made_data.h"
#include "support.h"

enum { ROWS = 60 };

/** A fitted model and the data it can predict. */
typedef struct sample {
    mlt_dataset *data;
    mlt_model *model;
} sample;

/** Fit a model of few, small parts. `settings`: "name=value" pairs, ended by NULL. */
static inline sample fit_on(mlt_frame *frame, const mlt_model_type *type, const char *const *settings) {
    sample s;
    mlt_error err;
    mlt_params params;
    mlt_dataset_options options = {.target = "target"};
    assert_ok(mlt_dataset_new(&s.data, frame, &options, NULL, &err), &err);
    mlt_params_init(&params, type->params, type->n_params);
    if (mlt_params_spec(&params, "n-estimators"))
        assert_ok(mlt_params_set(&params, "n-estimators", "3", &err), &err);
    for (; *settings; settings++) {
        char name[64];
        const char *equals = strchr(*settings, '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - *settings), *settings);
        assert_ok(mlt_params_set(&params, name, equals + 1, &err), &err);
    }
    assert_ok(mlt_params_resolve(&params, s.data->schema->task, &err), &err);
    assert_ok(mlt_model_fit(&s.model, type, &params, s.data, NULL, 0, 4294967295u, NULL, &err), &err);
    return s;
}

static inline sample fit(const char *type, size_t classes) {
    const mlt_model_type *found = mlt_model_find(type);
    assert_non_null(found);
    bool missing = strcmp(type, "linear") != 0 && strcmp(type, "logistic") != 0;
    return fit_on(made_frame(ROWS, classes, missing, 3), found, (const char *const[]){NULL});
}

static inline void sample_free(sample *s) {
    mlt_model_free(s->model);
    mlt_dataset_free(s->data);
}

/** Every model for every task that it has, fitted; `user` is handed on. */
static inline void for_each_model(void (*check)(const sample *s, void *user), void *user) {
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    for (size_t i = 0; i < n; i++)
        for (size_t classes = 0; classes <= 3; classes += 3)
            if (types[i]->tasks & (classes ? MLT_CLASSIFICATION : MLT_REGRESSION)) {
                sample s = fit(types[i]->name, classes);
                check(&s, user);
                sample_free(&s);
            }
}

#endif
