/* How models are tested against each other. */
#include "cli/folding.h"

#include "cli/dividing.h"
#include "mltool/nearest.h"

#include <stdio.h>
#include <string.h>

const cli_option cli_folding_options[] = {
    {.name = "metric",
     .kind = CLI_TEXT,
     .offset = offsetof(cli_folding, metric),
     .argument = "NAME",
     .help = "what to rank by, such as f1, log_loss or rmse",
     .default_text = "accuracy, or r2 in regression"},
    {.name = "cv",
     .kind = CLI_WHOLE,
     .offset = offsetof(cli_folding, cv),
     .argument = "K",
     .help = "cross-validation with K folds, the same ones for all",
     .min = 2,
     .max = 1e6,
     .default_text = "10"},
    {.name = "repeats",
     .kind = CLI_WHOLE,
     .offset = offsetof(cli_folding, repeats),
     .argument = "R",
     .help = "cut the rows into folds R times, each time other ones",
     .min = 1,
     .max = 1e4,
     .default_text = "1"},
    {.name = "holdout",
     .kind = CLI_FLAG,
     .offset = offsetof(cli_folding, holdout),
     .help =
         "test once, on the rows set aside, instead of by folds; --test-size and --train-size mean it too"},
    {0},
};

mlt_status cli_folding_division(mlt_division *out, const cli_folding *folding, const cli_splitting *splitting,
                                const cli_parsed *parsed, mlt_task task, mlt_error *err) {
    bool holdout = folding->holdout || cli_given(parsed, "test-size") || cli_given(parsed, "train-size");
    *out = cli_division(splitting, parsed, holdout);
    if (!holdout) {
        out->folds = (size_t)folding->cv;
        out->repeats = (size_t)folding->repeats;
    }
    if (splitting->stratify && splitting->no_shuffle && holdout)
        return cli_fail(err, MLT_E_USAGE,
                        "--stratify: needs shuffling, which --no-shuffle forbids; give one of them, or --cv");
    if (splitting->stratify && task == MLT_REGRESSION)
        return cli_fail(err, MLT_E_USAGE,
                        "--stratify: regression has no classes to keep the shares of; leave it out");
    return MLT_OK;
}

static bool is_called(const char *key, const char *name) {
    for (; *key && *name; key++, name++)
        if (*key != (*name == '-' ? '_' : *name))
            return false;
    return *key == *name;
}

static const mlt_metric *find_metric(const char *name, mlt_task task) {
    size_t n;
    const mlt_metric *table = mlt_metric_table(task, &n);
    for (size_t i = 0; i < n; i++)
        if (is_called(table[i].key, name))
            return &table[i];
    return NULL;
}

static mlt_status no_metric(const char *name, unsigned tasks, mlt_error *err) {
    const char *names[2 * MLT_MAX_METRICS];
    char all[300] = "";
    size_t n = 0, used = 0;
    for (unsigned task = MLT_REGRESSION; task <= MLT_CLASSIFICATION; task *= 2) {
        size_t count;
        const mlt_metric *table = mlt_metric_table((mlt_task)task, &count);
        for (size_t i = 0; i < count && (tasks & task); i++, n++) {
            names[n] = table[i].key;
            used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", n ? ", " : "", table[i].key);
        }
    }
    const char *nearest = mlt_nearest(name, names, n);
    cli_shown shown;
    const char *kind = tasks == MLT_REGRESSION       ? " of regression"
                       : tasks == MLT_CLASSIFICATION ? " of classification"
                                                     : "";
    if (nearest)
        return cli_fail(err, MLT_E_USAGE, "--metric: '%s' is no metric%s; did you mean '%s'?",
                        cli_show(&shown, name), kind, nearest);
    return cli_fail(err, MLT_E_USAGE, "--metric: '%s' is no metric%s; give one of %s", cli_show(&shown, name),
                    kind, all);
}

mlt_status cli_metric_choose(const mlt_metric **out, const char *name, mlt_task task, mlt_error *err) {
    if (!name)
        name = task == MLT_REGRESSION ? "r2" : "accuracy";
    if (task) {
        *out = find_metric(name, task);
        return *out ? MLT_OK : no_metric(name, (unsigned)task, err);
    }
    *out = find_metric(name, MLT_CLASSIFICATION);
    if (!*out)
        *out = find_metric(name, MLT_REGRESSION);
    return *out ? MLT_OK : no_metric(name, MLT_REGRESSION | MLT_CLASSIFICATION, err);
}
