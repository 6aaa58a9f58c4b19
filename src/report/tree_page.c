/* Drawing a decision tree with characters: nodes stand in depth-first, left-first order, so one pass over
 * them draws it. */
#include "core/error.h"
#include "core/memory.h"
#include "report/model_report.h"

#include <stdlib.h>

enum { MAX_LEVELS_SHOWN = 6 };

mlt_status mlt__tree_depths(size_t **out, const mlt_tree *tree, mlt_error *err) {
    size_t *depths;
    MLT_ALLOC(depths, tree->n_nodes, err);
    if (tree->n_nodes)
        depths[0] = 0;
    for (size_t i = 0; i < tree->n_nodes; i++)
        if (tree->nodes[i].feature >= 0)
            depths[i + 1] = depths[tree->nodes[i].right] = depths[i] + 1;
    *out = depths;
    return MLT_OK;
}

bool mlt__tree_category_left(const mlt_tree *tree, size_t node, size_t code) {
    return tree->category_bits[tree->category_offset[node] + code / 32] >> (code % 32) & 1;
}

/* "brand is Audi or BMW" */
static void add_categories(mlt__text *line, const mlt_tree *tree, size_t node, const mlt_feature *feature) {
    size_t n = 0;
    for (size_t code = 0; code < feature->n_levels; code++) {
        if (!mlt__tree_category_left(tree, node, code))
            continue;
        if (n < MAX_LEVELS_SHOWN) {
            mlt__text_add(line, n ? " or " : " is ");
            mlt__text_add_name(line, feature->levels[code]);
        }
        n++;
    }
    if (n > MAX_LEVELS_SHOWN)
        mlt__text_add(line, " or %zu others", n - MAX_LEVELS_SHOWN);
}

void mlt__tree_question(mlt__text *line, const mlt_tree *tree, size_t node, const mlt_schema *schema,
                        int digits) {
    const mlt_feature *feature = &schema->features[tree->nodes[node].feature];
    char buffer[64];
    mlt__text_add_name(line, feature->name);
    if (tree->nodes[node].flags & MLT_NODE_CATEGORY)
        add_categories(line, tree, node, feature);
    else
        mlt__text_add(line, " <= %s", mlt__text_number(buffer, tree->nodes[node].threshold, digits));
}

void mlt__tree_answer(mlt__text *line, const mlt_tree *tree, size_t node, const mlt_schema *schema,
                      int digits) {
    const double *value = tree->value + node * tree->width;
    char buffer[64];
    if (schema->task == MLT_REGRESSION) {
        mlt__text_add(line, "%s, mean of ", mlt__text_number(buffer, *value, digits));
        mlt__text_add_count(line, tree->n[node], "row");
        return;
    }
    size_t best = 0;
    double sum = 0;
    for (size_t c = 0; c < tree->width; c++) {
        sum += value[c];
        best = value[c] > value[best] ? c : best;
    }
    mlt__text_add_name(line, schema->classes[best]);
    mlt__text_add(line, ", %s%% of ", mlt__text_number(buffer, sum > 0 ? 100 * value[best] / sum : 0, 3));
    mlt__text_add_count(line, tree->n[node], "row");
}

/* The branches drawn before a node: a bar below every ancestor that still has its "no" side to come. */
static void add_branches(mlt__text *line, const bool *last, size_t depth) {
    for (size_t level = 1; level <= depth; level++)
        if (level < depth)
            mlt__text_add(line, last[level] ? "    " : "|   ");
        else
            mlt__text_add(line, last[level] ? "`-- no: " : "|-- yes: ");
}

mlt_status mlt__tree_draw(mlt__page *page, const mlt_tree *tree, const mlt_schema *schema, size_t max_depth,
                          mlt_error *err) {
    size_t *depths, deepest = 0;
    MLT_TRY(mlt__tree_depths(&depths, tree, err));
    for (size_t i = 0; i < tree->n_nodes; i++)
        deepest = depths[i] > deepest ? depths[i] : deepest;
    bool *last =
        mlt__calloc(deepest + 2, sizeof *last); /* of the path to the node: is it its parent's right child? */
    if (!last) {
        free(depths);
        return mlt__raise_nomem(err, deepest + 2);
    }
    mlt__page_heading(page, "The tree: rows that answer yes go to the first branch%s",
                      deepest > max_depth ? " (--max-depth shows more)" : "");
    bool markdown = page->options->format == MLT_FORMAT_MARKDOWN;
    fputs(markdown ? "```\n" : "", page->out);
    for (size_t i = 0; i < tree->n_nodes; i++) {
        if (tree->nodes[i].feature >= 0)
            last[depths[i] + 1] = false;
        mlt__text line = {0};
        if (depths[i] <= max_depth) {
            add_branches(&line, last, depths[i]);
            if (tree->nodes[i].feature < 0)
                mlt__tree_answer(&line, tree, i, schema, page->digits);
            else
                mlt__tree_question(&line, tree, i, schema, page->digits);
            if (tree->nodes[i].feature >= 0)
                mlt__text_add(&line, "?");
            if (tree->nodes[i].feature >= 0 && depths[i] == max_depth) {
                mlt__text_add(&line, " ... ");
                mlt__text_add_count(&line, tree->n[i], "row");
            }
            fprintf(page->out, "%s\n", line.s ? line.s : "");
        }
        page->failed = page->failed || line.failed;
        free(line.s);
        /* After a leaf comes the "no" side of the nearest ancestor that has one left. */
        if (i + 1 < tree->n_nodes && tree->nodes[i].feature < 0)
            last[depths[i + 1]] = true;
    }
    fputs(markdown ? "```\n" : "", page->out);
    free(last);
    free(depths);
    return MLT_OK;
}
