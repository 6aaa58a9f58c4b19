/* The model file: what is saved comes back to the bit; what was not saved by mltool does no harm. */
#include "failing_malloc.h"
#include "io/json_text.h"
#include "io/safetensors.h"
#include "made_model.h"
#include "scratch.h"
#include "support.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const mlt_recipe RECIPE = {
    .command = (char *)"mltool fit --model tree 'odd \"name\".csv'",
    .data_file = (char *)"odd \"name\".csv",
    .data_sha256 = (char *)"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    .data_rows = ROWS,
    .delimiter = ';',
    .header = true,
    .split = (char *)"{\"test_size\":0.25,\"random_state\":42}",
    .metrics = (char *)"{\"test\":{\"accuracy\":0.875,\"confusion\":[[3,1],[0,4]]}}",
};

static const char *save(scratch *dir, const sample *s, const char *name) {
    mlt_error err;
    const char *path = scratch_path(dir, name);
    assert_ok(mlt_model_file_save(path, s->model, &RECIPE, NULL, &err), &err);
    return path;
}

/* ---- what is saved comes back ---- */

/* The model's predictions of the sample's rows: n × width, then the labels as doubles. malloc'ed. */
static double *predict(const mlt_model *model, const mlt_dataset *data, size_t *n) {
    size_t width = mlt_model_width(model);
    *n = data->n * (width + 1);
    double *out = calloc(*n + 1, sizeof *out);
    uint32_t *labels = calloc(data->n, sizeof *labels);
    mlt_error err;
    assert_non_null(out);
    assert_non_null(labels);
    assert_ok(mlt_model_predict(out, labels, model, data, NULL, 0, NULL, &err), &err);
    for (size_t i = 0; i < data->n; i++)
        out[data->n * width + i] = labels[i];
    free(labels);
    return out;
}

static void assert_same_predictions(const mlt_model *a, const mlt_model *b, const mlt_dataset *data) {
    size_t n_a, n_b;
    double *of_a = predict(a, data, &n_a), *of_b = predict(b, data, &n_b);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(of_a, of_b, n_a * sizeof *of_a);
    free(of_a);
    free(of_b);
}

static void assert_same_schema(const mlt_schema *a, const mlt_schema *b) {
    assert_int_equal(a->task, b->task);
    assert_int_equal(a->p, b->p);
    assert_int_equal(a->k, b->k);
    assert_string_equal(a->target, b->target);
    assert_true(!a->weights == !b->weights);
    if (a->weights)
        assert_string_equal(a->weights, b->weights);
    for (size_t c = 0; c < a->k; c++)
        assert_string_equal(a->classes[c], b->classes[c]);
    for (size_t j = 0; j < a->p; j++) {
        const mlt_feature *x = &a->features[j], *y = &b->features[j];
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->type, y->type);
        assert_int_equal(x->n_levels, y->n_levels);
        for (size_t l = 0; l < x->n_levels; l++)
            assert_string_equal(x->levels[l], y->levels[l]);
        assert_int_equal(x->has_fill, y->has_fill);
        if (x->has_fill && x->type == MLT_NUMERIC)
            assert_memory_equal(&x->fill_value, &y->fill_value, sizeof x->fill_value);
        if (x->has_fill && x->type == MLT_CATEGORICAL)
            assert_int_equal(x->fill_code, y->fill_code);
    }
}

static void assert_same_params(const mlt_params *a, const mlt_params *b) {
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        const mlt_param_value *x = &a->values[i], *y = &b->values[i];
        assert_int_equal(x->none, y->none);
        assert_int_equal(x->is_share, y->is_share);
        assert_int_equal(x->integer, y->integer);
        assert_memory_equal(&x->real, &y->real, sizeof x->real);
        if (a->specs[i].kind == MLT_PARAM_CHOICE)
            assert_string_equal(x->text, y->text);
    }
}

/* The trees that people see, every number of them. */
static void assert_same_trees(mlt_model *loaded, const mlt_model *fitted) {
    mlt_error err;
    assert_ok(mlt_model_unpack(loaded, &err), &err);
    assert_ok(mlt_model_unpack(loaded, &err), &err); /* does nothing */
    mlt_model_view a = mlt_model_view_of(loaded), b = mlt_model_view_of(fitted);
    assert_int_equal(a.n_trees, b.n_trees);
    for (size_t t = 0; t < a.n_trees; t++) {
        const mlt_tree *x = &a.trees[t], *y = &b.trees[t];
        assert_int_equal(x->n_nodes, y->n_nodes);
        assert_int_equal(x->width, y->width);
        assert_int_equal(x->n_category_words, y->n_category_words);
        assert_memory_equal(x->value, y->value, x->n_nodes * x->width * sizeof *x->value);
        assert_memory_equal(x->n, y->n, x->n_nodes * sizeof *x->n);
        if (x->n_category_words > 0)
            assert_memory_equal(x->category_bits, y->category_bits, 4 * x->n_category_words);
        for (size_t i = 0; i < x->n_nodes; i++) {
            assert_int_equal(x->nodes[i].feature, y->nodes[i].feature);
            assert_int_equal(x->nodes[i].right, y->nodes[i].right);
            assert_int_equal(x->nodes[i].flags, y->nodes[i].flags);
            if (x->nodes[i].flags & MLT_NODE_CATEGORY)
                assert_int_equal(x->category_offset[i], y->category_offset[i]);
            else
                assert_memory_equal(&x->nodes[i].threshold, &y->nodes[i].threshold, sizeof(double));
        }
    }
}

static void check_round_trip(const sample *s, void *user) {
    scratch *dir = user;
    mlt_error err;
    mlt_model *loaded;
    assert_ok(mlt_model_file_load(&loaded, NULL, save(dir, s, "m"), NULL, &err), &err);
    assert_ptr_equal(mlt_model_type_of(loaded), mlt_model_type_of(s->model));
    assert_int_equal(mlt_model_seed(loaded), 4294967295u);
    assert_same_schema(mlt_model_schema(loaded), mlt_model_schema(s->model));
    assert_same_params(mlt_model_params(loaded), mlt_model_params(s->model));
    assert_same_predictions(loaded, s->model, s->data);
    assert_same_trees(loaded, s->model);
    /* Saved again, it is the same file. */
    size_t size, size_again, stated = 0;
    unsigned char *bytes = scratch_read(scratch_path(dir, "m"), &size);
    assert_ok(mlt_model_file_save(scratch_path(dir, "again"), loaded, &RECIPE, &stated, &err), &err);
    unsigned char *again = scratch_read(scratch_path(dir, "again"), &size_again);
    assert_int_equal(size, size_again);
    assert_int_equal(size, stated);
    assert_memory_equal(bytes, again, size);
    free(bytes);
    free(again);
    mlt_model_free(loaded);
}

static void test_model_file__what_is_saved_comes_back_to_the_bit(void **state) {
    for_each_model(check_round_trip, *state);
}

static void test_model_file__the_recipe_comes_back(void **state) {
    sample s = fit("tree", 3);
    mlt_model *model;
    mlt_recipe recipe;
    mlt_error err;
    assert_ok(mlt_model_file_load(&model, &recipe, save(*state, &s, "m"), NULL, &err), &err);
    assert_string_equal(recipe.command, RECIPE.command);
    assert_string_equal(recipe.data_file, RECIPE.data_file);
    assert_string_equal(recipe.data_sha256, RECIPE.data_sha256);
    assert_int_equal(recipe.data_rows, ROWS);
    assert_int_equal(recipe.delimiter, ';');
    assert_true(recipe.header);
    assert_string_equal(recipe.split, RECIPE.split);
    assert_string_equal(recipe.metrics, RECIPE.metrics);
    mlt_recipe_clear(&recipe);
    assert_null(recipe.command);
    mlt_model_free(model);
    sample_free(&s);
}

static void test_model_file__a_recipe_may_lack_everything(void **state) {
    scratch *dir = *state;
    sample s = fit("tree", 0);
    static const mlt_recipe empty = {0};
    for (int none = 0; none < 2; none++) {
        mlt_model *model;
        mlt_recipe recipe;
        mlt_error err;
        const char *path = scratch_path(dir, "m");
        assert_ok(mlt_model_file_save(path, s.model, none ? NULL : &empty, NULL, &err), &err);
        assert_ok(mlt_model_file_load(&model, &recipe, path, NULL, &err), &err);
        assert_memory_equal(&recipe, &empty, sizeof recipe);
        mlt_model_free(model);
    }
    sample_free(&s);
}

static void test_model_file__a_recipe_that_is_no_json_is_refused(void **state) {
    scratch *dir = *state;
    sample s = fit("tree", 0);
    static const char *const texts[] = {"", "{", "[]", "1", "{\"a\":1,\"a\":2}", "{\"a\":nan}"};
    for (size_t i = 0; i < 2 * COUNT(texts); i++) {
        mlt_recipe recipe = RECIPE;
        *(i % 2 ? &recipe.split : &recipe.metrics) = (char *)(uintptr_t)texts[i / 2];
        mlt_error err;
        assert_int_equal(mlt_model_file_save(scratch_path(dir, "m"), s.model, &recipe, NULL, &err),
                         MLT_E_USAGE);
        assert_non_null(
            strstr(err.message, i % 2 ? "the recipe's split is not" : "the recipe's metrics is not"));
    }
    assert_int_equal(scratch_count(dir), 0);
    sample_free(&s);
}

static void test_model_file__every_kind_of_parameter_comes_back(void **state) {
    scratch *dir = *state;
    static const char *const settings[][6] = {
        {"max-depth=2", "min-samples-leaf=3", "criterion=entropy", "max-features=sqrt", NULL},
        {"max-depth=none", "max-features=2", "max-samples=0.5", "bootstrap=true", NULL},
        {"max-features=1.0", "max-samples=1", "max-leaf-nodes=4", "oob=true", NULL},
        {"max-samples=.75", "min-impurity-decrease=1e-5", "ccp-alpha=0.001", NULL},
        {"max-features=0.7300000000000001", "min-impurity-decrease=1e-300", NULL},
    };
    for (size_t i = 0; i < COUNT(settings); i++) {
        sample s = fit_on(made_frame(ROWS, 3, false, 3), mlt_model_find("random-forest"), settings[i]);
        check_round_trip(&s, dir);
        sample_free(&s);
    }
}

static void test_model_file__names_and_levels_may_be_any_text(void **state) {
    mlt_frame *frame = made_frame(ROWS, 3, false, 3);
    static const char *const names[] = {"a\nb", "\"`$(x)`\\", "\xE2\x82\xAC \x1b[31m"};
    for (size_t j = 0; j < COUNT(names); j++) {
        free(frame->columns[j].name);
        frame->columns[j].name = made_copy(names[j]);
    }
    /* Latin 1 is kept in cells; levels ascend bytewise. */
    static const char *const levels[] = {"", "caf\xC3\xA9", "caf\xE9", "\xFF"};
    for (size_t l = 0; l < COUNT(levels); l++) {
        free(frame->columns[2].levels[l]);
        frame->columns[2].levels[l] = made_copy(levels[l]);
    }
    free(frame->columns[3].levels[2]);
    frame->columns[3].levels[2] = made_copy("\xE9t\xE9");
    sample s = fit_on(frame, mlt_model_find("random-forest"), (const char *const[]){NULL});
    check_round_trip(&s, *state);
    sample_free(&s);
}

static void test_model_file__fills_come_back(void **state) {
    sample s = fit("tree", 3);
    mlt_dataset *filled;
    mlt_error err;
    mlt_model *model;
    uint32_t rows[ROWS];
    for (uint32_t i = 0; i < ROWS; i++)
        rows[i] = i;
    assert_ok(mlt_dataset_impute(&filled, s.data, rows, ROWS, MLT_IMPUTE_MEAN, &err), &err);
    assert_true(filled->schema->features[0].has_fill);
    assert_true(filled->schema->features[2].has_fill);
    mlt_params params = *mlt_model_params(s.model);
    assert_ok(mlt_model_fit(&model, mlt_model_find("tree"), &params, filled, NULL, 0, 1, NULL, &err), &err);
    mlt_model *loaded;
    const char *path = scratch_path(*state, "m");
    assert_ok(mlt_model_file_save(path, model, NULL, NULL, &err), &err);
    assert_ok(mlt_model_file_load(&loaded, NULL, path, NULL, &err), &err);
    assert_same_schema(mlt_model_schema(loaded), filled->schema);
    mlt_model_free(loaded);
    mlt_model_free(model);
    mlt_dataset_free(filled);
    sample_free(&s);
}

/* ---- saving that fails ---- */

static void test_model_file__a_device_that_is_full_is_an_error(void **state) {
    sample s = fit("tree", 3);
    mlt_error err;
    assert_int_equal(mlt_model_file_save("/dev/full", s.model, &RECIPE, NULL, &err), MLT_E_IO);
    assert_non_null(strstr(err.message, "/dev/full: cannot be written: No space left on device"));
    (void)state;
    sample_free(&s);
}

static void test_model_file__saving_survives_any_failing_allocation(void **state) {
    if (!can_fail_allocations())
        skip();
    scratch *dir = *state;
    sample s = fit("random-forest", 3);
    size_t size, size_after;
    unsigned char *before = scratch_read(save(dir, &s, "m"), &size);
    const char *path = scratch_path(dir, "m");
    long n = 0;
    for (mlt_status status = MLT_E_NOMEM; status != MLT_OK; n++) {
        mlt_error err = {0};
        allocations_left = n;
        status = mlt_model_file_save(path, s.model, &RECIPE, NULL, &err);
        allocations_left = -1;
        if (status != MLT_OK && status != MLT_E_NOMEM)
            fail_msg("allocation %ld: status %d, %s", n, (int)status, err.message);
        unsigned char *after = scratch_read(path, &size_after);
        assert_int_equal(size_after, size);
        assert_memory_equal(after, before, size);
        free(after);
        assert_int_equal(scratch_count(dir), 1);
    }
    assert_true(n > 100);
    free(before);
    sample_free(&s);
}

/* ---- damage ---- */

static void test_model_file__cut_at_every_offset_it_is_refused(void **state) {
    scratch *dir = *state;
    sample s = fit("tree", 3);
    size_t size;
    unsigned char *bytes = scratch_read(save(dir, &s, "m"), &size);
    const char *path = scratch_path(dir, "cut");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    setbuf(file, NULL);
    for (size_t cut = 0; cut < size; cut++) {
        mlt_model *model;
        mlt_recipe recipe;
        mlt_error err;
        assert_int_equal(mlt_model_file_load(&model, &recipe, path, NULL, &err), MLT_E_MODEL);
        assert_int_equal(fwrite(bytes + cut, 1, 1, file), 1);
    }
    fclose(file);
    free(bytes);
    sample_free(&s);
}

/* Overwrite one byte of an open file. */
static void poke(int fd, size_t at, unsigned char byte) {
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

static void test_model_file__a_bit_flipped_in_every_byte_is_found(void **state) {
    scratch *dir = *state;
    sample s = fit("tree", 3);
    size_t size;
    unsigned char *bytes = scratch_read(save(dir, &s, "m"), &size);
    const char *path = scratch_path(dir, "m");
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    for (size_t at = 0; at < size; at++) {
        mlt_model *model;
        mlt_error err;
        poke(fileno(file), at, (unsigned char)(bytes[at] ^ 1 << at % 8));
        assert_int_equal(mlt_model_file_load(&model, NULL, path, NULL, &err), MLT_E_MODEL);
        assert_int_equal(strncmp(err.message, path, strlen(path)), 0);
        poke(fileno(file), at, bytes[at]);
    }
    fclose(file);
    free(bytes);
    sample_free(&s);
}

/* Read a file's tensors and metadata, to be written again with changes. */
static void unpack(const char *path, mlt_tensors *tensors, json_t **metadata) {
    mlt__bytes source;
    mlt_error err;
    assert_ok(mlt__bytes_open(&source, path, &err), &err);
    assert_ok(mlt__safetensors_read(tensors, metadata, &source, NULL, &err), &err);
    mlt__bytes_close(&source);
    static const char *const own[] = {"format", "format_version", "header_sha256", "sha256", "xxh3"};
    for (size_t i = 0; i < COUNT(own); i++)
        assert_int_equal(json_object_del(*metadata, own[i]), 0);
}

/* A file with right digests around wrong data is refused, or gives a model that predicts. */
static void assert_harmless(const char *path, const mlt_dataset *data) {
    mlt_model *model;
    mlt_recipe recipe;
    mlt_error err = {0};
    mlt_status status = mlt_model_file_load(&model, &recipe, path, NULL, &err);
    if (status == MLT_E_MODEL) {
        assert_int_equal(strncmp(err.message, path, strlen(path)), 0);
        assert_null(strchr(err.message, '\n'));
        assert_non_null(strchr(err.message, ';'));
        return;
    }
    assert_ok(status, &err);
    size_t width = mlt_model_width(model);
    double *out = calloc(data->n * width, sizeof *out);
    uint32_t *labels = calloc(data->n, sizeof *labels);
    status = mlt_model_predict(out, labels, model, data, NULL, 0, NULL, &err);
    assert_true(status == MLT_OK || status == MLT_E_SCHEMA || status == MLT_E_NUMERIC);
    status = mlt_model_unpack(model, &err);
    assert_true(status == MLT_OK || status == MLT_E_MODEL);
    free(out);
    free(labels);
    mlt_recipe_clear(&recipe);
    mlt_model_free(model);
}

static void check_wrong_tensors(const sample *s, void *user) {
    scratch *dir = user;
    mlt_tensors tensors;
    json_t *metadata;
    unpack(save(dir, s, "m"), &tensors, &metadata);
    const char *path = scratch_path(dir, "m");
    mlt_rng rng;
    mlt_rng_seed(&rng, 7);
    for (int round = 0; round < 200; round++) {
        mlt_tensor *tensor = &tensors.items[mlt_rng_below(&rng, tensors.n - 1)];
        size_t bytes = tensor->count * mlt_dtype_size(tensor->dtype);
        if (bytes == 0)
            continue;
        unsigned char *byte = (unsigned char *)tensor->data + mlt_rng_below(&rng, bytes - 1), kept = *byte;
        *byte = mlt_rng_below(&rng, 1) ? (unsigned char)(kept ^ 1 << mlt_rng_below(&rng, 7))
                                       : (unsigned char)mlt_rng_below(&rng, 255);
        mlt_error err;
        assert_ok(mlt__safetensors_write(path, &tensors, metadata, NULL, &err), &err);
        assert_harmless(path, s->data);
        *byte = kept;
        /* Shorter by one, or without it. */
        if (round % 4 == 0) {
            size_t count = tensor->count;
            tensor->count -= 1;
            assert_ok(mlt__safetensors_write(path, &tensors, metadata, NULL, &err), &err);
            assert_harmless(path, s->data);
            tensor->count = count;
        }
    }
    json_decref(metadata);
    mlt_tensors_clear(&tensors);
}

static void test_model_file__wrong_arrays_are_refused_or_harmless(void **state) {
    for_each_model(check_wrong_tensors, *state);
}

static void test_model_file__wrong_metadata_are_refused_or_harmless(void **state) {
    scratch *dir = *state;
    sample s = fit("random-forest", 3);
    mlt_tensors tensors;
    json_t *metadata, *value;
    unpack(save(dir, &s, "m"), &tensors, &metadata);
    const char *path = scratch_path(dir, "m"), *key;
    static const char spice[] = "\"{}[]:,\\0123456789-.eEulnt ";
    mlt_rng rng;
    mlt_rng_seed(&rng, 9);
    json_t *changed = json_copy(metadata);
    json_object_foreach(metadata, key, value) {
        size_t length = json_string_length(value);
        for (int round = 0; round < 300 && length > 0; round++) {
            char *text = strdup(json_string_value(value));
            for (uint64_t edits = mlt_rng_below(&rng, 2) + 1; edits > 0; edits--)
                text[mlt_rng_below(&rng, length - 1)] = spice[mlt_rng_below(&rng, sizeof spice - 2)];
            json_object_set_new(changed, key, json_string(text));
            free(text);
            mlt_error err;
            assert_ok(mlt__safetensors_write(path, &tensors, changed, NULL, &err), &err);
            assert_harmless(path, s.data);
        }
        json_object_set(changed, key, value);
    }
    json_decref(changed);
    json_decref(metadata);
    mlt_tensors_clear(&tensors);
    sample_free(&s);
}

/* What prediction does not use is checked when it is unpacked. */
static void test_model_file__what_only_people_see_is_checked_for_them(void **state) {
    scratch *dir = *state;
    static const struct {
        const char *tensor;
        double value;
        const char *message;
    } cases[] = {
        {"tree.rest", 1000, "its threshold is not near its float32"},
        {"tree.rest", -1e-9, "its threshold is not near its float32"},
        {"tree.rest", NAN, "tensor tree.rest: value 0 is not finite"},
        {"tree.split_value", INFINITY, "tensor tree.split_value: value 0 is not finite"},
    };
    sample s = fit_on(made_frame(ROWS, 0, false, 3), mlt_model_find("tree"), (const char *const[]){NULL});
    mlt_tensors tensors;
    json_t *metadata;
    unpack(save(dir, &s, "m"), &tensors, &metadata);
    const char *path = scratch_path(dir, "m");
    for (size_t i = 0; i < COUNT(cases); i++) {
        mlt_tensor *tensor = (mlt_tensor *)(uintptr_t)mlt_tensors_find(&tensors, cases[i].tensor),
                   kept = *tensor;
        double *values = calloc(kept.count, sizeof *values);
        values[0] = cases[i].value;
        tensor->dtype = MLT_F64;
        tensor->data = values;
        mlt_error err;
        mlt_model *model;
        assert_ok(mlt__safetensors_write(path, &tensors, metadata, NULL, &err), &err);
        assert_ok(mlt_model_file_load(&model, NULL, path, NULL, &err), &err);
        assert_same_predictions(model, s.model, s.data);
        assert_int_equal(mlt_model_unpack(model, &err), MLT_E_MODEL);
        if (!strstr(err.message, cases[i].message))
            fail_msg("'%s' lacks '%s'", err.message, cases[i].message);
        mlt_explanation *explanation;
        assert_int_equal(mlt_explain(&explanation, model, s.data, 0, NULL, &err), MLT_E_MODEL);
        mlt_model_free(model);
        free(values);
        *tensor = kept;
    }
    json_decref(metadata);
    mlt_tensors_clear(&tensors);
    sample_free(&s);
}

/* ---- metadata that are wrong in one place ---- */

static void test_model_file__what_is_wrong_is_named(void **state) {
    scratch *dir = *state;
#define FEATURES(text) "{\"task\":\"regression\",\"target\":\"y\",\"features\":[" text "]}"
#define NUMERIC(name) "{\"name\":\"" name "\",\"type\":\"numeric\"}"
#define DATA(text) "{\"command\":null,\"data\":{" text "},\"split\":null,\"metrics\":null}"
    static const struct {
        const char *key, *text, *message; /* `text` NULL: left out */
    } cases[] = {
        {"model", NULL, "has no model ''"},
        {"model", "oracle",
         "(version " MLT_VERSION ") has no model 'oracle'; use the version that saved it (" MLT_VERSION
         "), or a newer one"},
        {"model", "\x1b[31m", "has no model '\\x1B[31m'"},
        {"model", "adaboost", "this mltool does not take one of its parameters"},
        {"seed", NULL, "its seed is not a whole number below 2^32"},
        {"seed", "", "its seed"},
        {"seed", "-1", "its seed"},
        {"seed", "4294967296", "its seed"},
        {"seed", "18446744073709551617", "its seed"},
        {"seed", "1e3", "its seed"},
        {"seed", " 1", "its seed"},
        {"schema", NULL, "its schema is missing"},
        {"schema", "", "its schema is not valid JSON (byte 0: a value is expected)"},
        {"schema", "[]", "its schema is wrong: it has no task"},
        {"schema", "{\"task\":\"magic\"}", "it has no task"},
        {"schema", "{\"task\":\"regression\"}", "a column has no name"},
        {"schema", "{\"task\":\"regression\",\"target\":\"\"}", "a column has no name"},
        {"schema", FEATURES(""), "it has no features"},
        {"schema", FEATURES("1"), "a column has no name"},
        {"schema", FEATURES("{\"name\":\"a\"}"), "a column has no type"},
        {"schema", FEATURES("{\"name\":\"a\",\"type\":\"text\"}"), "a column has no type"},
        {"schema", FEATURES(NUMERIC("a") "," NUMERIC("a")), "two columns have one name"},
        {"schema", FEATURES(NUMERIC("y")), "two columns have one name"},
        {"schema",
         "{\"task\":\"regression\",\"target\":\"y\",\"weights\":\"a\",\"features\":[" NUMERIC("a") "]}",
         "two columns have one name"},
        {"schema", FEATURES("{\"name\":\"a\",\"type\":\"categorical\"}"), "levels are not a list"},
        {"schema", FEATURES("{\"name\":\"a\",\"type\":\"categorical\",\"levels\":[\"x\",1]}"),
         "levels is not a text"},
        {"schema", FEATURES("{\"name\":\"a\",\"type\":\"categorical\",\"levels\":[null]}"),
         "a text is missing"},
        {"schema", FEATURES("{\"name\":\"a\",\"type\":\"categorical\",\"levels\":[\"y\",\"x\"]}"),
         "levels are not in order"},
        {"schema", FEATURES("{\"name\":\"a\",\"type\":\"categorical\",\"levels\":[\"x\",\"x\"]}"),
         "levels are not in order"},
        {"schema", FEATURES("{\"name\":\"a\",\"type\":\"categorical\",\"levels\":[\"x\"],\"fill\":\"z\"}"),
         "a fill is not a level"},
        {"schema", FEATURES("{\"name\":\"a\",\"type\":\"numeric\",\"fill\":\"1\"}"),
         "a fill is not a number"},
        {"schema", "{\"task\":\"classification\",\"target\":\"y\",\"features\":[" NUMERIC("a") "]}",
         "classes are not a list"},
        {"schema",
         "{\"task\":\"classification\",\"classes\":[\"x\"],\"target\":\"y\",\"features\":[" NUMERIC("a") "]}",
         "its classes are not two or more different ones"},
        {"schema",
         "{\"task\":\"classification\",\"classes\":[\"b\",\"a\",\"b\"],\"target\":\"y\",\"features\":[]}",
         "its classes are not two or more different ones"},
        {"params", NULL, "its params is missing"},
        {"params", "[]", "its parameters do not fit its model and task"},
        {"params", "{\"max_depth\":[]}", "one of its parameters is not a plain value"},
        {"params", "{\"max_depth\":0}", "this mltool does not take one of its parameters (--max-depth: '0'"},
        {"params", "{\"max_depht\":1}",
         "this mltool does not take one of its parameters (--max_depht: no such"},
        {"params", "{\"max_depth\":\"\\u001b[31m\"}", "--max-depth: '\\x1B[31m'"},
        {"recipe", NULL, "its recipe is missing"},
        {"recipe", "{}", "its recipe is wrong about the data"},
        {"recipe", DATA("\"rows\":-1,\"header\":true"), "its recipe is wrong about the data"},
        {"recipe", DATA("\"rows\":1.5,\"header\":true"), "its recipe is wrong about the data"},
        {"recipe", DATA("\"rows\":1,\"header\":1"), "its recipe is wrong about the data"},
        {"recipe", DATA("\"rows\":1,\"header\":true,\"delimiter\":\";;\""),
         "its recipe is wrong about the data"},
        {"recipe", "{\"command\":1}", "the recipe's command is not a text"},
        {"recipe", "{\"data\":{\"rows\":1,\"header\":true}}", "its recipe is incomplete"},
        {"recipe", "{\"data\":{\"rows\":1,\"header\":true},\"split\":[],\"metrics\":{}}",
         "its recipe is incomplete"},
    };
    sample s = fit("tree", 0);
    mlt_tensors tensors;
    json_t *metadata;
    unpack(save(dir, &s, "m"), &tensors, &metadata);
    const char *path = scratch_path(dir, "m");
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *changed = json_copy(metadata);
        if (cases[i].text)
            json_object_set_new(changed, cases[i].key, json_string(cases[i].text));
        else
            json_object_del(changed, cases[i].key);
        mlt_error err = {0};
        mlt_model *model;
        assert_ok(mlt__safetensors_write(path, &tensors, changed, NULL, &err), &err);
        mlt_status status = mlt_model_file_load(&model, NULL, path, NULL, &err);
        if (status != MLT_E_MODEL || !strstr(err.message, cases[i].message) ||
            strncmp(err.message, path, strlen(path)) != 0 || !strchr(err.message, ';'))
            fail_msg("%s = %s: status %d, '%s' lacks '%s'", cases[i].key, cases[i].text, (int)status,
                     err.message, cases[i].message);
        json_decref(changed);
    }
    json_decref(metadata);
    mlt_tensors_clear(&tensors);
    sample_free(&s);
}

static void test_model_file__what_it_does_not_know_is_passed_over(void **state) {
    scratch *dir = *state;
    sample s = fit("tree", 3);
    mlt_tensors tensors;
    json_t *metadata;
    unpack(save(dir, &s, "m"), &tensors, &metadata);
    json_object_set_new(metadata, "a later key", json_string("with a text"));
    const char *path = scratch_path(dir, "m");
    mlt_error err;
    mlt_model *model;
    assert_ok(mlt__safetensors_write(path, &tensors, metadata, NULL, &err), &err);
    assert_ok(mlt_model_file_load(&model, NULL, path, NULL, &err), &err);
    assert_same_predictions(model, s.model, s.data);
    mlt_model_free(model);
    json_decref(metadata);
    mlt_tensors_clear(&tensors);
    sample_free(&s);
}

static void test_model_file__paths_that_cannot_be_read_are_named(void **state) {
    scratch *dir = *state;
    mlt_model *model;
    mlt_error err;
    assert_int_equal(mlt_model_file_load(&model, NULL, "/no/such/model", NULL, &err), MLT_E_IO);
    assert_string_equal(err.message,
                        "/no/such/model: cannot be read: No such file or directory; check the path");
    assert_int_equal(mlt_model_file_load(&model, NULL, dir->directory, NULL, &err), MLT_E_IO);
    assert_int_equal(mlt_model_file_load(&model, NULL, "/dev/null", NULL, &err), MLT_E_MODEL);
}

static void check_loading_without_memory(const sample *s, void *user) {
    scratch *dir = user;
    const char *path = save(dir, s, "m");
    long n = 0;
    for (mlt_status status = MLT_E_NOMEM; status != MLT_OK; n++) {
        mlt_model *model = NULL;
        mlt_recipe recipe = {0};
        mlt_error err = {0};
        allocations_left = n;
        status = mlt_model_file_load(&model, &recipe, path, NULL, &err);
        allocations_left = -1;
        if (status != MLT_OK && status != MLT_E_NOMEM)
            fail_msg("%s, allocation %ld: status %d, %s", mlt_model_type_of(s->model)->name, n, (int)status,
                     err.message);
        if (status == MLT_OK) {
            mlt_model_free(model);
            mlt_recipe_clear(&recipe);
        }
    }
    assert_true(n > 100);
}

static void test_model_file__loading_survives_any_failing_allocation(void **state) {
    if (!can_fail_allocations())
        skip();
    for_each_model(check_loading_without_memory, *state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_model_file__##name, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_saved_comes_back_to_the_bit),
        TEST(the_recipe_comes_back),
        TEST(a_recipe_may_lack_everything),
        TEST(a_recipe_that_is_no_json_is_refused),
        TEST(every_kind_of_parameter_comes_back),
        TEST(names_and_levels_may_be_any_text),
        TEST(fills_come_back),
        TEST(a_device_that_is_full_is_an_error),
        TEST(saving_survives_any_failing_allocation),
        TEST(cut_at_every_offset_it_is_refused),
        TEST(a_bit_flipped_in_every_byte_is_found),
        TEST(wrong_arrays_are_refused_or_harmless),
        TEST(what_only_people_see_is_checked_for_them),
        TEST(wrong_metadata_are_refused_or_harmless),
        TEST(what_is_wrong_is_named),
        TEST(what_it_does_not_know_is_passed_over),
        TEST(paths_that_cannot_be_read_are_named),
        TEST(loading_survives_any_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
