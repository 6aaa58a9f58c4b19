/** Why a row got its prediction: what each feature adds to it, and the smallest change that flips its class.
 */
#ifndef MLTOOL_EXPLAIN_H
#define MLTOOL_EXPLAIN_H

#include "mltool/model.h"

/** What contributions add up to. */
typedef enum mlt_score_kind {
    MLT_SCORE_PREDICTION, /**< the prediction: the target's units, or class probabilities */
    MLT_SCORE_VOTES,      /**< AdaBoost (SAMME): each class's share of the votes */
    MLT_SCORE_LOGITS,     /**< AdaBoost (SAMME.R): the trees' mean (K − 1)(ln p − mean ln p) */
} mlt_score_kind;

/** Parts of a score: base + Σ parts = score. The exact sum of `base` and the parts, rounded once (Python's
 * math.fsum), is the score to the bit: rounding errors of the parts were put right for that. Only where no
 * double in a part's place could do it, since the score is small beside all of its parts, does it miss by
 * less than half of the smallest part's last place. */
typedef struct mlt_parts {
    double *base;  /**< width */
    double *parts; /**< p × width, row-major */
} mlt_parts;

/** One term of a linear model. Without coefficients (bagged linear models) a term is a feature, compared with
 * 0 or with its first level. */
typedef struct mlt_linear_part {
    size_t feature;
    int32_t level;      /**< of a category; −1 of a number */
    uint32_t power;     /**< of a number: the term is its power; 1: the number itself */
    double coefficient; /**< NaN if the model has none */
    double part;        /**< what it adds to the prediction */
} mlt_linear_part;

/** A change of one feature, all others staying, after which the model predicts another class. */
typedef struct mlt_flip {
    size_t feature;
    bool above;       /**< numeric: the value must be above `threshold`, else at most that */
    double threshold; /**< numeric: a threshold of the model */
    double to;        /**< numeric: the nearest value beyond it, as float32 */
    int32_t level;    /**< categorical: the new level */
    uint32_t label;   /**< the class predicted then */
    double size; /**< numeric: |to − value|, in standard deviations of the column's values in the data; if
                    there is none, as a share of |value|. Categorical: 1 */
} mlt_flip;

/** Owned (mlt_explanation_free), but for model and data. Members that do not apply are NULL or 0. */
typedef struct mlt_explanation {
    const mlt_model *model;
    const mlt_dataset *data;
    size_t row;         /**< of `data` */
    size_t p, width;    /**< features; mlt_model_width */
    double *prediction; /**< width */
    uint32_t label;     /**< classification */
    mlt_score_kind kind;
    double *score; /**< width: what is explained */
    /* Models of trees: */
    mlt_parts path;   /**< along each tree's path, a node's feature gets what the step changes (Saabas 2014);
                         summed   over trees as the model does. The base is the roots' */
    mlt_parts shap;   /**< Shapley values of the features, features left out being averaged over the training
                         rows that   each branch holds (path-dependent TreeSHAP, Lundberg and others 2020): rows
                         are counted by   weight in classification, singly in regression. Exact */
    uint32_t *leaves; /**< n_trees */
    size_t n_trees;
    size_t told; /**< the tree whose answer is the prediction: the only one, or AdaBoost.R2's weighted median;
                    else n_trees */
    mlt_flip *flips; /**< n_flips: each feature's smallest change that flips the class, the smallest first;
                        features that flip nothing by themselves or are missing in the row are not there */
    size_t n_flips;
    /* Linear models: */
    double intercept;        /**< 0 if the model has none */
    mlt_linear_part *linear; /**< n_linear: intercept + Σ parts = prediction, as mlt_parts */
    size_t n_linear;
} mlt_explanation;

/** Explain one row. The result does not depend on the number of threads.
 *  @param[out] out    owned by the caller
 *  @param      model  borrowed; its trees are unpacked (mlt_model_unpack) if they are not
 *  @param      data  encoded by the model's schema
 *  @param      row   below data->n
 *  @return MLT_OK, MLT_E_USAGE (a row beyond the last; a model of classes without trees), MLT_E_DATA,
 * MLT_E_SCHEMA (as mlt_model_predict), MLT_E_MODEL (as mlt_model_unpack), MLT_E_LIMIT (more than 2048
 * features on one path of a tree), MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_explain(mlt_explanation **out, mlt_model *model, const mlt_dataset *data,
                                      size_t row, const mlt_context *ctx, mlt_error *err);
/** Accepts NULL. */
void mlt_explanation_free(mlt_explanation *explanation);

#endif
