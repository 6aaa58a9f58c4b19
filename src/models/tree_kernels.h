/** The inner loops of the tree engine, compiled for more than one instruction set. All variants give the same
 *  results: whole numbers, or doubles in lanes and an order that the source fixes. */
#ifndef MLT_MODELS_TREE_KERNELS_H
#define MLT_MODELS_TREE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { MLT_KERNEL_PADDING = 16 }; /* elements that arrays said to be padded have beyond their n */

enum {
    MLT_LANES = 32,      /* columns of a block */
    MLT_LANE_ROWS = 256, /* at most */
};

/** Rows in each lane's order, and what its cuts come to. */
typedef struct mlt_lane_block {
    int16_t keys[MLT_LANE_ROWS * MLT_LANES]; /**< see sort_lanes */
    const double *pairs;                     /**< 2 n: by row: w, w y */
    size_t n, n_lanes;
    double sum, weight; /**< Σ w y, Σ w */
    /* out: */
    double proxies[MLT_LANES];   /**< a lane's greatest that was found; −inf: none */
    long long n_left[MLT_LANES]; /**< the first cut that has it */
    int16_t ties[MLT_LANES];     /**< 0: no two rows have equal bytes */
} mlt_lane_block;

typedef struct mlt_tree_kernels {
    /** to[i] = codes[samples[i]]; also the least and the greatest. */
    void (*gather)(uint32_t *to, const uint32_t *codes, const uint32_t *samples, size_t n, uint32_t *low,
                   uint32_t *high);
    /** Σ of `packed` over the samples whose code is not above sample i's, for each i. `codes` and `packed`
     * are padded with zeros, `sums` is padded. */
    void (*count_pairs)(uint32_t *sums, const uint32_t *codes, const uint32_t *packed, size_t n);
    /** The greatest D² / (L (W − L)) of the cuts with L = left[i] strictly between 0 and W, of which
     * second[i] is of the second class, see tree_two.c; 0 if there is none. Both arrays are padded. */
    double (*best_gain)(const double *left, const double *second, size_t count, double weight,
                        double weight_second);
    /** The same for the cuts behind each of `count` cells of (weight | second class's weight << 16), the
     * total weight being below 2^16. `cells` is padded with zeros to a multiple of 8. */
    double (*best_cells)(const uint32_t *cells, size_t count, double weight, double weight_second);
    /** Which of up to 64 cuts pass the bar, a bit each: D² > bar L (W − L)? */
    uint64_t (*judge)(const double *left, const double *second, size_t count, double weight,
                      double weight_second, double bar);
    /** The greatest of sums² / weights + (sum − sums)² / (weight − weights) and the first place that has it;
     * −inf, at place 0, if none is above `bar`. NaN sums are passed over. */
    double (*best_squares)(const double *sums, const double *weights, size_t count, double sum, double weight,
                           double bar, size_t *at);
    /** Sort n ≤ MLT_LANE_ROWS rows of bytes, a lane by itself: keys[i × MLT_LANES + lane] is (byte − 128) <<
     * 8 | row. Row i's MLT_LANES bytes begin at bytes[places[i] × stride]. */
    void (*sort_lanes)(int16_t *keys, const uint8_t *bytes, size_t stride, const uint32_t *places, size_t n);
    /** The best cuts of a block of lanes. Returns the bar, raised to the best.
     *  @param bar  cuts below it are left out */
    double (*scan_lanes)(mlt_lane_block *block, double bar);
} mlt_tree_kernels;

/** The fastest that this processor runs. */
const mlt_tree_kernels *mlt__tree_kernels(void);
/** Plain C, for any processor. */
const mlt_tree_kernels *mlt__tree_kernels_portable(void);

#endif
