/* Every reference result of scikit-learn in tests/fixtures: splits, trees node for node, weights,
 * importances, coefficients, predictions and metrics. A difference is reported by case, tree and node. */
#include "fixture_json.h"

#include "mltool/mltool.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One case under test. */
typedef struct fixture {
    const char *file, *name;
    json_t *json;
    const mlt_dataset *data;
    mlt_split split;
    mlt_model *model;
    int differences;
} fixture;

static void differ(fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Report a difference; only the first of a case is told. */
static void differ(fixture *f, const char *format, ...) {
    if (f->differences++ > 0)
        return;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "# %s: %s: ", f->file, f->name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

static bool close_to(double a, double b, double tolerance) {
    return a == b || (isnan(a) && isnan(b)) ||
           fabs(a - b) <= tolerance * fmax(1e-300, fmax(fabs(a), fabs(b)));
}

static double number_at(const json_t *array, size_t i) {
    const json_t *item = json_array_get(array, i);
    return json_is_null(item) ? NAN : json_number_value(item);
}

static void check_rows(fixture *f, const char *key, const uint32_t *rows, size_t n) {
    const json_t *expected = json_object_get(f->json, key);
    if (json_array_size(expected) != n)
        differ(f, "%s: %zu rows, expected %zu", key, n, json_array_size(expected));
    for (size_t i = 0; i < n && i < json_array_size(expected); i++)
        if (json_integer_value(json_array_get(expected, i)) != rows[i])
            differ(f, "%s[%zu] is %u, expected %lld", key, i, rows[i],
                   (long long)json_integer_value(json_array_get(expected, i)));
}

/* An array of numbers that the case may have. */
static void check_numbers(fixture *f, const char *key, const double *values, size_t n, double tolerance) {
    const json_t *expected = json_object_get(f->json, key);
    if (!expected)
        return;
    if (!values || json_array_size(expected) != n) {
        differ(f, "%s: %zu numbers, expected %zu", key, n, json_array_size(expected));
        return;
    }
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(number_at(expected, i)));
    for (size_t i = 0; i < n; i++)
        if (!close_to(values[i], number_at(expected, i), tolerance) &&
            fabs(values[i] - number_at(expected, i)) > tolerance * largest)
            differ(f, "%s[%zu] is %.17g, expected %.17g", key, i, values[i], number_at(expected, i));
}

/* One tree, node by node; `features` maps the reference's feature numbers, NULL = the same. */
static void check_tree(fixture *f, size_t t, const mlt_tree *tree, const json_t *expected,
                       const json_t *features, double tolerance) {
    const json_t *feature = json_object_get(expected, "feature"),
                 *threshold = json_object_get(expected, "threshold");
    const json_t *right = json_object_get(expected, "right"), *n = json_object_get(expected, "n");
    const json_t *value = json_object_get(expected, "value");
    for (size_t i = 0; i < tree->n_nodes && i < json_array_size(feature); i++) {
        json_int_t wanted = json_integer_value(json_array_get(feature, i));
        if (features && wanted >= 0)
            wanted = json_integer_value(json_array_get(features, (size_t)wanted));
        if (tree->nodes[i].feature != wanted) {
            differ(f, "tree %zu, node %zu: feature %d, expected %lld", t, i, tree->nodes[i].feature,
                   (long long)wanted);
            return;
        }
        if (tree->nodes[i].threshold != number_at(threshold, i))
            differ(f, "tree %zu, node %zu: threshold %.17g, expected %.17g", t, i, tree->nodes[i].threshold,
                   number_at(threshold, i));
        if (wanted >= 0 && tree->nodes[i].right != json_integer_value(json_array_get(right, i)))
            differ(f, "tree %zu, node %zu: right child %u, expected %lld", t, i, tree->nodes[i].right,
                   (long long)json_integer_value(json_array_get(right, i)));
        if (tree->n[i] != json_integer_value(json_array_get(n, i)))
            differ(f, "tree %zu, node %zu: %u rows, expected %lld", t, i, tree->n[i],
                   (long long)json_integer_value(json_array_get(n, i)));
        for (size_t c = 0; c < tree->width; c++) {
            double ours = tree->value[i * tree->width + c], theirs = number_at(value, i * tree->width + c);
            if (!close_to(ours, theirs, tolerance) && fabs(ours - theirs) > 1e-13)
                differ(f, "tree %zu, node %zu: value[%zu] %.17g, expected %.17g", t, i, c, ours, theirs);
        }
    }
    if (tree->n_nodes != json_array_size(feature))
        differ(f, "tree %zu has %zu nodes, expected %zu", t, tree->n_nodes, json_array_size(feature));
}

static void check_model(fixture *f) {
    mlt_model_view view = mlt_model_view_of(f->model);
    const json_t *trees = json_object_get(f->json, "trees"),
                 *features = json_object_get(f->json, "tree_features");
    bool boosted = view.tree_weights != NULL;
    for (size_t t = 0; t < json_array_size(trees); t++) {
        if (t >= view.n_trees) {
            differ(f, "%zu trees, expected at least %zu", view.n_trees, t + 1);
            return;
        }
        check_tree(f, t, &view.trees[t], json_array_get(trees, t), json_array_get(features, t),
                   boosted ? 1e-10 : 1e-14);
    }
    check_numbers(f, "tree_weights", view.tree_weights, view.n_trees, 1e-12);
    check_numbers(f, "tree_errors", view.tree_errors, view.n_trees, 1e-12);
    check_numbers(f, "importances", view.importances, f->data->p, 1e-12);
    const json_t *oob = json_object_get(f->json, "oob_score");
    if (oob && !close_to(view.oob_score, json_number_value(oob), 1e-12))
        differ(f, "oob_score %.17g, expected %.17g", view.oob_score, json_number_value(oob));
    const json_t *coefficients = json_object_get(f->json, "coefficients");
    if (coefficients) {
        double estimates[64];
        for (size_t j = 0; j < view.n_coefficients && j < 64; j++)
            estimates[j] = view.coefficients[j].estimate;
        check_numbers(f, "coefficients", estimates + 1, view.n_coefficients - 1, 1e-9);
    }
}

static void check_metrics(fixture *f, const char *key, const mlt_metrics *metrics) {
    const json_t *expected = json_object_get(f->json, key);
    const char *name;
    json_t *value;
    size_t known = 0;
    json_object_foreach((json_t *)expected, name, value) {
        double theirs = json_is_null(value) ? NAN : json_number_value(value);
        double ours = mlt_metrics_value(metrics, name);
        /* A log loss near 0 and an R² near 0 are differences of larger numbers. */
        if (!close_to(ours, theirs, 1e-12) && fabs(ours - theirs) > 1e-12)
            differ(f, "%s.%s %.17g, expected %.17g", key, name, ours, theirs);
        known++;
    }
    if (known < 3)
        differ(f, "%s has only %zu metrics", key, known);
}

static void check_predictions(fixture *f) {
    size_t n = f->split.n_test, width = mlt_model_width(f->model);
    double *out = malloc(n * width * sizeof *out);
    uint32_t *labels = malloc(n * sizeof *labels);
    mlt_error err = {0};
    if (mlt_model_predict(out, labels, f->model, f->data, f->split.test, n, NULL, &err) != MLT_OK) {
        differ(f, "predict: %s", err.message);
    } else if (f->data->labels) {
        const json_t *expected = json_object_get(f->json, "test_predictions");
        for (size_t i = 0; i < n; i++)
            if (labels[i] != json_integer_value(json_array_get(expected, i)))
                differ(f, "test_predictions[%zu] is %u, expected %lld", i, labels[i],
                       (long long)json_integer_value(json_array_get(expected, i)));
        check_numbers(f, "test_proba", out, n * width, 1e-12);
    } else {
        /* A bagged linear model has no bound tighter than its condition. */
        check_numbers(f, "test_predictions", out, n, 1e-10);
    }
    free(out);
    free(labels);
}

static void check_case(fixture *f) {
    const char *type_name = json_string_value(json_object_get(f->json, "model"));
    const mlt_model_type *type = mlt_model_find(type_name);
    uint32_t seed = (uint32_t)json_integer_value(json_object_get(f->json, "seed"));
    bool stratify = json_is_true(json_object_get(f->json, "stratify"));
    mlt_split_options options = {.test_size = json_number_value(json_object_get(f->json, "test_size")),
                                 .random_state = seed,
                                 .stratify = stratify ? f->data->labels : NULL,
                                 .k = f->data->schema->k};
    mlt_error err = {0};
    mlt_params params;
    mlt_params_init(&params, type->params, type->n_params);
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(f->json, "params"), name, value) {
        if (mlt_params_set(&params, name, json_string_value(value), &err) != MLT_OK)
            differ(f, "%s", err.message);
    }
    if (mlt_params_resolve(&params, f->data->schema->task, &err) != MLT_OK ||
        mlt_split_holdout(&f->split, f->data->n, &options, &err) != MLT_OK) {
        differ(f, "%s", err.message);
        return;
    }
    check_rows(f, "train_rows", f->split.train, f->split.n_train);
    check_rows(f, "test_rows", f->split.test, f->split.n_test);
    mlt_fit_spec spec = {.type = type, .params = &params, .random_state = seed};
    mlt_fit_result result = {0};
    if (mlt_fit_and_measure(&result, &spec, f->data, &f->split, NULL, &err) != MLT_OK) {
        differ(f, "fit: %s", err.message);
    } else {
        f->model = result.model;
        check_model(f);
        check_predictions(f);
        check_metrics(f, "train_metrics", &result.train);
        check_metrics(f, "test_metrics", &result.test);
    }
    mlt_fit_result_clear(&result);
    mlt_split_clear(&f->split);
}

static void check_file(const char *file, size_t least_cases) {
    char path[256];
    mlt_error err = {0};
    snprintf(path, sizeof path, "%s/tests/fixtures/%s.json.gz", MLT_SOURCE_DIR, file);
    json_t *json = load_gzipped_json(path);
    const char *target = json_string_value(json_object_get(json, "target"));
    snprintf(path, sizeof path, "%s/%s", MLT_SOURCE_DIR, json_string_value(json_object_get(json, "file")));
    mlt_frame *frame;
    mlt_dataset *data;
    mlt_csv_options csv = {.label = target};
    assert_ok(mlt_csv_read(&frame, path, &csv, NULL, &err), &err);
    mlt_dataset_options options = {.target = target};
    assert_ok(mlt_dataset_new(&data, frame, &options, NULL, &err), &err);
    const json_t *classes = json_object_get(json, "classes");
    assert_int_equal(json_array_size(classes), data->schema->k);
    for (size_t c = 0; c < data->schema->k; c++)
        assert_string_equal(json_string_value(json_array_get(classes, c)), data->schema->classes[c]);
    int wrong = 0;
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(json, "cases"), i, item) {
        fixture f = {.file = file,
                     .name = json_string_value(json_object_get(item, "name")),
                     .json = item,
                     .data = data};
        check_case(&f);
        wrong += f.differences > 0;
    }
    assert_true(i >= least_cases);
    mlt_dataset_free(data);
    json_decref(json);
    if (wrong > 0)
        fail_msg("%d of %zu cases differ", wrong, i);
}

static void test_fixtures__breast_cancer(void **state) {
    (void)state;
    check_file("breast_cancer", 100);
}

static void test_fixtures__wine(void **state) {
    (void)state;
    check_file("wine", 90);
}

static void test_fixtures__iris(void **state) {
    (void)state;
    check_file("iris", 90);
}

static void test_fixtures__digits(void **state) {
    (void)state;
    check_file("digits", 90);
}

static void test_fixtures__diabetes(void **state) {
    (void)state;
    check_file("diabetes", 100);
}

static void test_fixtures__friedman1(void **state) {
    (void)state;
    check_file("friedman1", 100);
}

static void test_fixtures__sparse_regression(void **state) {
    (void)state;
    check_file("sparse_regression", 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures__breast_cancer),
        cmocka_unit_test(test_fixtures__wine),
        cmocka_unit_test(test_fixtures__iris),
        cmocka_unit_test(test_fixtures__digits),
        cmocka_unit_test(test_fixtures__diabetes),
        cmocka_unit_test(test_fixtures__friedman1),
        cmocka_unit_test(test_fixtures__sparse_regression),
    };
    return cmocka_run_group_tests_name("fixtures", tests, NULL, NULL);
}
