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

/** As mlt_model_ops.free, .save and .load. */
void mlt__boosted_free(void *state);
MLT_MUST_CHECK mlt_status mlt__boosted_save(const void *state, mlt_tensors *out, mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__boosted_load(void **state, const mlt_load_input *in, mlt_error *err);

/** What has been voted on some rows so far, tree after tree. */
typedef struct mlt_ballot {
    const mlt_boosted *boosted;
    mlt_predict_input in; /**< the rows */
    uint32_t *leaves;     /**< n: of the tree that votes */
    size_t n, width;      /**< rows; numbers a row of `out` */
    double *decisions;    /**< classes: n × n_classes */
    double *shares;       /**< classes: 2 × n_classes, scratch */
    double *votes;        /**< numbers: n × trees, row-major */
    uint32_t *order;      /**< numbers: n × trees: a row's votes so far, ascending */
    double *out;          /**< n × width: what the trees so far predict */
    uint32_t *labels;     /**< classes: n */
} mlt_ballot;

/** Begin a vote on the rows of `in`. The ensemble holds all trees there will ever be, grown or not.
 *  @param[out] out  to be cleared, also on failure
 *  @param      in   copied; its rows are borrowed */
MLT_MUST_CHECK mlt_status mlt__ballot_new(mlt_ballot *out, const mlt_boosted *boosted,
                                          const mlt_predict_input *in, mlt_error *err);
/** Let tree t vote, the trees before it having voted: out and labels are those of the first t + 1 trees.
 *  @param forest  tree t is its tree `place`
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__ballot_add(mlt_ballot *ballot, size_t t, const mlt_forest *forest,
                                          size_t place, mlt_error *err);
void mlt__ballot_clear(mlt_ballot *ballot);

/** After each tree, as mlt_model_ops.predict_stages. */
MLT_MUST_CHECK mlt_status mlt__adaboost_stages(const mlt_stage_listener *listener, const mlt_boosted *boosted,
                                               const mlt_predict_input *in, mlt_error *err);
/** Combine the trees' votes, as mlt_model_ops.predict. */
MLT_MUST_CHECK mlt_status mlt__adaboost_vote(double *out, uint32_t *labels, const mlt_boosted *boosted,
                                             const mlt_predict_input *in, mlt_error *err);

/** One tree's say on one row: α for its class, or SAMME.R's (K − 1)(ln p_k − mean ln p), added to `decision`.
 *  @param shares  n_classes, scratch
 *  @param value   of the tree's leaf */
void mlt__boost_add_vote(double *decision, double *shares, const double *value, const mlt_boosted *boosted,
                         double alpha);
/** Class probabilities, in place of the decisions: a softmax, as scikit-learn's predict_proba.
 *  @return the class's place among the k seen */
uint32_t mlt__boost_conclude(double *decision, size_t k, double weight_sum, bool real);
/** The vote at which half the trees' weight is reached.
 *  @param order  n: the trees by their votes, ascending (equal ones by tree) */
double mlt__boost_median(const double *votes, const uint32_t *order, size_t n, const double *tree_weights);

#endif
