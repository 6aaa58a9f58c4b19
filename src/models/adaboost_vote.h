/** AdaBoost's predictions. */
#ifndef MLT_MODELS_ADABOOST_VOTE_H
#define MLT_MODELS_ADABOOST_VOTE_H

#include "models/tree_ensemble.h"

/** Combine the trees' votes; `real`: by SAMME.R's class probabilities. Otherwise as mlt_model_ops.predict. */
MLT_MUST_CHECK mlt_status mlt__adaboost_vote(double *out, uint32_t *labels, const mlt_ensemble *ensemble,
                                             bool real, const mlt_predict_input *in, mlt_error *err);

#endif
