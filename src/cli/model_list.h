/** Models named in one option, each with parameters of its own: "bagging:n-estimators=10,tree". */
#ifndef MLT_CLI_MODEL_LIST_H
#define MLT_CLI_MODEL_LIST_H

#include "cli/options.h"

/** One model of the list. */
typedef struct cli_listed_model {
    const mlt_model_type *type;
    mlt_params params; /**< as given; to be resolved when the task is known */
    char *label;       /**< owned: its text in the list, unique there */
} cli_listed_model;

typedef struct cli_listed {
    cli_listed_model *items; /**< n, owned (cli_listed_clear) */
    size_t n;
} cli_listed;

/** Read the texts of `--models`.
 *  @param[out] out  to be cleared, also on failure
 *  @return MLT_OK, MLT_E_USAGE (no such model or parameter, with the nearest; a bad value; one there twice),
 *          MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status cli_listed_parse(cli_listed *out, const cli_list *texts, mlt_error *err);
/** Add a model with its default parameters. @return MLT_OK, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status cli_listed_add(cli_listed *list, const mlt_model_type *type, mlt_error *err);
/** The tasks that every model of the list does; a set of mlt_task bits. */
unsigned cli_listed_tasks(const cli_listed *list);
/** Resolve the parameters of all.
 *  @return MLT_OK, MLT_E_USAGE (a model or a choice that the task does not have) */
MLT_MUST_CHECK mlt_status cli_listed_resolve(cli_listed *list, mlt_task task, mlt_error *err);
void cli_listed_clear(cli_listed *list);

#endif
