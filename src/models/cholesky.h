/** Symmetric positive definite systems: A = L·Lᵀ. Results do not depend on threads. */
#ifndef MLT_MODELS_CHOLESKY_H
#define MLT_MODELS_CHOLESKY_H

#include <stddef.h>

/** Replace the lower triangle of A by L. Where so little of a diagonal element is left that the row depends
 * on those before it, L's diagonal is 0, and so is the column below: the row and column are then as if they
 * were not there.
 *  @param a      n × n, row-major; only the lower triangle is looked at
 *  @param least  the share of a diagonal element that must be left, such as 1e-12
 *  @return rows that depend on those before them */
size_t mlt__cholesky(double *a, size_t n, double least, int threads);
/** x = L⁻¹x; 0 where L's diagonal is. */
void mlt__cholesky_forward(double *x, const double *l, size_t n);
/** x = L⁻ᵀx; 0 where L's diagonal is. */
void mlt__cholesky_backward(double *x, const double *l, size_t n);

#endif
