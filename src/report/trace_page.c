/* How a model came about, for people. */
#include "report/trace_report.h"

#include "core/error.h"
#include "report/model_report.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_SPLITS = 30, MAX_ROUNDS = 50, MAX_TREES = 10 };

static void add_text(mlt__table *table, mlt__text *text) {
    mlt__table_name(table, text->s ? text->s : "");
    table->text.failed = table->text.failed || text->failed;
    free(text->s);
    *text = (mlt__text){0};
}

static void more(mlt__page *page, size_t n, size_t shown, const char *what) {
    mlt__text text = {0};
    if (n <= shown)
        return;
    mlt__text_add(&text, "... and %zu more %s: --format json has them.", n - shown, what);
    mlt__page_remark(page, &text);
}

/* Two lines a split: itself, and what else it might have been. */
static mlt_status write_splits(mlt__page *page, const mlt_trace *trace, mlt_error *err) {
    static const char *const headers[] = {"node", "rows", "impurity", "gain", "question"};
    const mlt_schema *schema = mlt_model_schema(trace->model);
    const mlt_tree *tree = &mlt_model_view_of(trace->model).trees[0];
    mlt__page_heading(page, "The tree's splits, and the best that another column could have done");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 5);
    for (size_t i = 0; i < trace->n_splits && i < MAX_SPLITS; i++) {
        const mlt_trace_split *split = &trace->splits[i];
        mlt__text text = {0};
        mlt__table_count(&table, split->node);
        mlt__table_count(&table, split->rows);
        mlt__table_real(&table, split->impurity);
        mlt__table_real(&table, split->gain);
        mlt__tree_question(&text, tree, split->node, schema, page->digits);
        mlt__text_add(&text, "?");
        add_text(&table, &text);
        if (!split->has_rival)
            continue;
        for (size_t column = 0; column < 3; column++)
            mlt__table_blank(&table);
        mlt__table_real(&table, split->rival_gain);
        mlt__text_add(&text, "or: ");
        mlt__tree_question(&text, &split->rival, 0, schema, page->digits);
        mlt__text_add(&text, "?");
        add_text(&table, &text);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    if (trace->n_inner > trace->n_splits) {
        mlt__text text = {0};
        mlt__text_add(&text, "The first %zu of %zu splits are traced; --max-depth makes a smaller tree.",
                      trace->n_splits, trace->n_inner);
        mlt__page_remark(page, &text);
    }
    more(page, trace->n_splits, MAX_SPLITS, "splits");
    return MLT_OK;
}

static mlt_status write_rounds(mlt__page *page, const mlt_trace *trace, mlt_error *err) {
    static const char *const headers[] = {"round", "error", "weight", "train", "test", "first question"};
    const mlt_schema *schema = mlt_model_schema(trace->model);
    mlt_model_view view = mlt_model_view_of(trace->model);
    mlt__page_heading(page, "Rounds: each tree's weighted error, its weight in the vote, and %s so far",
                      schema->task == MLT_CLASSIFICATION ? "accuracy" : "R²");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 6);
    for (size_t t = 0; t < trace->n_rounds && t < MAX_ROUNDS; t++) {
        mlt__text text = {0};
        mlt__table_count(&table, t + 1);
        mlt__table_real(&table, view.tree_errors[t]);
        mlt__table_real(&table, view.tree_weights[t]);
        mlt__table_real(&table, trace->rounds[t].train);
        if (isnan(trace->rounds[t].test))
            mlt__table_blank(&table);
        else
            mlt__table_real(&table, trace->rounds[t].test);
        if (view.trees[t].nodes[0].feature >= 0)
            mlt__tree_question(&text, &view.trees[t], 0, schema, page->digits);
        mlt__text_add(&text, view.trees[t].n_nodes > 1 ? "?" : "none");
        if (view.trees[t].n_nodes > 3)
            mlt__text_add(&text, " (of %zu)", view.trees[t].n_nodes / 2);
        add_text(&table, &text);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    more(page, trace->n_rounds, MAX_ROUNDS, "rounds");
    return MLT_OK;
}

static mlt_status write_heaviest(mlt__page *page, const mlt_trace *trace, mlt_error *err) {
    static const char *const headers[] = {"round", "rows (times the mean weight)"};
    mlt__page_heading(page, "The heaviest training rows as each round begins; rows of the data, from 0");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 2);
    for (size_t t = 0; t < trace->n_rounds && t < MAX_ROUNDS; t++) {
        const mlt_trace_round *round = &trace->rounds[t];
        mlt__text text = {0};
        char number[64];
        for (size_t h = 0; h < round->n_heaviest && !round->even; h++)
            mlt__text_add(&text, "%s%u (%s)", h ? ", " : "", round->heaviest[h],
                          mlt__text_number(number, round->times[h], 3));
        if (round->even)
            mlt__text_add(&text, "all weigh alike");
        mlt__table_count(&table, t + 1);
        add_text(&table, &text);
    }
    return mlt__table_finish(&table, page->out, err);
}

static mlt_status write_left_out(mlt__page *page, const mlt_trace *trace, mlt_error *err) {
    static const char *const headers[] = {"tree", "left out", ""};
    double mean = 0, sd, most = 0;
    char number[64];
    mlt_mean_sd(trace->left_out, trace->n_trees, &mean, &sd);
    for (size_t t = 0; t < trace->n_trees; t++)
        most = fmax(most, trace->left_out[t]);
    mlt__page_heading(page, "Samples: the share of the training rows that each tree did not see");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 3);
    for (size_t t = 0; t < trace->n_trees && t < MAX_TREES; t++) {
        mlt__table_count(&table, t + 1);
        mlt__table_real(&table, trace->left_out[t]);
        mlt__table_bar(&table, trace->left_out[t], most);
    }
    MLT_TRY(mlt__table_finish(&table, page->out, err));
    more(page, trace->n_trees, MAX_TREES, "trees");
    mlt__text text = {0};
    mlt__text_add(
        &text,
        "The mean is %s. Drawing as many rows as there are, with replacement, leaves out 1 / e = 0.368 "
        "of many rows.",
        mlt__text_number(number, mean, page->digits));
    mlt__page_remark(page, &text);
    return MLT_OK;
}

mlt_status mlt__trace_page(mlt__page *page, const mlt_trace *trace, mlt_error *err) {
    if (trace->n_splits > 0)
        MLT_TRY(write_splits(page, trace, err));
    if (trace->n_rounds > 0) {
        MLT_TRY(write_rounds(page, trace, err));
        MLT_TRY(write_heaviest(page, trace, err));
    }
    if (trace->left_out)
        MLT_TRY(write_left_out(page, trace, err));
    return MLT_OK;
}
