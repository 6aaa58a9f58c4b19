/** The dictionaries of several workers joined into one column's levels. */
#ifndef MLT_DATA_CSV_LEVELS_H
#define MLT_DATA_CSV_LEVELS_H

#include "data/csv_table.h"

/** Turn the codes of column `c` into indices of levels in their final order.
 *  @param by_value  the texts are numbers: ascending by value, then bytewise; else bytewise
 *  @param limit     with more levels than this `*levels` is NULL and the codes mean nothing
 *  @param[out] levels  n_levels texts, each owned by the caller, and the array
 *  @return MLT_OK, MLT_E_NOMEM, MLT_E_LIMIT */
MLT_MUST_CHECK mlt_status mlt_csv__levels_join(char ***levels, size_t *n_levels, mlt_csv__table *table,
                                               size_t c, bool by_value, size_t limit, mlt_error *err);

#endif
