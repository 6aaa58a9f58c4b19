/** Two classes by Gini on whole counts, the commonest case: the best cut of a column without sorting it. */
#ifndef MLT_MODELS_TREE_TWO_H
#define MLT_MODELS_TREE_TWO_H

#include "models/tree_kernels.h"
#include "models/tree_split.h"

enum {
    MLT_TWO_WEIGHT = 1 << 16, /* a row's weight is below this */
    MLT_TWO_TOTAL = 1 << 27,  /* and all rows' together below that: products of counts are exact */
};

enum { MLT_TWO_BINS = 2048 }; /* at most */

struct mlt_two {
    uint32_t *packed;       /**< n, padded: a sample's weight, and that of the second class << 16 */
    uint32_t *codes;        /**< n, padded: in the present column */
    uint32_t *best_codes;   /**< n, padded: in the best cut's column */
    uint64_t *keys, *spare; /**< n: samples to sort; borrowed */
    uint64_t *cells;        /**< MLT_TWO_BINS: weight, and that of the second class << 32 */
    uint32_t
        *small_cells; /**< MLT_TWO_BINS: the same with << 16, in nodes of a weight below MLT_KERNEL_WEIGHT */
    double *left, *second; /**< MLT_TWO_BINS, padded: weights before each bin, and behind the last */
    uint8_t *chosen;       /**< MLT_TWO_BINS */
    size_t n;
    double weight, weight_second;  /**< of the node */
    double best_left, best_second; /**< on the left of the best cut that was found here */
    const mlt_tree_kernels *kernels;
};

/** Room for nodes of up to `n` samples.
 *  @param keys, spare  n, for use within a search; borrowed for the life of `out` */
MLT_MUST_CHECK mlt_status mlt__two_new(mlt_two **out, size_t n, uint64_t *keys, uint64_t *spare,
                                       mlt_error *err);
/** Accepts NULL. */
void mlt__two_free(mlt_two *two);
/** Take up a node of n samples by their payloads (mlt_counts).
 *  @param[out] totals  2: the classes' weights */
void mlt__two_node(mlt_two *two, double *totals, const uint32_t *payloads, size_t n);
/** Take the best cut of a complete column if its proxy is above the best so far.
 *  @param samples  the node's
 *  @return false if the column is constant in the node */
bool mlt__two_search(mlt_split_choice *best, mlt_two *two, uint32_t feature, const mlt_tree_feature *column,
                     const uint32_t *samples);
/** The same over complete columns in bins: all of `count` features in one pass over the samples' rows.
 *  @return how many are not constant in the node */
size_t mlt__two_search_bins(mlt_split_choice *best, mlt_two *two, const mlt_tree_data *data,
                            const uint32_t *features, size_t count, const uint32_t *samples);

/** What D² / (L (W − L)) must be above for a cut to be looked at closely, see tree_two.c. */
double mlt__two_bar(const mlt_split_choice *best, const mlt_two *two);
/** Are both sides of the best cut pure? Then none can be better. */
static inline bool mlt__two_is_pure(const mlt_split_choice *best) { return best->found && best->proxy == 0; }
/** Of `count` cuts those that may be the best, in nodes of a weight below MLT_KERNEL_WEIGHT; of equal ones in
 * a row the first.
 *  @param[out] places  theirs, ascending; MLT_KERNEL_CUTS
 *  @param      sums    padded: each cut's weight on the left, and that of the second class << 16
 *  @return how many there are */
size_t mlt__two_best_cuts(uint8_t *places, const mlt_split_choice *best, const mlt_two *two,
                          const uint32_t *sums, size_t count);
/** Take the cut behind `code` with these sums on its left if it wins. */
void mlt__two_consider(mlt_split_choice *best, mlt_two *two, uint32_t feature, uint32_t sums, uint32_t code);
/** Take the best of the cuts between bins by two->left and two->second; bin b has codes from low + (b <<
 * shift) on. */
void mlt__two_edges(mlt_split_choice *best, mlt_two *two, uint32_t feature, uint32_t low, int shift,
                    size_t n_bins);

#endif
