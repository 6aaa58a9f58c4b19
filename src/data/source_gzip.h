/** Decompressing gzip: any number of members, everything checked. */
#ifndef MLT_DATA_SOURCE_GZIP_H
#define MLT_DATA_SOURCE_GZIP_H

#include "mltool/status.h"

typedef struct mlt__gzip mlt__gzip;

/** Gives the next `size` stored bytes, fewer only at the end. */
typedef mlt_status mlt__read_function(void *context, char *buffer, size_t size, size_t *got, mlt_error *err);

/** @param name  for messages; borrowed
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt__gzip_new(mlt__gzip **out, const char *name, mlt__read_function *read,
                                        void *context, mlt_error *err);
/** As mlt__source_read. */
MLT_MUST_CHECK mlt_status mlt__gzip_read(mlt__gzip *gzip, char *buffer, size_t size, size_t *got,
                                         mlt_error *err);
/** After the stored bytes have been rewound. */
MLT_MUST_CHECK mlt_status mlt__gzip_rewind(mlt__gzip *gzip, mlt_error *err);
/** Accepts NULL. */
void mlt__gzip_free(mlt__gzip *gzip);

#endif
