/** What a model is and what it learned: the parts of mlt_report_model. */
#ifndef MLT_REPORT_MODEL_REPORT_H
#define MLT_REPORT_MODEL_REPORT_H

#include "report/page.h"

/** A model and where it came from. Borrowed. */
typedef struct mlt__inspection {
    const char *file;
    const mlt_model *model;
    const mlt_recipe *recipe;
    mlt_model_view view;
} mlt__inspection;

MLT_MUST_CHECK mlt_status mlt__inspection_page(FILE *out, const mlt__inspection *in, size_t max_depth,
                                               const mlt_report_options *options, mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__inspection_rows(FILE *out, const mlt__inspection *in,
                                               const mlt_report_options *options, mlt_error *err);
MLT_MUST_CHECK mlt_status mlt__inspection_json(FILE *out, const mlt__inspection *in, mlt_error *err);

/** Draw a tree down to `max_depth`. */
MLT_MUST_CHECK mlt_status mlt__tree_draw(mlt__page *page, const mlt_tree *tree, const mlt_schema *schema,
                                         size_t max_depth, mlt_error *err);
/** The depth of every node, the root's being 0: malloc'ed, n_nodes. */
MLT_MUST_CHECK mlt_status mlt__tree_depths(size_t **out, const mlt_tree *tree, mlt_error *err);
/** The question of a node that is no leaf, without its question mark: "petal_width <= 1.7500", "brand is Fiat
 * or Ford". */
void mlt__tree_question(mlt__text *line, const mlt_tree *tree, size_t node, const mlt_schema *schema,
                        int digits);
/** Does a cell with category `code` go left at this category split? */
bool mlt__tree_category_left(const mlt_tree *tree, size_t node, size_t code);

/** What a leaf answers: "setosa, 100% of 50 rows". */
void mlt__tree_answer(mlt__text *line, const mlt_tree *tree, size_t node, const mlt_schema *schema,
                      int digits);

#endif
