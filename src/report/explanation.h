/** Why a row got its prediction: the parts of mlt_report_explanation. */
#ifndef MLT_REPORT_EXPLANATION_H
#define MLT_REPORT_EXPLANATION_H

#include "report/json_writer.h"
#include "report/page.h"
#include "report/table.h"

/** An explanation and what is to be told of it. Borrowed. */
typedef struct mlt__account {
    const mlt_explanation *e;
    const char *file;
    const mlt_schema *schema;
    mlt_model_view view;
    size_t output; /**< whose parts are shown to people: a class, or 0 */
    size_t tree;   /**< whose path is told; n_trees: none */
} mlt__account;

MLT_MUST_CHECK mlt_status mlt__account_page(FILE *out, const mlt__account *a,
                                            const mlt_report_options *options, mlt_error *err);
void mlt__account_json(FILE *out, const mlt__account *a);

/** A linear term: "brand=BMW", "age", "age^2". Not escaped. */
void mlt__account_term(mlt__text *out, const mlt__account *a, const mlt_linear_part *part);
/** What the term's coefficient is multiplied by. */
double mlt__account_factor(const mlt__account *a, const mlt_linear_part *part);
/** A feature's cell in the row: a number as short as it can be, a level, or "missing". Not escaped. */
void mlt__account_cell(mlt__text *out, const mlt__account *a, size_t feature);
/** "petal_width 1.8 > 1.75", "brand Audi is not Fiat or Ford": why the row went where it did. Escaped. */
void mlt__account_step(mlt__text *out, const mlt__account *a, const mlt_tree *tree, uint32_t node,
                       int digits);
/** The node that the row visits after `node`, on its way to `leaf`. */
uint32_t mlt__account_next(const mlt_tree *tree, uint32_t node, uint32_t leaf);
/** What a node says alone: its value, or its first largest class, escaped. */
void mlt__account_says(mlt__text *out, const mlt__account *a, const mlt_tree *tree, uint32_t node,
                       int digits);

#endif
