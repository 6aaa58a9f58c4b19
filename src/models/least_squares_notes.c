/* Telling which columns of a least-squares problem are collinear, and which constant. */
#include "models/least_squares_factor.h"

#include "core/error.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Columns named in one note. */
enum { MOST_NAMED = 8 };
/* Sets of collinear columns that get a note. */
enum { MOST_SETS = 10 };

/* The columns of one set, in order: "'a', 'b' and 'c'". */
static void list_columns(char *out, size_t size, const mlt_ls_problem *problem, const size_t *sets,
                         size_t set) {
    const mlt_design *design = problem->design;
    size_t members = 0, named = 0, used = 0;
    for (size_t j = 0; j < problem->p; j++)
        members += sets[j] == set;
    size_t to_name = members > MOST_NAMED ? MOST_NAMED - 1 : members;
    for (size_t j = 0; j < problem->p && named < to_name; j++) {
        if (sets[j] != set)
            continue;
        char *name = mlt__design_term_name(design->data->schema, design->terms[j]), printable[60];
        const char *joint = named == 0 ? "" : named + 1 == members ? " and " : ", ";
        named++;
        used += (size_t)snprintf(out + used, size - used, "%s'%s'", joint,
                                 name ? mlt__printable(printable, sizeof printable, name) : "?");
        free(name);
    }
    if (named < members)
        snprintf(out + used, size - used, " and %zu others", members - named);
}

/* The least column of j's set, by following links to smaller ones. */
static size_t set_of(size_t *links, size_t j) {
    while (links[j] != j)
        j = links[j] = links[links[j]];
    return j;
}

/* The set of each column: the least column it is collinear with; NO_SET for those that are free. */
enum { NO_SET = -1 };

static void find_sets(size_t *sets, const mlt_ls_factor *factor, const mlt_ls_problem *problem) {
    for (size_t j = 0; j < factor->p; j++)
        sets[j] = j;
    for (size_t d = 0; d < factor->n_dependent; d++)
        for (size_t i = problem->design->form.intercept; i < factor->rank; i++)
            if (mlt__ls_takes_part(factor, i, d)) {
                size_t a = set_of(sets, factor->order[i]), b = set_of(sets, factor->order[factor->rank + d]);
                sets[a > b ? a : b] = a > b ? b : a;
            }
    for (size_t j = 0; j < factor->p; j++)
        sets[j] = factor->roles[j] == MLT_LS_TIED ? set_of(sets, j) : (size_t)NO_SET;
}

static void note_collinear(size_t *sets, const mlt_ls_factor *factor, const mlt_ls_problem *problem) {
    char list[MOST_NAMED * 70];
    size_t n_sets = 0;
    if (factor->n_dependent == 0)
        return;
    if (problem->p > problem->n)
        mlt__note(problem->ctx, "%zu coefficients are wanted of %zu rows: many solutions fit equally",
                  problem->p, problem->n);
    find_sets(sets, factor, problem);
    for (size_t set = 0; set < factor->p; set++)
        if (sets[set] == set && ++n_sets <= MOST_SETS) {
            list_columns(list, sizeof list, problem, sets, set);
            mlt__note(
                problem->ctx,
                "columns %s are collinear: of the coefficients that fit equally, the smallest are taken "
                "(minimum norm), without standard errors",
                list);
        }
    if (n_sets > MOST_SETS)
        mlt__note(problem->ctx, "and so are %zu more sets of columns", n_sets - MOST_SETS);
}

static void note_constant(size_t *sets, const mlt_ls_factor *factor, const mlt_ls_problem *problem) {
    char list[MOST_NAMED * 70];
    size_t count = 0;
    for (size_t j = 0; j < factor->p; j++) {
        bool constant = factor->roles[j] == MLT_LS_CONSTANT;
        sets[j] = constant ? 0 : (size_t)NO_SET;
        count += constant;
    }
    if (count == 0)
        return;
    list_columns(list, sizeof list, problem, sets, 0);
    mlt__note(problem->ctx, "column%s %s %s the same in every row that is fitted: coefficient 0",
              count == 1 ? "" : "s", list, count == 1 ? "is" : "are");
}

void mlt__ls_note_rank(const mlt_ls_factor *factor, const mlt_ls_problem *problem) {
    size_t *sets;
    if (!problem->ctx || !problem->ctx->note || factor->rank == factor->p)
        return;
    sets = mlt__alloc(factor->p, sizeof *sets);
    if (!sets)
        return; /* notes are no reason to fail */
    note_collinear(sets, factor, problem);
    note_constant(sets, factor, problem);
    free(sets);
}
