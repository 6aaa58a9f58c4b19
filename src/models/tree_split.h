/** The splitter: finds a node's best split and partitions its samples by it. */
#ifndef MLT_MODELS_TREE_SPLIT_H
#define MLT_MODELS_TREE_SPLIT_H

#include "models/tree_counts.h"
#include "models/tree_criterion.h"

/** The best split of a node. */
typedef struct mlt_split_choice {
    bool found;
    uint32_t feature;       /**< column of the matrix */
    size_t n_left;          /**< samples that go left */
    uint32_t left_code;     /**< codes up to it go left; categorical: places in the node's order */
    uint32_t greatest_left; /**< numeric: the cells nearest to the cut on both sides, */
    uint32_t least_right;   /**< see mlt__threshold_between */
    bool missing_left;
    double proxy, improvement;
    double impurity_left, impurity_right;
} mlt_split_choice;

typedef struct mlt_two mlt_two;
typedef struct mlt_squares mlt_squares;

typedef struct mlt_splitter {
    const mlt_tree_data *data;
    const mlt_tree_params *params;
    uint32_t *samples; /**< n positions of weight > 0; a node is a run of them */
    size_t n;
    const double *weights; /**< by position, or NULL = all 1 */
    mlt_counts *counts;    /**< class counts are whole numbers: any order of sums will do; else NULL */
    mlt_two *two;          /**< two classes by Gini on such counts; else NULL */
    struct mlt_bins *bins; /**< the data are in bins; else NULL */
    uint32_t *features;    /**< n_features columns in drawing order; known constants first */
    uint32_t *constants;   /**< n_features: saved constants */
    size_t n_features;
    uint32_t random;      /**< xorshift state, runs through the whole tree */
    uint64_t *keys;       /**< n: the present feature, sorted */
    uint64_t *spare;      /**< 2 n: for sorting in the prescribed order; else NULL */
    mlt_squares *squares; /**< squared error, leaves of any size; else NULL */
    mlt_scan scan;
    double weight_total;                   /**< of the root */
    struct mlt_category_order *categories; /**< NULL without categorical features */
    uint32_t *left_set;                    /**< category split: bit c set, code c goes left */
    size_t start, end;                     /**< the node taken up */
} mlt_splitter;

/** Words of a category set of `n_levels`. */
static inline size_t mlt__set_words(size_t n_levels) { return (n_levels + 31) / 32; }
static inline bool mlt__set_has(const uint32_t *set, uint32_t code) {
    return set[code / 32] >> (code % 32) & 1;
}

typedef struct mlt_bins mlt_bins;

/** A random whole number in [low, high): scikit-learn's our_rand_r. */
size_t mlt__splitter_draw(mlt_splitter *splitter, size_t low, size_t high);

MLT_MUST_CHECK mlt_status mlt__splitter_new(mlt_splitter *splitter, const mlt_tree_data *data,
                                            const mlt_tree_params *params, const mlt_tree_sample *sample,
                                            mlt_error *err);
void mlt__splitter_clear(mlt_splitter *splitter);
/** Take up samples [start, end). Returns their weight. */
double mlt__splitter_node(mlt_splitter *splitter, size_t start, size_t end);
double mlt__splitter_impurity(const mlt_splitter *splitter);
void mlt__splitter_value(const mlt_splitter *splitter, double *value);
/** Find the best split of the node taken up and partition its samples: left first.
 *  @param[in,out] n_constants  features known to be constant here; the children inherit it */
void mlt__splitter_split(mlt_split_choice *best, mlt_splitter *splitter, double impurity,
                         size_t *n_constants);

#endif
