/* Unshifting the columns of a least-squares problem. */
#include "models/least_squares_unshift.h"

#include "core/error.h"
#include "core/memory.h"

#include <math.h>

/* Parts of column j: one if it is shifted, `power` if it is a power of a shifted cell. */
static size_t parts_of(const mlt_ls_problem *problem, size_t j) {
    uint32_t power = problem->design->terms[j].power;
    if (power > 1)
        return problem->centred && problem->shift[j] != 0 ? power : 0;
    return problem->offset[j] != 0;
}

/* (x − c)^k · s = Σ C(k, i) (−c)^(k−i) · s/sᵢ · xⁱ sᵢ: the parts below xᵏ, from the intercept on. */
static void power_parts(mlt_ls_part *out, const mlt_ls_problem *problem, size_t j) {
    uint32_t power = problem->design->terms[j].power;
    mlt_dd shifts = {problem->scale[j], 0}, minus = {-problem->shift[j], 0};
    double binomial = 1;
    for (uint32_t i = power; i-- > 0;) {
        size_t to = i == 0 ? 0 : j - (power - i);
        binomial = binomial * (i + 1) / (power - i);
        shifts = mlt__dd_multiply(shifts, minus);
        mlt_dd factor = mlt__dd_multiply(shifts, (mlt_dd){binomial, 0});
        out[i] = (mlt_ls_part){
            .to = to, .from = j, .factor = {factor.hi / problem->scale[to], factor.lo / problem->scale[to]}};
    }
}

mlt_status mlt__ls_unshift_init(mlt_ls_problem *problem, mlt_error *err) {
    size_t total = 0;
    if (!problem->design->form.intercept)
        return MLT_OK; /* nothing is shifted */
    for (size_t j = 1; j < problem->p; j++)
        total += parts_of(problem, j);
    MLT_ALLOC(problem->parts, total, err);
    for (size_t j = 1; j < problem->p; j++) {
        size_t count = parts_of(problem, j);
        mlt_ls_part *next = problem->parts + problem->n_parts;
        if (count > 0 && problem->design->terms[j].power > 1)
            power_parts(next, problem, j);
        else if (count > 0)
            *next = (mlt_ls_part){.to = 0, .from = j, .factor = {-problem->offset[j], 0}};
        problem->n_parts += count;
    }
    return MLT_OK;
}

/* In the following, parts come in the order of `from`, and `to` is less: what is still to be read is as it
 * was.
 */

void mlt__ls_unshift(mlt_dd *x, double *sizes, const mlt_ls_problem *problem) {
    for (size_t i = 0; i < problem->n_parts; i++) {
        const mlt_ls_part *part = &problem->parts[i];
        mlt_dd share = mlt__dd_multiply(x[part->from], part->factor);
        x[part->to] = mlt__dd_add(x[part->to], share);
        sizes[part->to] = fmax(sizes[part->to], fabs(share.hi));
    }
}

void mlt__ls_unshift_errors(double *errors, const double *steps, const mlt_ls_problem *problem) {
    for (size_t i = 0; i < problem->n_parts; i++) {
        const mlt_ls_part *part = &problem->parts[i];
        errors[part->to] += fabs(steps[part->from] * part->factor.hi);
    }
}

void mlt__ls_unshift_columns(double *columns, size_t ld, size_t rows, const mlt_ls_problem *problem) {
    for (size_t i = 0; i < problem->n_parts; i++) {
        const mlt_ls_part *part = &problem->parts[i];
        double *from = columns + part->from * ld;
        const double *to = columns + part->to * ld;
        for (size_t row = 0; row < rows; row++)
            from[row] -= part->factor.hi * to[row];
    }
}
