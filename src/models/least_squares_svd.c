/* Singular values by one-sided Jacobi rotations. */
#include "models/least_squares_svd.h"

#include <math.h>
#include <stdbool.h>

enum { MOST_SWEEPS = 60 };
static const double ORTHOGONAL = 0x1p-50;

/* Make columns x and y orthogonal; false if they were. */
static bool rotate(double *restrict x, double *restrict y, size_t rows, const mlt_ls_kernels *kernels) {
    double xx = kernels->dot(x, x, rows), yy = kernels->dot(y, y, rows), xy = kernels->dot(x, y, rows);
    if (!(fabs(xy) > ORTHOGONAL * sqrt(xx) * sqrt(yy)))
        return false;
    double zeta = (yy - xx) / (2 * xy);
    double tangent = copysign(1 / (fabs(zeta) + sqrt(1 + zeta * zeta)), zeta);
    double cosine = 1 / sqrt(1 + tangent * tangent), sine = cosine * tangent;
#pragma omp simd
    for (size_t i = 0; i < rows; i++) {
        double a = x[i], b = y[i];
        x[i] = cosine * a - sine * b;
        y[i] = sine * a + cosine * b;
    }
    return true;
}

void mlt__ls_orthogonalise(double *a, size_t ld, size_t rows, size_t p, const mlt_ls_kernels *kernels) {
    bool rotated = true;
    for (int sweep = 0; rotated && sweep < MOST_SWEEPS; sweep++) {
        rotated = false;
        for (size_t i = 0; i < p; i++)
            for (size_t j = i + 1; j < p; j++)
                if (rotate(a + i * ld, a + j * ld, rows, kernels))
                    rotated = true;
    }
}
