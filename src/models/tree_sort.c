/* The two sorts of the tree engine. */
#include "models/tree_sort.h"

#include <math.h>
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
    INSERTION_ROWS = 24, /* fewer are sorted by insertion */
    BUCKETS = 8192,      /* at most */
    BUCKET_ROWS = 2,     /* on average */
    CROWDED = 32,        /* a bucket so full is not left to insertion */
    RADIX_ROWS = 256,    /* so many are sorted by digits if two of them do */
    DIGIT_BITS = 8,
    DIGITS = 1 << DIGIT_BITS,
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

/* One pass of a counting sort by (code − low) >> shift, into `to`. Returns the fullest place's count. */
static size_t scatter(uint64_t *to, const uint64_t *from, size_t n, uint32_t low, int shift, uint32_t mask,
                      uint32_t *count) {
    uint32_t start = 0, most = 0;
    memset(count, 0, ((size_t)mask + 1) * sizeof *count);
    for (size_t i = 0; i < n; i++)
        count[(code_of(from[i]) - low) >> shift & mask]++;
    for (size_t d = 0; d <= mask; d++) {
        uint32_t here = count[d];
        most = here > most ? here : most;
        count[d] = start;
        start += here;
    }
    for (size_t i = 0; i < n; i++)
        to[count[(code_of(from[i]) - low) >> shift & mask]++] = from[i];
    return most;
}

/* Radix sort, least digit first. */
static void sort_digits(uint64_t *keys, uint64_t *spare, size_t n, uint32_t low, uint32_t high) {
    uint32_t count[DIGITS];
    uint64_t *from = keys, *to = spare;
    for (int shift = 0; shift < 32 && (high - low) >> shift > 0; shift += DIGIT_BITS) {
        scatter(to, from, n, low, shift, DIGITS - 1, count);
        uint64_t *kept = from;
        from = to;
        to = kept;
    }
    if (from != keys)
        memcpy(keys, from, n * sizeof *keys);
}

/* A few rows a bucket, then insertion; radix sort where codes crowd in few buckets. */
void mlt__sort_free(uint64_t *keys, uint64_t *spare, size_t n) {
    uint32_t low = UINT32_MAX, high = 0, count[BUCKETS], buckets = 1;
    if (n < INSERTION_ROWS) {
        sort_by_insertion(keys, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t code = code_of(keys[i]);
        low = code < low ? code : low;
        high = code > high ? code : high;
    }
    if (n >= RADIX_ROWS && (high - low) >> 2 * DIGIT_BITS == 0) {
        sort_digits(keys, spare, n, low, high);
        return;
    }
    int shift = 0;
    while (buckets < BUCKETS && buckets * BUCKET_ROWS < n)
        buckets *= 2;
    while ((high - low) >> shift >= buckets)
        shift++;
    if (shift == 0 || n <= (size_t)BUCKETS * BUCKET_ROWS) {
        size_t most = scatter(spare, keys, n, low, shift, buckets - 1, count);
        memcpy(keys, spare, n * sizeof *keys);
        if (shift == 0)
            return;
        if (most <= CROWDED) {
            sort_by_insertion(keys, n);
            return;
        }
    }
    sort_digits(keys, spare, n, low, high);
}

/* The keys that introsort works on, and what it need not do. */
typedef struct prescribed {
    uint64_t *keys;
    const uint64_t *sorted;   /* the keys in order; that of equal codes is any */
    const uint64_t *next_tie; /* by place: the first at or behind it whose code the next one has, too */
} prescribed;

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
        uint32_t pivot = median3(keys, n);
        size_t i = 0, l = 0, r = n;
        while (i < r) {
            uint32_t code = code_of(keys[i]);
            if (code < pivot)
                swap_keys(keys, i++, l++);
            else if (code > pivot)
                swap_keys(keys, i, --r);
            else
                i++;
        }
        introsort(p, start, start + l, max_depth);
        start += r;
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
