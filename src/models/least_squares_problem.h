/** A least-squares problem made ready for computing: how its columns are scaled, and how its rows are cut
 * into blocks and chunks. A block is what fits the cache; a chunk is what one thread works on at a time. Both
 * depend on the shape of the problem only, and chunks are merged in their order, so results never depend on
 * threads.
 *
 *  Columns and y are read as (cell − shift) · scale, which is exact: the scale is a power of two that brings
 * the column near 1, and the shift is the mean where that is within a factor of two of every cell (Sterbenz
 * 1974), else 0. So columns far from 0 keep the digits in which their rows differ, and nothing is rounded
 * before it is used.
 *
 *  Powers are read as (cell − shift)^k · scale in double-double; such columns are called wide. Where they can
 * be, the powers of a feature are those about the middle of its range, which are far less alike than those
 * about 0; least_squares_unshift.h turns what is found for these columns into what holds for the powers
 * themselves. */
#ifndef MLT_MODELS_LEAST_SQUARES_PROBLEM_H
#define MLT_MODELS_LEAST_SQUARES_PROBLEM_H

#include "core/double_double.h"
#include "models/design.h"
#include "models/least_squares_kernels.h"

enum {
    MLT_LS_BLOCK = 256,                  /**< rows */
    MLT_LS_LANE_SUMS = 2 * MLT_LS_LANES, /**< doubles a column that `project` sums into */
};

/** How much of the unshifted column `to` the column `from` has (least_squares_unshift.h). */
typedef struct mlt_ls_part {
    size_t to, from;
    mlt_dd factor;
} mlt_ls_part;

typedef struct mlt_ls_problem {
    const mlt_design *design; /**< borrowed */
    const mlt_context *ctx;
    const mlt_ls_kernels *kernels;
    size_t n, p;
    size_t ld; /**< between columns of a block; not a power of two, for the cache's sake */
    size_t chunk_rows, n_chunks;
    double *shift, *scale; /**< p; no shift for the intercept, and none without one */
    double *offset; /**< p: shift · scale, so that the column unshifted is itself + offset · intercept; 0 for
                         powers from the second on */
    bool centred;   /**< powers are those of the cell less the middle of the range */
    size_t n_wide;
    size_t *wide; /**< n_wide columns that need double-doubles, ascending */
    size_t n_parts;
    mlt_ls_part *parts; /**< n_parts, ascending in `from`, then in `to` */
    double y_shift, y_scale, y_offset;
    double weight_scale;
    mlt_dd total;    /**< what is to be explained: Σ w y² of the scaled y, about its mean if there is an
                        intercept */
    double alpha;    /**< ridge's penalty in the data's units; 0: none */
    double *penalty; /**< p: the same in scaled units, 0 for the intercept; NULL: none */
    size_t passes;   /**< over the rows so far */
} mlt_ls_problem;

/** Read every column once for its range and mean.
 *  @param design   borrowed; must outlive the problem
 *  @param centred  form powers about the middle of each range; needs an intercept
 *  @return MLT_OK, MLT_E_DATA (a missing cell), MLT_E_NUMERIC (a value beyond 1e299), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__ls_problem_init(mlt_ls_problem *out, const mlt_design *design, bool centred,
                                               const mlt_context *ctx, mlt_error *err);
void mlt__ls_problem_clear(mlt_ls_problem *problem);

/** Rows of a block that hold `count` rows, with the zero rows that the kernels want. */
static inline size_t mlt__ls_padded(size_t count) {
    return (count + MLT_LS_LANES - 1) / MLT_LS_LANES * MLT_LS_LANES;
}

/** Gather columns into a block; rows up to mlt__ls_padded(count) are 0.
 *  @param columns       n_columns indices; NULL = 0, 1, ...
 *  @param ld            between columns
 *  @param root_weights  multiplied in, or NULL */
void mlt__ls_gather(double *block, size_t ld, const mlt_ls_problem *problem, const size_t *columns,
                    size_t n_columns, size_t first, size_t count, const double *root_weights);
/** What double cells leave out of the wide columns: n_wide columns, to be added to those of mlt__ls_gather.
 */
void mlt__ls_gather_low(double *block, size_t ld, const mlt_ls_problem *problem, size_t first, size_t count);
void mlt__ls_gather_y(double *out, const mlt_ls_problem *problem, size_t first, size_t count,
                      const double *root_weights);
/** The rows' scaled weights (their square roots if `root`), padded with 0; false if all weights are 1: `out`
 * is not written then. */
bool mlt__ls_gather_weights(double *out, const mlt_ls_problem *problem, size_t first, size_t count,
                            bool root);

/** The sum of lanes as `project` leaves them. */
mlt_dd mlt__ls_lane_sum(const double *sums);

/** Rows [first, first + count), and where to work on them: both arrays are aligned to 64 bytes. */
typedef struct mlt_ls_chunk {
    size_t first, count;
    double *result;    /**< the chunk's own */
    double *workspace; /**< the thread's */
} mlt_ls_chunk;

/** What to do with each chunk. */
typedef struct mlt_ls_work {
    size_t result;    /**< doubles a chunk; all results together are small beside the data */
    size_t workspace; /**< doubles a thread */
    /** In parallel: the rows into the result. */
    void (*sum)(const mlt_ls_problem *problem, const struct mlt_ls_work *work, const mlt_ls_chunk *chunk);
    /** Afterwards, in the order of the chunks: the result into `total`. */
    void (*merge)(const mlt_ls_problem *problem, const struct mlt_ls_work *work, const mlt_ls_chunk *chunk);
    const void *input;
    void *total;
} mlt_ls_work;

/** @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__ls_for_chunks(mlt_ls_problem *problem, const mlt_ls_work *work,
                                             mlt_error *err);

/** An array of doubles aligned to 64 bytes, inside `*base`, which is to be freed; NULL when memory is short.
 */
double *mlt__ls_aligned(double **base, size_t count);

#endif
