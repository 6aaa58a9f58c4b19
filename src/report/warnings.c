/* What each warning about a table says. */
#include "report/description.h"

enum { MAX_COLUMNS = 8 };

/* What one column adds to its name. */
static void add_detail(mlt__text *out, const mlt_column_summary *s, mlt_warning warning) {
    char buffer[64];
    if (warning == MLT_WARN_OUTLIERS) {
        mlt__text_add(out, " (");
        mlt__text_add_count(out, s->n_outliers, "cell");
        mlt__text_add(out, ", %s)", mlt_format_double(buffer, s->farthest));
    } else if (warning == MLT_WARN_LEAK) {
        mlt__text_add(out, " (%s)", mlt__text_number(buffer, s->alone, 4));
    } else if (warning == MLT_WARN_TEXT) {
        mlt__text_add(out, " ('");
        mlt__text_add_name(out, s->column->first_text);
        mlt__text_add(out, "' in line %zu)", s->column->first_text_line);
    }
}

void mlt__warning_text(mlt__text *out, const mlt_description *d, mlt_warning warning) {
    static const struct {
        mlt_warning warning;
        const char *says;
    } texts[] = {
        {MLT_WARN_EMPTY, ": no value in any row, so of no use"},
        {MLT_WARN_CONSTANT, ": the same in every row, so of no use"},
        {MLT_WARN_ID, ": different in every row, as an id is; --drop leaves a column out"},
        {MLT_WARN_TEXT,
         ": read as text because of a few cells, though most are numbers; correct them, or name "
         "them in --na"},
        {MLT_WARN_LEAK, ": predicts the target alone, better than honest data do; will it be known when "
                        "predictions are made? If not, --drop it"},
        {MLT_WARN_OUTLIERS, ": values far out, the farthest is named; slips, or a long tail?"},
    };
    size_t n = 0;
    if (!(d->warnings & warning))
        return;
    if (warning == MLT_WARN_DUPLICATES) {
        mlt__text_add(
            out,
            "%zu of the rows repeat an earlier one in every column (row %zu repeats row %zu): if one "
            "trains and the other tests, the score is too good",
            d->n_duplicates, d->duplicate[1], d->duplicate[0]);
        return;
    }
    for (size_t j = 0; j < d->n_columns; j++) {
        const mlt_column_summary *s = &d->columns[j];
        if (!(s->warnings & warning) || n++ >= MAX_COLUMNS)
            continue;
        mlt__text_add(out, n > 1 ? ", " : "");
        mlt__text_add_name(out, s->column->name);
        add_detail(out, s, warning);
    }
    if (n > MAX_COLUMNS)
        mlt__text_add(out, " and %zu more", n - MAX_COLUMNS);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].warning == warning)
            mlt__text_add(out, "%s", texts[i].says);
}
