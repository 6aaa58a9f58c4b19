/* The corrected resampled t-test and Holm's adjustment. */
#include "eval/significance.h"

#include "core/error.h"
#include "core/memory.h"
#include "mltool/evaluate.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

double mlt__corrected_t_test(double *t, const double *differences, size_t n, double ratio) {
    double mean, sd;
    mlt_mean_sd(differences, n, &mean, &sd);
    if (isnan(mean)) {
        *t = NAN;
        return NAN;
    }
    *t = mean == 0 ? 0 : mean / (sd * sqrt(1 / (double)n + ratio));
    return isinf(*t) ? 0 : 2 * gsl_cdf_tdist_Q(fabs(*t), (double)(n - 1));
}

/* One p and where it stood. */
typedef struct ranked {
    double p;
    size_t place;
} ranked;

static int by_p(const void *a, const void *b) {
    double x = ((const ranked *)a)->p, y = ((const ranked *)b)->p;
    return (x > y) - (x < y);
}

mlt_status mlt__holm(double *out, const double *p, size_t n, mlt_error *err) {
    ranked *order;
    size_t tests = 0;
    MLT_ALLOC(order, n, err);
    for (size_t i = 0; i < n; i++) {
        out[i] = p[i];
        if (!isnan(p[i]))
            order[tests++] = (ranked){p[i], i};
    }
    qsort(order, tests, sizeof *order, by_p);
    double largest = 0;
    for (size_t i = 0; i < tests; i++) {
        largest = fmax(largest, fmin(1, (double)(tests - i) * order[i].p));
        out[order[i].place] = largest;
    }
    free(order);
    return MLT_OK;
}
