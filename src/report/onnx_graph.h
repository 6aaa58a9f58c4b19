/** An ONNX graph as it grows: nodes and constants. Field numbers are those of onnx.proto. */
#ifndef MLT_REPORT_ONNX_GRAPH_H
#define MLT_REPORT_ONNX_GRAPH_H

#include "report/protobuf.h"

/** TensorProto.DataType. */
enum {
    MLT__ONNX_FLOAT = 1,
    MLT__ONNX_UINT8 = 2,
    MLT__ONNX_INT32 = 6,
    MLT__ONNX_INT64 = 7,
    MLT__ONNX_STRING = 8,
    MLT__ONNX_DOUBLE = 11
};

typedef struct mlt__onnx {
    mlt__pb graph;      /**< a GraphProto */
    mlt__pb attributes; /**< of the node that comes next */
} mlt__onnx;

/** Constants. `rows` × `columns` doubles; columns 0: one dimension; rows 0 too: a scalar. */
void mlt__onnx_doubles(mlt__onnx *g, const char *name, const double *values, size_t rows, size_t columns);
/** `n` whole numbers; n = 0: one, as a scalar. */
void mlt__onnx_ints(mlt__onnx *g, const char *name, const int64_t *values, size_t n);
void mlt__onnx_texts(mlt__onnx *g, const char *name, char *const *texts, const int64_t *which, size_t n);

/** Attributes of the next node. */
void mlt__onnx_set_int(mlt__onnx *g, const char *name, int64_t value);
void mlt__onnx_set_ints(mlt__onnx *g, const char *name, const int64_t *values, size_t n);
void mlt__onnx_set_doubles(mlt__onnx *g, const char *name, const double *values, size_t n);
/** A tensor of bytes. */
void mlt__onnx_set_small(mlt__onnx *g, const char *name, const int64_t *values, size_t n);

/** A node, named by its first output.
 *  @param operator  "Gather", or "ai.onnx.ml:TreeEnsemble"
 *  @param inputs    names with blanks between; so `outputs` */
void mlt__onnx_node(mlt__onnx *g, const char *operator, const char * inputs, const char *outputs);

/** An input (field 11) or output (field 12) of the graph: rows × columns; columns 0: one dimension. */
void mlt__onnx_value(mlt__onnx *g, unsigned field, const char *name, int type, size_t columns);

#endif
