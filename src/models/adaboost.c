/* `adaboost`: SAMME and SAMME.R for classes (Zhu, Zou, Rosset and Hastie 2009), AdaBoost.R2 for numbers
 * (Drucker 1997); every sum in scikit-learn's order. */
#include "core/error.h"
#include "core/memory.h"
#include "core/pairwise_sum.h"
#include "core/threads.h"
#include "models/adaboost_stopping.h"
#include "models/stump.h"
#include "models/tree_options.h"
#include "models/tree_predict.h"

#include "mltool/random.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const mlt_param_spec PARAMS[] = {
    MLT_PARAM_N_ESTIMATORS("50", "rounds at most"),
    {.name = "learning-rate",
     .kind = MLT_PARAM_REAL,
     .default_text = "1.0",
     .min = 0,
     .max = INFINITY,
     .open_min = true,
     .help = "shrinks each round's weight"},
    {.name = "algorithm",
     .kind = MLT_PARAM_CHOICE,
     .default_text = "samme",
     .choices = "samme|samme.r",
     .help = "boost by classes or by class probabilities",
     .tasks = MLT_CLASSIFICATION},
    {.name = "loss",
     .kind = MLT_PARAM_CHOICE,
     .default_text = "linear",
     .choices = "linear|square|exponential",
     .help = "how errors weigh",
     .tasks = MLT_REGRESSION},
    MLT_PARAM_CRITERION,
    MLT_PARAM_MAX_DEPTH("1", "3"),
    MLT_PARAMS_TREE_SHAPE,
    MLT_PARAM_MAX_FEATURES("all", NULL),
    {.name = "early-stopping",
     .kind = MLT_PARAM_INT,
     .default_text = "none",
     .min = 1,
     .max = 1e6,
     .help = "set training rows aside, stop when so many rounds have not lowered their error, and keep the "
             "rounds "
             "up to the least"},
    {.name = "validation-fraction",
     .kind = MLT_PARAM_REAL,
     .default_text = "0.1",
     .min = 0,
     .max = 0.9,
     .open_min = true,
     .help = "the share of the training rows that early stopping sets aside"},
};

enum { EXACT_SUM_ROWS = 20000 };

/* The state of boosting between rounds. */
typedef struct booster {
    const mlt_fit_input *in;
    mlt_tree_data *data;
    bool ranked; /* the columns of `data`: not as long as `stumps` do without */
    mlt_tree_params tree_params;
    mlt_ensemble *ensemble;
    mlt__stopping *stopping;
    double *
        importances; /* of each round's tree: rounds × p with early stopping, which may drop rounds, else p */
    double *weights;  /* n, sum 1 */
    double *scratch;  /* n */
    uint32_t *leaves; /* n: the present round's leaves */
    uint32_t *drawn;  /* n: AdaBoost.R2's rows of the round */
    double *errors;   /* n: AdaBoost.R2's errors */
    mlt_rng rng;
    double rate;
    mlt__pairwise_parts parts; /* of sums over all positions */
    bool real;                 /* SAMME.R */
    mlt_stump_search *stumps;  /* NULL where it does not apply */
    int threads;
} booster;

/* Every weight that was not 0 from the start is at least this. */
static double raised(const booster *b, size_t i, double weight) {
    const double *given = b->data->weights;
    return weight < DBL_EPSILON && !(given && given[i] == 0) ? DBL_EPSILON : weight;
}

/* The sum of n numbers, by position, in numpy's order. */
static double sum_of(booster *b, const double *values) {
    mlt__pairwise_parts *parts = &b->parts;
#pragma omp parallel for schedule(static) num_threads(b->threads)
    for (size_t part = 0; part < MLT__PAIRWISE_PARTS; part++)
        parts->sums[part] =
            mlt__pairwise_sum(values + parts->starts[part], parts->starts[part + 1] - parts->starts[part]);
    return mlt__pairwise_join(parts);
}

static mlt_status booster_new(booster *b, const mlt_fit_input *in, mlt_tree_data *data,
                              mlt_ensemble *ensemble, mlt__stopping *stopping, mlt_error *err) {
    size_t n = data->n;
    *b = (booster){.in = in, .data = data, .ensemble = ensemble, .stopping = stopping};
    MLT_TRY(mlt__tree_params_read(&b->tree_params, in->params, data->p, n, err));
    MLT_TRY(
        mlt__amount_of(&b->tree_params.max_features, in->params, "max-features", data->p, "features", err));
    b->rate = mlt_params_real(in->params, "learning-rate");
    b->real = mlt_params_is(in->params, "algorithm", "samme.r");
    b->threads = mlt__threads(in->ctx, n / 20000 + 1);
    mlt_rng_seed(&b->rng, in->seed);
    MLT_ALLOC(b->importances, data->p * (stopping->patience ? ensemble->n_trees : 1), err);
    MLT_ALLOC(b->weights, n, err);
    MLT_ALLOC(b->scratch, n, err);
    MLT_ALLOC(b->leaves, n, err);
    if (data->task == MLT_REGRESSION) {
        MLT_ALLOC(b->drawn, n, err);
        MLT_ALLOC(b->errors, n, err);
    }
    /* SAMME.R's weights come from the leaves' sums, whose last bits decide ties in later rounds; in small
     * data ties are common, so there the sums keep scikit-learn's order. */
    if (!b->real || n > EXACT_SUM_ROWS)
        MLT_TRY(mlt__stump_search_new(&b->stumps, data, &b->tree_params, in->ctx, err));
    mlt__pairwise_cut(&b->parts, n);
    double sum = data->weights ? mlt__pairwise_sum(data->weights, n) : (double)n;
    for (size_t i = 0; i < n; i++)
        b->weights[i] = raised(b, i, (data->weights ? data->weights[i] : 1.0) / sum);
    return MLT_OK;
}

static void booster_clear(booster *b) {
    mlt__stump_search_free(b->stumps);
    free(b->importances);
    free(b->weights);
    free(b->scratch);
    free(b->leaves);
    free(b->drawn);
    free(b->errors);
}

/* Of round t's tree. */
static double *importances_of(const booster *b, size_t t) {
    return b->importances + (b->stopping->patience ? t * b->data->p : 0);
}

/* Grow round t's tree and send every row down it. */
static mlt_status grow_round(booster *b, size_t t, const mlt_tree_sample *sample, mlt_error *err) {
    mlt_tree *tree = &b->ensemble->trees[t];
    bool certain = false;
    if (b->stumps)
        MLT_TRY(mlt__stump_grow(tree, importances_of(b, t), b->leaves, &certain, b->stumps, b->weights, err));
    if (certain)
        return MLT_OK;
    if (!b->ranked)
        MLT_TRY(
            mlt__tree_data_rank(b->data, &(mlt_tree_layout){.ranking = MLT_RANK_VALUES}, b->in->ctx, err));
    b->ranked = true;
    MLT_TRY(mlt__tree_grow(tree, importances_of(b, t), b->data, &b->tree_params, sample, err));
#pragma omp parallel for schedule(static) num_threads(b->threads)
    for (size_t i = 0; i < b->data->n; i++)
        b->leaves[i] = mlt_tree_leaf(tree, b->data->source->x, b->data->rows[i]);
    return MLT_OK;
}

static void keep_round(booster *b, size_t t, double weight, double error) {
    b->ensemble->tree_weights[t] = weight;
    b->ensemble->tree_errors[t] = error;
    for (size_t j = 0; j < b->data->p; j++)
        b->ensemble->importances[j] += weight * importances_of(b, t)[j];
}

/* SAMME.R's log weight change of each leaf and class: rate (K − 1)/K Σ_k y_k ln p_k with y_k = 1 or −1/(K −
 * 1). */
static mlt_status real_factors(double **out, const booster *b, const mlt_tree *tree, mlt_error *err) {
    size_t k = tree->width;
    double *factors, others = -1.0 / ((double)k - 1.0);
    MLT_ALLOC(factors, (tree->n_nodes + 1) * k, err);
    double *coded = factors + tree->n_nodes * k; /* scratch */
    for (size_t node = 0; node < tree->n_nodes; node++) {
        const double *value = tree->value + node * k;
        double sum = mlt__pairwise_sum(value, k);
        for (size_t own = 0; own < k; own++) {
            for (size_t c = 0; c < k; c++)
                coded[c] = (c == own ? 1.0 : others) * log(fmax(value[c] / sum, DBL_EPSILON));
            double change = -1.0 * b->rate * (((double)k - 1.0) / (double)k) * mlt__pairwise_sum(coded, k);
            factors[node * k + own] = exp(change);
        }
    }
    *out = factors;
    return MLT_OK;
}

/* Raise the weights of the rows that round t gets wrong. */
static mlt_status reweigh(booster *b, const mlt_tree *tree, double alpha, mlt_error *err) {
    size_t n = b->data->n, k = tree->width;
    if (b->real) {
        double *factors = NULL;
        MLT_TRY(real_factors(&factors, b, tree, err));
#pragma omp parallel for schedule(static) num_threads(b->threads)
        for (size_t i = 0; i < n; i++)
            b->weights[i] *= factors[b->leaves[i] * k + b->data->labels[i]];
        free(factors);
        return MLT_OK;
    }
#pragma omp parallel for schedule(static) num_threads(b->threads)
    for (size_t i = 0; i < n; i++)
        if (b->weights[i] > 0)
            b->weights[i] = exp(log(b->weights[i]) + (b->scratch[i] > 0 ? alpha : 0));
    return MLT_OK;
}

/* 1 for each leaf and class that the leaf gets wrong, else 0. */
static mlt_status wrong_table(double **out, const mlt_tree *tree, mlt_error *err) {
    size_t k = tree->width;
    double *wrong;
    MLT_ALLOC(wrong, tree->n_nodes * k, err);
    for (size_t node = 0; node < tree->n_nodes; node++) {
        uint32_t class = mlt__argmax(tree->value + node * k, k);
        for (size_t c = 0; c < k; c++)
            wrong[node * k + c] = c != class;
    }
    *out = wrong;
    return MLT_OK;
}

/* The share of the weight that the tree gets wrong. Each row's weight where it does, and 0 where it is right,
 * goes into `scratch`. */
static mlt_status weigh_errors(double *share, booster *b, const mlt_tree *tree, mlt_error *err) {
    mlt__pairwise_parts all = b->parts, errors = b->parts;
    double *wrong;
    size_t k = tree->width;
    MLT_TRY(wrong_table(&wrong, tree, err));
#pragma omp parallel for schedule(static) num_threads(b->threads)
    for (size_t part = 0; part < MLT__PAIRWISE_PARTS; part++) {
        size_t start = all.starts[part], end = all.starts[part + 1];
        for (size_t i = start; i < end; i++)
            b->scratch[i] = b->weights[i] * wrong[b->leaves[i] * k + b->data->labels[i]];
        all.sums[part] = mlt__pairwise_sum(b->weights + start, end - start);
        errors.sums[part] = mlt__pairwise_sum(b->scratch + start, end - start);
    }
    free(wrong);
    *share = mlt__pairwise_join(&errors) / mlt__pairwise_join(&all);
    return MLT_OK;
}

/* One round for classes. *last: stop behind it; *kept: its tree stays. */
static mlt_status boost_classes(booster *b, size_t t, bool *kept, bool *last, mlt_error *err) {
    const mlt_tree *tree = &b->ensemble->trees[t];
    size_t n = b->data->n, k = b->data->width;
    mlt_tree_sample sample = {.n = n, .weights = b->weights, .seed = mlt_rng_member_seed(&b->rng)};
    double error;
    MLT_TRY(grow_round(b, t, &sample, err));
    MLT_TRY(weigh_errors(&error, b, tree, err));
    *kept = true;
    if (error <= 0) {
        keep_round(b, t, 1.0, 0.0);
        *last = true;
        return MLT_OK;
    }
    if (!b->real && error >= 1.0 - 1.0 / (double)k) {
        if (t == 0)
            return mlt__raise(err, MLT_E_NUMERIC,
                              "%s: a first tree is no better than chance, so there is nothing to "
                              "boost; give a larger --max-depth or other features",
                              b->in->data->source);
        *kept = false;
        *last = true;
        return MLT_OK;
    }
    double alpha = b->real ? 1.0 : b->rate * (log((1.0 - error) / error) + log((double)k - 1.0));
    keep_round(b, t, alpha, error);
    if (t + 1 == b->ensemble->n_trees)
        return MLT_OK;
    return reweigh(b, tree, alpha, err);
}

/* n rows drawn with replacement by weight. */
static void draw_by_weight(booster *b) {
    size_t n = b->data->n;
    double *cumulated = b->scratch, sum = 0;
    for (size_t i = 0; i < n; i++)
        cumulated[i] = sum += b->weights[i];
    for (size_t i = 0; i < n; i++)
        cumulated[i] /= sum;
    for (size_t i = 0; i < n; i++) {
        double u = mlt_rng_uniform(&b->rng);
        size_t low = 0, high = n;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (cumulated[middle] <= u)
                low = middle + 1;
            else
                high = middle;
        }
        b->drawn[i] = (uint32_t)(low < n ? low : n - 1);
    }
}

/* Each row's error, from 0 to 1. */
static void measure_errors(booster *b, const mlt_tree *tree) {
    double largest = 0;
    bool square = mlt_params_is(b->in->params, "loss", "square");
    bool exponential = mlt_params_is(b->in->params, "loss", "exponential");
    for (size_t i = 0; i < b->data->n; i++) {
        b->errors[i] = fabs(tree->value[b->leaves[i]] - b->data->y[i]);
        if (b->weights[i] > 0 && b->errors[i] > largest)
            largest = b->errors[i];
    }
    for (size_t i = 0; i < b->data->n; i++) {
        double error = largest != 0 ? b->errors[i] / largest : b->errors[i];
        b->errors[i] = square ? error * error : exponential ? 1.0 - exp(-error) : error;
    }
}

/* One round for numbers. */
static mlt_status boost_numbers(booster *b, size_t t, bool *kept, bool *last, mlt_error *err) {
    const mlt_tree *tree = &b->ensemble->trees[t];
    size_t n = b->data->n;
    mlt_tree_sample sample = {.n = n, .positions = b->drawn, .seed = mlt_rng_member_seed(&b->rng)};
    draw_by_weight(b);
    MLT_TRY(grow_round(b, t, &sample, err));
    measure_errors(b, tree);
    for (size_t i = 0; i < n; i++)
        b->scratch[i] = b->weights[i] * b->errors[i];
    double error = sum_of(b, b->scratch);
    *kept = true;
    if (error <= 0) {
        keep_round(b, t, 1.0, 0.0);
        *last = true;
        return MLT_OK;
    }
    if (error >= 0.5) {
        /* scikit-learn keeps a first tree that is this bad, without weight: it is still better than nothing.
         */
        *kept = t == 0;
        *last = true;
        if (*kept)
            b->ensemble->tree_errors[t] = 1.0;
        return MLT_OK;
    }
    double beta = error / (1.0 - error);
    keep_round(b, t, b->rate * log(1.0 / beta), error);
    if (t + 1 < b->ensemble->n_trees)
        for (size_t i = 0; i < n; i++)
            b->weights[i] *= pow(beta, (1.0 - b->errors[i]) * b->rate);
    return MLT_OK;
}

/* Divide the weights by their sum, for the next round; false if that is impossible. */
static bool normalise_weights(booster *b) {
    double sum = sum_of(b, b->weights);
    if (!isfinite(sum) || sum <= 0)
        return false;
#pragma omp parallel for schedule(static) num_threads(b->threads)
    for (size_t i = 0; i < b->data->n; i++)
        b->weights[i] = raised(b, i, b->weights[i] / sum);
    return true;
}

/* Forget what came after the round with the least error. Returns how many rounds are left of `t`. */
static size_t drop_rounds(booster *b, size_t t) {
    size_t kept = b->stopping->best_rounds;
    mlt__note(b->in->ctx,
              "early stopping: %zu of %zu rounds are kept, judged by %zu of the %zu training rows", kept, t,
              b->stopping->n_judge, b->stopping->n_judge + b->stopping->n_fit);
    for (size_t j = 0; j < b->data->p; j++)
        b->ensemble->importances[j] = 0;
    for (size_t round = 0; round < kept; round++)
        keep_round(b, round, b->ensemble->tree_weights[round], b->ensemble->tree_errors[round]);
    return kept;
}

static mlt_status boost(booster *b, mlt_error *err) {
    size_t rounds = b->ensemble->n_trees, t = 0;
    for (bool last = false; t < rounds && !last; t++) {
        bool kept = true;
        if (b->in->ctx && b->in->ctx->round)
            b->in->ctx->round(b->in->ctx->round_user, t, b->weights, b->data->n);
        MLT_TRY(b->data->task == MLT_CLASSIFICATION ? boost_classes(b, t, &kept, &last, err)
                                                    : boost_numbers(b, t, &kept, &last, err));
        if (!mlt__progress(b->in->ctx, "fitting", t + 1, rounds))
            return mlt__raise(err, MLT_E_CANCELLED, "fitting was stopped");
        if (!kept)
            break;
        bool stop = false;
        if (b->stopping->patience)
            MLT_TRY(mlt__stopping_judge(&stop, b->stopping, t, err));
        last = last || stop;
        if (!last && t + 1 < rounds && !normalise_weights(b))
            last = true;
    }
    if (b->stopping->patience)
        t = drop_rounds(b, t);
    else if (t < rounds)
        mlt__note(b->in->ctx, "boosting stopped after %zu of %zu rounds", t, rounds);
    mlt__ensemble_truncate(b->ensemble, t);
    double sum = 0;
    for (size_t i = 0; i < t; i++)
        sum += b->ensemble->tree_weights[i];
    for (size_t j = 0; sum > 0 && j < b->data->p; j++)
        b->ensemble->importances[j] /= sum;
    return MLT_OK;
}

/* Number the classes among the training rows from 0, so that all formulas count those only. */
static mlt_status keep_seen_classes(mlt_boosted *boosted, mlt_tree_data *data, mlt_error *err) {
    uint32_t *places;
    MLT_ALLOC(boosted->classes, data->width, err);
    MLT_ALLOC(places, data->width, err);
    memset(places, 0, data->width * sizeof *places);
    for (size_t i = 0; i < data->n; i++)
        places[data->labels[i]] = 1;
    for (uint32_t c = 0; c < data->width; c++)
        if (places[c]) {
            places[c] = (uint32_t)boosted->n_classes;
            boosted->classes[boosted->n_classes++] = c;
        }
    for (size_t i = 0; i < data->n; i++)
        data->labels[i] = places[data->labels[i]];
    data->width = boosted->n_classes;
    free(places);
    return MLT_OK;
}

/* The trees count seen classes; from here on they count all. */
static mlt_status widen_trees(mlt_boosted *boosted, mlt_error *err) {
    size_t width = boosted->ensemble->width;
    for (size_t t = 0; boosted->n_classes < width && t < boosted->ensemble->n_trees; t++) {
        mlt_tree *tree = &boosted->ensemble->trees[t];
        double *wide = mlt__calloc(tree->n_nodes, width * sizeof *wide);
        if (!wide)
            return mlt__raise_nomem(err, tree->n_nodes * width * sizeof *wide);
        for (size_t node = 0; node < tree->n_nodes; node++)
            for (size_t c = 0; c < boosted->n_classes; c++)
                wide[node * width + boosted->classes[c]] = tree->value[node * tree->width + c];
        free(tree->value);
        tree->value = wide;
        tree->width = width;
    }
    return MLT_OK;
}

/* Boost on the rows of `in`. */
static mlt_status fit_rows(mlt_boosted *boosted, const mlt_fit_input *in, mlt__stopping *stopping,
                           mlt_error *err) {
    mlt_tree_data *data = NULL;
    booster b = {0};
    bool classification = in->data->schema->task == MLT_CLASSIFICATION;
    size_t rounds = (size_t)mlt_params_int(in->params, "n-estimators", 0);
    mlt_status status = mlt__tree_data_new(&data, in, err);
    if (status == MLT_OK)
        status = mlt__ensemble_new(&boosted->ensemble, rounds, data->p, data->width, true, err);
    if (status == MLT_OK && classification)
        status = keep_seen_classes(boosted, data, err);
    if (status == MLT_OK)
        status = mlt__stopping_begin(stopping, boosted, err);
    if (status == MLT_OK)
        status = booster_new(&b, in, data, boosted->ensemble, stopping, err);
    if (status == MLT_OK)
        status = boost(&b, err);
    if (status == MLT_OK && classification)
        status = widen_trees(boosted, err);
    booster_clear(&b);
    mlt__tree_data_free(data);
    return status == MLT_OK ? mlt__ensemble_pack(boosted->ensemble, in->ctx, err) : status;
}

static mlt_status fit(void **state, const mlt_fit_input *in, mlt_error *err) {
    mlt__stopping stopping;
    mlt_fit_input rows = *in;
    mlt_boosted *boosted = mlt__calloc(1, sizeof *boosted);
    if (!boosted)
        return mlt__raise_nomem(err, sizeof *boosted);
    boosted->real = mlt_params_is(in->params, "algorithm", "samme.r");
    mlt_status status = mlt__stopping_new(&stopping, in, err);
    if (stopping.patience) {
        rows.rows = stopping.fit;
        rows.n_rows = stopping.n_fit;
    }
    if (status == MLT_OK)
        status = fit_rows(boosted, &rows, &stopping, err);
    mlt__stopping_clear(&stopping);
    if (status == MLT_OK)
        *state = boosted;
    else
        mlt__boosted_free(boosted);
    return status;
}

static mlt_status predict(double *out, uint32_t *labels, const void *state, const mlt_schema *schema,
                          const mlt_predict_input *in, mlt_error *err) {
    (void)schema;
    return mlt__adaboost_vote(out, labels, state, in, err);
}

static mlt_status predict_stages(const mlt_stage_listener *listener, const void *state,
                                 const mlt_schema *schema, const mlt_predict_input *in, mlt_error *err) {
    (void)schema;
    return mlt__adaboost_stages(listener, state, in, err);
}

static mlt_status unpack(void *state, const mlt_schema *schema, mlt_error *err) {
    return mlt__ensemble_unpack(((mlt_boosted *)state)->ensemble, schema, err);
}

static void view(const void *state, mlt_model_view *out) {
    mlt__ensemble_view(((const mlt_boosted *)state)->ensemble, out);
}

static const mlt_model_ops OPS = {.fit = fit,
                                  .predict = predict,
                                  .save = mlt__boosted_save,
                                  .load = mlt__boosted_load,
                                  .unpack = unpack,
                                  .view = view,
                                  .free = mlt__boosted_free,
                                  .predict_stages = predict_stages};

const mlt_model_type mlt__model_adaboost = {.name = "adaboost",
                                            .summary =
                                                "small trees in turn, each minding the errors before it",
                                            .tasks = MLT_REGRESSION | MLT_CLASSIFICATION,
                                            .params = PARAMS,
                                            .n_params = sizeof PARAMS / sizeof *PARAMS,
                                            .ops = &OPS};
