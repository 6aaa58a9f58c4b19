/* How many threads to use. */
#include "core/threads.h"

#include <omp.h>

int mlt__threads(const mlt_context *ctx, size_t tasks) {
    size_t threads = ctx && ctx->threads > 0 ? (size_t)ctx->threads : (size_t)omp_get_num_procs();
    if (threads > tasks)
        threads = tasks;
    return threads > 0 ? (int)threads : 1;
}
