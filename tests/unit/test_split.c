/* Splits against scikit-learn 1.2.1 (scripts/fixtures/split_hashes.py prints the tables). */
#include "mltool/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A hash of the train rows in order, then of the test rows. */
static const struct {
    size_t n, k; /* k = 0: not stratified */
    double test_size, train_size;
    bool no_shuffle;
    uint32_t seed;
    size_t n_train, n_test;
    uint64_t hash;
} holdouts[] = {
    {10, 0, 0.2, 0, false, 0U, 8, 2, 0xffc10015c26209feU},
    {10, 0, 0.2, 0, false, 1U, 8, 2, 0x4dba6c8a5eb521f8U},
    {10, 0, 0.2, 0, false, 2U, 8, 2, 0xa2d9d05be665e016U},
    {10, 0, 0.2, 0, false, 3U, 8, 2, 0xc41682e11e0641c0U},
    {10, 0, 0.2, 0, false, 42U, 8, 2, 0x3b48b0e22cf1c57aU},
    {10, 0, 0.2, 0, false, 4294967295U, 8, 2, 0x5aec47fa1ca1db4eU},
    {569, 0, 0.2, 0, false, 0U, 455, 114, 0xfa1e0452690b99a1U},
    {569, 0, 0.2, 0, false, 1U, 455, 114, 0xe782ef6a7458a981U},
    {569, 0, 0.2, 0, false, 2U, 455, 114, 0x1f1d1d6bae043c7fU},
    {569, 0, 0.2, 0, false, 3U, 455, 114, 0x8450b4499210b769U},
    {569, 0, 0.2, 0, false, 42U, 455, 114, 0x5282ace7eb4c4463U},
    {569, 0, 0.2, 0, false, 4294967295U, 455, 114, 0x68ab4ae754e254f7U},
    {1000, 0, 0, 0, false, 0U, 750, 250, 0x72b3e4bf718981d1U},
    {1000, 0, 0, 0, false, 1U, 750, 250, 0x97ba8fe82563f273U},
    {1000, 0, 0, 0, false, 2U, 750, 250, 0xc55117767ca70b5fU},
    {1000, 0, 0, 0, false, 3U, 750, 250, 0xb90b121f20cc7d55U},
    {1000, 0, 0, 0, false, 42U, 750, 250, 0xf827797b9d42a22fU},
    {1000, 0, 0, 0, false, 4294967295U, 750, 250, 0xedbf28f9eef329c9U},
    {150, 0, 0.33, 0, false, 0U, 100, 50, 0xba7e5444b584223aU},
    {150, 0, 0.33, 0, false, 1U, 100, 50, 0x09ce4e33a38a4136U},
    {150, 0, 0.33, 0, false, 2U, 100, 50, 0x84c91fc9b1d12f1aU},
    {150, 0, 0.33, 0, false, 3U, 100, 50, 0xcf53d5a6350aa156U},
    {150, 0, 0.33, 0, false, 42U, 100, 50, 0x84749bfa293eac06U},
    {150, 0, 0.33, 0, false, 4294967295U, 100, 50, 0x501f140664e71bc6U},
    {101, 0, 0, 0.7, false, 0U, 70, 31, 0xac3ac0a42e6eacdbU},
    {101, 0, 0, 0.7, false, 1U, 70, 31, 0x9d8b5b375ca4716dU},
    {101, 0, 0, 0.7, false, 2U, 70, 31, 0x7b525162a1add8e5U},
    {101, 0, 0, 0.7, false, 3U, 70, 31, 0x1be05390c4972877U},
    {101, 0, 0, 0.7, false, 42U, 70, 31, 0x27970b31d7ace121U},
    {101, 0, 0, 0.7, false, 4294967295U, 70, 31, 0x7f29aaf78322018dU},
    {101, 0, 0.1, 0.55, false, 0U, 55, 11, 0x2e52ee808aa66b3fU},
    {101, 0, 0.1, 0.55, false, 1U, 55, 11, 0x33e2052c5ad830cdU},
    {101, 0, 0.1, 0.55, false, 2U, 55, 11, 0x59f4614803ddec9cU},
    {101, 0, 0.1, 0.55, false, 3U, 55, 11, 0x283c33f6335b1ed3U},
    {101, 0, 0.1, 0.55, false, 42U, 55, 11, 0x15d9d9bca8151c99U},
    {101, 0, 0.1, 0.55, false, 4294967295U, 55, 11, 0x99022d569d5b46b5U},
    {37, 0, 0.07, 0, false, 0U, 34, 3, 0x9be77999572b00bfU},
    {37, 0, 0.07, 0, false, 1U, 34, 3, 0x83f8f3483eb0258bU},
    {37, 0, 0.07, 0, false, 2U, 34, 3, 0x1253690a860c2b4dU},
    {37, 0, 0.07, 0, false, 3U, 34, 3, 0xd9f452aa731c7a0fU},
    {37, 0, 0.07, 0, false, 42U, 34, 3, 0x4a76b7726d3ea931U},
    {37, 0, 0.07, 0, false, 4294967295U, 34, 3, 0x53cab9bd7df866f9U},
    {70001, 0, 0.2, 0, false, 0U, 56000, 14001, 0x1771416e329fe8ddU},
    {70001, 0, 0.2, 0, false, 1U, 56000, 14001, 0x452c5244e2c13287U},
    {70001, 0, 0.2, 0, false, 2U, 56000, 14001, 0xf3b2577333111b43U},
    {70001, 0, 0.2, 0, false, 3U, 56000, 14001, 0x6273298e880a6db1U},
    {70001, 0, 0.2, 0, false, 42U, 56000, 14001, 0xd6f21a941d669a63U},
    {70001, 0, 0.2, 0, false, 4294967295U, 56000, 14001, 0x6e2d1e428d2ba0edU},
    {57, 0, 0.3, 0, true, 0U, 39, 18, 0xcdfac18941ca886fU},
    {57, 0, 0.25, 0.5, true, 0U, 28, 15, 0xc0567ff474505ba8U},
    {150, 3, 0.2, 0, false, 0U, 120, 30, 0x86531f7dfa5821c4U},
    {150, 3, 0.2, 0, false, 1U, 120, 30, 0x7f8dbd5ff5e743daU},
    {150, 3, 0.2, 0, false, 2U, 120, 30, 0xc0dd1ba7c1dc01caU},
    {150, 3, 0.2, 0, false, 3U, 120, 30, 0xf752ad0265d9cd4cU},
    {150, 3, 0.2, 0, false, 42U, 120, 30, 0x922f435d53bcf8deU},
    {150, 3, 0.2, 0, false, 4294967295U, 120, 30, 0xa821f56ffbb69182U},
    {150, 2, 0.2, 0, false, 0U, 120, 30, 0xe14f0dd38cfd473aU},
    {150, 2, 0.2, 0, false, 1U, 120, 30, 0x9daad2227ac39270U},
    {150, 2, 0.2, 0, false, 2U, 120, 30, 0x251613c043f24de0U},
    {150, 2, 0.2, 0, false, 3U, 120, 30, 0xa41808f6f2a396baU},
    {150, 2, 0.2, 0, false, 42U, 120, 30, 0x1ba20dc11b553ddeU},
    {150, 2, 0.2, 0, false, 4294967295U, 120, 30, 0xb9cde31b07a2b5d4U},
    {569, 2, 0.2, 0, false, 0U, 455, 114, 0xf361fdf8c3a64bb9U},
    {569, 2, 0.2, 0, false, 1U, 455, 114, 0x51c60e3513abbeddU},
    {569, 2, 0.2, 0, false, 2U, 455, 114, 0x43e62e4eb5f21085U},
    {569, 2, 0.2, 0, false, 3U, 455, 114, 0xc6ecc8ca440d0e83U},
    {569, 2, 0.2, 0, false, 42U, 455, 114, 0x0cccef042d54f4cdU},
    {569, 2, 0.2, 0, false, 4294967295U, 455, 114, 0xede430ae4313f10bU},
    {101, 7, 0, 0.7, false, 0U, 70, 31, 0x4b57881f94826d15U},
    {101, 7, 0, 0.7, false, 1U, 70, 31, 0x3c5aa9fa787886b5U},
    {101, 7, 0, 0.7, false, 2U, 70, 31, 0xbdfd73ab796d6d51U},
    {101, 7, 0, 0.7, false, 3U, 70, 31, 0x57d2e7c8435bfdb3U},
    {101, 7, 0, 0.7, false, 42U, 70, 31, 0x4d0055fc6299b5abU},
    {101, 7, 0, 0.7, false, 4294967295U, 70, 31, 0x37d632ac32787211U},
    {101, 5, 0.1, 0.55, false, 0U, 55, 11, 0xbcc38e5c7fad30e1U},
    {101, 5, 0.1, 0.55, false, 1U, 55, 11, 0xd9bb1aebf5cd75a3U},
    {101, 5, 0.1, 0.55, false, 2U, 55, 11, 0xb8091ee5e01ae947U},
    {101, 5, 0.1, 0.55, false, 3U, 55, 11, 0x0836d7475e7dcf14U},
    {101, 5, 0.1, 0.55, false, 42U, 55, 11, 0x127030b7e2f0e0a9U},
    {101, 5, 0.1, 0.55, false, 4294967295U, 55, 11, 0x46b2f6d057e2bfe4U},
    {203, 10, 0.25, 0.3, false, 0U, 60, 51, 0x432665ca4fdeda0fU},
    {203, 10, 0.25, 0.3, false, 1U, 60, 51, 0xa36569a547fa9832U},
    {203, 10, 0.25, 0.3, false, 2U, 60, 51, 0xe7e4b095db4ce7b8U},
    {203, 10, 0.25, 0.3, false, 3U, 60, 51, 0xe435976a6555376aU},
    {203, 10, 0.25, 0.3, false, 42U, 60, 51, 0x15eb28ecd8223773U},
    {203, 10, 0.25, 0.3, false, 4294967295U, 60, 51, 0x8f1e92212bf1c7b9U},
    {64, 16, 0.5, 0, false, 0U, 32, 32, 0x775e6e5e148f5b1dU},
    {64, 16, 0.5, 0, false, 1U, 32, 32, 0x902dcae1ddde13f1U},
    {64, 16, 0.5, 0, false, 2U, 32, 32, 0x1b56a849ae34952dU},
    {64, 16, 0.5, 0, false, 3U, 32, 32, 0xb81139c4430d41e1U},
    {64, 16, 0.5, 0, false, 42U, 32, 32, 0xeddf98e5fb39a47bU},
    {64, 16, 0.5, 0, false, 4294967295U, 32, 32, 0xfbd02b8a8b39e01bU},
    {5003, 30, 0.15, 0, false, 0U, 4252, 751, 0x8579a46bfb3cae3aU},
    {5003, 30, 0.15, 0, false, 1U, 4252, 751, 0x98ce90c1029c16deU},
    {5003, 30, 0.15, 0, false, 2U, 4252, 751, 0x9db472375031063eU},
    {5003, 30, 0.15, 0, false, 3U, 4252, 751, 0xbb3cbca14035e182U},
    {5003, 30, 0.15, 0, false, 42U, 4252, 751, 0xdeed16c5c58bfa2cU},
    {5003, 30, 0.15, 0, false, 4294967295U, 4252, 751, 0xc309c08470758dc2U},
};

/* A hash of every fold's train and test rows, in order. */
static const struct {
    size_t n, k, folds;
    int seed; /* -1: not shuffled */
    uint64_t hash;
} folded[] = {
    {10, 0, 3, 0, 0x148d75efe69b4b12U},      {10, 0, 3, 1, 0x5ddaaf96a01e529aU},
    {10, 0, 3, 42, 0x0d5cee745db067acU},     {10, 0, 3, -1, 0x227a53f7a42d0ff4U},
    {569, 0, 5, 0, 0x6b47d3a9eccbb689U},     {569, 0, 5, 1, 0x77518d60aca79ad3U},
    {569, 0, 5, 42, 0x6d38357df34d21c1U},    {569, 0, 5, -1, 0x1d416771e13aee9fU},
    {101, 0, 10, 0, 0xba8a7715d2ed4f6dU},    {101, 0, 10, 1, 0x138b0193885a291fU},
    {101, 0, 10, 42, 0xccfa9d8b61662895U},   {101, 0, 10, -1, 0x3038f5386edc85cfU},
    {7, 0, 7, 0, 0xbef785c155ca685eU},       {7, 0, 7, 1, 0xc64fcb10bc0453e6U},
    {7, 0, 7, 42, 0xe99599c3ee5225ceU},      {7, 0, 7, -1, 0x5b538dc6c51b8b46U},
    {150, 3, 5, 0, 0xe2700eaad4302a5eU},     {150, 3, 5, 1, 0x660eb7cb9e3e225aU},
    {150, 3, 5, 42, 0x4dc6d0d207488cdaU},    {150, 3, 5, -1, 0x2cbbedc006f2bb0aU},
    {569, 2, 10, 0, 0xf35faec8a4ff4b89U},    {569, 2, 10, 1, 0xb24bb56a2e4c2631U},
    {569, 2, 10, 42, 0x251e64704176be01U},   {569, 2, 10, -1, 0x56ecc0bc8a8409abU},
    {101, 7, 5, 0, 0x55e5eda75a4ae53bU},     {101, 7, 5, 1, 0x5297a4c7b2c4d2bfU},
    {101, 7, 5, 42, 0xff243950335dd52fU},    {101, 7, 5, -1, 0x77cecc3a19108131U},
    {203, 10, 4, 0, 0x09a34871aed3f339U},    {203, 10, 4, 1, 0xbe01673051095f53U},
    {203, 10, 4, 42, 0x8ec1ef308dcb40cbU},   {203, 10, 4, -1, 0xbf58bc1c4e1c0501U},
    {64, 16, 2, 0, 0x69111d9b43390df5U},     {64, 16, 2, 1, 0x1636db9871a21de5U},
    {64, 16, 2, 42, 0x9dd0f4b825588625U},    {64, 16, 2, -1, 0x2c570c5e9285380dU},
    {5003, 30, 10, 0, 0xfa78731bc667fbd3U},  {5003, 30, 10, 1, 0xa570084dcc85ca59U},
    {5003, 30, 10, 42, 0x7255d7f5b82769d5U}, {5003, 30, 10, -1, 0xaf7de218f9ed4da1U},
};

enum { MAX_FOLDS = 10 };

static const uint64_t no_rows = 14695981039346656037U;

/* FNV-1a over whole row numbers. */
static uint64_t hash_rows(uint64_t hash, const uint32_t *rows, size_t n) {
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ rows[i]) * 1099511628211U;
    return hash;
}

/* Two rows of each of k classes, then classes of very different sizes. The caller frees. */
static uint32_t *make_labels(uint32_t seed, size_t n, size_t k) {
    uint32_t *labels = malloc(n * sizeof *labels);
    assert_non_null(labels);
    mlt_rng rng;
    mlt_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++) {
        double u = mlt_rng_uniform(&rng);
        labels[i] = i < 2 * k ? (uint32_t)(i % k) : (uint32_t)(u * u * (double)k);
    }
    return labels;
}

/* Every row at most once. */
static void assert_disjoint(const mlt_split *split, size_t n) {
    bool *seen = calloc(n, sizeof *seen);
    assert_non_null(seen);
    for (size_t i = 0; i < split->n_train + split->n_test; i++) {
        uint32_t row = i < split->n_train ? split->train[i] : split->test[i - split->n_train];
        assert_true(row < n && !seen[row]);
        seen[row] = true;
    }
    free(seen);
}

static void test_split__holdout_is_train_test_split(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof holdouts / sizeof holdouts[0]; c++) {
        size_t n = holdouts[c].n, k = holdouts[c].k;
        uint32_t *labels = k ? make_labels(holdouts[c].seed, n, k) : NULL;
        mlt_split_options options = {.test_size = holdouts[c].test_size,
                                     .train_size = holdouts[c].train_size,
                                     .no_shuffle = holdouts[c].no_shuffle,
                                     .random_state = holdouts[c].seed,
                                     .stratify = labels,
                                     .k = k};
        mlt_split split;
        mlt_error err;
        assert_int_equal(mlt_split_holdout(&split, n, &options, &err), MLT_OK);
        assert_int_equal(split.n_train, holdouts[c].n_train);
        assert_int_equal(split.n_test, holdouts[c].n_test);
        assert_disjoint(&split, n);
        uint64_t hash = hash_rows(hash_rows(no_rows, split.train, split.n_train), split.test, split.n_test);
        if (hash != holdouts[c].hash)
            fail_msg("n %zu, k %zu, test_size %g, train_size %g, seed %u: other rows", n, k,
                     options.test_size, options.train_size, options.random_state);
        mlt_split_clear(&split);
        free(labels);
    }
}

/* A class index that no row has changes nothing. */
static void test_split__classes_without_rows_change_nothing(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof holdouts / sizeof holdouts[0]; c++) {
        size_t n = holdouts[c].n, k = holdouts[c].k;
        if (k == 0)
            continue;
        uint32_t *labels = make_labels(holdouts[c].seed, n, k);
        for (size_t i = 0; i < n; i++)
            labels[i] = 2 * labels[i] + 1;
        mlt_split_options options = {.test_size = holdouts[c].test_size,
                                     .train_size = holdouts[c].train_size,
                                     .random_state = holdouts[c].seed,
                                     .stratify = labels,
                                     .k = 2 * k + 3};
        mlt_split split;
        assert_int_equal(mlt_split_holdout(&split, n, &options, NULL), MLT_OK);
        uint64_t hash = hash_rows(hash_rows(no_rows, split.train, split.n_train), split.test, split.n_test);
        assert_true(hash == holdouts[c].hash);
        mlt_split_clear(&split);
        free(labels);
    }
}

static void test_split__folds_are_kfold_and_stratified_kfold(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof folded / sizeof folded[0]; c++) {
        size_t n = folded[c].n, k = folded[c].k, folds = folded[c].folds;
        uint32_t seed = folded[c].seed < 0 ? 0 : (uint32_t)folded[c].seed;
        uint32_t *labels = k ? make_labels(seed, n, k) : NULL;
        mlt_rng rng;
        mlt_rng_seed(&rng, seed);
        mlt_split splits[MAX_FOLDS];
        assert_int_equal(mlt_split_folds(splits, folds, n, labels, k, folded[c].seed < 0 ? NULL : &rng, NULL),
                         MLT_OK);
        uint64_t hash = no_rows;
        for (size_t f = 0; f < folds; f++) {
            assert_int_equal(splits[f].n_train + splits[f].n_test, n);
            hash = hash_rows(hash, splits[f].train, splits[f].n_train);
            hash = hash_rows(hash, splits[f].test, splits[f].n_test);
            mlt_split_clear(&splits[f]);
        }
        if (hash != folded[c].hash)
            fail_msg("n %zu, k %zu, %zu folds, seed %d: other rows", n, k, folds, folded[c].seed);
        free(labels);
    }
}

static void assert_rows(const uint32_t *rows, size_t n, const uint32_t *expected, size_t n_expected) {
    assert_int_equal(n, n_expected);
    assert_memory_equal(rows, expected, n * sizeof *rows);
}

static const uint32_t few_labels[11] = {2, 0, 0, 1, 0, 1, 2, 0, 1, 0, 0};

static void test_split__small_holdouts_row_by_row(void **state) {
    (void)state;
    mlt_split split;
    mlt_split_options options = {.test_size = 0.2, .random_state = 42};
    assert_int_equal(mlt_split_holdout(&split, 10, &options, NULL), MLT_OK);
    assert_rows(split.train, split.n_train, (uint32_t[]){5, 0, 7, 2, 9, 4, 3, 6}, 8);
    assert_rows(split.test, split.n_test, (uint32_t[]){8, 1}, 2);
    mlt_split_clear(&split);

    options = (mlt_split_options){.test_size = 0.3, .random_state = 1, .stratify = few_labels, .k = 3};
    assert_int_equal(mlt_split_holdout(&split, 11, &options, NULL), MLT_OK);
    assert_rows(split.train, split.n_train, (uint32_t[]){9, 1, 3, 8, 2, 0, 4}, 7);
    assert_rows(split.test, split.n_test, (uint32_t[]){6, 7, 10, 5}, 4);
    mlt_split_clear(&split);
    mlt_split_clear(&split);
}

/* As many rows as classes are enough for a part. */
static void test_split__one_row_a_class_is_enough(void **state) {
    (void)state;
    static const uint32_t pairs[6] = {0, 0, 1, 1, 2, 2};
    mlt_split_options options = {.test_size = 0.5, .random_state = 7, .stratify = pairs, .k = 3};
    mlt_split split;
    assert_int_equal(mlt_split_holdout(&split, 6, &options, NULL), MLT_OK);
    assert_int_equal(split.n_train, 3);
    assert_int_equal(split.n_test, 3);
    for (size_t part = 0; part < 2; part++) {
        unsigned classes = 0;
        for (size_t i = 0; i < 3; i++)
            classes |= 1U << pairs[part ? split.test[i] : split.train[i]];
        assert_int_equal(classes, 7);
    }
    mlt_split_clear(&split);
}

static void test_split__small_folds_row_by_row(void **state) {
    (void)state;
    static const uint32_t shuffled[3][4] = {{0, 3, 7, 9}, {1, 2, 5, 6}, {4, 8, 10}};
    static const uint32_t in_order[3][4] = {{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10}};
    mlt_rng rng;
    mlt_rng_seed(&rng, 5);
    for (int round = 0; round < 2; round++) {
        mlt_split splits[3];
        assert_int_equal(mlt_split_folds(splits, 3, 11, few_labels, 3, round ? NULL : &rng, NULL), MLT_OK);
        for (size_t f = 0; f < 3; f++) {
            assert_rows(splits[f].test, splits[f].n_test, round ? in_order[f] : shuffled[f], f < 2 ? 4 : 3);
            mlt_split_clear(&splits[f]);
        }
    }
}

static void test_split__refusals(void **state) {
    (void)state;
    static const uint32_t lone[6] = {0, 0, 0, 0, 0, 1}, pairs[6] = {0, 0, 1, 1, 2, 2};
    static const struct {
        size_t n;
        mlt_split_options options;
        mlt_status status;
        const char *pattern;
    } cases[] = {
        {10, {.test_size = 1}, MLT_E_USAGE, "--test-size"},
        {10, {.test_size = -0.1}, MLT_E_USAGE, "--test-size"},
        {10, {.test_size = 0.0 / 0.0}, MLT_E_USAGE, "--test-size"},
        {10, {.train_size = 1.5}, MLT_E_USAGE, "--train-size"},
        {10, {.test_size = 0.6, .train_size = 0.5}, MLT_E_USAGE, "add up"},
        {100,
         {.test_size = 0.07, .train_size = 0.93},
         MLT_E_USAGE,
         "add up"}, /* 8 + 93: scikit-learn refuses too */
        {6, {.no_shuffle = true, .stratify = pairs, .k = 3}, MLT_E_USAGE, "--no-shuffle"},
        {1, {.test_size = 0.2}, MLT_E_DATA, "train part"},
        {0, {.test_size = 0.2}, MLT_E_DATA, "0 rows"},
        {3, {.train_size = 0.2}, MLT_E_DATA, "train part"},
        {6, {.test_size = 0.5, .stratify = lone, .k = 2}, MLT_E_DATA, "one row only"},
        {6,
         {.test_size = 0.2, .stratify = pairs, .k = 3},
         MLT_E_DATA,
         "test part of 2 cannot hold all 3 classes"},
        {6,
         {.test_size = 0.8, .stratify = pairs, .k = 3},
         MLT_E_DATA,
         "train part of 1 cannot hold all 3 classes"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        mlt_split split;
        mlt_error err = {0};
        assert_int_equal(mlt_split_holdout(&split, cases[c].n, &cases[c].options, &err), cases[c].status);
        if (!strstr(err.message, cases[c].pattern))
            fail_msg("'%s' lacks '%s'", err.message, cases[c].pattern);
        assert_null(split.train);
        assert_null(split.test);
    }
    mlt_split splits[8];
    mlt_error err = {0};
    assert_int_equal(mlt_split_folds(splits, 1, 6, NULL, 0, NULL, &err), MLT_E_USAGE);
    assert_int_equal(mlt_split_folds(splits, 7, 6, NULL, 0, NULL, &err), MLT_E_DATA);
    assert_non_null(strstr(err.message, "only 6 rows"));
    assert_int_equal(mlt_split_folds(splits, 3, 6, pairs, 3, NULL, &err), MLT_E_DATA);
    assert_non_null(strstr(err.message, "no class has more than 2 rows"));
    for (size_t f = 0; f < 7; f++)
        mlt_split_clear(&splits[f]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split__holdout_is_train_test_split),
        cmocka_unit_test(test_split__classes_without_rows_change_nothing),
        cmocka_unit_test(test_split__folds_are_kfold_and_stratified_kfold),
        cmocka_unit_test(test_split__small_holdouts_row_by_row),
        cmocka_unit_test(test_split__one_row_a_class_is_enough),
        cmocka_unit_test(test_split__small_folds_row_by_row),
        cmocka_unit_test(test_split__refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
