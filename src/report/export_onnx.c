/* A model as an ONNX graph in double precision. The trees are one ai.onnx.ml TreeEnsemble (opset 5, the first
 * with double thresholds) that tells which leaf each row falls into; what the leaves hold is gathered from a
 * table. */
#include "core/error.h"
#include "core/memory.h"
#include "report/exporters.h"
#include "report/json_writer.h"
#include "report/onnx_graph.h"
#include "report/text.h"

#include <math.h>
#include <stdlib.h>

enum { IR_VERSION = 10, OPSET = 21, OPSET_ML = 5 };
/* TreeEnsemble's nodes_modes. */
enum { MODE_LEQ = 0, MODE_MEMBER = 6 };
/* Protocol Buffers hold no message of 2 GiB. */
static const size_t SIZE_LIMIT = (size_t)1 << 31;

/* ---- input ---- */

/* X with its missing cells filled, where the model fills them. Returns the name. */
static const char *put_input(mlt__onnx *g, const mlt_schema *schema, double *scratch) {
    bool any = false;
    for (size_t j = 0; j < schema->p; j++) {
        const mlt_feature *feature = &schema->features[j];
        any |= feature->has_fill;
        scratch[j] = !feature->has_fill                 ? NAN
                     : feature->type == MLT_CATEGORICAL ? feature->fill_code
                                                        : feature->fill_value;
    }
    if (!any)
        return "X";
    mlt__onnx_doubles(g, "fills", scratch, schema->p, 0);
    mlt__onnx_node(g, "IsNaN", "X", "missing");
    mlt__onnx_node(g, "Where", "missing fills X", "filled");
    return "filled";
}

/* ---- trees ---- */

/* TreeEnsemble's attributes: a list a node, a list a leaf, and the categories of the sets, NaN after each. */
typedef struct ensemble {
    size_t n_nodes, n_leaves, n_members;
    int64_t *features, *modes, *missing, *true_ids, *true_leaf, *false_ids, *false_leaf, *roots, *targets;
    double *splits, *weights, *members, *table;
} ensemble;

static void ensemble_clear(ensemble *a) {
    int64_t *ints[] = {a->features,  a->modes,      a->missing, a->true_ids, a->true_leaf,
                       a->false_ids, a->false_leaf, a->roots,   a->targets};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        free(ints[i]);
    free(a->splits);
    free(a->weights);
    free(a->members);
    free(a->table);
}

static size_t levels_of(const mlt__exportable *e, const mlt_tree_node *node) {
    return e->schema->features[node->feature].n_levels;
}

static bool in_set(const mlt_tree *tree, size_t node, size_t code) {
    return tree->category_bits[tree->category_offset[node] + code / 32] >> (code % 32) & 1;
}

static mlt_status ensemble_new(ensemble *a, const mlt__exportable *e, mlt_error *err) {
    size_t splits = 0, members = 0;
    *a = (ensemble){0};
    for (size_t t = 0; t < e->n_trees; t++)
        for (size_t i = 0; i < e->trees[t].n_nodes; i++) {
            const mlt_tree_node *node = &e->trees[t].nodes[i];
            splits += node->feature >= 0;
            a->n_leaves += node->feature < 0;
            members += node->flags & MLT_NODE_CATEGORY ? levels_of(e, node) + 1 : 0;
        }
    size_t most = splits + e->n_trees; /* a tree that is a leaf takes a node, too */
    MLT_ALLOC(a->features, most, err);
    MLT_ALLOC(a->modes, most, err);
    MLT_ALLOC(a->missing, most, err);
    MLT_ALLOC(a->true_ids, most, err);
    MLT_ALLOC(a->true_leaf, most, err);
    MLT_ALLOC(a->false_ids, most, err);
    MLT_ALLOC(a->false_leaf, most, err);
    MLT_ALLOC(a->splits, most, err);
    MLT_ALLOC(a->roots, e->n_trees, err);
    MLT_ALLOC(a->targets, a->n_leaves, err);
    MLT_ALLOC(a->weights, a->n_leaves, err);
    MLT_ALLOC(a->table, a->n_leaves * e->width, err);
    MLT_ALLOC(a->members, members + 1, err);
    a->n_leaves = 0;
    return MLT_OK;
}

static void add_leaf(ensemble *a, const mlt__exportable *e, size_t t, size_t node) {
    a->targets[a->n_leaves] = (int64_t)t;
    a->weights[a->n_leaves] = (double)a->n_leaves;
    for (size_t c = 0; c < e->width; c++)
        a->table[a->n_leaves * e->width + c] = e->leaves[t][node * e->width + c];
    a->n_leaves++;
}

/* Nodes and leaves are numbered each by themselves; `places` are a tree's, by node. */
static void add_tree(ensemble *a, const mlt__exportable *e, size_t t, int64_t *places) {
    const mlt_tree *tree = &e->trees[t];
    size_t nodes = a->n_nodes, leaves = a->n_leaves;
    a->roots[t] = (int64_t)a->n_nodes;
    for (size_t i = 0; i < tree->n_nodes; i++)
        places[i] = (int64_t)(tree->nodes[i].feature < 0 ? leaves++ : nodes++);
    for (size_t i = 0; i < tree->n_nodes; i++) {
        const mlt_tree_node *node = &tree->nodes[i];
        bool leaf = node->feature < 0, category = node->flags & MLT_NODE_CATEGORY;
        if (leaf)
            add_leaf(a, e, t, i);
        if (leaf && i > 0)
            continue;
        /* A tree of one leaf: a question whose both answers lead there. */
        size_t n = a->n_nodes++, left = leaf ? 0 : i + 1, right = leaf ? 0 : node->right;
        a->features[n] = leaf ? 0 : node->feature;
        a->modes[n] = category ? MODE_MEMBER : MODE_LEQ;
        a->splits[n] = category ? 0 : node->threshold;
        a->missing[n] = node->flags & MLT_NODE_MISSING_LEFT ? 1 : 0;
        a->true_ids[n] = places[left];
        a->true_leaf[n] = tree->nodes[left].feature < 0;
        a->false_ids[n] = places[right];
        a->false_leaf[n] = tree->nodes[right].feature < 0;
        for (size_t code = 0; category && code < levels_of(e, node); code++)
            if (in_set(tree, i, code))
                a->members[a->n_members++] = (double)code;
        if (category)
            a->members[a->n_members++] = NAN;
    }
}

static void put_ensemble(mlt__onnx *g, const ensemble *a, size_t n_trees) {
    mlt__onnx_set_int(g, "aggregate_function", 1); /* sum; each tree has a target of its own */
    mlt__onnx_set_int(g, "n_targets", (int64_t)n_trees);
    mlt__onnx_set_int(g, "post_transform", 0);
    mlt__onnx_set_ints(g, "tree_roots", a->roots, n_trees);
    mlt__onnx_set_ints(g, "nodes_featureids", a->features, a->n_nodes);
    mlt__onnx_set_small(g, "nodes_modes", a->modes, a->n_nodes);
    mlt__onnx_set_doubles(g, "nodes_splits", a->splits, a->n_nodes);
    mlt__onnx_set_ints(g, "nodes_missing_value_tracks_true", a->missing, a->n_nodes);
    mlt__onnx_set_ints(g, "nodes_truenodeids", a->true_ids, a->n_nodes);
    mlt__onnx_set_ints(g, "nodes_trueleafs", a->true_leaf, a->n_nodes);
    mlt__onnx_set_ints(g, "nodes_falsenodeids", a->false_ids, a->n_nodes);
    mlt__onnx_set_ints(g, "nodes_falseleafs", a->false_leaf, a->n_nodes);
    mlt__onnx_set_ints(g, "leaf_targetids", a->targets, a->n_leaves);
    mlt__onnx_set_doubles(g, "leaf_weights", a->weights, a->n_leaves);
    if (a->n_members)
        mlt__onnx_set_doubles(g, "membership_values", a->members, a->n_members);
    mlt__onnx_node(g, "ai.onnx.ml:TreeEnsemble", "cells", "leaf_numbers");
}

/* "leaf_values": rows × trees × width, without the last where the median is to be found. */
static mlt_status put_trees(mlt__onnx *g, const mlt__exportable *e, const char *input, mlt_error *err) {
    ensemble a;
    size_t largest = 1;
    int64_t *places = NULL;
    for (size_t t = 0; t < e->n_trees; t++)
        largest = e->trees[t].n_nodes > largest ? e->trees[t].n_nodes : largest;
    mlt_status status = ensemble_new(&a, e, err);
    MLT_TRY_GOTO(status, done);
    MLT_ALLOC_GOTO(places, largest, err, done);
    for (size_t t = 0; t < e->n_trees; t++)
        add_tree(&a, e, t, places);
    mlt__onnx_set_int(g, "to", MLT__ONNX_FLOAT); /* trees look at float32 */
    mlt__onnx_node(g, "Cast", input, "narrow");
    mlt__onnx_set_int(g, "to", MLT__ONNX_DOUBLE);
    mlt__onnx_node(g, "Cast", "narrow", "cells");
    put_ensemble(g, &a, e->n_trees);
    mlt__onnx_set_int(g, "to", MLT__ONNX_INT64);
    mlt__onnx_node(g, "Cast", "leaf_numbers", "leaf_rows");
    mlt__onnx_doubles(g, "leaves", a.table, a.n_leaves, e->combination == MLT__MEDIAN ? 0 : e->width);
    mlt__onnx_set_int(g, "axis", 0);
    mlt__onnx_node(g, "Gather", "leaves leaf_rows", "leaf_values");
done:
    free(places);
    ensemble_clear(&a);
    return status;
}

/* ---- what the trees add up to ---- */

static void put_labels(mlt__onnx *g, const mlt__exportable *e, const char *scores) {
    mlt__onnx_set_int(g, "axis", 1);
    mlt__onnx_set_int(g, "keepdims", 0);
    mlt__onnx_node(g, "ArgMax", scores, "places");
    mlt__onnx_texts(g, "classes", e->schema->classes, e->classes, e->n_classes);
    mlt__onnx_set_int(g, "axis", 0);
    mlt__onnx_node(g, "Gather", "classes places", "prediction");
}

static void put_sum(mlt__onnx *g) {
    static const int64_t trees = 1;
    mlt__onnx_ints(g, "over_trees", &trees, 1);
    mlt__onnx_set_int(g, "keepdims", 0);
    mlt__onnx_node(g, "ReduceSum", "leaf_values over_trees", "sums");
}

static void put_mean(mlt__onnx *g, const mlt__exportable *e) {
    bool classes = e->schema->task == MLT_CLASSIFICATION;
    double n = (double)e->n_trees;
    put_sum(g);
    mlt__onnx_doubles(g, "n_trees", &n, 0, 0);
    mlt__onnx_node(g, "Div", "sums n_trees", classes ? "probabilities" : "prediction");
    if (classes)
        put_labels(g, e, "probabilities");
}

/* Where some class has no vote: a matrix that puts the others in their places. */
static mlt_status put_places(mlt__onnx *g, const mlt__exportable *e, mlt_error *err) {
    double *matrix = mlt__calloc(e->n_classes, e->schema->k * sizeof *matrix);
    if (!matrix)
        return mlt__raise_nomem(err, e->n_classes * e->schema->k * sizeof *matrix);
    for (size_t c = 0; c < e->n_classes; c++)
        matrix[c * e->schema->k + (size_t)e->classes[c]] = 1;
    mlt__onnx_doubles(g, "seen", matrix, e->n_classes, e->schema->k);
    free(matrix);
    mlt__onnx_node(g, "MatMul", "shares seen", "probabilities");
    return MLT_OK;
}

static mlt_status put_votes(mlt__onnx *g, const mlt__exportable *e, mlt_error *err) {
    static const double difference[] = {0.5, -0.5, -0.5, 0.5};
    bool all = e->n_classes == e->schema->k;
    double others = (double)e->n_classes - 1, *sums;
    /* One for each class: onnxruntime makes a single divisor before a MatMul a float32 factor of it. */
    MLT_ALLOC(sums, e->n_classes, err);
    for (size_t c = 0; c < e->n_classes; c++)
        sums[c] = e->weight_sum;
    put_sum(g);
    mlt__onnx_doubles(g, "weight_sums", sums, e->n_classes, 0);
    free(sums);
    mlt__onnx_node(g, "Div", "sums weight_sums", "decisions");
    const char *scores = "decisions";
    if (e->n_classes == 2) {
        mlt__onnx_doubles(g, "difference", difference, 2, 2);
        mlt__onnx_node(g, "MatMul", "decisions difference", "scores");
        scores = "scores";
    } else if (e->n_classes > 2) {
        mlt__onnx_doubles(g, "others", &others, 0, 0);
        mlt__onnx_node(g, "Div", "decisions others", "scores");
        scores = "scores";
    }
    mlt__onnx_set_int(g, "axis", 1);
    mlt__onnx_node(g, "Softmax", scores, all ? "probabilities" : "shares");
    put_labels(g, e, scores);
    return all ? MLT_OK : put_places(g, e, err);
}

static void put_median(mlt__onnx *g, const mlt__exportable *e) {
    static const int64_t trees = 1;
    static const double half = 0.5;
    int64_t n = (int64_t)e->n_trees;
    mlt__onnx_ints(g, "n_trees", &n, 1);
    mlt__onnx_ints(g, "over_trees", &trees, 1);
    mlt__onnx_ints(g, "axis_of_trees", &trees, 0);
    mlt__onnx_doubles(g, "half", &half, 0, 0);
    mlt__onnx_doubles(g, "tree_weights", e->weights, e->n_trees, 0);
    mlt__onnx_set_int(g, "axis", 1);
    mlt__onnx_set_int(g, "largest", 0);
    mlt__onnx_node(g, "TopK", "leaf_values n_trees", "sorted order");
    mlt__onnx_set_int(g, "axis", 0);
    mlt__onnx_node(g, "Gather", "tree_weights order", "sorted_weights");
    mlt__onnx_node(g, "CumSum", "sorted_weights axis_of_trees", "weights_so_far");
    mlt__onnx_node(g, "ReduceMax", "weights_so_far over_trees", "total");
    mlt__onnx_node(g, "Mul", "total half", "half_of_total");
    mlt__onnx_node(g, "GreaterOrEqual", "weights_so_far half_of_total", "reached");
    mlt__onnx_set_int(g, "to", MLT__ONNX_INT32);
    mlt__onnx_node(g, "Cast", "reached", "reached_numbers");
    mlt__onnx_set_int(g, "axis", 1);
    mlt__onnx_set_int(g, "keepdims", 1);
    mlt__onnx_node(g, "ArgMax", "reached_numbers", "place");
    mlt__onnx_set_int(g, "axis", 1);
    mlt__onnx_node(g, "GatherElements", "sorted place", "prediction");
}

/* ---- linear models ---- */

/* The mean of the members' coefficients: the intercept, then all terms of all features. */
static void average_members(double *out, size_t n, const mlt__exportable *e, const size_t *first) {
    for (size_t i = 0; i < n; i++)
        out[i] = 0;
    for (size_t m = 0; m < e->n_members; m++) {
        const mlt__member *member = &e->members[m];
        const double *from = member->coefficients;
        if (e->intercept)
            out[0] += *from++;
        for (size_t i = 0; i < member->n_features; i++) {
            size_t j = member->features ? (size_t)member->features[i] : i;
            for (size_t term = 0; term < mlt__terms_of(&e->schema->features[j]); term++)
                out[first[j] + term] += *from++;
        }
    }
    for (size_t i = 0; i < n; i++)
        out[i] /= (double)e->n_members;
}

/* A categorical column as a column of 0 and 1 for each level but the first: NaN where it is missing. */
static mlt_status put_indicators(mlt__onnx *g, const char *input, size_t j, size_t n_terms, mlt_error *err) {
    double *levels;
    char inputs[100], name[32];
    int64_t column = (int64_t)j;
    MLT_ALLOC(levels, n_terms, err);
    for (size_t i = 0; i < n_terms; i++)
        levels[i] = (double)i + 1;
    snprintf(name, sizeof name, "index_%zu", j);
    mlt__onnx_ints(g, name, &column, 1);
    snprintf(name, sizeof name, "levels_%zu", j);
    mlt__onnx_doubles(g, name, levels, 1, n_terms);
    free(levels);
    snprintf(inputs, sizeof inputs, "%s index_%zu", input, j);
    snprintf(name, sizeof name, "column_%zu", j);
    mlt__onnx_set_int(g, "axis", 1);
    mlt__onnx_node(g, "Gather", inputs, name);
    snprintf(inputs, sizeof inputs, "column_%zu levels_%zu", j, j);
    snprintf(name, sizeof name, "equal_%zu", j);
    mlt__onnx_node(g, "Equal", inputs, name);
    snprintf(inputs, sizeof inputs, "equal_%zu", j);
    snprintf(name, sizeof name, "one_%zu", j);
    mlt__onnx_set_int(g, "to", MLT__ONNX_DOUBLE);
    mlt__onnx_node(g, "Cast", inputs, name);
    snprintf(inputs, sizeof inputs, "column_%zu zero", j);
    snprintf(name, sizeof name, "nothing_%zu", j);
    mlt__onnx_node(g, "Mul", inputs, name);
    snprintf(inputs, sizeof inputs, "one_%zu nothing_%zu", j, j);
    snprintf(name, sizeof name, "terms_%zu", j);
    mlt__onnx_node(g, "Add", inputs, name);
    return MLT_OK;
}

/* The design matrix: "terms", or the input itself where all is numeric. */
static mlt_status put_terms(const char **name, mlt__onnx *g, const mlt_schema *schema, const char *input,
                            mlt_error *err) {
    static const double zero = 0;
    bool any = false;
    char part[64];
    mlt__text parts = {0};
    mlt_status status = MLT_OK;
    for (size_t j = 0; j < schema->p; j++)
        any |= schema->features[j].type == MLT_CATEGORICAL;
    *name = input;
    if (!any)
        return MLT_OK;
    mlt__onnx_doubles(g, "zero", &zero, 0, 0);
    for (size_t j = 0; j < schema->p && status == MLT_OK; j++) {
        const mlt_feature *feature = &schema->features[j];
        int64_t column = (int64_t)j;
        if (mlt__terms_of(feature) == 0)
            continue;
        if (feature->type == MLT_CATEGORICAL) {
            status = put_indicators(g, input, j, mlt__terms_of(feature), err);
        } else {
            snprintf(part, sizeof part, "index_%zu", j);
            mlt__onnx_ints(g, part, &column, 1);
            snprintf(part, sizeof part, "%s index_%zu", input, j);
            char out[32];
            snprintf(out, sizeof out, "terms_%zu", j);
            mlt__onnx_set_int(g, "axis", 1);
            mlt__onnx_node(g, "Gather", part, out);
        }
        mlt__text_add(&parts, "%sterms_%zu", parts.n ? " " : "", j);
    }
    mlt__onnx_set_int(g, "axis", 1);
    mlt__onnx_node(g, "Concat", parts.s ? parts.s : "", "terms");
    *name = "terms";
    if (parts.failed && status == MLT_OK)
        status = mlt__raise_nomem(err, parts.capacity);
    free(parts.s);
    return status;
}

/* A MatMul in doubles: ai.onnx.ml's LinearRegressor holds float32 coefficients only. */
static mlt_status put_linear(mlt__onnx *g, const mlt__exportable *e, const char *input, mlt_error *err) {
    mlt_status status;
    size_t *first = NULL, n = 1;
    double *coefficients = NULL;
    const char *terms;
    char inputs[64];
    MLT_ALLOC_GOTO(first, e->schema->p, err, done);
    for (size_t j = 0; j < e->schema->p; j++) {
        first[j] = n;
        n += mlt__terms_of(&e->schema->features[j]);
    }
    MLT_ALLOC_GOTO(coefficients, n, err, done);
    average_members(coefficients, n, e, first);
    MLT_TRY_GOTO(put_terms(&terms, g, e->schema, input, err), done);
    mlt__onnx_doubles(g, "coefficients", coefficients + 1, n - 1, 1);
    mlt__onnx_doubles(g, "intercept", coefficients, 0, 0);
    snprintf(inputs, sizeof inputs, "%s coefficients", terms);
    mlt__onnx_node(g, "MatMul", inputs, "products");
    mlt__onnx_node(g, "Add", "products intercept", "prediction");
done:
    free(first);
    free(coefficients);
    return status;
}

/* ---- the file ---- */

static void put_opset(mlt__pb *model, const char *domain, int version) {
    mlt__pb opset = {0};
    mlt__pb_text(&opset, 1, domain);
    mlt__pb_int(&opset, 2, version);
    mlt__pb_nested(model, 8, &opset);
}

static void put_property(mlt__pb *model, const char *key, const char *value) {
    mlt__pb entry = {0};
    mlt__pb_text(&entry, 1, key);
    mlt__pb_text(&entry, 2, value);
    mlt__pb_nested(model, 14, &entry);
}

/* What the columns of X are, as JSON: a category is its place in the list of levels. */
static mlt_status put_features(mlt__pb *model, const mlt_schema *schema, mlt_error *err) {
    mlt__pb text = {0}, entry = {0};
    FILE *out = mlt__pb_stream(&text);
    if (!out)
        return mlt__raise_nomem(err, 1);
    mlt__json json = {.out = out};
    mlt__put_open(&json, NULL, '[');
    for (size_t j = 0; j < schema->p; j++) {
        const mlt_feature *feature = &schema->features[j];
        mlt__put_open(&json, NULL, '{');
        mlt__put_text(&json, "name", feature->name);
        if (feature->type == MLT_CATEGORICAL)
            mlt__put_open(&json, "levels", '[');
        for (size_t l = 0; feature->type == MLT_CATEGORICAL && l < feature->n_levels; l++)
            mlt__put_text(&json, NULL, feature->levels[l]);
        if (feature->type == MLT_CATEGORICAL)
            mlt__put_close(&json, ']');
        mlt__put_close(&json, '}');
    }
    mlt__put_close(&json, ']');
    bool failed = fclose(out) != 0 || text.failed;
    mlt__pb_text(&entry, 1, "features");
    mlt__pb_nested(&entry, 2, &text);
    mlt__pb_nested(model, 14, &entry);
    return failed ? mlt__raise_nomem(err, model->n) : MLT_OK;
}

static mlt_status put_graph(mlt__onnx *g, const mlt__exportable *e, mlt_error *err) {
    const mlt_schema *schema = e->schema;
    bool classes = schema->task == MLT_CLASSIFICATION;
    double *scratch;
    MLT_ALLOC(scratch, schema->p, err);
    mlt__pb_text(&g->graph, 2, "model");
    mlt__onnx_value(g, 11, "X", MLT__ONNX_DOUBLE, schema->p);
    mlt__onnx_value(g, 12, "prediction", classes ? MLT__ONNX_STRING : MLT__ONNX_DOUBLE, classes ? 0 : 1);
    if (classes)
        mlt__onnx_value(g, 12, "probabilities", MLT__ONNX_DOUBLE, schema->k);
    const char *input = put_input(g, schema, scratch);
    free(scratch);
    if (e->combination == MLT__LINEAR)
        return put_linear(g, e, input, err);
    MLT_TRY(put_trees(g, e, input, err));
    if (e->combination == MLT__VOTES)
        return put_votes(g, e, err);
    if (e->combination == MLT__MEDIAN)
        put_median(g, e);
    else
        put_mean(g, e);
    return MLT_OK;
}

mlt_status mlt__export_onnx(FILE *out, const mlt_model *model, mlt_error *err) {
    mlt__exportable e;
    MLT_TRY(mlt__exportable_new(&e, model, err));
    mlt__onnx g = {0};
    mlt__pb file = {0};
    mlt_status status;
    mlt__pb_int(&file, 1, IR_VERSION);
    mlt__pb_text(&file, 2, "mltool");
    mlt__pb_text(&file, 3, MLT_VERSION);
    put_opset(&file, "", OPSET);
    put_opset(&file, "ai.onnx.ml", OPSET_ML);
    put_property(&file, "model", mlt_model_type_of(model)->name);
    put_property(&file, "target", e.schema->target);
    MLT_TRY_GOTO(put_features(&file, e.schema, err), done);
    MLT_TRY_GOTO(put_graph(&g, &e, err), done);
    mlt__pb_nested(&file, 7, &g.graph);
    if (file.failed)
        status = mlt__raise_nomem(err, file.n);
    else if (file.n >= SIZE_LIMIT)
        status = mlt__raise(err, MLT_E_LIMIT,
                            "--to: the graph would take %zu bytes, an ONNX file holds 2 GiB; use fewer trees",
                            file.n);
    else
        fwrite(file.bytes, 1, file.n, out);
done:
    free(g.graph.bytes);
    free(g.attributes.bytes);
    free(file.bytes);
    mlt__exportable_clear(&e);
    return status;
}
