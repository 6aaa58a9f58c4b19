/* Did you mean: optimal string alignment distance (Damerau 1964, restricted), with a limit. */
#include "core/nearest_search.h"

#include <string.h>

/* Longer names are compared in their equality only: nobody mistypes them, and hostile files hold them. */
enum { MAX_LENGTH = 64, FAR = 1000 };

/* Letter case and dash or underscore do not count. */
static unsigned char folded(char c) {
    if (c >= 'A' && c <= 'Z')
        return (unsigned char)(c - 'A' + 'a');
    return c == '_' ? '-' : (unsigned char)c;
}

static bool same_folded(const char *a, const char *b, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (folded(a[i]) != folded(b[i]))
            return false;
    return true;
}

static bool holds(const char *text, size_t text_length, const char *part, size_t part_length) {
    for (size_t i = 0; i + part_length <= text_length; i++)
        if (same_folded(text + i, part, part_length))
            return true;
    return false;
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* Letters to insert, delete, change or swap with their neighbour; both at most MAX_LENGTH long. */
static unsigned edits(const char *a, size_t a_length, const char *b, size_t b_length) {
    unsigned rows[3][MAX_LENGTH + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned changed = folded(a[i - 1]) != folded(b[j - 1]);
            now[j] = least(last[j - 1] + changed, least(last[j], now[j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                           folded(a[i - 2]) == folded(b[j - 1]);
            if (swapped)
                now[j] = least(now[j], before[j - 2] + 1);
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_length];
}

/* How far `name` is from `word`; FAR if it is not what was meant. A third of the letters may be wrong; a name
 * that begins with the word comes after those, one that holds it last. */
static unsigned distance(const char *word, const char *name) {
    size_t word_length = strlen(word), name_length = strlen(name);
    if (word_length == name_length && same_folded(word, name, word_length))
        return 0;
    if (word_length > MAX_LENGTH || name_length > MAX_LENGTH)
        return FAR;
    size_t limit = (word_length + 1) / 3;
    size_t gap = word_length > name_length ? word_length - name_length : name_length - word_length;
    if (gap <= limit) {
        unsigned found = edits(word, word_length, name, name_length);
        if (found <= limit)
            return found;
    }
    if (word_length >= 2 && name_length > word_length && same_folded(word, name, word_length))
        return MAX_LENGTH;
    if (word_length >= 4 && holds(name, name_length, word, word_length))
        return MAX_LENGTH + 1;
    return FAR;
}

void mlt__nearest_start(mlt__nearest *search, const char *word) { *search = (mlt__nearest){.word = word}; }

void mlt__nearest_offer(mlt__nearest *search, const char *name) {
    unsigned found = distance(search->word, name);
    if (found == FAR)
        return;
    size_t at = search->n;
    while (at > 0 && search->distances[at - 1] > found)
        at--;
    if (at == MLT__NEAREST_MAX)
        return;
    if (search->n < MLT__NEAREST_MAX)
        search->n++;
    for (size_t i = search->n - 1; i > at; i--) {
        search->names[i] = search->names[i - 1];
        search->distances[i] = search->distances[i - 1];
    }
    search->names[at] = name;
    search->distances[at] = found;
}

const char *mlt_nearest(const char *word, const char *const *words, size_t n) {
    mlt__nearest search;
    mlt__nearest_start(&search, word);
    for (size_t i = 0; i < n; i++)
        if (words[i])
            mlt__nearest_offer(&search, words[i]);
    return search.n > 0 ? search.names[0] : NULL;
}
