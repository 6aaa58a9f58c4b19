/* A tree in Graphviz's language. Names reach it in double quotes, where only the quote and the backslash mean
 * anything: labels are built as plain text first. */
#include "core/error.h"
#include "report/exporters.h"
#include "report/model_report.h"

#include <stdlib.h>

/* `text` within double quotes; an end of line in it centres what stands above. */
static void put_label(FILE *out, const mlt__text *text) {
    fputc('"', out);
    for (const char *c = text->s ? text->s : ""; *c; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', out);
        if (*c == '\n')
            fputs("\\n", out);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

static mlt_status put_node(FILE *out, const mlt_tree *tree, size_t node, bool cut, const mlt_schema *schema,
                           int digits, mlt_error *err) {
    mlt__text label = {0};
    bool leaf = tree->nodes[node].feature < 0;
    if (leaf) {
        mlt__tree_answer(&label, tree, node, schema, digits);
    } else {
        mlt__tree_question(&label, tree, node, schema, digits);
        mlt__text_add(&label, "?\n");
        mlt__text_add_count(&label, tree->n[node], "row");
        if (cut)
            mlt__text_add(&label, ", and so on");
    }
    fprintf(out, "  n%zu [", node);
    if (leaf)
        fputs("style=\"rounded,filled\", fillcolor=\"#e8f0f8\", ", out);
    else if (cut)
        fputs("style=dashed, ", out);
    fputs("label=", out);
    put_label(out, &label);
    fputs("];\n", out);
    bool failed = label.failed;
    free(label.s);
    return failed ? mlt__raise_nomem(err, 1) : MLT_OK;
}

mlt_status mlt__export_dot(FILE *out, const mlt_model *model, const mlt_export_options *options,
                           mlt_error *err) {
    mlt_model_view view = mlt_model_view_of(model);
    if (view.n_trees == 0)
        return mlt__raise(err, MLT_E_USAGE,
                          "--to: a model '%s' without trees cannot be drawn as one; choose another format",
                          mlt_model_type_of(model)->name);
    if (options->tree >= view.n_trees)
        return mlt__raise(err, MLT_E_USAGE, "--tree: the model has %zu trees; give a number from 0 to %zu",
                          view.n_trees, view.n_trees - 1);
    const mlt_tree *tree = &view.trees[options->tree];
    const mlt_schema *schema = mlt_model_schema(model);
    int digits = options->digits ? options->digits : MLT__DEFAULT_DIGITS;
    size_t *depths, most = options->max_depth ? options->max_depth : SIZE_MAX;
    MLT_TRY(mlt__tree_depths(&depths, tree, err));
    fprintf(
        out,
        "digraph tree {\n  node [shape=box, fontname=\"Helvetica\"];\n  edge [fontname=\"Helvetica\"];\n");
    mlt_status status = MLT_OK;
    for (size_t i = 0; i < tree->n_nodes && status == MLT_OK; i++)
        if (depths[i] <= most)
            status =
                put_node(out, tree, i, depths[i] == most && tree->nodes[i].feature >= 0, schema, digits, err);
    for (size_t i = 0; i < tree->n_nodes; i++)
        if (tree->nodes[i].feature >= 0 && depths[i] < most)
            fprintf(out, "  n%zu -> n%zu [label=\"yes\"];\n  n%zu -> n%u [label=\"no\"];\n", i, i + 1, i,
                    tree->nodes[i].right);
    fputs("}\n", out);
    free(depths);
    return status;
}
