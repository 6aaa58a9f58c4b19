/* The tree engine's ways to the same tree against each other. */
#include "models/tree_engine.h"
#include "support.h"

#include "made_tree_data.h"

enum { FEATURES = 7, MANY_FEATURES = 50 };

typedef struct problem {
    made_table *table;
    uint32_t *labels;
    double *weights;
    mlt_tree_data *data;
} problem;

/* k classes, or numbers if it is 0, whole ones in bins. Features 0 and 1 are normal; 2 has few values, 3
 * mostly zeros, 4 is 0 again, 5 a copy of it nearly in order, 6 uniform; further ones are normal. Weights are
 * those of a bootstrap. */
static problem problem_new(size_t n, size_t k, size_t p, size_t max_bins, uint32_t seed) {
    problem made = {.table = made_table_new(n, p)};
    made_table *t = made.table;
    mlt_rng rng;
    mlt_rng_seed(&rng, seed);
    made.labels = calloc(n, sizeof *made.labels);
    made.weights = calloc(n, sizeof *made.weights);
    for (size_t i = 0; i < n; i++) {
        double **x = t->columns;
        x[0][i] = mlt_rng_gauss(&rng);
        x[1][i] = mlt_rng_gauss(&rng);
        x[2][i] = (double)mlt_rng_randint(&rng, 0, 5);
        x[3][i] = fmax(0, mlt_rng_gauss(&rng) - 1);
        x[4][i] = x[0][i];
        x[5][i] = x[0][i] + 0.001 * mlt_rng_gauss(&rng);
        x[6][i] = mlt_rng_uniform(&rng);
        double sum = x[0][i] + x[1][i] * x[6][i] + 0.2 * x[2][i] + mlt_rng_gauss(&rng);
        for (size_t j = FEATURES; j < p; j++)
            x[j][i] = mlt_rng_gauss(&rng);
        t->y[i] = max_bins > 0 ? floor(100 * sum) : sum;
        made.labels[i] = k > 0 ? (uint32_t)fmin((double)k - 1, fmax(0, floor(sum + (double)k / 2))) : 0;
        made.weights[mlt_rng_randint(&rng, 0, (int64_t)n)]++;
    }
    made.data = made_tree_data(t, k > 0 ? made.labels : NULL, k, max_bins);
    return made;
}

static void problem_free(problem *made) {
    mlt__tree_data_free(made->data);
    free(made->labels);
    free(made->weights);
    made_table_free(made->table);
}

static mlt_tree grow(const problem *made, const mlt_tree_params *params, double factor) {
    double *weights = calloc(made->data->n, sizeof *weights);
    mlt_tree tree;
    mlt_error err;
    for (size_t i = 0; i < made->data->n; i++)
        weights[i] = factor * made->weights[i];
    mlt_tree_sample sample = {.n = made->data->n, .weights = weights, .seed = 3};
    assert_ok(mlt__tree_grow(&tree, NULL, made->data, params, &sample, &err), &err);
    free(weights);
    return tree;
}

static void assert_same_tree(const mlt_tree *a, const mlt_tree *b, double factor) {
    assert_int_equal(a->n_nodes, b->n_nodes);
    for (size_t i = 0; i < a->n_nodes; i++) {
        const mlt_tree_node *x = &a->nodes[i], *y = &b->nodes[i];
        if (x->feature != y->feature || x->threshold != y->threshold || x->right != y->right ||
            x->flags != y->flags || a->n[i] != b->n[i])
            fail_msg("node %zu of %u rows: feature %d at %.9g, not %d at %.9g", i, b->n[i], x->feature,
                     x->threshold, y->feature, y->threshold);
        for (size_t c = 0; c < a->width; c++)
            assert_true(a->value[i * a->width + c] * factor == b->value[i * b->width + c]);
    }
}

/* Multiplying all weights by a power of two changes no share and no comparison, but leads another way: by
 * pairs and bins (Gini of two classes) up to 2^16 a row, by sorting whole counts up to 2^24, without tables
 * of logarithms beyond 2^27 a node, and in scikit-learn's very order of sums beyond all. */
static void assert_same_by_factors(const problem *made, const mlt_tree_params *params, bool grows) {
    mlt_tree quick = grow(made, params, 1);
    for (int power = 8; power <= 24; power += 8) {
        double factor = ldexp(1, power);
        mlt_tree other = grow(made, params, factor);
        assert_same_tree(&quick, &other, factor);
        mlt__tree_clear(&other);
    }
    if (grows)
        assert_true(quick.n_nodes > made->data->n / 20);
    mlt__tree_clear(&quick);
}

/* From two rows to several copies of subtrees; all features and some. */
static void test_tree_engines__classes(void **state) {
    (void)state;
    const size_t sizes[] = {2, 3, 17, 64, 65, 300, 2500, 30000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t k = 2; k <= 3; k++)
            for (size_t features = 2; features <= FEATURES; features += FEATURES - 2)
                for (mlt_criterion criterion = MLT_GINI; criterion <= MLT_ENTROPY; criterion++) {
                    problem made = problem_new(sizes[s], k, FEATURES, 0, (uint32_t)(10 * s + k));
                    mlt_tree_params params = {.criterion = criterion,
                                              .max_depth = SIZE_MAX,
                                              .min_samples_split = 2,
                                              .min_samples_leaf = 1 + s % 2,
                                              .max_features = features};
                    assert_same_by_factors(&made, &params, sizes[s] > 1000);
                    problem_free(&made);
                }
}

/* Multiply all columns, so that values come to be too close to be parted: a tenth of them or nearly all. */
static void rescale(problem *made, double factor, size_t k) {
    made_table *t = made->table;
    for (size_t j = 0; j < t->p; j++)
        for (size_t i = 0; i < t->n; i++)
            t->columns[j][i] *= factor;
    mlt__tree_data_free(made->data);
    made->data = made_tree_data(t, k > 0 ? made->labels : NULL, k, 0);
}

static void test_tree_engines__close_values(void **state) {
    (void)state;
    const double factors[] = {1e-3, 1e-4, 1e-6};
    const size_t sizes[] = {50, 300, 3000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t k = 2; k <= 3; k++)
            for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
                problem made = problem_new(sizes[s], k, FEATURES, 0, (uint32_t)(10 * s + k));
                rescale(&made, factors[f], k);
                assert_true(sizes[s] < 3000 || made.data->features[0].close.n > sizes[s] / 50);
                mlt_tree_params params = {.criterion = MLT_GINI,
                                          .max_depth = SIZE_MAX,
                                          .min_samples_split = 2,
                                          .min_samples_leaf = 1,
                                          .max_features = FEATURES};
                assert_same_by_factors(&made, &params, f == 0);
                problem_free(&made);
            }
}

/* Grow the problem's tree twice, once with its columns said to have missing cells: these are searched one by
 * one. */
static void assert_plain_way(problem *made, const mlt_tree_params *params) {
    mlt_tree quick = grow(made, params, 1);
    for (size_t j = 0; j < made->data->p; j++)
        made->data->features[j].has_missing = true;
    mlt_tree plain = grow(made, params, 1);
    assert_same_tree(&quick, &plain, 1);
    mlt__tree_clear(&quick);
    mlt__tree_clear(&plain);
}

/* Numbers, by lanes and by sorting each column; in bins, by lanes and cells, and by histograms. */
static void test_tree_engines__numbers(void **state) {
    (void)state;
    const size_t sizes[] = {2, 3, 17, 255, 256, 257, 2500}, columns[] = {FEATURES, MANY_FEATURES};
    const double factors[] = {1, 1e-4, 1e-6};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int many = 0; many < 2; many++)
            for (int some = 0; some < 2; some++)
                for (size_t f = 0; f <= sizeof factors / sizeof *factors; f++) {
                    bool in_bins = f == sizeof factors / sizeof *factors;
                    size_t p = columns[many];
                    problem made = problem_new(sizes[s], 0, p, in_bins ? 255 : 0, (uint32_t)s);
                    mlt_tree_params params = {.criterion = MLT_SQUARED_ERROR,
                                              .max_depth = SIZE_MAX,
                                              .min_samples_split = 2,
                                              .min_samples_leaf = 1,
                                              .max_features = some ? p / 3 : p};
                    if (!in_bins)
                        rescale(&made, factors[f], 0);
                    assert_plain_way(&made, &params);
                    problem_free(&made);
                }
}

/* Classes in bins, by whole counts; where columns have missing cells, by histograms. These round otherwise,
 * so that only the first levels are sure to be the same. */
static void test_tree_engines__classes_in_bins(void **state) {
    (void)state;
    const size_t sizes[] = {100, 700, 10000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t k = 2; k <= 3; k++)
            for (mlt_criterion criterion = MLT_GINI; criterion <= MLT_ENTROPY; criterion++)
                for (int few = 0; few < 2; few++) {
                    problem made = problem_new(sizes[s], k, FEATURES, 255, (uint32_t)(10 * s + k));
                    mlt_tree_params params = {.criterion = criterion,
                                              .max_depth = 3,
                                              .min_samples_split = 2,
                                              .min_samples_leaf = few ? sizes[s] / 4 : 1,
                                              .max_features = FEATURES};
                    assert_plain_way(&made, &params);
                    problem_free(&made);
                }
}

/* A node's rows: how much of each class has each of a feature's values, which are −128 to 127. */
typedef struct value_counts {
    double weight[256], second[256];
} value_counts;

static double gain_of(double left, double left_second, double weight, double second) {
    double d = (weight - second) * left_second - second * (left - left_second);
    return d * d / (left * (weight - left));
}

/* The gain of the best of a feature's cuts; −1 if it is constant. */
static double best_gain_of(const value_counts *counts, double weight, double second) {
    double left = 0, left_second = 0, best = -1;
    for (int v = 0; v < 256; v++) {
        left += counts->weight[v];
        left_second += counts->second[v];
        if (left > 0 && left < weight)
            best = fmax(best, gain_of(left, left_second, weight, second));
    }
    return best;
}

/* No cut of any feature is better than the one that the node makes; then the same of its children. */
static void check_node(const mlt_tree *tree, size_t node, const problem *made, const double *weights,
                       uint32_t *rows, size_t n) {
    const mlt_tree_node *split = &tree->nodes[node];
    double weight = 0, second = 0, best = -1, left = 0, left_second = 0;
    for (size_t j = 0; j < FEATURES; j++) {
        value_counts counts = {0};
        weight = second = 0;
        for (size_t i = 0; i < n; i++) {
            double w = weights[rows[i]];
            int value = (int)made->table->columns[j][rows[i]] + 128;
            counts.weight[value] += w;
            counts.second[value] += w * made->labels[rows[i]];
            weight += w;
            second += w * made->labels[rows[i]];
        }
        best = fmax(best, best_gain_of(&counts, weight, second));
    }
    assert_int_equal(tree->n[node], n);
    assert_true(tree->value[2 * node] == weight - second && tree->value[2 * node + 1] == second);
    if (split->feature < 0) {
        assert_true(best < 0 || second == 0 || second == weight);
        return;
    }
    size_t n_left = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t row = rows[i];
        if (made->table->columns[split->feature][row] > split->threshold)
            continue;
        left += weights[row];
        left_second += weights[row] * made->labels[row];
        rows[i] = rows[n_left];
        rows[n_left++] = row;
    }
    double gain = gain_of(left, left_second, weight, second);
    if (!(gain >= best * (1 - 1e-12)))
        fail_msg("node %zu of %zu rows gains %.17g, not %.17g", node, n, gain, best);
    check_node(tree, node + 1, made, weights, rows, n_left);
    check_node(tree, split->right, made, weights, rows + n_left, n - n_left);
}

/* Both engines, where bins hold one value each; and weights that lead each of their ways: by pairs, by
 * float32 and by double precision. */
static void test_tree_engines__every_split_is_a_best_one(void **state) {
    (void)state;
    const size_t sizes[] = {2, 3, 9, 40, 70, 300, 3000};
    const double factors[] = {1, 60, 5000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int in_bins = 0; in_bins < 2; in_bins++)
            for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
                size_t n = sizes[s], used = 0;
                problem made = problem_new(n, 2, FEATURES, 0, (uint32_t)s);
                for (size_t j = 0; j < FEATURES; j++)
                    for (size_t i = 0; i < n; i++)
                        made.table->columns[j][i] =
                            fmax(-128, fmin(127, rint(30 * made.table->columns[j][i])));
                mlt__tree_data_free(made.data);
                made.data = made_tree_data(made.table, made.labels, 2, in_bins ? 255 : 0);
                mlt_tree_params params = {.criterion = MLT_GINI,
                                          .max_depth = SIZE_MAX,
                                          .min_samples_split = 2,
                                          .min_samples_leaf = 1,
                                          .max_features = FEATURES};
                mlt_tree tree = grow(&made, &params, factors[f]);
                uint32_t *rows = calloc(n, sizeof *rows);
                for (size_t i = 0; i < n; i++) {
                    if (made.weights[i] > 0)
                        rows[used++] = (uint32_t)i;
                    made.weights[i] *= factors[f];
                }
                check_node(&tree, 0, &made, made.weights, rows, used);
                free(rows);
                mlt__tree_clear(&tree);
                problem_free(&made);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_engines__classes),
        cmocka_unit_test(test_tree_engines__close_values),
        cmocka_unit_test(test_tree_engines__numbers),
        cmocka_unit_test(test_tree_engines__classes_in_bins),
        cmocka_unit_test(test_tree_engines__every_split_is_a_best_one),
    };
    return cmocka_run_group_tests_name("tree_engines", tests, NULL, NULL);
}
