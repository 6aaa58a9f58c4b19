/** The parts of mlt_trace_finish. */
#ifndef MLT_EVAL_TRACE_PARTS_H
#define MLT_EVAL_TRACE_PARTS_H

#include "mltool/trace.h"

/** trace->splits of a model that is one tree. @return MLT_OK, MLT_E_NOMEM, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt__trace_splits(mlt_trace *trace, const mlt_dataset *data, const uint32_t *rows,
                                            size_t n_rows, const mlt_context *ctx, mlt_error *err);
/** The running scores of a boosted model, into each round's `train` or `test`. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__trace_scores(mlt_trace *trace, bool test, const mlt_dataset *data,
                                            const uint32_t *rows, size_t n_rows, mlt_error *err);

/** A row's weight. */
static inline double mlt__weight_of(const mlt_dataset *data, size_t row) {
    return data->weights ? data->weights[row] : 1;
}

#endif
