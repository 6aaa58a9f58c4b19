/** Early stopping: some training rows are set aside, and judge after each round whether boosting still helps.
 */
#ifndef MLT_MODELS_ADABOOST_STOPPING_H
#define MLT_MODELS_ADABOOST_STOPPING_H

#include "models/adaboost_vote.h"

typedef struct mlt__stopping {
    size_t patience;       /**< rounds without progress to bear; 0: no early stopping, nothing else is set */
    uint32_t *fit, *judge; /**< rows of the data set, owned */
    size_t n_fit, n_judge;
    const mlt_dataset *data;
    const mlt_context *ctx;
    mlt_boosted
        boosted; /**< the trees as they are while they are fitted: classes are places among those seen */
    const uint32_t *classes; /**< n_classes: those seen; borrowed. NULL for numbers */
    mlt_ballot ballot;
    double least;       /**< the least error so far */
    size_t best_rounds; /**< how many rounds had it first */
} mlt__stopping;

/** Read the parameters and set rows aside: train_test_split with test_size --validation-fraction and the
 * model's seed, stratified by class where that is possible.
 *  @param[out] out  to be cleared (mlt__stopping_clear), also on failure
 *  @return MLT_OK, MLT_E_USAGE (--validation-fraction alone), MLT_E_DATA (too few rows), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__stopping_new(mlt__stopping *out, const mlt_fit_input *in, mlt_error *err);
/** Before the first round, once the trees and the classes are known. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__stopping_begin(mlt__stopping *stopping, const mlt_boosted *boosted,
                                              mlt_error *err);
/** Judge the model of the first t + 1 trees: share of the judging rows' weight that is wrong, or mean squared
 *  error.
 *  @param[out] stop  `patience` rounds have not brought it below the least
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt__stopping_judge(bool *stop, mlt__stopping *stopping, size_t t, mlt_error *err);
void mlt__stopping_clear(mlt__stopping *stopping);

#endif
