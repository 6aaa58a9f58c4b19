/** The work of `mltool fit`, from its options to its report. */
#ifndef MLT_CLI_FIT_WORK_H
#define MLT_CLI_FIT_WORK_H

#include "cli/groups.h"

typedef struct fit_model {
    const char *model, *save;
    bool stream, trace;
} fit_model;

typedef struct fit_inference {
    double level;
    const char *diagnostics;
} fit_inference;

typedef struct fit_columns {
    const char *target, *weights;
    cli_list features, drop, categorical;
    int task;   /**< 0: inferred; else an mlt_task */
    int impute; /**< an mlt_impute */
} fit_columns;

typedef struct fit_testing {
    const char *test;
    bool no_split;
    int64_t cv;
    int unknown;
} fit_testing;

typedef struct fit_options {
    fit_model model;
    fit_columns columns;
    cli_reading reading;
    cli_splitting splitting;
    fit_testing testing;
    fit_inference inference;
    cli_output output;
    cli_common common;
} fit_options;

/** Everything that a fit holds on its way. Begin with call, options and file; end with fit_work_clear. */
typedef struct fit_work {
    const cli_call *call;
    const fit_options *options;
    const char *file;
    const mlt_model_type *type;
    mlt_params params;
    mlt_dataset *data;
    mlt_frame *test_frame;
    char sha256[65], delimiter;
    size_t rows_read;
    size_t n_results;
    mlt_fit_result *results;
    mlt_model *model;        /**< the one to save; borrowed from a result */
    mlt_fit_result refitted; /**< on all rows, to be saved */
    mlt_trace *trace;        /**< NULL unless asked for */
    mlt_fit_report report;
} fit_work;

/** The task if it is known before the data are: the only one that the model does, or the one asked for; else
 * 0.
 *  @return MLT_OK, MLT_E_USAGE (the model does not do it; it has no classes to stratify by) */
MLT_MUST_CHECK mlt_status fit_work_task(mlt_task *task, const fit_work *w, mlt_error *err);
/** Read the data, and the test file if there is one. */
MLT_MUST_CHECK mlt_status fit_work_load(fit_work *w, mlt_error *err);
/** Divide, fit and measure; the report is complete then. */
MLT_MUST_CHECK mlt_status fit_work_fit(fit_work *w, mlt_error *err);
/** With --stream: read, fit and measure; the report is complete then. */
MLT_MUST_CHECK mlt_status fit_work_stream(fit_work *w, mlt_error *err);
/** What --stream cannot do is refused. */
MLT_MUST_CHECK mlt_status fit_work_check_stream(const fit_work *w, mlt_error *err);
/** The options' ways of reading, and the columns' parts. */
mlt_csv_options fit_work_reading(const fit_work *w);
mlt_dataset_options fit_work_columns(const fit_work *w, mlt_task task);
/** Keep the model; after cross-validation, one fitted on all rows. */
MLT_MUST_CHECK mlt_status fit_work_save(fit_work *w, mlt_error *err);
void fit_work_clear(fit_work *w);

#endif
