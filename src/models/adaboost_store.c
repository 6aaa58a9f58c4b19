/* AdaBoost's learned state in a model file, and its end. */
#include "core/error.h"
#include "core/memory.h"
#include "models/adaboost_vote.h"

#include <math.h>
#include <stdlib.h>

void mlt__boosted_free(void *state) {
    mlt_boosted *boosted = state;
    if (!boosted)
        return;
    mlt__ensemble_free(boosted->ensemble);
    free(boosted->classes);
    free(boosted);
}

mlt_status mlt__boosted_save(const void *state, mlt_tensors *out, mlt_error *err) {
    const mlt_boosted *boosted = state;
    if (boosted->classes) {
        int64_t *classes;
        MLT_ALLOC(classes, boosted->n_classes, err);
        for (size_t c = 0; c < boosted->n_classes; c++)
            classes[c] = boosted->classes[c];
        mlt_status status = mlt_tensors_add_ints(out, "classes", classes, boosted->n_classes, err);
        free(classes);
        MLT_TRY(status);
    }
    return mlt__ensemble_save(boosted->ensemble, out, err);
}

static mlt_status load_classes(mlt_boosted *boosted, const mlt_tensors *in, size_t k, mlt_error *err) {
    int64_t *classes;
    MLT_TRY(mlt_tensors_ints(in, "classes", 0, (int64_t)k - 1, &classes, &boosted->n_classes, SIZE_MAX, err));
    mlt_status status = MLT_OK;
    MLT_ALLOC_GOTO(boosted->classes, boosted->n_classes, err, done);
    bool ascending = boosted->n_classes > 0;
    for (size_t c = 0; c < boosted->n_classes; c++) {
        boosted->classes[c] = (uint32_t)classes[c];
        ascending &= c == 0 || classes[c] > classes[c - 1];
    }
    if (!ascending)
        status = mlt__raise(err, MLT_E_MODEL,
                            "the list of classes is impossible; the file is damaged, fit the model again");
done:
    free(classes);
    return status;
}

/* Votes by weights that are negative, infinite or, for classes, all 0 cannot be counted. */
static mlt_status check_weights(const mlt_boosted *boosted, mlt_error *err) {
    double sum = 0;
    bool negative = false;
    for (size_t t = 0; t < boosted->ensemble->n_trees; t++) {
        sum += boosted->ensemble->tree_weights[t];
        negative |= boosted->ensemble->tree_weights[t] < 0;
    }
    if (negative || !isfinite(sum) || (boosted->classes && sum <= 0))
        return mlt__raise(err, MLT_E_MODEL,
                          "the trees' weights are impossible; the file is damaged, fit the model again");
    return MLT_OK;
}

mlt_status mlt__boosted_load(void **state, const mlt_load_input *in, mlt_error *err) {
    mlt_boosted *boosted = mlt__calloc(1, sizeof *boosted);
    if (!boosted)
        return mlt__raise_nomem(err, sizeof *boosted);
    boosted->real = mlt_params_is(in->params, "algorithm", "samme.r");
    mlt_status status = mlt__ensemble_load(&boosted->ensemble, in, true, err);
    if (status == MLT_OK && in->schema->task == MLT_CLASSIFICATION)
        status = load_classes(boosted, in->tensors, in->schema->k, err);
    if (status == MLT_OK)
        status = check_weights(boosted, err);
    if (status == MLT_OK)
        *state = boosted;
    else
        mlt__boosted_free(boosted);
    return status;
}
