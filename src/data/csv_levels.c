/* Joining dictionaries: which worker met which text depends on chance, the sorted levels do not. */
#include "data/csv_levels.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* A text to sort: by number, then by its first eight bytes, then by the rest. */
typedef struct entry {
    double value;
    uint64_t prefix;
    const char *text;
    size_t length;
    int32_t code;
} entry;

static int compare_entries(const void *a, const void *b) {
    const entry *left = a, *right = b;
    if (left->value != right->value)
        return left->value < right->value ? -1 : 1;
    if (left->prefix != right->prefix)
        return left->prefix < right->prefix ? -1 : 1;
    size_t common = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->text, right->text, common);
    return order ? order : (left->length > right->length) - (left->length < right->length);
}

static void fill_entry(entry *out, const mlt_csv__dictionary *dictionary, size_t code, bool by_value) {
    *out = (entry){.code = (int32_t)code};
    out->text = mlt_csv__dictionary_text(dictionary, code, &out->length);
    memcpy(&out->prefix, out->text, out->length < sizeof out->prefix ? out->length : sizeof out->prefix);
    out->prefix = be64toh(out->prefix);
    if (by_value && !mlt_parse_double(&out->value, out->text, out->length))
        out->value = 0;
}

/* Rank the joined texts: ranks[code] and the texts in order. */
static mlt_status rank(char **levels, int32_t *ranks, const mlt_csv__dictionary *joined, bool by_value,
                       mlt_error *err) {
    size_t n = mlt_csv__dictionary_size(joined);
    entry *entries;
    MLT_ALLOC(entries, n, err);
    for (size_t i = 0; i < n; i++)
        fill_entry(&entries[i], joined, i, by_value);
    qsort(entries, n, sizeof *entries, compare_entries);
    mlt_status status = MLT_OK;
    for (size_t i = 0; i < n && status == MLT_OK; i++) {
        ranks[entries[i].code] = (int32_t)i;
        levels[i] = mlt__strndup(entries[i].text, entries[i].length);
        if (!levels[i])
            status = mlt__raise_nomem(err, entries[i].length);
    }
    free(entries);
    return status;
}

/* Put worker `w`'s texts into the first worker's dictionary: map[code] is the code there. */
static mlt_status join(mlt_csv__table *table, size_t c, size_t w, int32_t **map, mlt_error *err) {
    const mlt_csv__dictionary *from = table->workers[w].facts[c].dictionary;
    mlt_csv__dictionary *into = table->workers[0].facts[c].dictionary;
    if (!from)
        return MLT_OK;
    size_t n = mlt_csv__dictionary_size(from);
    MLT_ALLOC(*map, n, err);
    for (size_t i = 0; i < n; i++) {
        size_t length;
        const char *text = mlt_csv__dictionary_text(from, i, &length);
        (*map)[i] = mlt_csv__dictionary_add(into, text, length);
        if ((*map)[i] < 0)
            return mlt_csv__dictionary_size(into) == INT32_MAX
                       ? mlt__raise(err, MLT_E_LIMIT, "%s: column \"%s\" has more than %d distinct texts",
                                    table->file, table->names[c], INT32_MAX)
                       : mlt__raise_nomem(err, length);
    }
    return MLT_OK;
}

mlt_status mlt_csv__levels_join(char ***levels, size_t *n_levels, mlt_csv__table *table, size_t c,
                                bool by_value, size_t limit, mlt_error *err) {
    *levels = NULL;
    *n_levels = 0;
    mlt_csv__dictionary **first = &table->workers[0].facts[c].dictionary;
    if (!*first && !(*first = mlt_csv__dictionary_new()))
        return mlt__raise_nomem(err, 1);
    mlt_status status = MLT_OK;
    int32_t **maps = mlt__calloc(table->n_workers, sizeof *maps), *ranks = NULL;
    if (!maps)
        return mlt__raise_nomem(err, table->n_workers * sizeof *maps);
    for (size_t w = 1; w < table->n_workers; w++)
        MLT_TRY_GOTO(join(table, c, w, &maps[w], err), done);
    size_t n = mlt_csv__dictionary_size(*first);
    if (n > limit)
        goto done;
    *levels = mlt__calloc(n, sizeof **levels);
    ranks = mlt__alloc(n, sizeof *ranks);
    if (!*levels || !ranks) {
        status = mlt__raise_nomem(err, n * sizeof **levels);
        goto done;
    }
    *n_levels = n;
    MLT_TRY_GOTO(rank(*levels, ranks, *first, by_value, err), done);
    int32_t *codes = table->columns[c].codes;
    for (size_t i = 0; i < table->n_segments; i++) {
        const mlt_csv__segment *segment = &table->segments[i];
        const int32_t *map = maps[segment->worker];
        for (size_t row = segment->row; row < segment->row + segment->n; row++)
            if (codes[row] >= 0)
                codes[row] = ranks[map ? map[codes[row]] : codes[row]];
    }
done:
    for (size_t w = 0; w < table->n_workers; w++)
        free(maps[w]);
    free(maps);
    free(ranks);
    return status;
}
