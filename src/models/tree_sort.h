/** Sorting a node's samples by one feature. Keys are code << 32 | anything. */
#ifndef MLT_MODELS_TREE_SORT_H
#define MLT_MODELS_TREE_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** scikit-learn's very introsort: an unstable sort by code whose order of equal codes is prescribed, since
 * sums are taken in the resulting order. */
void mlt__sort_prescribed(uint64_t *keys, size_t n);
/** Sort where no codes are equal, so that every sort has the same result. `keys` stay as they are; `spare`
 *  holds n.
 *  @return false if there are equal codes, whose order is then not the prescribed one */
bool mlt__sort_distinct(uint64_t *to, const uint64_t *keys, uint64_t *spare, size_t n);
/** Any order of equal codes will do. `spare` holds n keys. */
void mlt__sort_free(uint64_t *keys, uint64_t *spare, size_t n);

#endif
