/** The inner loops of logistic regression over one block of rows, compiled for more than one instruction set.
 * All variants give the same bits: lanes, order and rounding of every operation are fixed by the source.
 *
 *  A block is column-major; `rows` is a multiple of MLT_LG_ROWS, rows beyond the data are zero. */
#ifndef MLT_MODELS_LOGISTIC_KERNELS_H
#define MLT_MODELS_LOGISTIC_KERNELS_H

#include <stddef.h>

enum {
    MLT_LG_ROWS = 16,   /**< rows that are worked on together */
    MLT_LG_COLUMNS = 4, /**< columns that `gram` works on together */
};

typedef struct mlt_lg_kernels {
    /** out = block · x. */
    void (*scores)(double *out, const double *block, size_t ld, size_t p, const double *x, size_t rows);
    /** sums += blockᵀ · values. */
    void (*project)(double *sums, const double *block, size_t ld, size_t p, const double *values,
                    size_t rows);
    /** out = weights · block, row by row. */
    void (*weigh)(double *out, const double *block, size_t ld, size_t p, const double *weights, size_t rows);
    /** sums += weighedᵀ · block on and below the diagonal; above it sums mean nothing.
     *  @param sums  p × p, row-major
     *  @param p     a multiple of MLT_LG_COLUMNS */
    void (*gram)(double *sums, const double *weighed, const double *block, size_t ld, size_t p, size_t rows);
} mlt_lg_kernels;

/** The fastest that this processor runs. */
const mlt_lg_kernels *mlt__lg_kernels(void);
/** Plain C, for any processor. */
const mlt_lg_kernels *mlt__lg_kernels_portable(void);

#endif
