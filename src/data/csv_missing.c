/* Which texts mean that a value is missing. */
#include "data/csv_missing.h"

/* pandas 2's list, and the question mark of the UCI repository. */
static const char *const default_texts[] = {
    "?",    "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A",  "NA",       "NULL", "NaN",     "None",     "n/a",  "nan",  "null",
};

void mlt_csv__missing_init(mlt_csv__missing *missing, const mlt_csv_options *options) {
    *missing = (mlt_csv__missing){.texts = default_texts, .n = sizeof default_texts / sizeof *default_texts};
    if (options->na) {
        missing->texts = options->na;
        missing->n = options->n_na;
    }
    for (size_t i = 0; i < missing->n; i++) {
        const char *text = missing->texts[i];
        size_t length = strlen(text);
        double number;
        if (length > missing->longest)
            missing->longest = length;
        missing->may_begin[(unsigned char)*text] = true;
        missing->numeric |= mlt_parse_double(&number, text, length);
    }
}
