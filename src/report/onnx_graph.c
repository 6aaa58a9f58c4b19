/* An ONNX graph as it grows. */
#include "report/onnx_graph.h"

#include <stdio.h>
#include <string.h>

/* onnx.proto: AttributeProto.AttributeType. */
enum { ATTRIBUTE_INT = 2, ATTRIBUTE_TENSOR = 4, ATTRIBUTE_INTS = 7 };

/* ---- tensors ---- */

static mlt__pb tensor(int type, const size_t *dims, size_t n_dims, const char *name) {
    mlt__pb out = {0};
    for (size_t i = 0; i < n_dims; i++)
        mlt__pb_int(&out, 1, (int64_t)dims[i]);
    mlt__pb_int(&out, 2, type);
    if (name)
        mlt__pb_text(&out, 8, name);
    return out;
}

void mlt__onnx_doubles(mlt__onnx *g, const char *name, const double *values, size_t rows, size_t columns) {
    const size_t dims[] = {rows, columns};
    mlt__pb out = tensor(MLT__ONNX_DOUBLE, dims, columns ? 2 : rows ? 1 : 0, name);
    mlt__pb_doubles(&out, 9, values, (rows ? rows : 1) * (columns ? columns : 1));
    mlt__pb_nested(&g->graph, 5, &out);
}

void mlt__onnx_ints(mlt__onnx *g, const char *name, const int64_t *values, size_t n) {
    mlt__pb out = tensor(MLT__ONNX_INT64, &n, n ? 1 : 0, name);
    mlt__pb_ints(&out, 7, values, n ? n : 1);
    mlt__pb_nested(&g->graph, 5, &out);
}

void mlt__onnx_texts(mlt__onnx *g, const char *name, char *const *texts, const int64_t *which, size_t n) {
    mlt__pb out = tensor(MLT__ONNX_STRING, &n, 1, name);
    for (size_t i = 0; i < n; i++)
        mlt__pb_text(&out, 6, texts[which[i]]);
    mlt__pb_nested(&g->graph, 5, &out);
}

/* ---- nodes ---- */

static mlt__pb attribute(const char *name, int type) {
    mlt__pb out = {0};
    mlt__pb_text(&out, 1, name);
    mlt__pb_int(&out, 20, type);
    return out;
}

void mlt__onnx_set_int(mlt__onnx *g, const char *name, int64_t value) {
    mlt__pb out = attribute(name, ATTRIBUTE_INT);
    mlt__pb_int(&out, 3, value);
    mlt__pb_nested(&g->attributes, 5, &out);
}

void mlt__onnx_set_ints(mlt__onnx *g, const char *name, const int64_t *values, size_t n) {
    mlt__pb out = attribute(name, ATTRIBUTE_INTS);
    mlt__pb_ints(&out, 8, values, n);
    mlt__pb_nested(&g->attributes, 5, &out);
}

void mlt__onnx_set_doubles(mlt__onnx *g, const char *name, const double *values, size_t n) {
    mlt__pb out = attribute(name, ATTRIBUTE_TENSOR), inner = tensor(MLT__ONNX_DOUBLE, &n, 1, NULL);
    mlt__pb_doubles(&inner, 9, values, n);
    mlt__pb_nested(&out, 5, &inner);
    mlt__pb_nested(&g->attributes, 5, &out);
}

void mlt__onnx_set_small(mlt__onnx *g, const char *name, const int64_t *values, size_t n) {
    mlt__pb out = attribute(name, ATTRIBUTE_TENSOR), inner = tensor(MLT__ONNX_UINT8, &n, 1, NULL);
    mlt__pb_small(&inner, 9, values, n);
    mlt__pb_nested(&out, 5, &inner);
    mlt__pb_nested(&g->attributes, 5, &out);
}

/* Each of the names, which have blanks between. */
static void put_names(mlt__pb *node, unsigned field, const char *names) {
    char name[64];
    for (; *names; names += strspn(names, " ")) {
        size_t length = strcspn(names, " ");
        snprintf(name, sizeof name, "%.*s", (int)length, names);
        mlt__pb_text(node, field, name);
        names += length;
    }
}

void mlt__onnx_node(mlt__onnx *g, const char *operator, const char * inputs, const char *outputs) {
    mlt__pb node = {0};
    const char *colon = strrchr(operator, ':');
    char first[64], domain[32];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(outputs, " "), outputs);
    put_names(&node, 1, inputs);
    put_names(&node, 2, outputs);
    mlt__pb_text(&node, 3, first);
    mlt__pb_text(&node, 4, colon ? colon + 1 : operator);
    if (colon) {
        snprintf(domain, sizeof domain, "%.*s", (int)(colon - operator), operator);
        mlt__pb_text(&node, 7, domain);
    }
    /* The attributes have their keys already. */
    mlt__pb_append(&node, &g->attributes);
    mlt__pb_nested(&g->graph, 1, &node);
}

void mlt__onnx_value(mlt__onnx *g, unsigned field, const char *name, int type, size_t columns) {
    mlt__pb value = {0}, kind = {0}, array = {0}, shape = {0}, dim = {0};
    mlt__pb_text(&dim, 2, "rows");
    mlt__pb_nested(&shape, 1, &dim);
    if (columns) {
        mlt__pb_int(&dim, 1, (int64_t)columns);
        mlt__pb_nested(&shape, 1, &dim);
    }
    mlt__pb_int(&array, 1, type);
    mlt__pb_nested(&array, 2, &shape);
    mlt__pb_nested(&kind, 1, &array);
    mlt__pb_text(&value, 1, name);
    mlt__pb_nested(&value, 2, &kind);
    mlt__pb_nested(&g->graph, field, &value);
}
