/** The log of a search: a line of JSON for each finished trial, so that a search that was cut off goes on. */
#ifndef MLTOOL_SEARCH_LOG_H
#define MLTOOL_SEARCH_LOG_H

#include "mltool/report.h"
#include "mltool/tune.h"

typedef struct mlt_search_log mlt_search_log;

/** What must be the same for scores to be used again; the candidates and the metric need not. Borrowed. */
typedef struct mlt_search_identity {
    const char *sha256; /**< of the data file */
    const mlt_dataset *data;
    const mlt_fit_spec *fit;
    const mlt_division *division;
    size_t n_splits;
} mlt_search_identity;

/** Open a log, or begin one. A last line that is not complete, as an interrupted write leaves it, is removed.
 *  @param[out] out  to be closed (mlt_search_log_close)
 *  @return MLT_OK, MLT_E_DATA (another file, or the log of another search: what differs; a damaged line),
 * MLT_E_IO (also: another search is writing to it), MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_search_log_open(mlt_search_log **out, const char *path,
                                              const mlt_search_identity *identity, mlt_error *err);
/** How many trials it held when it was opened. */
size_t mlt_search_log_known(const mlt_search_log *log);
/** The log as the memory of mlt_tune; keeping fails with MLT_E_IO. */
mlt_search_memory mlt_search_log_memory(mlt_search_log *log);
/** Accepts NULL. */
void mlt_search_log_close(mlt_search_log *log);

#endif
