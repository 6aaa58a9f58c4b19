/* Coefficients that collinear columns leave open: the least of them, and notes. */
#include "models/freedom.h"

#include "core/error.h"
#include "core/memory.h"
#include "models/cholesky.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_NAMED = 8, MOST_NOTES = 10 };

/* ---- notes ---- */

/* The columns that take part in one change: "'a', 'b' and 'c'". @return how many */
static size_t list_columns(char *out, size_t size, const double *vector, const mlt_schema *schema,
                           const mlt_term *terms, size_t n_terms) {
    size_t members = 0, named = 0, used = 0;
    for (size_t j = 1; j < n_terms; j++)
        members += vector[j] != 0;
    size_t to_name = members > MOST_NAMED ? MOST_NAMED - 1 : members;
    for (size_t j = 1; j < n_terms && named < to_name; j++) {
        if (vector[j] == 0)
            continue;
        char *name = mlt__design_term_name(schema, terms[j]), printable[60];
        const char *joint = named == 0 ? "" : named + 1 == members ? " and " : ", ";
        used += (size_t)snprintf(out + used, size - used, "%s'%s'", joint,
                                 name ? mlt__printable(printable, sizeof printable, name) : "?");
        named++;
        free(name);
    }
    if (named < members)
        snprintf(out + used, size - used, " and %zu others", members - named);
    return members;
}

void mlt__freedom_note(const mlt_freedom *freedom, const mlt_schema *schema, const mlt_term *terms,
                       size_t n_terms, const mlt_context *ctx) {
    for (size_t i = 0; i < freedom->n && i < MOST_NOTES; i++) {
        char list[MOST_NAMED * 70 + 40] = "";
        if (list_columns(list, sizeof list, freedom->vectors + i * n_terms, schema, terms, n_terms) == 1)
            mlt__note(ctx, "column %s is the same in every row that is fitted: coefficient 0", list);
        else
            mlt__note(
                ctx,
                "columns %s are collinear: of the coefficients that fit equally, the smallest are taken "
                "(minimum norm), without standard errors",
                list);
    }
    if (freedom->n > MOST_NOTES)
        mlt__note(ctx, "and so are %zu more sets of columns", freedom->n - MOST_NOTES);
}

/* ---- least norm ---- */

mlt_status mlt__freedom_least_norm(double *coefficients, const mlt_freedom *freedom, size_t n_terms,
                                   mlt_error *err) {
    mlt_status status = MLT_OK;
    size_t n = freedom->n;
    double *gram = NULL, *x = NULL;
    if (n == 0)
        return MLT_OK;
    MLT_ALLOC_GOTO(gram, n * n, err, end);
    MLT_ALLOC_GOTO(x, n, err, end);
    for (size_t a = 0; a < n; a++) {
        const double *one = freedom->vectors + a * n_terms;
        x[a] = 0;
        for (size_t j = 1; j < n_terms; j++)
            x[a] += one[j] * coefficients[j];
        for (size_t b = 0; b <= a; b++) {
            gram[a * n + b] = 0;
            for (size_t j = 1; j < n_terms; j++)
                gram[a * n + b] += one[j] * freedom->vectors[b * n_terms + j];
        }
    }
    (void)mlt__cholesky(gram, n, 0, 1);
    mlt__cholesky_forward(x, gram, n);
    mlt__cholesky_backward(x, gram, n);
    for (size_t a = 0; a < n; a++)
        for (size_t j = 0; j < n_terms; j++)
            coefficients[j] -= x[a] * freedom->vectors[a * n_terms + j];
end:
    free(gram);
    free(x);
    return status;
}

bool mlt__freedom_none(const mlt_freedom *freedom, size_t n_terms, size_t term) {
    for (size_t a = 0; a < freedom->n; a++)
        if (freedom->vectors[a * n_terms + term] != 0)
            return false;
    return true;
}

void mlt__freedom_clear(mlt_freedom *freedom) {
    free(freedom->vectors);
    *freedom = (mlt_freedom){0};
}
