/** The parts of mlt_explain. */
#ifndef MLT_EVAL_EXPLAIN_PARTS_H
#define MLT_EVAL_EXPLAIN_PARTS_H

#include "mltool/explain.h"

/** What trees add up to. */
typedef struct mlt__tree_scores {
    const mlt_tree *trees;
    const double *weights; /**< α of each, or NULL */
    size_t first, end;     /**< those that count */
    size_t width;
    mlt_score_kind kind;
    const bool *seen; /**< width: classes that training saw; for LOGITS */
    size_t n_seen;
    double divisor; /**< of the sum over trees */
} mlt__tree_scores;

/** What a node of tree t would add to the score, before the division: width numbers. */
void mlt__node_score(double *out, const mlt__tree_scores *scores, size_t t, size_t node);

/** How the trees of an AdaBoost model of classes make its score. `seen` has room for the classes. */
void mlt__boosted_scores(mlt__tree_scores *out, const mlt_model *model, const mlt_model_view *view,
                         bool *seen);

/** explanation->path, allocated by the caller, from the leaves. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__path_parts(mlt_explanation *out, const mlt__tree_scores *scores,
                                          mlt_error *err);
/** explanation->shap, allocated by the caller. @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__shap_parts(mlt_explanation *out, const mlt__tree_scores *scores,
                                          const mlt_context *ctx, mlt_error *err);

/** Put rounding errors right: after it the exact sum of base and n parts rounds to `target`.
 *  @param parts  n numbers, `stride` apart; zeros stay zeros */
MLT_MUST_CHECK mlt_status mlt__settle(double *base, double *parts, size_t n, size_t stride, double target,
                                      mlt_error *err);

/** explanation->linear and ->intercept. */
MLT_MUST_CHECK mlt_status mlt__linear_parts(mlt_explanation *out, const mlt_context *ctx, mlt_error *err);
/** explanation->flips. */
MLT_MUST_CHECK mlt_status mlt__find_flips(mlt_explanation *out, const mlt_context *ctx, mlt_error *err);

/** The row, `n` times over, in a dataset whose cells may be changed. */
typedef struct mlt__row_copies {
    mlt_dataset data;
    mlt_cells *cells; /**< p */
    double **values;  /**< p: numeric columns' cells, else NULL */
    int32_t **codes;  /**< p: categorical columns' cells, else NULL */
} mlt__row_copies;

MLT_MUST_CHECK mlt_status mlt__row_copies_new(mlt__row_copies *out, const mlt_dataset *data, size_t row,
                                              size_t n, mlt_error *err);
void mlt__row_copies_clear(mlt__row_copies *copies);

#endif
