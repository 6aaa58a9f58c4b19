/** The training matrix of trees on a made table, for tests of the tree engine itself. */
#ifndef MLT_TESTS_MADE_TREE_DATA_H
#define MLT_TESTS_MADE_TREE_DATA_H

#include "models/tree_data.h"
#include "support.h"

#include "made_table.h"

/** Make the table a classification of k classes, or without labels a regression of t->y, and lay out all of
 * its rows.
 *  @param labels    t->n, borrowed by the table; NULL
 *  @param max_bins  0: by value
 *  @return owned by the caller (mlt__tree_data_free); it borrows the table */
static inline mlt_tree_data *made_tree_data(made_table *t, const uint32_t *labels, size_t k,
                                            size_t max_bins) {
    uint32_t *rows = realloc(t->rows, t->n * sizeof *rows);
    mlt_tree_data *data;
    mlt_error err;
    for (size_t i = 0; i < t->n; i++)
        rows[i] = (uint32_t)i;
    t->rows = rows;
    t->schema.task = labels ? MLT_CLASSIFICATION : MLT_REGRESSION;
    t->schema.k = k;
    t->data.labels = labels;
    t->data.y = labels ? NULL : t->y;
    mlt_fit_input in = {.data = &t->data, .rows = rows, .n_rows = t->n};
    mlt_tree_layout layout = {max_bins > 0 ? MLT_RANK_BINS : MLT_RANK_VALUES, max_bins};
    assert_ok(mlt__tree_data_new(&data, &in, &err), &err);
    assert_ok(mlt__tree_data_rank(data, &layout, NULL, &err), &err);
    return data;
}

#endif
