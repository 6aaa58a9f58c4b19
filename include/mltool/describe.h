/** What a table holds, before any model: columns, their values, what they say about the target, and warnings.
 */
#ifndef MLTOOL_DESCRIBE_H
#define MLTOOL_DESCRIBE_H

#include "mltool/frame.h"
#include "mltool/params.h"

/** What may be wrong with a table. The values are bits. */
typedef enum mlt_warning {
    MLT_WARN_EMPTY = 1,       /**< a column without any value */
    MLT_WARN_CONSTANT = 2,    /**< one value in every row */
    MLT_WARN_ID = 4,          /**< a text or a whole number of its own in each of at least 20 rows */
    MLT_WARN_TEXT = 8,        /**< read as text because of a few cells; most are numbers */
    MLT_WARN_LEAK = 16,       /**< `alone` is at least MLT_LEAK_SCORE */
    MLT_WARN_OUTLIERS = 32,   /**< n_outliers is not 0 */
    MLT_WARN_DUPLICATES = 64, /**< rows that are the same in every column; of the table */
} mlt_warning;
enum { MLT_N_WARNINGS = 7 };
/** "empty", "constant", "id", "text", "leak", "outliers", "duplicates": the names, in the order of the bits.
 */
extern const char *const mlt_warning_names[MLT_N_WARNINGS];

/** A column that alone predicts rows it was not shown this well (balanced accuracy or R²) is a leak. */
#define MLT_LEAK_SCORE 0.99

/** How a column and the target are compared. Rows that lack either do not count. */
typedef enum mlt_association {
    MLT_ASSOCIATION_NONE,    /**< there is no target, or this is it */
    MLT_ASSOCIATION_PEARSON, /**< two quantities, or a quantity and two classes (the second being 1):
                                Pearson's r, −1 to 1 */
    MLT_ASSOCIATION_ETA, /**< a quantity and groups: the correlation ratio η, 0 to 1: the root of the share
                            of the sum of squares that lies between the groups */
    MLT_ASSOCIATION_CRAMER, /**< classes and categories: Cramér's V, 0 to 1 */
} mlt_association;
/** "pearson", "eta", "cramers_v"; NULL for none. */
const char *mlt_association_name(mlt_association kind);

enum { MLT_TOP_LEVELS = 5 };

/** One column. */
typedef struct mlt_column_summary {
    const mlt_column *column; /**< borrowed from the frame */
    size_t distinct;          /**< different values, missing not counting */
    unsigned warnings;        /**< set of mlt_warning bits */
    /* Numeric, NaN if there is no value: */
    double mean, sd;     /**< sd: n − 1; NaN for one value */
    double quantiles[5]; /**< 0, 0.25, 0.5, 0.75, 1: linear between neighbours, as numpy's default */
    size_t n_outliers;   /**< values farther than 3 interquartile ranges outside the quartiles (Tukey's "far
                              out"); 0 where the quartiles are equal */
    double farthest;     /**< the one that is farthest out; NaN if none */
    /* Categorical: the most frequent levels, most frequent first, equal ones in the levels' order: */
    size_t n_top;
    int32_t top[MLT_TOP_LEVELS];
    size_t top_count[MLT_TOP_LEVELS];
    /* And the target: */
    mlt_association association;
    double correlation; /**< NaN if not defined */
    double alone; /**< how well a tree of depth 8 on this column alone predicts the target of rows it was not
                     fitted on: the mean of balanced accuracy or R² over 5 folds (stratified, random state 42)
                     of at most 10,000 rows, evenly spaced; fewer rows (at least 1,000) if there are more than
                     100 columns. NaN if not defined, or with fewer than 20 rows */
} mlt_column_summary;

typedef struct mlt_description {
    const mlt_frame *frame;      /**< borrowed */
    mlt_column_summary *columns; /**< n_columns: those not dropped, in file order */
    size_t n_columns;
    size_t target;        /**< its place in `columns` */
    mlt_task task;        /**< what a model of this target would do */
    size_t *class_counts; /**< rows of each of the target's levels; NULL in regression */
    size_t n_missing;     /**< cells */
    size_t n_duplicates;  /**< rows that repeat an earlier one in every column */
    size_t duplicate[2];  /**< the first of them: the earlier row, the row; from 0 */
    unsigned warnings;    /**< all that there are: set of mlt_warning bits */
} mlt_description;

typedef struct mlt_describe_options {
    const char *target; /**< NULL: the last column that is not dropped */
    const char *const *drop;
    size_t n_drop;
    mlt_task task;  /**< 0: inferred, as mlt_dataset_new does */
    unsigned allow; /**< warnings that are not wanted */
} mlt_describe_options;

/** Describe a table, as far as possible also one that no model could be fitted to. The result does not depend
 * on the number of threads.
 *  @param[out] out    owned by the caller (mlt_description_free)
 *  @param      frame  borrowed; must outlive the description. Read with the target as its label column
 *  @return MLT_OK, MLT_E_USAGE (unknown column: nearest names; dropped and target), MLT_E_DATA (classes are
 * asked for, but there are more than 1000), MLT_E_LIMIT, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_describe(mlt_description **out, const mlt_frame *frame,
                                       const mlt_describe_options *options, const mlt_context *ctx,
                                       mlt_error *err);
/** Accepts NULL. */
void mlt_description_free(mlt_description *description);

#endif
