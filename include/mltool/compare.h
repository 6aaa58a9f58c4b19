/** Several models over the same splits: their scores, their ranking, and which differences are more than
 * chance.
 */
#ifndef MLTOOL_COMPARE_H
#define MLTOOL_COMPARE_H

#include "mltool/evaluate.h"

/** What one model scored on the rows of one split: on the test rows, unless it says otherwise. */
typedef struct mlt_score {
    mlt_status status;              /**< MLT_OK, or why the model could not be fitted or measured */
    char *message;                  /**< owned; NULL if MLT_OK */
    double values[MLT_MAX_METRICS]; /**< in the order of mlt_metric_table; NaN where not defined */
    double train[MLT_MAX_METRICS];  /**< the same of the training rows; NaN with the spec's test_only */
    double seconds_fit, seconds_predict;
} mlt_score;

/** Who wants to hear of each score as it comes. */
typedef struct mlt_score_listener {
    /** Called from any thread, never from two at once, in no certain order; a failure stops the scoring. */
    mlt_status (*scored)(void *user, size_t model, size_t split, const mlt_score *score, mlt_error *err);
    void *user;
} mlt_score_listener;

/** Fit each model on the training rows of each split, and measure it on the test rows. The fits share the
 * context's threads: each has one of them if there are enough fits, else each in turn has all. A model that
 * cannot be fitted has the reason in its score, and the others go on.
 *  @param[out] out       n_models × n_splits, model by model, caller-allocated; to be cleared
 *                        (mlt_scores_clear), not on failure
 *  @param      specs     n_models
 *  @param      splits    n_splits, each with test rows
 *  @param      listener  may be NULL
 *  Notes: those of each model's first fit, begun with the model's name.
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED, and what the listener returns */
MLT_MUST_CHECK mlt_status mlt_score_models(mlt_score *out, const mlt_fit_spec *specs, size_t n_models,
                                           const mlt_dataset *data, const mlt_split *splits, size_t n_splits,
                                           const mlt_score_listener *listener, const mlt_context *ctx,
                                           mlt_error *err);
void mlt_scores_clear(mlt_score *scores, size_t n);

/** One model's place in a comparison. */
typedef struct mlt_contender {
    size_t model;                        /**< its place among the models that were scored */
    const mlt_score *failure;            /**< the first score that failed, borrowed; NULL: it has numbers */
    double mean, sd;                     /**< of the metric over the splits; NaN where not defined */
    double seconds_fit, seconds_predict; /**< means over the splits */
    double difference;                   /**< mean of its value less the best's; 0 for the best */
    double t; /**< of the corrected resampled t-test against the best; NaN for the best, and where there is
                 no test: one split, a value that is not defined */
    double p; /**< two-sided; NaN as t */
    double p_holm; /**< p adjusted for all the tests of the comparison; NaN as t */
} mlt_contender;

/** The difference between two models counts as real below this p_holm. */
#define MLT_SIGNIFICANCE 0.05

typedef struct mlt_comparison {
    size_t n, n_splits;
    size_t metric;          /**< place in mlt_metric_table */
    mlt_contender *ranking; /**< n, owned: best first, equal ones in the models' order; those without a value
                               behind, those that failed last */
} mlt_comparison;

/** Rank models by a metric's mean, and test each against the best.
 *
 *  The test is the corrected resampled t-test: over J splits, t = mean difference / sqrt((1/J + n_test /
 *  n_train) · variance of the differences), J − 1 degrees of freedom. Splits share training rows, so the
 *  plain t-test would find far too many differences. Where all differences are equal p is 1 if they are 0,
 *  else 0. The p of all tests are adjusted together by Holm's method.
 *  Source: Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003); Holm,
 *  Scandinavian Journal of Statistics 6 (1979).
 *  @param[out] out     to be cleared (mlt_comparison_clear)
 *  @param      scores  n_models × n_splits, borrowed
 *  @param      splits  n_splits: what the scores were made with
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_compare(mlt_comparison *out, const mlt_score *scores, size_t n_models,
                                      const mlt_split *splits, size_t n_splits, const mlt_metric *metric,
                                      mlt_error *err);
void mlt_comparison_clear(mlt_comparison *comparison);

#endif
