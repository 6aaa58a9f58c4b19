/* A model as a C99 source file: tables here, the code that uses them in export_c_program.c. */
#include "core/error.h"
#include "core/memory.h"
#include "mltool/number.h"
#include "report/exporters.h"
#include "report/text.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_WIDTH = 100 };

/* ---- pieces of C ---- */

/* A string literal: whatever stands in the text, nothing of it is seen by the compiler. */
static void put_literal(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c >= 0x7F || strchr("\"\\?%", c))
            fprintf(out, "\\%03o", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

/* A table of numbers in rows; an empty one has an element that nobody reads, since C has no empty tables. */
typedef struct list {
    FILE *out;
    size_t n, used;
} list;

static list begin(FILE *out, const char *declaration) {
    fprintf(out, "%s[] = {", declaration);
    return (list){.out = out};
}

static void add(list *l, const char *text) {
    size_t length = strlen(text) + 2;
    if (l->n++ > 0)
        fputc(',', l->out);
    if (l->n == 1 || l->used + length > LINE_WIDTH) {
        fputs("\n   ", l->out);
        l->used = 3;
    }
    fprintf(l->out, " %s", text);
    l->used += length;
}

static void add_number(list *l, double value) {
    char buffer[32];
    add(l, mlt_format_double(buffer, value));
}

static void add_count(list *l, long long value) {
    char buffer[32];
    snprintf(buffer, sizeof buffer, "%lld", value);
    add(l, buffer);
}

static void end(list *l) {
    if (l->n == 0)
        fputs("0", l->out);
    fputs("};\n", l->out);
}

/* ---- columns and classes ---- */

static void put_texts(FILE *out, const char *declaration, char *const *texts, size_t n) {
    fprintf(out, "%s[] = {", declaration);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ",\n    " : "\n    ", out);
        put_literal(out, texts[i]);
    }
    fputs(n ? "};\n" : "0};\n", out);
}

/* A fill's number: of a category its code. */
static double fill_of(const mlt_feature *feature) {
    return feature->type == MLT_CATEGORICAL ? feature->fill_code : feature->fill_value;
}

static void put_features(FILE *out, const mlt_schema *schema) {
    fputs("\n/* ---- columns ---- */\n\nconst char *const feature_names[] = {", out);
    for (size_t j = 0; j < schema->p; j++) {
        fputs(j ? ",\n    " : "\n    ", out);
        put_literal(out, schema->features[j].name);
    }
    fputs("};\n", out);
    char declaration[64];
    for (size_t j = 0; j < schema->p; j++) {
        const mlt_feature *feature = &schema->features[j];
        snprintf(declaration, sizeof declaration, "static const char *const levels_%zu", j);
        if (feature->type == MLT_CATEGORICAL)
            put_texts(out, declaration, feature->levels, feature->n_levels);
    }
    fputs("/* A category is its place in the list of its feature; numeric features have none. */\n", out);
    list l = begin(out, "const char *const *const levels");
    for (size_t j = 0; j < schema->p; j++) {
        snprintf(declaration, sizeof declaration, "levels_%zu", j);
        add(&l, schema->features[j].type == MLT_CATEGORICAL ? declaration : "0");
    }
    end(&l);
    l = begin(out, "const int n_levels");
    for (size_t j = 0; j < schema->p; j++)
        add_count(&l,
                  schema->features[j].type == MLT_CATEGORICAL ? (long long)schema->features[j].n_levels : 0);
    end(&l);
    fputs("/* What stands for a missing cell. */\n", out);
    l = begin(out, "static const int has_fill");
    for (size_t j = 0; j < schema->p; j++)
        add_count(&l, schema->features[j].has_fill);
    end(&l);
    l = begin(out, "static const double fills");
    for (size_t j = 0; j < schema->p; j++)
        add_number(&l, schema->features[j].has_fill ? fill_of(&schema->features[j]) : 0);
    end(&l);
}

static mlt_status put_classes(FILE *out, const mlt__exportable *e, mlt_error *err) {
    const mlt_schema *schema = e->schema;
    put_texts(out, "const char *const class_names", schema->classes, schema->k);
    fputs("const char *const probability_names[] = {", out);
    bool failed = false;
    for (size_t c = 0; c < schema->k; c++) {
        mlt__text name = {0};
        mlt__text_add(&name, "p_");
        mlt__text_add_name(&name, schema->classes[c]);
        failed = failed || name.failed;
        fputs(c ? ",\n    " : "\n    ", out);
        put_literal(out, name.s ? name.s : "");
        free(name.s);
    }
    fputs(schema->k ? "};\n" : "0};\n", out);
    if (e->combination == MLT__VOTES) {
        list l = begin(out, "static const int seen_classes");
        for (size_t c = 0; c < e->n_classes; c++)
            add_count(&l, e->classes[c]);
        end(&l);
    }
    return failed ? mlt__raise_nomem(err, 1) : MLT_OK;
}

/* ---- trees ---- */

typedef enum node_part { FEATURE, THRESHOLD, RIGHT, FLAGS, SET } node_part;

/* One number of every node of every tree. A leaf's right is its row of `leaves`. */
static void put_nodes(FILE *out, const mlt__exportable *e, const char *declaration, node_part part) {
    list l = begin(out, declaration);
    size_t root = 0, leaf = 0, words = 0;
    for (size_t t = 0; t < e->n_trees; t++) {
        const mlt_tree *tree = &e->trees[t];
        for (size_t i = 0; i < tree->n_nodes; i++) {
            const mlt_tree_node *node = &tree->nodes[i];
            bool category = node->flags & MLT_NODE_CATEGORY;
            switch (part) {
            case FEATURE:
                add_count(&l, node->feature);
                break;
            case THRESHOLD:
                add_number(&l, node->threshold);
                break;
            case RIGHT:
                add_count(&l, (long long)(node->feature < 0 ? leaf : root + node->right));
                break;
            case FLAGS:
                add_count(&l, node->flags);
                break;
            case SET:
                add_count(&l, (long long)(category ? words + tree->category_offset[i] : 0));
                break;
            }
            leaf += node->feature < 0;
        }
        root += tree->n_nodes;
        words += tree->n_category_words;
    }
    end(&l);
}

static void put_trees(FILE *out, const mlt__exportable *e) {
    fputs("\n/* ---- trees ---- */\n\n", out);
    list l = begin(out, "static const unsigned roots");
    size_t root = 0;
    for (size_t t = 0; t < e->n_trees; root += e->trees[t++].n_nodes)
        add_count(&l, (long long)root);
    end(&l);
    fputs(
        "/* The nodes of all trees, each depth first, left first, so that the left child is the next node.\n"
        " * feature: -1 at a leaf. right: the right child, or a leaf's row of `leaves`. flags: 1 = missing "
        "cells\n"
        " * go left, 2 = a set of categories goes left, else cells of at most the threshold. */\n",
        out);
    put_nodes(out, e, "static const int node_feature", FEATURE);
    put_nodes(out, e, "static const double node_threshold", THRESHOLD);
    put_nodes(out, e, "static const unsigned node_right", RIGHT);
    put_nodes(out, e, "static const unsigned char node_flags", FLAGS);
    put_nodes(out, e, "static const unsigned node_set", SET);
    fputs("/* Bit c of a set: category c goes left. */\n", out);
    l = begin(out, "static const unsigned sets");
    for (size_t t = 0; t < e->n_trees; t++)
        for (size_t w = 0; w < e->trees[t].n_category_words; w++) {
            char text[16];
            snprintf(text, sizeof text, "0x%08xu", e->trees[t].category_bits[w]);
            add(&l, text);
        }
    end(&l);
    fputs("/* WIDTH numbers a leaf. */\n", out);
    l = begin(out, "static const double leaves");
    for (size_t t = 0; t < e->n_trees; t++)
        for (size_t i = 0; i < e->trees[t].n_nodes; i++)
            for (size_t c = 0; e->trees[t].nodes[i].feature < 0 && c < e->width; c++)
                add_number(&l, e->leaves[t][i * e->width + c]);
    end(&l);
    if (e->combination == MLT__MEDIAN) {
        l = begin(out, "static const double tree_weights");
        for (size_t t = 0; t < e->n_trees; t++)
            add_number(&l, e->weights[t]);
        end(&l);
    }
}

/* ---- linear models ---- */

static void put_members(FILE *out, const mlt__exportable *e) {
    fputs("\n/* ---- coefficients: the intercept, then the terms of each feature; a categorical one has a "
          "term for\n"
          " * each category but the first ---- */\n\n",
          out);
    list l = begin(out, "static const double coefficients");
    for (size_t m = 0; m < e->n_members; m++)
        for (size_t i = 0; i < e->members[m].n_terms; i++)
            add_number(&l, e->members[m].coefficients[i]);
    end(&l);
    l = begin(out, "static const unsigned first_coefficient");
    for (size_t m = 0, n = 0; m < e->n_members; n += e->members[m++].n_terms)
        add_count(&l, (long long)n);
    end(&l);
    l = begin(out, "static const int member_features");
    for (size_t m = 0; m < e->n_members; m++)
        for (size_t i = 0; i < e->members[m].n_features; i++)
            add_count(&l, e->members[m].features ? e->members[m].features[i] : (long long)i);
    end(&l);
    l = begin(out, "static const unsigned first_member_feature");
    for (size_t m = 0, n = 0; m < e->n_members; n += e->members[m++].n_features)
        add_count(&l, (long long)n);
    end(&l);
    l = begin(out, "static const int n_member_features");
    for (size_t m = 0; m < e->n_members; m++)
        add_count(&l, (long long)e->members[m].n_features);
    end(&l);
}

/* ---- the file ---- */

static void put_head(FILE *out, const mlt__exportable *e, const mlt_model *model) {
    char sum[32];
    bool classes = e->schema->task == MLT_CLASSIFICATION;
    fprintf(out,
            "/* A fitted model ('%s') as C99, made by mltool export --to c. It predicts the bits that mltool "
            "predicts.\n"
            " *\n"
            " *   cc -std=c99 -O2 model.c -lm -o model       (with another -std also: -ffp-contract=off)\n"
            " *   ./model <data.csv                          writes what mltool predict writes%s\n"
            " *\n"
            " * With -DMLT_NO_MAIN only predict() is left, for a program of yours. */\n"
            "#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\n",
            mlt_model_type_of(model)->name, classes ? "; also --proba" : "");
    fprintf(out, "#define LINEAR %d\n#define VOTES %d\n#define MEDIAN %d\n#define CLASSES %d\n",
            e->combination == MLT__LINEAR, e->combination == MLT__VOTES, e->combination == MLT__MEDIAN,
            classes);
    fprintf(out, "#define N_FEATURES %zu\n#define N_OUT %zu\n", e->schema->p, classes ? e->schema->k : 1);
    if (e->combination == MLT__LINEAR)
        fprintf(out, "#define N_MEMBERS %zu\n#define INTERCEPT %d\n", e->n_members, e->intercept);
    else
        fprintf(out, "#define N_TREES %zu\n#define WIDTH %zu\n", e->n_trees, e->width);
    if (e->combination == MLT__VOTES)
        fprintf(out, "#define N_SEEN %zu\n#define WEIGHT_SUM %s\n#define SUM_IN_PAIRS %d\n", e->n_classes,
                mlt_format_double(sum, e->weight_sum), e->sum_in_pairs);
    fputs("/* How CSV is read. */\n#define DELIMITER ','\n#define MISSING_TEXTS", out);
    static const char *const missing[] = {"?",    "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
                                          "-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NA",       "NULL",
                                          "NaN",  "None",   "n/a",      "nan",  "null"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        fputs(i ? ", " : " ", out);
        put_literal(out, missing[i]);
    }
    fputc('\n', out);
}

mlt_status mlt__export_c(FILE *out, const mlt_model *model, mlt_error *err) {
    mlt__exportable e;
    MLT_TRY(mlt__exportable_new(&e, model, err));
    put_head(out, &e, model);
    put_features(out, e.schema);
    mlt_status status = put_classes(out, &e, err);
    if (e.combination == MLT__LINEAR)
        put_members(out, &e);
    else
        put_trees(out, &e);
    mlt__export_c_program(out);
    mlt__exportable_clear(&e);
    return status;
}
