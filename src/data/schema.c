/* The schema: copying and freeing. */
#include "mltool/schema.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>

static void texts_free(char **texts, size_t n) {
    for (size_t i = 0; texts && i < n; i++)
        free(texts[i]);
    free(texts);
}

void mlt_schema_free(mlt_schema *schema) {
    if (!schema)
        return;
    for (size_t j = 0; schema->features && j < schema->p; j++) {
        free(schema->features[j].name);
        texts_free(schema->features[j].levels, schema->features[j].n_levels);
    }
    free(schema->features);
    free(schema->target);
    texts_free(schema->classes, schema->k);
    free(schema->weights);
    free(schema);
}

/* NULL stays NULL. */
static mlt_status copy_text(char **out, const char *text, mlt_error *err) {
    *out = text ? mlt__strdup(text) : NULL;
    return text && !*out ? mlt__raise_nomem(err, 1) : MLT_OK;
}

static mlt_status copy_texts(char ***out, char *const *texts, size_t n, mlt_error *err) {
    if (!texts)
        return MLT_OK;
    *out = mlt__calloc(n, sizeof **out);
    if (!*out)
        return mlt__raise_nomem(err, n * sizeof **out);
    for (size_t i = 0; i < n; i++)
        MLT_TRY(copy_text(&(*out)[i], texts[i], err));
    return MLT_OK;
}

/* What was copied before a failure is left for mlt_schema_free. */
static mlt_status copy_members(mlt_schema *copy, const mlt_schema *schema, mlt_error *err) {
    copy->features = mlt__calloc(schema->p, sizeof *copy->features);
    if (!copy->features)
        return mlt__raise_nomem(err, schema->p * sizeof *copy->features);
    for (size_t j = 0; j < schema->p; j++) {
        mlt_feature *to = &copy->features[j];
        const mlt_feature *from = &schema->features[j];
        *to = *from;
        to->name = NULL;
        to->levels = NULL;
        copy->p = j + 1;
        MLT_TRY(copy_text(&to->name, from->name, err));
        MLT_TRY(copy_texts(&to->levels, from->levels, from->n_levels, err));
    }
    copy->k = schema->k;
    MLT_TRY(copy_texts(&copy->classes, schema->classes, schema->k, err));
    MLT_TRY(copy_text(&copy->target, schema->target, err));
    return copy_text(&copy->weights, schema->weights, err);
}

mlt_status mlt_schema_clone(mlt_schema **out, const mlt_schema *schema, mlt_error *err) {
    *out = NULL;
    mlt_schema *copy = mlt__calloc(1, sizeof *copy);
    if (!copy)
        return mlt__raise_nomem(err, sizeof *copy);
    copy->task = schema->task;
    mlt_status status = copy_members(copy, schema, err);
    if (status == MLT_OK)
        *out = copy;
    else
        mlt_schema_free(copy);
    return status;
}
