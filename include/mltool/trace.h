/** How a model of trees came about, for teaching: splits and what else they might have been, rounds of
 * boosting, bootstrap samples. Nothing of it slows a fit that is not traced. */
#ifndef MLTOOL_TRACE_H
#define MLTOOL_TRACE_H

#include "mltool/evaluate.h"

enum { MLT_TRACE_HEAVIEST = 5, MLT_TRACE_SPLITS = 200 };

/** A split of a single tree, and the best split of the same rows by another feature. */
typedef struct mlt_trace_split {
    uint32_t node;
    size_t rows;     /**< training rows in the node, those of weight 0 not counted */
    double impurity; /**< of the node, by the tree's criterion */
    double gain;     /**< by how much the split lowers it: impurity − the weighted mean of the two sides' */
    bool has_rival;  /**< false: no other feature can split these rows */
    mlt_tree rival;  /**< one node, which is the other split; owned */
    double rival_gain;
} mlt_trace_split;

/** A round of boosting. */
typedef struct mlt_trace_round {
    size_t n_heaviest;
    uint32_t heaviest[MLT_TRACE_HEAVIEST]; /**< 0-based data rows, the heaviest first, equal ones in training
                                              order */
    double times[MLT_TRACE_HEAVIEST];      /**< their weight, as a multiple of the mean weight */
    bool even;                             /**< all rows weigh alike */
    double train, test; /**< accuracy or R² of the trees up to this one; NaN without test rows */
} mlt_trace_round;

/** Owned (mlt_trace_free). */
typedef struct mlt_trace {
    const mlt_model *model; /**< borrowed */
    mlt_trace_split
        *splits; /**< n_splits: of a single tree, in depth-first order, at most MLT_TRACE_SPLITS */
    size_t n_splits, n_inner; /**< n_inner: all splits that the tree has */
    mlt_trace_round *rounds;  /**< n_rounds: boosting */
    size_t n_rounds, capacity;
    double *left_out; /**< n_trees: share of the training rows that the tree did not see; NULL: all saw all */
    size_t n_trees;
    bool failed; /**< memory was short while recording */
} mlt_trace;

/** An empty trace, to be recorded into: set ctx->round to mlt_trace_round_begins and ctx->round_user to the
 * trace for the fit. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_trace_new(mlt_trace **out, mlt_error *err);
/** An mlt_context.round; `trace_user` is the trace. */
void mlt_trace_round_begins(void *trace_user, size_t round, const double *weights, size_t n);
/** Complete the trace of a fit.
 *  @param model  borrowed; fitted on split->train of `data` with `spec`
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED, MLT_E_DATA (as mlt_dataset_impute) */
MLT_MUST_CHECK mlt_status mlt_trace_finish(mlt_trace *trace, const mlt_model *model, const mlt_fit_spec *spec,
                                           const mlt_dataset *data, const mlt_split *split,
                                           const mlt_context *ctx, mlt_error *err);
/** Accepts NULL. */
void mlt_trace_free(mlt_trace *trace);

#endif
