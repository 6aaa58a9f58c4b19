/* How a model came about: splits and runners-up are those of brute force, rounds those of shorter fits,
 * samples those of numpy's draws. */
#include "support.h"

#include "failing_malloc.h"
#include "made_data.h"
#include "ready_data.h"

/* ---- making ---- */

/* A traced fit on four fifths of the rows. */
typedef struct traced {
    mlt_dataset *data;
    mlt_params params;
    mlt_split split;
    mlt_fit_result result;
    mlt_trace *trace;
} traced;

static mlt_status fit(traced *t, mlt_dataset *data, const char *name, const char *const *settings,
                      int threads, bool trace, mlt_error *err) {
    const mlt_model_type *type = mlt_model_find(name);
    *t = (traced){.data = data};
    mlt_params_init(&t->params, type->params, type->n_params);
    for (; settings && *settings; settings += 2)
        assert_ok(mlt_params_set(&t->params, settings[0], settings[1], err), err);
    assert_ok(mlt_params_resolve(&t->params, data->schema->task, err), err);
    mlt_split_options how = {.test_size = 0.2, .random_state = 42};
    mlt_fit_spec spec = {.type = type, .params = &t->params, .random_state = 42};
    mlt_context ctx = {.threads = threads};
    assert_ok(mlt_split_holdout(&t->split, data->n, &how, err), err);
    if (trace) {
        assert_ok(mlt_trace_new(&t->trace, err), err);
        ctx.round = mlt_trace_round_begins;
        ctx.round_user = t->trace;
    }
    assert_ok(mlt_fit_and_measure(&t->result, &spec, data, &t->split, &ctx, err), err);
    return trace ? mlt_trace_finish(t->trace, t->result.model, &spec, data, &t->split, &ctx, err) : MLT_OK;
}

static void traced_clear(traced *t) {
    mlt_trace_free(t->trace);
    mlt_fit_result_clear(&t->result);
    mlt_split_clear(&t->split);
}

static void assert_near(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%s is %.17g, not %.17g", what, value, wanted);
}

/* ---- splits ---- */

/* Gini or variance of some rows. */
static double impurity(const mlt_dataset *data, const uint32_t *rows, size_t n) {
    double counts[8] = {0}, mean = 0, sum = 0;
    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (data->labels)
            counts[data->labels[rows[i]]]++;
        else
            mean += data->y[rows[i]] / (double)n;
    for (size_t c = 0; c < 8; c++)
        sum += counts[c] / (double)n * (counts[c] / (double)n);
    if (data->labels)
        return 1 - sum;
    sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (data->y[rows[i]] - mean) * (data->y[rows[i]] - mean) / (double)n;
    return sum;
}

/* Gain if the rows for which `left` says so go left. */
static double gain(const mlt_dataset *data, const uint32_t *rows, const bool *left, size_t n) {
    uint32_t *sides = calloc(2 * n + 1, sizeof *sides), *right = sides + n;
    size_t n_left = 0, n_right = 0;
    for (size_t i = 0; i < n; i++)
        if (left[i])
            sides[n_left++] = rows[i];
        else
            right[n_right++] = rows[i];
    double whole = impurity(data, rows, n);
    double after =
        ((double)n_left * impurity(data, sides, n_left) + (double)n_right * impurity(data, right, n_right)) /
        (double)n;
    free(sides);
    return n_left && n_right ? whole - after : -1;
}

/* The best gain of a numeric feature, over every cut between two of its values. */
static double best_gain(const mlt_dataset *data, const uint32_t *rows, size_t n, size_t feature) {
    double best = -1;
    bool *left = malloc((n + 1) * sizeof *left);
    for (size_t cut = 0; cut < n; cut++) {
        float value = (float)data->x[feature].values[rows[cut]];
        for (size_t i = 0; i < n; i++)
            left[i] = (float)data->x[feature].values[rows[i]] <= value;
        best = fmax(best, gain(data, rows, left, n));
    }
    free(left);
    return best;
}

static bool below(const mlt_tree *tree, uint32_t node, const mlt_dataset *data, uint32_t row) {
    uint32_t at = 0;
    for (;;) {
        if (at == node)
            return true;
        if (tree->nodes[at].feature < 0)
            return false;
        at = mlt_tree_goes_left(tree, at, &data->x[tree->nodes[at].feature], row) ? at + 1
                                                                                  : tree->nodes[at].right;
    }
}

static void check_split(const traced *t, const mlt_trace_split *split) {
    const mlt_tree *tree = &mlt_model_view_of(t->result.model).trees[0];
    size_t n = 0, chosen = (size_t)tree->nodes[split->node].feature;
    uint32_t *rows = malloc((t->split.n_train + 1) * sizeof *rows);
    bool *left = malloc((t->split.n_train + 1) * sizeof *left);
    for (size_t i = 0; i < t->split.n_train; i++)
        if (below(tree, split->node, t->data, t->split.train[i]))
            rows[n++] = t->split.train[i];
    assert_int_equal(split->rows, n);
    assert_near("the impurity", split->impurity, impurity(t->data, rows, n), 1e-9 * fmax(1, split->impurity));
    for (size_t i = 0; i < n; i++)
        left[i] = mlt_tree_goes_left(tree, split->node, &t->data->x[chosen], rows[i]);
    assert_near("the gain", split->gain, gain(t->data, rows, left, n), 1e-9 * fmax(1, split->impurity));
    double best = -1;
    for (size_t j = 0; j < t->data->p; j++)
        if (j != chosen)
            best = fmax(best, best_gain(t->data, rows, n, j));
    assert_int_equal(split->has_rival, best >= 0);
    if (split->has_rival) {
        size_t rival = (size_t)split->rival.nodes[0].feature;
        assert_int_not_equal(rival, chosen);
        assert_near("the runner-up's gain", split->rival_gain, best, 1e-9 * fmax(1, split->impurity));
        for (size_t i = 0; i < n; i++)
            left[i] = mlt_tree_goes_left(&split->rival, 0, &t->data->x[rival], rows[i]);
        assert_near("the runner-up", gain(t->data, rows, left, n), best, 1e-9 * fmax(1, split->impurity));
        assert_true(split->gain >= split->rival_gain - 1e-9 * fmax(1, split->impurity));
    }
    free(left);
    free(rows);
}

static void test_trace__splits_are_those_of_brute_force(void **state) {
    (void)state;
    static const char *const files[] = {"iris", "wine", "diabetes"};
    static const char *const depth[] = {"max-depth", "4", NULL};
    for (size_t f = 0; f < 3; f++) {
        traced t;
        mlt_error err;
        assert_ok(fit(&t, read_data(files[f]), "tree", depth, 2, true, &err), &err);
        assert_true(t.trace->n_splits >= 5);
        assert_int_equal(t.trace->n_splits, t.trace->n_inner);
        for (size_t i = 0; i < t.trace->n_splits; i++)
            check_split(&t, &t.trace->splits[i]);
        assert_int_equal(t.trace->n_rounds, 0);
        assert_null(t.trace->left_out);
        mlt_dataset *data = t.data;
        traced_clear(&t);
        mlt_dataset_free(data);
    }
}

static void test_trace__categories_entropy_and_medians(void **state) {
    (void)state;
    static const char *const settings[][5] = {{"max-depth", "3", "criterion", "entropy", NULL},
                                              {"max-depth", "3", "criterion", "absolute-error", NULL}};
    for (size_t i = 0; i < 2; i++) {
        traced t;
        mlt_error err;
        mlt_dataset *data = dataset_of(made_frame(100, i ? 0 : 3, true, 5));
        assert_ok(fit(&t, data, "tree", settings[i], 1, true, &err), &err);
        for (size_t s = 0; s < t.trace->n_splits; s++) {
            const mlt_trace_split *split = &t.trace->splits[s];
            assert_true(split->gain > 0 && split->gain <= split->impurity * (1 + 1e-12));
            /* The chosen split is the best, but for ties. */
            assert_true(!split->has_rival || split->rival_gain <= split->gain + 1e-12);
        }
        traced_clear(&t);
        mlt_dataset_free(data);
    }
    /* The holdout of 5 rows with random state 42 trains on rows 4, 2, 0, 3. There y is 1.5 and 1 where x1 is
     * 0, 9 and 10 where it is 1: the median is 5.25, then 1.25 and 9.5. */
    mlt_frame *frame = made_frame(5, 0, false, 1);
    static const double x1[] = {0, 0, 1, 1, 0}, y[] = {1, 2, 9, 10, 1.5};
    memcpy(frame->columns[0].values, x1, sizeof x1);
    memset(frame->columns[1].values, 0, sizeof x1);
    memset(frame->columns[2].codes, 0, 5 * sizeof *frame->columns[2].codes);
    memcpy(frame->columns[3].values, y, sizeof y);
    mlt_dataset *data = dataset_of(frame);
    static const char *const one[] = {"max-depth", "1", "criterion", "absolute-error", NULL};
    traced t;
    mlt_error err;
    assert_ok(fit(&t, data, "tree", one, 1, true, &err), &err);
    assert_near("the impurity", t.trace->splits[0].impurity, (4.25 + 3.75 + 3.75 + 4.75) / 4, 1e-12);
    assert_near("the gain", t.trace->splits[0].gain, 4.125 - (2 * 0.25 + 2 * 0.5) / 4, 1e-12);
    assert_false(t.trace->splits[0].has_rival);
    traced_clear(&t);
    mlt_dataset_free(data);
}

/* ---- rounds ---- */

static void test_trace__rounds_are_those_of_shorter_fits(void **state) {
    (void)state;
    static const struct {
        const char *file, *settings[5], *metric;
    } cases[] = {
        {"breast_cancer", {"n-estimators", "8", NULL}, "accuracy"},
        {"wine", {"n-estimators", "8", "algorithm", "samme.r", NULL}, "accuracy"},
        {"diabetes", {"n-estimators", "8", NULL}, "r2"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        traced all, part;
        mlt_error err;
        mlt_dataset *data = read_data(cases[c].file);
        assert_ok(fit(&all, data, "adaboost", cases[c].settings, 2, true, &err), &err);
        assert_int_equal(all.trace->n_rounds, mlt_model_view_of(all.result.model).n_trees);
        assert_true(all.trace->n_rounds > 3);
        for (size_t t = 0; t < all.trace->n_rounds; t++) {
            char rounds[32];
            const char *settings[] = {"n-estimators", rounds, cases[c].settings[2], cases[c].settings[3],
                                      NULL};
            snprintf(rounds, sizeof rounds, "%zu", t + 1);
            assert_ok(fit(&part, data, "adaboost", settings, 1, false, &err), &err);
            assert_near("the running score", all.trace->rounds[t].train,
                        mlt_metrics_value(&part.result.train, cases[c].metric), 1e-12);
            assert_near("the running score", all.trace->rounds[t].test,
                        mlt_metrics_value(&part.result.test, cases[c].metric), 1e-12);
            traced_clear(&part);
        }
        traced_clear(&all);
        mlt_dataset_free(data);
    }
}

static void test_trace__the_heaviest_rows_were_wrong(void **state) {
    (void)state;
    static const char *const settings[] = {"n-estimators", "3", NULL};
    traced t;
    mlt_error err;
    mlt_dataset *data = read_data("breast_cancer");
    assert_ok(fit(&t, data, "adaboost", settings, 2, true, &err), &err);
    const mlt_tree *stump = &mlt_model_view_of(t.result.model).trees[0];
    size_t wrong = 0, first[MLT_TRACE_HEAVIEST] = {0};
    for (size_t i = 0; i < t.split.n_train; i++) {
        const double *value = stump->value + 2 * (size_t)mlt_tree_leaf(stump, data->x, t.split.train[i]);
        if ((value[1] > value[0]) == data->labels[t.split.train[i]])
            continue;
        if (wrong < MLT_TRACE_HEAVIEST)
            first[wrong] = t.split.train[i];
        wrong++;
    }
    assert_true(t.trace->rounds[0].even);
    assert_near("even", t.trace->rounds[0].times[0], 1, 1e-12);
    /* With two classes those that a round gets wrong have half of all weight in the next. */
    const mlt_trace_round *second = &t.trace->rounds[1];
    assert_false(second->even);
    assert_int_equal(second->n_heaviest, MLT_TRACE_HEAVIEST);
    for (size_t h = 0; h < MLT_TRACE_HEAVIEST; h++) {
        assert_int_equal(second->heaviest[h], first[h]);
        assert_near("the weight", second->times[h], (double)t.split.n_train / (2 * (double)wrong), 1e-12);
    }
    traced_clear(&t);
    mlt_dataset_free(data);
}

/* ---- samples ---- */

static void test_trace__left_out_rows_are_those_not_drawn(void **state) {
    (void)state;
    static const char *const settings[] = {"n-estimators", "7", NULL};
    traced t;
    mlt_error err;
    mlt_dataset *data = read_data("wine");
    assert_ok(fit(&t, data, "random-forest", settings, 2, true, &err), &err);
    assert_int_equal(t.trace->n_trees, 7);
    mlt_rng forest, tree;
    mlt_rng_seed(&forest, 42);
    for (size_t i = 0; i < 7; i++) {
        bool seen[200] = {false};
        size_t left = t.split.n_train;
        mlt_rng_seed(&tree, mlt_rng_member_seed(&forest));
        for (size_t d = 0; d < t.split.n_train; d++) {
            int64_t row = mlt_rng_randint(&tree, 0, (int64_t)t.split.n_train);
            left -= !seen[row];
            seen[row] = true;
        }
        assert_near("left out", t.trace->left_out[i], (double)left / (double)t.split.n_train, 1e-15);
    }
    assert_int_equal(t.trace->n_splits, 0);
    traced_clear(&t);
    mlt_dataset_free(data);
}

/* ---- the rest ---- */

static void test_trace__changes_nothing_and_no_thread_does(void **state) {
    (void)state;
    static const char *const settings[] = {"max-depth", "5", NULL};
    traced one, eight, plain;
    mlt_error err;
    mlt_dataset *data = dataset_of(made_frame(200, 3, true, 2));
    assert_ok(fit(&one, data, "tree", settings, 1, true, &err), &err);
    assert_ok(fit(&eight, data, "tree", settings, 8, true, &err), &err);
    assert_ok(fit(&plain, data, "tree", settings, 1, false, &err), &err);
    assert_memory_equal(one.result.test.values, plain.result.test.values, sizeof one.result.test.values);
    assert_int_equal(one.trace->n_splits, eight.trace->n_splits);
    for (size_t i = 0; i < one.trace->n_splits; i++) {
        assert_true(one.trace->splits[i].rival_gain == eight.trace->splits[i].rival_gain ||
                    !one.trace->splits[i].has_rival);
        assert_true(one.trace->splits[i].gain == eight.trace->splits[i].gain);
    }
    traced_clear(&one);
    traced_clear(&eight);
    traced_clear(&plain);
    mlt_dataset_free(data);
}

static void test_trace__survives_every_failing_allocation(void **state) {
    (void)state;
    if (!can_fail_allocations())
        skip();
    static const char *const models[] = {"tree", "adaboost"};
    static const char *const settings[][5] = {{"max-depth", "2", NULL}, {"n-estimators", "3", NULL}};
    for (size_t m = 0; m < 2; m++) {
        mlt_dataset *data = dataset_of(made_frame(60, 2, true, 2));
        traced t;
        mlt_error err;
        assert_ok(fit(&t, data, models[m], settings[m], 1, true, &err), &err);
        mlt_fit_spec spec = {.type = mlt_model_find(models[m]), .params = &t.params, .random_state = 42};
        mlt_status status = MLT_E_NOMEM;
        for (long n = 0; status != MLT_OK; n++) {
            mlt_trace *again = NULL;
            allocations_left = n;
            status = mlt_trace_new(&again, &err);
            if (status == MLT_OK && m == 1)
                mlt_trace_round_begins(again, 0, (const double[]){0.5, 0.5}, 2);
            if (status == MLT_OK)
                status = mlt_trace_finish(again, t.result.model, &spec, data, &t.split,
                                          &(mlt_context){.threads = 1}, &err);
            allocations_left = -1;
            assert_true(status == MLT_OK || status == MLT_E_NOMEM);
            mlt_trace_free(again);
        }
        traced_clear(&t);
        mlt_dataset_free(data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trace__splits_are_those_of_brute_force),
        cmocka_unit_test(test_trace__categories_entropy_and_medians),
        cmocka_unit_test(test_trace__rounds_are_those_of_shorter_fits),
        cmocka_unit_test(test_trace__the_heaviest_rows_were_wrong),
        cmocka_unit_test(test_trace__left_out_rows_are_those_not_drawn),
        cmocka_unit_test(test_trace__changes_nothing_and_no_thread_does),
        cmocka_unit_test(test_trace__survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
