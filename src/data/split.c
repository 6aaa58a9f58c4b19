/* Holdout splits: scikit-learn 1.2.1's train_test_split, plain and stratified, row for row. */
#include "mltool/split.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void mlt_split_clear(mlt_split *split) {
    free(split->train);
    free(split->test);
    *split = (mlt_split){0};
}

static mlt_status check_size(double size, const char *option, mlt_error *err) {
    if (size == 0 || (size > 0 && size < 1))
        return MLT_OK;
    return mlt__raise(err, MLT_E_USAGE,
                      "--%s: %g is not a share of the rows; give a number above 0 and below 1", option, size);
}

/* How many rows go into each part: the test share is rounded up, the train share down. */
static mlt_status count_parts(mlt_split *out, size_t n, const mlt_split_options *options, mlt_error *err) {
    double test = options->test_size, train = options->train_size;
    MLT_TRY(check_size(test, "test-size", err));
    MLT_TRY(check_size(train, "train-size", err));
    if (test == 0 && train == 0)
        test = 0.25;
    size_t n_test = (size_t)ceil(test * (double)n), n_train = (size_t)floor(train * (double)n);
    if (train + test > 1 || n_train + n_test > n)
        return mlt__raise(err, MLT_E_USAGE,
                          "--train-size: with --test-size it makes more than all rows; give shares that add "
                          "up to at most 1");
    if (train == 0)
        n_train = n - n_test;
    if (test == 0)
        n_test = n - n_train;
    if (n_train == 0 || n_test == 0)
        return mlt__raise(err, MLT_E_DATA,
                          "%zu rows leave none for the %s part; add rows or change --test-size", n,
                          n_train == 0 ? "train" : "test");
    out->n_train = n_train;
    out->n_test = n_test;
    return MLT_OK;
}

static mlt_status allocate_parts(mlt_split *out, mlt_error *err) {
    MLT_ALLOC(out->train, out->n_train, err);
    MLT_ALLOC(out->test, out->n_test, err);
    return MLT_OK;
}

/* Train first, in file order. */
static void split_in_order(mlt_split *out) {
    for (size_t i = 0; i < out->n_train; i++)
        out->train[i] = (uint32_t)i;
    for (size_t i = 0; i < out->n_test; i++)
        out->test[i] = (uint32_t)(out->n_train + i);
}

/* The first rows of one permutation are the test part, the next the train part. */
static mlt_status split_shuffled(mlt_split *out, size_t n, mlt_rng *rng, mlt_error *err) {
    uint32_t *order;
    MLT_ALLOC(order, n, err);
    mlt_rng_permutation(rng, order, n);
    memcpy(out->test, order, out->n_test * sizeof *order);
    memcpy(out->train, order + out->n_test, out->n_train * sizeof *order);
    free(order);
    return MLT_OK;
}

/* The classes that occur and their rows; a stratified split's work space. */
typedef struct strata {
    size_t k;          /* classes that occur */
    size_t largest;    /* rows of the largest */
    uint32_t *counts;  /* k: rows of each */
    uint32_t *rows;    /* n: rows of class 0 in file order, of class 1, ... */
    uint32_t *n_train; /* k: how many go into the train part */
    uint32_t *n_test;
    double *remainder; /* k */
    uint32_t *ties;    /* k */
    uint32_t *order;   /* max(k, largest): a permutation */
} strata;

static void strata_clear(strata *s) {
    free(s->counts);
    free(s->rows);
    free(s->n_train);
    free(s->n_test);
    free(s->remainder);
    free(s->ties);
    free(s->order);
}

/* Count the classes; close up over those that do not occur; list the rows. */
static mlt_status strata_build(strata *s, size_t n, const uint32_t *classes, size_t k, mlt_error *err) {
    uint32_t *number, *next; /* of each given class: its number here, and where its next row goes */
    mlt_status status = MLT_OK;
    s->counts = mlt__calloc(k, sizeof *s->counts);
    number = mlt__alloc(k, sizeof *number);
    next = mlt__alloc(k, sizeof *next);
    s->rows = mlt__alloc(n, sizeof *s->rows);
    if (!s->counts || !number || !next || !s->rows) {
        status = mlt__raise_nomem(err, n * sizeof *s->rows);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        s->counts[classes[i]]++;
    uint32_t start = 0;
    for (size_t c = 0; c < k; c++) {
        uint32_t count = s->counts[c];
        if (count == 0)
            continue;
        number[c] = (uint32_t)s->k;
        next[s->k] = start;
        start += count;
        s->counts[s->k++] = count;
        if (count > s->largest)
            s->largest = count;
    }
    for (size_t i = 0; i < n; i++)
        s->rows[next[number[classes[i]]]++] = (uint32_t)i;
    MLT_ALLOC_GOTO(s->n_train, s->k, err, done);
    MLT_ALLOC_GOTO(s->n_test, s->k, err, done);
    MLT_ALLOC_GOTO(s->remainder, s->k, err, done);
    MLT_ALLOC_GOTO(s->ties, s->k, err, done);
    MLT_ALLOC_GOTO(s->order, s->k > s->largest ? s->k : s->largest, err, done);
done:
    free(number);
    free(next);
    return status;
}

/* Beyond some 2^26 rows the doubles of share_draws may be one off: no class gives more than it has, and
 * together they give `draws`, which is at most the sum of `counts`. */
static void keep_to_counts(uint32_t *shares, const uint32_t *counts, size_t draws, size_t k) {
    size_t given = 0;
    for (size_t c = 0; c < k; c++) {
        if (shares[c] > counts[c])
            shares[c] = counts[c];
        given += shares[c];
    }
    for (size_t c = 0; c < k && given < draws; c++) {
        size_t room = counts[c] - shares[c], more = room < draws - given ? room : draws - given;
        shares[c] += (uint32_t)more;
        given += more;
    }
    for (size_t c = 0; c < k && given > draws; c++) {
        size_t less = shares[c] < given - draws ? shares[c] : given - draws;
        shares[c] -= (uint32_t)less;
        given -= less;
    }
}

/* Share `draws` among the classes in proportion to `counts`, rounding by largest remainder, ties at random:
 * the approximate mode of the multivariate hypergeometric distribution (scikit-learn's _approximate_mode). */
static void share_draws(uint32_t *shares, const uint32_t *counts, size_t draws, strata *s, mlt_rng *rng) {
    double total = 0, given = 0;
    for (size_t c = 0; c < s->k; c++)
        total += counts[c];
    for (size_t c = 0; c < s->k; c++) {
        double exact = counts[c] / total * (double)draws, whole = floor(exact);
        shares[c] = (uint32_t)whole;
        s->remainder[c] = exact - whole;
        given += whole;
    }
    for (size_t need = (double)draws > given ? (size_t)((double)draws - given) : 0; need > 0;) {
        double largest = -1;
        for (size_t c = 0; c < s->k; c++)
            if (s->remainder[c] > largest)
                largest = s->remainder[c];
        if (largest < 0)
            break;
        size_t n_ties = 0;
        for (size_t c = 0; c < s->k; c++)
            if (s->remainder[c] == largest) {
                s->ties[n_ties++] = (uint32_t)c;
                s->remainder[c] = -1; /* done with */
            }
        size_t now = n_ties < need ? n_ties : need;
        mlt_rng_permutation(rng, s->order, n_ties);
        for (size_t i = 0; i < now; i++)
            shares[s->ties[s->order[i]]]++;
        need -= now;
    }
    keep_to_counts(shares, counts, draws, s->k);
}

static mlt_status check_strata(const mlt_split *out, const strata *s, mlt_error *err) {
    for (size_t c = 0; c < s->k; c++)
        if (s->counts[c] < 2)
            return mlt__raise(
                err, MLT_E_DATA,
                "--stratify: a class has one row only and cannot be in both parts; add rows of it, drop it, "
                "or leave out --stratify");
    bool train = out->n_train < s->k;
    if (train || out->n_test < s->k)
        return mlt__raise(
            err, MLT_E_DATA,
            "--stratify: a %s part of %zu cannot hold all %zu classes; give it a larger share, or leave out "
            "--stratify",
            train ? "train" : "test", train ? out->n_train : out->n_test, s->k);
    return MLT_OK;
}

/* Each class is permuted and gives its share to the train part, then to the test part; both are shuffled. */
static void deal_strata(mlt_split *out, strata *s, mlt_rng *rng) {
    share_draws(s->n_train, s->counts, out->n_train, s, rng);
    for (size_t c = 0; c < s->k; c++)
        s->counts[c] -= s->n_train[c];
    share_draws(s->n_test, s->counts, out->n_test, s, rng);
    uint32_t *train = out->train, *test = out->test;
    const uint32_t *rows = s->rows;
    for (size_t c = 0; c < s->k; c++) {
        size_t count = s->counts[c] + s->n_train[c];
        mlt_rng_permutation(rng, s->order, count);
        const uint32_t *order = s->order;
        for (size_t i = 0; i < s->n_train[c]; i++)
            *train++ = rows[*order++];
        for (size_t i = 0; i < s->n_test[c]; i++)
            *test++ = rows[*order++];
        rows += count;
    }
    mlt_rng_shuffle(rng, out->train, out->n_train);
    mlt_rng_shuffle(rng, out->test, out->n_test);
}

static mlt_status split_stratified(mlt_split *out, size_t n, const mlt_split_options *options, mlt_rng *rng,
                                   mlt_error *err) {
    strata s = {0};
    mlt_status status = strata_build(&s, n, options->stratify, options->k, err);
    if (status == MLT_OK)
        status = check_strata(out, &s, err);
    if (status == MLT_OK)
        deal_strata(out, &s, rng);
    strata_clear(&s);
    return status;
}

mlt_status mlt_split_holdout(mlt_split *out, size_t n, const mlt_split_options *options, mlt_error *err) {
    *out = (mlt_split){0};
    if (options->no_shuffle && options->stratify)
        return mlt__raise(err, MLT_E_USAGE,
                          "--stratify: needs shuffling; leave out --no-shuffle or --stratify");
    MLT_TRY(count_parts(out, n, options, err));
    mlt_status status = allocate_parts(out, err);
    mlt_rng rng;
    mlt_rng_seed(&rng, options->random_state);
    if (status == MLT_OK && options->no_shuffle)
        split_in_order(out);
    else if (status == MLT_OK && options->stratify)
        status = split_stratified(out, n, options, &rng, err);
    else if (status == MLT_OK)
        status = split_shuffled(out, n, &rng, err);
    if (status != MLT_OK)
        mlt_split_clear(out);
    return status;
}
