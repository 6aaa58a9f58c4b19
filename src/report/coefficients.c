/* A linear model's coefficient table and summary. */
#include "report/coefficients.h"

#include "core/error.h"

#include <math.h>
#include <stdlib.h>

/* ---- the table ---- */

/* For people p has three digits unless they want more: its size is what matters, and the page is narrow. */
enum { P_DIGITS = 3 };

static int p_digits(int digits) {
    return digits > MLT__DEFAULT_DIGITS || digits < P_DIGITS ? digits : P_DIGITS;
}

static void add_p(mlt__table *table, double p) {
    int digits = table->digits;
    table->digits = p_digits(digits);
    mlt__table_real(table, p);
    table->digits = digits;
}

void mlt__coefficient_cells(mlt__table *table, const mlt_coefficient *c) {
    mlt__table_real(table, c->std_error);
    mlt__table_real(table, c->t);
    add_p(table, c->p);
    mlt__table_real(table, c->ci_low);
    mlt__table_real(table, c->ci_high);
}

static void add_row(mlt__table *table, const mlt_coefficient *c) {
    mlt__table_name(table, c->term);
    mlt__table_real(table, c->estimate);
    mlt__coefficient_cells(table, c);
}

mlt_status mlt__coefficients_rows(FILE *out, const mlt_model_view *view, const mlt_report_options *options,
                                  mlt_error *err) {
    static const char *const headers[] = {"term", "estimate", "std_error", "t",
                                          "p",    "ci_low",   "ci_high",   "vif"};
    mlt__table table;
    mlt__table_start(&table, options, headers, view->summary ? 8 : 7);
    for (size_t i = 0; i < view->n_coefficients; i++) {
        add_row(&table, &view->coefficients[i]);
        if (view->summary)
            mlt__table_real(&table, view->summary->vif[i]);
    }
    return mlt__table_finish(&table, out, err);
}

/* Ridge has estimates only; nobody wants to read "not defined" in every other cell. */
static mlt_status write_table(mlt__page *page, const mlt_model_view *view, size_t n, mlt_error *err) {
    char from[32];
    double level = view->summary ? view->summary->level : 0.95;
    bool ridge = view->summary && view->summary->alpha > 0;
    snprintf(from, sizeof from, "%.6g%% from", 100 * level);
    const char *const headers[] = {"term", "estimate", "std. error", "t", "p", from, "to"};
    mlt__table table;
    mlt__table_start(&table, page->options, headers, ridge ? 2 : 7);
    for (size_t i = 0; i < n; i++) {
        if (ridge) {
            mlt__table_name(&table, view->coefficients[i].term);
            mlt__table_real(&table, view->coefficients[i].estimate);
        } else {
            add_row(&table, &view->coefficients[i]);
        }
    }
    return mlt__table_finish(&table, page->out, err);
}

/* ---- the summary ---- */

static void ridge_lines(mlt__page *page, const mlt_linear_summary *s) {
    char a[64], b[64];
    mlt__text text = {0};
    mlt__text_add(&text, "alpha %s, which leaves %s of %zu degrees of freedom to the coefficients",
                  mlt__text_number(a, s->alpha, page->digits),
                  mlt__text_number(b, s->effective, page->digits), s->rank);
    mlt__page_field(page, "Ridge", &text);
    mlt__text_add(&text, "R² %s; standard errors, t and p are not defined for ridge",
                  mlt__text_number(a, s->r2, page->digits));
    mlt__page_field(page, "Explained", &text);
}

static void test_lines(mlt__page *page, const mlt_linear_summary *s) {
    char a[64], b[64];
    mlt__text text = {0};
    if (s->freedom > 0)
        mlt__text_add(&text, "standard error %s on %.0f degrees of freedom",
                      mlt__text_number(a, s->residual_sd, page->digits), s->freedom);
    else
        mlt__text_add(&text, "none: there are as many coefficients as rows");
    mlt__page_field(page, "Residuals", &text);
    mlt__text_add(&text, "R² %s, adjusted %s", mlt__text_number(a, s->r2, page->digits),
                  mlt__text_number(b, s->adjusted_r2, page->digits));
    mlt__page_field(page, "Explained", &text);
    if (!isnan(s->f)) {
        mlt__text_add(&text, "F %s on %.0f and %.0f degrees of freedom, p %s",
                      mlt__text_number(a, s->f, page->digits), s->f_freedom, s->freedom,
                      mlt__text_number(b, s->f_p, p_digits(page->digits)));
        mlt__page_field(page, "F test", &text);
    }
    if (!isnan(s->aic)) {
        mlt__text_add(&text, "AIC %s, BIC %s; less is better, among models of the same rows",
                      mlt__text_number(a, s->aic, page->digits), mlt__text_number(b, s->bic, page->digits));
        mlt__page_field(page, "Criteria", &text);
    }
}

/* The term with the largest variance inflation factor; n_coefficients if none has one. */
static size_t most_inflated(const mlt_model_view *view, size_t *count) {
    size_t most = view->n_coefficients;
    *count = 0;
    for (size_t i = 0; i < view->n_coefficients; i++) {
        double vif = view->summary->vif[i];
        *count += !isnan(vif);
        if (!isnan(vif) && (most == view->n_coefficients || vif > view->summary->vif[most]))
            most = i;
    }
    return most;
}

static void collinearity_line(mlt__page *page, const mlt_model_view *view) {
    size_t count, most = most_inflated(view, &count);
    char buffer[64];
    mlt__text text = {0};
    if (count < 2)
        return;
    mlt__text_add(&text, "largest VIF %s (",
                  mlt__text_number(buffer, view->summary->vif[most], page->digits));
    mlt__text_add_name(&text, view->coefficients[most].term);
    mlt__text_add(&text, ")");
    if (!isnan(view->summary->condition))
        mlt__text_add(&text, ", condition number %s",
                      mlt__text_number(buffer, view->summary->condition, page->digits));
    mlt__page_field(page, "Collinear", &text);
}

static mlt_status write_inflation(mlt__page *page, const mlt_model_view *view, mlt_error *err) {
    static const char *const headers[] = {"term", "VIF"};
    size_t count;
    most_inflated(view, &count);
    if (count < 2)
        return MLT_OK;
    mlt__page_heading(page, "Variance inflation: 1 if a term has nothing in common with the others");
    mlt__table table;
    mlt__table_start(&table, page->options, headers, 2);
    for (size_t i = 0; i < view->n_coefficients; i++)
        if (!isnan(view->summary->vif[i])) {
            mlt__table_name(&table, view->coefficients[i].term);
            mlt__table_real(&table, view->summary->vif[i]);
        }
    return mlt__table_finish(&table, page->out, err);
}

mlt_status mlt__coefficients_write(mlt__page *page, const mlt_model_view *view, const char *target,
                                   size_t limit, bool all, mlt_error *err) {
    size_t n = view->n_coefficients;
    mlt__text name = {0};
    mlt__text_add_name(&name, target);
    page->failed = page->failed || name.failed;
    mlt__page_heading(page, "Coefficients: what one unit more of a term adds to %s", name.s ? name.s : "");
    free(name.s);
    MLT_TRY(write_table(page, view, n < limit ? n : limit, err));
    if (n > limit) {
        mlt__text more = {0};
        mlt__text_add(&more, "... and %zu more terms: fit --save, then 'mltool inspect', lists them.",
                      n - limit);
        mlt__page_remark(page, &more);
    }
    if (!view->summary)
        return MLT_OK;
    mlt__page_heading(page, "The fit as a whole, on the training rows");
    if (view->summary->alpha > 0)
        ridge_lines(page, view->summary);
    else
        test_lines(page, view->summary);
    collinearity_line(page, view);
    return all ? write_inflation(page, view, err) : MLT_OK;
}

/* ---- JSON ---- */

static void summary_json(mlt__json *json, const mlt_linear_summary *s) {
    bool ridge = s->alpha > 0;
    mlt__put_open(json, "summary", '{');
    mlt__put_count(json, "rows", s->n);
    mlt__put_count(json, "rank", s->rank);
    mlt__put_real(json, "alpha", s->alpha);
    mlt__put_real(json, "effective_df", s->effective);
    mlt__put_real(json, "df_residual", ridge ? NAN : s->freedom);
    mlt__put_real(json, "residual_std_error", s->residual_sd);
    mlt__put_real(json, "r2", s->r2);
    mlt__put_real(json, "adjusted_r2", s->adjusted_r2);
    mlt__put_real(json, "f", s->f);
    mlt__put_real(json, "f_df", s->f_freedom);
    mlt__put_real(json, "f_p", s->f_p);
    mlt__put_real(json, "log_likelihood", s->log_likelihood);
    mlt__put_real(json, "aic", s->aic);
    mlt__put_real(json, "bic", s->bic);
    mlt__put_real(json, "condition_number", s->condition);
    mlt__put_real(json, "level", ridge ? NAN : s->level);
    mlt__put_close(json, '}');
}

void mlt__coefficient_json(mlt__json *json, const mlt_coefficient *c, const char *statistic) {
    mlt__put_text(json, "term", c->term);
    mlt__put_real(json, "estimate", c->estimate);
    mlt__put_real(json, "std_error", c->std_error);
    mlt__put_real(json, statistic, c->t);
    mlt__put_real(json, "p", c->p);
    mlt__put_real(json, "ci_low", c->ci_low);
    mlt__put_real(json, "ci_high", c->ci_high);
}

void mlt__coefficients_json(mlt__json *json, const mlt_model_view *view) {
    mlt__put_open(json, "coefficients", '[');
    for (size_t i = 0; i < view->n_coefficients; i++) {
        mlt__put_open(json, NULL, '{');
        mlt__coefficient_json(json, &view->coefficients[i], "t");
        if (view->summary)
            mlt__put_real(json, "vif", view->summary->vif[i]);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
    if (view->summary)
        summary_json(json, view->summary);
}
