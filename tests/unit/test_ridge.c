/* Ridge regression: scikit-learn's coefficients, and the penalty that generalised cross-validation chooses
 * (scripts/fixtures/linear_reference.py prints the tables). */
#include "models/linear.h"

#include "made_designs.h"
#include "support.h"

static made_table *four(source *from) { return draw(from, 11, 20, 4); }
static made_table *two(source *from) { return draw(from, 12, 15, 2); }

static mlt_linear *fit(const made_table *t, const double *weights, double alpha, bool intercept,
                       uint8_t degree, const mlt_context *ctx) {
    mlt_linear *linear = NULL;
    mlt_error err;
    uint8_t degrees[MADE_COLUMNS];
    memset(degrees, degree, sizeof degrees);
    const mlt_linear_options options = {
        .form = {.intercept = intercept, .degrees = degree > 1 ? degrees : NULL},
        .alpha = isnan(alpha) ? 0 : alpha,
        .gcv = isnan(alpha),
        .infer = true};
    assert_ok(mlt__linear_fit(&linear, &t->data, NULL, t->n, weights, &options, ctx, &err), &err);
    return linear;
}

/* ---- scikit-learn ---- */

static const struct {
    made_table *(*make)(source *from);
    double alpha;
    bool intercept;
    uint8_t degree;
    double coefficients[13];
} ridge[] = {
    {four,
     1.0,
     true,
     1,
     {-0.7280527293443292, -0.17060380873499803, 0.27132179662278444, -0.07552945411988618,
      -0.34335791969232415}},
    {four,
     250.0,
     true,
     1,
     {-0.6004937639565213, -0.11783084716725639, 0.20831318530995097, -0.03234557218720362,
      -0.2121925925234409}},
    {four,
     3.0,
     false,
     1,
     {-0.1924430557886913, 0.24409816253831365, -0.09755141024703302, -0.32153125426104}},
    {weighted,
     0.5,
     true,
     1,
     {-3.0488807687682726, 0.5041404471339143, -0.3837938671963702, 0.009000786280577433,
      0.12934736621819057}},
    {more_columns_than_rows,
     2.0,
     true,
     1,
     {0.44573448314097197, 0.4513087753056095, -0.1501018888363078, 0.18060053616718924, 0.05613789699913038,
      0.24797584252618046, -0.3234419118928027, 0.09714266698115431, -0.10417372671988293,
      -0.5848907290956782, 0.3152791064254737, 0.0691269160230969, -0.15087517973350295}},
    {constant,
     0.125,
     true,
     1,
     {1.893416128968937, 0.07356545632805209, -3.970224835324603e-14, 0.18210767950234344,
      0.25567313583066853}},
    {two,
     7.0,
     true,
     3,
     {0.930009171441577, -0.22516998425803084, -0.12302466962794725, -0.006990308822363676,
      1.0212728647992668, 0.040787323740472524, -0.016134250033929265}},
};

static void test_ridge__has_scikit_learns_coefficients(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof ridge / sizeof *ridge; c++) {
        source from;
        made_table *t = ridge[c].make(&from);
        const double *weights = ridge[c].make == weighted ? from.weights : NULL;
        mlt_linear *linear = fit(t, weights, ridge[c].alpha, ridge[c].intercept, ridge[c].degree, NULL);
        assert_int_equal(linear->n_terms, ridge[c].intercept + t->p * ridge[c].degree);
        for (size_t j = 0; j < linear->n_terms; j++) {
            double ours = linear->coefficients[j].estimate, theirs = ridge[c].coefficients[j];
            if (!(fabs(ours - theirs) <= 1e-12 * fmax(fabs(theirs), 0.1)))
                fail_msg("case %zu, term %zu: %.17g, not %.17g", c, j, ours, theirs);
        }
        mlt__linear_free(linear);
        made_table_free(t);
    }
}

/* (XᵀX + αI)⁻¹Xᵀy by hand: centred x is −1, 0, 1 and y −2, −1, 3, so 5 / (2 + α). */
static void test_ridge__shrinks_by_the_formula(void **state) {
    (void)state;
    made_table *t = made_table_new(3, 1);
    static const double y[] = {8, 9, 13};
    for (size_t i = 0; i < 3; i++) {
        t->columns[0][i] = 100 + (double)i;
        t->y[i] = y[i];
    }
    mlt_linear *linear = fit(t, NULL, 8, true, 1, NULL);
    assert_true(linear->coefficients[1].estimate == 0.5 && linear->coefficients[0].estimate == 10 - 50.5);
    assert_true(fabs(linear->summary.effective - 1.2) < 1e-15);
    /* residuals −1.5, −1, 2.5 of −2, −1, 3 */
    assert_true(fabs(linear->summary.r2 - (1 - 9.5 / 14)) < 1e-15);
    mlt__linear_free(linear);
    made_table_free(t);
}

/* ---- generalised cross-validation ---- */

static const struct {
    bool repeated, weighted;
    double alpha, trace;
} chosen[] = {
    {0, 0, 11.424627924313242, 4.906077325229327},
    {0, 1, 29.482627605569697, 4.906521455656032},
    {1, 0, 19.395301426341746, 3.9118752305973614},
    {1, 1, 50.531526681784825, 3.911675928781226},
};

static void test_ridge__chooses_the_penalty(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof chosen / sizeof *chosen; c++) {
        source from;
        made_notes notes = {""};
        mlt_context ctx = {.user = &notes, .note = made_note};
        made_table *t = draw(&from, 13, 20, 4);
        for (size_t i = 0; i < 20; i++) {
            if (chosen[c].repeated)
                t->columns[3][i] = t->columns[0][i] + t->columns[3][i] / 64;
            t->y[i] += 3 * t->columns[0][i] - t->columns[1][i];
        }
        for (size_t i = 0; i < 20; i++)
            from.weights[i] = (double)mlt_rng_randint(&from.rng, 1, 4);
        mlt_linear *linear = fit(t, chosen[c].weighted ? from.weights : NULL, NAN, true, 1, &ctx);
        const mlt_linear_summary *s = &linear->summary;
        /* A minimum is flat: half the digits. */
        if (fabs(s->alpha - chosen[c].alpha) > 1e-6 * chosen[c].alpha ||
            fabs(s->effective - chosen[c].trace) > 1e-7)
            fail_msg("case %zu: alpha %.17g, trace %.17g, not %.17g, %.17g", c, s->alpha, s->effective,
                     chosen[c].alpha, chosen[c].trace);
        assert_non_null(strstr(notes.text, "has the least generalised cross-validation error"));
        mlt__linear_free(linear);
        made_table_free(t);
    }
}

/* ---- what ridge does not have ---- */

static void test_ridge__has_no_standard_errors(void **state) {
    (void)state;
    source from;
    made_table *t = four(&from);
    mlt_linear *linear = fit(t, NULL, 1, true, 1, NULL);
    const mlt_linear_summary *s = &linear->summary;
    for (size_t j = 0; j < 5; j++) {
        const mlt_coefficient *c = &linear->coefficients[j];
        assert_true(isnan(c->std_error) && isnan(c->t) && isnan(c->p) && isnan(c->ci_low) &&
                    isnan(s->vif[j]));
    }
    assert_true(isnan(s->residual_sd) && isnan(s->f) && isnan(s->aic) && isnan(s->adjusted_r2));
    assert_true(s->freedom == 0 && s->r2 > 0 && s->effective < 5);
    mlt__linear_free(linear);
    made_table_free(t);
}

static void test_ridge__of_penalty_0_is_least_squares(void **state) {
    (void)state;
    source from;
    made_table *t = four(&from);
    mlt_linear *linear = fit(t, NULL, 0, true, 1, NULL);
    assert_true(linear->coefficients[1].std_error > 0 && linear->summary.effective == 5);
    mlt__linear_free(linear);
    made_table_free(t);
}

static void test_ridge__refuses_a_penalty_beyond_the_range(void **state) {
    (void)state;
    source from;
    made_table *t = four(&from);
    mlt_linear *linear = NULL;
    mlt_error err;
    const mlt_linear_options options = {.form = {.intercept = true}, .alpha = 1e300};
    for (size_t i = 0; i < 20; i++)
        t->columns[0][i] *= 1e-20;
    assert_int_equal(mlt__linear_fit(&linear, &t->data, NULL, 20, NULL, &options, NULL, &err), MLT_E_NUMERIC);
    assert_string_equal(err.message,
                        "made.csv: --alpha 1e+300 is too much for the size of the columns; rescale them "
                        "or give less");
    made_table_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ridge__has_scikit_learns_coefficients),
        cmocka_unit_test(test_ridge__shrinks_by_the_formula),
        cmocka_unit_test(test_ridge__chooses_the_penalty),
        cmocka_unit_test(test_ridge__has_no_standard_errors),
        cmocka_unit_test(test_ridge__of_penalty_0_is_least_squares),
        cmocka_unit_test(test_ridge__refuses_a_penalty_beyond_the_range),
    };
    return cmocka_run_group_tests_name("ridge", tests, NULL, NULL);
}
