/** Fit to a CSV file of any length: read once, in constant memory. */
#ifndef MLTOOL_FIT_STREAM_H
#define MLTOOL_FIT_STREAM_H

#include "mltool/csv_stream.h"
#include "mltool/evaluate.h"

/** What to fit, and how to read. Borrowed. */
typedef struct mlt_stream_spec {
    const mlt_model_type *type; /**< one that can be fitted so: type->stream is not NULL */
    const mlt_params *params;   /**< resolved */
    const mlt_csv_options *csv;
    const mlt_dataset_options *columns; /**< with the task */
    double test_size; /**< share of the rows that is set aside, by a hash of row number and random state; 0 =
                       * none
                       */
    uint32_t random_state;
    const volatile sig_atomic_t *stop; /**< other than 0: the data end here; or NULL */
} mlt_stream_spec;

/** What is known of the stream at its end. */
typedef struct mlt_stream_facts {
    size_t rows; /**< read; those without a target among them */
    size_t n_train, n_test;
    size_t n_released; /**< rows that were to test, beyond those that are kept; they train */
    bool stopped;      /**< by spec->stop */
    char delimiter;
    char sha256[65]; /**< "" unless csv->digest, or if stopped */
} mlt_stream_facts;

/** Rows that test are kept, at most MLT_STREAM_TEST_ROWS and fewer if they are long: those whose hashes are
 * least. */
enum { MLT_STREAM_TEST_ROWS = 100000, MLT_STREAM_TEST_CELLS = 4000000 };

/** Fit and measure. The first block of rows decides the columns' types and the categories; a row that does
 * not fit them is an error. Of the training rows only MSE, RMSE and R² are known; other metrics of them are
 * NaN.
 *  @param[out] out  to be cleared
 *  @return MLT_OK, MLT_E_DATA ("FILE:LINE: ..."), MLT_E_USAGE (the model cannot be fitted so; unknown
 * columns), MLT_E_IO, MLT_E_NUMERIC, MLT_E_NOMEM, MLT_E_LIMIT, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_fit_stream(mlt_fit_result *out, mlt_stream_facts *facts, const char *path,
                                         const mlt_stream_spec *spec, const mlt_context *ctx, mlt_error *err);

#endif
