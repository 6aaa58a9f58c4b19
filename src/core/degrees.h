/** Degrees of polynomials as text: "3" (of every numeric column), "COL:3", or several of these with commas
 * between. A column whose name holds a comma or a double quote stands in double quotes: "a,b":3. */
#ifndef MLT_CORE_DEGREES_H
#define MLT_CORE_DEGREES_H

#include "mltool/params.h"

/** One item of the text. */
typedef struct mlt__degree {
    char column[sizeof((mlt_param_value *)NULL)->text]; /**< "": every numeric column */
    int degree;                                         /**< 1 to MLT_MAX_DEGREE */
} mlt__degree;

/** Cut the next item off `*text`, which is at its end after the last one.
 *  @return false if it is not such an item */
bool mlt__degrees_next(mlt__degree *out, const char **text);

#endif
