/* How a model came about, for programs. */
#include "report/trace_report.h"

#include "report/model_report.h"

#include <math.h>
#include <stdlib.h>

/* ---- rows ---- */

/* MODEL,PART N,METRIC: the value follows. */
static void begin_row(mlt__table *table, const mlt_trace *trace, const char *part, size_t n,
                      const char *metric) {
    char name[40];
    snprintf(name, sizeof name, "%s %zu", part, n);
    mlt__table_name(table, mlt_model_type_of(trace->model)->name);
    mlt__table_name(table, name);
    mlt__table_name(table, metric);
}

static void real_row(mlt__table *table, const mlt_trace *trace, const char *part, size_t n,
                     const char *metric, double value) {
    begin_row(table, trace, part, n, metric);
    mlt__table_real(table, value);
}

/* PREFIXfeature and PREFIXthreshold, or of categories PREFIXquestion. */
static void question_rows(mlt__table *table, const mlt_trace *trace, const char *part, size_t n,
                          const char *prefix, const mlt_tree *tree, size_t node) {
    const mlt_schema *schema = mlt_model_schema(trace->model);
    const mlt_tree_node *split = &tree->nodes[node];
    char metric[40];
    if (split->feature < 0)
        return;
    snprintf(metric, sizeof metric, "%sfeature", prefix);
    begin_row(table, trace, part, n, metric);
    mlt__table_name(table, schema->features[split->feature].name);
    if (!(split->flags & MLT_NODE_CATEGORY)) {
        snprintf(metric, sizeof metric, "%sthreshold", prefix);
        real_row(table, trace, part, n, metric, split->threshold);
        return;
    }
    mlt__text text = {0};
    snprintf(metric, sizeof metric, "%squestion", prefix);
    mlt__tree_question(&text, tree, node, schema, table->digits);
    begin_row(table, trace, part, n, metric);
    mlt__table_name(table, text.s ? text.s : "");
    table->text.failed = table->text.failed || text.failed;
    free(text.s);
}

void mlt__trace_rows(mlt__table *table, const mlt_trace *trace) {
    mlt_model_view view = mlt_model_view_of(trace->model);
    for (size_t i = 0; i < trace->n_splits; i++) {
        const mlt_trace_split *split = &trace->splits[i];
        question_rows(table, trace, "node", split->node, "", &view.trees[0], split->node);
        begin_row(table, trace, "node", split->node, "rows");
        mlt__table_count(table, split->rows);
        real_row(table, trace, "node", split->node, "impurity", split->impurity);
        real_row(table, trace, "node", split->node, "gain", split->gain);
        if (!split->has_rival)
            continue;
        question_rows(table, trace, "node", split->node, "runner_up_", &split->rival, 0);
        real_row(table, trace, "node", split->node, "runner_up_gain", split->rival_gain);
    }
    for (size_t t = 0; t < trace->n_rounds; t++) {
        const mlt_trace_round *round = &trace->rounds[t];
        question_rows(table, trace, "round", t + 1, "", &view.trees[t], 0);
        real_row(table, trace, "round", t + 1, "error", view.tree_errors[t]);
        real_row(table, trace, "round", t + 1, "weight", view.tree_weights[t]);
        real_row(table, trace, "round", t + 1, "train_score", round->train);
        if (!isnan(round->test))
            real_row(table, trace, "round", t + 1, "test_score", round->test);
        for (size_t h = 0; h < round->n_heaviest; h++) {
            char metric[40];
            snprintf(metric, sizeof metric, "heaviest_%zu", h + 1);
            begin_row(table, trace, "round", t + 1, metric);
            mlt__table_count(table, round->heaviest[h]);
            snprintf(metric, sizeof metric, "heaviest_%zu_times", h + 1);
            real_row(table, trace, "round", t + 1, metric, round->times[h]);
        }
    }
    for (size_t t = 0; trace->left_out && t < trace->n_trees; t++)
        real_row(table, trace, "tree", t + 1, "left_out", trace->left_out[t]);
}

/* ---- JSON ---- */

static void question_json(mlt__json *json, const mlt_trace *trace, const mlt_tree *tree, size_t node) {
    const mlt_schema *schema = mlt_model_schema(trace->model);
    const mlt_tree_node *split = &tree->nodes[node];
    if (split->feature < 0)
        return;
    const mlt_feature *feature = &schema->features[split->feature];
    mlt__put_text(json, "feature", feature->name);
    if (!(split->flags & MLT_NODE_CATEGORY)) {
        mlt__put_real(json, "threshold", split->threshold);
        return;
    }
    mlt__put_open(json, "categories", '[');
    for (size_t code = 0; code < feature->n_levels; code++)
        if (mlt__tree_category_left(tree, node, code))
            mlt__put_text(json, NULL, feature->levels[code]);
    mlt__put_close(json, ']');
}

static void splits_json(mlt__json *json, const mlt_trace *trace) {
    mlt__put_open(json, "splits", '[');
    for (size_t i = 0; i < trace->n_splits; i++) {
        const mlt_trace_split *split = &trace->splits[i];
        mlt__put_open(json, NULL, '{');
        mlt__put_count(json, "node", split->node);
        mlt__put_count(json, "rows", split->rows);
        mlt__put_real(json, "impurity", split->impurity);
        question_json(json, trace, &mlt_model_view_of(trace->model).trees[0], split->node);
        mlt__put_real(json, "gain", split->gain);
        if (split->has_rival) {
            mlt__put_open(json, "runner_up", '{');
            question_json(json, trace, &split->rival, 0);
            mlt__put_real(json, "gain", split->rival_gain);
            mlt__put_close(json, '}');
        }
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}

static void rounds_json(mlt__json *json, const mlt_trace *trace) {
    mlt_model_view view = mlt_model_view_of(trace->model);
    mlt__put_open(json, "rounds", '[');
    for (size_t t = 0; t < trace->n_rounds; t++) {
        const mlt_trace_round *round = &trace->rounds[t];
        mlt__put_open(json, NULL, '{');
        question_json(json, trace, &view.trees[t], 0);
        mlt__put_real(json, "error", view.tree_errors[t]);
        mlt__put_real(json, "weight", view.tree_weights[t]);
        mlt__put_real(json, "train_score", round->train);
        mlt__put_real(json, "test_score", round->test);
        mlt__put_open(json, "heaviest", '[');
        for (size_t h = 0; h < round->n_heaviest; h++) {
            mlt__put_open(json, NULL, '{');
            mlt__put_count(json, "row", round->heaviest[h]);
            mlt__put_real(json, "times", round->times[h]);
            mlt__put_close(json, '}');
        }
        mlt__put_close(json, ']');
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}

void mlt__trace_json(mlt__json *json, const char *key, const mlt_trace *trace) {
    mlt__put_open(json, key, '{');
    if (trace->n_splits > 0)
        splits_json(json, trace);
    if (trace->n_rounds > 0)
        rounds_json(json, trace);
    if (trace->left_out) {
        mlt__put_open(json, "left_out", '[');
        for (size_t t = 0; t < trace->n_trees; t++)
            mlt__put_real(json, NULL, trace->left_out[t]);
        mlt__put_close(json, ']');
    }
    mlt__put_close(json, '}');
}
