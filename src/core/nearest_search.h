/** Did you mean, for lists that are not arrays of strings: names are offered one by one. */
#ifndef MLT_CORE_NEAREST_SEARCH_H
#define MLT_CORE_NEAREST_SEARCH_H

#include "mltool/nearest.h"

enum { MLT__NEAREST_MAX = 3 };

/** The closest names offered so far, best first; borrowed. */
typedef struct mlt__nearest {
    const char *word;
    size_t n;
    const char *names[MLT__NEAREST_MAX];
    unsigned distances[MLT__NEAREST_MAX];
} mlt__nearest;

void mlt__nearest_start(mlt__nearest *search, const char *word);
void mlt__nearest_offer(mlt__nearest *search, const char *name);

#endif
