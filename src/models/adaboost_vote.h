/** AdaBoost's learned state and its predictions. */
#ifndef MLT_MODELS_ADABOOST_VOTE_H
#define MLT_MODELS_ADABOOST_VOTE_H

#include "models/tree_ensemble.h"

typedef struct mlt_boosted {
    mlt_ensemble *ensemble;
    bool real;         /**< SAMME.R */
    uint32_t *classes; /**< n_classes: those among the training rows, ascending; the others are never
                          predicted, and K in the formulas does not count them. NULL for numbers */
    size_t n_classes;
} mlt_boosted;

/** Combine the trees' votes, as mlt_model_ops.predict. */
MLT_MUST_CHECK mlt_status mlt__adaboost_vote(double *out, uint32_t *labels, const mlt_boosted *boosted,
                                             const mlt_predict_input *in, mlt_error *err);

#endif
