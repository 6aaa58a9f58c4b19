/** Searching for good parameters: candidates from a grid or at random, each scored over the same splits. */
#ifndef MLTOOL_TUNE_H
#define MLTOOL_TUNE_H

#include "mltool/compare.h"

/** The values of one parameter that are tried. Borrowed. */
typedef struct mlt_axis {
    const char *name;          /**< a parameter of the model */
    const char *const *values; /**< n texts; NULL: a range */
    size_t n;
    double low, high; /**< a range, both ends included */
    bool whole;       /**< of whole numbers */
    bool log;         /**< each power of ten is as likely as another; low > 0 */
} mlt_axis;

/** Parameter sets to try. */
typedef struct mlt_candidates {
    mlt_params *items; /**< n, resolved, owned (mlt_candidates_clear) */
    size_t n;
} mlt_candidates;

enum { MLT_MAX_CANDIDATES = 10000 };

/** Every combination of the axes' values; the last axis changes fastest.
 *  @param base  the other parameters, not resolved
 *  @param axes  n_axes, none a range
 *  @return MLT_OK, MLT_E_USAGE (a value that the parameter or the task does not take), MLT_E_LIMIT (more than
 *  MLT_MAX_CANDIDATES), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_candidates_grid(mlt_candidates *out, const mlt_params *base,
                                              const mlt_axis *axes, size_t n_axes, mlt_task task,
                                              mlt_error *err);
/** `wanted` different combinations at random: for each candidate a value of each axis in turn
 * (RandomState(seed); randint of a list or of whole numbers, else uniform), again if it was there before. All
 * of them in the grid's order if there are no more; fewer if new ones are hard to find. @return as
 * mlt_candidates_grid */
MLT_MUST_CHECK mlt_status mlt_candidates_random(mlt_candidates *out, size_t wanted, const mlt_params *base,
                                                const mlt_axis *axes, size_t n_axes, mlt_task task,
                                                uint32_t seed, mlt_error *err);
void mlt_candidates_clear(mlt_candidates *candidates);

/** Where scores are kept, so that a search that was cut off goes on. */
typedef struct mlt_search_memory {
    /** Fill in the scores (n_splits) that are known of these parameters on that many rows; false if they are
     * not. Those that failed get their message. Called before the fits. */
    bool (*recall)(void *user, mlt_score *scores, const mlt_params *params, size_t rows);
    /** Keep them. Called as soon as they are complete, from any thread, never from two at once. */
    mlt_status (*keep)(void *user, const mlt_score *scores, const mlt_params *params, size_t rows,
                       mlt_error *err);
    void *user;
} mlt_search_memory;

/** What to search. Borrowed. */
typedef struct mlt_search_spec {
    const mlt_fit_spec *fit; /**< its params are not used */
    const mlt_candidates *candidates;
    const mlt_metric *metric;
    bool halving;  /**< successive halving */
    size_t factor; /**< with halving: one in `factor` goes on, with that many times the rows */
    const mlt_search_memory *memory; /**< may be NULL */
} mlt_search_spec;

/** One candidate over all splits, at a number of rows. */
typedef struct mlt_trial {
    size_t candidate;                    /**< its place among the candidates */
    size_t round;                        /**< from 0; 0 without halving */
    size_t rows;                         /**< of the data set that the splits were cut to */
    mlt_score *scores;                   /**< n_splits, owned by the search */
    const mlt_score *failure;            /**< the first score that failed; NULL: it has numbers */
    double mean, sd;                     /**< of the metric; NaN where not defined */
    double seconds_fit, seconds_predict; /**< means over the splits */
    bool recalled;                       /**< its scores come from the memory */
} mlt_trial;

typedef struct mlt_search {
    size_t n, n_splits, n_rounds;
    size_t metric;     /**< place in mlt_metric_table */
    mlt_trial *trials; /**< n: the best first; later rounds before earlier ones, what has no value behind */
} mlt_search;

/** Score every candidate over the splits (mlt_score_models), or by successive halving: all candidates on few
 *  rows, the best of them on more, and so on, as scikit-learn's HalvingGridSearchCV does it (min_resources
 *  "exhaust", rows as the resource). Of equal candidates the first goes on and wins.
 *  Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization",
 *  AISTATS 2016.
 *  @param[out] out  to be cleared (mlt_search_clear)
 *  @return MLT_OK, MLT_E_DATA (too few rows to halve), MLT_E_NOMEM, MLT_E_CANCELLED, what the memory returns
 */
MLT_MUST_CHECK mlt_status mlt_tune(mlt_search *out, const mlt_search_spec *spec, const mlt_dataset *data,
                                   const mlt_split *splits, size_t n_splits, const mlt_context *ctx,
                                   mlt_error *err);
void mlt_search_clear(mlt_search *search);

#endif
