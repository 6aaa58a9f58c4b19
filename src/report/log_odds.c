/* A logistic model's coefficients. With a penalty they have no standard errors, and people see odds ratios
 * instead. */
#include "report/log_odds.h"

#include "core/error.h"
#include "report/coefficients.h"

#include <math.h>
#include <stdlib.h>

static bool has_errors(const mlt_model_view *view) {
    for (size_t i = 0; i < view->n_coefficients; i++)
        if (!isnan(view->coefficients[i].std_error))
            return true;
    return false;
}

/* ---- for people ---- */

/* How many coefficients from `first` on are of its class. */
static size_t same_class(const mlt_model_view *view, size_t first) {
    size_t n = 0;
    while (first + n < view->n_coefficients &&
           view->coefficient_classes[first + n] == view->coefficient_classes[first])
        n++;
    return n;
}

static void heading(mlt__page *page, const char *class) {
    mlt__text name = {0};
    mlt__text_add_name(&name, class);
    page->failed = page->failed || name.failed;
    mlt__page_heading(page, "Coefficients: what one unit more of a term adds to the log odds of %s",
                      name.s ? name.s : "");
    free(name.s);
}

static mlt_status write_class(mlt__page *page, const mlt_model_view *view, size_t first, size_t n,
                              bool errors, mlt_error *err) {
    static const char *const inferred[] = {"term", "estimate", "std. error", "z", "p", "95% from", "to"};
    static const char *const penalised[] = {"term", "estimate", "odds ratio"};
    mlt__table table;
    if (errors)
        mlt__table_start(&table, page->options, inferred, sizeof inferred / sizeof *inferred);
    else
        mlt__table_start(&table, page->options, penalised, sizeof penalised / sizeof *penalised);
    for (size_t i = first; i < first + n; i++) {
        const mlt_coefficient *c = &view->coefficients[i];
        mlt__table_name(&table, c->term);
        mlt__table_real(&table, c->estimate);
        if (errors)
            mlt__coefficient_cells(&table, c);
        else
            mlt__table_real(&table, exp(c->estimate));
    }
    return mlt__table_finish(&table, page->out, err);
}

mlt_status mlt__log_odds_write(mlt__page *page, const mlt_model_view *view, const mlt_schema *schema,
                               size_t limit, mlt_error *err) {
    bool errors = has_errors(view);
    size_t end = view->n_coefficients < limit ? view->n_coefficients : limit;
    for (size_t first = 0, n; first < end; first += n) {
        n = same_class(view, first);
        heading(page, schema->classes[view->coefficient_classes[first]]);
        MLT_TRY(write_class(page, view, first, first + n < end ? n : end - first, errors, err));
    }
    if (same_class(view, 0) < view->n_coefficients) {
        mlt__text against = {0};
        mlt__text_add(&against,
                      "With more than two classes, log odds are against the classes' mean: subtract one "
                      "class's coefficients from another's to compare these two.");
        mlt__page_remark(page, &against);
    }
    if (end < view->n_coefficients) {
        mlt__text more = {0};
        mlt__text_add(&more, "... and %zu more terms: fit --save, then 'mltool inspect', lists them.",
                      view->n_coefficients - end);
        mlt__page_remark(page, &more);
    }
    return MLT_OK;
}

/* ---- for programs ---- */

mlt_status mlt__log_odds_rows(FILE *out, const mlt_model_view *view, const mlt_schema *schema,
                              const mlt_report_options *options, mlt_error *err) {
    static const char *const headers[] = {"class", "term", "estimate", "std_error",
                                          "z",     "p",    "ci_low",   "ci_high"};
    mlt__table table;
    mlt__table_start(&table, options, headers, sizeof headers / sizeof *headers);
    for (size_t i = 0; i < view->n_coefficients; i++) {
        mlt__table_name(&table, schema->classes[view->coefficient_classes[i]]);
        mlt__table_name(&table, view->coefficients[i].term);
        mlt__table_real(&table, view->coefficients[i].estimate);
        mlt__coefficient_cells(&table, &view->coefficients[i]);
    }
    return mlt__table_finish(&table, out, err);
}

void mlt__log_odds_json(mlt__json *json, const mlt_model_view *view, const mlt_schema *schema) {
    mlt__put_open(json, "coefficients", '[');
    for (size_t i = 0; i < view->n_coefficients; i++) {
        const mlt_coefficient *c = &view->coefficients[i];
        mlt__put_open(json, NULL, '{');
        mlt__put_text(json, "class", schema->classes[view->coefficient_classes[i]]);
        mlt__coefficient_json(json, c, "z");
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}
