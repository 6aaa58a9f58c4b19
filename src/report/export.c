/* Taking a model elsewhere: the choice of the format, and of where it goes. */
#include "core/error.h"
#include "io/file_replace.h"
#include "report/exporters.h"
#include "report/protobuf.h"

#include <stdlib.h>

mlt_status mlt__export_refuse(const mlt_model *model, const char *what, mlt_error *err) {
    return mlt__raise(err, MLT_E_USAGE, "--to: a model '%s' cannot be written as %s; choose another format",
                      mlt_model_type_of(model)->name, what);
}

mlt_status mlt_export(FILE *out, const mlt_model *model, const mlt_recipe *recipe,
                      const mlt_export_options *options, mlt_error *err) {
    switch (options->format) {
    case MLT_EXPORT_SKLEARN:
        return mlt__export_sklearn(out, model, recipe, options, err);
    case MLT_EXPORT_DOT:
        return mlt__export_dot(out, model, options, err);
    case MLT_EXPORT_C:
        return mlt__export_c(out, model, err);
    case MLT_EXPORT_ONNX:
        return mlt__export_onnx(out, model, err);
    }
    return mlt__raise(err, MLT_E_USAGE, "--to: no such format; give one of mlt_export_format");
}

mlt_status mlt_export_file(const char *path, const mlt_model *model, const mlt_recipe *recipe,
                           const mlt_export_options *options, mlt_error *err) {
    mlt__pb buffer = {0};
    FILE *out = mlt__pb_stream(&buffer);
    if (!out)
        return mlt__raise_nomem(err, 1);
    mlt_status status = mlt_export(out, model, recipe, options, err);
    bool failed = ferror(out) != 0;
    failed |= fclose(out) != 0;
    if (failed && status == MLT_OK)
        status = mlt__raise_nomem(err, buffer.n);
    struct iovec part = {.iov_base = buffer.bytes, .iov_len = buffer.n};
    if (status == MLT_OK)
        status = mlt__file_replace(path, &part, 1, err);
    free(buffer.bytes);
    return status;
}
