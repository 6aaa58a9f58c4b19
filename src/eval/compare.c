/* Ranking models by their scores, and testing each against the best. */
#include "mltool/compare.h"

#include "core/error.h"
#include "core/memory.h"
#include "eval/significance.h"

#include <math.h>
#include <stdlib.h>

/* What ranking needs. */
typedef struct ranking {
    const mlt_score *scores; /* model by model */
    size_t n_splits, metric;
    bool greater_is_better;
    double ratio;   /* test rows a training row */
    double *values; /* n_splits: room for one model's values or differences */
} ranking;

static double value_of(const ranking *r, size_t model, size_t split) {
    return r->scores[model * r->n_splits + split].values[r->metric];
}

static mlt_contender summarise(const ranking *r, size_t model) {
    mlt_contender c = {.model = model, .difference = NAN, .t = NAN, .p = NAN, .p_holm = NAN};
    for (size_t s = 0; s < r->n_splits; s++) {
        const mlt_score *score = &r->scores[model * r->n_splits + s];
        if (score->status != MLT_OK && !c.failure)
            c.failure = score;
        r->values[s] = score->values[r->metric];
        c.seconds_fit += score->seconds_fit / (double)r->n_splits;
        c.seconds_predict += score->seconds_predict / (double)r->n_splits;
    }
    if (c.failure)
        c.mean = c.sd = c.seconds_fit = c.seconds_predict = NAN;
    else
        mlt_mean_sd(r->values, r->n_splits, &c.mean, &c.sd);
    return c;
}

static void test_against(const ranking *r, mlt_contender *c, const mlt_contender *best) {
    for (size_t s = 0; s < r->n_splits; s++)
        r->values[s] = value_of(r, c->model, s) - value_of(r, best->model, s);
    double sd;
    mlt_mean_sd(r->values, r->n_splits, &c->difference, &sd);
    if (c != best && r->n_splits > 1)
        c->p = mlt__corrected_t_test(&c->t, r->values, r->n_splits, r->ratio);
}

/* Does `a` stand before `b`? 0 failed, 1 has no value, 2 has one. */
static bool is_better(const mlt_contender *a, const mlt_contender *b, bool greater_is_better) {
    int class_a = a->failure ? 0 : isnan(a->mean) ? 1 : 2, class_b = b->failure ? 0 : isnan(b->mean) ? 1 : 2;
    if (class_a != class_b || class_a < 2)
        return class_a > class_b;
    return greater_is_better ? a->mean > b->mean : a->mean < b->mean;
}

/* A handful of models: insertion keeps equal ones in order. */
static void insert(mlt_contender *sorted, size_t n, mlt_contender c, bool greater_is_better) {
    for (; n > 0 && is_better(&c, &sorted[n - 1], greater_is_better); n--)
        sorted[n] = sorted[n - 1];
    sorted[n] = c;
}

static mlt_status adjust(mlt_contender *contenders, size_t n, mlt_error *err) {
    double *p;
    MLT_ALLOC(p, 2 * n, err);
    for (size_t i = 0; i < n; i++)
        p[i] = contenders[i].p;
    mlt_status status = mlt__holm(p + n, p, n, err);
    for (size_t i = 0; i < n && status == MLT_OK; i++)
        contenders[i].p_holm = p[n + i];
    free(p);
    return status;
}

mlt_status mlt_compare(mlt_comparison *out, const mlt_score *scores, size_t n_models, const mlt_split *splits,
                       size_t n_splits, const mlt_metric *metric, mlt_error *err) {
    size_t n_metrics, n_train = 0, n_test = 0;
    *out = (mlt_comparison){.n = n_models, .n_splits = n_splits};
    out->metric = (size_t)(metric - mlt_metric_table(metric->task, &n_metrics));
    for (size_t s = 0; s < n_splits; s++) {
        n_train += splits[s].n_train;
        n_test += splits[s].n_test;
    }
    ranking r = {.scores = scores,
                 .n_splits = n_splits,
                 .metric = out->metric,
                 .greater_is_better = metric->greater_is_better,
                 .ratio = (double)n_test / (double)n_train};
    mlt_status status;
    MLT_ALLOC_GOTO(r.values, n_splits, err, done);
    MLT_ALLOC_GOTO(out->ranking, n_models, err, done);
    for (size_t m = 0; m < n_models; m++)
        insert(out->ranking, m, summarise(&r, m), metric->greater_is_better);
    for (size_t i = 0; i < n_models; i++)
        if (!out->ranking[i].failure)
            test_against(&r, &out->ranking[i], &out->ranking[0]);
    status = adjust(out->ranking, n_models, err);
done:
    free(r.values);
    if (status != MLT_OK)
        mlt_comparison_clear(out);
    return status;
}

void mlt_comparison_clear(mlt_comparison *comparison) {
    free(comparison->ranking);
    *comparison = (mlt_comparison){0};
}
