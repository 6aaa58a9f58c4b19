/** The designs of scripts/fixtures/linear_reference.py, drawn as there. */
#ifndef MLT_TESTS_MADE_DESIGNS_H
#define MLT_TESTS_MADE_DESIGNS_H

#include "made_table.h"

/* Where the designs of linear_reference.py are drawn from, in the same order. */
typedef struct source {
    mlt_rng rng;
    double weights[20]; /* of the rows, where a design has weights */
} source;

static inline made_table *draw(source *from, uint32_t seed, size_t n, size_t p) {
    made_table *t = made_table_new(n, p);
    mlt_rng_seed(&from->rng, seed);
    made_table_draw(t, &from->rng);
    return t;
}

static inline void draw_weights(source *from) {
    for (size_t i = 0; i < 20; i++)
        from->weights[i] = (double)mlt_rng_randint(&from->rng, 0, 4);
}

static inline made_table *collinear(source *from) {
    made_table *t = draw(from, 1, 20, 4);
    for (size_t i = 0; i < 20; i++)
        t->columns[2][i] = 2 * t->columns[0][i] - t->columns[1][i] + 5;
    return t;
}

static inline made_table *different_units(source *from) {
    made_table *t = draw(from, 2, 20, 4);
    for (size_t i = 0; i < 20; i++) {
        t->columns[1][i] = 1024 * t->columns[0][i];
        t->columns[3][i] = t->columns[2][i] / 4096 - 3;
    }
    return t;
}

static inline made_table *constant(source *from) {
    made_table *t = draw(from, 3, 15, 4);
    for (size_t i = 0; i < 15; i++) {
        t->columns[1][i] = 7;
        t->columns[3][i] = t->columns[0][i] + t->columns[2][i];
    }
    return t;
}

static inline made_table *more_columns_than_rows(source *from) { return draw(from, 4, 6, 12); }

static inline made_table *weighted(source *from) {
    made_table *t = draw(from, 5, 20, 4);
    for (size_t i = 0; i < 20; i++)
        t->columns[3][i] = t->columns[0][i] + t->columns[1][i] + t->columns[2][i];
    draw_weights(from);
    return t;
}

static inline made_table *one_row(source *from) { return draw(from, 6, 1, 3); }

#endif
