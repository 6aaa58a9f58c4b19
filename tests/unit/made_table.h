/** Regression data for tests of linear models: numeric columns that a test fills in itself. */
#ifndef MLT_TESTS_MADE_TABLE_H
#define MLT_TESTS_MADE_TABLE_H

#include "mltool/dataset.h"
#include "mltool/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MADE_COLUMNS = 64 };

/** n rows of p numeric columns named x1, x2, ..., all 0, and of y. */
typedef struct made_table {
    size_t n, p;
    double *columns[MADE_COLUMNS], *y;
    char names[MADE_COLUMNS][24], target[8];
    mlt_feature features[MADE_COLUMNS];
    mlt_cells cells[MADE_COLUMNS];
    mlt_schema schema;
    mlt_dataset data;
    uint32_t *rows; /* made_tree_data's; else NULL */
} made_table;

static inline made_table *made_table_new(size_t n, size_t p) {
    made_table *t = calloc(1, sizeof *t);
    t->n = n;
    t->p = p;
    t->y = calloc(n, sizeof *t->y);
    for (size_t j = 0; j < p; j++) {
        t->columns[j] = calloc(n, sizeof *t->y);
        snprintf(t->names[j], sizeof t->names[j], "x%zu", j + 1);
        t->features[j] = (mlt_feature){.name = t->names[j], .type = MLT_NUMERIC};
        t->cells[j].values = t->columns[j];
    }
    snprintf(t->target, sizeof t->target, "y");
    t->schema = (mlt_schema){.task = MLT_REGRESSION, .p = p, .features = t->features, .target = t->target};
    t->data =
        (mlt_dataset){.n = n, .p = p, .schema = &t->schema, .x = t->cells, .y = t->y, .source = "made.csv"};
    return t;
}

static inline void made_table_free(made_table *t) {
    for (size_t j = 0; j < t->p; j++)
        free(t->columns[j]);
    free(t->y);
    free(t->rows);
    free(t);
}

/** Fill in all columns, then y, with whole numbers from −9 to 9. */
static inline void made_table_draw(made_table *t, mlt_rng *rng) {
    for (size_t j = 0; j <= t->p; j++)
        for (size_t i = 0; i < t->n; i++)
            (j < t->p ? t->columns[j] : t->y)[i] = (double)mlt_rng_randint(rng, -9, 10);
}

/** All notes, each followed by a newline. */
typedef struct made_notes {
    char text[4000];
} made_notes;

static inline void made_note(void *user, const char *line) {
    made_notes *notes = user;
    size_t used = strlen(notes->text);
    snprintf(notes->text + used, sizeof notes->text - used, "%s\n", line);
}

#endif
