/* The Cholesky factorisation by panels of columns: the rows below a panel do not depend on one another, so
 * threads share them; every element is one sum in a fixed order. */
#include "models/cholesky.h"

#include <math.h>
#include <stdbool.h>

enum { PANEL = 64, LEAST_ROWS_A_THREAD = 128 };

typedef double lanes __attribute__((vector_size(32)));
typedef double lanes_memory __attribute__((vector_size(32), aligned(8), may_alias));

static double dot(const double *a, const double *b, size_t n) {
    lanes s0 = {0}, s1 = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        s0 += *(const lanes_memory *)(a + i) * *(const lanes_memory *)(b + i);
        s1 += *(const lanes_memory *)(a + i + 4) * *(const lanes_memory *)(b + i + 4);
    }
    s0 += s1;
    double sum = (s0[0] + s0[1]) + (s0[2] + s0[3]);
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Row i's elements in columns [first, end). */
static void fill_row(double *a, size_t n, size_t i, size_t first, size_t end) {
    double *row = a + i * n;
    for (size_t j = first; j < end; j++) {
        const double *above = a + j * n;
        row[j] = above[j] > 0 ? (row[j] - dot(row, above, j)) / above[j] : 0;
    }
}

size_t mlt__cholesky(double *a, size_t n, double least, int threads) {
    size_t dependent = 0;
    for (size_t first = 0; first < n; first += PANEL) {
        size_t end = n - first < PANEL ? n : first + PANEL;
        for (size_t i = first; i < end; i++) {
            double *row = a + i * n;
            fill_row(a, n, i, first, i);
            double left = row[i] - dot(row, row, i);
            bool independent = left > least * row[i];
            row[i] = independent ? sqrt(left) : 0;
            dependent += !independent;
        }
        bool shared = threads > 1 && n - end >= LEAST_ROWS_A_THREAD * 2;
#pragma omp parallel for num_threads(threads) schedule(static) if (shared)
        for (size_t i = end; i < n; i++)
            fill_row(a, n, i, first, end);
    }
    return dependent;
}

void mlt__cholesky_forward(double *x, const double *l, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const double *row = l + i * n;
        x[i] = row[i] > 0 ? (x[i] - dot(row, x, i)) / row[i] : 0;
    }
}

void mlt__cholesky_backward(double *x, const double *l, size_t n) {
    for (size_t i = n; i-- > 0;) {
        const double *row = l + i * n;
        if (!(row[i] > 0)) {
            x[i] = 0;
            continue;
        }
        double value = x[i] /= row[i];
        for (size_t j = 0; j < i; j++)
            x[j] -= row[j] * value;
    }
}
