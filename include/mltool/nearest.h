/** Did you mean: the known name closest to a misspelt one. */
#ifndef MLTOOL_NEAREST_H
#define MLTOOL_NEAREST_H

#include "mltool/status.h"

/** The name in `words` closest to `word`: the fewest letters to insert, delete, change or swap (at most a
 * third of the word), letter case and dash or underscore not counting; else a name that begins with `word` or
 * holds it.
 *  @param words  n names; NULL entries are passed over
 *  @return one of `words` (the first among equals), or NULL if none is close */
const char *mlt_nearest(const char *word, const char *const *words, size_t n);

#endif
