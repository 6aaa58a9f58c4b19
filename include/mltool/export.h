/** Taking a model elsewhere: as a Python script, a picture, a C program, an ONNX graph. */
#ifndef MLTOOL_EXPORT_H
#define MLTOOL_EXPORT_H

#include "mltool/model_file.h"

#include <stdio.h>

typedef enum mlt_export_format {
    /** A Python script that fits the same model with scikit-learn, from the same file. Needs the recipe. */
    MLT_EXPORT_SKLEARN,
    /** One tree in Graphviz's language. */
    MLT_EXPORT_DOT,
    /** A C99 source file without dependencies, which predicts the same bits; with a main for CSV. */
    MLT_EXPORT_C,
    /** ONNX, in double precision: opset ai.onnx 21, ai.onnx.ml 5. */
    MLT_EXPORT_ONNX,
} mlt_export_format;

typedef struct mlt_export_options {
    mlt_export_format format;
    size_t tree;                /**< DOT: which tree, from 0 */
    size_t max_depth;           /**< DOT: levels of questions shown; 0 = all */
    int digits;                 /**< DOT: significant digits; 0 = 5 */
    const mlt_csv_options *csv; /**< SKLEARN: how the data were read; NULL: the defaults */
    bool drop_missing;          /**< SKLEARN: rows with a missing feature were left out */
} mlt_export_options;

/** Write a model to a stream. A failed write stays in the stream (ferror). The same model gives the same
 * bytes.
 *  @param model   unpacked (mlt_model_unpack)
 *  @param recipe  how it came about
 *  @return MLT_OK, MLT_E_USAGE (the format has no way to say what this model is), MLT_E_MODEL (the recipe
 * lacks what is needed), MLT_E_LIMIT, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_export(FILE *out, const mlt_model *model, const mlt_recipe *recipe,
                                     const mlt_export_options *options, mlt_error *err);
/** The same to a file, which is the old one or the whole new one at any time.
 *  @return as mlt_export; MLT_E_IO, MLT_E_CANCELLED */
MLT_MUST_CHECK mlt_status mlt_export_file(const char *path, const mlt_model *model, const mlt_recipe *recipe,
                                          const mlt_export_options *options, mlt_error *err);

#endif
