/* What every model of the registry must keep, for each task it has: the same seed gives the same bytes, on
 * any number of threads; a model saved and loaded is the same; wrong shapes are refused; the data are not
 * changed. */
#include "made_data.h"
#include "support.h"

enum { ROWS = 240 };

/* One model type on one task. */
typedef struct contract {
    const mlt_model_type *type;
    mlt_dataset *data;
    mlt_params params;
} contract;

static void contract_open(contract *c, const mlt_model_type *type, mlt_task task) {
    mlt_error err;
    mlt_dataset_options options = {.target = "target"};
    c->type = type;
    assert_ok(mlt_dataset_new(&c->data, made_frame(ROWS, task == MLT_CLASSIFICATION ? 3 : 0, false, 11),
                              &options, NULL, &err),
              &err);
    assert_int_equal(c->data->schema->task, task);
    mlt_params_init(&c->params, type->params, type->n_params);
    assert_ok(mlt_params_resolve(&c->params, task, &err), &err);
}

static void contract_close(contract *c) { mlt_dataset_free(c->data); }

static mlt_model *fit(const contract *c, uint32_t seed, int threads) {
    mlt_model *model;
    mlt_error err;
    uint32_t rows[ROWS / 2];
    mlt_context ctx = {.threads = threads};
    for (uint32_t i = 0; i < ROWS / 2; i++)
        rows[i] = 2 * i;
    assert_ok(mlt_model_fit(&model, c->type, &c->params, c->data, rows, ROWS / 2, seed, &ctx, &err), &err);
    return model;
}

/* The model's arrays and its predictions of all rows, as bytes; malloc'ed. */
static char *bytes_of(const contract *c, const mlt_model *model, int threads, size_t *size) {
    mlt_tensors tensors = {0};
    mlt_error err;
    mlt_context ctx = {.threads = threads};
    size_t width = mlt_model_width(model), used = 0;
    assert_ok(mlt_model_save_tensors(model, &tensors, &err), &err);
    *size = ROWS * (width * sizeof(double) + sizeof(uint32_t));
    for (size_t i = 0; i < tensors.n; i++)
        *size +=
            tensors.items[i].count * mlt_dtype_size(tensors.items[i].dtype) + strlen(tensors.items[i].name);
    char *bytes = calloc(*size, 1);
    for (size_t i = 0; i < tensors.n; i++) {
        size_t length = tensors.items[i].count * mlt_dtype_size(tensors.items[i].dtype);
        memcpy(bytes + used, tensors.items[i].data, length);
        used += length;
        memcpy(bytes + used, tensors.items[i].name, strlen(tensors.items[i].name));
        used += strlen(tensors.items[i].name);
    }
    double *out = calloc(ROWS * width, sizeof *out);
    uint32_t *labels = calloc(ROWS, sizeof *labels);
    assert_ok(mlt_model_predict(out, labels, model, c->data, NULL, 0, &ctx, &err), &err);
    memcpy(bytes + used, out, ROWS * width * sizeof *out);
    memcpy(bytes + used + ROWS * width * sizeof *out, labels, ROWS * sizeof *labels);
    free(out);
    free(labels);
    mlt_tensors_clear(&tensors);
    return bytes;
}

static void assert_same(const contract *c, const mlt_model *a, int threads_a, const mlt_model *b,
                        int threads_b) {
    size_t size_a, size_b;
    char *bytes_a = bytes_of(c, a, threads_a, &size_a), *bytes_b = bytes_of(c, b, threads_b, &size_b);
    if (size_a != size_b || memcmp(bytes_a, bytes_b, size_a) != 0)
        fail_msg("%s differs", c->type->name);
    free(bytes_a);
    free(bytes_b);
}

/* Run `check` for every model and task. */
static void for_each(void (*check)(contract *)) {
    size_t n;
    const mlt_model_type *const *types = mlt_model_types(&n);
    const mlt_task tasks[] = {MLT_REGRESSION, MLT_CLASSIFICATION};
    assert_true(n >= 5);
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < 2; t++)
            if (types[i]->tasks & tasks[t]) {
                contract c;
                contract_open(&c, types[i], tasks[t]);
                check(&c);
                contract_close(&c);
            }
}

static void check_seed(contract *c) {
    mlt_model *a = fit(c, 5, 1), *b = fit(c, 5, 1);
    assert_same(c, a, 1, b, 1);
    mlt_model_free(a);
    mlt_model_free(b);
}

static void check_threads(contract *c) {
    mlt_model *a = fit(c, 5, 1);
    for (int threads = 2; threads <= 8; threads *= 2) {
        mlt_model *b = fit(c, 5, threads);
        assert_same(c, a, 1, b, threads);
        mlt_model_free(b);
    }
    mlt_model_free(a);
}

static void check_load(contract *c) {
    mlt_model *a = fit(c, 5, 1), *b;
    mlt_tensors tensors = {0};
    mlt_error err;
    assert_ok(mlt_model_save_tensors(a, &tensors, &err), &err);
    assert_ok(mlt_model_load_tensors(&b, c->type, mlt_model_params(a), mlt_model_schema(a), mlt_model_seed(a),
                                     &tensors, NULL, &err),
              &err);
    assert_same(c, a, 1, b, 1);
    mlt_model_free(a);
    mlt_model_free(b);
    mlt_tensors_clear(&tensors);
}

/* Each array in turn is left out. All but what may be absent must be missed. */
static void check_arrays_are_missed(contract *c) {
    mlt_model *a = fit(c, 5, 1);
    mlt_tensors tensors = {0};
    mlt_error err;
    assert_ok(mlt_model_save_tensors(a, &tensors, &err), &err);
    for (size_t i = 0; i < tensors.n; i++) {
        mlt_model *b = NULL;
        mlt_tensors fewer = tensors;
        mlt_tensor items[64];
        assert_true(tensors.n <= 64);
        memcpy(items, tensors.items, tensors.n * sizeof *items);
        items[i] = items[tensors.n - 1];
        fewer.items = items;
        fewer.n--;
        mlt_status status = mlt_model_load_tensors(&b, c->type, mlt_model_params(a), mlt_model_schema(a), 5,
                                                   &fewer, NULL, &err);
        if (status != MLT_E_MODEL)
            fail_msg("%s without %s: status %d", c->type->name, tensors.items[i].name, (int)status);
    }
    mlt_model_free(a);
    mlt_tensors_clear(&tensors);
}

static void check_shapes(contract *c) {
    mlt_model *model = fit(c, 5, 1);
    mlt_error err;
    double out[ROWS * 3];
    uint32_t labels[ROWS];
    mlt_dataset narrower = *c->data;
    narrower.p--;
    assert_int_equal(mlt_model_predict(out, labels, model, &narrower, NULL, 0, NULL, &err), MLT_E_SCHEMA);
    mlt_schema swapped_schema = *c->data->schema;
    mlt_feature features[3];
    memcpy(features, swapped_schema.features, sizeof features);
    features[0] = swapped_schema.features[2];
    swapped_schema.features = features;
    mlt_dataset swapped = *c->data;
    swapped.schema = &swapped_schema;
    assert_int_equal(mlt_model_predict(out, labels, model, &swapped, NULL, 0, NULL, &err), MLT_E_SCHEMA);
    mlt_model_free(model);
}

static void check_no_rows(contract *c) {
    mlt_model *model = NULL;
    mlt_error err;
    uint32_t rows[1] = {0};
    assert_int_equal(mlt_model_fit(&model, c->type, &c->params, c->data, rows, 0, 5, NULL, &err), MLT_E_DATA);
    assert_null(model);
}

static void check_data(contract *c) {
    double values[2][ROWS];
    int32_t codes[ROWS];
    for (size_t j = 0; j < 2; j++)
        memcpy(values[j], c->data->x[j].values, sizeof values[j]);
    memcpy(codes, c->data->x[2].codes, sizeof codes);
    mlt_model_free(fit(c, 5, 2));
    for (size_t j = 0; j < 2; j++)
        assert_memory_equal(values[j], c->data->x[j].values, sizeof values[j]);
    assert_memory_equal(codes, c->data->x[2].codes, sizeof codes);
}

/* A model must beat the mean or the majority on rows it has not seen. */
static void check_learns(contract *c) {
    mlt_model *model = fit(c, 5, 1);
    size_t width = mlt_model_width(model);
    double out[ROWS * 3], wrong = 0, spread = 0, mean = 0;
    uint32_t labels[ROWS], counts[3] = {0};
    mlt_error err;
    assert_ok(mlt_model_predict(out, labels, model, c->data, NULL, 0, NULL, &err), &err);
    for (size_t i = 1; i < ROWS; i += 2)
        mean += c->data->y ? c->data->y[i] / (ROWS / 2.0) : 0;
    for (size_t i = 1; i < ROWS; i += 2) {
        if (c->data->y) {
            wrong += (out[i] - c->data->y[i]) * (out[i] - c->data->y[i]);
            spread += (mean - c->data->y[i]) * (mean - c->data->y[i]);
        } else {
            double sum = 0;
            for (size_t k = 0; k < width; k++)
                sum += out[i * width + k];
            assert_float_equal(sum, 1.0, 1e-12);
            wrong += labels[i] != c->data->labels[i];
            counts[c->data->labels[i]]++;
        }
    }
    if (!c->data->y)
        spread = ROWS / 2.0 - fmax(counts[0], fmax(counts[1], counts[2]));
    if (wrong > 0.6 * spread)
        fail_msg("%s: %g of %g stays unexplained", c->type->name, wrong, spread);
    mlt_model_free(model);
}

#define CONTRACT(name, check)                                                                                \
    static void test_contract__##name(void **state) {                                                        \
        (void)state;                                                                                         \
        for_each(check);                                                                                     \
    }
CONTRACT(same_seed_same_bytes, check_seed)
CONTRACT(threads_do_not_matter, check_threads)
CONTRACT(saved_and_loaded_is_the_same, check_load)
CONTRACT(a_missing_array_is_missed, check_arrays_are_missed)
CONTRACT(wrong_shapes_are_refused, check_shapes)
CONTRACT(no_rows_are_refused, check_no_rows)
CONTRACT(data_are_not_changed, check_data)
CONTRACT(models_learn, check_learns)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contract__same_seed_same_bytes),
        cmocka_unit_test(test_contract__threads_do_not_matter),
        cmocka_unit_test(test_contract__saved_and_loaded_is_the_same),
        cmocka_unit_test(test_contract__a_missing_array_is_missed),
        cmocka_unit_test(test_contract__wrong_shapes_are_refused),
        cmocka_unit_test(test_contract__no_rows_are_refused),
        cmocka_unit_test(test_contract__data_are_not_changed),
        cmocka_unit_test(test_contract__models_learn),
    };
    return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
