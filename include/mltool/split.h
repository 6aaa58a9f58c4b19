/** Splits, with scikit-learn's very rows: train_test_split, KFold, StratifiedKFold. */
#ifndef MLTOOL_SPLIT_H
#define MLTOOL_SPLIT_H

#include "mltool/random.h"

/** Row indices of one split; both arrays owned (mlt_split_clear). */
typedef struct mlt_split {
    uint32_t *train, *test;
    size_t n_train, n_test;
} mlt_split;

typedef struct mlt_split_options {
    double test_size;  /**< share in (0, 1); 0 = not given */
    double train_size; /**< share in (0, 1); 0 = not given; neither given: test_size 0.25 as scikit-learn */
    bool no_shuffle;   /**< train first, in file order */
    uint32_t random_state;
    const uint32_t *stratify; /**< class index a row, or NULL */
    size_t k;                 /**< classes in `stratify` */
} mlt_split_options;

/** One holdout split of n rows, the rows in scikit-learn's order.
 *  @return MLT_OK, MLT_E_DATA (too few rows; stratified: a class of one row, fewer rows than classes),
 * MLT_E_USAGE (shares that add up to more than 1; stratify without shuffle), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_split_holdout(mlt_split *out, size_t n, const mlt_split_options *options,
                                            mlt_error *err);

/** `folds` splits of n rows, ascending within each part; `rng` NULL: no shuffling. With `stratify` (class
 * index a row, k classes) StratifiedKFold, else KFold.
 *  @param[out] out  folds splits, caller-allocated; each to be cleared
 *  @return MLT_OK, MLT_E_DATA (more folds than rows, or than rows of every class), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_split_folds(mlt_split *out, size_t folds, size_t n, const uint32_t *stratify,
                                          size_t k, mlt_rng *rng, mlt_error *err);
void mlt_split_clear(mlt_split *split);

#endif
