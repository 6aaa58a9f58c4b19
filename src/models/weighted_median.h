/** Weighted medians of two changing sets: what the absolute-error criterion needs. */
#ifndef MLT_MODELS_WEIGHTED_MEDIAN_H
#define MLT_MODELS_WEIGHTED_MEDIAN_H

#include "mltool/status.h"

typedef struct mlt_median_list {
    double *values, *weights; /**< n of each, ascending by value */
    size_t n;
    double total_weight;
} mlt_median_list;

typedef struct mlt_medians {
    mlt_median_list left, right;
} mlt_medians;

/** Two empty lists with room for `capacity` items each. */
MLT_MUST_CHECK mlt_status mlt__medians_new(mlt_medians **out, size_t capacity, mlt_error *err);
void mlt__medians_free(mlt_medians *medians);
void mlt__median_list_clear(mlt_median_list *list);
void mlt__median_push(mlt_median_list *list, double value, double weight);
/** Remove one item that was pushed. */
void mlt__median_remove(mlt_median_list *list, double value, double weight);
/** The value where half the weight is reached; the mean of two where it is reached exactly between them. */
double mlt__median_of(const mlt_median_list *list);

#endif
