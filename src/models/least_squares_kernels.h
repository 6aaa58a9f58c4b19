/** The inner loops of least squares over one block of rows, compiled for more than one instruction set. All
 * variants give the same bits: lanes, order and rounding of every operation are fixed by the source.
 *
 *  A block is column-major; `rows` is a multiple of 4, rows beyond the data are zero. */
#ifndef MLT_MODELS_LEAST_SQUARES_KERNELS_H
#define MLT_MODELS_LEAST_SQUARES_KERNELS_H

#include <stddef.h>

enum { MLT_LS_LANES = 4 };

typedef struct mlt_ls_kernels {
    /** The sum; `*low` and `*high` are widened to take in every value. Any number of rows. */
    double (*range)(double *low, double *high, const double *values, size_t rows);
    /** Σ a·b. */
    double (*dot)(const double *a, const double *b, size_t rows);
    /** Turn (head, v) into a Householder reflector I − τ(1, v)(1, v)ᵀ that maps it to (new head, 0); returns
     * τ. */
    double (*reflector)(double *head, double *v, size_t rows);
    /** Apply it to `columns` columns: heads `head_step` apart, bodies `ld` apart. */
    void (*reflect)(double *head, size_t head_step, double *body, size_t ld, size_t columns, const double *v,
                    double tau, size_t rows);
    /** Fold a block of rows into a triangle: R becomes the R of [R; block]. The block is overwritten.
     *  @param r      column-major, `ldr` (a multiple of 4) apart: p columns upper triangular, then q − p
     * columns of right-hand sides; q is even
     *  @param start  columns before it are zero in the block; a multiple of 4 */
    void (*fold)(double *r, size_t ldr, double *block, size_t ld, size_t p, size_t q, size_t start,
                 size_t rows);
    /** (hi, lo) −= block · (x_hi, x_lo) in double-double. */
    void (*subtract)(double *hi, double *lo, const double *block, size_t ld, size_t p, const double *x_hi,
                     const double *x_lo, size_t rows);
    /** sums[j] += blockᵀ · (hi, lo) in double-double: 2 × 4 lanes a column, the high parts first. */
    void (*project)(double *sums, const double *block, size_t ld, size_t p, const double *hi,
                    const double *lo, size_t rows);
    /** (out_hi, out_lo) = weight · (hi, lo) in double-double, row by row. */
    void (*weigh)(double *out_hi, double *out_lo, const double *weights, const double *hi, const double *lo,
                  size_t rows);
} mlt_ls_kernels;

/** The fastest that this processor runs. */
const mlt_ls_kernels *mlt__ls_kernels(void);
/** Plain C, for any processor. */
const mlt_ls_kernels *mlt__ls_kernels_portable(void);

#endif
