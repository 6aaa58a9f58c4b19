/** The export formats, and what two of them begin with: a model as sums over leaves and terms. */
#ifndef MLT_REPORT_EXPORTERS_H
#define MLT_REPORT_EXPORTERS_H

#include "mltool/export.h"
#include "mltool/params.h"

/** How the parts make the answer. */
typedef enum mlt__combination {
    MLT__MEAN,   /**< Σ leaf / trees */
    MLT__VOTES,  /**< Σ leaf / Σ weights, then a softmax */
    MLT__MEDIAN, /**< the leaf at half of the weights */
    MLT__LINEAR, /**< the mean of the members' Σ coefficient · term */
} mlt__combination;

/** A linear model; `features` NULL: all in order. Its terms: the intercept, then each feature, a categorical
 * one with a term for each level but the first. */
typedef struct mlt__member {
    double *coefficients;
    int64_t *features;
    size_t n_terms, n_features;
} mlt__member;

/** What predicting takes, and nothing else. Begin with mlt__exportable_new. */
typedef struct mlt__exportable {
    const mlt_schema *schema; /**< borrowed */
    mlt__combination combination;
    const mlt_tree *trees; /**< n_trees, borrowed */
    size_t n_trees;
    size_t width;          /**< numbers a leaf: 1, or n_classes */
    double **leaves;       /**< by tree: n_nodes × width, in depth-first order; a split's are 0 */
    const double *weights; /**< MEDIAN: n_trees, borrowed */
    double weight_sum;     /**< VOTES */
    int64_t *classes;      /**< n_classes, ascending indices into the schema's; those a vote can be for */
    size_t n_classes;      /**< 0 in regression */
    bool sum_in_pairs;     /**< VOTES: the softmax's sum is pairwise, as numpy's */
    bool intercept;        /**< LINEAR: the members' first term */
    mlt__member *members;  /**< LINEAR */
    size_t n_members;
    mlt_tensors arrays; /**< what the model saves */
} mlt__exportable;

/** Terms of a feature in a linear model. */
static inline size_t mlt__terms_of(const mlt_feature *feature) {
    return feature->type == MLT_NUMERIC ? 1 : feature->n_levels ? feature->n_levels - 1 : 0;
}

/** @return MLT_OK, MLT_E_USAGE (a model that is none of these sums), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__exportable_new(mlt__exportable *out, const mlt_model *model, mlt_error *err);
void mlt__exportable_clear(mlt__exportable *e);

MLT_MUST_CHECK mlt_status mlt__export_dot(FILE *out, const mlt_model *model,
                                          const mlt_export_options *options, mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__export_c(FILE *out, const mlt_model *model, mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__export_onnx(FILE *out, const mlt_model *model, mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__export_sklearn(FILE *out, const mlt_model *model, const mlt_recipe *recipe,
                                              const mlt_export_options *options, mlt_error *err);
/** The part of the C program that is the same for every model. */
void mlt__export_c_program(FILE *out);

/** Raise "a NAME model cannot be written as WHAT yet". */
mlt_status mlt__export_refuse(const mlt_model *model, const char *what, mlt_error *err);

#endif
