/* Columns by name: finding them, and messages that list them. */
#include "data/dataset_internal.h"

#include "core/memory.h"
#include "core/nearest_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 5, MAX_SHOWN = 64 };

/* Append as much of the formatted text as fits. */
static void append(mlt__names *names, const char *text) {
    size_t room = sizeof names->text - names->used;
    int written = snprintf(names->text + names->used, room, "%s", text);
    names->used += (size_t)written < room ? (size_t)written : room - 1;
}

void mlt__names_add(mlt__names *names, const char *name) {
    if (++names->n > MAX_NAMES)
        return;
    char shown[MAX_SHOWN];
    append(names, names->n == 1 ? "'" : ", '");
    append(names, mlt__printable(shown, sizeof shown, name));
    append(names, "'");
}

const char *mlt__names_text(mlt__names *names) {
    if (names->n > MAX_NAMES) {
        char more[40];
        snprintf(more, sizeof more, " and %zu more", names->n - MAX_NAMES);
        append(names, more);
        names->n = MAX_NAMES; /* said once */
    }
    return names->text;
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(mlt_column *const *)a)->name, (*(mlt_column *const *)b)->name);
}

mlt_status mlt_dataset__index(mlt__column_index *index, mlt_frame *frame, mlt_error *err) {
    index->frame = frame;
    MLT_ALLOC(index->sorted, frame->p, err);
    for (size_t j = 0; j < frame->p; j++)
        index->sorted[j] = &frame->columns[j];
    qsort(index->sorted, frame->p, sizeof *index->sorted, by_name);
    return MLT_OK;
}

static int compare_name(const void *name, const void *column) {
    return strcmp(name, (*(mlt_column *const *)column)->name);
}

mlt_column *mlt_dataset__find(const mlt__column_index *index, const char *name) {
    mlt_column **found = bsearch(name, index->sorted, index->frame->p, sizeof *index->sorted, compare_name);
    return found ? *found : NULL;
}

void mlt_dataset__suggest(char *buffer, size_t size, const mlt__column_index *index, const char *name) {
    mlt__names names = {0};
    mlt__nearest search;
    mlt__nearest_start(&search, name);
    for (size_t j = 0; j < index->frame->p; j++)
        mlt__nearest_offer(&search, index->frame->columns[j].name);
    for (size_t i = 0; i < search.n; i++)
        mlt__names_add(&names, search.names[i]);
    for (size_t j = 0; search.n == 0 && j < index->frame->p; j++)
        mlt__names_add(&names, index->frame->columns[j].name);
    snprintf(buffer, size, search.n > 0 ? "did you mean %s?" : "the columns are %s", mlt__names_text(&names));
}
