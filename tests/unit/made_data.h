/** Small made-up data sets for tests: numeric and categorical features from a seeded generator. */
#ifndef MLT_TESTS_MADE_DATA_H
#define MLT_TESTS_MADE_DATA_H

#include "mltool/mltool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline char *made_copy(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    strcpy(copy, text);
    return copy;
}

static inline mlt_column made_numeric(const char *name, size_t n) {
    return (mlt_column){.name = made_copy(name), .type = MLT_NUMERIC, .values = calloc(n, sizeof(double))};
}

/** A categorical column with levels "a", "b", ...; codes all 0. */
static inline mlt_column made_categorical(const char *name, size_t n, size_t levels) {
    mlt_column column = {
        .name = made_copy(name), .type = MLT_CATEGORICAL, .codes = calloc(n, sizeof(int32_t))};
    column.levels = calloc(levels, sizeof(char *));
    column.n_levels = levels;
    for (size_t i = 0; i < levels; i++) {
        char text[2] = {(char)('a' + i), 0};
        column.levels[i] = made_copy(text);
    }
    return column;
}

/** n rows of: two numeric features and one of four categories, then the target, which depends on all of them:
 *  `classes` labels "a", "b", ..., or a number if 0. `missing`: some cells of both kinds are missing. */
static inline mlt_frame *made_frame(size_t n, size_t classes, bool missing, uint32_t seed) {
    mlt_rng rng;
    mlt_rng_seed(&rng, seed);
    mlt_frame *frame = calloc(1, sizeof *frame);
    frame->source = made_copy("made.csv");
    frame->n = n;
    frame->p = 4;
    frame->columns = calloc(4, sizeof *frame->columns);
    frame->columns[0] = made_numeric("x1", n);
    frame->columns[1] = made_numeric("x2", n);
    frame->columns[2] = made_categorical("kind", n, 4);
    frame->columns[3] = classes ? made_categorical("target", n, classes) : made_numeric("target", n);
    for (size_t i = 0; i < n; i++) {
        double x1 = mlt_rng_gauss(&rng), x2 = mlt_rng_uniform(&rng);
        int32_t kind = (int32_t)mlt_rng_randint(&rng, 0, 4);
        double y = 2 * x1 - 3 * x2 + (kind == 1 || kind == 3 ? 4 : 0) + 0.1 * mlt_rng_gauss(&rng);
        frame->columns[0].values[i] = x1;
        frame->columns[1].values[i] = x2;
        frame->columns[2].codes[i] = kind;
        if (classes)
            frame->columns[3].codes[i] =
                (int32_t)fmin((double)classes - 1, fmax(0, floor((y + 3) * (double)classes / 8)));
        else
            frame->columns[3].values[i] = y;
        if (missing && i % 7 == 0) {
            frame->columns[0].values[i] = NAN;
            frame->columns[0].n_missing++;
        }
        if (missing && i % 11 == 0) {
            frame->columns[2].codes[i] = -1;
            frame->columns[2].n_missing++;
        }
    }
    return frame;
}

#endif
