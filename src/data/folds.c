/* Folds for cross-validation: scikit-learn 1.2.1's KFold and StratifiedKFold, row for row. */
#include "mltool/split.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdlib.h>

/* KFold: the (shuffled) rows are cut into runs; the first n mod folds hold one row more. */
static mlt_status assign_plain(uint32_t *fold_of, size_t folds, size_t n, mlt_rng *rng, mlt_error *err) {
    uint32_t *order;
    MLT_ALLOC(order, n, err);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    if (rng)
        mlt_rng_shuffle(rng, order, n);
    size_t next = 0;
    for (size_t fold = 0; fold < folds; fold++) {
        size_t length = n / folds + (fold < n % folds);
        for (size_t i = 0; i < length; i++)
            fold_of[order[next++]] = (uint32_t)fold;
    }
    free(order);
    return MLT_OK;
}

/* Number the classes by their first appearance, count and chain their rows. */
static size_t number_classes(uint32_t *number, uint32_t *counts, size_t n, const uint32_t *classes,
                             size_t k) {
    size_t found = 0;
    for (size_t c = 0; c < k; c++)
        number[c] = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        uint32_t *at = &number[classes[i]];
        if (*at == UINT32_MAX) {
            counts[found] = 0;
            *at = (uint32_t)found++;
        }
        counts[*at]++;
    }
    return found;
}

/* StratifiedKFold: the rows sorted by class are dealt to the folds in turn, which says how many of each class
 * a fold gets; each class's list of fold numbers is shuffled and given to its rows in file order. */
static mlt_status assign_stratified(uint32_t *fold_of, size_t folds, size_t n, const uint32_t *classes,
                                    size_t k, mlt_rng *rng, mlt_error *err) {
    mlt_status status = MLT_OK;
    uint32_t *deal = NULL; /* the fold numbers of class 0's rows, of class 1's, ... */
    uint32_t *number = mlt__alloc(k, sizeof *number), *counts = mlt__alloc(k, sizeof *counts);
    if (!number || !counts) {
        status = mlt__raise_nomem(err, k * sizeof *number);
        goto done;
    }
    size_t found = number_classes(number, counts, n, classes, k), most = 0;
    for (size_t c = 0; c < found; c++)
        if (counts[c] > most)
            most = counts[c];
    if (most < folds) {
        status = mlt__raise(err, MLT_E_DATA,
                            "--cv: %zu folds, but no class has more than %zu rows; give at most %zu", folds,
                            most, most);
        goto done;
    }
    MLT_ALLOC_GOTO(deal, n, err, done);
    uint32_t *next = deal;
    size_t start = 0;
    for (size_t c = 0; c < found; c++) {
        uint32_t *own = next;
        /* Fold f takes the sorted rows f, f + folds, ...; count those within [start, start + counts[c]). */
        for (size_t f = 0; f < folds; f++) {
            size_t first = start + (f + folds - start % folds) % folds;
            for (size_t row = first; row < start + counts[c]; row += folds)
                *next++ = (uint32_t)f;
        }
        if (rng)
            mlt_rng_shuffle(rng, own, counts[c]);
        start += counts[c];
        counts[c] = (uint32_t)(own - deal); /* from now on: where the class's next fold number is */
    }
    for (size_t i = 0; i < n; i++)
        fold_of[i] = deal[counts[number[classes[i]]]++];
done:
    free(number);
    free(counts);
    free(deal);
    return status;
}

/* Both parts of one fold, ascending. */
static mlt_status fill_fold(mlt_split *out, size_t fold, const uint32_t *fold_of, size_t n, mlt_error *err) {
    size_t n_test = 0;
    for (size_t i = 0; i < n; i++)
        n_test += fold_of[i] == fold;
    MLT_ALLOC(out->train, n - n_test, err);
    MLT_ALLOC(out->test, n_test, err);
    for (size_t i = 0; i < n; i++)
        if (fold_of[i] == fold)
            out->test[out->n_test++] = (uint32_t)i;
        else
            out->train[out->n_train++] = (uint32_t)i;
    return MLT_OK;
}

mlt_status mlt_split_folds(mlt_split *out, size_t folds, size_t n, const uint32_t *stratify, size_t k,
                           mlt_rng *rng, mlt_error *err) {
    for (size_t f = 0; f < folds; f++)
        out[f] = (mlt_split){0};
    if (folds < 2)
        return mlt__raise(err, MLT_E_USAGE, "--cv: %zu is too few folds; give at least 2", folds);
    if (folds > n)
        return mlt__raise(err, MLT_E_DATA, "--cv: %zu folds, but only %zu rows; give at most %zu", folds, n,
                          n);
    uint32_t *fold_of;
    MLT_ALLOC(fold_of, n, err);
    mlt_status status = stratify ? assign_stratified(fold_of, folds, n, stratify, k, rng, err)
                                 : assign_plain(fold_of, folds, n, rng, err);
    for (size_t f = 0; f < folds && status == MLT_OK; f++)
        status = fill_fold(&out[f], f, fold_of, n, err);
    free(fold_of);
    for (size_t f = 0; f < folds && status != MLT_OK; f++)
        mlt_split_clear(&out[f]);
    return status;
}
