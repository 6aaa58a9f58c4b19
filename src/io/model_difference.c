/* The first difference between two models and how they came about. */
#include "core/error.h"
#include "mltool/model_file.h"
#include "mltool/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 120 };

static bool say(mlt_difference *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Always true: a difference was found. */
static bool say(mlt_difference *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(out->text, sizeof out->text, format, args);
    va_end(args);
    return true;
}

static bool texts_differ(mlt_difference *out, const char *what, const char *was, const char *is) {
    char old[SHOWN], new[SHOWN];
    if (was && is ? strcmp(was, is) == 0 : was == is)
        return false;
    return say(out, "%s: was %s, is %s", what, was ? mlt__printable(old, sizeof old, was) : "not recorded",
               is ? mlt__printable(new, sizeof new, is) : "not recorded");
}

static bool counts_differ(mlt_difference *out, const char *what, size_t was, size_t is) {
    return was != is && say(out, "%s: were %zu, are %zu", what, was, is);
}

static bool numbers_differ(mlt_difference *out, const char *what, double was, double is) {
    char old[32], new[32];
    uint64_t old_bits, new_bits;
    memcpy(&old_bits, &was, sizeof old_bits);
    memcpy(&new_bits, &is, sizeof new_bits);
    if (old_bits == new_bits)
        return false;
    return say(out, "%s: was %s, is %s", what, mlt_format_double(old, was), mlt_format_double(new, is));
}

/* ---- columns and parameters ---- */

static bool lists_differ(mlt_difference *out, const char *what, char *const *was, size_t n_was,
                         char *const *is, size_t n_is) {
    if (counts_differ(out, what, n_was, n_is))
        return true;
    for (size_t i = 0; i < n_was; i++)
        if (texts_differ(out, what, was[i], is[i]))
            return true;
    return false;
}

static bool features_differ(mlt_difference *out, const mlt_feature *was, const mlt_feature *is) {
    char name[SHOWN], what[SHOWN + 40];
    if (texts_differ(out, "a feature", was->name, is->name))
        return true;
    mlt__printable(name, sizeof name, was->name);
    if (was->type != is->type)
        return say(out, "feature '%s': its type", name);
    snprintf(what, sizeof what, "categories of '%s'", name);
    if (lists_differ(out, what, was->levels, was->n_levels, is->levels, is->n_levels))
        return true;
    if (was->has_fill != is->has_fill || (was->has_fill && was->fill_code != is->fill_code))
        return say(out, "feature '%s': what fills its missing cells", name);
    snprintf(what, sizeof what, "what fills missing cells of '%s'", name);
    return was->has_fill && numbers_differ(out, what, was->fill_value, is->fill_value);
}

static bool schemas_differ(mlt_difference *out, const mlt_schema *was, const mlt_schema *is) {
    if (texts_differ(out, "the task", mlt_task_name(was->task), mlt_task_name(is->task)) ||
        texts_differ(out, "the target", was->target, is->target) ||
        texts_differ(out, "the weights' column", was->weights, is->weights) ||
        lists_differ(out, "classes", was->classes, was->k, is->classes, is->k) ||
        counts_differ(out, "features", was->p, is->p))
        return true;
    for (size_t j = 0; j < was->p; j++)
        if (features_differ(out, &was->features[j], &is->features[j]))
            return true;
    return false;
}

static bool params_differ(mlt_difference *out, const mlt_model *was, const mlt_model *is) {
    if (texts_differ(out, "the model", mlt_model_type_of(was)->name, mlt_model_type_of(is)->name))
        return true;
    if (mlt_model_seed(was) != mlt_model_seed(is))
        return say(out, "the random state: was %u, is %u", mlt_model_seed(was), mlt_model_seed(is));
    const mlt_params *old = mlt_model_params(was), *new = mlt_model_params(is);
    for (size_t i = 0; i < old->n; i++) {
        const mlt_param_value *a = &old->values[i], *b = &new->values[i];
        if (a->none != b->none || a->is_share != b->is_share || a->integer != b->integer ||
            a->real != b->real || strcmp(a->text, b->text) != 0)
            return say(out, "the parameter %s: was %s, is %s", old->specs[i].name, a->none ? "none" : a->text,
                       b->none ? "none" : b->text);
    }
    return false;
}

/* ---- what was learned ---- */

static bool sets_differ(const mlt_schema *schema, const mlt_tree *was, const mlt_tree *is, size_t node) {
    size_t words = (schema->features[was->nodes[node].feature].n_levels + 31) / 32;
    return memcmp(was->category_bits + was->category_offset[node],
                  is->category_bits + is->category_offset[node], words * sizeof(uint32_t)) != 0;
}

static bool nodes_differ(mlt_difference *out, const mlt_schema *schema, size_t t, const mlt_tree *was,
                         const mlt_tree *is, size_t i) {
    const mlt_tree_node *a = &was->nodes[i], *b = &is->nodes[i];
    char where[60], what[120], old[SHOWN], new[SHOWN];
    snprintf(where, sizeof where, "tree %zu, node %zu", t, i);
    if (a->feature != b->feature)
        return say(out, "%s: was %s%s, is %s%s", where, a->feature < 0 ? "a leaf" : "a question on ",
                   a->feature < 0 ? "" : mlt__printable(old, sizeof old, schema->features[a->feature].name),
                   b->feature < 0 ? "a leaf" : "a question on ",
                   b->feature < 0 ? "" : mlt__printable(new, sizeof new, schema->features[b->feature].name));
    snprintf(what, sizeof what, "%s, its threshold", where);
    if (numbers_differ(out, what, a->threshold, b->threshold))
        return true;
    if (a->flags != b->flags)
        return say(out, "%s: where missing cells go", where);
    if (a->right != b->right)
        return say(out, "%s: its branches are of another size", where);
    if ((a->flags & MLT_NODE_CATEGORY) && sets_differ(schema, was, is, i))
        return say(out, "%s: the categories that go left", where);
    if (was->n[i] != is->n[i])
        return say(out, "%s: had %u training rows, has %u", where, was->n[i], is->n[i]);
    for (size_t v = 0; v < was->width; v++) {
        if (was->width > 1)
            snprintf(what, sizeof what, "%s, its weight of class %zu", where, v);
        else
            snprintf(what, sizeof what, "%s, its value", where);
        if (numbers_differ(out, what, was->value[i * was->width + v], is->value[i * is->width + v]))
            return true;
    }
    return false;
}

static bool trees_differ(mlt_difference *out, const mlt_schema *schema, const mlt_model_view *was,
                         const mlt_model_view *is) {
    char what[60];
    for (size_t t = 0; t < was->n_trees && t < is->n_trees; t++) {
        const mlt_tree *a = &was->trees[t], *b = &is->trees[t];
        for (size_t i = 0; i < a->n_nodes && i < b->n_nodes; i++)
            if (nodes_differ(out, schema, t, a, b, i))
                return true;
        snprintf(what, sizeof what, "nodes of tree %zu", t);
        if (counts_differ(out, what, a->n_nodes, b->n_nodes))
            return true;
        snprintf(what, sizeof what, "tree %zu, its weight", t);
        if (was->tree_weights && numbers_differ(out, what, was->tree_weights[t], is->tree_weights[t]))
            return true;
    }
    return counts_differ(out, "trees", was->n_trees, is->n_trees);
}

static bool coefficients_differ(mlt_difference *out, const mlt_model_view *was, const mlt_model_view *is) {
    char name[SHOWN], what[SHOWN + 40];
    for (size_t i = 0; i < was->n_coefficients && i < is->n_coefficients; i++) {
        const mlt_coefficient *a = &was->coefficients[i], *b = &is->coefficients[i];
        if (texts_differ(out, "a term", a->term, b->term))
            return true;
        snprintf(what, sizeof what, "coefficient of '%s'", mlt__printable(name, sizeof name, a->term));
        if (numbers_differ(out, what, a->estimate, b->estimate))
            return true;
        snprintf(what, sizeof what, "standard error of '%s'", name);
        if (numbers_differ(out, what, a->std_error, b->std_error))
            return true;
    }
    return counts_differ(out, "coefficients", was->n_coefficients, is->n_coefficients);
}

/* Whatever a model keeps stands in its arrays. */
static bool arrays_differ(mlt_difference *out, const mlt_tensors *was, const mlt_tensors *is) {
    char name[SHOWN];
    for (size_t i = 0; i < was->n && i < is->n; i++) {
        const mlt_tensor *a = &was->items[i], *b = &is->items[i];
        if (texts_differ(out, "an array", a->name, b->name))
            return true;
        mlt__printable(name, sizeof name, a->name);
        if (a->count != b->count)
            return say(out, "the array %s: had %zu elements, has %zu", name, a->count, b->count);
        size_t size = mlt_dtype_size(a->dtype);
        if (a->dtype != b->dtype)
            return say(out, "the array %s: was of type %s, is of type %s", name, mlt_dtype_name(a->dtype),
                       mlt_dtype_name(b->dtype));
        for (size_t e = 0; e < a->count; e++)
            if (memcmp((const char *)a->data + e * size, (const char *)b->data + e * size, size) != 0)
                return say(out, "the array %s: element %zu", name, e);
    }
    return counts_differ(out, "arrays", was->n, is->n);
}

mlt_status mlt_model_difference(mlt_difference *out, const mlt_model *was, const mlt_recipe *was_made,
                                const mlt_model *is, const mlt_recipe *is_made, mlt_error *err) {
    const mlt_schema *schema = mlt_model_schema(was);
    *out = (mlt_difference){{0}};
    if (texts_differ(out, "the data's digest", was_made->data_sha256, is_made->data_sha256) ||
        counts_differ(out, "rows", was_made->data_rows, is_made->data_rows) ||
        schemas_differ(out, schema, mlt_model_schema(is)) || params_differ(out, was, is) ||
        texts_differ(out, "the split", was_made->split, is_made->split))
        return MLT_OK;
    mlt_model_view old = mlt_model_view_of(was), new = mlt_model_view_of(is);
    if (trees_differ(out, schema, &old, &new) || coefficients_differ(out, &old, &new))
        return MLT_OK;
    mlt_tensors old_arrays = {0}, new_arrays = {0};
    mlt_status status;
    MLT_TRY_GOTO(mlt_model_save_tensors(was, &old_arrays, err), done);
    MLT_TRY_GOTO(mlt_model_save_tensors(is, &new_arrays, err), done);
    if (!arrays_differ(out, &old_arrays, &new_arrays))
        texts_differ(out, "the metrics", was_made->metrics, is_made->metrics);
done:
    mlt_tensors_clear(&old_arrays);
    mlt_tensors_clear(&new_arrays);
    return status;
}
