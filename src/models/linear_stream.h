/** Least squares of rows that come once, block by block: sums of products in double-double, in constant
 * memory. */
#ifndef MLT_MODELS_LINEAR_STREAM_H
#define MLT_MODELS_LINEAR_STREAM_H

#include "models/linear.h"

/** Linear regression's way of being fitted from a stream. */
extern const mlt_stream_ops mlt__linear_stream;

#endif
