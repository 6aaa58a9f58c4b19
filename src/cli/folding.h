/** How models are tested against each other: by folds, repeated or not, or on one share of the rows. */
#ifndef MLT_CLI_FOLDING_H
#define MLT_CLI_FOLDING_H

#include "cli/groups.h"

typedef struct cli_folding {
    int64_t cv, repeats;
    bool holdout;
    const char *metric;
} cli_folding;
extern const cli_option cli_folding_options[];

/* For the options struct's members `folding` and `splitting`. */
#define CLI_FOLDING(type)                                                                                    \
    {"Testing", cli_folding_options, offsetof(type, folding)}, {                                             \
        "Split", cli_splitting_options, offsetof(type, splitting)                                            \
    }
#define CLI_FOLDING_CONFLICTS                                                                                \
    {"cv", "holdout"}, {"cv", "test-size"}, {"cv", "train-size"}, {"repeats", "holdout"},                    \
        {"repeats", "test-size"}, {"repeats", "train-size"}, {                                               \
        "repeats", "no-shuffle"                                                                              \
    }

/** The division that the options ask for.
 *  @param task  0: not known yet
 *  @return MLT_OK, MLT_E_USAGE (stratified without shuffling, or without classes) */
MLT_MUST_CHECK mlt_status cli_folding_division(mlt_division *out, const cli_folding *folding,
                                               const cli_splitting *splitting, const cli_parsed *parsed,
                                               mlt_task task, mlt_error *err);

/** The metric to rank by.
 *  @param name  dashes or underscores; NULL: accuracy or R²
 *  @param task  0: not known yet, and `*out` is any task's
 *  @return MLT_OK, MLT_E_USAGE (none of that name for the task: the nearest, or all) */
MLT_MUST_CHECK mlt_status cli_metric_choose(const mlt_metric **out, const char *name, mlt_task task,
                                            mlt_error *err);

#endif
