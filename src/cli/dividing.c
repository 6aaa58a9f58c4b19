/* Dividing the rows as the options say. */
#include "cli/dividing.h"

#include <stdlib.h>

mlt_division cli_division(const cli_splitting *splitting, const cli_parsed *parsed, bool holdout) {
    bool only_train = splitting->train_size > 0 && !cli_given(parsed, "test-size");
    return (mlt_division){.test_size = holdout && !only_train ? splitting->test_size : 0,
                          .train_size = holdout ? splitting->train_size : 0,
                          .random_state = (uint32_t)splitting->random_state,
                          .stratify = splitting->stratify,
                          .no_shuffle = splitting->no_shuffle};
}

/* All rows to train. */
static mlt_status divide_none(mlt_split *split, size_t n, mlt_error *err) {
    *split = (mlt_split){.train = malloc((n ? n : 1) * sizeof *split->train), .n_train = n};
    if (!split->train)
        return cli_fail_memory(err);
    for (size_t i = 0; i < n; i++)
        split->train[i] = (uint32_t)i;
    return MLT_OK;
}

static mlt_status divide_once(mlt_split *split, const mlt_dataset *data, const mlt_division *division,
                              mlt_error *err) {
    mlt_split_options options = {.test_size = division->test_size,
                                 .train_size = division->train_size,
                                 .no_shuffle = division->no_shuffle,
                                 .random_state = division->random_state};
    if (division->stratify) {
        options.stratify = data->labels;
        options.k = data->schema->k;
    }
    return mlt_split_holdout(split, data->n, &options, err);
}

static mlt_status divide_folds(mlt_split *splits, const mlt_dataset *data, const mlt_division *division,
                               mlt_error *err) {
    mlt_rng rng;
    mlt_rng_seed(&rng, division->random_state);
    for (size_t r = 0; r < mlt_division_repeats(division); r++)
        CLI_TRY(mlt_split_folds(splits + r * division->folds, division->folds, data->n,
                                division->stratify ? data->labels : NULL, data->schema->k,
                                division->no_shuffle ? NULL : &rng, err));
    return MLT_OK;
}

mlt_status cli_divide(cli_splits *out, const mlt_dataset *data, const mlt_division *division,
                      mlt_error *err) {
    *out = (cli_splits){0};
    if (division->stratify && data->schema->task != MLT_CLASSIFICATION)
        return cli_fail(err, MLT_E_USAGE,
                        "--stratify: the target is a number and has no classes; leave it out");
    if (division->folds > data->n)
        return cli_fail(err, MLT_E_DATA, "--cv: %zu folds are more than the %zu rows; give fewer folds",
                        division->folds, data->n);
    size_t n = division->folds ? division->folds * mlt_division_repeats(division) : 1;
    out->items = calloc(n, sizeof *out->items);
    if (!out->items)
        return cli_fail_memory(err);
    out->n = n;
    if (division->folds)
        return divide_folds(out->items, data, division, err);
    if (division->no_split || division->test_file)
        return divide_none(out->items, data->n, err);
    return divide_once(out->items, data, division, err);
}

void cli_splits_clear(cli_splits *splits) {
    for (size_t i = 0; i < splits->n; i++)
        mlt_split_clear(&splits->items[i]);
    free(splits->items);
    *splits = (cli_splits){0};
}
