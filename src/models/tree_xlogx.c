/* x log2 x of whole numbers. */
#include "models/tree_xlogx.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 1 << 18 }; /* 2 MB */

int64_t mlt__xlogx_of(size_t x) {
    return x < 2 ? 0 : (int64_t)llrint((double)x * log2((double)x) * MLT_XLOGX_ONE);
}

mlt_status mlt__xlogx_new(mlt_xlogx *out, size_t most, mlt_error *err) {
    *out = (mlt_xlogx){0};
    size_t n = most < MOST ? most + 1 : MOST;
    MLT_ALLOC(out->table, n, err);
    out->n = n;
    for (size_t x = 0; x < n; x++)
        out->table[x] = mlt__xlogx_of(x);
    return MLT_OK;
}

void mlt__xlogx_clear(mlt_xlogx *xlogx) {
    free(xlogx->table);
    *xlogx = (mlt_xlogx){0};
}
