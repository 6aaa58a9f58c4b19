/* A linear model's coefficient table. */
#include "report/coefficients.h"

#include <stdlib.h>

void mlt__coefficients_rows(mlt__table *table, const mlt_coefficient *coefficients, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const mlt_coefficient *c = &coefficients[i];
        mlt__table_name(table, c->term);
        mlt__table_real(table, c->estimate);
        mlt__table_real(table, c->std_error);
        mlt__table_real(table, c->t);
        mlt__table_real(table, c->p);
        mlt__table_real(table, c->ci_low);
        mlt__table_real(table, c->ci_high);
    }
}

mlt_status mlt__coefficients_write(mlt__page *page, const mlt_coefficient *coefficients, size_t n,
                                   const char *target, size_t limit, mlt_error *err) {
    static const char *const headers[] = {"term", "estimate", "std. error", "t", "p", "95% from", "to"};
    mlt__text name = {0};
    mlt__text_add_name(&name, target);
    page->failed = page->failed || name.failed;
    mlt__page_heading(page, "Coefficients: what one unit more of a term adds to %s", name.s ? name.s : "");
    free(name.s);
    mlt__table table;
    mlt__table_start(&table, page->options, headers, sizeof headers / sizeof *headers);
    mlt__coefficients_rows(&table, coefficients, n < limit ? n : limit);
    mlt_status status = mlt__table_finish(&table, page->out, err);
    if (status == MLT_OK && n > limit) {
        mlt__text more = {0};
        mlt__text_add(&more, "... and %zu more terms: fit --save, then 'mltool inspect', lists them.",
                      n - limit);
        mlt__page_remark(page, &more);
    }
    return status;
}

void mlt__coefficients_json(mlt__json *json, const mlt_coefficient *coefficients, size_t n) {
    mlt__put_open(json, "coefficients", '[');
    for (size_t i = 0; i < n; i++) {
        const mlt_coefficient *c = &coefficients[i];
        mlt__put_open(json, NULL, '{');
        mlt__put_text(json, "term", c->term);
        mlt__put_real(json, "estimate", c->estimate);
        mlt__put_real(json, "std_error", c->std_error);
        mlt__put_real(json, "t", c->t);
        mlt__put_real(json, "p", c->p);
        mlt__put_real(json, "ci_low", c->ci_low);
        mlt__put_real(json, "ci_high", c->ci_high);
        mlt__put_close(json, '}');
    }
    mlt__put_close(json, ']');
}
