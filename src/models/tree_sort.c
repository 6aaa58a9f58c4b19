/* The two sorts of the tree engine. */
#include "models/tree_sort.h"

#include "models/tree_kernels.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static inline uint32_t code_of(uint64_t key) { return (uint32_t)(key >> 32); }

static inline void swap_keys(uint64_t *keys, size_t i, size_t j) {
    uint64_t kept = keys[i];
    keys[i] = keys[j];
    keys[j] = kept;
}

/* Median of the first, middle and last code (Bentley and McIlroy 1993). */
static uint32_t median3(const uint64_t *keys, size_t n) {
    uint32_t a = code_of(keys[0]), b = code_of(keys[n / 2]), c = code_of(keys[n - 1]);
    if (a < b)
        return b < c ? b : a < c ? c : a;
    if (b < c)
        return a < c ? a : c;
    return b;
}

static void sift_down(uint64_t *keys, size_t root, size_t end) {
    for (;;) {
        size_t child = 2 * root + 1, greatest = root;
        if (child < end && code_of(keys[greatest]) < code_of(keys[child]))
            greatest = child;
        if (child + 1 < end && code_of(keys[greatest]) < code_of(keys[child + 1]))
            greatest = child + 1;
        if (greatest == root)
            return;
        swap_keys(keys, root, greatest);
        root = greatest;
    }
}

static void heapsort_keys(uint64_t *keys, size_t n) {
    for (size_t start = (n - 2) / 2 + 1; start-- > 0;)
        sift_down(keys, start, n);
    for (size_t end = n - 1; end > 0; end--) {
        swap_keys(keys, 0, end);
        sift_down(keys, 0, end);
    }
}

enum {
    INSERTION_ROWS = 5, /* at most */
    RANK_ROWS = 96,
    DIGIT_BITS = 9,
};

static void sort_by_insertion(uint64_t *keys, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        size_t j = i;
        for (; j > 0 && keys[j - 1] > key; j--)
            keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

/* Each key goes to the place that comparing its code with all others' tells; of equal codes, to the last that
 * is free. */
static void sort_by_rank(uint64_t *keys, uint64_t *spare, size_t n) {
    uint32_t codes[RANK_ROWS + MLT_KERNEL_PADDING], ranks[RANK_ROWS + MLT_KERNEL_PADDING], ones[RANK_ROWS];
    for (size_t i = 0; i < n; i++) {
        codes[i] = code_of(keys[i]);
        ones[i] = 1;
        spare[i] = UINT64_MAX;
    }
    memset(codes + n, 0, MLT_KERNEL_PADDING * sizeof *codes);
    mlt__tree_kernels()->count_pairs(ranks, codes, ones, n);
    for (size_t i = 0; i < n; i++) {
        size_t place = ranks[i] - 1;
        while (spare[place] != UINT64_MAX)
            place--;
        spare[place] = keys[i];
    }
    memcpy(keys, spare, n * sizeof *keys);
}

/* One pass of a counting sort by (code − low) >> shift, into `to`. */
static void scatter(uint64_t *to, const uint64_t *from, size_t n, uint32_t low, int shift, int bits) {
    uint32_t count[1 << DIGIT_BITS] = {0}, mask = (UINT32_C(1) << bits) - 1, start = 0;
    for (size_t i = 0; i < n; i++)
        count[(code_of(from[i]) - low) >> shift & mask]++;
    for (size_t d = 0; d <= mask; d++) {
        uint32_t here = count[d];
        count[d] = start;
        start += here;
    }
    for (size_t i = 0; i < n; i++)
        to[count[(code_of(from[i]) - low) >> shift & mask]++] = from[i];
}

/* Radix sort, least digit first; digits are as short as their number allows. */
static void sort_by_digits(uint64_t *keys, uint64_t *spare, size_t n) {
    uint32_t low = UINT32_MAX, high = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t code = code_of(keys[i]);
        low = code < low ? code : low;
        high = code > high ? code : high;
    }
    if (low == high)
        return;
    int length = 32 - __builtin_clz(high - low), digits = (length + DIGIT_BITS - 1) / DIGIT_BITS;
    int bits = (length + digits - 1) / digits;
    uint64_t *from = keys, *to = spare;
    for (int digit = 0; digit < digits; digit++) {
        scatter(to, from, n, low, digit * bits, bits);
        uint64_t *kept = from;
        from = to;
        to = kept;
    }
    if (from != keys)
        memcpy(keys, from, n * sizeof *keys);
}

/* None of the ways has a branch that depends on the codes, but for the fewest rows. */
void mlt__sort_free(uint64_t *keys, uint64_t *spare, size_t n) {
    if (n <= INSERTION_ROWS)
        sort_by_insertion(keys, n);
    else if (n <= RANK_ROWS)
        sort_by_rank(keys, spare, n);
    else
        sort_by_digits(keys, spare, n);
}

/* The keys that introsort works on, and what it need not do. */
typedef struct prescribed {
    uint64_t *keys;
    const uint64_t *sorted;   /* the keys in order; that of equal codes is any */
    const uint64_t *next_tie; /* by place: the first at or behind it whose code the next one has, too */
} prescribed;

/* The parts of a partition: codes below the pivot, [0, below), those equal to it, and above it, [above, n).
 */
typedef struct parts {
    size_t below, above;
} parts;

/* Go on with the partition below as long as no code equals the pivot and some keys are left, `equal` (0 or 1)
 * keys standing between those below and the present one. Nothing depends on which way a key goes but what is
 * taken next, of two keys from either end that are at hand. */
static void part_unequal(parts *to, uint64_t *keys, uint32_t pivot, size_t equal) {
    size_t l = to->below, r = to->above;
    if (l + equal + 4 >= r)
        return;
    uint64_t *at = keys + equal, key = at[l], left = at[l + 1], next_left = at[l + 2];
    uint64_t right = keys[r - 1], next_right = keys[r - 2];
    while (l + equal + 4 < r && code_of(key) != pivot) {
        bool above = code_of(key) > pivot;
        uint64_t mask = 0 - (uint64_t)above;
        keys[l] = key;
        keys[r - 1] = right ^ ((key ^ right) & mask);
        key = left ^ ((left ^ right) & mask);
        right ^= (right ^ next_right) & mask;
        left = next_left ^ ((left ^ next_left) & mask);
        l += !above;
        r -= above;
        next_left = at[l + 2];
        next_right = keys[r - 2];
    }
    at[l] = key;
    *to = (parts){l, r};
}

/* scikit-learn's partition in three: a key below the pivot is swapped with the first that is equal to it, one
 * above it with the last that was not looked at. */
static parts partition(uint64_t *keys, size_t n, uint32_t pivot) {
    parts to = {0, n};
    part_unequal(&to, keys, pivot, 0);
    size_t i = to.below;
    if (i < to.above && code_of(keys[i]) == pivot) {
        uint64_t equal = keys[i];
        part_unequal(&to, keys, pivot, 1);
        keys[to.below] = equal;
        i = to.below + 1;
    }
    while (i < to.above) {
        uint32_t code = code_of(keys[i]);
        if (code < pivot)
            swap_keys(keys, i++, to.below++);
        else if (code > pivot)
            swap_keys(keys, i, --to.above);
        else
            i++;
    }
    return to;
}

/* Sort [start, end). A part without equal codes can have but one order, so that it is copied. Recursion is at
 * most max_depth deep: each level takes one off it. */
static void introsort(const prescribed *p, size_t start, size_t end, int max_depth) {
    while (end - start > 1) {
        uint64_t *keys = p->keys + start;
        size_t n = end - start;
        if (p->next_tie[start] + 1 >= end) {
            memcpy(keys, p->sorted + start, n * sizeof *keys);
            return;
        }
        if (max_depth <= 0) {
            heapsort_keys(keys, n);
            return;
        }
        max_depth--;
        parts to = partition(keys, n, median3(keys, n));
        introsort(p, start, start + to.below, max_depth);
        start += to.above;
    }
}

void mlt__sort_prescribed(uint64_t *keys, uint64_t *spare, size_t n) {
    uint64_t *sorted = spare, *next_tie = spare + n, next = n;
    if (n < 2)
        return;
    memcpy(sorted, keys, n * sizeof *keys);
    mlt__sort_free(sorted, spare + n, n);
    for (size_t i = n; i-- > 0;) {
        next = i + 1 < n && code_of(sorted[i]) == code_of(sorted[i + 1]) ? i : next;
        next_tie[i] = next;
    }
    prescribed p = {keys, sorted, next_tie};
    introsort(&p, 0, n, 2 * (int)(log((double)n) / log(2.0)));
}
