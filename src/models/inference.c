/* Student's and Fisher's distributions. */
#include "models/inference.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <threads.h>

static void switch_off(void) { gsl_set_error_handler_off(); }

void mlt__silence_gsl(void) {
    static once_flag once = ONCE_FLAG_INIT;
    call_once(&once, switch_off);
}

/* GSL's tdist takes a Cornish-Fisher series for degrees of freedom over 30, which is wrong in the seventh
 * digit of small p; by T² ~ F all digits are right until fdist loses them, far beyond. */
double mlt__t_two_sided(double t, double freedom) {
    mlt__silence_gsl();
    return freedom > 30 && freedom <= 2000 ? gsl_cdf_fdist_Q(t * t, 1, freedom)
                                           : 2 * gsl_cdf_tdist_Q(fabs(t), freedom);
}

/* GSL's quantile comes from the same series: Newton's method goes on from there. */
double mlt__t_quantile(double level, double freedom) {
    mlt__silence_gsl();
    double q = gsl_cdf_tdist_Pinv(0.5 + level / 2, freedom);
    for (int i = 0; i < 3 && isfinite(q) && q > 0; i++)
        q += (mlt__t_two_sided(q, freedom) - (1 - level)) / (2 * gsl_ran_tdist_pdf(q, freedom));
    return q;
}

double mlt__f_upper(double f, double freedom1, double freedom2) {
    mlt__silence_gsl();
    return gsl_cdf_fdist_Q(f, freedom1, freedom2);
}
