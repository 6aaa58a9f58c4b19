/* The first difference between two models: whatever is changed is found, and named. */
#include "made_model.h"
#include "support.h"

static mlt_recipe recipe_of(const char *digest, const char *split, const char *metrics) {
    return (mlt_recipe){
        .data_rows = ROWS, .data_sha256 = (char *)digest, .split = (char *)split, .metrics = (char *)metrics};
}

static const char *difference(mlt_difference *out, const mlt_model *was, const mlt_recipe *was_made,
                              const mlt_model *is, const mlt_recipe *is_made) {
    mlt_error err;
    assert_ok(mlt_model_difference(out, was, was_made, is, is_made, &err), &err);
    return out->text;
}

/* The model made again from its arrays, of which element `e` of array `i` is changed; NULL if that is
 * refused. */
static mlt_model *changed(const mlt_model *model, size_t i, size_t e, bool *there) {
    mlt_tensors *arrays = calloc(1, sizeof *arrays);
    mlt_error err;
    mlt_model *out = NULL;
    assert_non_null(arrays);
    assert_ok(mlt_model_save_tensors(model, arrays, &err), &err);
    *there = i < arrays->n;
    if (*there && e < arrays->items[i].count) {
        mlt_tensor *array = &arrays->items[i];
        size_t size = mlt_dtype_size(array->dtype);
        unsigned char *own = malloc(array->count * size);
        assert_non_null(own);
        memcpy(own, array->data, array->count * size);
        own[e * size + (array->dtype >= MLT_F32 ? size - 2 : 0)] ^= 1;
        if (array->owned)
            free(array->data);
        array->data = own;
        array->owned = true;
    }
    if (*there && mlt_model_load_tensors(&out, mlt_model_type_of(model), mlt_model_params(model),
                                         mlt_model_schema(model), mlt_model_seed(model), arrays, NULL,
                                         &err) == MLT_OK) {
        mlt_model_own_tensors(out, arrays);
        if (mlt_model_unpack(out, &err) == MLT_OK)
            return out;
        mlt_model_free(out);
        return NULL;
    }
    mlt_tensors_clear(arrays);
    free(arrays);
    return NULL;
}

/* Change one element of one array after another. */
static void check_every_array(const sample *s, void *user) {
    (void)user;
    mlt_difference found;
    mlt_recipe made = recipe_of("a", "{}", "{}");
    bool there;
    mlt_model *was = changed(s->model, 0, SIZE_MAX, &there);
    assert_non_null(was);
    assert_string_equal(difference(&found, was, &made, was, &made), "");
    size_t n_changed = 0;
    for (size_t i = 0;; i++)
        for (size_t e = 0; e < 3; e++) {
            mlt_model *is = changed(was, i, e, &there);
            if (!there) {
                /* A baseline's shares must add up to 1, so that it is refused with any one of them changed.
                 */
                assert_true(n_changed > 0 || mlt_model_type_of(s->model)->baseline);
                mlt_model_free(was);
                return;
            }
            if (!is)
                continue;
            mlt_tensors old = {0}, new = {0};
            mlt_error err;
            assert_ok(mlt_model_save_tensors(was, &old, &err), &err);
            assert_ok(mlt_model_save_tensors(is, &new, &err), &err);
            bool same =
                old.items[i].dtype ==
                new.items[i].dtype &&memcmp(old.items[i].data, new.items[i].data,
                                            old.items[i].count * mlt_dtype_size(old.items[i].dtype)) == 0;
            if (same == (*difference(&found, was, &made, is, &made) != '\0'))
                fail_msg("%s, array %s, element %zu: '%s'", mlt_model_type_of(was)->name, old.items[i].name,
                         e, found.text);
            n_changed += !same;
            mlt_tensors_clear(&old);
            mlt_tensors_clear(&new);
            mlt_model_free(is);
        }
}

static void test_model_difference__every_changed_element_is_found(void **state) {
    (void)state;
    for_each_model(check_every_array, NULL);
}

static void test_model_difference__names_it(void **state) {
    (void)state;
    const mlt_model_type *tree = mlt_model_find("tree");
    mlt_recipe made = recipe_of("aa", "{\"test_size\":0.2}", "{}");
    mlt_recipe other_data = recipe_of("bb", "{\"test_size\":0.2}", "{}");
    mlt_recipe other_split = recipe_of("aa", "{\"test_size\":0.3}", "{}");
    mlt_recipe other_metrics = recipe_of("aa", "{\"test_size\":0.2}", "{\"train\":{}}");
    const char *const deep[] = {NULL}, *const flat[] = {"max-depth=1", NULL};
    sample a = fit_on(made_frame(ROWS, 3, false, 3), tree, deep);
    sample b = fit_on(made_frame(ROWS, 3, false, 3), tree, flat);
    sample c = fit_on(made_frame(ROWS, 3, false, 4), tree, deep);
    sample d = fit_on(made_frame(ROWS, 2, false, 3), tree, deep);
    sample e = fit_on(made_frame(ROWS, 0, false, 3), tree, deep);
    sample f = fit("linear", 0);
    const struct {
        const mlt_model *is;
        const mlt_recipe *made;
        const char *says;
    } cases[] = {
        {a.model, &made, ""},
        {a.model, &other_data, "the data's digest: was aa, is bb"},
        {a.model, &other_split, "the split: was {\"test_size\":0.2}, is {\"test_size\":0.3}"},
        {a.model, &other_metrics, "the metrics: was {}, is {\"train\":{}}"},
        {b.model, &made, "the parameter max-depth: was none, is 1"},
        {c.model, &made, "tree 0, node 0"},
        {d.model, &made, "classes: were 3, are 2"},
        {e.model, &made, "the task: was classification, is regression"},
        {f.model, &made, "the task: was classification, is regression"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlt_difference found;
        difference(&found, a.model, &made, cases[i].is, cases[i].made);
        found.text[*cases[i].says ? strlen(cases[i].says) : strlen(found.text)] = '\0';
        assert_string_equal(found.text, cases[i].says);
    }
    mlt_difference found;
    assert_string_equal(difference(&found, e.model, &made, f.model, &made), "the model: was tree, is linear");
    sample *all[] = {&a, &b, &c, &d, &e, &f};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sample_free(all[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_difference__every_changed_element_is_found),
        cmocka_unit_test(test_model_difference__names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
