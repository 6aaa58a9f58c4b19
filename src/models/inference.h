/** Distributions that inference needs, from GSL. */
#ifndef MLT_MODELS_INFERENCE_H
#define MLT_MODELS_INFERENCE_H

/** P(|T| > |t|) for Student's T. */
double mlt__t_two_sided(double t, double freedom);
/** The q with P(|T| ≤ q) = level, for 0 < level < 1. */
double mlt__t_quantile(double level, double freedom);
/** P(F > f) for f ≥ 0. */
double mlt__f_upper(double f, double freedom1, double freedom2);
/** Keep GSL's error handler, which aborts the program, from doing so. From any thread. */
void mlt__silence_gsl(void);

#endif
