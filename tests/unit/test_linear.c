/* The linear model: scikit-learn's numbers where the design's rank is deficient
 * (scripts/fixtures/linear_reference.py prints the tables), the coefficient table, categories, saving and
 * loading, and what is refused. */
#include "models/linear.h"

#include "made_data.h"
#include "made_designs.h"
#include "made_table.h"
#include "support.h"

static const mlt_linear_options PLAIN = {.form = {.intercept = true}, .infer = true};

static mlt_linear *fit(const made_table *t, const double *weights, const mlt_context *ctx) {
    mlt_linear *linear = NULL;
    mlt_error err;
    assert_ok(mlt__linear_fit(&linear, &t->data, NULL, t->n, weights, &PLAIN, ctx, &err), &err);
    return linear;
}

/* Of some features, as bagging fits them. */
static mlt_linear *fit_some(const made_table *t, const uint32_t *features, size_t n_features) {
    mlt_linear *linear = NULL;
    mlt_error err;
    const mlt_linear_options options = {
        .form = {.features = features, .n_features = n_features, .intercept = true}};
    assert_ok(mlt__linear_fit(&linear, &t->data, NULL, t->n, NULL, &options, NULL, &err), &err);
    return linear;
}

static void predict(double *out, const mlt_linear *linear, const made_table *t) {
    mlt_predict_input in = {.data = &t->data, .n_rows = t->n};
    mlt_error err;
    assert_ok(mlt__linear_predict(out, linear, &t->schema, &in, &err), &err);
}

static void assert_close(double actual, double expected, double relative, double scale) {
    if (!(fabs(actual - expected) <= relative * fmax(fabs(expected), scale)))
        fail_msg("%.17g is not within %g of %.17g", actual, relative, expected);
}

/* ---- deficient rank ---- */

static const struct {
    made_table *(*make)(source *from);
    double coefficients[13], predictions[20];
} deficient[] = {
    {collinear,
     {0.6454203277039638, -0.053726296631130925, -0.03934597714409041, -0.06810661611817147,
      0.08953507816443766},
     {1.029378401124532,  -0.2638214506773,    -0.7668748470174711, 0.22622154148726742,
      0.4454372807413173, -1.1396532648685096, 0.5529423713282625,  -0.7452148479272989,
      2.551553475906997,  -0.5450002639207467, 1.4152482099313737,  -0.43424201209160707,
      1.3625268074628911, -1.289447210810809,  0.273467764296351,   -0.5157240535341705,
      1.4515463142148337, -1.970539620654865,  -0.9383287920499424, 0.300524197058897}},
    {different_units,
     {1.4738125457424662, 1.86357121356088e-07, 0.000190829692278956, -0.14924064195557304,
      -3.643570360243484e-05},
     {-0.06465379605657495, 2.0494179969538737, 1.3601171127503118, 1.2785120616025012,  1.2677788319507841,
      3.3818506249612326,   0.6708162285467503, 1.2785120616025012, 1.083102270351729,   -0.6401499401571751,
      4.3803660405185285,   1.566260133652801,  3.989546458016984,  -0.6508831698088919, 1.2323429212027375,
      -0.14625884720438598, 0.7384518282499482, 0.6461135474504206, 2.7140162000611054,  1.8647414353548182}},
    {constant,
     {1.8935843155317666, 0.07357841408591301, 5.551115123125783e-17, 0.18213030341644604, 0.255708717502359},
     {-1.7176797411492064, -4.02268966226711, 1.564297183943495, 2.870551319506564, 0.4715153634448188,
      1.676480536870701, 0.14222823185654687, 4.412066551714064, -2.5969892465834894, 2.4327122985877594,
      -0.6212664570538573, 1.672849073274028, 4.4156980153107375, 2.338686263643918, -3.0384597310989676}},
    {more_columns_than_rows,
     {0.48829362055643744, 0.45861181829807995, -0.1530324529630895, 0.18279793057809235, 0.05831532430279509,
      0.25518243818501135, -0.32701071463333337, 0.0989516305780833, -0.10756235133367686, -0.597123344356128,
      0.3200127421452558, 0.06903053582006068, -0.15103942712233073},
     {9.000000000000009, -5.999999999999993, -5.0, -1.999999999999997, -3.0000000000000013,
      -1.0000000000000138}},
    {weighted,
     {-3.0524335847266464, 0.5047831337713745, -0.38456412056311284, 0.009198147431934076,
      0.12941716064019523},
     {-5.50953621217337,    -1.828159796422691, -1.5435544575634867,  -3.7074966953121917,
      2.2407439808084586,   -3.329664200870905, -4.3797104194988625,  -3.766413453184766,
      -6.062695580567527,   2.1744930121444357, -0.12182962716182288, -6.428260821597149,
      -1.2381673263773014,  2.2173989726162544, 0.9282165914661347,   -4.154021838512232,
      -0.16599693960450512, 1.0962092546275564, 0.1774441332802792,   0.001995723556916573}},
    {one_row, {1.0, 0.0, 0.0, 0.0}, {1.0}},
};

static void test_linear__gives_the_minimum_norm_where_rank_is_deficient(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof deficient / sizeof *deficient; c++) {
        source from;
        double out[20];
        made_table *t = deficient[c].make(&from);
        mlt_linear *linear = fit(t, deficient[c].make == weighted ? from.weights : NULL, NULL);
        for (size_t j = 0; j <= t->p; j++)
            assert_close(linear->coefficients[j].estimate, deficient[c].coefficients[j], 1e-10, 1e-4);
        predict(out, linear, t);
        for (size_t i = 0; i < t->n; i++)
            assert_close(out[i], deficient[c].predictions[i], 1e-10, 0.1);
        mlt__linear_free(linear);
        made_table_free(t);
    }
}

static void assert_notes(made_table *(*make)(source *), const char *expected) {
    source from;
    made_notes notes = {""};
    mlt_context ctx = {.user = &notes, .note = made_note};
    made_table *t = make(&from);
    mlt__linear_free(fit(t, NULL, &ctx));
    assert_string_equal(notes.text, expected);
    made_table_free(t);
}

static void test_linear__names_collinear_and_constant_columns(void **state) {
    (void)state;
    assert_notes(collinear,
                 "columns 'x1', 'x2' and 'x3' are collinear: of the coefficients that fit equally, the "
                 "smallest are taken (minimum norm), without standard errors\n");
    assert_notes(
        different_units,
        "columns 'x1' and 'x2' are collinear: of the coefficients that fit equally, the smallest are taken "
        "(minimum norm), without standard errors\n"
        "columns 'x3' and 'x4' are collinear: of the coefficients that fit equally, the smallest are taken "
        "(minimum norm), without standard errors\n");
    assert_notes(constant,
                 "columns 'x1', 'x3' and 'x4' are collinear: of the coefficients that fit equally, the "
                 "smallest are taken (minimum norm), without standard errors\n"
                 "column 'x2' is the same in every row that is fitted: coefficient 0\n");
    assert_notes(
        more_columns_than_rows,
        "13 coefficients are wanted of 6 rows: many solutions fit equally\n"
        "columns 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7' and 5 others are collinear: of the coefficients "
        "that fit equally, the smallest are taken (minimum norm), without standard errors\n");
}

/* x5 = x1 + x2 leaves the coefficients of x3, x4 and of the intercept determined: they are what they are
 * without x5. */
static void test_linear__keeps_standard_errors_of_what_is_determined(void **state) {
    (void)state;
    source from;
    made_table *with = draw(&from, 8, 20, 5), *without = made_table_new(20, 4);
    for (size_t i = 0; i < 20; i++) {
        for (size_t j = 0; j < 4; j++)
            without->columns[j][i] = with->columns[j][i];
        with->columns[4][i] = with->columns[0][i] + with->columns[1][i];
        without->y[i] = with->y[i];
    }
    mlt_linear *a = fit(with, NULL, NULL), *b = fit(without, NULL, NULL);
    static const size_t determined[] = {0, 3, 4}, tied[] = {1, 2, 5};
    for (size_t k = 0; k < 3; k++) {
        const mlt_coefficient *x = &a->coefficients[determined[k]], *y = &b->coefficients[determined[k]];
        assert_close(x->estimate, y->estimate, 1e-14, 0);
        assert_close(x->std_error, y->std_error, 1e-14, 0);
        assert_close(x->p, y->p, 1e-12, 0);
        assert_true(isnan(a->coefficients[tied[k]].std_error) && isnan(a->coefficients[tied[k]].ci_low));
    }
    mlt__linear_free(a);
    mlt__linear_free(b);
    made_table_free(with);
    made_table_free(without);
}

/* Ten columns of noise, then fifty sums of them: rank 11 with the intercept, and the predictions of the ten.
 */
static void test_linear__takes_many_dependent_columns(void **state) {
    (void)state;
    source from;
    made_table *t = draw(&from, 9, 300, 60);
    double out[300];
    for (size_t j = 10; j < 60; j++)
        for (size_t i = 0, times = j / 10; i < 300; i++)
            t->columns[j][i] = t->columns[j % 10][i] * (double)times + t->columns[(j + 3) % 10][i];
    mlt_linear *linear = fit(t, NULL, NULL);
    assert_int_equal(linear->rank, 11);
    predict(out, linear, t);
    made_table *few = made_table_new(300, 10);
    for (size_t i = 0; i < 300; i++) {
        few->y[i] = t->y[i];
        for (size_t j = 0; j < 10; j++)
            few->columns[j][i] = t->columns[j][i];
    }
    mlt_linear *same = fit(few, NULL, NULL);
    double expected[300];
    predict(expected, same, few);
    for (size_t i = 0; i < 300; i++)
        assert_close(out[i], expected[i], 1e-12, 1);
    mlt__linear_free(linear);
    mlt__linear_free(same);
    made_table_free(t);
    made_table_free(few);
}

/* ---- the coefficient table ---- */

static const double inference[][6] = {
    {-3.8166192586820884, 1.1922360372603935, -3.201227893976593, 0.012589098734837137, -6.565920490743984,
     -1.0673180266201925},
    {0.8336190131945059, 0.19746651193983913, 4.221571571834313, 0.0029095824982340447, 0.37826042009689403,
     1.2889776062921179},
    {-0.31114659853533594, 0.20687981958268933, -1.5039968575135547, 0.17099258298599326, -0.7882123179833094,
     0.1659191209126375},
    {0.5263439333642348, 0.18983574832833544, 2.7726281166700106, 0.024198311713781995, 0.08858191270951588,
     0.9641059540189537},
    {0.8466150834068443, 0.16186034987109865, 5.230527946350459, 0.0007923652026027287, 0.4733644472784977,
     1.219865719535191},
};

static void test_linear__infers_what_scipy_does(void **state) {
    (void)state;
    source from;
    made_table *t = draw(&from, 5, 20, 4);
    draw_weights(&from);
    mlt_linear *linear = fit(t, from.weights, NULL);
    mlt_model_view view = {0};
    mlt__linear_view(linear, &view);
    assert_int_equal(view.n_coefficients, 5);
    assert_string_equal(view.coefficients[0].term, "(Intercept)");
    assert_string_equal(view.coefficients[4].term, "x4");
    for (size_t j = 0; j < 5; j++) {
        const mlt_coefficient *c = &view.coefficients[j];
        const double actual[6] = {c->estimate, c->std_error, c->t, c->p, c->ci_low, c->ci_high};
        for (size_t k = 0; k < 6; k++)
            assert_close(actual[k], inference[j][k], 1e-12, 0);
    }
    mlt__linear_free(linear);
    made_table_free(t);
}

/* 40 degrees of freedom, t = 10 and 20: scipy's 2 * stats.t.sf(t, 40). */
static void test_linear__has_digits_in_small_p_values(void **state) {
    (void)state;
    made_table *t = made_table_new(4, 1);
    mlt_linear *linear;
    mlt_error err;
    double estimates[] = {10, 20}, errors[] = {1, 1};
    assert_ok(mlt__linear_new(&linear, &t->schema, &PLAIN, &err), &err);
    linear->n_rows = 42;
    linear->rank = 2;
    assert_ok(mlt__linear_fill(linear, &t->schema, estimates, errors, &err), &err);
    assert_close(linear->coefficients[0].p, 1.931311700411556e-12, 1e-13, 0);
    assert_close(linear->coefficients[1].p, 1.949891163329177e-22, 1e-13, 0);
    mlt__linear_free(linear);
    made_table_free(t);
}

/* Group means: the intercept is that of the first level, the others are differences to it. */
static void test_linear__drops_the_first_level(void **state) {
    (void)state;
    mlt_frame *frame = calloc(1, sizeof *frame);
    *frame = (mlt_frame){
        .source = made_copy("made.csv"), .n = 6, .p = 2, .columns = calloc(2, sizeof(mlt_column))};
    frame->columns[0] = made_categorical("kind", 6, 3);
    frame->columns[1] = made_numeric("y", 6);
    for (int i = 0; i < 6; i++) {
        frame->columns[0].codes[i] = i / 2;
        frame->columns[1].values[i] = i * i;
    }
    mlt_dataset *data;
    mlt_linear *linear;
    mlt_error err;
    mlt_dataset_options options = {.target = "y", .task = MLT_REGRESSION};
    assert_ok(mlt_dataset_new(&data, frame, &options, NULL, &err), &err);
    assert_ok(mlt__linear_fit(&linear, data, NULL, 6, NULL, &PLAIN, NULL, &err), &err);
    assert_int_equal(linear->n_terms, 3);
    assert_string_equal(linear->coefficients[1].term, "kind=b");
    assert_string_equal(linear->coefficients[2].term, "kind=c");
    assert_true(linear->coefficients[0].estimate == 0.5);
    assert_true(linear->coefficients[1].estimate == 6);
    assert_true(linear->coefficients[2].estimate == 20);
    mlt__linear_free(linear);
    mlt_dataset_free(data);
}

/* ---- predicting ---- */

/* 1 + 1e16·x − 1e16·z with x = z: plain sums lose the 1. */
static void test_linear__predicts_without_losing_digits(void **state) {
    (void)state;
    made_table *t = made_table_new(700, 2);
    double *out = calloc(700, sizeof *out);
    for (size_t i = 0; i < 700; i++)
        t->columns[0][i] = t->columns[1][i] = (double)i + 0.1;
    mlt_linear *linear;
    mlt_error err;
    double estimates[] = {1, 1e16, -1e16}, none[] = {NAN, NAN, NAN};
    assert_ok(mlt__linear_new(&linear, &t->schema, &PLAIN, &err), &err);
    linear->n_rows = linear->rank = 3;
    assert_ok(mlt__linear_fill(linear, &t->schema, estimates, none, &err), &err);
    predict(out, linear, t);
    for (size_t i = 0; i < 700; i++)
        assert_true(out[i] == 1);
    mlt__linear_free(linear);
    free(out);
    made_table_free(t);
}

static void test_linear__refuses_rows_it_cannot_predict(void **state) {
    (void)state;
    source from;
    double out[20];
    mlt_error err;
    made_table *t = draw(&from, 5, 20, 4);
    mlt_linear *linear = fit(t, NULL, NULL);
    uint32_t rows[] = {4, 9, 3};
    mlt_predict_input in = {.data = &t->data, .rows = rows, .n_rows = 3};
    t->columns[1][9] = NAN;
    assert_int_equal(mlt__linear_predict(out, linear, &t->schema, &in, &err), MLT_E_DATA);
    assert_string_equal(
        err.message,
        "made.csv: column 'x2', data row 10: the cell is missing; a linear model needs every cell: use "
        "--impute mean|median|most-frequent|drop");
    t->columns[1][9] = 1.7e308;
    linear->coefficients[2].estimate = 100;
    assert_int_equal(mlt__linear_predict(out, linear, &t->schema, &in, &err), MLT_E_NUMERIC);
    assert_string_equal(err.message,
                        "made.csv: data row 10: the prediction of 'y' is beyond the range of numbers; "
                        "rescale the columns");
    mlt__linear_free(linear);
    made_table_free(t);
}

/* A category of one level has no column, but its missing cells are missing. */
static void test_linear__refuses_missing_cells_of_every_feature(void **state) {
    (void)state;
    source from;
    made_table *t = draw(&from, 5, 20, 2);
    int32_t codes[20] = {0};
    char *levels[] = {t->names[0]};
    double out[20];
    mlt_error err;
    t->features[1] =
        (mlt_feature){.name = t->names[1], .type = MLT_CATEGORICAL, .levels = levels, .n_levels = 1};
    t->cells[1] = (mlt_cells){.codes = codes};
    mlt_linear *linear = fit(t, NULL, NULL), *none = NULL;
    assert_int_equal(linear->n_terms, 2);
    codes[19] = -1;
    mlt_predict_input in = {.data = &t->data, .n_rows = 20};
    assert_int_equal(mlt__linear_predict(out, linear, &t->schema, &in, &err), MLT_E_DATA);
    assert_int_equal(mlt__linear_fit(&none, &t->data, NULL, 20, NULL, &PLAIN, NULL, &err), MLT_E_DATA);
    assert_non_null(strstr(err.message, "column 'x2', data row 20: the cell is missing"));
    assert_null(none);
    mlt__linear_free(linear);
    made_table_free(t);
}

static void test_linear__refuses_to_fit_nothing(void **state) {
    (void)state;
    source from;
    made_table *t = draw(&from, 5, 20, 1);
    int32_t codes[20] = {0};
    char *levels[] = {t->names[0]};
    mlt_linear *linear = NULL;
    mlt_error err;
    const mlt_linear_options through_0 = {.infer = true};
    t->features[0] =
        (mlt_feature){.name = t->names[0], .type = MLT_CATEGORICAL, .levels = levels, .n_levels = 1};
    t->cells[0] = (mlt_cells){.codes = codes};
    assert_int_equal(mlt__linear_fit(&linear, &t->data, NULL, 20, NULL, &through_0, NULL, &err), MLT_E_DATA);
    assert_string_equal(err.message,
                        "made.csv: without intercept and without columns there is nothing to fit; leave "
                        "out --no-intercept");
    assert_null(linear);
    made_table_free(t);
}

/* ---- saving and loading ---- */

/* Two models in one set of tensors, one of them of two features and with coefficients that are not
 * determined. */
static void test_linear__comes_back_from_tensors_to_the_bit(void **state) {
    (void)state;
    source from;
    mlt_error err;
    mlt_tensors tensors = {0};
    double out[2][20];
    const uint32_t some[] = {3, 1};
    made_table *t = collinear(&from);
    mlt_linear *models[2] = {fit(t, NULL, NULL), fit_some(t, some, 2)}, *loaded[2];
    const mlt_linear_options bagged = {.form = {.intercept = true}};
    assert_string_equal(models[1]->coefficients[1].term, "x4");
    assert_ok(mlt__linear_save(models[0], "", &tensors, &err), &err);
    assert_ok(mlt__linear_save(models[1], "member1.", &tensors, &err), &err);
    assert_ok(mlt__linear_load(&loaded[0], "", &tensors, &t->schema, &PLAIN, &err), &err);
    assert_ok(mlt__linear_load(&loaded[1], "member1.", &tensors, &t->schema, &bagged, &err), &err);
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(loaded[k]->n_terms, models[k]->n_terms);
        for (size_t j = 0; j < models[k]->n_terms; j++) {
            const mlt_coefficient *a = &models[k]->coefficients[j], *b = &loaded[k]->coefficients[j];
            const double x[] = {a->estimate, a->std_error, a->t, a->p, a->ci_low, a->ci_high};
            const double y[] = {b->estimate, b->std_error, b->t, b->p, b->ci_low, b->ci_high};
            assert_string_equal(a->term, b->term);
            for (size_t v = 0; v < 6; v++)
                assert_true(isnan(x[v]) ? isnan(y[v]) : x[v] == y[v]);
        }
        predict(out[0], models[k], t);
        predict(out[1], loaded[k], t);
        assert_memory_equal(out[0], out[1], sizeof out[0]);
        mlt__linear_free(models[k]);
        mlt__linear_free(loaded[k]);
    }
    mlt_tensors_clear(&tensors);
    made_table_free(t);
}

/* Replace a tensor of whole numbers or doubles by another and expect the load to fail with a message about
 * it. */
static void assert_load_refused(const mlt_linear *linear, const mlt_schema *schema, const char *name,
                                const double *doubles, const int64_t *ints, size_t count) {
    mlt_tensors saved = {0};
    mlt_linear *loaded = NULL;
    const mlt_linear_options options = {.form = {.intercept = true}, .infer = linear->infer};
    mlt_error err;
    assert_ok(mlt__linear_save(linear, "", &saved, &err), &err);
    for (size_t i = 0; i < saved.n; i++)
        if (strcmp(saved.items[i].name, name) == 0)
            saved.items[i].name[0] = '-';
    if (ints)
        assert_ok(mlt_tensors_add_ints(&saved, name, ints, count, &err), &err);
    else if (doubles)
        assert_ok(mlt_tensors_add_doubles(&saved, name, doubles, count, &err), &err);
    assert_int_equal(mlt__linear_load(&loaded, "", &saved, schema, &options, &err), MLT_E_MODEL);
    assert_non_null(strstr(err.message, name));
    assert_null(loaded);
    mlt_tensors_clear(&saved);
}

static void test_linear__refuses_models_that_no_fit_gives(void **state) {
    (void)state;
    source from;
    made_table *t = draw(&from, 5, 20, 4);
    const uint32_t some[] = {0, 2};
    mlt_linear *linear = fit_some(t, some, 2);
    assert_load_refused(linear, &t->schema, "coef", NULL, NULL, 0);
    assert_load_refused(linear, &t->schema, "coef", (double[]){1, 2}, NULL, 2);
    assert_load_refused(linear, &t->schema, "coef", (double[]){1, 2, NAN}, NULL, 3);
    assert_load_refused(linear, &t->schema, "std_error", (double[]){1, 2, -3}, NULL, 3);
    assert_load_refused(linear, &t->schema, "std_error", (double[]){1, 2, INFINITY}, NULL, 3);
    assert_load_refused(linear, &t->schema, "rows_and_rank", NULL, (int64_t[]){20, 4}, 2);
    assert_load_refused(linear, &t->schema, "rows_and_rank", NULL, (int64_t[]){2, 3}, 2);
    assert_load_refused(linear, &t->schema, "rows_and_rank", NULL, (int64_t[]){20, 0}, 2);
    assert_load_refused(linear, &t->schema, "rows_and_rank", NULL, (int64_t[]){20}, 1);
    assert_load_refused(linear, &t->schema, "features", NULL, (int64_t[]){0, 4}, 2);
    assert_load_refused(linear, &t->schema, "features", NULL, (int64_t[]){2, 2}, 2);
    /* Without degrees of freedom there are no standard errors. */
    assert_load_refused(linear, &t->schema, "std_error", (double[]){1, 2, -0.0}, NULL, 3);
    linear->n_rows = 3;
    assert_load_refused(linear, &t->schema, "std_error", (double[]){1, 2, 3}, NULL, 3);
    mlt__linear_free(linear);
    made_table_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear__gives_the_minimum_norm_where_rank_is_deficient),
        cmocka_unit_test(test_linear__names_collinear_and_constant_columns),
        cmocka_unit_test(test_linear__keeps_standard_errors_of_what_is_determined),
        cmocka_unit_test(test_linear__takes_many_dependent_columns),
        cmocka_unit_test(test_linear__infers_what_scipy_does),
        cmocka_unit_test(test_linear__has_digits_in_small_p_values),
        cmocka_unit_test(test_linear__drops_the_first_level),
        cmocka_unit_test(test_linear__predicts_without_losing_digits),
        cmocka_unit_test(test_linear__refuses_rows_it_cannot_predict),
        cmocka_unit_test(test_linear__refuses_missing_cells_of_every_feature),
        cmocka_unit_test(test_linear__refuses_to_fit_nothing),
        cmocka_unit_test(test_linear__comes_back_from_tensors_to_the_bit),
        cmocka_unit_test(test_linear__refuses_models_that_no_fit_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
