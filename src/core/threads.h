/** How many threads to use. */
#ifndef MLT_CORE_THREADS_H
#define MLT_CORE_THREADS_H

#include "mltool/status.h"

/** The threads the caller allows (ctx->threads, or all cores), at most `tasks` and at least 1. */
int mlt__threads(const mlt_context *ctx, size_t tasks);

#endif
