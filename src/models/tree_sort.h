/** Sorting a node's samples by one feature. Keys are code << 32 | anything. */
#ifndef MLT_MODELS_TREE_SORT_H
#define MLT_MODELS_TREE_SORT_H

#include <stddef.h>
#include <stdint.h>

/** scikit-learn's very introsort: an unstable sort by code whose order of equal codes is prescribed, since
 * sums are taken in the resulting order. `spare` holds 2 n keys. */
void mlt__sort_prescribed(uint64_t *keys, uint64_t *spare, size_t n);
/** Any order of equal codes will do. `spare` holds n keys. */
void mlt__sort_free(uint64_t *keys, uint64_t *spare, size_t n);

#endif
