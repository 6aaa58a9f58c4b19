/** The model file: safetensors, checked completely on load, written atomically. */
#ifndef MLTOOL_MODEL_FILE_H
#define MLTOOL_MODEL_FILE_H

#include "mltool/model.h"

/** How a model came about, kept in its file. Strings are owned (mlt_recipe_clear). */
typedef struct mlt_recipe {
    char *command;     /**< the command line, arguments quoted for the shell where needed */
    char *data_file;   /**< as named */
    char *data_sha256; /**< of the decompressed bytes */
    size_t data_rows;
    char delimiter;
    bool header;
    char *split;   /**< JSON object: test_size, random_state, stratify, ... */
    char *metrics; /**< JSON object: metrics.train and metrics.test as reported */
} mlt_recipe;

void mlt_recipe_clear(mlt_recipe *recipe);

/** Write `model` to `path`: to a temporary file beside it, flushed, then renamed, so that `path` is the old
 * file or the whole new one. The old file's mode stays, symbolic links are followed, devices and pipes are
 * written directly.
 *  @param      recipe  members may be NULL; NULL = nothing is recorded
 *  @param[out] size    bytes written; may be NULL
 *  @return MLT_OK, MLT_E_IO, MLT_E_NOMEM, MLT_E_LIMIT (a schema of more than 64 MB), MLT_E_USAGE
 * (recipe->split or
 *  ->metrics is not a JSON object), MLT_E_CANCELLED (mlt_model_file_cleanup was called meanwhile) */
MLT_MUST_CHECK mlt_status mlt_model_file_save(const char *path, const mlt_model *model,
                                              const mlt_recipe *recipe, size_t *size, mlt_error *err);
/** Remove the temporary file of a save that is going on, if one is; the save then fails and leaves the old
 * file. Async-signal-safe: for the handler of a signal that ends the program. */
void mlt_model_file_cleanup(void);

/** Read and check a model file: every byte is covered by a digest and every value is checked before use
 * (those that only mlt_model_unpack uses, there).
 *  @param[out] model   owned by the caller
 *  @param[out] recipe  to be cleared; untouched on failure; may be NULL
 *  @return MLT_OK, MLT_E_MODEL ("PATH: ..."), MLT_E_IO, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_model_file_load(mlt_model **model, mlt_recipe *recipe, const char *path,
                                              const mlt_context *ctx, mlt_error *err);

/** A phrase for people. */
typedef struct mlt_difference {
    char text[600]; /**< "tree 3, node 17: the threshold was 2.45, is 2.5"; empty if there is none */
} mlt_difference;

/** The first difference between a model as it was and as it is now, both read from files
 * (mlt_model_file_load) and unpacked: the data's digest, columns, parameters, the split, trees node by node
 * or coefficients, other arrays, metrics. Numbers are compared to the bit. Trees and nodes count from 0,
 * nodes as `inspect` lists them. File names and commands may differ.
 *  @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status mlt_model_difference(mlt_difference *out, const mlt_model *was,
                                               const mlt_recipe *was_made, const mlt_model *is,
                                               const mlt_recipe *is_made, mlt_error *err);

#endif
