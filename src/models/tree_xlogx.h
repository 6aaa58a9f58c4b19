/** x log2 x of whole numbers in fixed point, so that sums of it are exact in any order: what entropy is made
 * of, without a logarithm a cut. */
#ifndef MLT_MODELS_TREE_XLOGX_H
#define MLT_MODELS_TREE_XLOGX_H

#include "mltool/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    MLT_XLOGX_ONE = 1 << 30,   /* values are whole parts of this, half a part off at most */
    MLT_XLOGX_LIMIT = 1 << 27, /* sums of x must be below this */
};

typedef struct mlt_xlogx {
    int64_t *table; /**< n: of 0, 1, ...; owned */
    size_t n;
} mlt_xlogx;

/** Tabulate up to `most`, or as far as memory should be spent on it. */
MLT_MUST_CHECK mlt_status mlt__xlogx_new(mlt_xlogx *out, size_t most, mlt_error *err);
void mlt__xlogx_clear(mlt_xlogx *xlogx);
/** Beyond the table. */
int64_t mlt__xlogx_of(size_t x);

static inline int64_t mlt__xlogx(const mlt_xlogx *xlogx, size_t x) {
    return x < xlogx->n ? xlogx->table[x] : mlt__xlogx_of(x);
}

#endif
