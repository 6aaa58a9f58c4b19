/* A row's way down a tree in words. */
#include "report/explanation.h"

#include "report/model_report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MAX_LEVELS = 4 };

void mlt__account_cell(mlt__text *out, const mlt__account *a, size_t feature) {
    const mlt_cells *x = &a->e->data->x[feature];
    char buffer[32];
    if (x->values ? isnan(x->values[a->e->row]) : x->codes[a->e->row] < 0)
        mlt__text_add(out, "missing");
    else if (x->values)
        mlt__text_add(out, "%s", mlt_format_double(buffer, x->values[a->e->row]));
    else
        mlt__text_add(out, "%s", a->schema->features[feature].levels[x->codes[a->e->row]]);
}

void mlt__account_term(mlt__text *out, const mlt__account *a, const mlt_linear_part *part) {
    const mlt_feature *feature = &a->schema->features[part->feature];
    mlt__text_add(out, "%s", feature->name);
    if (part->level >= 0)
        mlt__text_add(out, "=%s", feature->levels[part->level]);
    else if (part->power > 1)
        mlt__text_add(out, "^%" PRIu32, part->power);
}

double mlt__account_factor(const mlt__account *a, const mlt_linear_part *part) {
    const mlt_cells *x = &a->e->data->x[part->feature];
    if (!x->values)
        return x->codes[a->e->row] == part->level;
    return part->power > 1 ? pow(x->values[a->e->row], part->power) : x->values[a->e->row];
}

/* "Fiat, Ford or Audi": the levels on the left side of a split. */
static void add_levels(mlt__text *out, const mlt_tree *tree, uint32_t node, const mlt_feature *feature) {
    size_t n = 0, all = 0;
    for (size_t code = 0; code < feature->n_levels; code++)
        all += mlt__tree_category_left(tree, node, code);
    for (size_t code = 0; code < feature->n_levels && n < MAX_LEVELS; code++) {
        if (!mlt__tree_category_left(tree, node, code))
            continue;
        n++;
        mlt__text_add(out, n == 1 ? "" : n == all ? " or " : ", ");
        mlt__text_add_name(out, feature->levels[code]);
    }
    if (all > n)
        mlt__text_add(out, " or %zu other%s", all - n, all - n == 1 ? "" : "s");
}

void mlt__account_step(mlt__text *out, const mlt__account *a, const mlt_tree *tree, uint32_t node,
                       int digits) {
    const mlt_tree_node *split = &tree->nodes[node];
    size_t j = (size_t)split->feature;
    const mlt_feature *feature = &a->schema->features[j];
    const mlt_cells *x = &a->e->data->x[j];
    bool left = mlt_tree_goes_left(tree, node, x, a->e->row);
    bool missing = x->values ? isnan(x->values[a->e->row]) : x->codes[a->e->row] < 0;
    char number[64];
    mlt__text_add_name(out, feature->name);
    mlt__text_add(out, " ");
    if (missing) {
        mlt__text_add(out, "missing, goes with ");
    } else {
        mlt__text cell = {0};
        mlt__account_cell(&cell, a, j);
        mlt__text_add_name(out, cell.s ? cell.s : "");
        out->failed = out->failed || cell.failed;
        free(cell.s);
        mlt__text_add(out, " ");
    }
    if (!(split->flags & MLT_NODE_CATEGORY)) {
        mlt__text_add(out, "%s %s", left ? "<=" : ">", mlt__text_number(number, split->threshold, digits));
        return;
    }
    mlt__text_add(out, missing ? (left ? "" : "not ") : left ? "is among " : "is not ");
    add_levels(out, tree, node, feature);
}

uint32_t mlt__account_next(const mlt_tree *tree, uint32_t node, uint32_t leaf) {
    return leaf < tree->nodes[node].right ? node + 1 : tree->nodes[node].right;
}

void mlt__account_says(mlt__text *out, const mlt__account *a, const mlt_tree *tree, uint32_t node,
                       int digits) {
    const double *value = tree->value + (size_t)node * tree->width;
    char buffer[64];
    size_t best = 0;
    double sum = 0;
    if (a->schema->task == MLT_REGRESSION) {
        mlt__text_add(out, "%s", mlt__text_number(buffer, *value, digits));
        return;
    }
    for (size_t c = 0; c < tree->width; c++) {
        sum += value[c];
        best = value[c] > value[best] ? c : best;
    }
    mlt__text_add_name(out, a->schema->classes[best]);
    if (sum > 0)
        mlt__text_add(out, " %s%%", mlt__text_number(buffer, 100 * value[best] / sum, 3));
}
