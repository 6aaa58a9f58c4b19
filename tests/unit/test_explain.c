/* Explanations: they add up to the bit, Shapley values are those of brute force over all subsets of features,
 * the smallest change flips the class and nothing nearer does. */
#include "support.h"

#include "failing_malloc.h"
#include "made_data.h"
#include "ready_data.h"

enum { MOST_PARTS = 200 };

/* ---- making models ---- */

/* A parameter and its value, then another, ended by NULL. */
static mlt_model *fitted(const char *name, const mlt_dataset *data, const char *const *settings) {
    const mlt_model_type *type = mlt_model_find(name);
    mlt_params params;
    mlt_model *model;
    mlt_error err;
    mlt_params_init(&params, type->params, type->n_params);
    for (; settings && *settings; settings += 2)
        assert_ok(mlt_params_set(&params, settings[0], settings[1], &err), &err);
    assert_ok(mlt_params_resolve(&params, data->schema->task, &err), &err);
    assert_ok(mlt_model_fit(&model, type, &params, data, NULL, 0, 42, NULL, &err), &err);
    return model;
}

static mlt_explanation *explain(mlt_model *model, const mlt_dataset *data, size_t row) {
    mlt_explanation *e;
    mlt_error err;
    assert_ok(mlt_explain(&e, model, data, row, NULL, &err), &err);
    return e;
}

static void assert_near(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%s is %.17g, not %.17g", what, value, wanted);
}

/* ---- adding up ---- */

/* The exact sum, rounded once: Python's math.fsum (Shewchuk 1997). */
static double exact_sum(const double *values, size_t n, size_t stride, double first) {
    double partials[MOST_PARTS];
    size_t used = 0;
    for (size_t i = 0; i <= n; i++) {
        double x = i < n ? values[i * stride] : first;
        size_t kept = 0;
        for (size_t j = 0; j < used; j++) {
            double y = partials[j];
            if (fabs(x) < fabs(y)) {
                double swapped = x;
                x = y;
                y = swapped;
            }
            double high = x + y, low = y - (high - x);
            if (low != 0)
                partials[kept++] = low;
            x = high;
        }
        partials[kept++] = x;
        used = kept;
    }
    double sum = used ? partials[--used] : 0, low = 0;
    while (used > 0) {
        double x = sum, y = partials[--used];
        sum = x + y;
        low = y - (sum - x);
        if (low != 0)
            break;
    }
    if (used > 0 && ((low < 0 && partials[used - 1] < 0) || (low > 0 && partials[used - 1] > 0))) {
        double twice = low * 2, x = sum + twice;
        if (twice == x - sum)
            sum = x;
    }
    return sum;
}

/* Sums so far, and those that are not the score to the bit. */
static size_t n_sums, n_inexact;

/* All doubles that the parts could be are multiples of the last place of the smallest: a score between two of
 * these is missed by at most half of that. */
static void assert_adds_up(const mlt_explanation *e, const mlt_parts *parts) {
    for (size_t c = 0; c < e->width; c++) {
        double sum = exact_sum(parts->parts + c, e->p, e->width, parts->base[c]),
               least = fabs(parts->base[c]);
        for (size_t j = 0; j < e->p; j++) {
            double size = fabs(parts->parts[j * e->width + c]);
            least = size > 0 && (size < least || least == 0) ? size : least;
        }
        n_sums++;
        n_inexact += sum != e->score[c];
        if (!(fabs(sum - e->score[c]) <= least * 0x1p-53))
            fail_msg("row %zu, output %zu: %.17g is not %.17g", e->row, c, sum, e->score[c]);
    }
}

static const struct model_case {
    const char *model, *settings[5];
} cases[] = {
    {"tree", {NULL}},
    {"tree", {"max-depth", "3", NULL}},
    {"bagging", {"max-features", "0.6", NULL}},
    {"random-forest", {"n-estimators", "20", NULL}},
    {"adaboost", {"n-estimators", "15", NULL}},
    {"adaboost", {"algorithm", "samme.r", "max-depth", "2", NULL}},
};

static void test_explain__parts_add_up_to_the_bit(void **state) {
    (void)state;
    static const char *const files[] = {"iris", "wine", "breast_cancer", "diabetes", "car_prices"};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        mlt_dataset *data = read_data(files[f]);
        for (size_t m = 0; m < sizeof cases / sizeof *cases; m++) {
            if (!data->labels && strcmp(cases[m].settings[0] ? cases[m].settings[0] : "", "algorithm") == 0)
                continue;
            mlt_model *model = fitted(cases[m].model, data, cases[m].settings);
            for (size_t row = 0; row < data->n; row += 97) {
                mlt_explanation *e = explain(model, data, row);
                assert_adds_up(e, &e->path);
                assert_adds_up(e, &e->shap);
                if (e->kind == MLT_SCORE_PREDICTION)
                    assert_memory_equal(e->score, e->prediction, e->width * sizeof *e->score);
                mlt_explanation_free(e);
            }
            mlt_model_free(model);
        }
        mlt_dataset_free(data);
    }
    assert_true(n_sums > 300);
    assert_true(n_inexact * 50 < n_sums);
}

static void test_explain__linear_terms_add_up(void **state) {
    (void)state;
    static const char *const files[] = {"car_prices", "diabetes", "house_prices"};
    static const char *const settings[][5] = {
        {NULL}, {"base", "linear", NULL}, {"poly", "2", "intercept", "false", NULL}};
    for (size_t i = 0; i < 9; i++) {
        mlt_dataset *data = read_data(files[i / 3]);
        mlt_model *model = fitted(i % 3 == 1 ? "bagging" : "linear", data, settings[i % 3]);
        for (size_t row = 0; row < data->n; row += 83) {
            mlt_explanation *e = explain(model, data, row);
            double sum =
                exact_sum(&e->linear[0].part, e->n_linear, sizeof *e->linear / sizeof(double), e->intercept);
            assert_true(sum == e->prediction[0]);
            for (size_t t = 0; t < e->n_linear && i % 3 != 1; t++) {
                const mlt_linear_part *part = &e->linear[t];
                const mlt_cells *x = &data->x[part->feature];
                double value = x->values ? pow(x->values[row], part->power) : x->codes[row] == part->level;
                assert_near("a term", part->part, part->coefficient * value, 1e-9 * fabs(part->part));
            }
            mlt_explanation_free(e);
        }
        mlt_model_free(model);
        mlt_dataset_free(data);
    }
}

/* ---- Shapley values ---- */

/* What a node would say: as the model counts it, before the division. */
static void say(double *out, const mlt_explanation *e, const mlt_model_view *view, size_t t, size_t node) {
    const double *value = view->trees[t].value + node * e->width;
    double sum = 0, mean = 0;
    size_t best = 0;
    for (size_t c = 0; c < e->width; c++) {
        sum += value[c];
        best = value[c] > value[best] ? c : best;
    }
    for (size_t c = 0; c < e->width; c++)
        out[c] = e->width == 1 ? value[0] : value[c] / sum;
    for (size_t c = 0; c < e->width && e->kind == MLT_SCORE_VOTES && view->tree_weights; c++)
        out[c] = c == best ? view->tree_weights[t] : 0;
    for (size_t c = 0; c < e->width; c++)
        mean += log(fmax(out[c], 2.220446049250313e-16)) / (double)e->width;
    for (size_t c = 0; c < e->width && e->kind == MLT_SCORE_LOGITS; c++)
        out[c] = ((double)e->width - 1) * (log(fmax(out[c], 2.220446049250313e-16)) - mean);
}

/* Add the tree's answer if only the features of `known` are: the others' splits are averaged. */
static void answer(double *out, const mlt_explanation *e, const mlt_model_view *view, size_t t, size_t node,
                   unsigned known, double share) {
    const mlt_tree *tree = &view->trees[t];
    const mlt_tree_node *split = &tree->nodes[node];
    if (split->feature < 0) {
        double said[8];
        say(said, e, view, t, node);
        for (size_t c = 0; c < e->width; c++)
            out[c] += share * said[c];
        return;
    }
    if (known >> split->feature & 1) {
        bool left = mlt_tree_goes_left(tree, node, &e->data->x[split->feature], e->row);
        answer(out, e, view, t, left ? node + 1 : split->right, known, share);
        return;
    }
    double cover[2] = {tree->n[node + 1], tree->n[split->right]};
    if (tree->width > 1) {
        cover[0] = cover[1] = 0;
        for (size_t c = 0; c < tree->width; c++) {
            cover[0] += tree->value[(node + 1) * tree->width + c];
            cover[1] += tree->value[split->right * tree->width + c];
        }
    }
    double sum = cover[0] + cover[1];
    answer(out, e, view, t, node + 1, known, share * cover[0] / sum);
    answer(out, e, view, t, split->right, known, share * cover[1] / sum);
}

static double factorial(size_t n) { return n < 2 ? 1 : (double)n * factorial(n - 1); }

/* φ_f = Σ_S |S|! (p − |S| − 1)! / p! (v(S ∪ f) − v(S)), over all subsets without f. */
static void check_shapley(const mlt_explanation *e) {
    mlt_model_view view = mlt_model_view_of(e->model);
    bool median = view.tree_weights && e->width == 1;
    double divisor = median ? 1 : 0, worth[256][8] = {{0}};
    assert_true(e->p <= 8 && e->width <= 8);
    for (size_t t = 0; t < view.n_trees && !median; t++)
        divisor += view.tree_weights ? view.tree_weights[t] : 1;
    for (unsigned set = 0; set < 1U << e->p; set++)
        for (size_t t = 0; t < view.n_trees; t++)
            if (!median || t == e->told)
                answer(worth[set], e, &view, t, 0, set, 1 / divisor);
    for (size_t f = 0; f < e->p; f++)
        for (size_t c = 0; c < e->width; c++) {
            double phi = 0;
            for (unsigned set = 0; set < 1U << e->p; set++) {
                size_t size = (size_t)__builtin_popcount(set);
                if (!(set >> f & 1))
                    phi += factorial(size) * factorial(e->p - size - 1) / factorial(e->p) *
                           (worth[set | 1U << f][c] - worth[set][c]);
            }
            assert_near("a Shapley value", e->shap.parts[f * e->width + c], phi,
                        1e-13 * fmax(1, fabs(phi) * 100));
        }
    for (size_t c = 0; c < e->width; c++)
        assert_near("the base", e->shap.base[c], worth[0][c], 1e-12 * fmax(1, fabs(worth[0][c])));
}

static void test_explain__shapley_values_are_those_of_brute_force(void **state) {
    (void)state;
    for (size_t classes = 0; classes < 5; classes += classes ? 1 : 2)
        for (size_t missing = 0; missing < 2; missing++) {
            mlt_dataset *data = dataset_of(made_frame(120, classes, missing > 0, 3));
            for (size_t m = 0; m < sizeof cases / sizeof *cases; m++) {
                if (!classes && m + 1 == sizeof cases / sizeof *cases)
                    continue; /* SAMME.R is for classes */
                mlt_model *model = fitted(cases[m].model, data, cases[m].settings);
                for (size_t row = 0; row < 30; row += 7) {
                    mlt_explanation *e = explain(model, data, row);
                    check_shapley(e);
                    mlt_explanation_free(e);
                }
                mlt_model_free(model);
            }
            mlt_dataset_free(data);
        }
    mlt_dataset *iris = read_data("iris");
    mlt_model *model = fitted("random-forest", iris, NULL);
    mlt_explanation *e = explain(model, iris, 70);
    check_shapley(e);
    mlt_explanation_free(e);
    mlt_model_free(model);
    mlt_dataset_free(iris);
}

/* ---- paths, votes ---- */

/* A tree of two splits by hand: x1 <= 0.5, and below it x2 <= 2. */
static void test_explain__path_parts_by_hand(void **state) {
    (void)state;
    mlt_frame *frame = made_frame(8, 0, false, 1);
    static const double x1[] = {0, 0, 0, 0, 1, 1, 1, 1}, x2[] = {1, 1, 3, 3, 1, 1, 3, 3},
                        y[] = {0, 0, 4, 4, 10, 10, 10, 10};
    memcpy(frame->columns[0].values, x1, sizeof x1);
    memcpy(frame->columns[1].values, x2, sizeof x2);
    memcpy(frame->columns[3].values, y, sizeof y);
    memset(frame->columns[2].codes, 0, 8 * sizeof *frame->columns[2].codes);
    mlt_dataset *data = dataset_of(frame);
    mlt_model *model = fitted("tree", data, NULL);
    mlt_explanation *e = explain(model, data, 2);
    /* Means: root 6; x1 <= 0.5: 2; then x2 > 2: 4. */
    assert_near("the base", e->path.base[0], 6, 0);
    assert_near("x1", e->path.parts[0], -4, 0);
    assert_near("x2", e->path.parts[1], 2, 0);
    assert_near("kind", e->path.parts[2], 0, 0);
    /* v() = 6, v(x1) = 2, v(x2) = (4 + 10) / 2 = 7, v(x1, x2) = 4 */
    assert_near("the base", e->shap.base[0], 6, 0);
    assert_near("x1", e->shap.parts[0], ((2 - 6) + (4 - 7)) / 2.0, 1e-15);
    assert_near("x2", e->shap.parts[1], ((7 - 6) + (4 - 2)) / 2.0, 1e-15);
    assert_int_equal(e->told, 0);
    mlt_explanation_free(e);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

static void test_explain__votes_decide(void **state) {
    (void)state;
    mlt_dataset *data = read_data("wine");
    for (size_t m = 4; m < 6; m++) {
        mlt_model *model = fitted("adaboost", data, cases[m].settings);
        for (size_t row = 0; row < data->n; row += 29) {
            mlt_explanation *e = explain(model, data, row);
            size_t best = 0;
            double sum = 0;
            for (size_t c = 0; c < e->width; c++) {
                best = e->score[c] > e->score[best] ? c : best;
                sum += e->score[c];
            }
            assert_int_equal(best, e->label);
            assert_near("the sum", sum, m == 4 ? 1 : 0, 1e-12);
            mlt_explanation_free(e);
        }
        mlt_model_free(model);
    }
    mlt_dataset_free(data);
    data = read_data("diabetes");
    mlt_model *model = fitted("adaboost", data, NULL);
    mlt_explanation *e = explain(model, data, 5);
    mlt_model_view view = mlt_model_view_of(model);
    assert_true(e->told < view.n_trees);
    assert_true(view.trees[e->told].value[e->leaves[e->told]] == e->prediction[0]);
    mlt_explanation_free(e);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

/* ---- changes ---- */

/* The class if one cell were another. */
static uint32_t class_with(const mlt_model *model, const mlt_dataset *data, size_t row, size_t feature,
                           double value, int32_t code) {
    mlt_cells cells[32];
    mlt_dataset changed = *data;
    double out[8];
    uint32_t label, rows[] = {(uint32_t)row};
    mlt_error err;
    memcpy(cells, data->x, data->p * sizeof *cells);
    double *values = NULL;
    int32_t *codes = NULL;
    if (data->x[feature].values) {
        values = malloc(data->n * sizeof *values);
        values[row] = value;
    } else {
        codes = malloc(data->n * sizeof *codes);
        codes[row] = code;
    }
    cells[feature] = (mlt_cells){.values = values, .codes = codes};
    changed.x = cells;
    assert_ok(mlt_model_predict(out, &label, model, &changed, rows, 1, NULL, &err), &err);
    free(values);
    free(codes);
    return label;
}

static void check_flips(const mlt_explanation *e) {
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < e->n_flips; i++) {
        const mlt_flip *flip = &e->flips[i];
        const mlt_cells *x = &e->data->x[flip->feature];
        assert_int_equal(class_with(e->model, e->data, e->row, flip->feature, flip->to, flip->level),
                         flip->label);
        assert_int_not_equal(flip->label, e->label);
        assert_true(i == 0 || e->flips[i - 1].size <= flip->size);
        assert_int_not_equal(flip->feature, last);
        last = flip->feature;
        if (!x->values)
            continue;
        assert_int_equal(flip->above, (double)(float)flip->to > flip->threshold);
        /* Just short of it, and half-way, the class stays. */
        double value = x->values[e->row], short_of = nextafterf((float)flip->to, (float)value);
        assert_int_equal(class_with(e->model, e->data, e->row, flip->feature, short_of, -1), e->label);
        assert_int_equal(class_with(e->model, e->data, e->row, flip->feature, (value + short_of) / 2, -1),
                         e->label);
    }
}

static void test_explain__changes_flip_and_no_smaller_does(void **state) {
    (void)state;
    size_t found = 0;
    for (size_t missing = 0; missing < 2; missing++) {
        mlt_dataset *data = dataset_of(made_frame(150, 3, missing > 0, 8));
        for (size_t m = 0; m < sizeof cases / sizeof *cases; m++) {
            mlt_model *model = fitted(cases[m].model, data, cases[m].settings);
            for (size_t row = 0; row < 60; row += 5) {
                mlt_explanation *e = explain(model, data, row);
                check_flips(e);
                found += e->n_flips;
                mlt_explanation_free(e);
            }
            mlt_model_free(model);
        }
        mlt_dataset_free(data);
    }
    assert_true(found > 150);
    /* One split: petal length, which alone tells setosa. */
    static const char *const stump[] = {"max-depth", "1", NULL};
    mlt_dataset *iris = read_data("iris");
    mlt_model *model = fitted("tree", iris, stump);
    mlt_explanation *e = explain(model, iris, 0);
    assert_int_equal(e->n_flips, 1);
    assert_true(e->flips[0].above);
    assert_near("the threshold", e->flips[0].threshold, mlt_model_view_of(model).trees[0].nodes[0].threshold,
                0);
    mlt_explanation_free(e);
    mlt_model_free(model);
    mlt_dataset_free(iris);
}

/* ---- the rest ---- */

static void test_explain__does_not_depend_on_threads(void **state) {
    (void)state;
    mlt_dataset *data = read_data("breast_cancer");
    mlt_model *model = fitted("random-forest", data, NULL);
    mlt_explanation *one, *eight;
    mlt_error err;
    assert_ok(mlt_explain(&one, model, data, 17, &(mlt_context){.threads = 1}, &err), &err);
    assert_ok(mlt_explain(&eight, model, data, 17, &(mlt_context){.threads = 8}, &err), &err);
    assert_memory_equal(one->shap.parts, eight->shap.parts, one->p * one->width * sizeof(double));
    assert_memory_equal(one->path.parts, eight->path.parts, one->p * one->width * sizeof(double));
    assert_int_equal(one->n_flips, eight->n_flips);
    mlt_explanation_free(one);
    mlt_explanation_free(eight);
    mlt_model_free(model);
    mlt_dataset_free(data);
}

static bool stop(void *user, const char *what, size_t done, size_t total) {
    (void)user, (void)what, (void)done, (void)total;
    return false;
}

static void test_explain__refuses_and_stops(void **state) {
    (void)state;
    mlt_dataset *data = dataset_of(made_frame(60, 2, true, 8));
    mlt_model *model = fitted("random-forest", data, cases[3].settings);
    mlt_explanation *e;
    mlt_error err;
    assert_int_equal(mlt_explain(&e, model, data, 60, NULL, &err), MLT_E_USAGE);
    assert_non_null(strstr(err.message, "which is 59; rows count from 0"));
    assert_null(e);
    assert_int_equal(mlt_explain(&e, model, data, 0, &(mlt_context){.progress = stop}, &err),
                     MLT_E_CANCELLED);
    mlt_status status = can_fail_allocations() ? MLT_E_NOMEM : MLT_OK;
    for (long n = 0; status != MLT_OK; n++) {
        allocations_left = n;
        status = mlt_explain(&e, model, data, 3, &(mlt_context){.threads = 1}, &err);
        allocations_left = -1;
        assert_true(status == MLT_OK || status == MLT_E_NOMEM);
        if (status == MLT_OK)
            mlt_explanation_free(e);
    }
    mlt_model_free(model);
    mlt_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain__parts_add_up_to_the_bit),
        cmocka_unit_test(test_explain__linear_terms_add_up),
        cmocka_unit_test(test_explain__shapley_values_are_those_of_brute_force),
        cmocka_unit_test(test_explain__path_parts_by_hand),
        cmocka_unit_test(test_explain__votes_decide),
        cmocka_unit_test(test_explain__changes_flip_and_no_smaller_does),
        cmocka_unit_test(test_explain__does_not_depend_on_threads),
        cmocka_unit_test(test_explain__refuses_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
