/** Redoing what a model file records. */
#ifndef MLT_CLI_REPLAY_WORK_H
#define MLT_CLI_REPLAY_WORK_H

#include "cli/groups.h"
#include "cli/spool.h"

/** A recorded command, read by its own tables. Begin with replay_plan_read, end with replay_plan_clear. */
typedef struct replay_plan {
    const cli_command *command;
    char **words;  /**< of the recorded command line; one block */
    void *options; /**< the command's struct */
    cli_parsed parsed;
    char **argv; /**< the command line that redoes it: borrowed words, ended by NULL */
} replay_plan;

/** Read the recorded command line. Nothing in it is trusted: what it would write is left out, only the model
 * is written, to `save`.
 *  @param recorded  the recipe's command
 *  @param save      where the model goes
 *  @param data      the data
 *  @param threads   text of --threads, or NULL
 *  @return MLT_OK, MLT_E_MODEL (it is no command that keeps a model, or not one of this version), MLT_E_NOMEM
 */
MLT_MUST_CHECK mlt_status replay_plan_read(replay_plan *plan, const char *recorded, const char *save,
                                           const char *data, const char *threads, mlt_error *err);
void replay_plan_clear(replay_plan *plan);
/** The index of the value of one of the command's choices, or −1 if it has none of that name. */
int replay_plan_choice(const replay_plan *plan, const char *name);
/** How the recorded command reads its data, or NULL if it has no such options. */
const cli_reading *replay_plan_reading(const replay_plan *plan);

/** Run the plan in a process of its own, which hands the model over through a pipe.
 *  @param pipe  read end, write end (which plan->argv names); both are closed here
 *  @return MLT_OK, what the command failed with, MLT_E_IO, MLT_E_NOMEM */
MLT_MUST_CHECK mlt_status replay_run(mlt_model **model, mlt_recipe *recipe, const replay_plan *plan,
                                     const int pipe[2], mlt_error *err);

#endif
