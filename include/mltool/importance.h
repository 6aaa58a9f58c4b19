/** Permutation importance: how much worse a model does when a column says nothing any more. */
#ifndef MLTOOL_IMPORTANCE_H
#define MLTOOL_IMPORTANCE_H

#include "mltool/metrics.h"
#include "mltool/model.h"

typedef struct mlt_permutation_options {
    size_t repeats; /**< at least 1 */
    uint32_t random_state;
    const char *metric; /**< a key of the task's metrics; NULL: accuracy or r2 */
} mlt_permutation_options;

/** Owned (mlt_permutation_clear). Importances are what the score loses: the metric, or minus the metric where
 * less is better, before shuffling less after. */
typedef struct mlt_permutation {
    size_t n, p, repeats;
    uint32_t random_state;
    const mlt_metric *metric;
    double baseline; /**< the metric with no column shuffled */
    double *drops;   /**< p × repeats, row-major */
    double *mean;    /**< p: of the drops */
    double *sd;      /**< p: of the drops, over n as scikit-learn does */
} mlt_permutation;

/** As scikit-learn's permutation_importance(model, X, y, n_repeats=repeats, random_state=random_state): the
 * same draws, so the same numbers. Each column is shuffled by itself; shuffles go on from one repeat to the
 * next.
 *  @param data  encoded by the model's schema, with the target
 *  @return MLT_OK, MLT_E_USAGE (no such metric: the nearest), as mlt_measure else */
MLT_MUST_CHECK mlt_status mlt_permutation_importance(mlt_permutation *out, const mlt_model *model,
                                                     const mlt_dataset *data,
                                                     const mlt_permutation_options *options,
                                                     const mlt_context *ctx, mlt_error *err);
void mlt_permutation_clear(mlt_permutation *permutation);

/** Where impurity and permutation disagree. A drop is clear if its mean is more than twice its standard
 * error, sd / √repeats. */
typedef enum mlt_disagreement {
    MLT_AGREE,
    MLT_OVERRATED,  /**< at least an average share (1 / p) of the impurity, but no clear drop */
    MLT_UNDERRATED, /**< a clear drop of at least two average shares of all positive mean drops, but at most
                       half an average share of the impurity */
} mlt_disagreement;
/** @param importances  p: the model's (mlt_model_view) */
mlt_disagreement mlt_permutation_disagrees(const mlt_permutation *permutation, const double *importances,
                                           size_t feature);

#endif
