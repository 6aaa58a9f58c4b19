/** Singular values of small dense matrices. */
#ifndef MLT_MODELS_LEAST_SQUARES_SVD_H
#define MLT_MODELS_LEAST_SQUARES_SVD_H

#include "models/least_squares_kernels.h"

/** Turn A into A·V = U·Σ by one-sided Jacobi rotations (Hestenes 1958; Demmel and Veselić 1992: small
 * singular values keep their digits however the columns are scaled).
 *  @param a     p columns of `rows` numbers, ld apart, in place: orthogonal afterwards; their lengths are the
 *               singular values, in no order
 *  @param rows  a multiple of 4 */
void mlt__ls_orthogonalise(double *a, size_t ld, size_t rows, size_t p, const mlt_ls_kernels *kernels);

#endif
