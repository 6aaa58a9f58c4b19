/** The inner loops of the tree engine, compiled for more than one instruction set. All variants give the same
 *  results: whole numbers, or doubles in lanes and an order that the source fixes. */
#ifndef MLT_MODELS_TREE_KERNELS_H
#define MLT_MODELS_TREE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { MLT_KERNEL_PADDING = 16 }; /* elements that arrays said to be padded have beyond their n */

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
    /** Σ of the second and of the first of `pairs` (2 n) over the elements whose code is not above element
     * i's, for each i. `codes` is padded with zeros, `sums` and `weights` are padded. */
    void (*sum_pairs)(double *sums, double *weights, const double *codes, const double *pairs, size_t n);
    /** The greatest of sums² / weights + (sum − sums)² / (weight − weights) and the first place that has it;
     * −inf, at place 0, if none is above `bar`. NaN sums are passed over. */
    double (*best_squares)(const double *sums, const double *weights, size_t count, double sum, double weight,
                           double bar, size_t *at);
} mlt_tree_kernels;

/** The fastest that this processor runs. */
const mlt_tree_kernels *mlt__tree_kernels(void);
/** Plain C, for any processor. */
const mlt_tree_kernels *mlt__tree_kernels_portable(void);

#endif
