/** Reports: results written for people (table, Markdown) and for programs (JSON, CSV, TSV). Everything goes
 * to the caller's stream; a failed write stays in the stream (ferror), so these functions fail for want of
 * memory only. Names from data are escaped wherever they could drive a terminal or break a format. */
#ifndef MLTOOL_REPORT_H
#define MLTOOL_REPORT_H

#include "mltool/describe.h"
#include "mltool/explain.h"
#include "mltool/importance.h"
#include "mltool/learning_curve.h"
#include "mltool/model_file.h"
#include "mltool/trace.h"
#include "mltool/tune.h"

#include <stdio.h>

typedef enum mlt_format {
    MLT_FORMAT_TABLE,    /**< for people, 80 columns */
    MLT_FORMAT_JSON,     /**< one document; numbers round-trip, NaN is null */
    MLT_FORMAT_CSV,      /**< RFC 4180; numbers round-trip, NaN is empty */
    MLT_FORMAT_TSV,      /**< the same with tabs */
    MLT_FORMAT_MARKDOWN, /**< the table as Markdown */
} mlt_format;

typedef struct mlt_report_options {
    mlt_format format;
    int digits;    /**< significant digits for people; 0 = 5 */
    bool color;    /**< headings in bold */
    bool terminal; /**< `out` is a terminal: control characters are escaped in CSV and TSV too */
} mlt_report_options;

/** How the rows were divided. Borrowed. */
typedef struct mlt_division {
    double test_size, train_size; /**< 0 = not given */
    uint32_t random_state;
    bool stratify, no_shuffle;
    size_t folds;           /**< 0: no cross-validation */
    size_t repeats;         /**< of the folds, each time other ones; 0 = 1 */
    bool no_split;          /**< all rows train */
    bool stream;            /**< rows were divided by a hash, as they came */
    bool stopped;           /**< a stream that was ended before its end */
    const char *test_file;  /**< NULL: the test rows come from the same file */
    size_t n_train, n_test; /**< of a single split */
} mlt_division;

/** How often the rows are cut into folds: at least once. */
size_t mlt_division_repeats(const mlt_division *division);

/** A finished fit. Borrowed. */
typedef struct mlt_fit_report {
    const char *file;
    size_t n; /**< rows */
    const mlt_schema *schema;
    const mlt_model_type *type;
    const mlt_params *params; /**< resolved */
    mlt_division division;
    const mlt_fit_result *results; /**< one, or division.folds */
    const mlt_metric *metric;      /**< what stages are shown by; needed if there are any */
    double seconds_load, seconds_fit;
    const mlt_trace *trace; /**< how the model came about; NULL: not to be told */
} mlt_fit_report;

/** What `fit` found. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_fit(FILE *out, const mlt_fit_report *report,
                                         const mlt_report_options *options, mlt_error *err);
/** Set recipe->split and recipe->metrics to what the report's JSON says (owned by the recipe).
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_recipe(mlt_recipe *recipe, const mlt_fit_report *report, mlt_error *err);

/** A finished learning curve. Borrowed. */
typedef struct mlt_curve_report {
    const char *file;
    size_t n; /**< rows */
    const mlt_schema *schema;
    const mlt_model_type *type;
    const mlt_params *params; /**< resolved */
    mlt_division division;
    const mlt_metric *metric; /**< what people see */
    const mlt_curve *curve;
    double seconds_load;
} mlt_curve_report;

/** How good a model is when it is fitted to fewer rows. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_learning_curve(FILE *out, const mlt_curve_report *report,
                                                    const mlt_report_options *options, mlt_error *err);

/** A finished comparison. Borrowed. */
typedef struct mlt_comparison_report {
    const char *file;
    size_t n; /**< rows */
    const mlt_schema *schema;
    mlt_division division;
    const mlt_fit_spec *specs;            /**< a model; parameters resolved */
    const char *const *labels;            /**< a model: what tells it from the others */
    const mlt_score *scores;              /**< models × splits */
    const mlt_comparison *comparison;     /**< at least one model has numbers */
    double seconds_load, seconds_compare; /**< seconds_compare: by the clock, all fits */
} mlt_comparison_report;

/** Which model is best, and which others cannot be told from it. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_comparison(FILE *out, const mlt_comparison_report *report,
                                                const mlt_report_options *options, mlt_error *err);

/** A finished search. Borrowed. */
typedef struct mlt_search_report {
    const char *file;
    size_t n; /**< rows */
    const mlt_schema *schema;
    mlt_division division;
    const mlt_model_type *type;
    const mlt_axis *axes; /**< n_axes */
    size_t n_axes;
    bool random, halving;
    const mlt_candidates *candidates;
    const mlt_search *search;            /**< the best trial has numbers */
    double seconds_load, seconds_search; /**< seconds_search: by the clock, all fits */
} mlt_search_report;

/** Which candidates are best: for people the first ten, else all. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_search(FILE *out, const mlt_search_report *report,
                                            const mlt_report_options *options, mlt_error *err);
/** As mlt_report_recipe, with the best trial's scores as metrics. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_search_recipe(mlt_recipe *recipe, const mlt_search_report *report,
                                                   mlt_error *err);

/** The metrics of a model on `data`. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_evaluation(FILE *out, const mlt_model *model, const mlt_dataset *data,
                                                const mlt_metrics *metrics, const mlt_report_options *options,
                                                mlt_error *err);

/** What a table holds.
 *  @param head  the first rows to show (TABLE, MARKDOWN and JSON)
 *  CSV and TSV have a row a column. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_description(FILE *out, const mlt_description *description, size_t head,
                                                 const mlt_report_options *options, mlt_error *err);

/** Predictions, one a row. Borrowed. */
typedef struct mlt_predictions {
    const mlt_model *model;
    size_t n;
    const double *out;        /**< n × mlt_model_width(model) */
    const uint32_t *labels;   /**< n, or NULL in regression */
    bool proba;               /**< write the class probabilities too */
    const double *low, *high; /**< n each: columns `lower` and `upper`; or NULL */
    const mlt_column *kept;   /**< n_kept columns of n cells, written first */
    size_t n_kept;
} mlt_predictions;

/** Header and a row for each prediction; MLT_FORMAT_CSV, TSV or JSON. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_predictions(FILE *out, const mlt_predictions *predictions,
                                                 const mlt_report_options *options, mlt_error *err);

/** Write diagnostics as CSV, a row each: `row` (0-based data row of the file), `fitted`, `residual`,
 * `studentised_residual`, `leverage`, `cooks_distance`; what is not defined is empty. `path` is the old file
 * or the whole new one at any time.
 *  @param data  what was fitted
 *  @return MLT_OK, MLT_E_IO, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_report_diagnostics(const char *path, const mlt_diagnostics *diagnostics,
                                                 const mlt_dataset *data, mlt_error *err);

/** What a model is and what it learned.
 *  @param file       the model file's name
 *  @param recipe     how it came about
 *  @param max_depth  a tree is drawn down to this depth (MLT_FORMAT_TABLE and MARKDOWN)
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_model(FILE *out, const char *file, mlt_model *model,
                                           const mlt_recipe *recipe, size_t max_depth,
                                           const mlt_report_options *options, mlt_error *err);

/** How important each feature is to a model, by impurity and by permutation side by side.
 *  @param file         the model file's name
 *  @param data         the file whose columns were shuffled
 *  @param permutation  NULL: impurity alone; `data` is not used then
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_importance(FILE *out, const char *file, const mlt_model *model,
                                                const char *data, const mlt_permutation *permutation,
                                                const mlt_report_options *options, mlt_error *err);

/** Why a row got its prediction.
 *  @param file    the model file's name
 *  @param output  whose parts are shown to people: a class, or 0; JSON, CSV and TSV have all
 *  @param tree    whose path is told to people; explanation->n_trees: none
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_explanation(FILE *out, const char *file,
                                                 const mlt_explanation *explanation, size_t output,
                                                 size_t tree, const mlt_report_options *options,
                                                 mlt_error *err);

/** The registry (`type` NULL), or one model's parameters. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_model_types(FILE *out, const mlt_model_type *type,
                                                 const mlt_report_options *options, mlt_error *err);

/** A split as rows `row,part`: 0-based data rows, train first; MLT_FORMAT_CSV, TSV or JSON. */
void mlt_report_split(FILE *out, const char *file, const mlt_split *split, const mlt_division *division,
                      const mlt_report_options *options);

/** One parameter in a phrase: what it does, its values, its default. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_param(FILE *out, const mlt_param_spec *spec, mlt_error *err);

typedef struct mlt_fact {
    const char *name, *value;
} mlt_fact;
/** Facts about the program. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_report_facts(FILE *out, const char *command, const mlt_fact *facts, size_t n,
                                           const mlt_report_options *options, mlt_error *err);

/** Write `text` with control characters and invalid UTF-8 as \xNN: safe on any terminal. */
void mlt_report_text(FILE *out, const char *text);
/** Write the words of `text` (already safe) and end the line. The cursor stands in column `indent`, where
 * further lines begin too; a line ends before the word that would pass column 80. */
void mlt_report_wrapped(FILE *out, const char *text, size_t indent);

#endif
