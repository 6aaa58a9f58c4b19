/* Metrics against scikit-learn 1.2.1 (scripts/fixtures/metrics_reference.py prints the tables) and by hand.
 */
#include "mltool/metrics.h"
#include "mltool/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { N = 60, MAX_K = 12 };

static const struct {
    uint32_t seed;
    double offset;
    bool weighted;
    double expected[5];
} regressions[] = {
    {1,
     0,
     false,
     {1.447124088685353, 1.2029647079966033, 1.0526533067949633, 0.8377341490822823, 1.989291401805922}},
    {1,
     0,
     true,
     {1.6122790053214264, 1.2697554903686876, 1.1138075055822982, 0.7846593859311882, 1.989291401805922}},
    {2,
     1e+06,
     false,
     {1.095522198814398, 1.0466719633268093, 0.8876025261415634, 0.8454263483422442, 1.9479306532302871}},
    {2,
     1e+06,
     true,
     {1.0537676464413332, 1.0265318535931232, 0.8676439774927631, 0.8721534405396498, 1.9479306532302871}},
    {3,
     -40,
     false,
     {1.290887042526736, 1.1361721007517902, 0.9853847259245362, 0.7923176810136446, 1.8883934547350663}},
    {3,
     -40,
     true,
     {1.1614166221747042, 1.0776904110989873, 0.9275684596662297, 0.796353371738055, 1.8883934547350663}},
};

static const struct {
    uint32_t seed, k;
    bool ties, weighted;
    double expected[7];
} classifications[] = {
    {10,
     2,
     false,
     false,
     {0.5833333333333334, 0.5803571428571428, 0.5808080808080809, 0.5803571428571428, 0.5804195804195804,
      1.00292143502816, 0.5122767857142857}},
    {10,
     2,
     false,
     true,
     {0.6363636363636365, 0.6181818181818182, 0.6156334231805931, 0.6181818181818182, 0.6165577342047931,
      1.022113355160863, 0.5382920110192839}},
    {10,
     2,
     true,
     false,
     {0.5833333333333334, 0.5803571428571428, 0.5808080808080809, 0.5803571428571428, 0.5804195804195804,
      0.8004990313773823, 0.46037946428571425}},
    {10,
     2,
     true,
     true,
     {0.6363636363636365, 0.6181818181818182, 0.6156334231805931, 0.6181818181818182, 0.6165577342047931,
      0.8041878104547368, 0.4809917355371902}},
    {11,
     2,
     false,
     false,
     {0.5, 0.5205640423031728, 0.52, 0.5205640423031728, 0.4994438264738599, 0.8674854623147368,
      0.47238542890716795}},
    {11,
     2,
     false,
     true,
     {0.49438202247191, 0.4994438264738599, 0.4994944388270981, 0.4994438264738597, 0.485019930564485,
      0.8390524091446658, 0.42936596218020034}},
    {11,
     2,
     true,
     false,
     {0.5, 0.5205640423031728, 0.52, 0.5205640423031728, 0.4994438264738599, 0.7636537662516361,
      0.462984723854289}},
    {11,
     2,
     true,
     true,
     {0.49438202247191, 0.4994438264738599, 0.4994944388270981, 0.4994438264738597, 0.485019930564485,
      0.777058523367449, 0.4307563959955507}},
    {12,
     3,
     false,
     false,
     {0.3333333333333333, 0.3407655146785582, 0.3422884305237246, 0.3407655146785582, 0.33182422020298635,
      1.2987227434869757, 0.507340676233291}},
    {12,
     3,
     false,
     true,
     {0.29761904761904756, 0.264848558966206, 0.3098310291858679, 0.264848558966206, 0.27586192983517926,
      1.219156148075528, 0.5270390584298815}},
    {12,
     3,
     true,
     false,
     {0.3333333333333333, 0.3407655146785582, 0.3422884305237246, 0.3407655146785582, 0.33182422020298635,
      1.192608791421185, 0.5030401248072001}},
    {12,
     3,
     true,
     true,
     {0.29761904761904756, 0.264848558966206, 0.3098310291858679, 0.264848558966206, 0.27586192983517926,
      1.154468129523167, 0.5360844462799371}},
    {13,
     5,
     false,
     false,
     {0.15, 0.148030303030303, 0.14365800865800865, 0.148030303030303, 0.14476118109394848,
      1.9362785129565157, 0.4822167542774686}},
    {13,
     5,
     false,
     true,
     {0.1090909090909091, 0.1051715309779826, 0.1076058201058201, 0.1051715309779826, 0.10601757944557133,
      1.898216980638607, 0.4891563798530719}},
    {13,
     5,
     true,
     false,
     {0.15, 0.148030303030303, 0.14365800865800865, 0.148030303030303, 0.14476118109394848, 1.756071252888173,
      0.4919293831168831}},
    {13,
     5,
     true,
     true,
     {0.1090909090909091, 0.1051715309779826, 0.1076058201058201, 0.1051715309779826, 0.10601757944557133,
      1.7551100986453467, 0.49750888844601765}},
    {14,
     12,
     false,
     false,
     {0.06666666666666667, 0.07023809523809524, 0.06805555555555555, 0.07023809523809524, 0.06883903133903134,
      2.7244245258672373, 0.4968861477563755}},
    {14,
     12,
     false,
     true,
     {0.08, 0.07126207126207125, 0.10952380952380952, 0.07126207126207125, 0.08363095238095238,
      2.8526790943958837, 0.466344682921555}},
    {14,
     12,
     true,
     false,
     {0.06666666666666667, 0.07023809523809524, 0.06805555555555555, 0.07023809523809524, 0.06883903133903134,
      2.5978876193884495, 0.49731951315138107}},
    {14,
     12,
     true,
     true,
     {0.08, 0.07126207126207125, 0.10952380952380952, 0.07126207126207125, 0.08363095238095238,
      2.657170060411294, 0.4586081103719311}},
};

/* Equal to a relative 1e-12. */
static void assert_close(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* Every metric of the table, in its order. */
static void assert_values(const mlt_metric_input *in, const double *expected) {
    mlt_metrics metrics;
    mlt_error err;
    assert_int_equal(mlt_metrics_compute(&metrics, in, &err), MLT_OK);
    size_t n;
    const mlt_metric *table = mlt_metric_table(in->task, &n);
    assert_int_equal(metrics.n_values, n);
    for (size_t i = 0; i < n; i++) {
        if (isnan(expected[i]))
            assert_true(isnan(metrics.values[i]));
        else
            assert_close(metrics.values[i], expected[i]);
        assert_memory_equal(&metrics.values[i], &(double){mlt_metrics_value(&metrics, table[i].key)},
                            sizeof(double));
    }
    mlt_metrics_clear(&metrics);
}

static const double *draw_weights(double *weights, mlt_rng *rng, bool weighted) {
    for (size_t i = 0; weighted && i < N; i++)
        weights[i] = (int)(mlt_rng_uniform(rng) * 4) * 0.7;
    return weighted ? weights : NULL;
}

static void test_metrics__regression_is_scikit_learns(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof regressions / sizeof regressions[0]; c++) {
        mlt_rng rng;
        mlt_rng_seed(&rng, regressions[c].seed);
        double y[N], prediction[N], weights[N];
        for (size_t i = 0; i < N; i++)
            y[i] = mlt_rng_uniform(&rng) * 10 + regressions[c].offset;
        for (size_t i = 0; i < N; i++)
            prediction[i] = y[i] + mlt_rng_uniform(&rng) * 4 - 2;
        mlt_metric_input in = {.task = MLT_REGRESSION, .n = N, .y = y, .prediction = prediction};
        in.weights = draw_weights(weights, &rng, regressions[c].weighted);
        assert_values(&in, regressions[c].expected);
    }
}

static void test_metrics__classification_is_scikit_learns(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof classifications / sizeof classifications[0]; c++) {
        size_t k = classifications[c].k;
        mlt_rng rng;
        mlt_rng_seed(&rng, classifications[c].seed);
        uint32_t labels[N], predicted[N];
        double proba[N * MAX_K], weights[N];
        for (size_t i = 0; i < N; i++) {
            double sum = 0, *row = proba + i * k;
            labels[i] = (uint32_t)mlt_rng_randint(&rng, 0, (int64_t)k);
            for (size_t j = 0; j < k; j++) {
                double u = mlt_rng_uniform(&rng);
                row[j] = classifications[c].ties ? (int)(u * 4) + 1.0 : u;
                sum += row[j];
            }
            for (size_t j = 0; j < k; j++)
                row[j] /= sum;
            predicted[i] = (uint32_t)mlt_rng_randint(&rng, 0, (int64_t)k);
        }
        mlt_metric_input in = {.task = MLT_CLASSIFICATION,
                               .n = N,
                               .k = k,
                               .labels = labels,
                               .predicted = predicted,
                               .proba = proba};
        in.weights = draw_weights(weights, &rng, classifications[c].weighted);
        assert_values(&in, classifications[c].expected);
    }
}

/* Of four classes 2 is only true, 3 only predicted, 1 neither: the means are over 0, 2 and 3, balanced
 * accuracy over 0 and 2. scikit-learn: accuracy 0.4, balanced_accuracy 1/3, macro precision, recall and F1
 * 2/9. */
static void test_metrics__classes_that_do_not_occur_are_left_out(void **state) {
    (void)state;
    uint32_t labels[] = {0, 0, 0, 2, 2}, predicted[] = {0, 0, 3, 3, 0};
    double proba[20];
    for (size_t i = 0; i < 20; i++)
        proba[i] = 0.25;
    mlt_metric_input in = {
        .task = MLT_CLASSIFICATION, .n = 5, .k = 4, .labels = labels, .predicted = predicted, .proba = proba};
    assert_values(&in, (double[]){0.4, 1 / 3.0, 2 / 9.0, 2 / 9.0, 2 / 9.0, log(4), NAN});
    mlt_metrics metrics;
    assert_int_equal(mlt_metrics_compute(&metrics, &in, NULL), MLT_OK);
    assert_close(metrics.classes[0].precision, 2 / 3.0);
    assert_close(metrics.classes[0].recall, 2 / 3.0);
    assert_close(metrics.classes[0].f1, 2 / 3.0);
    assert_int_equal(metrics.classes[0].support, 3);
    assert_int_equal(metrics.classes[1].support, 0);
    assert_true(metrics.classes[1].precision == 0 && metrics.classes[3].f1 == 0);
    static const uint64_t confusion[16] = {2, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0};
    assert_memory_equal(metrics.confusion, confusion, sizeof confusion);
    mlt_metrics_clear(&metrics);
    mlt_metrics_clear(&metrics);
}

/* Probabilities of 0 are clipped at 2.22e-16; scikit-learn: 12.110445153856311. */
static void test_metrics__log_loss_of_a_certain_mistake_is_finite(void **state) {
    (void)state;
    uint32_t labels[] = {0, 1, 1}, predicted[] = {0, 0, 1};
    double proba[] = {1, 0, 1, 0, 0.25, 0.75};
    mlt_metric_input in = {
        .task = MLT_CLASSIFICATION, .n = 3, .k = 2, .labels = labels, .predicted = predicted, .proba = proba};
    assert_values(&in, (double[]){2 / 3.0, 0.75, 0.75, 0.75, 2 / 3.0, 12.110445153856311, 0.75});
}

/* Probabilities that do not add up to 1 are divided by their sum, as scikit-learn 1.2.1 does. */
static void test_metrics__log_loss_normalises(void **state) {
    (void)state;
    uint32_t labels[] = {0, 1};
    double proba[] = {0.2, 0.2, 0.3, 0.6};
    mlt_metric_input in = {
        .task = MLT_CLASSIFICATION, .n = 2, .k = 2, .labels = labels, .predicted = labels, .proba = proba};
    assert_values(&in, (double[]){1, 1, 1, 1, 1, -(log(1 / 2.0) + log(2 / 3.0)) / 2, 1});
}

/* A class whose rows weigh nothing has no recall to be balanced, and no place on a curve. */
static void test_metrics__rows_that_weigh_nothing_count_nothing(void **state) {
    (void)state;
    uint32_t labels[] = {0, 0, 1}, predicted[] = {0, 1, 0};
    double proba[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, weights[] = {3, 1, 0};
    mlt_metric_input in = {.task = MLT_CLASSIFICATION,
                           .n = 3,
                           .k = 2,
                           .labels = labels,
                           .predicted = predicted,
                           .proba = proba,
                           .weights = weights};
    /* scikit-learn: macro precision (1 + 0) / 2, recall (0.75 + 0) / 2, F1 (6/7 + 0) / 2. */
    assert_values(&in, (double[]){0.75, 0.75, 0.5, 0.375, 3 / 7.0, log(2), NAN});
}

static void test_metrics__auc_of_one_class_is_not_defined(void **state) {
    (void)state;
    uint32_t labels[] = {1, 1}, predicted[] = {1, 1};
    double proba[] = {0.5, 0.5, 0.25, 0.75}, weights[] = {0, 0};
    mlt_metric_input in = {
        .task = MLT_CLASSIFICATION, .n = 2, .k = 2, .labels = labels, .predicted = predicted, .proba = proba};
    assert_values(&in, (double[]){1, 1, 1, 1, 1, -log(0.375) / 2 - log(1) / 2, NAN});
    in.weights = weights; /* nothing weighs anything: shares are not defined */
    mlt_metrics metrics;
    assert_int_equal(mlt_metrics_compute(&metrics, &in, NULL), MLT_OK);
    assert_true(isnan(mlt_metrics_value(&metrics, "accuracy")));
    assert_true(isnan(mlt_metrics_value(&metrics, "log_loss")));
    mlt_metrics_clear(&metrics);
}

/* EXACTNESS: SSE = 0 gives 1; SST = 0 otherwise 0; fewer than two rows nothing. */
static void test_metrics__r2_at_its_edges(void **state) {
    (void)state;
    static const struct {
        size_t n;
        double y[3], prediction[3], expected;
    } cases[] = {
        {3, {5, 5, 5}, {5, 5, 5}, 1},
        {3, {0.1, 0.1, 0.1}, {0.1, 0.1, 0.2}, 0},
        {1, {5}, {5}, NAN},
        {3, {1, 2, 3}, {2, 2, 2}, 0},
        {3, {1, 2, 3}, {3, 2, 1}, -3},
        {3, {1e9 + 1, 1e9 + 2, 1e9 + 3}, {1e9 + 1, 1e9 + 2, 1e9 + 2}, 0.5},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        mlt_metric_input in = {
            .task = MLT_REGRESSION, .n = cases[c].n, .y = cases[c].y, .prediction = cases[c].prediction};
        mlt_metrics metrics;
        assert_int_equal(mlt_metrics_compute(&metrics, &in, NULL), MLT_OK);
        double r2 = mlt_metrics_value(&metrics, "r2");
        if (isnan(cases[c].expected))
            assert_true(isnan(r2));
        else
            assert_close(r2, cases[c].expected);
        mlt_metrics_clear(&metrics);
    }
}

static void test_metrics__no_rows_have_no_values(void **state) {
    (void)state;
    double none[1] = {0};
    uint32_t no_label[1] = {0};
    mlt_metric_input in = {.task = MLT_REGRESSION, .n = 0, .y = none, .prediction = none};
    assert_values(&in, (double[]){NAN, NAN, NAN, NAN, NAN});
    in = (mlt_metric_input){
        .task = MLT_CLASSIFICATION, .n = 0, .k = 2, .labels = no_label, .predicted = no_label, .proba = none};
    assert_values(&in, (double[]){NAN, NAN, NAN, NAN, NAN, NAN, NAN});
}

static void test_metrics__what_is_not_finite_is_refused(void **state) {
    (void)state;
    mlt_metrics metrics;
    mlt_error err;
    double y[] = {1, 2}, bad[] = {1, INFINITY}, huge[] = {1e300, 1e300};
    mlt_metric_input in = {.task = MLT_REGRESSION, .n = 2, .y = y, .prediction = bad};
    assert_int_equal(mlt_metrics_compute(&metrics, &in, &err), MLT_E_NUMERIC);
    in.prediction = huge;
    assert_int_equal(mlt_metrics_compute(&metrics, &in, &err), MLT_E_NUMERIC);
    assert_non_null(strstr(err.message, "squared errors"));
    uint32_t labels[] = {0, 1};
    double proba[] = {1, 0, NAN, 1};
    in = (mlt_metric_input){
        .task = MLT_CLASSIFICATION, .n = 2, .k = 2, .labels = labels, .predicted = labels, .proba = proba};
    assert_int_equal(mlt_metrics_compute(&metrics, &in, &err), MLT_E_NUMERIC);
    assert_null(metrics.classes);
    assert_null(metrics.confusion);
}

static void test_metrics__a_key_that_is_not_there_has_no_value(void **state) {
    (void)state;
    double y[] = {1, 2};
    mlt_metric_input in = {.task = MLT_REGRESSION, .n = 2, .y = y, .prediction = y};
    mlt_metrics metrics;
    assert_int_equal(mlt_metrics_compute(&metrics, &in, NULL), MLT_OK);
    assert_true(isnan(mlt_metrics_value(&metrics, "accuracy")));
    assert_null(metrics.confusion);
    mlt_metrics_clear(&metrics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics__regression_is_scikit_learns),
        cmocka_unit_test(test_metrics__classification_is_scikit_learns),
        cmocka_unit_test(test_metrics__classes_that_do_not_occur_are_left_out),
        cmocka_unit_test(test_metrics__log_loss_of_a_certain_mistake_is_finite),
        cmocka_unit_test(test_metrics__log_loss_normalises),
        cmocka_unit_test(test_metrics__rows_that_weigh_nothing_count_nothing),
        cmocka_unit_test(test_metrics__auc_of_one_class_is_not_defined),
        cmocka_unit_test(test_metrics__r2_at_its_edges),
        cmocka_unit_test(test_metrics__no_rows_have_no_values),
        cmocka_unit_test(test_metrics__what_is_not_finite_is_refused),
        cmocka_unit_test(test_metrics__a_key_that_is_not_there_has_no_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
