/* Trees from the arrays of a model file (tree_save.c describes them). Nodes, values and category sets are
 * used where they lie, after every one of them has been checked; what only people ask for is unpacked when
 * they do. */
#include "core/error.h"
#include "core/memory.h"
#include "core/threads.h"
#include "models/tree_ensemble.h"
#include "models/tree_split.h"
#include "models/tree_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what rows go down ---- */

static mlt_status load_sizes(mlt_forest *forest, const mlt_tensors *in, mlt_error *err) {
    int64_t *sizes;
    MLT_TRY(mlt_tensors_ints(in, "tree.size", 1, UINT32_MAX / 2, &sizes, &forest->n_trees, SIZE_MAX, err));
    mlt_status status = MLT_OK;
    MLT_ALLOC_GOTO(forest->first, forest->n_trees + 1, err, done);
    forest->first[0] = 0;
    for (size_t t = 0; t < forest->n_trees; t++)
        forest->first[t + 1] = forest->first[t] + (size_t)sizes[t];
    if (forest->n_trees == 0)
        status = mlt__raise(err, MLT_E_MODEL, "the model has no trees; fit it again");
done:
    free(sizes);
    return status;
}

static mlt_status load_nodes(mlt_forest *forest, const mlt_tensors *in, mlt_error *err) {
    size_t count, n_nodes = forest->first[forest->n_trees];
    MLT_TRY(mlt_tensors_raw(in, "tree.node", MLT_U64, (const void **)&forest->nodes, &count, err));
    forest->words = count == n_nodes ? 1 : 2;
    if (count != n_nodes * forest->words || (forest->words == 1 && forest->key_bit > 31))
        return mlt__raise(err, MLT_E_MODEL,
                          "the trees' sizes add up to %zu nodes, but there are %zu words; fit it again",
                          n_nodes, count);
    return MLT_OK;
}

/* Class counts are at least 0, and not all of them 0. */
static mlt_status check_counts(const mlt_forest *forest, int threads, mlt_error *err) {
    size_t wrong = SIZE_MAX;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(min : wrong)
    for (size_t v = 0; v < forest->n_values; v++) {
        const double *value = forest->values + v * forest->width;
        double sum = 0, least = 0;
        for (size_t c = 0; c < forest->width; c++) {
            sum += value[c];
            least = value[c] < least ? value[c] : least;
        }
        if ((!(sum > 0 && isfinite(sum)) || least < 0) && v < wrong)
            wrong = v;
    }
    if (wrong < SIZE_MAX)
        return mlt__raise(
            err, MLT_E_MODEL,
            "the class counts number %zu are impossible; the file is damaged, fit the model again", wrong);
    return MLT_OK;
}

static mlt_status load_values(mlt_forest *forest, const mlt_tensors *in, mlt_task task, int threads,
                              mlt_error *err) {
    double *values;
    size_t count;
    MLT_TRY(mlt_tensors_doubles(in, "tree.value", &values, &count, SIZE_MAX, err));
    forest->values = forest->owned[0] = values;
    forest->n_values = count / forest->width;
    if (count % forest->width != 0 || forest->n_values > UINT32_MAX)
        return mlt__raise(err, MLT_E_MODEL, "tree.value cannot have %zu numbers; fit the model again", count);
    return task == MLT_CLASSIFICATION ? check_counts(forest, threads, err) : MLT_OK;
}

/* Check all trees, and count their splits. The first wrong one is named. */
static mlt_status check_trees(mlt_split_count *count, const mlt_forest *forest, const mlt_schema *schema,
                              size_t n_set, int threads, mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t largest = 0, failed = SIZE_MAX, splits = 0, categories = 0;
    for (size_t t = 0; t < forest->n_trees; t++)
        if (forest->first[t + 1] - forest->first[t] > largest)
            largest = forest->first[t + 1] - forest->first[t];
#pragma omp parallel num_threads(threads) reduction(+ : splits, categories)
    {
        uint32_t *parents = mlt__alloc(largest / 2 + 1, sizeof *parents);
        mlt_split_count own_count = {0};
#pragma omp for schedule(dynamic)
        for (size_t t = 0; t < forest->n_trees; t++) {
            mlt_error own = {0};
            mlt_status result =
                parents ? mlt__forest_check_tree(&own_count, forest, t, schema, n_set, parents, &own)
                        : mlt__raise_nomem(&own, (largest / 2 + 1) * sizeof *parents);
            if (result != MLT_OK) {
#pragma omp critical(mlt_check_trees)
                if (t < failed) {
                    failed = t;
                    status = result;
                    if (err)
                        *err = own;
                }
            }
        }
        splits += own_count.all;
        categories += own_count.category;
        free(parents);
    }
    *count = (mlt_split_count){splits, categories};
    return status;
}

static mlt_status load_forest(mlt_forest *forest, const mlt_tensors *in, const mlt_schema *schema,
                              const mlt_context *ctx, mlt_error *err) {
    size_t n_set = 0;
    mlt_split_count count;
    *forest = (mlt_forest){.p = schema->p,
                           .width = schema->task == MLT_CLASSIFICATION ? schema->k : 1,
                           .key_bit = mlt__forest_key_bit(schema->p)};
    MLT_TRY(load_sizes(forest, in, err));
    int threads = mlt__threads(ctx, forest->n_trees);
    MLT_TRY(load_nodes(forest, in, err));
    MLT_TRY(load_values(forest, in, schema->task, threads, err));
    if (mlt_tensors_find(in, "tree.set"))
        MLT_TRY(mlt_tensors_raw(in, "tree.set", MLT_U32, (const void **)&forest->sets, &n_set, err));
    MLT_TRY(check_trees(&count, forest, schema, n_set, threads, err));
    MLT_TRY(mlt_tensors_check(in, "tree.rest", count.all - count.category, err));
    MLT_TRY(mlt_tensors_check(in, "tree.n", count.all + forest->n_trees, err));
    const mlt_tensor *split_values = mlt_tensors_find(in, "tree.split_value");
    return split_values && split_values->count == 0
               ? MLT_OK
               : mlt_tensors_check(in, "tree.split_value", count.all * forest->width, err);
}

static mlt_status load_doubles(double *into, const mlt_tensors *in, const char *name, size_t count,
                               mlt_error *err) {
    double *values;
    size_t found;
    MLT_TRY(mlt_tensors_doubles(in, name, &values, &found, count, err));
    memcpy(into, values, count * sizeof *into);
    free(values);
    return MLT_OK;
}

static mlt_status load_scores(mlt_ensemble *ensemble, const mlt_tensors *in, mlt_error *err) {
    MLT_TRY(load_doubles(ensemble->importances, in, "importances", ensemble->p, err));
    if (ensemble->tree_weights) {
        MLT_TRY(load_doubles(ensemble->tree_weights, in, "tree.weight", ensemble->n_trees, err));
        MLT_TRY(load_doubles(ensemble->tree_errors, in, "tree.error", ensemble->n_trees, err));
    }
    if (mlt_tensors_find(in, "oob_score"))
        MLT_TRY(load_doubles(&ensemble->oob_score, in, "oob_score", 1, err));
    return MLT_OK;
}

mlt_status mlt__ensemble_load(mlt_ensemble **out, const mlt_load_input *in, bool boosted, mlt_error *err) {
    mlt_ensemble *ensemble = NULL;
    mlt_forest forest;
    mlt_status status = load_forest(&forest, in->tensors, in->schema, in->ctx, err);
    if (status == MLT_OK)
        status = mlt__ensemble_new(&ensemble, forest.n_trees, forest.p, forest.width, boosted, err);
    if (status != MLT_OK) {
        mlt__forest_clear(&forest);
        return status;
    }
    ensemble->forest = forest;
    ensemble->file = in->tensors;
    status = load_scores(ensemble, in->tensors, err);
    if (status == MLT_OK)
        *out = ensemble;
    else
        mlt__ensemble_free(ensemble);
    return status;
}

mlt_status mlt__ensemble_load_plain(void **state, const mlt_load_input *in, mlt_error *err) {
    return mlt__ensemble_load((mlt_ensemble **)state, in, false, err);
}
