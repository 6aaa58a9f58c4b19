/** Metrics in every form: side by side for people, as JSON, as long rows. */
#ifndef MLT_REPORT_MEASURES_H
#define MLT_REPORT_MEASURES_H

#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

/** Metrics of one part of the data. */
typedef struct mlt__part {
    const char *name; /**< "train" */
    const mlt_metrics *metrics;
} mlt__part;

/** A metric's name of at most nine characters, for column headings. */
const char *mlt__measure_short_name(const char *key);

/** The table of metrics: a row a metric, a column a part, and what the metric means. */
MLT_MUST_CHECK mlt_status mlt__measures_write(mlt__page *page, const mlt__part *parts, size_t n_parts,
                                              mlt_error *err);
/** The confusion matrix under its heading; nothing in regression or with more than ten classes. */
MLT_MUST_CHECK mlt_status mlt__measures_confusion(mlt__page *page, const mlt__part *part,
                                                  const mlt_schema *schema, mlt_error *err);
/** {"accuracy":...,"classes":{...},"confusion":[[...]]} under `key`. */
void mlt__measures_json(mlt__json *json, const char *key, const mlt_metrics *metrics,
                        const mlt_schema *schema);
/** {"folds":[...],"mean":...,"sd":...} under `key`. */
void mlt__folds_json(mlt__json *json, const char *key, const double *values, size_t n);
/** Every metric of one model's scores, as mlt__folds_json, under `key`; `train`: of the training
 * rows. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__scores_json(mlt__json *json, const char *key, const mlt_score *scores,
                                           size_t n, mlt_task task, bool train, mlt_error *err);
/** "seconds":{"fit":...,"predict":...} in the open object. */
void mlt__seconds_json(mlt__json *json, double fit, double predict);
/** Rows MODEL,[FOLD,]PART,METRIC,VALUE; `fold` NULL: without that cell. */
void mlt__measures_rows(mlt__table *table, const char *model, const char *fold, const mlt__part *part);

#endif
