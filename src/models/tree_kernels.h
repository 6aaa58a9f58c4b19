/** The inner loops of the tree engine, compiled for more than one instruction set. All variants give the same
 *  results: whole numbers, or reals in lanes and an order that the source fixes. */
#ifndef MLT_MODELS_TREE_KERNELS_H
#define MLT_MODELS_TREE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MLT_KERNEL_PADDING = 16,     /* elements that arrays said to be padded have beyond their n */
    MLT_KERNEL_CUTS = 256,       /* best_cuts takes at most, */
    MLT_KERNEL_WEIGHT = 1 << 12, /* of nodes of a weight below that: products of counts are exact in floats */
    MLT_KERNEL_SMALL = 1 << 8,   /* count_small_pairs takes nodes of a weight below that */
};

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
    /** packed[i] = weight | weight << 16 if of the second class, of payloads weight << 8 | class; both are
     * padded, `packed` with zeros. Also the sums. */
    void (*pack_counts)(uint32_t *packed, const uint32_t *payloads, size_t n, uint32_t *weight,
                        uint32_t *weight_second);
    /** Divide samples and, unless NULL, payloads, each in order: those whose code is at most `cut` come
     * first.
     *  @param spare  2 n
     *  @param[out] greatest_left, least_right  the codes nearest to the cut; 0 and UINT32_MAX if there are
     * none
     *  @return how many come first */
    size_t (*divide)(uint32_t *samples, uint32_t *payloads, uint32_t *spare, const uint32_t *codes, size_t n,
                     uint32_t cut, uint32_t *greatest_left, uint32_t *least_right);
    /** Σ of `packed` over the samples whose code is not above sample i's, for each i. `codes` is padded with
     * zeros, `sums` is padded. */
    void (*count_pairs)(uint32_t *sums, const uint32_t *codes, const uint32_t *packed, size_t n);
    /** The same for codes below 2^15 and a total weight below MLT_KERNEL_SMALL: `packed` is weight | second
     * class's weight << 8, `sums` as before. */
    void (*count_small_pairs)(uint32_t *sums, const uint16_t *codes, const uint16_t *packed, size_t n);
    /** Running sums of `count` cells in such nodes; both arrays are padded, `cells` with zeros. */
    void (*sum_cells)(uint32_t *sums, const uint32_t *cells, size_t count);
    /** The cuts with L = sums[i] & 0xffff strictly between 0 and W, of which sums[i] >> 16 are of the second
     * class, that may have the greatest D² / (L (W − L)): it is not below `bar`, nor below the greatest by
     * more than `margin`, but for float32's rounding errors. `sums` is padded with sums of the node.
     *  @param[out] places  their i, ascending
     *  @return how many there are */
    size_t (*best_cuts)(uint8_t *places, const uint32_t *sums, size_t count, float weight,
                        float weight_second, float bar, float margin);
    /** Which bins may have a cut within that passes the bar, told by the corners of the rectangle between
     * edges[b] and edges[b + 1], sums as in best_cuts? `edges` is padded with the node's, `chosen` is padded.
     *  @param[out] chosen  count: 1 for these
     *  @return is there any? */
    bool (*choose_bins)(uint8_t *chosen, const uint32_t *edges, size_t count, float weight,
                        float weight_second, float bar);
    /** The greatest D² / (L (W − L)) of the cuts with L = left[i] strictly between 0 and W, of which
     * second[i] is of the second class, see tree_two.c; 0 if there is none. Both arrays are padded. */
    double (*best_gain)(const double *left, const double *second, size_t count, double weight,
                        double weight_second);
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
