/** A logistic regression made ready for computing: which classes and columns take part, how the columns are
 * scaled, and how rows are cut into blocks and chunks. Both depend on the shape of the problem only, and
 * chunks are added in their order, so results never depend on threads.
 *
 *  Columns are read as (cell − shift) · scale: the shift is the mean, the scale a power of two that brings
 * the column near 1. A column that is the same in every row takes no part. */
#ifndef MLT_MODELS_LOGISTIC_PROBLEM_H
#define MLT_MODELS_LOGISTIC_PROBLEM_H

#include "models/design.h"
#include "models/logistic_kernels.h"

enum {
    MLT_LG_BLOCK = 256,  /**< rows that fit the cache */
    MLT_LG_CHUNK = 1024, /**< rows that one thread works on at a time */
    MLT_LG_LD = MLT_LG_BLOCK + 8,
};

typedef struct mlt_lg_problem {
    const mlt_design *design; /**< borrowed; its dataset has labels */
    const mlt_context *ctx;
    const mlt_lg_kernels *kernels;
    size_t n;
    size_t n_classes;      /**< that a row has; at least 2 */
    uint32_t *classes;     /**< n_classes, ascending */
    uint32_t *class_at;    /**< of each of the schema's classes: its place in `classes` */
    size_t k;              /**< vectors of coefficients: one for two classes, else one a class */
    size_t p;              /**< columns that take part, the intercept first */
    size_t *columns;       /**< p: their terms, ascending */
    double *shift, *scale; /**< p; 0 and 1 for the intercept */
    double *penalty;       /**< p: of the scaled column's squared coefficient, halved; 0 for the intercept */
    bool penalised;
    int threads;
} mlt_lg_problem;

/** @param design   borrowed, with an intercept; must outlive the problem
 *  @param penalty  1 / C; 0 = none
 *  @return MLT_OK, MLT_E_DATA (a missing cell; one class only), MLT_E_NUMERIC (values beyond 1e150),
 * MLT_E_LIMIT (too many coefficients), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__lg_problem_init(mlt_lg_problem *out, const mlt_design *design, double penalty,
                                               const mlt_context *ctx, mlt_error *err);
void mlt__lg_problem_clear(mlt_lg_problem *problem);

/** Columns of a block, a multiple of what the kernels want. */
static inline size_t mlt__lg_padded(size_t p) {
    return (p + MLT_LG_COLUMNS - 1) / MLT_LG_COLUMNS * MLT_LG_COLUMNS;
}
/** Pairs of classes whose rows' products of probabilities make the second derivatives. */
static inline size_t mlt__lg_pairs(size_t k) { return k == 1 ? 1 : k * (k - 1) / 2; }

/** Gather `count` rows from position `first` on, padded with zero rows to a multiple of MLT_LG_ROWS.
 *  @param block  mlt__lg_padded(p) columns, MLT_LG_LD apart; columns from p on are not touched */
void mlt__lg_gather(double *block, const mlt_lg_problem *problem, size_t first, size_t count);
/** The class of the row at a position: a place in problem->classes. */
static inline uint32_t mlt__lg_class(const mlt_lg_problem *problem, size_t position) {
    const mlt_design *design = problem->design;
    return problem->class_at[design->data->labels[mlt__row(design->rows, design->first + position)]];
}

#endif
